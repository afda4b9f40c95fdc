// SPDX-License-Identifier: GPL-2.0
/*
 * Pools in use.
 *
 *   partial  some blocks out: on one of its class's partial lists
 *   full     all blocks out: on no list
 *
 * A pool without a block out is free and goes to its arena. It keeps its class and free list until
 * another class claims it.
 *
 * Partial pools are on lists by fullness. The fullest pool serves first, so that the others become
 * free. A free does not move a partial pool to the list for its new fullness, because that cost 10
 * to 30 instructions a free: kpool_pool_take_partial() moves the pools that it looks at.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "arena.h"
#include "compat.h"
#include "debug/report.h"
#include "debug/sanitize.h"
#include "fallback.h"
#include "freelist.h"
#include "header.h"
#include "map.h"
#include "pool.h"

/* Put a partial pool on the list for its fullness. Caller holds class->lock. */
static void kpool_pool_list(struct kpool_class *cls, struct kpool_arena *arena,
			    unsigned int index, const struct kpool_class_info *info)
{
	struct kpool_pool *pool = kpool_arena_desc(arena, index);
	unsigned int fullness = kpool_class_fullness(info, pool->used);

	pool->fullness = fullness;
	pool->refile_below = 1;
	hlist_add_head(kpool_arena_link(arena, index), cls->partial + fullness);
	cls->partial_map |= kpool_bit(fullness);
}

/* Most pools to look at for one that is as full as its list says. */
#define KPOOL_POOL_TRIES	8

/*
 * Take a pool off its partial list. Return: false if the descriptor or link is damaged. Caller
 * holds class->lock.
 */
static __always_inline bool kpool_pool_unlist(struct kpool_class *cls, struct kpool_arena *arena,
					      unsigned int index)
{
	unsigned int fullness = kpool_arena_desc(arena, index)->fullness;
	struct hlist_node *link = kpool_arena_link(arena, index);

	if (unlikely(fullness >= KPOOL_FULLNESS_LISTS ||
		     !kpool_header_link_is_sane(cls->partial + fullness, link)))
		return false;
	hlist_del_init(link);
	if (hlist_empty(cls->partial + fullness))
		cls->partial_map &= ~kpool_bit(fullness);
	return true;
}

/*
 * Take a pool with damaged metadata out of service. Its free blocks are lost: they count as used,
 * so the pool is never free again. Blocks that are out may be freed and served again, unless the
 * header was overwritten. The pool is on no list. Caller holds class->lock.
 */
static noinline void kpool_pool_quarantine(struct kpool_node *node, unsigned int class,
					   struct kpool_arena *arena, unsigned int index)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	struct kpool_pool *pool = kpool_arena_desc(arena, index);
	unsigned int capacity = info->capacity;
	unsigned int lost = capacity - min_t(unsigned int, pool->used, capacity);

	pr_err_ratelimited("heap %s: metadata of a pool of %u-byte blocks is corrupt (arena %lu, pool %u): %u block%s taken out of service\n",
			   node->heap->name, info->size, arena->id, index, lost,
			   kpool_plural(lost));
	kpool_event(node->heap, KPOOL_EVENT_CORRUPTION);
	kpool_node_class(node, class)->used += lost;
	kpool_freelist_clear(arena, index, info);
	pool->used = capacity;
	pool->fullness = KPOOL_POOL_FULL;
	pool->refile_below = kpool_header_is_whole(arena) ? capacity : 0;
	INIT_HLIST_NODE(kpool_arena_link(arena, index));
}

/*
 * Empty a partial list, because its first pool's descriptor or link is damaged. Take that pool out
 * of service. The pools behind it are lost to the list. Caller holds class->lock.
 */
static noinline void kpool_pool_give_up(struct kpool_node *node, unsigned int class,
					unsigned int fullness)
{
	struct kpool_class *cls = kpool_node_class(node, class);
	struct hlist_node *link = cls->partial[fullness].first;

	INIT_HLIST_HEAD(cls->partial + fullness);
	cls->partial_map &= ~kpool_bit(fullness);
	if (link && kpool_map_byte(link) == KPOOL_BYTE_HEADER)
		kpool_pool_quarantine(node, class, kpool_arena_of(link),
				      kpool_arena_link_index(kpool_arena_of(link), link));
}

/*
 * Take up to @want blocks of one pool to end[-1], end[-2], ... The pool is on no list before, and
 * is filed again. Caller holds class->lock. Return: blocks taken.
 */
static unsigned int kpool_pool_take_from(struct kpool_node *node, unsigned int class,
					 struct kpool_arena *arena, unsigned int index,
					 void **end, unsigned int want)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	struct kpool_class *cls = kpool_node_class(node, class);
	struct kpool_pool *pool = kpool_arena_desc(arena, index);
	unsigned int nr, got;

	if (unlikely(!kpool_freelist_is_sane(arena, index, info))) {
		kpool_pool_quarantine(node, class, arena, index);
		return 0;
	}
	nr = min_t(unsigned int, want, info->capacity - pool->used);
	got = kpool_freelist_pop(arena, index, info, end, nr);
	pool->used += got;
	cls->used += got;
	if (unlikely(got < nr)) {
		kpool_pool_quarantine(node, class, arena, index);
	} else if (pool->used < info->capacity) {
		kpool_pool_list(cls, arena, index, info);
	} else {
		pool->fullness = KPOOL_POOL_FULL;
		pool->refile_below = info->capacity;
	}
	return got;
}

/*
 * Take blocks from the fullest partial pool. Pools that got blocks back since they were listed move
 * to the list for their fullness. Only some do, because a caller waits. Caller holds class->lock.
 * Return: blocks taken.
 */
static unsigned int kpool_pool_take_partial(struct kpool_node *node, unsigned int class,
					    void **end, unsigned int want)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	struct kpool_class *cls = kpool_node_class(node, class);
	unsigned int index, tries = KPOOL_POOL_TRIES;
	struct kpool_arena *arena;
	struct kpool_pool *pool;

	for (;;) {
		unsigned int fullness = __fls(cls->partial_map);
		struct hlist_node *link = (cls->partial + fullness)->first;

		arena = kpool_arena_of(link);
		index = kpool_arena_link_index(arena, link);
		pool = kpool_arena_desc(arena, index);
		if (unlikely(!kpool_pool_unlist(cls, arena, index))) {
			kpool_pool_give_up(node, class, fullness);
			return 0;
		}
		/* kpool_pool_take_from() finds a damaged count. */
		if (!--tries || pool->fullness <= kpool_class_fullness(info, pool->used))
			return kpool_pool_take_from(node, class, arena, index, end, want);
		kpool_pool_list(cls, arena, index, info);
	}
}

/* Construct all blocks of a pool. No lock held. */
static void kpool_pool_construct(struct kpool_arena *arena, unsigned int index,
				 const struct kpool_class_info *info)
{
	void *block = kpool_arena_pool(arena, index) + info->start;
	unsigned int nr;

	for (nr = 0; nr < info->capacity; nr++, block += info->stride)
		kpool_sanitize_construct(arena->heap->ctor, block, info->size);
}

/*
 * Make claimed pools of a heap with a constructor fit for service. New pools count as full until
 * they are constructed. The constructor runs without class->lock, because it may allocate from
 * other heaps, and these may have a constructor, too. A single pool that was claimed before is
 * constructed already. Caller holds class->lock.
 */
static noinline void kpool_pool_prepare(struct kpool_node *node, unsigned int class,
					struct kpool_arena *arena, u64 pools, unsigned long *flags)
	__must_hold(&kpool_node_class(node, class)->lock)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	struct kpool_class *cls = kpool_node_class(node, class);
	u64 left;

	if (!kpool_arena_desc(arena, __ffs64(pools))->used)
		return;
	cls->used += hweight64(pools) * info->capacity;
	cls->refills++;
	spin_unlock_irqrestore(&cls->lock, *flags);
	for (left = pools; left; left &= left - 1)
		kpool_pool_construct(arena, __ffs64(left), info);
	spin_lock_irqsave(&cls->lock, *flags);
	cls->drains++;
	for (left = pools; left; left &= left - 1) {
		struct kpool_pool *pool = kpool_arena_desc(arena, __ffs64(left));

		cls->used -= pool->used;
		pool->used = 0;
		kpool_freelist_fill(arena, __ffs64(left), info);
	}
}

/*
 * Take blocks from as many free pools as needed. Caller holds class->lock and passes its saved
 * interrupt state in @flags. The lock is dropped while a constructor runs. Return: blocks taken.
 */
static unsigned int kpool_pool_take_free(struct kpool_node *node, unsigned int class,
					 void **end, unsigned int want, unsigned long *flags)
{
	unsigned int nr = 0;
	struct kpool_arena *arena;
	u64 pools;

	arena = kpool_arena_get_pools(node, class,
				      DIV_ROUND_UP(want, kpool_class_info[class].capacity),
				      &pools);
	if (!arena)
		return 0;
	if (unlikely(node->heap->ctor))
		kpool_pool_prepare(node, class, arena, pools, flags);
	for (; pools; pools &= pools - 1)
		nr += kpool_pool_take_from(node, class, arena, __ffs64(pools), end - nr,
					   want - nr);
	return nr;
}

/*
 * Take up to @want blocks from the pools of a node, free ones included, to end[-1], end[-2], ...,
 * in the order in which the pools give them. No lock held. Return: blocks taken.
 */
unsigned int kpool_pool_take(struct kpool_node *node, unsigned int class, void **end,
			     unsigned int want)
{
	struct kpool_class *cls = kpool_node_class(node, class);
	unsigned int nr = 0, got;
	unsigned long flags;

	spin_lock_irqsave(&cls->lock, flags);
	do {
		if (cls->partial_map)
			got = kpool_pool_take_partial(node, class, end - nr, want - nr);
		else
			got = kpool_pool_take_free(node, class, end - nr, want - nr, &flags);
		nr += got;
	} while (nr < want && (got || cls->partial_map));
	cls->refills++;
	spin_unlock_irqrestore(&cls->lock, flags);
	return nr;
}

/* Sets of emptied pools that a batch gathers, each of one arena; a power of two. */
#define KPOOL_EMPTIED_SETS	16

/**
 * struct kpool_emptied - pools that became free, on their way to their arenas
 * @sets: a bit for each element of @set that has pools
 * @set: pools of one arena each, indexed by the arena's address
 * @release: arenas for the caller to release
 *
 * Pools of several arenas are gathered, because the blocks of a batch may alternate between arenas:
 * giving pools back one by one took a sixth of the longest free.
 */
struct kpool_emptied {
	unsigned int sets;
	struct kpool_pool_set set[KPOOL_EMPTIED_SETS];
	struct list_head release;
};

/* Give the pools of some sets to their arenas. Caller holds class->lock. */
static void kpool_pool_give(struct kpool_node *node, struct kpool_emptied *emptied,
			    unsigned int sets)
{
	kpool_arena_put_pools(node, emptied->set, sets, &emptied->release);
	emptied->sets &= ~sets;
}

/* Remember a pool that has no block out. Caller holds class->lock until the pools are given. */
static __always_inline void kpool_pool_emptied(struct kpool_emptied *emptied,
					       struct kpool_arena *arena, unsigned int index)
{
	unsigned int nr = ((unsigned long)arena >> KPOOL_ARENA_SHIFT) % KPOOL_EMPTIED_SETS;
	struct kpool_pool_set *set = emptied->set + nr;

	if (emptied->sets & kpool_bit(nr)) {
		if (likely(set->arena == arena)) {
			set->pools |= kpool_bit(index);
			return;
		}
		kpool_pool_give(arena->node, emptied, kpool_bit(nr));
	}
	emptied->sets |= kpool_bit(nr);
	set->arena = arena;
	set->pools = kpool_bit(index);
}

/*
 * File a pool that is no longer full, or is free. A free pool keeps its class byte until it is
 * given to its arena, so a second free of one of its blocks may come in the same batch: with
 * refile_below 0, which no count is below, the pool is not filed again. Caller holds class->lock.
 */
static noinline void kpool_pool_refile(struct kpool_node *node, unsigned int class,
				       struct kpool_arena *arena, unsigned int index,
				       struct kpool_emptied *emptied)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	struct kpool_class *cls = kpool_node_class(node, class);
	struct kpool_pool *pool = kpool_arena_desc(arena, index);

	if ((pool->fullness != KPOOL_POOL_FULL &&
	     unlikely(!kpool_pool_unlist(cls, arena, index))) ||
	    unlikely(!kpool_freelist_is_sane(arena, index, info)) ||
	    (!pool->used && unlikely(!kpool_freelist_is_complete(arena, index, info)))) {
		kpool_pool_quarantine(node, class, arena, index);
		return;
	}
	if (pool->used) {
		kpool_pool_list(cls, arena, index, info);
		return;
	}
	pool->refile_below = 0;
	kpool_pool_emptied(emptied, arena, index);
}

/*
 * Leave a block that cannot be put back where it is. Count it as used: the batch counts it as put
 * back. Caller holds class->lock.
 */
static noinline void kpool_pool_refuse(struct kpool_node *node, const void *block)
{
	unsigned int class = kpool_map_byte(block) & KPOOL_BYTE_CLASS;

	kpool_report_bad_free(node->heap, block, kpool_class_size(class),
			      "not a block, or free already");
	kpool_node_class(node, class)->used++;
}

/* Put back one block. Caller holds class->lock. */
static __always_inline void kpool_pool_push(struct kpool_node *node, struct kpool_arena *arena,
					    const struct kpool_class_info *info, void **block)
{
	unsigned int number = kpool_class_block(info, *block), index = kpool_pool_index(*block);
	u64 *list, free;

	if (likely(number != KPOOL_NOT_A_BLOCK)) {
		list = kpool_freelist_word(arena, index, info,
					   info->words > 1 ? number / KPOOL_WORD_BITS : 0);
		free = *list;
		if (likely(!(free & kpool_bit(number)))) {
			*list = free | kpool_bit(number);
			kpool_arena_desc(arena, index)->used--;
			return;
		}
	}
	kpool_pool_refuse(node, *block);
}

/* Number of blocks, from the first on, that follow each other at a distance of @step. */
static __always_inline unsigned int kpool_pool_stretch(void *const *blocks, unsigned int nr,
						       long step)
{
	void *next = blocks[0];
	unsigned int i = 0;

	do
		next += step;
	while (++i < nr && blocks[i] == next);
	return i;
}

/*
 * Put back the first of @blocks and those that follow it at a distance of @step, with one update of
 * their word of the free list. @step is the class's stride or its negative. The run ends at the end
 * of that word. Caller holds class->lock. Return: blocks handled.
 */
static noinline unsigned int kpool_pool_push_run(struct kpool_node *node,
						 struct kpool_arena *arena,
						 const struct kpool_class_info *info,
						 void **blocks, unsigned int nr, long step)
{
	unsigned int number = kpool_class_block(info, blocks[0]), index, low, i;
	u64 bits, *list;

	if (unlikely(number == KPOOL_NOT_A_BLOCK)) {
		kpool_pool_push(node, arena, info, blocks);
		return 1;
	}
	low = number % KPOOL_WORD_BITS;
	nr = min(nr, step < 0 ? low + 1 : min(KPOOL_WORD_BITS - low, info->capacity - number));
	nr = kpool_pool_stretch(blocks, nr, step);
	if (step < 0)
		low -= nr - 1;
	bits = ~0ULL >> (KPOOL_WORD_BITS - nr) << low;
	index = kpool_pool_index(blocks[0]);
	list = kpool_freelist_word(arena, index, info, number / KPOOL_WORD_BITS);
	if (likely(!(*list & bits))) {
		*list |= bits;
		kpool_arena_desc(arena, index)->used -= nr;
	} else {
		for (i = 0; i < nr; i++)
			kpool_pool_push(node, arena, info, blocks + i);
	}
	return nr;
}

/*
 * Put back the blocks of the class on @node. Move the others to the front of @blocks. Return:
 * number of the others.
 */
static __always_inline unsigned int kpool_pool_put_all(struct kpool_node *node,
						       unsigned int class,
						       struct kpool_class_info info,
						       void **blocks, unsigned int nr,
						       struct kpool_emptied *emptied)
{
	struct kpool_class *cls = kpool_node_class(node, class);
	void **from = blocks, **last = blocks + nr - 1, **left = blocks;
	bool sure = !node->heap->byte && nr_node_ids == 1;
	u8 byte = node->heap->byte | class;
	const long stride = info.stride;
	unsigned long flags;

	spin_lock_irqsave(&cls->lock, flags);
	while (from <= last) {
		struct kpool_arena *arena = kpool_arena_of(*from);
		unsigned int index = kpool_pool_index(*from);
		struct kpool_pool *pool;
		long step;

		/*
		 * The node belongs to the heap, so this check covers the heap, too. It costs a
		 * cache miss and is skipped where the byte alone is proof.
		 */
		if (unlikely(kpool_map_byte(*from) != byte || (!sure && arena->node != node))) {
			*left++ = *from++;
			continue;
		}
		step = from != last ? from[1] - from[0] : 0;
		if (step == stride || step == -stride)
			from += kpool_pool_push_run(node, arena, &kpool_class_info[class], from,
						    last - from + 1, step);
		else
			kpool_pool_push(node, arena, &info, from++);
		pool = kpool_arena_desc(arena, index);
		if (unlikely(pool->used < pool->refile_below))
			kpool_pool_refile(node, class, arena, index, emptied);
	}
	if (emptied->sets)
		kpool_pool_give(node, emptied, emptied->sets);
	nr -= left - blocks;
	cls->used -= nr;
	cls->drains++;
	spin_unlock_irqrestore(&cls->lock, flags);
	return left - blocks;
}

/*
 * kpool_pool_put_all(), compiled a second time for classes with a one-word free list. With that and
 * @info by value, a block that is not beside the one before takes 87 instructions instead of 95 to
 * 97. One of the two alone gains nothing.
 */
static unsigned int kpool_pool_put_node(struct kpool_node *node, unsigned int class,
					void **blocks, unsigned int nr,
					struct kpool_emptied *emptied)
{
	struct kpool_class_info info = kpool_class_info[class];

	if (info.words > 1)
		return kpool_pool_put_all(node, class, info, blocks, nr, emptied);
	info.words = 1;
	info.start = 0;
	return kpool_pool_put_all(node, class, info, blocks, nr, emptied);
}

/**
 * kpool_pool_put() - put blocks back into their pools
 * @heap: the heap
 * @class: size class
 * @blocks: the blocks, of any node; overwritten. Memory from kmalloc() is passed to kfree()
 * @nr: how many
 *
 * Context: any, no lock held.
 */
void kpool_pool_put(struct kpool_heap *heap, unsigned int class, void **blocks,
		    unsigned int nr)
{
	struct kpool_emptied emptied;

	emptied.sets = 0;	/* only this field: clearing @set would slow each drain */
	INIT_LIST_HEAD(&emptied.release);
	while (nr) {
		struct kpool_arena *arena = kpool_arena_of(blocks[0]);
		u8 byte = kpool_map_byte(blocks[0]);

		if (likely(byte == (heap->byte | class) && arena->heap == heap)) {
			nr = kpool_pool_put_node(arena->node, class, blocks, nr, &emptied);
			continue;
		}
		if (byte == KPOOL_BYTE_FOREIGN)
			kpool_fallback_free(blocks[0]);
		else if (kpool_header_check(arena))
			kpool_report_bad_free(arena->heap, blocks[0], kpool_class_size(class),
					      "of another size or heap, or free already");
		blocks[0] = blocks[--nr];
	}
	kpool_arena_release_list(&emptied.release);
}
KPOOL_EXPORT_TEST(kpool_pool_put);
