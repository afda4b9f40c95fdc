/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The workloads, as templates over an allocator.
 *
 * Requests are small enough for GFP_KERNEL never to refuse them, so the loops
 * have no check that would be measured too.
 */
#ifndef BENCH_WORKLOADS_H
#define BENCH_WORKLOADS_H

#include <linux/string.h>
#include <linux/timex.h>

#include "allocators.h"

#define BENCH_BLOCKS	20000	/* live at once */
#define BENCH_PAIRS	10000	/* of the hot loop and of the bulk loop */
#define BENCH_CHURN	100000	/* replacements */

enum bench_id {
	BENCH_HOT_64,
	BENCH_SAME_64,
	BENCH_REVERSE_64,
	BENCH_RANDOM_64,
	BENCH_SAME_512,
	BENCH_REVERSE_512,
	BENCH_RANDOM_512,
	BENCH_RANDOM_MIXED,
	BENCH_CHURN_MIXED,
	BENCH_BULK_64,
};

enum bench_order { BENCH_SAME, BENCH_REVERSE, BENCH_RANDOM };

/* Cycles of one round. */
struct bench_cost {
	u64 alloc;
	u64 free;
	u64 pair;
};

struct bench_churn {
	u16 slot;
	u16 size;
};

static void **bench_block;
static u16 *bench_size;			/* by slot, for mixed sizes */
static u16 *bench_held;			/* what is in the slot while churning */
static u16 *bench_shuffled;		/* a permutation of the slots */
static struct bench_churn *bench_churn;

/* A block is allocated and freed at once. */
static __always_inline void bench_hot(const enum bench_api api, size_t size,
				      struct bench_cost *cost)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < BENCH_PAIRS; i++)
		bench_free(api, bench_alloc(api, size), size);
	cost->pair = get_cycles() - start;
}

static __always_inline void bench_bulk(const enum bench_api api, size_t size,
				       struct bench_cost *cost)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < BENCH_PAIRS / BENCH_BULK; i++)
		if (likely(bench_alloc_bulk(api, size, bench_block)))
			bench_free_bulk(api, bench_block);
	cost->pair = get_cycles() - start;
}

/* Allocates into every slot. @size 0: the mixed sizes. */
static __always_inline void bench_fill(const enum bench_api api, size_t size)
{
	unsigned int i;

	for (i = 0; i < BENCH_BLOCKS; i++)
		bench_block[i] = bench_alloc(api, size ?: bench_size[i]);
}

static __always_inline void bench_empty(const enum bench_api api, const size_t size,
					const enum bench_order order, const u16 *sizes)
{
	unsigned int i;

	for (i = 0; i < BENCH_BLOCKS; i++) {
		unsigned int at = i;

		if (order == BENCH_REVERSE)
			at = BENCH_BLOCKS - 1 - i;
		else if (order == BENCH_RANDOM)
			at = bench_shuffled[i];
		bench_free(api, bench_block[at], size ?: sizes[at]);
	}
}

/* Many blocks are allocated, then all are freed. */
static __always_inline void bench_batch(const enum bench_api api, const size_t size,
					const enum bench_order order, struct bench_cost *cost)
{
	u64 start = get_cycles(), filled;

	bench_fill(api, size);
	filled = get_cycles();
	bench_empty(api, size, order, bench_size);
	cost->alloc = filled - start;
	cost->free = get_cycles() - filled;
	cost->pair = cost->alloc + cost->free;
}

/* Among many live blocks, one at random is replaced by one of another size. */
static __always_inline void bench_replace(const enum bench_api api, struct bench_cost *cost)
{
	unsigned int i;
	u64 start;

	memcpy(bench_held, bench_size, BENCH_BLOCKS * sizeof(*bench_held));
	bench_fill(api, 0);
	start = get_cycles();
	for (i = 0; i < BENCH_CHURN; i++) {
		const struct bench_churn *churn = &bench_churn[i];

		bench_free(api, bench_block[churn->slot], bench_held[churn->slot]);
		bench_block[churn->slot] = bench_alloc(api, churn->size);
		bench_held[churn->slot] = churn->size;
	}
	cost->pair = get_cycles() - start;
	bench_empty(api, 0, BENCH_SAME, bench_held);
}

static __always_inline void bench_round(const enum bench_api api, enum bench_id id,
					struct bench_cost *cost)
{
	switch (id) {
	case BENCH_HOT_64:
		return bench_hot(api, 64, cost);
	case BENCH_SAME_64:
		return bench_batch(api, 64, BENCH_SAME, cost);
	case BENCH_REVERSE_64:
		return bench_batch(api, 64, BENCH_REVERSE, cost);
	case BENCH_RANDOM_64:
		return bench_batch(api, 64, BENCH_RANDOM, cost);
	case BENCH_SAME_512:
		return bench_batch(api, 512, BENCH_SAME, cost);
	case BENCH_REVERSE_512:
		return bench_batch(api, 512, BENCH_REVERSE, cost);
	case BENCH_RANDOM_512:
		return bench_batch(api, 512, BENCH_RANDOM, cost);
	case BENCH_RANDOM_MIXED:
		return bench_batch(api, 0, BENCH_RANDOM, cost);
	case BENCH_CHURN_MIXED:
		return bench_replace(api, cost);
	case BENCH_BULK_64:
		return bench_bulk(api, 64, cost);
	}
}

#endif /* BENCH_WORKLOADS_H */
