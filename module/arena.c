// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas.
 *
 * A bit mask in an arena's header holds its free pools. Arenas with free pools are on lists by
 * number of free pools, with a bitmap over the lists. A find-first-bit finds the fullest arena
 * (pymalloc's usable_arenas, in O(1)). The fullest arena serves first, so that the others become
 * empty.
 *
 *   exhausted  no free pool, on no list
 *   usable     on node->usable[number of free pools]
 *   empty      no pool in use and all pages there: on node->empty, or, with every pool
 *              pinned to a class, on node->empty_pinned
 *
 * An arena without a pool in use is released at once if some of its pages were returned, or if the
 * hysteresis keeps enough empty arenas.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "arena.h"
#include "compat.h"
#include "debug/debug.h"
#include "debug/sanitize.h"
#include "freelist.h"
#include "header.h"
#include "map.h"
#include "observe/trace.h"
#include "pages.h"

/* A node keeps one empty arena, and one more for each group of this many arenas. */
#define KPOOL_EMPTY_KEEP_SHARE	32

/* Most arenas that a trim takes off the lists in one hold of node->lock, with interrupts off. */
#define KPOOL_TRIM_BATCH	16U

/* Put the arena on the list for its state. Caller holds node->lock. */
static void kpool_arena_file(struct kpool_arena *arena)
{
	struct kpool_node *node = arena->node;
	unsigned int nr = kpool_arena_free_pools(arena);

	if (!arena->used && !arena->split) {
		hlist_add_head(&arena->bucket, nr ? &node->empty : &node->empty_pinned);
		node->nr_empty++;
	} else if (nr) {
		hlist_add_head(&arena->bucket, node->usable + nr);
		node->usable_map |= kpool_bit(nr);
	}
}

/* Take the arena off its list before its state changes. Caller holds node->lock. */
static void kpool_arena_unfile(struct kpool_arena *arena)
{
	struct kpool_node *node = arena->node;
	unsigned int nr = kpool_arena_free_pools(arena);

	if (!arena->used && !arena->split) {
		/* May be 0 if kpool_arena_cut() took the arena off node->empty already. */
		node->nr_empty -= !!node->nr_empty;
		/* The trim sets @empty_min without the lock. To lose either value is harmless. */
		WRITE_ONCE(node->empty_min, min(READ_ONCE(node->empty_min), node->nr_empty));
	}
	hlist_del_init(&arena->bucket);
	if (nr && hlist_empty(node->usable + nr))
		node->usable_map &= ~kpool_bit(nr);
}

/*
 * Make pools that became free wait for a grace period. If no pool of the arena ages, all its
 * waiting pools begin to age. The arena then moves to the end of node->waiting, which is in the
 * order of the cookies. Caller holds node->lock.
 */
static void kpool_arena_wait(struct kpool_arena *arena, u64 pools)
{
	arena->node->nr_waiting += hweight64(pools);
	arena->waiting_mask |= pools;
	if (!arena->aging_mask) {
		arena->aging_mask = arena->waiting_mask;
		kpool_compat_rcu_state(arena->cookie);
		kpool_header_check_entry(&arena->node->waiting, &arena->waiting);
		kpool_header_check_entry(&arena->node->waiting, &arena->node->waiting);
		list_move_tail(&arena->waiting, &arena->node->waiting);
	}
}

/*
 * End the wait of pools: they serve their class again, have waited long enough, or leave the heap
 * with their arena. Caller holds node->lock.
 */
void kpool_arena_end_wait(struct kpool_arena *arena, u64 pools)
{
	if (likely(!arena->waiting_mask))
		return;
	arena->node->nr_waiting -= hweight64(arena->waiting_mask & pools);
	arena->waiting_mask &= ~pools;
	arena->aging_mask &= ~pools;
	if (!arena->waiting_mask) {
		kpool_header_check_entry(&arena->node->waiting, &arena->waiting);
		list_del_init(&arena->waiting);
	} else {
		kpool_arena_wait(arena, 0);
	}
}

static void kpool_arena_init(struct kpool_arena *arena, struct kpool_heap *heap,
			     struct kpool_node *node)
{
	/* Not @free: a pool's free list is set when a class claims it. */
	memset(arena, 0, offsetof(struct kpool_arena, free));
	arena->canary = kpool_header_canary(arena);
	arena->heap = heap;
	arena->node = node;
	arena->ops = heap->ops;
	INIT_LIST_HEAD(&arena->waiting);
	arena->free_mask = ~0ULL << KPOOL_HEADER_POOLS;
}

/* Make the pages an arena of the heap, on no list yet. No lock held. */
struct kpool_arena *kpool_arena_create(struct kpool_heap *heap, struct page *page)
{
	struct kpool_arena *arena = page_address(page);

	kpool_arena_init(arena, heap, heap->node[page_to_nid(page)]);
	if (heap->flags & KPOOL_HEAP_DEBUG)
		kpool_debug_poison_arena(arena);
	else
		kpool_sanitize_arena(arena);
	kpool_map_add(arena);
	return arena;
}

/*
 * Make the arena part of its heap. Return: false if the node has got a free pool meanwhile. The
 * caller then releases the arena.
 */
bool kpool_arena_add(struct kpool_arena *arena)
{
	struct kpool_node *node = arena->node;
	unsigned long flags;
	bool wanted;

	spin_lock_irqsave(&node->lock, flags);
	wanted = !kpool_arena_any_free(node) || (arena->heap->flags & KPOOL_HEAP_PINS);
	if (wanted) {
		arena->id = atomic_long_inc_return(&arena->heap->arena_ids);
		kpool_header_check_entry(&node->arenas, &node->arenas);
		list_add_tail(&arena->all, &node->arenas);
		node->nr_arenas++;
		node->created++;
		node->nr_free += KPOOL_USABLE_POOLS;
		kpool_arena_file(arena);
		trace_kpool_arena_create(arena, KPOOL_ARENA_SIZE);
	}
	spin_unlock_irqrestore(&node->lock, flags);
	return wanted;
}

/* Move an arena without a pool in use from its heap to @release. Caller holds node->lock. */
static void kpool_arena_remove(struct kpool_arena *arena, struct list_head *release)
{
	struct kpool_node *node = arena->node;
	u64 pinned = arena->pinned_mask;

	kpool_arena_unfile(arena);
	for (; pinned; pinned &= pinned - 1)
		hlist_del_init(kpool_arena_link(arena, __ffs64(pinned)));
	kpool_arena_end_wait(arena, ~0ULL);
	kpool_header_check_entry(&node->arenas, &arena->all);
	list_move(&arena->all, release);
	node->nr_arenas--;
	node->released++;
	node->nr_free -= hweight64(arena->free_mask | arena->pinned_mask);
	node->nr_returned -= hweight64(arena->returned_mask);
	node->pages_back += (1UL << KPOOL_ARENA_ORDER) -
			    hweight64(arena->returned_mask) / KPOOL_PAGE_POOLS;
}

static unsigned long kpool_arena_keep(const struct kpool_node *node)
{
	return 1 + node->nr_arenas / KPOOL_EMPTY_KEEP_SHARE;
}

/*
 * Move an arena without a pool in use and without walkers to @release, if it is split, of a
 * lingering heap, or surplus. Only one surplus arena goes at a time, because a caller waits: the
 * trim takes more. The arena is on the list for its state. Caller holds node->lock.
 */
static void kpool_arena_settle(struct kpool_arena *arena, struct list_head *release)
{
	struct kpool_node *node = arena->node;

	if (!arena->used && !arena->walkers &&
	    (arena->split || arena->heap->lingering ||
	     (node->nr_empty > kpool_arena_keep(node) && list_empty(release))))
		kpool_arena_remove(arena, release);
}

static void kpool_arena_free_pages(struct kpool_arena *arena)
{
	const struct kpool_page_ops *ops = arena->ops;
	struct page *page = virt_to_page(arena);
	u64 returned = arena->returned_mask;
	unsigned int i;

	if (!arena->split) {
		ops->free(page, KPOOL_ARENA_ORDER);
		return;
	}
	/* The header's own page last. */
	for (i = 1U << KPOOL_ARENA_ORDER; i-- > 0;)
		if (!(returned & 1ULL << i * PAGE_SIZE / KPOOL_POOL_SIZE))
			ops->free(page + i, 0);
}

/* Free an arena's memory. The arena is on no list. */
static void kpool_arena_free(struct kpool_arena *arena)
{
	kpool_sanitize_release(arena);
	kpool_map_remove(arena);
	kpool_arena_free_pages(arena);
}

static void kpool_arena_free_rcu(struct rcu_head *rcu)
{
	kpool_arena_free(container_of(rcu, struct kpool_arena, rcu));
}

/* Release an arena that is on no list, after a grace period if type-safe. No lock held. */
void kpool_arena_release(struct kpool_arena *arena)
{
	if (arena->id)
		trace_kpool_arena_release(arena, KPOOL_ARENA_SIZE -
					  hweight64(arena->returned_mask) * KPOOL_POOL_SIZE);
	if (unlikely(arena->heap->flags & KPOOL_HEAP_DEBUG))
		kpool_debug_leave(arena, arena->free_mask | arena->pinned_mask);
	if (unlikely(kpool_heap_is_typesafe(arena->heap)))
		call_rcu(&arena->rcu, kpool_arena_free_rcu);
	else
		kpool_arena_free(arena);
}

void kpool_arena_release_list(struct list_head *arenas)
{
	struct kpool_arena *arena, *next;

	list_for_each_entry_safe(arena, next, arenas, all)
		kpool_arena_release(arena);
}

/*
 * Find the fullest arena with a free pool, and its list. Empty arenas come last. The arena's header
 * may have been overwritten. Caller holds node->lock.
 */
static struct kpool_arena *kpool_arena_fullest(struct kpool_node *node, struct hlist_head **list)
{
	*list = node->usable_map ? node->usable + __ffs64(node->usable_map) : &node->empty;
	return hlist_entry_safe((*list)->first, struct kpool_arena, bucket);
}

/*
 * Take the first arena of a list, which has an overwritten header, off that list. If the arena's
 * link is damaged, empty the whole list. Caller holds node->lock.
 */
static noinline void kpool_arena_cut(struct kpool_node *node, struct hlist_head *list)
{
	struct hlist_node *left;

	if (kpool_header_link_is_sane(list, list->first))
		hlist_del_init(list->first);
	else
		INIT_HLIST_HEAD(list);
	if (list == &node->empty) {
		node->nr_empty = 0;
		hlist_for_each(left, &node->empty)
			node->nr_empty++;
		hlist_for_each(left, &node->empty_pinned)
			node->nr_empty++;
	} else if (hlist_empty(list) && list >= node->usable &&
		   list < node->usable + KPOOL_ARENA_POOLS) {
		node->usable_map &= ~kpool_bit(list - node->usable);
	}
}

/*
 * Choose up to @want free pools of one arena for the class, as a mask in @pools. The arena's lists
 * stay as they are. Caller holds node->lock.
 */
static struct kpool_arena *kpool_arena_choose(struct kpool_node *node, unsigned int class,
					      unsigned int want, u64 *pools)
{
	struct hlist_head *pinned = &kpool_node_class(node, class)->pinned, *list;
	struct kpool_arena *arena;
	struct hlist_node *link;
	u64 left;

	for (;;) {
		list = pinned;
		link = list->first;
		arena = link ? kpool_arena_of(link) : kpool_arena_fullest(node, &list);
		if (!arena)
			return NULL;
		if (likely(kpool_header_check(arena)))
			break;
		kpool_arena_cut(node, list);
	}
	if (link) {
		*pools = kpool_bit(kpool_arena_link_index(arena, link));
		return arena;
	}
	for (left = arena->free_mask; left && want; want--)
		left &= left - 1;
	*pools = arena->free_mask ^ left;
	return arena;
}

/* Claim a free pool for the class, by a few stores. Caller holds node->lock. */
static void kpool_arena_claim(struct kpool_arena *arena, unsigned int index, unsigned int class)
{
	struct kpool_class *cls = kpool_node_class(arena->node, class);
	u8 byte = arena->bytes[index];

	if (byte != KPOOL_BYTE_FRESH)
		trace_kpool_pool_recycle(arena, index, kpool_class_size(byte & KPOOL_BYTE_CLASS),
					 kpool_class_size(class));
	if (byte == (KPOOL_BYTE_FREE | class)) {
		cls->recycled_same++; /* its free list is complete already */
	} else {
		if (byte == KPOOL_BYTE_FRESH)
			cls->fresh++;
		else
			cls->recycled_other++;
		kpool_freelist_reset(arena, index, class);
	}
	WRITE_ONCE(arena->bytes[index], arena->heap->byte | class);
	hlist_del_init(kpool_arena_link(arena, index));
}

/*
 * Claim one to @want free pools of one arena for the class. @pools gets them as a mask. Return: the
 * arena, or NULL if the node has no free pool for the class. Caller holds class->lock.
 */
struct kpool_arena *kpool_arena_get_pools(struct kpool_node *node, unsigned int class,
					  unsigned int want, u64 *pools)
{
	struct kpool_arena *arena;
	unsigned int nr;
	u64 left;

	spin_lock(&node->lock); /* interrupts are off for the class's */
	arena = kpool_arena_choose(node, class, want, pools);
	if (arena) {
		kpool_arena_unfile(arena);
		for (left = *pools; left; left &= left - 1)
			kpool_arena_claim(arena, __ffs64(left), class);
		nr = hweight64(*pools);
		arena->free_mask &= ~*pools;
		arena->pinned_mask &= ~*pools;
		kpool_arena_end_wait(arena, *pools);
		arena->used += nr;
		kpool_node_class(node, class)->pools += nr;
		node->nr_free -= nr;
		node->claims++;
		kpool_arena_file(arena);
	}
	spin_unlock(&node->lock);
	return arena;
}

/* Take back pools of an arena. Caller holds class->lock and node->lock. */
static void kpool_arena_put_set(struct kpool_arena *arena, u64 pools, struct list_head *release)
{
	unsigned int class = arena->bytes[__ffs64(pools)] & KPOOL_BYTE_CLASS;
	unsigned int nr = hweight64(pools);
	struct kpool_node *node = arena->node;
	bool pin = arena->heap->flags & KPOOL_HEAP_PINS;
	u64 left;

	kpool_arena_unfile(arena);
	for (left = pools; left; left &= left - 1) {
		unsigned int index = __ffs64(left);

		WRITE_ONCE(arena->bytes[index], KPOOL_BYTE_FREE | class);
		if (pin)
			hlist_add_head(kpool_arena_link(arena, index),
				       &kpool_node_class(node, class)->pinned);
	}
	if (pin)
		arena->pinned_mask |= pools;
	else
		arena->free_mask |= pools;
	if (unlikely(kpool_heap_is_typesafe(arena->heap)))
		kpool_arena_wait(arena, pools);
	kpool_node_class(node, class)->pools -= nr;
	node->nr_free += nr;
	arena->used -= nr;
	kpool_arena_file(arena);
	kpool_arena_settle(arena, release);
}

/* Let any class claim free pools that were pinned. Caller holds node->lock. */
void kpool_arena_unpin_pools(struct kpool_arena *arena, u64 pools)
{
	u64 left;

	kpool_arena_unfile(arena);
	for (left = pools; left; left &= left - 1)
		hlist_del_init(kpool_arena_link(arena, __ffs64(left)));
	arena->pinned_mask &= ~pools;
	arena->free_mask |= pools;
	kpool_arena_file(arena);
}

/*
 * Take back pools of a class that have no block out: those of set[i] for each bit i of @sets.
 * Arenas may go onto @release, for the caller to release without locks. Caller holds class->lock.
 */
void kpool_arena_put_pools(struct kpool_node *node, const struct kpool_pool_set *set,
			   unsigned int sets, struct list_head *release)
{
	spin_lock(&node->lock); /* interrupts are off for the class's */
	for (; sets; sets &= sets - 1)
		kpool_arena_put_set(set[__ffs(sets)].arena, set[__ffs(sets)].pools, release);
	spin_unlock(&node->lock);
}

/*
 * Walk the node's arenas, oldest first. Return: the arena after @prev, or the first one for NULL.
 * The arena is not released until it is passed as @prev, or to kpool_arena_end_walk() when the walk
 * ends early. The walk skips arenas with an overwritten header. No lock held.
 */
struct kpool_arena *kpool_arena_next(struct kpool_node *node, struct kpool_arena *prev)
{
	struct list_head *here = prev ? &prev->all : &node->arenas, *head = &node->arenas;
	struct kpool_arena *arena = NULL;
	unsigned long flags;

	spin_lock_irqsave(&node->lock, flags);
	if (!prev || kpool_header_check(prev)) {
		if (here->next != head && !kpool_header_check(kpool_arena_of(here->next)))
			kpool_header_mend(head);
		if (here->next != head && kpool_header_is_whole(kpool_arena_of(here->next)))
			arena = kpool_arena_of(here->next);
	}
	if (arena)
		arena->walkers++;
	spin_unlock_irqrestore(&node->lock, flags);
	if (prev)
		kpool_arena_end_walk(prev);
	return arena;
}

void kpool_arena_end_walk(struct kpool_arena *arena)
{
	struct kpool_node *node = arena->node;
	LIST_HEAD(release);
	unsigned long flags;

	if (unlikely(!kpool_header_is_whole(arena)))
		return;
	spin_lock_irqsave(&node->lock, flags);
	arena->walkers--;
	kpool_arena_settle(arena, &release);
	spin_unlock_irqrestore(&node->lock, flags);
	kpool_arena_release_list(&release);
}

/*
 * Move up to @nr arenas without a walker from @empty to @release, until @keep are left. Return:
 * number of arenas. Caller holds node->lock.
 */
static unsigned int kpool_arena_remove_empty(struct kpool_node *node, struct hlist_head *empty,
					     unsigned long keep, unsigned int nr,
					     struct list_head *release)
{
	struct kpool_arena *arena;
	struct hlist_node *next;
	unsigned int done = 0;

	hlist_for_each_entry_safe(arena, next, empty, bucket) {
		if (done == nr || node->nr_empty <= keep || !kpool_header_check(arena))
			break;
		if (arena->walkers)
			continue;
		kpool_arena_remove(arena, release);
		done++;
	}
	return done;
}

/*
 * Release up to @nr empty arenas until @keep are left, with one hold of node->lock. Return: number
 * of arenas.
 */
static unsigned int kpool_arena_trim_batch(struct kpool_node *node, unsigned long keep,
					   unsigned int nr)
{
	LIST_HEAD(release);
	unsigned long flags;
	unsigned int done;

	spin_lock_irqsave(&node->lock, flags);
	done = kpool_arena_remove_empty(node, &node->empty_pinned, keep, nr, &release);
	done += kpool_arena_remove_empty(node, &node->empty, keep, nr - done, &release);
	spin_unlock_irqrestore(&node->lock, flags);
	kpool_arena_release_list(&release);
	return done;
}

/* Release empty arenas until @keep are left or @target pages are released. May sleep. */
void kpool_arena_trim(struct kpool_node *node, unsigned long keep, unsigned long target)
{
	const unsigned long pages = 1UL << KPOOL_ARENA_ORDER;
	unsigned long nr = target / pages + !!(target % pages);
	unsigned int batch;

	while (nr) {
		batch = min_t(unsigned long, nr, KPOOL_TRIM_BATCH);
		if (kpool_arena_trim_batch(node, keep, batch) < batch)
			break;
		nr -= batch;
		cond_resched();
	}
}

/* Free pools that make up whole pages, except the header's page. Caller holds node->lock. */
static u64 kpool_arena_returnable(const struct kpool_arena *arena)
{
	u64 page = KPOOL_PAGE_POOLS < 64 ? (1ULL << KPOOL_PAGE_POOLS) - 1 : ~0ULL;
	u64 free = (arena->free_mask | arena->pinned_mask) & ~arena->waiting_mask, result = 0;

	for (; page; page <<= KPOOL_PAGE_POOLS)
		if ((free & page) == page)
			result |= page;
	return result;
}

/* Mark the pools as foreign. Caller holds node->lock and walks the arena. */
static void kpool_arena_mark_returned(struct kpool_arena *arena, u64 pools)
{
	struct kpool_node *node = arena->node;
	u64 left;

	kpool_arena_unfile(arena);
	for (left = pools; left; left &= left - 1) {
		unsigned int index = __ffs64(left);

		WRITE_ONCE(arena->bytes[index], KPOOL_BYTE_FOREIGN);
		hlist_del_init(kpool_arena_link(arena, index));
	}
	arena->split = true;
	arena->free_mask &= ~pools;
	arena->pinned_mask &= ~pools;
	arena->returned_mask |= pools;
	node->nr_free -= hweight64(pools);
	node->nr_returned += hweight64(pools);
	node->pages_back += hweight64(pools) / KPOOL_PAGE_POOLS;
	kpool_arena_file(arena);
}

/*
 * Return the pages of the arena's free pools. The caller walks the arena and is the only one to
 * call this for it now. Return: pages returned.
 */
unsigned long kpool_arena_return_pools(struct kpool_arena *arena)
{
	struct page *page = virt_to_page(arena);
	bool split = arena->split;
	unsigned long flags, nr = 0;
	u64 pools;

	spin_lock_irqsave(&arena->node->lock, flags);
	pools = arena->used ? kpool_arena_returnable(arena) : 0;
	if (unlikely(arena->heap->flags & KPOOL_HEAP_DEBUG))
		kpool_debug_leave(arena, pools);
	if (pools)
		kpool_arena_mark_returned(arena, pools);
	spin_unlock_irqrestore(&arena->node->lock, flags);

	if (!pools)
		return 0;
	if (!split)
		split_page(page, KPOOL_ARENA_ORDER);
	for (; pools; pools &= pools - 1) {
		unsigned int index = __ffs64(pools);

		if (index % KPOOL_PAGE_POOLS)
			continue;
		arena->ops->free(page + index * KPOOL_POOL_SIZE / PAGE_SIZE, 0);
		nr++;
	}
	return nr;
}
