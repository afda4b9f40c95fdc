// SPDX-License-Identifier: GPL-2.0
/*
 * Free lists of pools, as a whole. A pool that changes class gets a new one.
 *
 * The bits lie in the arena's header: neither taking a block nor putting it back touches its
 * memory.
 */
#include <linux/bitops.h>

#include "debug/sanitize.h"
#include "freelist.h"

/* Make all blocks of a pool free. */
void kpool_freelist_fill(struct kpool_arena *arena, unsigned int index,
			 const struct kpool_class_info *info)
{
	unsigned int word, left = info->capacity;

	for (word = 0; left >= KPOOL_WORD_BITS; word++, left -= KPOOL_WORD_BITS)
		*kpool_freelist_word(arena, index, info, word) = ~0ULL;
	if (left)
		*kpool_freelist_word(arena, index, info, word) = kpool_bit(left) - 1;
}

/* Make no block of a pool free. */
void kpool_freelist_clear(struct kpool_arena *arena, unsigned int index,
			  const struct kpool_class_info *info)
{
	unsigned int word;

	for (word = 0; word < info->words; word++)
		*kpool_freelist_word(arena, index, info, word) = 0;
}

/* Count all blocks of a pool as out. No free of one of them files the pool. */
noinline void kpool_freelist_withhold(struct kpool_arena *arena, unsigned int index,
					 const struct kpool_class_info *info)
{
	struct kpool_pool *pool = kpool_arena_desc(arena, index);

	kpool_freelist_clear(arena, index, info);
	pool->used = info->capacity;
	pool->fullness = KPOOL_POOL_FULL;
	pool->refile_below = 0;
}

/*
 * Make all blocks of a pool that a class claims free, or out if a constructor has to run first.
 * Caller holds node->lock.
 */
void kpool_freelist_reset(struct kpool_arena *arena, unsigned int index, unsigned int class)
{
	const struct kpool_class_info *info = &kpool_class_info[class];

	kpool_sanitize_pool(arena, index, class);
	if (unlikely(arena->heap->ctor) && !(arena->heap->flags & KPOOL_HEAP_DEBUG))
		kpool_freelist_withhold(arena, index, info);
	else
		kpool_freelist_fill(arena, index, info);
}

/* Does the free list of a pool without a block out have all blocks? */
bool kpool_freelist_is_complete(struct kpool_arena *arena, unsigned int index,
				const struct kpool_class_info *info)
{
	unsigned int word, nr = 0;

	for (word = 0; word < info->words; word++)
		nr += hweight64(*kpool_freelist_word(arena, index, info, word));
	return nr == info->capacity;
}
