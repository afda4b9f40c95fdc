/* SPDX-License-Identifier: GPL-2.0 */
/* Size classes: the class that serves a request, and the number of blocks in a pool. */
#ifndef KPOOL_CLASS_H
#define KPOOL_CLASS_H

#include "geometry.h"

/**
 * struct kpool_class_info - constants of a size class
 * @size: bytes of a block
 * @stride: bytes from one block of a pool to the next
 * @capacity: blocks of a pool
 * @start: offset of the first block in a pool
 * @words: words of a pool's free list
 * @fullness_mul: (used * this) >> 16 is the fullness list for used blocks
 * @div_mul: (offset * this) >> 32 is the block number of an offset from @start; the low 32 bits are
 *	below this if and only if a block begins at that offset
 */
struct kpool_class_info {
	u16 size;
	u16 stride;
	u16 capacity;
	u8 start;
	u8 words;
	u32 fullness_mul;
	u32 div_mul;
};

/* Without a length: UBSAN would check each index, on the fast path too. */
extern struct kpool_class_info kpool_class_info[];	/* by class */
extern u8 kpool_class_index[];				/* by (size - 1) / KPOOL_CLASS_STEP */

/* The class that serves @size, which is 1..KPOOL_MAX_SIZE. */
static __always_inline unsigned int kpool_class_of(size_t size)
{
	return kpool_class_index[(size - 1) / KPOOL_CLASS_STEP];
}

static inline unsigned int kpool_class_size(unsigned int class)
{
	return kpool_class_info[class].size;
}

/* Bytes of a pool outside all blocks. */
static inline unsigned int kpool_class_tail(unsigned int class)
{
	const struct kpool_class_info *info = &kpool_class_info[class];

	return KPOOL_POOL_SIZE - info->size * info->capacity;
}

/* Number of a block in its pool, or KPOOL_NOT_A_BLOCK. */
#define KPOOL_NOT_A_BLOCK	UINT_MAX
static __always_inline unsigned int kpool_class_block(const struct kpool_class_info *info,
						      const void *block)
{
	unsigned int offset = ((unsigned long)block & (KPOOL_POOL_SIZE - 1)) - info->start;
	u64 product = (u64)offset * info->div_mul;

	if (unlikely((u32)product >= info->div_mul || product >> 32 >= info->capacity))
		return KPOOL_NOT_A_BLOCK;
	return product >> 32;
}

/* The fullness list for a pool with @used blocks out, where 0 < @used < capacity. */
static inline unsigned int kpool_class_fullness(const struct kpool_class_info *info,
						unsigned int used)
{
	return used * info->fullness_mul >> 16;
}

void kpool_class_init(void);

#endif /* KPOOL_CLASS_H */
