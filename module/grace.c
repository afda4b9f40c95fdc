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
 * An arena without a pool in use is out of its heap's hands at once, and its memory
 * goes by call_rcu().
 */
#include <linux/bitops.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "arena.h"
#include "compat.h"
#include "grace.h"
#include "heap.h"

/* The pools became free. Node locked. */
void kpool_grace_begin(struct kpool_arena *arena, u64 pools)
{
	arena->node->nr_waiting += hweight64(pools);
	arena->waiting_mask |= pools;
	if (!arena->aging_mask) {
		arena->aging_mask = arena->waiting_mask;
		kpool_compat_rcu_state(arena->cookie);
	}
}

/* The pools serve their class again, or are about to go with their arena. Node locked. */
void kpool_grace_forget(struct kpool_arena *arena, u64 pools)
{
	arena->node->nr_waiting -= hweight64(arena->waiting_mask & pools);
	arena->waiting_mask &= ~pools;
	arena->aging_mask &= ~pools;
}

/* Lets any class have those that have waited long enough. Node locked. */
static void kpool_grace_end_arena(struct kpool_arena *arena)
{
	u64 done = arena->aging_mask;

	if (done && kpool_compat_rcu_state_over(arena->cookie)) {
		kpool_grace_forget(arena, done);
		if (!(arena->heap->flags & KPOOL_HEAP_PIN_CLASSES))
			kpool_arena_unpin_pools(arena, done);
	}
	if (arena->waiting_mask)
		kpool_grace_begin(arena, 0);
}

/**
 * kpool_grace_end() - let go of the pools whose grace period is over
 * @node: the node
 *
 * Context: process context, may sleep. No lock held.
 * Return: whether pools are waiting still.
 */
bool kpool_grace_end(struct kpool_node *node)
{
	struct kpool_arena *arena = NULL;
	bool waiting = false;
	unsigned long flags;

	if (!READ_ONCE(node->nr_waiting))
		return false;
	while ((arena = kpool_arena_next(node, arena))) {
		spin_lock_irqsave(&node->lock, flags);
		kpool_grace_end_arena(arena);
		waiting |= arena->waiting_mask;
		spin_unlock_irqrestore(&node->lock, flags);
		cond_resched();
	}
	if (waiting)
		start_poll_synchronize_rcu(); /* or none might begin, on an idle machine */
	return waiting;
}
KPOOL_EXPORT_TEST(kpool_grace_end);

/* Waits until all pools that are free now may be had by anybody. May sleep. */
void kpool_grace_wait(struct kpool_heap *heap)
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
			kpool_grace_end(node);
	}
}

static void kpool_grace_release_rcu(struct rcu_head *rcu)
{
	kpool_arena_free(container_of(rcu, struct kpool_arena, rcu));
}

/* Releases an arena, which is in no list, after a grace period. */
void kpool_grace_release(struct kpool_arena *arena)
{
	call_rcu(&arena->rcu, kpool_grace_release_rcu);
}
