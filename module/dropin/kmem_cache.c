// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps in place of kmem_caches, for redirected modules.
 *
 * A cache has its own heap, so that its statistics and pools are separate, and, with
 * SLAB_TYPESAFE_BY_RCU or a constructor, its memory keeps its type. A cache with neither shares the
 * module's heap, if there is one. A kmem_cache of the kernel serves requests that kpool has no
 * blocks for: large objects, wide alignments, zones, and objects charged to memory cgroups. It also
 * serves a cache if its heap cannot be created.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/cache.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kpool_redirect.h>

#include "class.h"
#include "compat.h"
#include "heap.h"

/* Flags of caches that a kmem_cache of the kernel serves, whatever the size of the objects. */
#define KPOOL_CACHE_SLAB	(SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT)

/* The alignment that a kmem_cache gives an object. Bytes. */
static unsigned int kpool_cache_align(const struct kpool_cache_attr *attr)
{
	unsigned int align = max_t(unsigned int, attr->align, KPOOL_CLASS_STEP);
	unsigned int line = cache_line_size();

	if (!(attr->flags & SLAB_HWCACHE_ALIGN))
		return align;
	/* Several small objects share a cache line. */
	while (attr->size <= line / 2)
		line /= 2;
	return max(align, line);
}

/*
 * Bytes to ask for: the object's size if its class has the alignment, so that debug heaps and KASAN
 * know the object's end. Otherwise the size of the smallest class that has it, or 0.
 */
static unsigned int kpool_cache_block(const struct kpool_cache_attr *attr)
{
	unsigned int align, class;

	if (!kpool_size_is_small(attr->size) || attr->flags & KPOOL_CACHE_SLAB)
		return 0;
	align = kpool_cache_align(attr);
	class = kpool_class_of(attr->size);
	if (kpool_class_size(class) % align == 0)
		return attr->size;
	while (++class < KPOOL_NR_CLASSES)
		if (kpool_class_size(class) % align == 0)
			return kpool_class_size(class);
	return 0;
}

/* Make a heap's name of a cache's name: truncated, with '!' for invalid characters. */
static void kpool_cache_heap_name(char *name, const char *cache)
{
	strscpy(name, cache, KPOOL_HEAP_NAME_MAX + 1);
	if (name[0] == '.')
		name[0] = '!';
	for (; *name; name++)
		if (!kpool_heap_name_char(*name))
			*name = '!';
}

/*
 * Flags of a cache's own heap. It is no region heap, because objects that are out when the cache is
 * destroyed stay valid, as with a kmem_cache. It is not charged as a whole, because objects are
 * charged one by one or not at all.
 */
static unsigned int kpool_cache_heap_flags(const struct kpool_cache_attr *cache)
{
	unsigned int flags = cache->heap_flags & ~(KPOOL_HEAP_REGION | KPOOL_HEAP_ACCOUNT);

	if (!(cache->flags & SLAB_TYPESAFE_BY_RCU))
		return flags;
	if (flags & KPOOL_HEAP_DEBUG)
		pr_notice("cache %s: type-safe: the heap of the cache is not a debug heap\n",
			  cache->name);
	return (flags & ~KPOOL_HEAP_DEBUG) | KPOOL_HEAP_TYPESAFE_RCU;
}

/* Create a heap with the cache's name. Return: NULL on failure. */
static struct kpool_heap *kpool_cache_heap(const struct kpool_cache_attr *cache)
{
	const struct kpool_heap_attr attr = {
		.flags = kpool_cache_heap_flags(cache),
		.ctor = cache->ctor,
	};
	char name[KPOOL_HEAP_NAME_MAX + 1];
	struct kpool_heap *heap;

	kpool_cache_heap_name(name, cache->name);
	heap = kpool_heap_create_numbered(name, &attr);
	if (!IS_ERR(heap))
		return heap;
	pr_warn("cache %s: no heap (error %ld): using a kmem_cache of the kernel instead\n",
		cache->name, PTR_ERR(heap));
	return NULL;
}

/* May the cache's objects lie among others of @heap? */
static bool kpool_cache_may_share(const struct kpool_heap *heap,
				  const struct kpool_cache_attr *attr)
{
	return heap && !(heap->flags & KPOOL_HEAP_ACCOUNT) && !attr->ctor &&
	       !(attr->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_NO_MERGE));
}

/* Set up the source of the cache's objects: a heap or a kmem_cache. */
static bool kpool_cache_open(struct kpool_cache *cache, struct kpool_heap *heap,
			     const struct kpool_cache_attr *attr)
{
	cache->size = attr->size;
	/* Constructed objects are not cleared. */
	cache->gfp = attr->ctor ? attr->gfp & ~__GFP_ZERO : attr->gfp;
	cache->block = kpool_cache_block(attr);
	if (cache->block) {
		cache->own = !kpool_cache_may_share(heap, attr);
		cache->heap = cache->own ? kpool_cache_heap(attr) : heap;
	}
	cache->self = cache->heap ? cache : (void *)cache - 1;
	if (!cache->heap)
		cache->slab = kmem_cache_create_usercopy(attr->name, attr->size, attr->align,
							 attr->flags, attr->useroffset,
							 attr->usersize, attr->ctor);
	return cache->heap || cache->slab;
}

/**
 * kpool_cache_create() - create a cache in place of a kmem_cache
 * @heap: heap that the cache may share, or NULL
 * @attr: the parameters of kmem_cache_create_usercopy()
 *
 * Context: process context, may sleep.
 * Return: the cache, or NULL. With SLAB_PANIC the function panics instead.
 */
struct kpool_cache *kpool_cache_create(struct kpool_heap *heap, const struct kpool_cache_attr *attr)
{
	struct kpool_cache *cache = kzalloc(sizeof(*cache), GFP_KERNEL);

	if (cache && !kpool_cache_open(cache, heap, attr)) {
		kfree(cache);
		cache = NULL;
	}
	if (!cache && attr->flags & SLAB_PANIC)
		panic("kpool: cannot create cache %s\n", attr->name);
	return cache;
}
EXPORT_SYMBOL_GPL(kpool_cache_create);

/* Was @cache created by kpool_cache_create()? */
static bool kpool_cache_is_ours(const struct kpool_cache *cache)
{
	return cache->self == cache || cache->self == (void *)cache - 1;
}

/* The kmem_cache that serves, or NULL. */
static struct kmem_cache *kpool_cache_slab(union kpool_any_cache cache)
{
	return kpool_cache_is_ours(cache.ours) ? cache.ours->slab : cache.kernel;
}

/* @gfp without the flags that the cache ignores. */
static gfp_t kpool_cache_gfp(union kpool_any_cache cache, gfp_t gfp)
{
	return kpool_cache_is_ours(cache.ours) ? gfp & cache.ours->gfp : gfp;
}

/**
 * kpool_cache_destroy() - destroy a cache
 * @cache: the cache, NULL is ignored
 *
 * Objects that are still out are reported. If the cache shares a heap, they are reported when the
 * heap is destroyed.
 *
 * Context: process context, may sleep.
 */
void kpool_cache_destroy(union kpool_any_cache cache)
{
	if (!cache.ours)
		return;
	kpool_rcu_barrier(); /* wait for objects passed to the redirected kfree_rcu() */
	if (!kpool_cache_is_ours(cache.ours)) {
		kmem_cache_destroy(cache.kernel);
		return;
	}
	kmem_cache_destroy(cache.ours->slab);
	if (cache.ours->own)
		kpool_heap_destroy(cache.ours->heap);
	cache.ours->self = NULL;
	kfree(cache.ours);
}
EXPORT_SYMBOL_GPL(kpool_cache_destroy);

/**
 * kpool_cache_shrink() - give back free memory of a cache
 * @cache: the cache
 *
 * Context: process context, may sleep.
 * Return: 0, or the result of kmem_cache_shrink().
 */
int kpool_cache_shrink(union kpool_any_cache cache)
{
	struct kmem_cache *slab = kpool_cache_slab(cache);

	if (slab)
		return kmem_cache_shrink(slab);
	kpool_heap_shrink(cache.ours->heap);
	return 0;
}
EXPORT_SYMBOL_GPL(kpool_cache_shrink);

/**
 * kpool_cache_size() - size of a cache's objects, as asked for
 * @cache: the cache
 *
 * Context: any.
 * Return: bytes.
 */
unsigned int kpool_cache_size(union kpool_any_cache cache)
{
	return kpool_cache_is_ours(cache.ours) ? cache.ours->size : kmem_cache_size(cache.kernel);
}
EXPORT_SYMBOL_GPL(kpool_cache_size);

/**
 * kpool_cache_alloc_slow() - allocate an object near a node, or from a kmem_cache
 * @cache: the cache
 * @gfp: as for kmem_cache_alloc()
 * @node: NUMA node, or NUMA_NO_NODE
 *
 * Context: as kmem_cache_alloc().
 * Return: the object, or NULL.
 */
void *kpool_cache_alloc_slow(union kpool_any_cache cache, gfp_t gfp, int node)
{
	struct kmem_cache *slab = kpool_cache_slab(cache);

	gfp = kpool_cache_gfp(cache, gfp);
	if (slab)
		return kmem_cache_alloc_node(slab, gfp, node);
	return kpool_heap_alloc_node(cache.ours->heap, cache.ours->block, gfp, node);
}
EXPORT_SYMBOL_GPL(kpool_cache_alloc_slow);

/**
 * kpool_cache_alloc_lru_slow() - kmem_cache_alloc_lru() from a kmem_cache
 * @cache: the cache
 * @lru: the list, which has a part for each memory cgroup that an object is charged to
 * @gfp: as for kmem_cache_alloc()
 *
 * Context: as kmem_cache_alloc().
 * Return: the object, or NULL.
 */
void *kpool_cache_alloc_lru_slow(union kpool_any_cache cache, struct list_lru *lru, gfp_t gfp)
{
	return kmem_cache_alloc_lru(kpool_cache_slab(cache), lru, kpool_cache_gfp(cache, gfp));
}
EXPORT_SYMBOL_GPL(kpool_cache_alloc_lru_slow);

/**
 * kpool_cache_free_slow() - free an object of a kmem_cache
 * @cache: the cache
 * @object: the object
 *
 * Context: any that kfree() may be called from.
 */
void kpool_cache_free_slow(union kpool_any_cache cache, void *object)
{
	kmem_cache_free(kpool_cache_slab(cache), object);
}
EXPORT_SYMBOL_GPL(kpool_cache_free_slow);

/**
 * kpool_cache_alloc_bulk() - allocate several objects
 * @cache: the cache
 * @gfp: as for kmem_cache_alloc()
 * @nr: how many
 * @objects: the objects
 *
 * Context: as kmem_cache_alloc_bulk().
 * Return: @nr, or 0.
 */
unsigned int kpool_cache_alloc_bulk(union kpool_any_cache cache, gfp_t gfp, unsigned int nr,
				    void **objects)
{
	struct kmem_cache *slab = kpool_cache_slab(cache);

	gfp = kpool_cache_gfp(cache, gfp);
	if (slab)
		return kmem_cache_alloc_bulk(slab, gfp, nr, objects) ? nr : 0;
	return kpool_heap_alloc_bulk(cache.ours->heap, cache.ours->block, gfp, nr, objects);
}
EXPORT_SYMBOL_GPL(kpool_cache_alloc_bulk);

/**
 * kpool_cache_free_bulk() - free several objects
 * @cache: the cache; NULL for memory of any origin
 * @nr: how many
 * @objects: the objects; overwritten
 *
 * Context: any that kfree() may be called from.
 */
void kpool_cache_free_bulk(union kpool_any_cache cache, unsigned int nr, void **objects)
{
	struct kmem_cache *slab = cache.ours ? kpool_cache_slab(cache) : NULL;

	if (slab)
		kmem_cache_free_bulk(slab, nr, objects);
	else
		kpool_free_bulk(nr, objects);
}
EXPORT_SYMBOL_GPL(kpool_cache_free_bulk);

/**
 * kpool_cache_mempool_alloc() - a mempool's function to allocate from a cache
 * @gfp: as for kmem_cache_alloc()
 * @cache: the cache
 *
 * Context: as kmem_cache_alloc().
 * Return: the object, or NULL.
 */
void *kpool_cache_mempool_alloc(gfp_t gfp, void *cache)
{
	return kpool_cache_alloc_slow((struct kpool_cache *)cache, gfp, NUMA_NO_NODE);
}
EXPORT_SYMBOL_GPL(kpool_cache_mempool_alloc);

/**
 * kpool_cache_mempool_free() - a mempool's function to free to a cache
 * @object: the object
 * @cache: the cache
 *
 * Context: any that kfree() may be called from.
 */
void kpool_cache_mempool_free(void *object, void *cache)
{
	kpool_cache_free_bulk((struct kpool_cache *)cache, 1, &object);
}
EXPORT_SYMBOL_GPL(kpool_cache_mempool_free);
