/* SPDX-License-Identifier: GPL-2.0 */
/* A pool's free list: a bit for each block, set for a free one. */
#ifndef KPOOL_FREELIST_H
#define KPOOL_FREELIST_H

#include "class.h"
#include "header.h"
#include "map.h"
#include "types.h"

void kpool_freelist_fill(struct kpool_arena *arena, unsigned int index,
			 const struct kpool_class_info *info);
void kpool_freelist_clear(struct kpool_arena *arena, unsigned int index,
			  const struct kpool_class_info *info);
void kpool_freelist_withhold(struct kpool_arena *arena, unsigned int index,
			     const struct kpool_class_info *info);
void kpool_freelist_reset(struct kpool_arena *arena, unsigned int index, unsigned int class);
unsigned int kpool_freelist_pop(struct kpool_arena *arena, unsigned int index,
				const struct kpool_class_info *info, void **end, unsigned int nr);
bool kpool_freelist_is_complete(struct kpool_arena *arena, unsigned int index,
				const struct kpool_class_info *info);

/* @fullness of a pool without free blocks, which is on no list. */
#define KPOOL_POOL_FULL		0xff

/*
 * A word of a pool's free list. Words of the same number lie side by side for
 * all pools of an arena, so that classes with few blocks in a pool use few
 * cache lines. The pool is in use by the class of @info.
 */
static __always_inline u64 *kpool_freelist_word(struct kpool_arena *arena, unsigned int index,
						const struct kpool_class_info *info,
						unsigned int word)
{
	if (unlikely(info->start)) /* the list is in the pool, before the first block */
		return (u64 *)kpool_arena_pool(arena, index) + word;
	if (word)
		return (u64 *)arena->free + (word - 1) * KPOOL_ARENA_POOLS + index;
	return &kpool_arena_desc(arena, index)->free;
}

/*
 * Are the descriptor and free list valid for a pool with free blocks? The header must be whole. A
 * count above the capacity would lead beyond the partial lists, and bits beyond the last block to
 * memory that is no block of the pool.
 */
static __always_inline bool kpool_freelist_is_sane(struct kpool_arena *arena, unsigned int index,
						   const struct kpool_class_info *info)
{
	u64 last = *kpool_freelist_word(arena, index, info, info->words - 1);

	return kpool_header_is_whole(arena) &&
	       kpool_arena_desc(arena, index)->used < info->capacity &&
	       last >> (info->capacity - 1) % KPOOL_WORD_BITS <= 1;
}

#endif /* KPOOL_FREELIST_H */
