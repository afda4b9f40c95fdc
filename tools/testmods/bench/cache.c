// SPDX-License-Identifier: GPL-2.0
/*
 * Mode cache: mark regions in which a QEMU plugin counts loads, stores and misses of
 * a modelled cache.
 *
 * Each workload allocates 50,000 blocks and frees them in the order of allocation or in
 * random order. Marks (mark.h) enclose the regions. After each region a line
 *
 *   bench-region: <workload> <allocator> <alloc or free> <operations>
 *
 * is printed, in the order of the regions. The allocator "none" measures the loop itself.
 */
#include <linux/printk.h>
#include <linux/sched.h>

#include "bench.h"
#include "mark.h"

#define BENCH_REGION	50000	/* blocks */

/* @marked: false in the warm-up round. */
static __always_inline void bench_region(const enum bench_api api, const size_t size,
					 bool random, bool marked)
{
	unsigned int i;

	if (marked)
		bench_mark();
	for (i = 0; i < BENCH_REGION; i++)
		bench_block[i] = bench_alloc(api, size);
	if (marked)
		bench_mark();
	cond_resched();

	if (marked)
		bench_mark();
	if (random)
		for (i = 0; i < BENCH_REGION; i++)
			bench_free(api, bench_block[bench_order[i]], size);
	else
		for (i = 0; i < BENCH_REGION; i++)
			bench_free(api, bench_block[i], size);
	if (marked)
		bench_mark();
}

/* One copy of the template per allocator. */
#define BENCH_REGION_FUNCTION(api, name)						\
static noinline void bench_region_##api(size_t size, bool random, bool marked)		\
{											\
	if (size == 64)									\
		bench_region(BENCH_##api, 64, random, marked);				\
	else										\
		bench_region(BENCH_##api, 256, random, marked);				\
}
#define BENCH_REGION_POINTER(api, name)	bench_region_##api,

BENCH_ALLOCATORS(BENCH_REGION_FUNCTION)

static void (*const bench_region_of[])(size_t size, bool random, bool marked) = {
	BENCH_ALLOCATORS(BENCH_REGION_POINTER)
};

static const struct bench_cache_workload {
	const char *name;
	size_t size;		/* 64 or 256, see bench_region_<allocator>() */
	bool random;
} bench_cache_workloads[] = {
	{ "cache_64_order", 64, false },
	{ "cache_64_random", 64, true },
	{ "cache_256_order", 256, false },
	{ "cache_256_random", 256, true },
};

static int bench_cache_run(const struct bench_cache_workload *w)
{
	enum bench_api api;
	int err = bench_cache_create(w->size);

	if (err)
		return err;
	for (api = BENCH_NONE; api < BENCH_NR_ALLOCATORS; api++) {
		if (!bench_applies(api, w->size))
			continue;
		bench_region_of[api](w->size, w->random, false);
		cond_resched();
		bench_region_of[api](w->size, w->random, true);
		pr_info("bench-region: %s %s alloc %u\n", w->name, bench_name(api), BENCH_REGION);
		pr_info("bench-region: %s %s free %u\n", w->name, bench_name(api), BENCH_REGION);
	}
	bench_cache_destroy();
	return 0;
}

int bench_cache_misses(void)
{
	unsigned int i;
	int err = 0;

	bench_shuffle(BENCH_REGION);
	for (i = 0; !err && i < ARRAY_SIZE(bench_cache_workloads); i++)
		if (bench_wanted(bench_cache_workloads[i].name))
			err = bench_cache_run(&bench_cache_workloads[i]);
	return err;
}
