/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The allocators under one name each for alloc and free. The allocator is a
 * constant where these are inlined, so what remains is one direct call.
 */
#ifndef BENCH_ALLOCATORS_H
#define BENCH_ALLOCATORS_H

#include <linux/compiler.h>
#include <linux/slab.h>

#include <kpool.h>

#define BENCH_BULK	16	/* blocks of one bulk call */

enum bench_api {
	BENCH_NONE,
	BENCH_KMALLOC,
	BENCH_CACHE,
	BENCH_KPOOL,
	BENCH_KPOOL_SIZED,
};

static struct kmem_cache *bench_cache;	/* of the running workload's size */
static void *bench_nothing = &bench_nothing;

static __always_inline void *bench_alloc(const enum bench_api api, size_t size)
{
	switch (api) {
	case BENCH_KMALLOC:
		return kmalloc(size, GFP_KERNEL);
	case BENCH_CACHE:
		return kmem_cache_alloc(bench_cache, GFP_KERNEL);
	case BENCH_KPOOL:
	case BENCH_KPOOL_SIZED:
		return kpool_alloc(size, GFP_KERNEL);
	default:
		return bench_nothing;
	}
}

static __always_inline void bench_free(const enum bench_api api, void *p, size_t size)
{
	switch (api) {
	case BENCH_KMALLOC:
		return kfree(p);
	case BENCH_CACHE:
		return kmem_cache_free(bench_cache, p);
	case BENCH_KPOOL:
		return kpool_free(p);
	case BENCH_KPOOL_SIZED:
		return kpool_free_sized(p, size);
	default:
		OPTIMIZER_HIDE_VAR(p);
	}
}

static __always_inline unsigned int bench_alloc_bulk(const enum bench_api api, size_t size,
						     void **block)
{
	unsigned int i;

	switch (api) {
	case BENCH_KMALLOC:
		for (i = 0; i < BENCH_BULK; i++)
			block[i] = kmalloc(size, GFP_KERNEL);
		return BENCH_BULK;
	case BENCH_CACHE:
		return kmem_cache_alloc_bulk(bench_cache, GFP_KERNEL, BENCH_BULK, block);
	case BENCH_NONE:
		return BENCH_BULK;
	default:
		return kpool_alloc_bulk(size, GFP_KERNEL, BENCH_BULK, block);
	}
}

static __always_inline void bench_free_bulk(const enum bench_api api, void **block)
{
	switch (api) {
	case BENCH_KMALLOC:
		return kfree_bulk(BENCH_BULK, block);
	case BENCH_CACHE:
		return kmem_cache_free_bulk(bench_cache, BENCH_BULK, block);
	case BENCH_NONE:
		OPTIMIZER_HIDE_VAR(block);
		break;
	default:
		return kpool_free_bulk(BENCH_BULK, block);
	}
}

#endif /* BENCH_ALLOCATORS_H */
