// SPDX-License-Identifier: GPL-2.0
/*
 * What an operation costs, for kmalloc(), kmem_cache and kpool, on one CPU.
 *
 *   insmod kpool_bench.ko
 *   bench: <workload> <allocator> <metric> <value>
 *
 * Metrics are insn_alloc, insn_free, and insn_pair for one of each, in cycles:
 * a cycle is one instruction in QEMU with "-accel tcg -smp 1 -icount shift=0",
 * which is what this is for, and the figures repeat. Boot with init_on_alloc=0
 * to compare without the clearing of memory, which weighs as much there. All
 * calls are direct calls of exported functions: the allocator is a constant
 * argument of inlined templates. What the loop itself costs is measured with an
 * allocator that does nothing, and subtracted. Every allocator gets the same
 * random sequence; each figure is the median of several rounds after one that
 * warms up. Interrupts stay on.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "workloads.h"

#define BENCH_MAX	512	/* largest of the mixed sizes */
#define BENCH_ROUNDS	5	/* odd: there is one in the middle */
#define BENCH_SEED	1

/* Each allocator has its own copy of every template. */
static void bench_with_none(enum bench_id id, struct bench_cost *cost)
{
	bench_round(BENCH_NONE, id, cost);
}

static void bench_with_kmalloc(enum bench_id id, struct bench_cost *cost)
{
	bench_round(BENCH_KMALLOC, id, cost);
}

static void bench_with_cache(enum bench_id id, struct bench_cost *cost)
{
	bench_round(BENCH_CACHE, id, cost);
}

static void bench_with_kpool(enum bench_id id, struct bench_cost *cost)
{
	bench_round(BENCH_KPOOL, id, cost);
}

static void bench_with_kpool_sized(enum bench_id id, struct bench_cost *cost)
{
	bench_round(BENCH_KPOOL_SIZED, id, cost);
}

static const struct bench_allocator {
	const char *name;
	void (*round)(enum bench_id id, struct bench_cost *cost);
} bench_allocators[] = {
	[BENCH_NONE] = { "none", bench_with_none },
	[BENCH_KMALLOC] = { "kmalloc", bench_with_kmalloc },
	[BENCH_CACHE] = { "kmem_cache", bench_with_cache },
	[BENCH_KPOOL] = { "kpool", bench_with_kpool },
	[BENCH_KPOOL_SIZED] = { "kpool_sized", bench_with_kpool_sized },
};

static const struct bench_workload {
	const char *name;
	size_t size;		/* 0: mixed, so nothing for a kmem_cache */
	unsigned int pairs;
} bench_workloads[] = {
	[BENCH_HOT_64] = { "hot_pair", 64, BENCH_PAIRS },
	[BENCH_SAME_64] = { "same_64", 64, BENCH_BLOCKS },
	[BENCH_REVERSE_64] = { "reverse_64", 64, BENCH_BLOCKS },
	[BENCH_RANDOM_64] = { "random_64", 64, BENCH_BLOCKS },
	[BENCH_SAME_512] = { "same_512", 512, BENCH_BLOCKS },
	[BENCH_REVERSE_512] = { "reverse_512", 512, BENCH_BLOCKS },
	[BENCH_RANDOM_512] = { "random_512", 512, BENCH_BLOCKS },
	[BENCH_RANDOM_MIXED] = { "random_1_512", 0, BENCH_BLOCKS },
	[BENCH_CHURN_MIXED] = { "churn_1_512", 0, BENCH_CHURN },
	[BENCH_BULK_64] = { "bulk16_64", 64, BENCH_PAIRS },
};

static int bench_compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 bench_median(u64 *cycles)
{
	sort(cycles, BENCH_ROUNDS, sizeof(*cycles), bench_compare, NULL);
	return cycles[BENCH_ROUNDS / 2];
}

static void bench_rounds(enum bench_id id, enum bench_api api, struct bench_cost *median)
{
	u64 alloc[BENCH_ROUNDS], free[BENCH_ROUNDS], pair[BENCH_ROUNDS];
	struct bench_cost cost = {};
	int round;

	for (round = -1; round < BENCH_ROUNDS; round++) {
		bench_allocators[api].round(id, &cost);
		cond_resched();
		if (round < 0)
			continue;
		alloc[round] = cost.alloc;
		free[round] = cost.free;
		pair[round] = cost.pair;
	}
	median->alloc = bench_median(alloc);
	median->free = bench_median(free);
	median->pair = bench_median(pair);
}

static void bench_print(const struct bench_workload *w, enum bench_api api, const char *metric,
			u64 cycles, u64 loop)
{
	u64 tenths = cycles > loop ? div_u64((cycles - loop) * 10 + w->pairs / 2, w->pairs) : 0;
	u32 rest;
	u64 whole = div_u64_rem(tenths, 10, &rest);

	pr_info("bench: %s %s %s %llu.%u\n", w->name, bench_allocators[api].name, metric,
		whole, rest);
}

/* A kmem_cache has one size, and there is no sized bulk free. */
static bool bench_applies(enum bench_id id, enum bench_api api)
{
	if (api == BENCH_CACHE)
		return bench_workloads[id].size;
	return api != BENCH_KPOOL_SIZED || id != BENCH_BULK_64;
}

static int bench_run(enum bench_id id)
{
	const struct bench_workload *w = &bench_workloads[id];
	struct bench_cost loop, cost;
	enum bench_api api;

	bench_cache = kmem_cache_create("kpool_bench", w->size ?: 1, 0, 0, NULL);
	if (!bench_cache)
		return -ENOMEM;
	bench_rounds(id, BENCH_NONE, &loop);
	for (api = BENCH_NONE + 1; api < ARRAY_SIZE(bench_allocators); api++) {
		if (!bench_applies(id, api))
			continue;
		bench_rounds(id, api, &cost);
		if (cost.alloc) {
			bench_print(w, api, "insn_alloc", cost.alloc, loop.alloc);
			bench_print(w, api, "insn_free", cost.free, loop.free);
		}
		bench_print(w, api, "insn_pair", cost.pair, loop.pair);
	}
	kmem_cache_destroy(bench_cache);
	return 0;
}

static int bench_prepare(void)
{
	struct rnd_state rnd;
	unsigned int i;

	bench_block = kvcalloc(BENCH_BLOCKS, sizeof(*bench_block), GFP_KERNEL);
	bench_size = kvcalloc(BENCH_BLOCKS, sizeof(*bench_size), GFP_KERNEL);
	bench_held = kvcalloc(BENCH_BLOCKS, sizeof(*bench_held), GFP_KERNEL);
	bench_shuffled = kvcalloc(BENCH_BLOCKS, sizeof(*bench_shuffled), GFP_KERNEL);
	bench_churn = kvcalloc(BENCH_CHURN, sizeof(*bench_churn), GFP_KERNEL);
	if (!bench_block || !bench_size || !bench_held || !bench_shuffled || !bench_churn)
		return -ENOMEM;

	prandom_seed_state(&rnd, BENCH_SEED);
	for (i = 0; i < BENCH_BLOCKS; i++) {
		unsigned int j = reciprocal_scale(prandom_u32_state(&rnd), i + 1);

		bench_size[i] = 1 + reciprocal_scale(prandom_u32_state(&rnd), BENCH_MAX);
		bench_shuffled[i] = bench_shuffled[j];
		bench_shuffled[j] = i;
	}
	for (i = 0; i < BENCH_CHURN; i++) {
		bench_churn[i].slot = reciprocal_scale(prandom_u32_state(&rnd), BENCH_BLOCKS);
		bench_churn[i].size = 1 + reciprocal_scale(prandom_u32_state(&rnd), BENCH_MAX);
	}
	return 0;
}

static int __init bench_init(void)
{
	int err = get_cycles() ? bench_prepare() : -ENODEV;
	unsigned int id;

	for (id = 0; !err && id < ARRAY_SIZE(bench_workloads); id++)
		err = bench_run(id);
	kvfree(bench_churn);
	kvfree(bench_shuffled);
	kvfree(bench_held);
	kvfree(bench_size);
	kvfree(bench_block);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Cost of kpool's operations beside kmalloc's and kmem_cache's");
MODULE_LICENSE("GPL");
