// SPDX-License-Identifier: GPL-2.0
/*
 * Mode memory: bytes held compared with bytes live.
 *
 * Metrics, in bytes since the start of the workload: live_<when> is held by callers,
 * held_<when> is held by the allocator for them, metadata included, and pages_<when> is
 * the decrease of free pages. <when> is peak (all objects live), kept (some freed at
 * random) or freed (all freed). kept and freed are also measured 1 s later and after a
 * request to shrink.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timex.h>

#include "bench.h"
#include "held.h"
#include "sizes.h"

#define BENCH_LARGE		10000000	/* objects of the largest workload */
#define BENCH_LARGE_SIZE	16
#define BENCH_LARGE_REUSE	64		/* size of the objects that reuse their space */
#define BENCH_PHASE_BYTES	(48u << 20)	/* requested in each phase */

static const struct bench_population {
	const char *name;
	const struct bench_weight *weights;	/* NULL: uniform on 1..BENCH_MAX */
	size_t size;				/* size of all objects; 0: @weights */
	unsigned int kept;			/* percent of the objects */
	bool aged;				/* objects are first replaced at random */
} bench_populations[] = {
	{ "uniform_50", NULL, 0, 50, false },
	{ "uniform_10", NULL, 0, 10, false },
	{ "uniform_aged_10", NULL, 0, 10, true },
	{ "kernel_50", bench_sizes_kernel, 0, 50, false },
	{ "kernel_10", bench_sizes_kernel, 0, 10, false },
	{ "slabinfo_10", bench_sizes_slabinfo, 0, 10, false },
	{ "one_size_16", NULL, 16, 10, false },
};

static struct bench_held bench_base;	/* held at the start of the workload */

static void bench_begin(enum bench_api api)
{
	bench_held_shrink(api);
	bench_settle();
	bench_held_shrink(api);
	bench_held_now(api, &bench_base);
}

static struct bench_held bench_growth(enum bench_api api)
{
	struct bench_held held;

	bench_held_now(api, &held);
	held.own -= bench_base.own;
	held.pages -= bench_base.pages;
	return held;
}

static void bench_print_held(const char *workload, enum bench_api api, const char *when,
			     const char *later)
{
	struct bench_held held = bench_growth(api);
	char metric[32];

	snprintf(metric, sizeof(metric), "held_%s%s", when, later);
	bench_print(workload, api, metric, held.own);
	snprintf(metric, sizeof(metric), "pages_%s%s", when, later);
	bench_print(workload, api, metric, held.pages);
}

/* Print at once, a second later, and after a request to shrink. */
static void bench_print_afterwards(const char *workload, enum bench_api api, const char *when)
{
	bench_print_held(workload, api, when, "");
	msleep(MSEC_PER_SEC);
	bench_print_held(workload, api, when, "_1s");
	bench_held_shrink(api);
	bench_print_held(workload, api, when, "_shrink");
}

static void bench_yield(unsigned int i)
{
	if (!(i % 1024))
		cond_resched();
}

static size_t bench_draw_size(const struct bench_population *p, struct rnd_state *rnd)
{
	const struct bench_weight *weight = p->weights;
	u32 at;

	if (p->size)
		return p->size;
	if (!weight)
		return 1 + reciprocal_scale(prandom_u32_state(rnd), BENCH_MAX);
	for (at = reciprocal_scale(prandom_u32_state(rnd), 1000); at >= weight->weight; weight++)
		at -= weight->weight;
	return weight->size;
}

/* Replace an object at random by one of another size, bench_objects times. */
static void bench_age(enum bench_api api, const struct bench_population *p, struct rnd_state *rnd)
{
	unsigned int i, slot;

	for (i = 0; i < bench_objects; i++) {
		slot = reciprocal_scale(prandom_u32_state(rnd), bench_objects);
		bench_free(api, bench_block[slot], bench_size[slot]);
		bench_size[slot] = bench_draw_size(p, rnd);
		bench_block[slot] = bench_alloc(api, bench_size[slot]);
		bench_yield(i);
	}
}

static u64 bench_live(void)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < bench_objects; i++)
		bytes += bench_size[i];
	return bytes;
}

/* Frees the objects [@from, @to) of the random order. Return: their bytes. */
static u64 bench_free_random(enum bench_api api, unsigned int from, unsigned int to)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = from; i < to; i++) {
		unsigned int at = bench_order[i];

		bench_free(api, bench_block[at], bench_size[at]);
		bytes += bench_size[at];
		bench_yield(i);
	}
	return bytes;
}

static void bench_populate(const struct bench_population *p, enum bench_api api)
{
	unsigned int freed = bench_objects - bench_objects / 100 * p->kept;
	struct rnd_state rnd;
	unsigned int i;
	u64 live;

	prandom_seed_state(&rnd, BENCH_SEED);
	bench_begin(api);
	for (i = 0; i < bench_objects; i++) {
		bench_size[i] = bench_draw_size(p, &rnd);
		bench_block[i] = bench_alloc(api, bench_size[i]);
		bench_yield(i);
	}
	if (p->aged)
		bench_age(api, p, &rnd);
	live = bench_live();
	bench_print(p->name, api, "live_peak", live);
	bench_print_held(p->name, api, "peak", "");

	live -= bench_free_random(api, 0, freed);
	bench_print(p->name, api, "live_kept", live);
	bench_print_afterwards(p->name, api, "kept");

	bench_free_random(api, freed, bench_objects);
	bench_print_afterwards(p->name, api, "freed");
}

/*
 * Phases: each allocates blocks of one size and frees them all. Metrics: held_peak
 * over all phases, and held_largest_phase, of that phase alone in an empty heap. For
 * kpool also arenas_above, the most arenas that a later phase had beyond those of the largest
 * phase, and arenas_renewed, the arenas created since then to replace released ones.
 */
static const size_t bench_phase_sizes[] = { 64, 512, 16, 256, 32, 1024, 128, 24, 192 };

struct bench_phases {
	void **block;
	s64 peak;		/* most bytes held */
	u64 arenas;		/* when the last phase had allocated all */
	u64 created;
};

static void bench_phase(enum bench_api api, size_t size, struct bench_phases *phases)
{
	unsigned int i, nr = BENCH_PHASE_BYTES / size;
	struct kpool_stats stats;

	for (i = 0; i < nr; i++) {
		phases->block[i] = bench_alloc(api, size);
		bench_yield(i);
	}
	phases->peak = max(phases->peak, bench_growth(api).own);
	kpool_heap_stats(NULL, &stats);
	phases->arenas = stats.arenas;
	phases->created = stats.arenas_created;
	for (i = 0; i < nr; i++) {
		bench_free(api, phases->block[i], size);
		bench_yield(i);
	}
}

/* Run each phase alone. Return: index of the largest. */
static unsigned int bench_largest_phase(enum bench_api api, struct bench_phases *phases)
{
	unsigned int i, largest = 0;
	s64 peak = 0;

	for (i = 0; i < ARRAY_SIZE(bench_phase_sizes); i++) {
		bench_begin(api);
		phases->peak = 0;
		bench_phase(api, bench_phase_sizes[i], phases);
		if (phases->peak > peak) {
			peak = phases->peak;
			largest = i;
		}
	}
	phases->peak = peak;
	return largest;
}

static void bench_phases(const char *name, enum bench_api api, struct bench_phases *phases)
{
	unsigned int i, largest = bench_largest_phase(api, phases);
	u64 arenas = 0, above = 0, created = 0;

	bench_print(name, api, "held_largest_phase", phases->peak);
	bench_begin(api);
	phases->peak = 0;
	for (i = 0; i < 2 * ARRAY_SIZE(bench_phase_sizes); i++) {
		bench_phase(api, bench_phase_sizes[i % ARRAY_SIZE(bench_phase_sizes)], phases);
		if (i == largest) {
			arenas = phases->arenas;
			created = phases->created;
		} else if (i > largest && phases->arenas > arenas) {
			above = max(above, phases->arenas - arenas);
		}
	}
	bench_print(name, api, "held_peak", phases->peak);
	if (api == BENCH_KPOOL) {
		bench_print(name, api, "arenas_above", above);
		bench_print(name, api, "arenas_renewed", phases->created - created - above);
	}
	bench_print_afterwards(name, api, "freed");
}

/* Fill @nr slots, or empty them. Return: cycles. */
static u64 bench_large_fill(enum bench_api api, void **block, unsigned int nr, size_t size)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < nr; i++) {
		block[i] = bench_alloc(api, size);
		bench_yield(i);
	}
	return get_cycles() - start;
}

static u64 bench_large_empty(enum bench_api api, void **block, unsigned int nr, size_t size)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < nr; i++) {
		bench_free(api, block[i], size);
		bench_yield(i);
	}
	return get_cycles() - start;
}

/*
 * Allocate ten million small objects, free all, then reuse their space for another size.
 * More metrics: insn_alloc, insn_free and, for the second size, insn_reuse_alloc, in
 * cycles, including the loop.
 */
static void bench_large(const char *name, enum bench_api api, void **block)
{
	unsigned int reuse = BENCH_LARGE / (BENCH_LARGE_REUSE / BENCH_LARGE_SIZE);
	u64 cycles;

	bench_begin(api);
	bench_print(name, api, "live_peak", (s64)BENCH_LARGE * BENCH_LARGE_SIZE);
	cycles = bench_large_fill(api, block, BENCH_LARGE, BENCH_LARGE_SIZE);
	bench_print_per(name, api, "insn_alloc", cycles, BENCH_LARGE);
	bench_print_held(name, api, "peak", "");
	cycles = bench_large_empty(api, block, BENCH_LARGE, BENCH_LARGE_SIZE);
	bench_print_per(name, api, "insn_free", cycles, BENCH_LARGE);
	bench_print_held(name, api, "emptied", "");
	cycles = bench_large_fill(api, block, reuse, BENCH_LARGE_REUSE);
	bench_print_per(name, api, "insn_reuse_alloc", cycles, reuse);
	bench_print_held(name, api, "reuse", "");
	bench_large_empty(api, block, reuse, BENCH_LARGE_REUSE);
	bench_print_afterwards(name, api, "freed");
}

/* The other forms of kpool's calls differ in time only. */
static bool bench_memory_applies(enum bench_api api, size_t size)
{
	return api <= BENCH_KPOOL && bench_applies(api, size);
}

static int bench_memory_populations(void)
{
	const struct bench_population *p = bench_populations;
	enum bench_api api;

	bench_shuffle(bench_objects);
	for (; p < bench_populations + ARRAY_SIZE(bench_populations); p++) {
		if (!bench_wanted(p->name))
			continue;
		if (bench_cache_create(p->size))
			return -ENOMEM;
		for (api = BENCH_NONE + 1; api < BENCH_NR_ALLOCATORS; api++)
			if (bench_memory_applies(api, p->size))
				bench_populate(p, api);
		bench_cache_destroy();
	}
	return 0;
}

static int bench_memory_phases(const char *name)
{
	struct bench_phases phases = {};
	enum bench_api api;

	if (!bench_wanted(name))
		return 0;
	phases.block = kvmalloc_array(BENCH_PHASE_BYTES / 16, sizeof(void *), GFP_KERNEL);
	if (!phases.block)
		return -ENOMEM;
	for (api = BENCH_NONE + 1; api < BENCH_NR_ALLOCATORS; api++)
		if (bench_memory_applies(api, 0))
			bench_phases(name, api, &phases);
	kvfree(phases.block);
	return 0;
}

static int bench_memory_large(const char *name)
{
	enum bench_api api;
	void **block;

	if (!bench_wanted(name))
		return 0;
	block = kvmalloc_array(BENCH_LARGE, sizeof(void *), GFP_KERNEL);
	if (!block)
		return -ENOMEM;
	for (api = BENCH_NONE + 1; api < BENCH_NR_ALLOCATORS; api++)
		if (bench_memory_applies(api, 0))
			bench_large(name, api, block);
	kvfree(block);
	return 0;
}

int bench_memory(void)
{
	int err = bench_memory_populations();

	if (!err)
		err = bench_memory_phases("phases");
	if (!err)
		err = bench_memory_large("ten_million_16");
	return err;
}
