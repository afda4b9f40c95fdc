// SPDX-License-Identifier: GPL-2.0
/*
 * Pools in use.
 *
 *   partial  some blocks out: on one of its class's partial lists
 *   full     all blocks out: on no list
 *
 * A pool whose last block comes back is free and goes to its arena; it keeps
 * its class, free list and carving until another class claims it.
 *
 * Blocks leave a pool from its free list, last in first out, then from the part
 * not carved yet, by arithmetic alone: memory is first touched by its user.
 * Partial pools are kept by fullness and the fullest is served first, so that
 * the others drain.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>

#include "arena.h"
#include "compat.h"
#include "heap.h"
#include "large.h"
#include "magazine.h"
#include "map.h"
#include "pages.h"
#include "pool.h"

static void kpool_pool_list(struct kpool_class *cls, struct kpool_pool *pool,
			    unsigned int fullness)
{
	pool->fullness = fullness;
	hlist_add_head(&pool->link, &cls->partial[fullness]);
	cls->partial_map |= 1U << fullness;
}

static void kpool_pool_unlist(struct kpool_class *cls, struct kpool_pool *pool)
{
	hlist_del_init(&pool->link);
	if (hlist_empty(&cls->partial[pool->fullness]))
		cls->partial_map &= ~(1U << pool->fullness);
}

/*
 * The pool's free list is damaged. Blocks still out may come back, the others
 * are lost: they count as used, so the pool is never free again. Class locked.
 */
static void kpool_pool_quarantine(struct kpool_arena *arena, unsigned int index)
{
	unsigned int class = arena->class[index] & KPOOL_BYTE_CLASS;
	struct kpool_pool *pool = &arena->pool[index];
	unsigned int capacity = kpool_class_info[class].capacity;

	pr_err_ratelimited("heap %s: free list of a pool of %u-byte blocks is corrupt (arena %lu, pool %u): %u blocks taken out of service\n",
			   arena->heap->name, kpool_class_size(class), arena->id, index,
			   capacity - pool->used);
	kpool_event(arena->heap, KPOOL_EVENT_CORRUPTION);
	arena->node->class[class].used += capacity - pool->used;
	pool->used = capacity;
	pool->carved = capacity;
	pool->free = KPOOL_NO_BLOCK;
}

/* Up to @nr blocks off the pool's free list. Return: how many, fewer also where it is damaged. */
static unsigned int kpool_pool_pop(struct kpool_arena *arena, unsigned int index, void **end,
				   unsigned int nr)
{
	struct kpool_pool *pool = &arena->pool[index];
	void *base = kpool_arena_pool(arena, index);
	unsigned long offset = pool->free, next;
	unsigned int i;

	for (i = 0; i < nr && offset != KPOOL_NO_BLOCK; i++) {
		void *block = base + offset;

		next = kpool_pool_decode(arena->heap, block);
		if (unlikely(next > KPOOL_NO_BLOCK || next % KPOOL_CLASS_STEP))
			break;
		offset = next;
		if (want_init_on_free()) /* it was all zeroes but for the link */
			*(unsigned long *)block = 0;
		*--end = block;
	}
	pool->free = offset;
	return i;
}

/* Up to @nr blocks of the pool's part that no one had yet. Return: how many. */
static unsigned int kpool_pool_carve(struct kpool_arena *arena, unsigned int index,
				     const struct kpool_class_info *info, void **end,
				     unsigned int nr)
{
	struct kpool_pool *pool = &arena->pool[index];
	void *block = kpool_arena_pool(arena, index) + pool->carved * info->size;
	unsigned int i;

	nr = min_t(unsigned int, nr, info->capacity - pool->carved);
	for (i = 0; i < nr; i++, block += info->size)
		*--end = block;
	pool->carved += nr;
	return nr;
}

/*
 * Up to @want blocks of one pool to end[-1], end[-2], ... The pool is on no list and is
 * filed again. Class locked. Return: blocks taken.
 */
static unsigned int kpool_pool_take_from(struct kpool_arena *arena, unsigned int index,
					 unsigned int class, void **end, unsigned int want)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	struct kpool_class *cls = &arena->node->class[class];
	struct kpool_pool *pool = &arena->pool[index];
	unsigned int nr = min_t(unsigned int, want, info->capacity - pool->used);
	unsigned int got = kpool_pool_pop(arena, index, end, nr);

	if (got < nr && likely(pool->free == KPOOL_NO_BLOCK))
		got += kpool_pool_carve(arena, index, info, end - got, nr - got);
	pool->used += got;
	cls->used += got;
	if (unlikely(got < nr))
		kpool_pool_quarantine(arena, index);
	else if (pool->used < info->capacity)
		kpool_pool_list(cls, pool, kpool_pool_fullness(info, pool->used));
	return got;
}

/* The fullest partial pool, taken off its list, or a free pool; NULL if there is neither. */
static struct kpool_arena *kpool_pool_choose(struct kpool_node *node, unsigned int class,
					     unsigned int *index)
{
	struct kpool_class *cls = &node->class[class];
	struct kpool_arena *arena;
	struct kpool_pool *pool;

	if (!cls->partial_map)
		return kpool_arena_get_pool(node, class, index);
	pool = hlist_entry(cls->partial[__fls(cls->partial_map)].first, struct kpool_pool, link);
	kpool_pool_unlist(cls, pool);
	arena = kpool_arena_of(pool);
	*index = pool - arena->pool;
	return arena;
}

static unsigned int kpool_pool_take_node(struct kpool_node *node, unsigned int class,
					 void **end, unsigned int want)
{
	struct kpool_class *cls = &node->class[class];
	unsigned int nr = 0, index;
	struct kpool_arena *arena;
	unsigned long flags;

	spin_lock_irqsave(&cls->lock, flags);
	while (nr < want) {
		arena = kpool_pool_choose(node, class, &index);
		if (!arena)
			break;
		nr += kpool_pool_take_from(arena, index, class, end - nr, want - nr);
	}
	cls->refills++;
	spin_unlock_irqrestore(&cls->lock, flags);
	return nr;
}

/**
 * kpool_pool_take() - take blocks from the pools of a node
 * @heap: the heap
 * @nid: the node wanted; its memory may lie elsewhere unless @gfp says __GFP_THISNODE
 * @class: size class
 * @end: the blocks are written to end[-1], end[-2], ... in the order in which
 *	the pools give them
 * @want: how many
 * @gfp: for a new arena, should there be no block at all
 *
 * Context: no lock held. May sleep if @gfp says so.
 * Return: number of blocks, fewer than @want rather than a new arena; 0 if
 * there is no memory.
 */
unsigned int kpool_pool_take(struct kpool_heap *heap, int nid, unsigned int class,
			     void **end, unsigned int want, gfp_t gfp)
{
	bool scavenge = gfpflags_allow_blocking(gfp) && heap->capacity[class];
	struct kpool_node *node = heap->node[nid];
	struct kpool_arena *arena;
	unsigned int nr;

	for (;;) {
		nr = kpool_pool_take_node(node, class, end, want);
		if (nr)
			return nr;
		if (scavenge && !kpool_pages_scarce(heap->ops, nid, gfp)) {
			scavenge = false;
			kpool_magazine_scavenge(node);
			continue;
		}
		arena = kpool_arena_create(heap, nid, gfp);
		if (!arena)
			return 0;
		node = arena->node;
		if (!kpool_arena_add(arena))
			kpool_arena_release(arena);
	}
}
KPOOL_EXPORT_TEST(kpool_pool_take);

/* A free that cannot be right: reported, and the block left alone. */
static void kpool_pool_reject(struct kpool_arena *arena, const void *block, unsigned int class,
			      const char *why)
{
	pr_err_ratelimited("heap %s: bad free: %s (class %u, arena %lu, offset %lu)\n",
			   arena->heap->name, why, kpool_class_size(class), arena->id,
			   (unsigned long)block & (KPOOL_ARENA_SIZE - 1));
	kpool_event(arena->heap, KPOOL_EVENT_CORRUPTION);
}

/* Files a pool that got @nr blocks back. Class locked. */
static void kpool_pool_settle(struct kpool_arena *arena, unsigned int index, unsigned int class,
			      unsigned int nr, struct list_head *release)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	struct kpool_class *cls = &arena->node->class[class];
	struct kpool_pool *pool = &arena->pool[index];
	bool listed = pool->used < info->capacity;
	unsigned int fullness;

	pool->used -= nr;
	cls->used -= nr;
	if (!pool->used) {
		if (listed)
			kpool_pool_unlist(cls, pool);
		kpool_arena_put_pool(arena, index, release);
		return;
	}
	fullness = kpool_pool_fullness(info, pool->used);
	if (listed && fullness == pool->fullness)
		return;
	if (listed)
		kpool_pool_unlist(cls, pool);
	kpool_pool_list(cls, pool, fullness);
}

/*
 * Puts back the first of @blocks, and those after it that lie in the same pool.
 * Class locked. Return: how many were dealt with.
 */
static __always_inline unsigned int kpool_pool_push(struct kpool_arena *arena,
						    unsigned int class, void **blocks,
						    unsigned int nr, struct list_head *release)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	unsigned int index = kpool_pool_index(blocks[0]);
	void *base = kpool_arena_pool(arena, index);
	struct kpool_pool *pool = &arena->pool[index];
	unsigned int i, pushed = 0;

	for (i = 0; i < nr; i++) {
		unsigned long offset = blocks[i] - base;
		unsigned int number;

		if (offset >= KPOOL_POOL_SIZE)
			break;
		number = kpool_class_block(info, offset);
		if (unlikely(number * info->size != offset || number >= pool->carved ||
			     offset == pool->free || pushed == pool->used)) {
			kpool_pool_reject(arena, blocks[i], class, "not a block, or free already");
			continue;
		}
		*(unsigned long *)blocks[i] = kpool_pool_encode(arena->heap, blocks[i], pool->free);
		pool->free = offset;
		pushed++;
	}
	if (likely(pushed))
		kpool_pool_settle(arena, index, class, pushed, release);
	return i;
}

/*
 * The arena of a block of this heap and class; NULL for a foreign pointer; an
 * error for anything else.
 */
static struct kpool_arena *kpool_pool_arena(struct kpool_heap *heap, unsigned int class,
					    const void *block)
{
	struct kpool_arena *arena = kpool_arena_of(block);
	u8 byte = kpool_map_byte(block);

	if (unlikely(byte == KPOOL_BYTE_RETURNED))
		return NULL;
	if (likely(byte == (heap->byte | class) && arena->heap == heap))
		return arena;
	return ERR_PTR(-EINVAL);
}

/* Puts back the blocks of one node up to the first that is not. Return: how many. */
static unsigned int kpool_pool_put_run(struct kpool_heap *heap, unsigned int class,
				       struct kpool_node *node, void **blocks, unsigned int nr,
				       struct list_head *release)
{
	struct kpool_class *cls = &node->class[class];
	u8 byte = heap->byte | class;
	unsigned int i = 0;
	unsigned long flags;

	spin_lock_irqsave(&cls->lock, flags);
	while (i < nr) {
		struct kpool_arena *arena = kpool_arena_of(blocks[i]);

		/* The node is one of the heap's, so this asks for the heap, too. */
		if (unlikely(kpool_map_byte(blocks[i]) != byte || arena->node != node))
			break;
		i += kpool_pool_push(arena, class, blocks + i, nr - i, release);
	}
	cls->drains++;
	spin_unlock_irqrestore(&cls->lock, flags);
	return i;
}

/*
 * A block that is not of its class. A larger one was shrunk by kpool_realloc()
 * when there was no memory to move it, and freed with its size.
 */
static void kpool_pool_put_other(struct kpool_heap *heap, unsigned int class, void *block,
				 struct list_head *release)
{
	struct kpool_arena *arena = kpool_arena_of(block);
	unsigned int own = kpool_map_byte(block) ^ heap->byte;

	if (arena->heap == heap && own > class && own < KPOOL_NR_CLASSES)
		kpool_pool_put_run(heap, own, arena->node, &block, 1, release);
	else
		kpool_pool_reject(arena, block, class, "of another size or heap, or free already");
}

/**
 * kpool_pool_put() - put blocks back into their pools
 * @heap: the heap
 * @class: size class
 * @blocks: the blocks, of any node; overwritten. Blocks that kmalloc gave in
 *	an arena's stead are passed to kfree()
 * @nr: how many
 *
 * Context: any, no lock held.
 */
void kpool_pool_put(struct kpool_heap *heap, unsigned int class, void **blocks,
		    unsigned int nr)
{
	unsigned int foreign = 0, i = 0;
	LIST_HEAD(release);

	rcu_read_lock(); /* foreign blocks may lie in a split arena */
	while (i < nr) {
		struct kpool_arena *arena = kpool_pool_arena(heap, class, blocks[i]);

		if (!arena)
			blocks[foreign++] = blocks[i++];
		else if (IS_ERR(arena))
			kpool_pool_put_other(heap, class, blocks[i++], &release);
		else
			i += kpool_pool_put_run(heap, class, arena->node, blocks + i, nr - i,
						&release);
	}
	rcu_read_unlock();

	kpool_arena_release_list(&release);
	for (i = 0; i < foreign; i++)
		kpool_large_free(blocks[i]);
}
KPOOL_EXPORT_TEST(kpool_pool_put);
