// SPDX-License-Identifier: GPL-2.0
/*
 * Mode exact: the longest single operation.
 *
 * Every call is measured alone, from a cold start: many blocks are allocated, replaced
 * at random and freed at random, then the allocator is shrunk. This runs several times,
 * each after a rest in which the page allocator takes back the pages it cached for this CPU.
 * Operations that a timer tick, another interrupt or another task disturbed are left out
 * and counted (ops_left_out): they are longer than most for reasons outside the allocator.
 * Work of the allocator with interrupts off is measured.
 *
 * Metrics: insn_worst, insn_worst_alloc, insn_worst_free, insn_p999 (99.9 % of the
 * operations took no more), ops, ops_left_out.
 */
#include <linux/jiffies.h>
#include <linux/kernel_stat.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timex.h>

#include "bench.h"

#define BENCH_WORST_BLOCKS	50000
#define BENCH_WORST_ROUNDS	3
#define BENCH_SHORT		65536	/* shorter operations (cycles) have one count per length */

enum bench_op { BENCH_OP_ALLOC, BENCH_OP_FREE, BENCH_NR_OPS };

/* Cycles of the single operations of an allocator. */
struct bench_worst {
	u64 worst[BENCH_NR_OPS];
	u64 ops;
	u64 left_out;
	u32 took[BENCH_SHORT + 1];	/* operations by cycles; last entry: all longer ones */
};

/* Changes if anything else ran on this CPU. */
static unsigned long bench_disturbances(void)
{
	return jiffies + kstat_cpu_irqs_sum(0) + current->nvcsw + current->nivcsw;
}

static __always_inline void bench_note(struct bench_worst *w, enum bench_op op, u64 cycles,
				       bool disturbed)
{
	if (disturbed) {
		w->left_out++;
		return;
	}
	w->ops++;
	w->worst[op] = max(w->worst[op], cycles);
	w->took[min_t(u64, cycles, BENCH_SHORT)]++;
}

static __always_inline void *bench_timed_alloc(const enum bench_api api, size_t size,
					       struct bench_worst *w)
{
	unsigned long before = bench_disturbances();
	u64 start = get_cycles();
	void *p = bench_alloc(api, size);
	u64 end = get_cycles();

	bench_note(w, BENCH_OP_ALLOC, end - start, bench_disturbances() != before);
	return p;
}

static __always_inline void bench_timed_free(const enum bench_api api, void *p, size_t size,
					     struct bench_worst *w)
{
	unsigned long before = bench_disturbances();
	u64 start = get_cycles();
	u64 end;

	bench_free(api, p, size);
	end = get_cycles();
	bench_note(w, BENCH_OP_FREE, end - start, bench_disturbances() != before);
}

static __always_inline void bench_worst_round(const enum bench_api api, const size_t size,
					      struct bench_worst *w)
{
	unsigned int i;

	memcpy(bench_held, bench_size, BENCH_LIVE * sizeof(*bench_held));
	for (i = 0; i < BENCH_WORST_BLOCKS; i++)
		bench_block[i] = bench_timed_alloc(api, size ?: bench_size[i], w);
	for (i = 0; i < BENCH_CHURN; i++) {
		const struct bench_churn *churn = &bench_churn[i];
		void **block = &bench_block[churn->slot];

		bench_timed_free(api, *block, size ?: bench_held[churn->slot], w);
		*block = bench_timed_alloc(api, size ?: churn->size, w);
		bench_held[churn->slot] = churn->size;
	}
	for (i = 0; i < BENCH_WORST_BLOCKS; i++) {
		unsigned int at = bench_order[i];

		bench_timed_free(api, bench_block[at],
				 size ?: at < BENCH_LIVE ? bench_held[at] : bench_size[at], w);
	}
	bench_shrink(api);
}

/* One copy of the template per allocator. */
#define BENCH_WORST_FUNCTION(api, name)							\
static noinline void bench_worst_##api(size_t size, struct bench_worst *w)		\
{											\
	if (size)									\
		bench_worst_round(BENCH_##api, 64, w);					\
	else										\
		bench_worst_round(BENCH_##api, 0, w);					\
}
#define BENCH_WORST_POINTER(api, name)	bench_worst_##api,

BENCH_ALLOCATORS(BENCH_WORST_FUNCTION)

static void (*const bench_worst_of[])(size_t size, struct bench_worst *w) = {
	BENCH_ALLOCATORS(BENCH_WORST_POINTER)
};

static const struct {
	const char *name;
	size_t size;
} bench_worst_workloads[] = {
	{ "worst_64", 64 },
	{ "worst_1_512", 0 },
};

static unsigned int bench_permille_999(const struct bench_worst *w)
{
	u64 longer = w->ops / 1000;
	unsigned int cycles = BENCH_SHORT;

	while (cycles && w->took[cycles] <= longer)
		longer -= w->took[cycles--];
	return cycles;
}

/* Subtract @clock, the time to read the clock, which is in every figure. */
static void bench_worst_print(const char *name, enum bench_api api, const struct bench_worst *w,
			      u64 clock)
{
	u64 alloc = w->worst[BENCH_OP_ALLOC] - clock;
	u64 free = w->worst[BENCH_OP_FREE] - clock;

	bench_print(name, api, "insn_worst", max(alloc, free));
	bench_print(name, api, "insn_worst_alloc", alloc);
	bench_print(name, api, "insn_worst_free", free);
	bench_print(name, api, "insn_p999", bench_permille_999(w) - clock);
	bench_print(name, api, "ops", w->ops);
	bench_print(name, api, "ops_left_out", w->left_out);
}

static int bench_worst_run(const char *name, size_t size, struct bench_worst *w)
{
	enum bench_api api;
	unsigned int round;
	u64 clock = 0;

	for (api = BENCH_NONE; api < BENCH_NR_ALLOCATORS; api++) {
		if (!bench_applies(api, size))
			continue;
		if (bench_cache_create(size))
			return -ENOMEM;
		memset(w, 0, sizeof(*w));
		bench_shrink(api);
		for (round = 0; round < BENCH_WORST_ROUNDS; round++) {
			bench_settle();
			bench_worst_of[api](size, w);
		}
		if (api == BENCH_NONE)
			clock = min(w->worst[BENCH_OP_ALLOC], w->worst[BENCH_OP_FREE]);
		else
			bench_worst_print(name, api, w, clock);
		bench_cache_destroy();
	}
	return 0;
}

int bench_worst(void)
{
	struct bench_worst *w = kvmalloc(sizeof(*w), GFP_KERNEL);
	unsigned int i;
	int err = 0;

	if (!w)
		return -ENOMEM;
	bench_shuffle(BENCH_WORST_BLOCKS);
	for (i = 0; !err && i < ARRAY_SIZE(bench_worst_workloads); i++)
		if (bench_wanted(bench_worst_workloads[i].name))
			err = bench_worst_run(bench_worst_workloads[i].name,
					      bench_worst_workloads[i].size, w);
	kvfree(w);
	return err;
}
