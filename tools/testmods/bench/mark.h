/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

/*
 * Starts or ends a region; qemu_plugin/counts.c counts the cost between two marks. No compiler
 * emits this instruction on its own. Without the plugin it does nothing.
 */
#define BENCH_MARK	"xchg %%bx, %%bx\n\t"

#define bench_mark()	asm volatile(BENCH_MARK : : : "memory")

#endif /* BENCH_MARK_H */
