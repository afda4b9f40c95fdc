/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ownership: a class byte for every pool of the direct map, two levels deep.
 * kpool_map_byte(), in kpool_inline.h, reads it.
 */
#ifndef KPOOL_MAP_H
#define KPOOL_MAP_H

#include "types.h"

int kpool_map_init(void);
void kpool_map_exit(void);
bool kpool_map_add(struct kpool_arena *arena, gfp_t gfp);
void kpool_map_remove(struct kpool_arena *arena);

/* Class bytes of the region that @p lies in, by @p >> KPOOL_POOL_SHIFT; NULL if it is not ours. */
static __always_inline const u8 *kpool_map_leaf(unsigned long p)
{
	unsigned long nr = (p - kpool_map.base) >> KPOOL_LEAF_SHIFT;

	if (unlikely(nr >= kpool_map.nr))
		return NULL;
	return kpool_map.leaf[nr] - (kpool_map.base >> KPOOL_POOL_SHIFT);
}

/* The arena that @p, a block, lies in. */
static __always_inline struct kpool_arena *kpool_arena_of(const void *p)
{
	return (struct kpool_arena *)((unsigned long)p & ~(KPOOL_ARENA_SIZE - 1));
}

/* Number of the pool that @p lies in within its arena. */
static __always_inline unsigned int kpool_pool_index(const void *p)
{
	return ((unsigned long)p & (KPOOL_ARENA_SIZE - 1)) >> KPOOL_POOL_SHIFT;
}

#endif /* KPOOL_MAP_H */
