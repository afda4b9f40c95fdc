// SPDX-License-Identifier: GPL-2.0
/*
 * Type-safe heaps (KPOOL_HEAP_TYPESAFE_RCU).
 *
 * An RCU reader may hold a pointer to a freed block. The reader may find another object of the same
 * class in the block, never anything else. So a pool that became free waits for a grace period
 * before another class may claim it or its pages are returned. Its own class may claim it at once.
 *
 *   waiting  free, pinned to its class
 *   aging    waiting since before the arena's cookie was taken
 *
 * An arena has one cookie of get_state_synchronize_rcu_full(): a normal or an expedited grace
 * period satisfies it. So the arena's pools wait in two generations: pools that become free while
 * others age begin to age when those are done. A pool waits for two grace periods at most.
 *
 * An arena without a pool in use leaves its heap at once, and call_rcu() delays its release.
 * arena.c has that code, and the masks of waiting pools.
 */
#include <linux/bitops.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "arena.h"
#include "compat.h"
#include "header.h"
#include "typesafe.h"

/* Most arenas handled in one hold of node->lock. */
#define KPOOL_TYPESAFE_RUN	16

/* The arena that waits longest, NULL if its grace period is not over. Caller holds node->lock. */
static struct kpool_arena *kpool_typesafe_first_over(struct kpool_node *node)
{
	struct kpool_arena *arena;

	if (!list_empty(&node->waiting) && !kpool_header_check(kpool_arena_of(node->waiting.next)))
		kpool_header_mend(&node->waiting);
	arena = list_first_entry_or_null(&node->waiting, struct kpool_arena, waiting);
	return arena && kpool_compat_rcu_state_over(arena->cookie) ? arena : NULL;
}

/* End the wait of some arenas' pools after a grace period. Return: whether there may be more. */
static bool kpool_typesafe_end_run(struct kpool_node *node)
{
	struct kpool_arena *arena = NULL;
	unsigned long flags;
	unsigned int i;
	u64 done;

	spin_lock_irqsave(&node->lock, flags);
	for (i = 0; i < KPOOL_TYPESAFE_RUN; i++) {
		arena = kpool_typesafe_first_over(node);
		if (!arena)
			break;
		done = arena->aging_mask;
		kpool_arena_end_wait(arena, done);
		if (!(arena->heap->flags & KPOOL_HEAP_PIN_CLASSES))
			kpool_arena_unpin_pools(arena, done);
	}
	spin_unlock_irqrestore(&node->lock, flags);
	return arena;
}

/*
 * End the wait of some pools, for a caller that otherwise has to add an arena. One run only,
 * however many pools wait. No lock held.
 */
void kpool_typesafe_end_some(struct kpool_node *node)
{
	if (!READ_ONCE(node->nr_waiting))
		return;
	kpool_typesafe_end_run(node);
	if (READ_ONCE(node->nr_waiting))
		start_poll_synchronize_rcu(); /* an idle machine might start none */
}
KPOOL_EXPORT_TEST(kpool_typesafe_end_some);

/**
 * kpool_typesafe_end() - end the wait of pools after their grace period
 * @node: the node
 *
 * Context: process context, may sleep. No lock held.
 * Return: whether pools still wait.
 */
bool kpool_typesafe_end(struct kpool_node *node)
{
	while (READ_ONCE(node->nr_waiting) && kpool_typesafe_end_run(node))
		cond_resched();
	if (!READ_ONCE(node->nr_waiting))
		return false;
	start_poll_synchronize_rcu(); /* an idle machine might start none */
	return true;
}
KPOOL_EXPORT_TEST(kpool_typesafe_end);

/* Wait until any class may claim all pools that are free now. May sleep. */
void kpool_typesafe_wait(struct kpool_heap *heap)
{
	struct kpool_node *node;
	unsigned int i;
	int nid;

	if (!kpool_heap_is_typesafe(heap))
		return;
	/* Once for pools that age, and once for the other waiting pools. */
	for (i = 0; i < 2; i++) {
		synchronize_rcu();
		for_each_kpool_node(node, heap, nid)
			kpool_typesafe_end(node);
	}
}
