/* SPDX-License-Identifier: GPL-2.0 */
/* How much memory an allocator holds. */
#ifndef BENCH_HELD_H
#define BENCH_HELD_H

#include "allocators.h"

/**
 * struct bench_held - memory held, in bytes
 * @own: as the allocator says: pages of slabs, or kpool's arenas and all its metadata
 * @pages: as the page allocator says: what is not free
 */
struct bench_held {
	s64 own;
	s64 pages;
};

void bench_held_now(enum bench_api api, struct bench_held *held);

/* Has everything given back that is kept for later, kmalloc()'s caches included. */
void bench_held_shrink(enum bench_api api);

#endif /* BENCH_HELD_H */
