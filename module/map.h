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
