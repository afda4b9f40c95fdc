// SPDX-License-Identifier: GPL-2.0
/*
 * Sources of blocks when the loaded magazine is empty, in this order:
 *
 *   the CPU's previous magazine
 *   a full magazine of the node's depot
 *   the node's pools, partial ones first
 *   idle magazines, the depots of other classes and pools that have waited for a grace period, for
 *   a caller that may sleep
 *   a new arena of the node
 *   pools of other nodes
 *   a new arena of another node
 *
 * Pages of a new arena come from the page allocator, after the heap's free memory was released if
 * its memory cgroup is at its limit, or, for a caller that may not sleep, from the reserve.
 */
#include <linux/nodemask.h>
#include <linux/topology.h>

#include "arena.h"
#include "class.h"
#include "compat.h"
#include "depot.h"
#include "magazine.h"
#include "observe/trace.h"
#include "pages.h"
#include "pool.h"
#include "refill.h"
#include "trim.h"
#include "typesafe.h"

/*
 * Release the heap's free memory first if its memory cgroup is at the limit: the kernel reclaims
 * memory of the group then, and does not ask kpool's shrinker.
 */
static struct page *kpool_refill_try(struct kpool_heap *heap, int nid, gfp_t gfp)
{
	struct page *page = kpool_pages_alloc(heap, nid, gfp);

	if (!page && heap->memcg && gfpflags_allow_blocking(gfp) &&
	    kpool_trim_reclaim(heap, 1UL << KPOOL_ARENA_ORDER))
		page = kpool_pages_alloc(heap, nid, gfp);
	kpool_pages_note(heap, nid, gfp, !page);
	return page;
}

/* Pages of one arena near node @nid, or NULL. May sleep if the request's @gfp says so. */
static struct page *kpool_refill_pages(struct kpool_heap *heap, int nid, gfp_t gfp)
{
	struct page *page = NULL;

	if (!kpool_pages_back_off(heap, nid, gfp))
		page = kpool_refill_try(heap, nid, kpool_pages_gfp(gfp) | (gfp & __GFP_THISNODE));
	/* The reserve is charged to no memory cgroup. */
	if (page || gfpflags_allow_blocking(gfp) || heap->ops != &kpool_page_ops_default ||
	    heap->memcg)
		return page;
	return kpool_pages_from_reserve(nid);
}

/* A new arena near node @nid, on no list yet, or NULL. */
static struct kpool_arena *kpool_refill_arena(struct kpool_heap *heap, int nid, gfp_t gfp)
{
	struct page *page = kpool_refill_pages(heap, nid, gfp);

	return page ? kpool_arena_create(heap, page) : NULL;
}

/*
 * Drain what a task that is about to add an arena can reach cheaply: the node's depots, and
 * magazines of this CPU that were idle since the last call. Otherwise each phase of a program with
 * changing sizes would leave cached blocks behind, and these would keep their pools from the next
 * phase. Return: whether the node has a free pool.
 */
static bool kpool_refill_scavenge(struct kpool_node *node)
{
	if (kpool_depot_scavenge(node))
		return true;
	kpool_magazine_drain_here(node->heap, false);
	return false;
}

/* Blocks from existing pools of other nodes: remote memory is better than more memory. */
static unsigned int kpool_refill_far(struct kpool_heap *heap, int nid, unsigned int class,
				     void **end, unsigned int want)
{
	unsigned int nr = 0;
	int other;

	for_each_node_state(other, N_MEMORY) {
		struct kpool_node *node = heap->node[other];

		if (other == nid || (!READ_ONCE(kpool_node_class(node, class)->partial_map) &&
				     !kpool_arena_any_free(node)))
			continue;
		nr = kpool_pool_take(node, class, end, want);
		if (nr)
			break;
	}
	return nr;
}

/*
 * Get a new arena of the node. Without memory there, take blocks of other nodes' pools, or else get
 * an arena of any node. Return: the arena, or NULL with the number of blocks taken in @nr.
 */
static struct kpool_arena *kpool_refill_new_arena(struct kpool_heap *heap, int nid,
						  unsigned int class, void **end,
						  unsigned int want, gfp_t gfp, unsigned int *nr)
{
	struct kpool_arena *arena;

	if (nr_online_nodes == 1 || (gfp & __GFP_THISNODE))
		return kpool_refill_arena(heap, nid, gfp);
	arena = kpool_refill_arena(heap, nid, gfp | __GFP_THISNODE);
	if (arena)
		return arena;
	*nr = kpool_refill_far(heap, nid, class, end, want);
	return *nr ? NULL : kpool_refill_arena(heap, nid, gfp);
}

/**
 * kpool_refill_take() - take blocks from the pools of a node
 * @heap: the heap
 * @nid: the node wanted; its memory may lie elsewhere unless @gfp says __GFP_THISNODE
 * @class: size class
 * @end: the blocks are written to end[-1], end[-2], ... in the order in which
 *	the pools give them
 * @want: how many
 * @gfp: for a new arena, if the pools have no block at all
 *
 * Context: no lock held. May sleep if @gfp says so.
 * Return: number of blocks, 0 without memory. Blocks from the pools that exist, even if they are
 * fewer than @want, are preferred to a new arena.
 */
unsigned int kpool_refill_take(struct kpool_heap *heap, int nid, unsigned int class,
			       void **end, unsigned int want, gfp_t gfp)
{
	bool scavenge = gfpflags_allow_blocking(gfp) && heap->capacity[class];
	struct kpool_node *node = heap->node[nid];
	struct kpool_arena *arena;
	unsigned int nr;

	for (;;) {
		nr = kpool_pool_take(node, class, end, want);
		if (nr)
			return nr;
		if (scavenge && !kpool_pages_back_off(heap, nid, gfp)) {
			scavenge = false;
			if (!kpool_refill_scavenge(node))
				kpool_typesafe_end_some(node);
			continue;
		}
		arena = kpool_refill_new_arena(heap, nid, class, end, want, gfp, &nr);
		if (!arena)
			return nr;
		node = arena->node;
		if (!kpool_arena_add(arena))
			kpool_arena_release(arena);
	}
}
KPOOL_EXPORT_TEST(kpool_refill_take);

static void *kpool_refill_one(struct kpool_heap *heap, unsigned int class, gfp_t gfp)
{
	void *block;

	return kpool_refill_take(heap, numa_mem_id(), class, &block + 1, 1, gfp) ? block : NULL;
}

/* Fill an empty detached magazine from its top, in the order in which its blocks are popped. */
static void kpool_refill_fill(struct kpool_heap *heap, unsigned int class,
			      struct kpool_magazine *mag, gfp_t gfp)
{
	unsigned int capacity = mag->capacity, nr;

	nr = kpool_refill_take(heap, numa_mem_id(), class, mag->round + capacity, capacity, gfp);
	if (unlikely(nr < capacity))
		memmove(mag->round, mag->round + capacity - nr, nr * sizeof(void *));
	mag->rounds = nr;
}

/* Attach a full magazine of the depot, or a newly filled one. Return: a block of it, or NULL. */
static void *kpool_refill_exchange(struct kpool_heap *heap, unsigned int class,
				   struct kpool_magazine *empty, gfp_t gfp)
{
	struct kpool_magazine *mag = kpool_depot_get_full(heap, class);
	void *block;

	if (mag) {
		trace_kpool_refill(heap, kpool_class_size(class), mag->rounds, true);
		kpool_depot_put_empty(heap, class, empty);
	} else {
		mag = empty ? empty : kpool_depot_get_empty(heap, class, gfp);
		if (!mag)
			return kpool_refill_one(heap, class, gfp);
		kpool_refill_fill(heap, class, mag, gfp);
		trace_kpool_refill(heap, kpool_class_size(class), mag->rounds, false);
		if (!mag->rounds) {
			kpool_depot_put_empty(heap, class, mag);
			return NULL;
		}
	}
	block = mag->round[--mag->rounds];
	kpool_magazine_attach(heap, class, mag);
	return block;
}

/**
 * kpool_refill_alloc() - allocate a block when the loaded magazine cannot
 * @heap: the heap
 * @class: size class
 * @gfp: for a new arena and magazine
 *
 * Context: no lock held. May sleep if @gfp says so.
 * Return: a block, or NULL.
 */
noinline void *kpool_refill_alloc(struct kpool_heap *heap, unsigned int class, gfp_t gfp)
{
	struct kpool_cpu *cpu = kpool_magazine_enter(heap, class);
	struct kpool_magazine *mag;
	void *block;

	if (cpu) {
		if (cpu->cold[class].previous_rounds)
			kpool_magazine_swap(cpu, class);
		block = kpool_magazine_pop(&cpu->slot[class]);
		mag = block ? NULL : kpool_magazine_detach(&cpu->cold[class]);
		kpool_magazine_leave(heap, class);
		if (block)
			return block;
		block = kpool_refill_exchange(heap, class, mag, gfp);
		kpool_heap_arm_trim(heap);
	} else {
		block = kpool_refill_one(heap, class, gfp);
	}
	if (block)
		this_cpu_inc(heap->cpu->cold[class].slow_allocs);
	return block;
}
