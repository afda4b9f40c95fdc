// SPDX-License-Identifier: GPL-2.0
/*
 * Bulk allocation and free: one entry into the magazines for a whole run, and the rest straight
 * from the pools.
 */
#include <linux/slab.h>
#include <linux/topology.h>

#include "api.h"
#include "debug/sanitize.h"
#include "magazine.h"
#include "observe/trace.h"
#include "refill.h"

/* Free blocks that the loaded magazine has no room for, or that are of several classes or none. */
static noinline void kpool_bulk_free_slow(struct kpool_heap *heap, unsigned int nr,
					  void *const *blocks)
{
	while (nr) {
		u8 byte = kpool_map_byte(blocks[0]), class = byte ^ heap->byte;
		unsigned int done = 0;

		if (likely(class < KPOOL_NR_CLASSES) && !want_init_on_free())
			done = kpool_magazine_free_many(heap, byte, nr, blocks);
		/* Free one block singly: this makes room, or the block is not for a magazine. */
		if (!done)
			kpool_api_heap_free_slow(heap == kpool_default_heap ? NULL : heap,
						 blocks[done++]);
		blocks += done;
		nr -= done;
	}
}

/* The slot for a class byte. @heap: NULL for the default heap. */
static __always_inline struct kpool_slot __percpu *kpool_bulk_slot(struct kpool_heap *heap,
								   u8 byte)
{
	if (!heap)
		return kpool_byte_slot[byte];
	return kpool_cpu_slot(heap->cpu, min_t(u8, byte ^ heap->byte, KPOOL_NR_CLASSES));
}

static __always_inline void kpool_bulk_free(struct kpool_heap *heap, unsigned int nr,
					    void *const *blocks)
{
	struct kpool_slot __percpu *pslot;
	unsigned int done = 0;

	if (likely(nr) && !want_init_on_free()) {
		u8 byte = kpool_map_byte(blocks[0]);

		pslot = kpool_bulk_slot(heap, byte);
		preempt_disable();
		if (likely(kpool_slot_claim(pslot))) {
			done = kpool_slot_push_many(this_cpu_ptr(pslot), byte, nr, blocks);
			kpool_slot_release(pslot);
		}
		preempt_enable();
	}
	if (unlikely(done < nr))
		kpool_bulk_free_slow(heap ?: kpool_default_heap, nr - done, blocks + done);
}

static __always_inline void kpool_bulk_free_many(struct kpool_heap *heap, unsigned int nr,
						 void **blocks)
{
	kpool_sanitize_free_many(heap, nr, blocks);
	kpool_bulk_free(heap, nr, blocks);
}

static noinline void kpool_bulk_free_traced(struct kpool_heap *heap, unsigned int nr,
					    void **blocks, unsigned long call_site)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		kpool_trace_free(blocks[i], call_site);
	kpool_bulk_free_many(heap, nr, blocks);
}

/**
 * kpool_free_bulk() - free several pieces of memory
 * @nr: how many
 * @blocks: what kpool_free() takes, in any mix
 *
 * Context: any that kfree() may be called from.
 */
void kpool_free_bulk(unsigned int nr, void **blocks)
{
	if (tracepoint_enabled(kpool_free))
		kpool_bulk_free_traced(NULL, nr, blocks, _RET_IP_);
	else
		kpool_bulk_free_many(NULL, nr, blocks);
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
	if (tracepoint_enabled(kpool_free))
		kpool_bulk_free_traced(heap, nr, blocks, _RET_IP_);
	else
		kpool_bulk_free_many(heap, nr, blocks);
}
EXPORT_SYMBOL_GPL(kpool_heap_free_bulk);

/* Most blocks taken from the pools at a time, with interrupts off. */
#define KPOOL_BULK_RUN	64

/* Fill @blocks from the pools. Return: number of blocks. */
static unsigned int kpool_bulk_take(struct kpool_heap *heap, unsigned int class, gfp_t gfp,
				    unsigned int nr, void **blocks)
{
	unsigned int got = kpool_refill_take(heap, numa_mem_id(), class, blocks + nr, nr, gfp);

	/* kpool_refill_take() fills from the end. */
	if (got < nr)
		memmove(blocks, blocks + nr - got, got * sizeof(*blocks));
	this_cpu_add(heap->cpu->cold[class].slow_allocs, got);
	return got;
}

/*
 * Allocate from the loaded and previous magazines first, then from a refilled one. If a magazine
 * holds no more than is wanted, take the rest straight from the pools. Return: number of blocks.
 */
static unsigned int kpool_bulk_alloc(struct kpool_heap *heap, unsigned int class, gfp_t gfp,
				     unsigned int nr, void **blocks)
{
	unsigned int done = kpool_magazine_alloc_many(heap, class, nr, blocks);
	unsigned int rest = nr - done, got;

	while (rest) {
		if (rest >= READ_ONCE(heap->capacity[class])) {
			got = kpool_bulk_take(heap, class, gfp,
					      min_t(unsigned int, rest, KPOOL_BULK_RUN),
					      blocks + done);
		} else {
			blocks[done] = kpool_refill_alloc(heap, class, gfp);
			got = !!blocks[done];
			if (got)
				got += kpool_magazine_alloc_many(heap, class, rest - 1,
								 blocks + done + 1);
		}
		if (!got)
			break;
		done += got;
		rest -= got;
	}
	return done;
}

/* Serve a request that the loaded magazine alone cannot serve. Return: @nr, or 0. */
static noinline unsigned int kpool_bulk_alloc_slow(struct kpool_heap *heap, size_t size,
						   gfp_t gfp, unsigned int nr, void **blocks)
{
	unsigned int class, done = 0, i;

	gfp = kpool_api_gfp(heap, gfp);
	if (kpool_size_is_small(size) && !(gfp & KPOOL_GFP_SPECIAL) &&
	    !(heap->flags & KPOOL_HEAP_DEBUG)) {
		class = kpool_class_of(size);
		done = kpool_bulk_alloc(heap, class, gfp, nr, blocks);
		for (i = 0; want_init_on_alloc(gfp) && i < done; i++)
			kpool_api_init(heap, blocks[i], class, gfp);
		kpool_sanitize_alloc_many(size, gfp, done, blocks);
	}
	for (; done < nr; done++) {
		blocks[done] = kpool_api_alloc_untraced(heap, size, gfp);
		if (unlikely(!blocks[done])) {
			kpool_bulk_free_many(heap, done, blocks);
			return 0;
		}
	}
	return nr;
}

static __always_inline unsigned int kpool_bulk_alloc_fast(struct kpool_heap *heap, size_t size,
							  gfp_t gfp, unsigned int nr,
							  void **blocks)
{
	struct kpool_slot __percpu *pslot;
	bool done = false;

	if (likely(kpool_api_is_plain(size, gfp))) {
		pslot = kpool_api_slot(heap, size);
		preempt_disable();
		if (likely(kpool_slot_claim(pslot))) {
			struct kpool_slot *slot = this_cpu_ptr(pslot);

			done = kpool_slot_rounds(slot) >= nr;
			if (likely(done))
				kpool_slot_pop_many(slot, nr, blocks);
			kpool_slot_release(pslot);
		}
		preempt_enable();
	}
	if (likely(done)) {
		kpool_sanitize_alloc_many(size, gfp, nr, blocks);
		return nr;
	}
	return kpool_bulk_alloc_slow(heap ?: kpool_default_heap, size, gfp, nr, blocks);
}

static noinline unsigned int kpool_bulk_alloc_traced(struct kpool_heap *heap, size_t size,
						     gfp_t gfp, unsigned int nr, void **blocks,
						     unsigned long call_site)
{
	unsigned int done = kpool_bulk_alloc_fast(heap, size, gfp, nr, blocks), i;

	for (i = 0; i < done; i++)
		kpool_trace_alloc(heap, blocks[i], size, gfp, NUMA_NO_NODE, call_site);
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
	if (tracepoint_enabled(kpool_alloc))
		return kpool_bulk_alloc_traced(heap, size, gfp, nr, blocks, _RET_IP_);
	return kpool_bulk_alloc_fast(heap, size, gfp, nr, blocks);
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
	if (tracepoint_enabled(kpool_alloc))
		return kpool_bulk_alloc_traced(NULL, size, gfp, nr, blocks, _RET_IP_);
	return kpool_bulk_alloc_fast(NULL, size, gfp, nr, blocks);
}
EXPORT_SYMBOL_GPL(kpool_alloc_bulk);
