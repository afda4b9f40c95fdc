// SPDX-License-Identifier: GPL-2.0
/*
 * Mode exact: the cost of an operation on one CPU.
 *
 * The metrics insn_alloc, insn_free and insn_pair (one of each) are in cycles. Run this
 * in QEMU with "-accel tcg -smp 1 -icount shift=0": there a cycle is one instruction,
 * and the figures repeat. Boot with init_on_alloc=0: otherwise the clearing of memory is
 * a large part of the figures. An allocator that does nothing measures the loop itself; its
 * figures are subtracted. Each figure is the median of several rounds after a warm-up round.
 * Interrupts stay on.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "workloads.h"

#define BENCH_MAX_ROUNDS	5

/* X(name, size or 0 for mixed sizes, pairs, rounds, code to run) */
#define BENCH_BATCHES(X, order, ORDER)							\
	X(order##_16, 16, BENCH_BLOCKS, 5, bench_batch(api, 16, ORDER, cost))		\
	X(order##_64, 64, BENCH_BLOCKS, 5, bench_batch(api, 64, ORDER, cost))		\
	X(order##_256, 256, BENCH_BLOCKS, 5, bench_batch(api, 256, ORDER, cost))	\
	X(order##_512, 512, BENCH_BLOCKS, 5, bench_batch(api, 512, ORDER, cost))	\
	X(order##_1024, 1024, BENCH_BLOCKS, 5, bench_batch(api, 1024, ORDER, cost))

#define BENCH_EXACT(X)									\
	X(hot_16, 16, BENCH_PAIRS, 5, bench_hot(api, 16, cost))				\
	X(hot_64, 64, BENCH_PAIRS, 5, bench_hot(api, 64, cost))				\
	X(hot_256, 256, BENCH_PAIRS, 5, bench_hot(api, 256, cost))			\
	X(hot_1024, 1024, BENCH_PAIRS, 5, bench_hot(api, 1024, cost))			\
	BENCH_BATCHES(X, same, BENCH_SAME)						\
	BENCH_BATCHES(X, reverse, BENCH_REVERSE)					\
	BENCH_BATCHES(X, random, BENCH_RANDOM)						\
	X(random_1_512, 0, BENCH_BLOCKS, 5, bench_batch(api, 0, BENCH_RANDOM, cost))	\
	X(halves_64, 64, BENCH_BLOCKS, 5, bench_batch(api, 64, BENCH_HALVES, cost))	\
	X(halves_1_512, 0, BENCH_BLOCKS, 5, bench_batch(api, 0, BENCH_HALVES, cost))	\
	X(churn_1_512, 0, BENCH_CHURN, 5, bench_replace(api, cost))			\
	X(bulk16_64, 64, BENCH_PAIRS, 5, bench_bulk(api, 64, 16, cost))			\
	X(bulk64_64, 64, BENCH_PAIRS, 5, bench_bulk(api, 64, 64, cost))			\
	X(bulk16_256, 256, BENCH_PAIRS, 5, bench_bulk(api, 256, 16, cost))		\
	X(phases, 0, BENCH_PHASE_PAIRS, 1, bench_phases(api, cost))			\
	X(reuse_16_64, 0, bench_objects + bench_objects / 4, 1, bench_reuse(api, cost))	\
	X(grow_64, 64, BENCH_LIVE, 5, bench_grow(api, 64, cost))			\
	X(grow_512, 512, BENCH_LIVE, 5, bench_grow(api, 512, cost))

#define BENCH_EXACT_ID(name, size, pairs, rounds, run)		BENCH_##name,
#define BENCH_EXACT_CASE(name, size, pairs, rounds, run)	case BENCH_##name: run; break;
#define BENCH_EXACT_ROW(name, size, pairs, rounds, run)		{ #name, size, rounds },
#define BENCH_EXACT_PAIRS(name, size, pairs, rounds, run)	pairs,

enum bench_id {
	BENCH_EXACT(BENCH_EXACT_ID)
	BENCH_NR_EXACT
};

static const struct bench_workload {
	const char *name;
	size_t size;
	unsigned int rounds;	/* odd, so that there is one median */
} bench_workloads[] = {
	BENCH_EXACT(BENCH_EXACT_ROW)
};

static unsigned int bench_pairs(enum bench_id id)
{
	const unsigned int pairs[] = { BENCH_EXACT(BENCH_EXACT_PAIRS) };

	return pairs[id];
}

static __always_inline void bench_round(const enum bench_api api, enum bench_id id,
					struct bench_cost *cost)
{
	switch (id) {
	default:
		break;
	BENCH_EXACT(BENCH_EXACT_CASE)
	}
}

/* One copy of every template per allocator. */
#define BENCH_EXACT_FUNCTION(api, name)							\
static noinline void bench_round_##api(enum bench_id id, struct bench_cost *cost)	\
{											\
	bench_round(BENCH_##api, id, cost);						\
}
#define BENCH_EXACT_POINTER(api, name)	bench_round_##api,

BENCH_ALLOCATORS(BENCH_EXACT_FUNCTION)

static void (*const bench_round_of[])(enum bench_id id, struct bench_cost *cost) = {
	BENCH_ALLOCATORS(BENCH_EXACT_POINTER)
};

static int bench_compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 bench_median(u64 *cycles, unsigned int nr)
{
	sort(cycles, nr, sizeof(*cycles), bench_compare, NULL);
	return cycles[nr / 2];
}

static void bench_measure(enum bench_id id, enum bench_api api, struct bench_cost *median)
{
	u64 alloc[BENCH_MAX_ROUNDS], free[BENCH_MAX_ROUNDS], pair[BENCH_MAX_ROUNDS];
	unsigned int rounds = bench_workloads[id].rounds;
	struct bench_cost cost = {};
	unsigned int round;

	bench_round_of[api](id, &cost);
	for (round = 0; round < rounds; round++) {
		cond_resched();
		bench_round_of[api](id, &cost);
		alloc[round] = cost.alloc;
		free[round] = cost.free;
		pair[round] = cost.pair;
	}
	median->alloc = bench_median(alloc, rounds);
	median->free = bench_median(free, rounds);
	median->pair = bench_median(pair, rounds);
}

/* No bulk free takes a size, so "kpool_sized" and "kpool_inline" have no bulk workloads. */
static bool bench_is_bulk(enum bench_id id)
{
	return id == BENCH_bulk16_64 || id == BENCH_bulk64_64 || id == BENCH_bulk16_256;
}

static bool bench_exact_applies(enum bench_id id, enum bench_api api)
{
	if (bench_is_bulk(id) && (api == BENCH_KPOOL_SIZED || api == BENCH_KPOOL_INLINE))
		return false;
	return bench_applies(api, bench_workloads[id].size);
}

static void bench_print_cost(const char *workload, enum bench_api api, const char *metric,
			     u64 cycles, u64 loop, unsigned int pairs)
{
	bench_print_per(workload, api, metric, cycles - min(cycles, loop), pairs);
}

static int bench_exact_run(enum bench_id id)
{
	const struct bench_workload *w = &bench_workloads[id];
	struct bench_cost loop, cost;
	unsigned int pairs = bench_pairs(id);
	enum bench_api api;
	int err;

	err = bench_cache_create(w->size);
	if (err)
		return err;
	bench_measure(id, BENCH_NONE, &loop);
	for (api = BENCH_NONE + 1; api < BENCH_NR_ALLOCATORS; api++) {
		if (!bench_exact_applies(id, api))
			continue;
		bench_measure(id, api, &cost);
		if (cost.alloc) {
			bench_print_cost(w->name, api, "insn_alloc", cost.alloc, loop.alloc, pairs);
			bench_print_cost(w->name, api, "insn_free", cost.free, loop.free, pairs);
		}
		bench_print_cost(w->name, api, "insn_pair", cost.pair, loop.pair, pairs);
	}
	bench_cache_destroy();
	return 0;
}

int bench_exact(void)
{
	enum bench_id id;
	int err = 0;

	if (!get_cycles())
		return -ENODEV;
	bench_shuffle(BENCH_BLOCKS);
	for (id = 0; !err && id < BENCH_NR_EXACT; id++)
		if (bench_wanted(bench_workloads[id].name))
			err = bench_exact_run(id);
	return err;
}
