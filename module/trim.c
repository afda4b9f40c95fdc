// SPDX-License-Identifier: GPL-2.0
/*
 * Giving memory back, in four ways:
 *
 * - at once: an arena that becomes empty beyond the hysteresis (arena.c)
 * - by the periodic trim: memory that was idle for a whole interval, and free pools when no class
 *   claims any. The trim runs only while memory may be idle.
 * - by kpool_heap_shrink(): all free memory, pool by pool
 * - under memory pressure (shrinker.c) and at the limit of a memory cgroup (refill.c): as much as
 *   was asked for, without waiting for other CPUs
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/mm.h>
#include <linux/sched.h>

#include "arena.h"
#include "class.h"
#include "compat.h"
#include "depot.h"
#include "magazine.h"
#include "observe/trace.h"
#include "param.h"
#include "trim.h"
#include "typesafe.h"

/* Idle memory is released or returned after two to four intervals. */
#define KPOOL_TRIM_MS_MIN	10
#define KPOOL_TRIM_MS_MAX	(3600 * 1000)

/* Trims without a pool claimed before the free pools of arenas in use are returned. */
#define KPOOL_IDLE_TRIMS	2

static unsigned int kpool_trim_ms = 250;
KPOOL_PARAM(trim_ms, kpool_trim_ms, "milliseconds", KPOOL_TRIM_MS_MIN, KPOOL_TRIM_MS_MAX, 0644);
MODULE_PARM_DESC(trim_ms, "milliseconds between trims of idle memory, 10 to 3600000 (default 250)");

static void kpool_trim_queue(struct kpool_heap *heap)
{
	queue_delayed_work(kpool_wq, &heap->trim, msecs_to_jiffies(kpool_trim_ms));
}

void kpool_trim_irq_work(struct irq_work *work)
{
	kpool_trim_queue(container_of(work, struct kpool_heap, trim_irq_work));
}

/* Stop trims of a heap that has no other activity. May sleep. */
void kpool_trim_stop(struct kpool_heap *heap)
{
	irq_work_sync(&heap->trim_irq_work);
	cancel_delayed_work_sync(&heap->trim);
}

/*
 * Release the empty arenas that the node did not use since the last call. Return: whether empty
 * arenas are left.
 */
static bool kpool_trim_empty(struct kpool_node *node)
{
	unsigned long nr = READ_ONCE(node->nr_empty);

	kpool_arena_trim(node, nr - min(nr, READ_ONCE(node->empty_min)), ULONG_MAX);
	nr = READ_ONCE(node->nr_empty);
	WRITE_ONCE(node->empty_min, nr);
	return nr;
}

/*
 * Return free pools of the node's arenas until @target pages are returned. Caller holds
 * heap->shrink_lock.
 */
static void kpool_trim_return_pools(struct kpool_node *node, unsigned long target)
{
	struct kpool_arena *arena = NULL;
	unsigned long nr = 0;

	while (nr < target && (arena = kpool_arena_next(node, arena))) {
		nr += kpool_arena_return_pools(arena);
		cond_resched();
	}
	if (arena)
		kpool_arena_end_walk(arena);
}

/*
 * Return free pools of arenas in use if no class claimed a pool for some intervals. A returned pool
 * never rejoins its arena, so the number of free pools alone is no reason: a heap that is about to
 * grow again would lose them. Return: whether a later trim may have pools to return.
 */
static bool kpool_trim_pools(struct kpool_node *node)
{
	unsigned long claims = READ_ONCE(node->claims);

	if (claims != node->claims_seen) {
		node->claims_seen = claims;
		node->idle_trims = 0;
	}
	if (!READ_ONCE(node->nr_free))
		return false;
	if (node->idle_trims++ < KPOOL_IDLE_TRIMS)
		return true;
	if (!mutex_trylock(&node->heap->shrink_lock))
		return true;
	kpool_trim_return_pools(node, ULONG_MAX);
	mutex_unlock(&node->heap->shrink_lock);
	return false;
}

void kpool_trim_work(struct work_struct *work)
{
	struct kpool_heap *heap = container_of(to_delayed_work(work), struct kpool_heap, trim);
	struct kpool_node *node;
	bool again;
	int nid;

	xchg(&heap->trim_armed, 0);
	again = kpool_magazine_kick(heap, false);
	for_each_kpool_node(node, heap, nid) {
		again |= kpool_depot_trim_all(node, false);
		again |= kpool_typesafe_end(node);
		again |= kpool_trim_empty(node);
		again |= kpool_trim_pools(node);
	}
	/* Not through the irq_work: kpool_trim_stop() waits for that first, then for this work. */
	if (again && !xchg(&heap->trim_armed, 1))
		kpool_trim_queue(heap);
}

/* Pages ever returned or released, of all nodes. */
static unsigned long kpool_trim_pages_back(struct kpool_heap *heap)
{
	struct kpool_node *node;
	unsigned long nr = 0;
	int nid;

	for_each_kpool_node(node, heap, nid)
		nr += READ_ONCE(node->pages_back);
	return nr;
}

/* Pages in the node's free pools that can be returned or released now. */
static unsigned long kpool_trim_free_pages(struct kpool_node *node)
{
	unsigned long free = READ_ONCE(node->nr_free), waiting = READ_ONCE(node->nr_waiting);

	if (KPOOL_PAGE_POOLS == 1)
		return (free - min(free, waiting)) * KPOOL_POOL_SIZE / PAGE_SIZE;
	return READ_ONCE(node->nr_empty) << KPOOL_ARENA_ORDER;
}

/* Drain depots until the node has @target pages in free pools. */
static void kpool_trim_depots(struct kpool_node *node, unsigned long target)
{
	unsigned int class;

	for (class = 0; class < KPOOL_NR_CLASSES && kpool_trim_free_pages(node) < target; class++)
		kpool_depot_trim(node->heap, &node->depot[class], class, true);
}

/* Pages of @target that are not back yet. @before: kpool_trim_pages_back() at the start. */
static unsigned long kpool_trim_left(struct kpool_heap *heap, unsigned long before,
				     unsigned long target)
{
	return target - min(target, kpool_trim_pages_back(heap) - before);
}

/*
 * Release and return free memory of arenas and depots until @target pages are back. Release empty
 * arenas first, so that fewer arenas are split. Caller holds heap->shrink_lock.
 */
static void kpool_trim_release(struct kpool_heap *heap, unsigned long target)
{
	unsigned long before = kpool_trim_pages_back(heap);
	struct kpool_node *node;
	int nid;

	for_each_kpool_node(node, heap, nid)
		kpool_arena_trim(node, 0, kpool_trim_left(heap, before, target));
	for_each_kpool_node(node, heap, nid) {
		kpool_trim_depots(node, kpool_trim_left(heap, before, target));
		kpool_arena_trim(node, 0, kpool_trim_left(heap, before, target));
		kpool_typesafe_end(node);
		kpool_trim_return_pools(node, kpool_trim_left(heap, before, target));
	}
}

/**
 * kpool_heap_shrink() - give back all free memory of a heap
 * @heap: the heap, or NULL for the default heap
 *
 * Drains every CPU's magazines and the depots, releases empty arenas, and
 * returns the free pools of the others page by page.
 *
 * Context: process context, may sleep. With KPOOL_HEAP_TYPESAFE_RCU the call waits for grace
 * periods.
 * Return: number of pages given back meanwhile.
 */
unsigned long kpool_heap_shrink(struct kpool_heap *heap)
{
	unsigned long before, pages;

	heap = heap ?: kpool_default_heap;
	before = kpool_trim_pages_back(heap);
	kpool_magazine_drain_all(heap);
	mutex_lock(&heap->shrink_lock);
	if (kpool_heap_is_typesafe(heap)) {
		kpool_trim_release(heap, ULONG_MAX); /* so that all free pools begin to wait */
		kpool_typesafe_wait(heap);
	}
	kpool_trim_release(heap, ULONG_MAX);
	mutex_unlock(&heap->shrink_lock);
	pages = kpool_trim_pages_back(heap) - before;
	trace_kpool_shrink(heap, false, ULONG_MAX, pages);
	return pages;
}
EXPORT_SYMBOL_GPL(kpool_heap_shrink);

/*
 * Give back about @target pages of free memory, without waiting. If depots and arenas have less,
 * start the drain of all CPUs' magazines. May sleep. Return: pages given back.
 */
unsigned long kpool_trim_reclaim(struct kpool_heap *heap, unsigned long target)
{
	unsigned long before = kpool_trim_pages_back(heap), pages;

	if (!mutex_trylock(&heap->shrink_lock))
		return 0;
	kpool_trim_release(heap, target);
	mutex_unlock(&heap->shrink_lock);
	pages = kpool_trim_pages_back(heap) - before;
	if (pages < target)
		kpool_magazine_kick(heap, true);
	trace_kpool_shrink(heap, true, target, pages);
	return pages;
}
KPOOL_EXPORT_TEST(kpool_trim_reclaim);

/*
 * Estimate of pages that kpool_trim_reclaim() can give back: free pools that make whole pages, and
 * blocks in depots.
 */
unsigned long kpool_trim_reclaimable(struct kpool_heap *heap)
{
	struct kpool_node *node;
	unsigned long bytes = 0;
	unsigned int class;
	int nid;

	for_each_kpool_node(node, heap, nid) {
		bytes += kpool_trim_free_pages(node) * PAGE_SIZE;
		for (class = 0; class < KPOOL_NR_CLASSES; class++)
			bytes += READ_ONCE(node->depot[class].rounds) * kpool_class_size(class);
	}
	return bytes / PAGE_SIZE;
}
