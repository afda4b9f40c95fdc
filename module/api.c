// SPDX-License-Identifier: GPL-2.0
/*
 * The functions that other modules call.
 *
 * Each is its fast path and tail calls: a request that a loaded magazine
 * cannot serve goes to kpool_api_miss(), one that magazines must not serve
 * (large, zone-bound, for a node) to kpool_api_special().
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "class.h"
#include "compat.h"
#include "heap.h"
#include "large.h"
#include "magazine.h"
#include "map.h"
#include "pool.h"

/* What a block of a pool cannot give. */
#define KPOOL_GFP_ZONE		(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_ACCOUNT)
/* What the magazines cannot: their blocks may be of any node. */
#define KPOOL_GFP_SPECIAL	(KPOOL_GFP_ZONE | __GFP_THISNODE)

/* Blocks that are freed in one go with preemption off. */
#define KPOOL_BULK_RUN		64

/* Is @size neither 0 nor above the largest class? */
static __always_inline bool kpool_api_small(size_t size)
{
	return likely(size - 1 < KPOOL_MAX_SIZE);
}

/* The bytes that kmalloc is asked for: the class's, so that the block may pass a magazine. */
static size_t kpool_api_room(size_t size)
{
	return kpool_api_small(size) ? kpool_class_size(kpool_class_of(size)) : size;
}

static __always_inline void *kpool_api_init(void *block, unsigned int class, gfp_t gfp)
{
	if (unlikely(want_init_on_alloc(gfp)))
		memset(block, 0, kpool_class_size(class));
	return block;
}

/* No block to be had: kmalloc serves the request. */
static void *kpool_api_fallback(struct kpool_heap *heap, unsigned int class, gfp_t gfp, int nid)
{
	void *p = kpool_large_alloc(heap, kpool_class_size(class), gfp, nid);

	if (p)
		kpool_event(heap, KPOOL_EVENT_FALLBACK);
	return p;
}

static noinline void *kpool_api_miss(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	unsigned int class = kpool_class_of(size);
	void *block = kpool_magazine_alloc_slow(heap, class, gfp);

	if (unlikely(!block))
		return kpool_api_fallback(heap, class, gfp, NUMA_NO_NODE);
	return kpool_api_init(block, class, gfp);
}

/* A block of a certain node's pools. */
static void *kpool_api_node(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid)
{
	unsigned int class = kpool_class_of(size);
	void *block;

	if (!kpool_pool_take(heap, nid, class, &block + 1, 1, gfp))
		return kpool_api_fallback(heap, class, gfp, nid);
	this_cpu_inc(heap->cpu->cold[class].slow_allocs);
	return kpool_api_init(block, class, gfp);
}

static noinline void *kpool_api_special(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid)
{
	if (!size)
		return ZERO_SIZE_PTR;
	if (kpool_api_small(size) && !(gfp & KPOOL_GFP_ZONE))
		return kpool_api_node(heap, size, gfp, nid == NUMA_NO_NODE ? numa_mem_id() : nid);
	kpool_event(heap, kpool_api_small(size) ? KPOOL_EVENT_ZONE : KPOOL_EVENT_LARGE);
	return kpool_large_alloc(heap, kpool_api_room(size), gfp, nid);
}

static __always_inline void *kpool_api_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	unsigned int class;
	void *block;

	if (!kpool_api_small(size) || unlikely(gfp & KPOOL_GFP_SPECIAL))
		return kpool_api_special(heap, size, gfp, NUMA_NO_NODE);
	class = kpool_class_of(size);
	block = kpool_magazine_alloc(heap, class);
	if (unlikely(!block))
		return kpool_api_miss(heap, size, gfp);
	return kpool_api_init(block, class, gfp);
}

/**
 * kpool_heap_alloc() - allocate from a heap
 * @heap: the heap
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: memory aligned as for kpool_alloc(), ZERO_SIZE_PTR for size 0, or NULL.
 */
void *kpool_heap_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	return kpool_api_alloc(heap, size, gfp);
}
EXPORT_SYMBOL_GPL(kpool_heap_alloc);

/**
 * kpool_alloc() - allocate from the default heap
 * @size: bytes wanted
 * @gfp: as for kmalloc(). Requests above KPOOL_MAX_SIZE, for a zone or with
 *	__GFP_ACCOUNT are passed to kmalloc(), as is any when there is no memory
 *	for an arena
 *
 * A power of two is aligned to itself, any size to at least 8 bytes.
 *
 * Context: any that kmalloc() may be called from; may sleep if @gfp says so.
 * Return: memory, ZERO_SIZE_PTR for size 0, or NULL.
 */
void *kpool_alloc(size_t size, gfp_t gfp)
{
	return kpool_api_alloc(kpool_default_heap, size, gfp);
}
EXPORT_SYMBOL_GPL(kpool_alloc);

/**
 * kpool_heap_alloc_node() - allocate from a heap, near a NUMA node
 * @heap: the heap
 * @size: bytes wanted
 * @gfp: as for kmalloc(); with __GFP_THISNODE from that node or not at all
 * @node: the node; NUMA_NO_NODE or an offline one stands for the local node
 *
 * Context: as kpool_alloc().
 * Return: memory, ZERO_SIZE_PTR for size 0, or NULL.
 */
void *kpool_heap_alloc_node(struct kpool_heap *heap, size_t size, gfp_t gfp, int node)
{
	if (node < 0 || node >= nr_node_ids || !node_online(node))
		return kpool_api_alloc(heap, size, gfp);
	if (node == numa_mem_id() && !(gfp & KPOOL_GFP_SPECIAL) && nr_online_nodes == 1)
		return kpool_api_alloc(heap, size, gfp);
	return kpool_api_special(heap, size, gfp, node);
}
EXPORT_SYMBOL_GPL(kpool_heap_alloc_node);

/**
 * kpool_alloc_node() - allocate from the default heap, near a NUMA node
 * @size: bytes wanted
 * @gfp: as for kmalloc(); with __GFP_THISNODE from that node or not at all
 * @node: the node; NUMA_NO_NODE or an offline one stands for the local node
 *
 * Context: as kpool_alloc().
 * Return: memory, ZERO_SIZE_PTR for size 0, or NULL.
 */
void *kpool_alloc_node(size_t size, gfp_t gfp, int node)
{
	return kpool_heap_alloc_node(kpool_default_heap, size, gfp, node);
}
EXPORT_SYMBOL_GPL(kpool_alloc_node);

/**
 * kpool_alloc_array() - allocate an array from the default heap
 * @n: number of elements
 * @size: bytes of one element
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: memory, or NULL, also when @n times @size overflows.
 */
void *kpool_alloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return kpool_alloc(bytes, gfp);
}
EXPORT_SYMBOL_GPL(kpool_alloc_array);

/* A pointer that no class owns: reported and left alone. */
static void kpool_api_bad_free(struct kpool_arena *arena, const void *p)
{
	pr_err_ratelimited("heap %s: bad free: not in use (arena %lu, offset %lu)\n",
			   arena->heap->name, arena->id,
			   (unsigned long)p & (KPOOL_ARENA_SIZE - 1));
	kpool_event(arena->heap, KPOOL_EVENT_CORRUPTION);
}

static __always_inline void kpool_api_clear(const void *p, unsigned int class)
{
	if (unlikely(want_init_on_free()))
		memset((void *)p, 0, kpool_class_size(class));
}

/* Frees whatever the fast path did not: other heaps' blocks, kmalloc's memory. */
static noinline void kpool_api_free_slow(const void *p)
{
	struct kpool_arena *arena;
	struct kpool_heap *heap;
	u8 byte;

	rcu_read_lock(); /* @p may lie in a returned page of an arena that goes just now */
	arena = kpool_map_arena(p);
	byte = arena ? kpool_class_byte(arena, p) : KPOOL_BYTE_RETURNED;
	rcu_read_unlock();

	if (byte == KPOOL_BYTE_RETURNED) {
		kpool_large_free(p);
		return;
	}
	heap = arena->heap;
	byte ^= heap->byte;
	if (unlikely(byte >= KPOOL_NR_CLASSES)) {
		kpool_api_bad_free(arena, p);
		return;
	}
	kpool_api_clear(p, byte);
	kpool_magazine_free(heap, byte, (void *)p);
}

/*
 * Frees up to @nr blocks of one heap into loaded magazines, until one does not
 * fit or is not the heap's. @private: the heap's class byte. Return: how many.
 */
static __always_inline unsigned int kpool_api_free_run(struct kpool_heap *heap, u8 private,
						       void *const *blocks, unsigned int nr)
{
	struct kpool_cpu *cpu;
	unsigned int i = 0;

	preempt_disable();
	cpu = kpool_magazine_claim(heap);
	if (likely(cpu)) {
		for (; i < nr; i++) {
			struct kpool_arena *arena = kpool_map_arena(blocks[i]);
			u8 class;

			if (unlikely(!arena))
				break;
			class = kpool_class_byte(arena, blocks[i]) ^ private;
			if (unlikely(class >= KPOOL_NR_CLASSES))
				break;
			kpool_api_clear(blocks[i], class);
			if (unlikely(!kpool_magazine_push(&cpu->slot[class], blocks[i])))
				break;
		}
		kpool_magazine_release(cpu);
	}
	preempt_enable();
	return i;
}

static __always_inline void kpool_api_free_bulk(struct kpool_heap *heap, u8 private,
						unsigned int nr, void *const *blocks)
{
	unsigned int i = 0;

	while (i < nr) {
		unsigned int run = min_t(unsigned int, nr - i, KPOOL_BULK_RUN);
		unsigned int done = kpool_api_free_run(heap, private, blocks + i, run);

		i += done;
		if (done < run)
			kpool_api_free_slow(blocks[i++]);
	}
}

/**
 * kpool_free() - free memory
 * @p: a block of any heap, or what kmalloc() gave; NULL and ZERO_SIZE_PTR are ignored
 *
 * Context: any that kfree() may be called from.
 */
void kpool_free(const void *p)
{
	if (unlikely(!kpool_api_free_run(kpool_default_heap, 0, (void *const *)&p, 1)))
		kpool_api_free_slow(p);
}
EXPORT_SYMBOL_GPL(kpool_free);

/**
 * kpool_heap_free() - free memory of a heap
 * @heap: the heap that it came from
 * @p: what this heap's functions gave; NULL and ZERO_SIZE_PTR are ignored
 *
 * Context: any that kfree() may be called from.
 */
void kpool_heap_free(struct kpool_heap *heap, const void *p)
{
	if (unlikely(!kpool_api_free_run(heap, heap->byte, (void *const *)&p, 1)))
		kpool_api_free_slow(p);
}
EXPORT_SYMBOL_GPL(kpool_heap_free);

/**
 * kpool_free_bulk() - free several pieces of memory
 * @nr: how many
 * @blocks: what kpool_free() takes, in any mix
 *
 * Context: any that kfree() may be called from.
 */
void kpool_free_bulk(unsigned int nr, void **blocks)
{
	kpool_api_free_bulk(kpool_default_heap, 0, nr, blocks);
}
EXPORT_SYMBOL_GPL(kpool_free_bulk);

/**
 * kpool_heap_free_bulk() - free several pieces of memory of a heap
 * @heap: the heap that they came from
 * @nr: how many
 * @blocks: what kpool_heap_free() takes
 *
 * Context: any that kfree() may be called from.
 */
void kpool_heap_free_bulk(struct kpool_heap *heap, unsigned int nr, void **blocks)
{
	kpool_api_free_bulk(heap, heap->byte, nr, blocks);
}
EXPORT_SYMBOL_GPL(kpool_heap_free_bulk);

/**
 * kpool_heap_free_sized() - free memory of a heap, its size being known
 * @heap: the heap that it came from
 * @p: the memory; NULL and ZERO_SIZE_PTR are ignored
 * @size: the size that was asked for. Bytes
 *
 * Reads no metadata. Not for memory that kpool_heap_realloc() moved to another size.
 *
 * Context: any that kfree() may be called from.
 */
void kpool_heap_free_sized(struct kpool_heap *heap, const void *p, size_t size)
{
	unsigned int class;

	if (!kpool_api_small(size) || unlikely(ZERO_OR_NULL_PTR(p))) {
		kpool_api_free_slow(p);
		return;
	}
	class = kpool_class_of(size);
	kpool_api_clear(p, class);
	kpool_magazine_free(heap, class, (void *)p);
}
EXPORT_SYMBOL_GPL(kpool_heap_free_sized);

/**
 * kpool_free_sized() - free memory of the default heap, its size being known
 * @p: what the default heap's functions gave; NULL and ZERO_SIZE_PTR are ignored
 * @size: the size that was asked for last. Bytes
 *
 * Context: any that kfree() may be called from.
 */
void kpool_free_sized(const void *p, size_t size)
{
	kpool_heap_free_sized(kpool_default_heap, p, size);
}
EXPORT_SYMBOL_GPL(kpool_free_sized);

/**
 * kpool_owns() - does a pointer point into a kpool block?
 * @p: memory that is in use, by whomever
 *
 * Context: any.
 * Return: true for a block of any heap, false for other memory, also for what
 * kmalloc served in kpool's stead.
 */
bool kpool_owns(const void *p)
{
	struct kpool_arena *arena;
	bool owns;

	rcu_read_lock();
	arena = kpool_map_arena(p);
	owns = arena && !(kpool_class_byte(arena, p) & KPOOL_BYTE_FREE);
	rcu_read_unlock();
	return owns;
}
EXPORT_SYMBOL_GPL(kpool_owns);

/**
 * kpool_usable_size() - bytes that may be used of an allocation
 * @p: what kpool_free() takes
 *
 * Context: any.
 * Return: bytes, at least those asked for; 0 for NULL and ZERO_SIZE_PTR.
 */
size_t kpool_usable_size(const void *p)
{
	size_t size = 0;

	rcu_read_lock();
	if (kpool_owns(p))
		size = kpool_class_size(kpool_class_byte(kpool_map_arena(p), p) &
					KPOOL_BYTE_CLASS);
	rcu_read_unlock();
	return size ?: ksize(p);
}
EXPORT_SYMBOL_GPL(kpool_usable_size);

/**
 * kpool_free_sensitive() - overwrite memory with zeroes and free it
 * @p: what kpool_free() takes
 *
 * Context: any that kfree() may be called from.
 */
void kpool_free_sensitive(const void *p)
{
	if (!kpool_owns(p)) {
		/* Leaves what the sanitizers know of kmalloc's memory to kmalloc. */
		if (!ZERO_OR_NULL_PTR(p))
			memzero_explicit((void *)p, ksize(p));
	} else {
		memzero_explicit((void *)p, kpool_usable_size(p));
	}
	kpool_api_free_slow(p);
}
EXPORT_SYMBOL_GPL(kpool_free_sensitive);

/* May @p stay where it is for @size bytes? As in pymalloc: unless a quarter or more is saved. */
static bool kpool_api_stays(size_t usable, size_t size)
{
	return size <= usable && size > usable - usable / 4;
}

/**
 * kpool_heap_realloc() - change the size of an allocation
 * @heap: the heap to allocate from, should it move
 * @p: what kpool_free() takes; NULL and ZERO_SIZE_PTR for a new allocation
 * @size: bytes wanted; 0 frees @p
 * @gfp: as for kmalloc(). With __GFP_ZERO the bytes added are zero if all
 *	earlier calls for @p had it too
 *
 * Context: as kpool_alloc().
 * Return: memory with the old contents up to the lesser of the two sizes,
 * ZERO_SIZE_PTR for size 0, or NULL, and then @p is as it was.
 */
void *kpool_heap_realloc(struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp)
{
	size_t usable;
	void *new;

	if (ZERO_OR_NULL_PTR(p))
		return kpool_heap_alloc(heap, size, gfp);
	if (!size) {
		kpool_free(p);
		return ZERO_SIZE_PTR;
	}
	usable = kpool_usable_size(p);
	if (!kpool_api_stays(usable, size)) {
		new = kpool_heap_alloc(heap, size, size <= usable ? gfp | __GFP_NOWARN : gfp);
		if (new) {
			memcpy(new, p, min(usable, size));
			kpool_free(p);
			return new;
		}
		if (size > usable)
			return NULL;
	}
	if (gfp & __GFP_ZERO)
		memset((void *)p + size, 0, usable - size);
	return (void *)p;
}
EXPORT_SYMBOL_GPL(kpool_heap_realloc);

/**
 * kpool_realloc() - change the size of an allocation
 * @p: what kpool_free() takes; NULL and ZERO_SIZE_PTR for a new allocation
 * @size: bytes wanted; 0 frees @p
 * @gfp: as for kmalloc(), see kpool_heap_realloc()
 *
 * Context: as kpool_alloc().
 * Return: as kpool_heap_realloc().
 */
void *kpool_realloc(const void *p, size_t size, gfp_t gfp)
{
	return kpool_heap_realloc(kpool_default_heap, p, size, gfp);
}
EXPORT_SYMBOL_GPL(kpool_realloc);

/**
 * kpool_memdup() - copy memory into a new allocation
 * @src: the memory
 * @len: its length. Bytes
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: the copy, ZERO_SIZE_PTR for length 0, or NULL.
 */
void *kpool_memdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kpool_alloc(len, gfp);

	if (!ZERO_OR_NULL_PTR(p))
		memcpy(p, src, len);
	return p;
}
EXPORT_SYMBOL_GPL(kpool_memdup);

/**
 * kpool_strdup() - copy a string into a new allocation
 * @s: the string, or NULL
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: the copy, or NULL, also for @s NULL.
 */
char *kpool_strdup(const char *s, gfp_t gfp)
{
	return s ? kpool_memdup(s, strlen(s) + 1, gfp) : NULL;
}
EXPORT_SYMBOL_GPL(kpool_strdup);

/* Pops up to @nr blocks of a class off the loaded magazine. Return: how many. */
static unsigned int kpool_api_pop_run(struct kpool_heap *heap, unsigned int class,
				      unsigned int nr, void **blocks)
{
	struct kpool_cpu *cpu = kpool_magazine_enter(heap);
	unsigned int i = 0;

	if (cpu) {
		while (i < nr && (blocks[i] = kpool_magazine_pop(&cpu->slot[class])))
			i++;
		kpool_magazine_leave(cpu);
	}
	return i;
}

/* Fills @blocks from the pools. Return: how many. */
static unsigned int kpool_api_take_run(struct kpool_heap *heap, unsigned int class, gfp_t gfp,
				       unsigned int nr, void **blocks)
{
	unsigned int done = 0, got;

	do {
		got = kpool_pool_take(heap, numa_mem_id(), class, blocks + nr - done,
				      nr - done, gfp);
		done += got;
	} while (got && done < nr);
	this_cpu_add(heap->cpu->cold[class].slow_allocs, done);
	return done;
}

/**
 * kpool_heap_alloc_bulk() - allocate several blocks of one size from a heap
 * @heap: the heap
 * @size: bytes of each
 * @gfp: as for kmalloc()
 * @nr: how many
 * @blocks: the blocks
 *
 * Context: as kpool_alloc().
 * Return: @nr, or 0 if there is not memory for all of them.
 */
unsigned int kpool_heap_alloc_bulk(struct kpool_heap *heap, size_t size, gfp_t gfp,
				   unsigned int nr, void **blocks)
{
	unsigned int class, done = 0, rest, i;

	if (kpool_api_small(size) && !(gfp & KPOOL_GFP_SPECIAL)) {
		class = kpool_class_of(size);
		done = kpool_api_pop_run(heap, class, nr, blocks);
		/* The pools fill from the end: what they lack is a hole in the middle. */
		rest = nr - done;
		i = rest ? kpool_api_take_run(heap, class, gfp, rest, blocks + done) : 0;
		if (i && i < rest)
			memmove(blocks + done, blocks + nr - i, i * sizeof(*blocks));
		done += i;
		for (i = 0; i < done; i++)
			kpool_api_init(blocks[i], class, gfp);
	}
	for (; done < nr; done++) {
		blocks[done] = kpool_heap_alloc(heap, size, gfp);
		if (unlikely(!blocks[done])) {
			kpool_free_bulk(done, blocks);
			return 0;
		}
	}
	return nr;
}
EXPORT_SYMBOL_GPL(kpool_heap_alloc_bulk);

/**
 * kpool_alloc_bulk() - allocate several blocks of one size from the default heap
 * @size: bytes of each
 * @gfp: as for kmalloc()
 * @nr: how many
 * @blocks: the blocks
 *
 * Context: as kpool_alloc().
 * Return: @nr, or 0 if there is not memory for all of them.
 */
unsigned int kpool_alloc_bulk(size_t size, gfp_t gfp, unsigned int nr, void **blocks)
{
	return kpool_heap_alloc_bulk(kpool_default_heap, size, gfp, nr, blocks);
}
EXPORT_SYMBOL_GPL(kpool_alloc_bulk);
