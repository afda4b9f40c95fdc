/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kpool - pool allocator for small objects, for other kernel modules to call
 *
 * Suited for: many objects of up to KPOOL_MAX_SIZE bytes, of any mix of sizes, from any context
 * that kmalloc() may be called from; sets of objects to observe or tear down together (a private
 * heap).
 *
 * Not for: memory that other code will pass to kfree(); DMA buffers on machines without coherent
 * caches (a block is only aligned to the largest power of two that divides its size); memory with
 * pages that other code takes references on.
 *
 * Functions are documented beside their definitions; Documentation/api.rst
 * collects them.
 */
#ifndef _KPOOL_H
#define _KPOOL_H

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/types.h>
#ifdef __has_include
#if __has_include(<linux/cleanup.h>)
#include <linux/cleanup.h>
#endif
#endif

/* Larger requests are passed to kmalloc(). Bytes. */
#define KPOOL_MAX_SIZE		1024

/* Longest name of a heap, without the terminating NUL. */
#define KPOOL_HEAP_NAME_MAX	31

struct kpool_heap;

/**
 * enum kpool_heap_flags - properties of a private heap
 * @KPOOL_HEAP_REGION: kpool_heap_destroy() frees whatever is still out, large
 *	requests included
 * @KPOOL_HEAP_PIN_CLASSES: a pool keeps its first size class for as long as its
 *	arena lives, so no address changes between classes inside the heap
 * @KPOOL_HEAP_TYPESAFE_RCU: until a grace period has passed, the memory of a freed block holds only
 *	blocks of its size class of this heap, as with SLAB_TYPESAFE_BY_RCU. An RCU reader may read
 *	the block and must check what it finds. Only the owner, or __GFP_ZERO, clears a block. Not
 *	with KPOOL_HEAP_DEBUG
 * @KPOOL_HEAP_DEBUG: every block has red zones, poison when it is free, and the stack traces of its
 *	last allocation and free; misuse is reported in the log and contained. Implies
 *	KPOOL_HEAP_PIN_CLASSES. Takes much more memory and time
 * @KPOOL_HEAP_ACCOUNT: all memory of the heap is charged to the memory cgroup of the task that
 *	created the heap, so __GFP_ACCOUNT makes no difference; -EOPNOTSUPP without CONFIG_MEMCG
 * @KPOOL_HEAP_RANDOM: blocks are taken from pools in an unpredictable order. A block that was just
 *	freed is still the next one served on the same CPU
 */
enum kpool_heap_flags {
	KPOOL_HEAP_REGION	= 1u << 0,
	KPOOL_HEAP_PIN_CLASSES	= 1u << 1,
	KPOOL_HEAP_TYPESAFE_RCU	= 1u << 2,
	KPOOL_HEAP_DEBUG	= 1u << 3,
	KPOOL_HEAP_ACCOUNT	= 1u << 4,
	KPOOL_HEAP_RANDOM	= 1u << 5,
};

/**
 * struct kpool_heap_attr - attributes of a private heap
 * @flags: KPOOL_HEAP_* or'ed together
 * @ctor: constructor, or NULL. Called on the memory of each block before the block is first handed
 *	out, and again only after the memory had another use. As with kmem_cache_create(), a caller
 *	must restore a block to its constructed state before it frees the block. A debug heap
 *	overwrites free blocks, so it calls the constructor for each allocation. The constructor
 *	runs within the allocation that needs the block, in the context of that caller and without a
 *	lock of kpool's. It may sleep only if every caller that allocates from the heap may sleep.
 *	It may allocate from and free to other heaps. It must not allocate from this heap, itself or
 *	through another heap's constructor, because the new block might need construction first, and
 *	so on. Implies KPOOL_HEAP_PIN_CLASSES. Do not use kpool_free_sensitive() and kpool_realloc()
 *	on blocks of the heap
 */
struct kpool_heap_attr {
	unsigned int flags;
	void (*ctor)(void *block);
};

/*
 * Statistics of a heap. The struct below, the debugfs file "stats" and its documentation follow
 * this table. Bytes are raw bytes.
 *
 * Always exact:
 *   bytes_used + bytes_cached + bytes_free + bytes_tail + bytes_header +
 *   bytes_returned == arenas * arena_size
 *   bytes == arenas * arena_size - bytes_returned
 */
#define KPOOL_STATS(X)									\
	X(bytes, "bytes that the heap's arenas hold now")				\
	X(bytes_used, "bytes of blocks that callers hold, rounded up to their size class")\
	X(bytes_cached, "bytes of blocks in magazines and depots")			\
	X(bytes_free, "bytes of free blocks in pools in use, and of free pools")	\
	X(bytes_tail, "bytes of pools in use that are part of no block")		\
	X(bytes_header, "bytes of arena headers")					\
	X(bytes_returned, "bytes of returned pools of arenas that live on")\
	X(arena_size, "bytes of one arena, a constant")					\
	X(arenas, "arenas now")								\
	X(arenas_empty, "arenas now with no pool in use and with all their pages")	\
	X(arenas_created, "arenas ever created")					\
	X(arenas_released, "arenas ever released: arenas_created less arenas")		\
	X(pools, "pools in use by a size class now")					\
	X(pools_free, "free pools now")							\
	X(pools_returned, "pools now returned to the page allocator")			\
	X(pools_fresh, "times a class claimed a pool that was never used")		\
	X(recycled_same, "times a class claimed a free pool that was last its own")	\
	X(recycled_other, "times a class claimed a free pool that was last another class's")\
	X(blocks_used, "blocks that callers hold")					\
	X(blocks_cached, "blocks in magazines and depots")				\
	X(blocks_free, "free blocks in pools in use")					\
	X(allocs, "blocks ever served to callers")					\
	X(frees, "blocks ever freed: allocs less blocks_used")				\
	X(magazine_hits, "of the allocs, those that a CPU's magazine served")		\
	X(depot_hits, "full magazines taken from a depot")				\
	X(refills, "times pools were asked for a batch of blocks, also in vain")	\
	X(drains, "batches of blocks put back into pools")				\
	X(magazines, "magazines in existence")						\
	X(metadata_bytes, "bytes outside arenas: magazines, per-CPU and per-node data")	\
	X(large, "requests above the largest class, passed to kmalloc()")		\
	X(zone, "small requests passed to kmalloc() for their zone or __GFP_ACCOUNT")	\
	X(fallbacks, "small requests that kmalloc() served because there was no arena")	\
	X(corruptions, "wrong frees and damaged structures, found and contained")	\
	X(reserve, "arenas ready for callers that may not sleep, of no heap")		\
	X(quarantined, "blocks out of service in a debug heap; they count as used")

#define KPOOL_STATS_FIELD(name, doc)	u64 name;

/**
 * struct kpool_stats - figures of a heap at one moment
 *
 * KPOOL_STATS() lists the fields and their meanings. The sum of all bytes is exact at any time.
 * While the heap is in use, the division of blocks into used, cached and free, and the counts of
 * events, may lag.
 */
struct kpool_stats {
	/* private: made from the table */
	KPOOL_STATS(KPOOL_STATS_FIELD)
};

#undef KPOOL_STATS_FIELD

/* The default heap. */
void *kpool_alloc(size_t size, gfp_t gfp) __malloc __alloc_size(1);
void *kpool_alloc_node(size_t size, gfp_t gfp, int node) __malloc __alloc_size(1);
void *kpool_realloc(const void *p, size_t size, gfp_t gfp) __must_check __realloc_size(2);
void *kpool_memdup(const void *src, size_t len, gfp_t gfp) __realloc_size(2);
char *kpool_strdup(const char *s, gfp_t gfp) __malloc;
void *kpool_alloc_array(size_t n, size_t size, gfp_t gfp) __malloc __alloc_size(1, 2);
unsigned int kpool_alloc_bulk(size_t size, gfp_t gfp, unsigned int nr, void **blocks);
void kpool_free_sized(const void *p, size_t size);

/* Blocks of any heap, and foreign pointers that kfree() takes. */
void kpool_free(const void *p);
void kpool_free_sensitive(const void *p);
void kpool_free_bulk(unsigned int nr, void **blocks);
size_t kpool_usable_size(const void *p);
bool kpool_owns(const void *p);
void kpool_rcu_free(struct rcu_head *head, const void *p);
void kpool_rcu_free_mightsleep(const void *p);
void kpool_rcu_barrier(void);

/* Private heaps. Functions that allocate take NULL for the default heap, too. */
struct kpool_heap *kpool_heap_create(const char *name, const struct kpool_heap_attr *attr);
void kpool_heap_destroy(struct kpool_heap *heap);
void *kpool_heap_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp)
	__malloc __alloc_size(2);
void *kpool_heap_alloc_node(struct kpool_heap *heap, size_t size, gfp_t gfp, int node)
	__malloc __alloc_size(2);
void *kpool_heap_realloc(struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp)
	__must_check __realloc_size(3);
unsigned int kpool_heap_alloc_bulk(struct kpool_heap *heap, size_t size, gfp_t gfp,
				   unsigned int nr, void **blocks);
void kpool_heap_free(struct kpool_heap *heap, const void *p);
void kpool_heap_free_sized(struct kpool_heap *heap, const void *p, size_t size);
void kpool_heap_free_bulk(struct kpool_heap *heap, unsigned int nr, void **blocks);

/* A heap, or NULL for the default heap. */
unsigned long kpool_heap_shrink(struct kpool_heap *heap);
int kpool_heap_stats(struct kpool_heap *heap, struct kpool_stats *out);
int kpool_heap_validate(struct kpool_heap *heap);

/**
 * kpool_zalloc() - allocate zeroed memory from the default heap
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: zeroed memory, ZERO_SIZE_PTR for size 0, or NULL.
 */
static inline __malloc __alloc_size(1) void *kpool_zalloc(size_t size, gfp_t gfp)
{
	return kpool_alloc(size, gfp | __GFP_ZERO);
}

/**
 * kpool_calloc() - allocate a zeroed array from the default heap
 * @n: number of elements
 * @size: bytes of one element
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: zeroed memory, or NULL, also when @n times @size overflows.
 */
static inline __malloc __alloc_size(1, 2) void *kpool_calloc(size_t n, size_t size, gfp_t gfp)
{
	return kpool_alloc_array(n, size, gfp | __GFP_ZERO);
}

/**
 * kpool_heap_zalloc() - allocate zeroed memory from a heap
 * @heap: the heap
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: zeroed memory, ZERO_SIZE_PTR for size 0, or NULL.
 */
static inline __malloc __alloc_size(2) void *
kpool_heap_zalloc(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	return kpool_heap_alloc(heap, size, gfp | __GFP_ZERO);
}

/**
 * kpool_alloc_obj() - allocate one object of a type from the default heap
 * @type: the type
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: pointer to @type, or NULL.
 */
#define kpool_alloc_obj(type, gfp)	((type *)kpool_alloc(sizeof(type), gfp))

/**
 * kpool_zalloc_obj() - allocate one zeroed object of a type from the default heap
 * @type: the type
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: pointer to @type, or NULL.
 */
#define kpool_zalloc_obj(type, gfp)	((type *)kpool_zalloc(sizeof(type), gfp))

/**
 * kpool_free_rcu() - free an object after a grace period
 * @ptr: the object, of any heap or from kmalloc(); NULL is ignored
 * @field: name of the struct rcu_head inside the object
 *
 * This allocates nothing, so it cannot fail. All waiting objects share grace periods.
 *
 * Context: any that call_rcu() allows.
 */
#define kpool_free_rcu(ptr, field)					\
do {									\
	typeof(ptr) __kpool_p = (ptr);					\
									\
	if (__kpool_p)							\
		kpool_rcu_free(&__kpool_p->field, __kpool_p);		\
} while (0)

/**
 * kpool_free_rcu_mightsleep() - free an object without an rcu_head after a grace period
 * @ptr: the object, of any heap or from kmalloc(); NULL is ignored
 *
 * Context: process context, may sleep.
 */
#define kpool_free_rcu_mightsleep(ptr)	kpool_rcu_free_mightsleep(ptr)

#ifdef DEFINE_FREE
DEFINE_FREE(kpool_free, void *, if (!IS_ERR_OR_NULL(_T)) kpool_free(_T))
#endif

#endif /* _KPOOL_H */
