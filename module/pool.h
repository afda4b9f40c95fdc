/* SPDX-License-Identifier: GPL-2.0 */
/* Pools of a class: blocks out and in, in batches, fullest pool first. */
#ifndef KPOOL_POOL_H
#define KPOOL_POOL_H

#include "arena.h"
#include "class.h"
#include "types.h"

unsigned int kpool_pool_take(struct kpool_heap *heap, int nid, unsigned int class,
			     void **end, unsigned int want, gfp_t gfp);
void kpool_pool_reset(struct kpool_arena *arena, unsigned int index, unsigned int class);
void kpool_pool_put(struct kpool_heap *heap, unsigned int class, void **blocks,
		    unsigned int nr);

/* Number of a block in its pool, or KPOOL_NOT_A_BLOCK. */
#define KPOOL_NOT_A_BLOCK	UINT_MAX
static __always_inline unsigned int kpool_pool_block(const struct kpool_class_info *info,
						     const void *block)
{
	unsigned int offset = ((unsigned long)block & (KPOOL_POOL_SIZE - 1)) - info->start;
	u64 product = (u64)offset * info->div_mul;

	if (unlikely((u32)product >= info->div_mul || product >> 32 >= info->capacity))
		return KPOOL_NOT_A_BLOCK;
	return product >> 32;
}

/* The "list" of a pool without free blocks, which is on none. */
#define KPOOL_POOL_FULL		0xff

/* The fullness list for a pool with @used blocks out of its capacity, neither 0 nor all. */
static inline unsigned int kpool_pool_fullness(const struct kpool_class_info *info,
					       unsigned int used)
{
	return used * info->fullness_mul >> 16;
}

/*
 * A word of a pool's free list. Words of the same number lie side by side for
 * all pools of an arena, so that classes with few blocks in a pool use few
 * cache lines. The pool is in use by the class of @info.
 */
static __always_inline u64 *kpool_pool_word(struct kpool_arena *arena, unsigned int index,
					    const struct kpool_class_info *info, unsigned int word)
{
	if (unlikely(info->start)) /* the list is in the pool, before the first block */
		return (u64 *)kpool_arena_pool(arena, index) + word;
	if (word)
		return (u64 *)arena->free + (word - 1) * KPOOL_ARENA_POOLS + index;
	return &kpool_arena_desc(arena, index)->free;
}

#endif /* KPOOL_POOL_H */
