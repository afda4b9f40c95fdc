/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All allocators behind one function each for alloc and free. The allocator is a
 * constant where these are inlined, so each use compiles to one direct call.
 */
#ifndef BENCH_ALLOCATORS_H
#define BENCH_ALLOCATORS_H

#include <linux/compiler.h>
#include <linux/slab.h>

#include <kpool.h>
#ifdef __has_include
#if __has_include(<kpool_inline.h>)
#include <kpool_inline.h>
#define BENCH_HAVE_INLINE	1
#endif
#endif
#ifndef BENCH_HAVE_INLINE
#define BENCH_HAVE_INLINE	0
#endif

/* Each allocator and its name in the output. */
#define BENCH_ALLOCATORS(X)						\
	X(NONE, "none")			/* measures the loop itself */	\
	X(KMALLOC, "kmalloc")						\
	X(CACHE, "kmem_cache")						\
	X(KPOOL, "kpool")						\
	X(KPOOL_SIZED, "kpool_sized")	/* freed by size */		\
	X(KPOOL_INLINE, "kpool_inline")	/* inlined and freed by size */

#define BENCH_ALLOCATOR_ID(id, name)	BENCH_##id,

enum bench_api {
	BENCH_ALLOCATORS(BENCH_ALLOCATOR_ID)
	BENCH_NR_ALLOCATORS
};

#undef BENCH_ALLOCATOR_ID

extern struct kmem_cache *bench_cache;	/* blocks of the running workload's size */
extern void *bench_nothing;

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
#if BENCH_HAVE_INLINE
	case BENCH_KPOOL_INLINE:
		return kpool_alloc_inline(size, GFP_KERNEL);
#endif
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
#if BENCH_HAVE_INLINE
	case BENCH_KPOOL_INLINE:
		return kpool_free_sized_inline(p, size);
#endif
	default:
		barrier_data(p); /* the compiler assumes reads and writes of *p */
	}
}

/* kmalloc() has no bulk alloc, only a bulk free. */
static __always_inline unsigned int bench_alloc_bulk(const enum bench_api api, size_t size,
						     unsigned int nr, void **block)
{
	unsigned int i;

	switch (api) {
	case BENCH_KMALLOC:
		for (i = 0; i < nr; i++)
			block[i] = kmalloc(size, GFP_KERNEL);
		return nr;
	case BENCH_CACHE:
		return kmem_cache_alloc_bulk(bench_cache, GFP_KERNEL, nr, block);
	case BENCH_NONE:
		return nr;
	default:
		return kpool_alloc_bulk(size, GFP_KERNEL, nr, block);
	}
}

static __always_inline void bench_free_bulk(const enum bench_api api, unsigned int nr,
					    void **block)
{
	switch (api) {
	case BENCH_KMALLOC:
		return kfree_bulk(nr, block);
	case BENCH_CACHE:
		return kmem_cache_free_bulk(bench_cache, nr, block);
	case BENCH_NONE:
		OPTIMIZER_HIDE_VAR(block);
		break;
	default:
		return kpool_free_bulk(nr, block);
	}
}

/* Shrink the allocator. kmalloc() has no call for this. */
static inline void bench_shrink(enum bench_api api)
{
	if (api == BENCH_CACHE)
		kmem_cache_shrink(bench_cache);
	else if (api != BENCH_NONE && api != BENCH_KMALLOC)
		kpool_heap_shrink(NULL);
}

#endif /* BENCH_ALLOCATORS_H */
