/* SPDX-License-Identifier: GPL-2.0 */
/* Ownership: one bit per arena-size region of the direct map. */
#ifndef KPOOL_MAP_H
#define KPOOL_MAP_H

#include <linux/bitops.h>

#include "types.h"

/**
 * struct kpool_map - which regions of the direct map are arenas
 * @base: address that bit 0 stands for, a multiple of the arena size
 * @nr: number of bits
 * @bits: set where an arena is
 */
struct kpool_map {
	unsigned long base;
	unsigned long nr;
	unsigned long *bits;
};

extern struct kpool_map kpool_map;

int kpool_map_init(void);
void kpool_map_exit(void);
bool kpool_map_set(const struct kpool_arena *arena);
void kpool_map_clear(const struct kpool_arena *arena);

/* Does @p lie in an arena's region? @p may be any pointer. */
static __always_inline bool kpool_map_test(const void *p)
{
	unsigned long nr = ((unsigned long)p - kpool_map.base) >> KPOOL_ARENA_SHIFT;

	return likely(nr < kpool_map.nr) &&
	       READ_ONCE(kpool_map.bits[nr / BITS_PER_LONG]) >> (nr % BITS_PER_LONG) & 1;
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

/*
 * Class byte of the pool that @p lies in, KPOOL_BYTE_RETURNED if it is not
 * ours. @p may be any pointer. Unless the caller holds the block, call it, and
 * use the result, with preemption off or under rcu_read_lock(): a split arena
 * goes after a grace period.
 */
static __always_inline u8 kpool_map_byte(const void *p)
{
	if (unlikely(!kpool_map_test(p)))
		return KPOOL_BYTE_RETURNED;
	return READ_ONCE(kpool_arena_of(p)->class[kpool_pool_index(p)]);
}

#endif /* KPOOL_MAP_H */
