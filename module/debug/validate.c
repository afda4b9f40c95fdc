// SPDX-License-Identifier: GPL-2.0
/*
 * The one walker that knows every invariant.
 *
 * The walk may run while the heap is in use. It pins each arena for its check, and checks each pool
 * under class->lock. It compares the sums over all pools of a class only if no block of the class
 * moved meanwhile.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/bitops.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "arena.h"
#include "class.h"
#include "compat.h"
#include "debug/debug.h"
#include "debug/report.h"
#include "freelist.h"
#include "header.h"
#include "map.h"

/* Most faults that are logged. Further ones are only counted. */
#define KPOOL_VALIDATE_REPORTS	8

/**
 * struct kpool_validate - a walk
 * @heap: the heap
 * @faults: found so far
 * @stamp: per class, see kpool_validate_count()
 * @pools: pools in use seen, by class
 * @used: blocks out seen, by class
 */
struct kpool_validate {
	struct kpool_heap *heap;
	unsigned long faults;
	unsigned long stamp[KPOOL_NR_CLASSES];
	unsigned long pools[KPOOL_NR_CLASSES];
	unsigned long used[KPOOL_NR_CLASSES];
};

/* Report a fault unless @ok. Return: @ok. */
#define kpool_expect(v, ok, fmt, ...)						\
({										\
	bool __ok = (ok);							\
										\
	if (!__ok && (v)->faults++ < KPOOL_VALIDATE_REPORTS)			\
		pr_err("validate: heap %s: " fmt "\n", (v)->heap->name, ##__VA_ARGS__); \
	__ok;									\
})

/* Check that the free list has a bit for each block that is not out, and none beyond the last. */
static void kpool_validate_free_list(struct kpool_validate *v, struct kpool_arena *arena,
				     unsigned int index, const struct kpool_class_info *info)
{
	unsigned int used = kpool_arena_desc(arena, index)->used, nr = 0, word;
	u64 last = 0;

	for (word = 0; word < info->words; word++) {
		last = *kpool_freelist_word(arena, index, info, word);
		nr += hweight64(last);
	}
	/* In a pool found damaged, the lost blocks count as used. */
	kpool_expect(v, nr + used == info->capacity && fls64(last) + (word - 1) * KPOOL_WORD_BITS <=
		     info->capacity, "arena %lu pool %u: %u used and %u on the free list of %u",
		     arena->id, index, used, nr, info->capacity);
}

/* Check headers, red zones and poison of a debug heap's blocks, except quarantined ones. */
static void kpool_validate_blocks(struct kpool_validate *v, struct kpool_arena *arena,
				  unsigned int index, unsigned int class)
{
	unsigned int number;
	const char *fault;

	if (!(v->heap->flags & KPOOL_HEAP_DEBUG))
		return;
	fault = kpool_debug_examine(arena, index, class, &number);
	if (!kpool_expect(v, !fault, "arena %lu pool %u block %u: %s", arena->id, index, number,
			  fault) && v->faults <= KPOOL_VALIDATE_REPORTS)
		kpool_debug_report_owner(arena, index, class, number);
}

/* Check a pool in use. Caller holds class->lock. */
static void kpool_validate_used(struct kpool_validate *v, struct kpool_arena *arena,
				unsigned int index, unsigned int class)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	const struct kpool_pool *pool = kpool_arena_desc(arena, index);
	bool listed = !hlist_unhashed(kpool_arena_link(arena, index));

	v->pools[class]++;
	v->used[class] += pool->used;
	if (!kpool_expect(v, pool->used && pool->used <= info->capacity,
			  "arena %lu pool %u: %u used of %u", arena->id, index, pool->used,
			  info->capacity))
		return;
	kpool_expect(v, listed == (pool->used < info->capacity),
		     "arena %lu pool %u: %u of %u used, but %s a partial list", arena->id, index,
		     pool->used, info->capacity, listed ? "on" : "not on");
	if (listed)
		kpool_expect(v, pool->fullness >= kpool_class_fullness(info, pool->used) &&
			     pool->fullness < KPOOL_FULLNESS_LISTS && pool->refile_below == 1,
			     "arena %lu pool %u: %u used, on list %u from %u up", arena->id,
			     index, pool->used, pool->fullness, pool->refile_below);
	else
		kpool_expect(v, pool->fullness == KPOOL_POOL_FULL &&
			     (pool->refile_below == pool->used || (!pool->refile_below &&
								   v->heap->ctor)),
			     "arena %lu pool %u: full, on list %u from %u up", arena->id, index,
			     pool->fullness, pool->refile_below);
	kpool_validate_free_list(v, arena, index, info);
	kpool_validate_blocks(v, arena, index, class);
}

/*
 * Check a free pool, which may never have had a class. Caller holds class->lock and node->lock, so
 * that no class claims the pool.
 */
static void kpool_validate_free(struct kpool_validate *v, struct kpool_arena *arena,
				unsigned int index, unsigned int class)
{
	u64 bit = 1ULL << index;
	bool pinned = arena->pinned_mask & bit;
	unsigned int used = kpool_arena_desc(arena, index)->used;

	kpool_expect(v, !used, "arena %lu pool %u: free with %u used", arena->id, index, used);
	kpool_expect(v, pinned != !!(arena->free_mask & bit),
		     "arena %lu pool %u: free, but in %s mask", arena->id, index,
		     pinned ? "more than one" : "no");
	kpool_expect(v, pinned == !hlist_unhashed(kpool_arena_link(arena, index)),
		     "arena %lu pool %u: free and on a list", arena->id, index);
	if (class < KPOOL_NR_CLASSES)
		kpool_validate_blocks(v, arena, index, class);
}

/*
 * Check one pool. Under the class->lock of its own class a pool in use keeps its class. Under
 * node->lock no class claims a free pool.
 */
static void kpool_validate_pool(struct kpool_validate *v, struct kpool_arena *arena,
				unsigned int index)
{
	struct kpool_node *node = arena->node;
	u8 byte = READ_ONCE(arena->bytes[index]);
	unsigned int class = byte & KPOOL_BYTE_CLASS;
	struct kpool_class *cls = &node->class[class < KPOOL_NR_CLASSES ? class : 0];
	unsigned long flags;

	if (byte == KPOOL_BYTE_HEADER || byte == KPOOL_BYTE_FOREIGN)
		return; /* see kpool_validate_masks() */
	if (!kpool_expect(v, byte == KPOOL_BYTE_FRESH || class < KPOOL_NR_CLASSES,
			  "arena %lu pool %u: class byte %#x", arena->id, index, byte))
		return;
	spin_lock_irqsave(&cls->lock, flags);
	spin_lock(&node->lock);
	if (byte != READ_ONCE(arena->bytes[index]))
		; /* the pool changed hands meanwhile: skip it */
	else if (kpool_byte_is_free(byte))
		kpool_validate_free(v, arena, index, class);
	else if (kpool_expect(v, (byte ^ class) == arena->heap->byte,
			      "arena %lu pool %u: class byte %#x of another kind of heap",
			      arena->id, index, byte))
		kpool_validate_used(v, arena, index, class);
	spin_unlock(&node->lock);
	spin_unlock_irqrestore(&cls->lock, flags);
}

/* Compare the arena's masks and counts with its class bytes. */
static void kpool_validate_masks(struct kpool_validate *v, struct kpool_arena *arena)
{
	u64 free = 0, returned = 0;
	unsigned int index, used = 0;
	unsigned long flags;

	spin_lock_irqsave(&arena->node->lock, flags);
	for (index = KPOOL_HEADER_POOLS; index < KPOOL_ARENA_POOLS; index++) {
		u8 byte = arena->bytes[index];

		if (byte == KPOOL_BYTE_FOREIGN)
			returned |= 1ULL << index;
		else if (kpool_byte_is_free(byte))
			free |= 1ULL << index;
		else
			used++;
	}
	kpool_expect(v, free == (arena->free_mask | arena->pinned_mask),
		     "arena %lu: free pools %#llx by their class bytes, %#llx by the masks",
		     arena->id, free, arena->free_mask | arena->pinned_mask);
	kpool_expect(v, returned == arena->returned_mask && (!returned || arena->split),
		     "arena %lu: returned pools %#llx by their class bytes, %#llx by the mask",
		     arena->id, returned, arena->returned_mask);
	kpool_expect(v, !(arena->waiting_mask & ~arena->pinned_mask) &&
		     !(arena->aging_mask & ~arena->waiting_mask) &&
		     !arena->aging_mask == !arena->waiting_mask &&
		     list_empty(&arena->waiting) == !arena->waiting_mask,
		     "arena %lu: pools %#llx wait and %#llx age, %#llx are pinned", arena->id,
		     arena->waiting_mask, arena->aging_mask, arena->pinned_mask);
	kpool_expect(v, used == arena->used, "arena %lu: %u pools in use, counted %u", arena->id,
		     used, arena->used);
	kpool_expect(v, arena->bytes[0] == KPOOL_BYTE_HEADER &&
		     kpool_map_byte(arena) == KPOOL_BYTE_HEADER &&
		     arena->heap == v->heap, "arena %lu: header, map or heap do not match",
		     arena->id);
	spin_unlock_irqrestore(&arena->node->lock, flags);
}

/* Compare a list of arenas with the arenas on it. Return: number of arenas on it. */
static unsigned long kpool_validate_bucket(struct kpool_validate *v, struct kpool_node *node,
					   struct hlist_head *bucket, bool empty, unsigned int nr)
{
	struct kpool_arena *arena;
	unsigned long count = 0;

	hlist_for_each_entry(arena, bucket, bucket) {
		count++;
		if (!kpool_expect(v, kpool_header_is_whole(arena) && arena->node == node &&
				  count <= node->nr_arenas,
				  "node %d: list of %u free pools is damaged", node->nid, nr))
			break;
		if (empty)
			kpool_expect(v, !arena->used && !arena->split && !arena->free_mask == !nr,
				     "arena %lu: listed as empty with %u pools in use, %u for any class",
				     arena->id, arena->used, kpool_arena_free_pools(arena));
		else
			kpool_expect(v, kpool_arena_free_pools(arena) == nr &&
				     (arena->used || arena->split),
				     "arena %lu: %u free pools, on the list of %u", arena->id,
				     kpool_arena_free_pools(arena), nr);
	}
	return count;
}

/* Compare the node's counts with its arenas. Caller holds node->lock. */
static void kpool_validate_counts(struct kpool_validate *v, struct kpool_node *node)
{
	unsigned long arenas = 0, free = 0, returned = 0, waiting = 0;
	struct kpool_arena *arena;

	list_for_each_entry(arena, &node->arenas, all) {
		if (!kpool_expect(v, kpool_header_check(arena) && arena->node == node &&
				  arenas < node->nr_arenas,
				  "node %d: list of arenas is damaged, or longer than %lu",
				  node->nid, node->nr_arenas))
			return;
		arenas++;
		free += hweight64(arena->free_mask | arena->pinned_mask);
		returned += hweight64(arena->returned_mask);
		waiting += hweight64(arena->waiting_mask);
	}
	kpool_expect(v, waiting == node->nr_waiting, "node %d: %lu pools wait, counted %lu",
		     node->nid, waiting, node->nr_waiting);
	kpool_expect(v, arenas == node->nr_arenas && free == node->nr_free &&
		     returned == node->nr_returned,
		     "node %d: %lu arenas, %lu free and %lu returned pools, counted %lu, %lu and %lu",
		     node->nid, arenas, free, returned, node->nr_arenas, node->nr_free,
		     node->nr_returned);
}

static void kpool_validate_buckets(struct kpool_validate *v, struct kpool_node *node)
{
	unsigned long flags, nr;
	unsigned int i;

	spin_lock_irqsave(&node->lock, flags);
	kpool_validate_counts(v, node);
	for (i = 0; i < KPOOL_ARENA_POOLS; i++) {
		nr = kpool_validate_bucket(v, node, &node->usable[i], false, i);
		kpool_expect(v, !nr == !(node->usable_map & 1ULL << i),
			     "node %d: %lu arenas with %u free pools, bitmap %#llx", node->nid, nr,
			     i, node->usable_map);
	}
	nr = kpool_validate_bucket(v, node, &node->empty, true, KPOOL_USABLE_POOLS);
	nr += kpool_validate_bucket(v, node, &node->empty_pinned, true, 0);
	kpool_expect(v, nr == node->nr_empty, "node %d: %lu empty arenas, counted %lu", node->nid,
		     nr, node->nr_empty);
	spin_unlock_irqrestore(&node->lock, flags);
}

/* Compare the partial lists of a class with the pools on them. */
static void kpool_validate_partial(struct kpool_validate *v, struct kpool_node *node,
				   unsigned int class)
{
	struct kpool_class *cls = &node->class[class];
	unsigned long flags, nr = 0;
	struct hlist_node *link;
	unsigned int i;

	spin_lock_irqsave(&cls->lock, flags);
	for (i = 0; i < KPOOL_FULLNESS_LISTS; i++) {
		kpool_expect(v, hlist_empty(&cls->partial[i]) == !(cls->partial_map & 1U << i),
			     "class %u: list %u and bitmap %#x do not match",
			     kpool_class_size(class), i, cls->partial_map);
		hlist_for_each(link, &cls->partial[i]) {
			struct kpool_arena *arena = kpool_arena_of(link);
			unsigned int index = kpool_arena_link_index(arena, link);

			if (!kpool_expect(v, ++nr <= READ_ONCE(cls->pools) &&
					  kpool_header_is_whole(arena) && arena->node == node &&
					  arena->bytes[index] == (v->heap->byte | class),
					  "class %u: partial list %u has a pool of another list",
					  kpool_class_size(class), i))
				break;
		}
	}
	spin_unlock_irqrestore(&cls->lock, flags);
}

/*
 * Sum up the counts of a class on all nodes. Return: a stamp that changes with every batch of
 * blocks that moves.
 */
static unsigned long kpool_validate_count(struct kpool_heap *heap, unsigned int class,
					  unsigned long *pools, unsigned long *used)
{
	struct kpool_node *node;
	unsigned long stamp = 0;
	int nid;

	for_each_kpool_node(node, heap, nid) {
		struct kpool_class *cls = &node->class[class];
		unsigned long flags;

		spin_lock_irqsave(&cls->lock, flags); /* not within a batch */
		*pools += READ_ONCE(cls->pools);
		*used += cls->used;
		stamp += cls->refills + cls->drains;
		spin_unlock_irqrestore(&cls->lock, flags);
	}
	return stamp;
}

/* Record the stamps before the walk. */
static void kpool_validate_start(struct kpool_validate *v)
{
	unsigned long pools = 0, used = 0;
	unsigned int class;

	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		v->stamp[class] = kpool_validate_count(v->heap, class, &pools, &used);
}

/* Compare the sums over all pools with the counts, for classes in which no block moved. */
static void kpool_validate_sums(struct kpool_validate *v)
{
	unsigned int class;

	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		unsigned long pools = 0, used = 0;

		if (kpool_validate_count(v->heap, class, &pools, &used) != v->stamp[class])
			continue;
		kpool_expect(v, v->pools[class] == pools && v->used[class] == used,
			     "class %u: %lu blocks out of %lu pools, counted %lu of %lu",
			     kpool_class_size(class), v->used[class], v->pools[class], used, pools);
	}
}

static void kpool_validate_node(struct kpool_validate *v, struct kpool_node *node)
{
	struct kpool_arena *arena = NULL;
	unsigned int i;

	kpool_validate_buckets(v, node);
	for (i = 0; i < KPOOL_NR_CLASSES; i++)
		kpool_validate_partial(v, node, i);
	while ((arena = kpool_arena_next(node, arena))) {
		kpool_validate_masks(v, arena);
		for (i = KPOOL_HEADER_POOLS; i < KPOOL_ARENA_POOLS; i++)
			kpool_validate_pool(v, arena, i);
		cond_resched();
	}
}

static void kpool_validate_heap(struct kpool_validate *v)
{
	struct kpool_node *node;
	int nid;

	mutex_lock(&v->heap->shrink_lock);
	kpool_validate_start(v);
	for_each_kpool_node(node, v->heap, nid)
		kpool_validate_node(v, node);
	kpool_validate_sums(v);
	mutex_unlock(&v->heap->shrink_lock);
	if (v->faults)
		pr_err("validate: heap %s: %lu fault%s\n", v->heap->name, v->faults,
		       kpool_plural(v->faults));
}

/**
 * kpool_heap_validate() - check every invariant of a heap
 * @heap: the heap, or NULL for the default heap
 *
 * For debugging: the time is proportional to the size of the heap. Interrupts are off while the
 * function walks all arenas of a node, or all partial pools of a class on a node. This time has no
 * bound: with thousands of arenas it is milliseconds.
 *
 * Context: process context, may sleep.
 * Return: 0, -EUCLEAN with a report in the log, or -ENOMEM.
 */
int kpool_heap_validate(struct kpool_heap *heap)
{
	struct kpool_validate *v = kzalloc(sizeof(*v), GFP_KERNEL);
	int err;

	if (!v)
		return -ENOMEM;
	v->heap = heap ?: kpool_default_heap;
	kpool_validate_heap(v);
	err = v->faults ? -EUCLEAN : 0;
	kfree(v);
	return err;
}
EXPORT_SYMBOL_GPL(kpool_heap_validate);
