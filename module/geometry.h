/* SPDX-License-Identifier: GPL-2.0 */
/* Basic sizes: pool, arena, size classes, magazines. */
#ifndef KPOOL_GEOMETRY_H
#define KPOOL_GEOMETRY_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/types.h>

#include <kpool_inline.h>

#define KPOOL_POOL_SIZE		BIT(KPOOL_POOL_SHIFT)
#define KPOOL_ARENA_SHIFT	18
#define KPOOL_ARENA_SIZE	BIT(KPOOL_ARENA_SHIFT)
#define KPOOL_ARENA_POOLS	(1U << (KPOOL_ARENA_SHIFT - KPOOL_POOL_SHIFT))
#define KPOOL_ARENA_ORDER	(KPOOL_ARENA_SHIFT - PAGE_SHIFT)

/* Pool 0 of an arena is its header. */
#define KPOOL_HEADER_POOLS	1U
#define KPOOL_USABLE_POOLS	(KPOOL_ARENA_POOLS - KPOOL_HEADER_POOLS)
#define KPOOL_HEADER_SIZE	(KPOOL_HEADER_POOLS * KPOOL_POOL_SIZE)

/* Pools are returned in whole pages: this many pools at a time. */
#define KPOOL_PAGE_POOLS	((unsigned int)DIV_ROUND_UP(PAGE_SIZE, KPOOL_POOL_SIZE))

/* One letter a class in the arena map: a..z, then A..Z. */
static_assert(KPOOL_NR_CLASSES <= 52);

/* Partial pools of a class are kept in up to this many lists by fullness. */
#define KPOOL_FULLNESS_LISTS	8

/*
 * A pool's free blocks are bits in its arena's header. The header has room for the bits of the
 * 16-byte class. A pool of the 8-byte class begins with its own bits.
 */
#define KPOOL_WORD_BITS		64
#define KPOOL_POOL_WORDS	(KPOOL_POOL_SIZE / (2 * KPOOL_CLASS_STEP * KPOOL_WORD_BITS))
#define KPOOL_MORE_WORDS	(KPOOL_POOL_WORDS - 1)	/* besides the descriptor's word */
#define KPOOL_POOL_START	(KPOOL_POOL_SIZE / (KPOOL_CLASS_STEP * BITS_PER_BYTE))

/* The free-pool sets are 64-bit words, the class bytes one cache line of a leaf. */
static_assert(KPOOL_ARENA_POOLS == 64);
static_assert(KPOOL_ARENA_SHIFT > PAGE_SHIFT, "an arena needs a page beside its header's");
static_assert(KPOOL_LEAF_SHIFT > KPOOL_ARENA_SHIFT);
static_assert(KPOOL_MAX_SIZE % KPOOL_CLASS_STEP == 0);
/* A pool with one block out is partial, never full. */
static_assert(2 * KPOOL_MAX_SIZE <= KPOOL_POOL_SIZE);

/* Rounds of a magazine, limited by block size; see kpool_magazine_capacity(). */
#define KPOOL_MAGAZINE_ROUNDS_MIN	4
#define KPOOL_MAGAZINE_ROUNDS		60	/* without contention */
#define KPOOL_MAGAZINE_ROUNDS_MAX	252U
#define KPOOL_MAGAZINE_BYTES		(24 * 1024)
#define KPOOL_MAGAZINE_KIB_MIN		4	/* range of magazine_kib */
#define KPOOL_MAGAZINE_KIB_MAX		128

/* Full magazines that a depot holds before the next one is drained. */
#define KPOOL_DEPOT_FULL_MAX	8
#define KPOOL_DEPOT_EMPTY_MAX	8

/* Largest number of arenas per node that the reserve parameter may ask for. */
#define KPOOL_RESERVE_MAX	16

#endif /* KPOOL_GEOMETRY_H */
