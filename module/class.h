/* SPDX-License-Identifier: GPL-2.0 */
/* Size classes: which one serves a request, and how many blocks fit a pool. */
#ifndef KPOOL_CLASS_H
#define KPOOL_CLASS_H

#include "geometry.h"

/**
 * struct kpool_class_info - constants of a size class
 * @size: bytes of a block
 * @capacity: blocks of a pool
 * @fullness_mul: (used * this) >> 16 is the fullness list for used blocks
 * @div_mul: (offset * this) >> 24 is the block number of an offset in a pool
 */
struct kpool_class_info {
	u16 size;
	u16 capacity;
	u32 fullness_mul;
	u32 div_mul;
};

extern struct kpool_class_info kpool_class_info[KPOOL_NR_CLASSES];
extern u8 kpool_class_index[KPOOL_MAX_SIZE / KPOOL_CLASS_STEP + 1];

/* The class that serves @size, which is 1..KPOOL_MAX_SIZE. */
static __always_inline unsigned int kpool_class_of(size_t size)
{
	return kpool_class_index[(size + KPOOL_CLASS_STEP - 1) / KPOOL_CLASS_STEP];
}

static inline unsigned int kpool_class_size(unsigned int class)
{
	return kpool_class_info[class].size;
}

/* Bytes at the end of a pool that hold no whole block. */
static inline unsigned int kpool_class_tail(unsigned int class)
{
	const struct kpool_class_info *info = &kpool_class_info[class];

	return KPOOL_POOL_SIZE - info->size * info->capacity;
}

/* Number of the block that an offset in a pool lies in. */
static inline unsigned int kpool_class_block(const struct kpool_class_info *info,
					     unsigned int offset)
{
	return (u64)offset * info->div_mul >> 24;
}

void kpool_class_init(void);

#endif /* KPOOL_CLASS_H */
