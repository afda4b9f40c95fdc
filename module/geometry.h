/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sizes everything else follows from: pool, arena, size classes, magazines.
 */
#ifndef KPOOL_GEOMETRY_H
#define KPOOL_GEOMETRY_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/types.h>

#include <kpool.h>

#define KPOOL_POOL_SHIFT	12
#define KPOOL_POOL_SIZE		BIT(KPOOL_POOL_SHIFT)
#define KPOOL_ARENA_SHIFT	18
#define KPOOL_ARENA_SIZE	BIT(KPOOL_ARENA_SHIFT)
#define KPOOL_ARENA_POOLS	(1U << (KPOOL_ARENA_SHIFT - KPOOL_POOL_SHIFT))
#define KPOOL_ARENA_ORDER	(KPOOL_ARENA_SHIFT - PAGE_SHIFT)

/* Pool 0 of an arena is its header. */
#define KPOOL_HEADER_POOLS	1U
#define KPOOL_USABLE_POOLS	(KPOOL_ARENA_POOLS - KPOOL_HEADER_POOLS)
#define KPOOL_HEADER_SIZE	(KPOOL_HEADER_POOLS * KPOOL_POOL_SIZE)

/* Pools go back to the page allocator in whole pages: this many at a time. */
#define KPOOL_PAGE_POOLS	(PAGE_SIZE > KPOOL_POOL_SIZE ? \
				 (unsigned int)(PAGE_SIZE / KPOOL_POOL_SIZE) : 1U)

/*
 * The size classes: steps of 8 bytes, thinned to those that put more blocks
 * into a pool than the next one up. 1.071 bytes held per byte asked for sizes
 * uniform on 1..512, arena header included (1.104 on 1..1024).
 */
#define KPOOL_CLASS_STEP	8
#define KPOOL_CLASSES(X)						\
	X(8) X(16) X(24) X(32) X(40) X(48) X(56) X(64) X(72) X(80)	\
	X(88) X(96) X(104) X(112) X(120) X(128) X(136) X(144) X(152)	\
	X(160) X(168) X(176) X(184) X(192) X(200) X(208) X(224) X(240)	\
	X(256) X(272) X(288) X(312) X(336) X(368) X(408) X(448) X(512)	\
	X(584) X(680) X(816) X(1024)

#define KPOOL_COUNT_CLASS(size)	+ 1
enum { KPOOL_NR_CLASSES = 0 KPOOL_CLASSES(KPOOL_COUNT_CLASS) };
#undef KPOOL_COUNT_CLASS

/* One letter a class in the arena map: a..z, then A..Z. */
static_assert(KPOOL_NR_CLASSES <= 52);

/* Partial pools of a class are kept in this many lists by fullness. */
#define KPOOL_FULLNESS_LISTS	8

/* The free-pool sets are 64-bit words, the class bytes one cache line. */
static_assert(KPOOL_ARENA_POOLS == 64);
static_assert(KPOOL_ARENA_SHIFT > PAGE_SHIFT, "an arena needs a page beside its header's");
static_assert(KPOOL_MAX_SIZE % KPOOL_CLASS_STEP == 0);
/* A pool with one block out is partial, never full. */
static_assert(2 * KPOOL_MAX_SIZE <= KPOOL_POOL_SIZE);

/* Rounds of a magazine, by the bytes of a block; see kpool_magazine_capacity(). */
#define KPOOL_MAGAZINE_ROUNDS_MAX	60
#define KPOOL_MAGAZINE_ROUNDS_MIN	4
#define KPOOL_MAGAZINE_BYTES		(16 * 1024)

/* Full magazines that a depot holds before the next one is drained. */
#define KPOOL_DEPOT_FULL_MAX	16
#define KPOOL_DEPOT_EMPTY_MAX	16

/* Largest number of arenas per node that the reserve parameter may ask for. */
#define KPOOL_RESERVE_MAX	16

#endif /* KPOOL_GEOMETRY_H */
