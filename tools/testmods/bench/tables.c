// SPDX-License-Identifier: GPL-2.0
/* Random sizes, orders and slots: made once, so that every allocator gets the same tables. */
#include <linux/mm.h>
#include <linux/prandom.h>

#include "bench.h"

void **bench_block;
u16 *bench_size;
u16 *bench_held;
u32 *bench_order;
struct bench_churn *bench_churn;

/* Make the first @nr entries of bench_order a random permutation of 0..nr - 1. */
void bench_shuffle(unsigned int nr)
{
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, BENCH_SEED);
	for (i = 0; i < nr; i++) {
		u32 j = reciprocal_scale(prandom_u32_state(&rnd), i + 1);

		bench_order[i] = bench_order[j];
		bench_order[j] = i;
	}
}

int bench_tables_init(void)
{
	struct rnd_state rnd;
	unsigned int i;

	bench_block = kvcalloc(bench_objects, sizeof(*bench_block), GFP_KERNEL);
	bench_size = kvcalloc(bench_objects, sizeof(*bench_size), GFP_KERNEL);
	bench_held = kvcalloc(BENCH_LIVE, sizeof(*bench_held), GFP_KERNEL);
	bench_order = kvcalloc(bench_objects, sizeof(*bench_order), GFP_KERNEL);
	bench_churn = kvcalloc(BENCH_CHURN, sizeof(*bench_churn), GFP_KERNEL);
	if (!bench_block || !bench_size || !bench_held || !bench_order || !bench_churn)
		return -ENOMEM;

	prandom_seed_state(&rnd, BENCH_SEED);
	for (i = 0; i < bench_objects; i++)
		bench_size[i] = 1 + reciprocal_scale(prandom_u32_state(&rnd), BENCH_MAX);
	for (i = 0; i < BENCH_CHURN; i++) {
		bench_churn[i].slot = reciprocal_scale(prandom_u32_state(&rnd), BENCH_LIVE);
		bench_churn[i].size = 1 + reciprocal_scale(prandom_u32_state(&rnd), BENCH_MAX);
	}
	return 0;
}

void bench_tables_exit(void)
{
	kvfree(bench_churn);
	kvfree(bench_order);
	kvfree(bench_held);
	kvfree(bench_size);
	kvfree(bench_block);
}
