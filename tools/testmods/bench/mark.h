/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

/*
 * Starts a region whose cost plugin/counts.c counts, and ends it. No compiler emits
 * this instruction of itself; without the plugin it does nothing.
 */
#define BENCH_MARK	"xchg %%bx, %%bx\n\t"

#define bench_mark()	asm volatile(BENCH_MARK : : : "memory")

#endif /* BENCH_MARK_H */
