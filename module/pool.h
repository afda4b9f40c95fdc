/* SPDX-License-Identifier: GPL-2.0 */
/* Pools of a class: blocks out and in, in batches, fullest pool first. */
#ifndef KPOOL_POOL_H
#define KPOOL_POOL_H

#include "class.h"
#include "types.h"

unsigned int kpool_pool_take(struct kpool_heap *heap, int nid, unsigned int class,
			     void **end, unsigned int want, gfp_t gfp);
void kpool_pool_put(struct kpool_heap *heap, unsigned int class, void **blocks,
		    unsigned int nr);

/* The fullness list for a pool with @used blocks out of its capacity, neither 0 nor all. */
static inline unsigned int kpool_pool_fullness(const struct kpool_class_info *info,
					       unsigned int used)
{
	return used * info->fullness_mul >> 16;
}

/*
 * A free-list link as it stands in a free block at @where. The heap's key and
 * the place make it useless to whoever reads or overwrites it; what does not
 * decode to an offset in the pool is found out (SLUB's hardened freelist is
 * the model; here the target is an offset, so that it can be checked).
 */
static inline unsigned long kpool_pool_encode(const struct kpool_heap *heap,
					      const void *where, unsigned int offset)
{
	return offset ^ heap->key ^ (unsigned long)where;
}

static inline unsigned long kpool_pool_decode(const struct kpool_heap *heap, const void *where)
{
	return *(const unsigned long *)where ^ heap->key ^ (unsigned long)where;
}

#endif /* KPOOL_POOL_H */
