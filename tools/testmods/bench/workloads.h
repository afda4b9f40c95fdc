/* SPDX-License-Identifier: GPL-2.0 */
/* The workloads of one CPU, as templates over an allocator. */
#ifndef BENCH_WORKLOADS_H
#define BENCH_WORKLOADS_H

#include <linux/string.h>
#include <linux/timex.h>

#include "bench.h"

#define BENCH_PAIRS	9600	/* of the hot loops; a multiple of the bulks of 16 and 64 */
#define BENCH_BLOCKS	10000	/* live at once where all are allocated, then freed */
#define BENCH_PHASE	(2 << 20)	/* bytes requested in a phase */

enum bench_order { BENCH_SAME, BENCH_REVERSE, BENCH_RANDOM, BENCH_HALVES };

/* Cycles of one round. @alloc and @free are set only where they are measured separately. */
struct bench_cost {
	u64 alloc;
	u64 free;
	u64 pair;
};

/* Allocate a block and free it at once. */
static __always_inline void bench_hot(const enum bench_api api, const size_t size,
				      struct bench_cost *cost)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < BENCH_PAIRS; i++)
		bench_free(api, bench_alloc(api, size), size);
	cost->pair = get_cycles() - start;
}

static __always_inline void bench_bulk(const enum bench_api api, const size_t size,
				       const unsigned int nr, struct bench_cost *cost)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < BENCH_PAIRS / nr; i++)
		if (likely(bench_alloc_bulk(api, size, nr, bench_block)))
			bench_free_bulk(api, nr, bench_block);
	cost->pair = get_cycles() - start;
}

/* @size 0: mixed sizes. */
static __always_inline void bench_fill(const enum bench_api api, const size_t size,
				       const unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		bench_block[i] = bench_alloc(api, size ?: bench_size[i]);
}

static __always_inline void bench_empty(const enum bench_api api, const size_t size,
					const unsigned int nr, const enum bench_order order)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		unsigned int at = i;

		if (order == BENCH_REVERSE)
			at = nr - 1 - i;
		else if (order == BENCH_RANDOM)
			at = bench_order[i];
		bench_free(api, bench_block[at], size ?: bench_size[at]);
	}
}

/* Free the first half in order of allocation, the other half in reverse order. */
static __always_inline void bench_empty_halves(const enum bench_api api, const size_t size,
					       const unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr / 2; i++)
		bench_free(api, bench_block[i], size ?: bench_size[i]);
	for (i = nr; i-- > nr / 2;)
		bench_free(api, bench_block[i], size ?: bench_size[i]);
}

/* Allocate many blocks, then free them all. */
static __always_inline void bench_batch(const enum bench_api api, const size_t size,
					const enum bench_order order, struct bench_cost *cost)
{
	u64 start = get_cycles(), filled;

	bench_fill(api, size, BENCH_BLOCKS);
	filled = get_cycles();
	if (order == BENCH_HALVES)
		bench_empty_halves(api, size, BENCH_BLOCKS);
	else
		bench_empty(api, size, BENCH_BLOCKS, order);
	cost->alloc = filled - start;
	cost->free = get_cycles() - filled;
	cost->pair = cost->alloc + cost->free;
}

/* Among many live blocks, replace one at random by one of another size. */
static __always_inline void bench_replace(const enum bench_api api, struct bench_cost *cost)
{
	unsigned int i;
	u64 start;

	memcpy(bench_held, bench_size, BENCH_LIVE * sizeof(*bench_held));
	bench_fill(api, 0, BENCH_LIVE);
	start = get_cycles();
	for (i = 0; i < BENCH_CHURN; i++) {
		const struct bench_churn *churn = &bench_churn[i];

		bench_free(api, bench_block[churn->slot], bench_held[churn->slot]);
		bench_block[churn->slot] = bench_alloc(api, churn->size);
		bench_held[churn->slot] = churn->size;
	}
	cost->pair = get_cycles() - start;
	for (i = 0; i < BENCH_LIVE; i++)
		bench_free(api, bench_block[i], bench_held[i]);
}

static __always_inline void bench_fill_and_empty(const enum bench_api api, const size_t size,
						 unsigned int nr)
{
	bench_fill(api, size, nr);
	bench_empty(api, size, nr, BENCH_SAME);
}

/* Request BENCH_PHASE bytes in one size after the other. */
#define BENCH_PHASE_PAIRS						\
	(BENCH_PHASE / 16 + BENCH_PHASE / 512 + BENCH_PHASE / 64 +	\
	 BENCH_PHASE / 256 + BENCH_PHASE / 32 + BENCH_PHASE / 128)

static __always_inline void bench_phases(const enum bench_api api, struct bench_cost *cost)
{
	u64 start = get_cycles();

	bench_fill_and_empty(api, 16, BENCH_PHASE / 16);
	bench_fill_and_empty(api, 512, BENCH_PHASE / 512);
	bench_fill_and_empty(api, 64, BENCH_PHASE / 64);
	bench_fill_and_empty(api, 256, BENCH_PHASE / 256);
	bench_fill_and_empty(api, 32, BENCH_PHASE / 32);
	bench_fill_and_empty(api, 128, BENCH_PHASE / 128);
	cost->pair = get_cycles() - start;
}

/* Allocate many small objects, free them all, then reuse their space for another size. */
static __always_inline void bench_reuse(const enum bench_api api, struct bench_cost *cost)
{
	u64 start = get_cycles();

	bench_fill_and_empty(api, 16, bench_objects);
	bench_fill_and_empty(api, 64, bench_objects / 4);
	cost->pair = get_cycles() - start;
}

/* Grow from an empty heap and shrink back: the shrink counts as part of the free. */
static __always_inline void bench_grow(const enum bench_api api, const size_t size,
				       struct bench_cost *cost)
{
	u64 start, filled;

	bench_shrink(api);
	start = get_cycles();
	bench_fill(api, size, BENCH_LIVE);
	filled = get_cycles();
	bench_empty(api, size, BENCH_LIVE, BENCH_SAME);
	bench_shrink(api);
	cost->alloc = filled - start;
	cost->free = get_cycles() - filled;
	cost->pair = cost->alloc + cost->free;
}

#endif /* BENCH_WORKLOADS_H */
