// SPDX-License-Identifier: GPL-2.0
/*
 * Free lists of pools: a bit for each block, set for a free one, in the arena's header.
 *
 * Blocks are taken lowest address first, by arithmetic alone. Neither taking a block nor putting it
 * back touches its memory. So the user touches it first, no write to a block misleads the
 * allocator, and a second free is noticed. (With links in the blocks, as pymalloc and SLUB have
 * them, each free misses the cache once more.)
 */
#include <linux/bitops.h>
#include <linux/random.h>

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

/* Count all blocks of a pool as out. A free of one of them does not file the pool. */
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

/* Does a pool's free list have all its blocks? */
bool kpool_freelist_is_complete(struct kpool_arena *arena, unsigned int index,
				const struct kpool_class_info *info)
{
	unsigned int word, nr = 0;

	for (word = 0; word < info->words; word++)
		nr += hweight64(*kpool_freelist_word(arena, index, info, word));
	return nr == info->capacity;
}

/*
 * Take up to @nr free blocks of one word of a free list to end[-1], end[-2], ... A set bit is a
 * free block. Bit 0 is the block at @first, and blocks are @stride bytes apart. Return: blocks
 * taken.
 */
static __always_inline unsigned int kpool_freelist_pop_word(u64 *list, void *first,
							    unsigned long stride, void **end,
							    unsigned int nr)
{
	void **to = end, **stop = end - nr;
	u64 bits = *list;

	if (bits && !(bits & (bits + (bits & -bits)))) {
		/* One run, as in a new or emptied pool: no search. */
		unsigned int low = __ffs64(bits), len = fls64(bits) - low;
		void *block = first + low * stride;

		if (len <= nr)
			stop = end - len;
		bits = len <= nr ? 0 : bits & (0 - kpool_bit(low + nr));
		for (; to - stop >= 4; to -= 4, block += 4 * stride) {
			to[-1] = block;
			to[-2] = block + stride;
			to[-3] = block + 2 * stride;
			to[-4] = block + 3 * stride;
		}
		for (; to != stop; block += stride)
			*--to = block;
	} else {
		for (; bits && to != stop; bits &= bits - 1)
			*--to = first + __ffs64(bits) * stride;
	}
	*list = bits;
	return end - to;
}

/*
 * Take up to @nr blocks off the pool's free list in an unpredictable order: each is a random block
 * of a random word. Return: blocks taken, fewer if the list is damaged.
 */
static noinline unsigned int kpool_freelist_pop_random(struct kpool_arena *arena,
						       unsigned int index,
						       const struct kpool_class_info *info,
						       void **end, unsigned int nr)
{
	void *first = kpool_arena_pool(arena, index) + info->start;
	unsigned int got, skip, tries;

	for (got = 0; got < nr; got++) {
		u32 random = get_random_u32();
		unsigned int word = (random >> 16) % info->words;
		u64 *list = kpool_freelist_word(arena, index, info, word), bits;

		for (tries = info->words; !*list && --tries;) {
			word = (word + 1) % info->words;
			list = kpool_freelist_word(arena, index, info, word);
		}
		if (!*list)
			break;
		bits = *list;
		for (skip = (random & 0xffff) * hweight64(bits) >> 16; skip; skip--)
			bits &= bits - 1;
		*list &= ~(bits & -bits);
		*--end = first + (word * KPOOL_WORD_BITS + __ffs64(bits)) * info->stride;
	}
	return got;
}

/*
 * Take up to @nr blocks off the pool's free list to end[-1], end[-2], ..., lowest address first.
 * Return: blocks taken, fewer if the list is damaged.
 */
unsigned int kpool_freelist_pop(struct kpool_arena *arena, unsigned int index,
				const struct kpool_class_info *info, void **end,
				unsigned int nr)
{
	void *first = kpool_arena_pool(arena, index) + info->start;
	unsigned int word, got = 0;

	if (unlikely(arena->heap->flags & KPOOL_HEAP_RANDOM))
		return kpool_freelist_pop_random(arena, index, info, end, nr);
	if (info->words == 1)
		return kpool_freelist_pop_word(&kpool_arena_desc(arena, index)->free, first,
					       info->stride, end, nr);
	for (word = 0; got < nr && word < info->words; word++) {
		got += kpool_freelist_pop_word(kpool_freelist_word(arena, index, info, word), first,
					       info->stride, end - got, nr - got);
		first += KPOOL_WORD_BITS * info->stride;
	}
	return got;
}
