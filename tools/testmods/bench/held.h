/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that an allocator holds. */
#ifndef BENCH_HELD_H
#define BENCH_HELD_H

#include "allocators.h"

/**
 * struct bench_held - memory held, in bytes
 * @own: counted by the allocator: pages of slabs, or kpool's arenas and all its metadata
 * @pages: counted by the page allocator: all pages that are not free
 */
struct bench_held {
	s64 own;
	s64 pages;
};

void bench_held_now(enum bench_api api, struct bench_held *held);

/* Shrink the allocator and kmalloc()'s caches. */
void bench_held_shrink(enum bench_api api);

#endif /* BENCH_HELD_H */
