// SPDX-License-Identifier: GPL-2.0
/*
 * Type-safe heaps (KPOOL_HEAP_TYPESAFE_RCU).
 *
 * A reader in an RCU critical section may hold a pointer to a block that has
 * been freed, and find in it another object of the same class, never anything else: a pool
 * that became free waits for a grace period before another class may have it, or
 * the page allocator. Its own class may have it at once.
 *
 *   waiting  free, pinned to its class
 *   aging    waiting since before the arena's cookie was taken
 *
 * An arena has one cookie, which an expedited grace period satisfies as well as a normal one
 * (get_state_synchronize_rcu_full()), so its pools wait in two generations: those that
 * become free while others age begin to age when those are done. Two grace periods at
 * most, whatever goes on.
 *
 * An arena without a pool in use leaves its heap at once, and its memory goes by call_rcu(). That,
 * and the masks of waiting pools, are in arena.c.
 */
#include <linux/bitops.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "arena.h"
#include "compat.h"
#include "header.h"
#include "typesafe.h"

/* Arenas that are looked at in one hold of the node's lock. */
#define KPOOL_TYPESAFE_RUN	16

/* The arena that has waited longest, if its grace period is over. Node locked. */
static struct kpool_arena *kpool_typesafe_first_over(struct kpool_node *node)
{
	struct kpool_arena *arena;

	if (!list_empty(&node->waiting) && !kpool_header_check(kpool_arena_of(node->waiting.next)))
		kpool_header_mend(&node->waiting);
	arena = list_first_entry_or_null(&node->waiting, struct kpool_arena, waiting);
	return arena && kpool_compat_rcu_state_over(arena->cookie) ? arena : NULL;
}

/* Lets any class have pools that have waited long enough. Return: whether there may be more. */
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
 * Lets go of some pools, for a caller that is about to add an arena and would do with a free
 * pool: one run, however many wait. No lock held.
 */
void kpool_typesafe_end_some(struct kpool_node *node)
{
	if (!READ_ONCE(node->nr_waiting))
		return;
	kpool_typesafe_end_run(node);
	if (READ_ONCE(node->nr_waiting))
		start_poll_synchronize_rcu(); /* or none might begin, on an idle machine */
}
KPOOL_EXPORT_TEST(kpool_typesafe_end_some);

/**
 * kpool_typesafe_end() - let any class have the pools that have waited for a grace period
 * @node: the node
 *
 * Context: process context, may sleep. No lock held.
 * Return: whether pools are waiting still.
 */
bool kpool_typesafe_end(struct kpool_node *node)
{
	while (READ_ONCE(node->nr_waiting) && kpool_typesafe_end_run(node))
		cond_resched();
	if (!READ_ONCE(node->nr_waiting))
		return false;
	start_poll_synchronize_rcu(); /* or none might begin, on an idle machine */
	return true;
}
KPOOL_EXPORT_TEST(kpool_typesafe_end);

/* Waits until all pools that are free now may be had by anybody. May sleep. */
void kpool_typesafe_wait(struct kpool_heap *heap)
{
	struct kpool_node *node;
	unsigned int i;
	int nid;

	if (!kpool_heap_is_typesafe(heap))
		return;
	/* Once for those that age, and once for the others. */
	for (i = 0; i < 2; i++) {
		synchronize_rcu();
		for_each_kpool_node(node, heap, nid)
			kpool_typesafe_end(node);
	}
}
