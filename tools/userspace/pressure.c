// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is short, and its giving back: how often the kernel is asked, how much goes
 * back at once, and for how long a refusal counts. Each case loads the module anew.
 */
#include "harness.h"

#include "arena.h"
#include "heap.h"
#include "magazine.h"
#include "pages.h"
#include "trim.h"

#define PRESSURE_BLOCK	1024	/* bytes; KPOOL_USABLE_POOLS * 4 of them fill an arena */
#define PRESSURE_FILL	(KPOOL_USABLE_POOLS * KPOOL_POOL_SIZE / PRESSURE_BLOCK)
#define PRESSURE_ARENAS	300
#define PRESSURE_NR	200

static void *pressure_block[PRESSURE_ARENAS * PRESSURE_FILL];

#define expect(what, args...)	((what) ? (void)0 : sim_bug(args))

static struct kpool_stats pressure_stats(struct kpool_heap *heap)
{
	struct kpool_stats stats;

	kpool_heap_stats(heap, &stats);
	return stats;
}

static struct kpool_heap *pressure_heap(unsigned int flags)
{
	const struct kpool_heap_attr attr = { .flags = flags };
	struct kpool_heap *heap = kpool_heap_create("pressure", &attr);

	expect(!IS_ERR(heap), "no heap: %ld", PTR_ERR(heap));
	return heap;
}

/* Calls of the kernel's allocators for @nr requests, beside the kmalloc() that serves each. */
static long pressure_calls(struct kpool_heap *heap, unsigned int nr, gfp_t gfp)
{
	long before = sim_fail.calls;
	unsigned int i;

	for (i = 0; i < nr; i++)
		pressure_block[i] = kpool_heap_alloc(heap, 64, gfp);
	before = sim_fail.calls - before - nr;
	for (i = 0; i < nr; i++)
		kpool_heap_free(heap, pressure_block[i]);
	return before;
}

/* Takes all blocks of @arenas arenas. */
static void pressure_fill(struct kpool_heap *heap, unsigned int arenas)
{
	unsigned int i;

	for (i = 0; i < arenas * PRESSURE_FILL; i++) {
		pressure_block[i] = kpool_heap_alloc(heap, PRESSURE_BLOCK, GFP_KERNEL);
		expect(kpool_owns(pressure_block[i]), "no memory");
	}
}

/* Gives them back so that nearly all of the arenas are empty then, and not released. */
static void pressure_empty(struct kpool_heap *heap, unsigned int arenas)
{
	unsigned int i;

	for (i = 0; i < arenas * PRESSURE_FILL; i++)
		if (i % PRESSURE_FILL)
			kpool_heap_free(heap, pressure_block[i]);
	kpool_magazine_drain_all(heap);
	for (i = 0; i < arenas * PRESSURE_FILL; i += PRESSURE_FILL)
		kpool_heap_free(heap, pressure_block[i]);
}

/* A class that looks for a pool holds locks meanwhile. */
static void empty_arenas_pinned_to_a_class_are_not_searched(void)
{
	struct kpool_heap *heap = pressure_heap(KPOOL_HEAP_PIN_CLASSES);

	pressure_fill(heap, 8);
	pressure_empty(heap, 8);
	kpool_magazine_drain_all(heap);
	expect(pressure_stats(heap).arenas_empty >= 6, "arenas are not empty");
	expect(hlist_empty(&heap->node[0]->empty), "they are where classes look for a pool");
	expect(!kpool_heap_validate(heap), "they are on the wrong list");
	kpool_heap_destroy(heap);
}

static void reclaim_gives_back_what_it_was_asked_for(void)
{
	unsigned long before, pages, arena = 1UL << KPOOL_ARENA_ORDER;

	pressure_fill(kpool_default_heap, PRESSURE_ARENAS);
	pressure_empty(kpool_default_heap, PRESSURE_ARENAS);
	before = sim_usage.pages;
	pages = sim_reclaim(1);
	expect(pages >= 1 && pages <= arena, "%lu pages for 1", pages);
	pages = sim_reclaim(20 * arena);
	expect(pages >= 20 * arena && pages <= 21 * arena, "%lu pages for %lu", pages, 20 * arena);
	pages = before - sim_usage.pages;
	expect(pages <= 22 * arena, "%lu pages are back", pages);
}

/* Depots are drained only as far as arenas have less than that. */
static void reclaim_drains_no_more_than_it_needs(void)
{
	u64 cached;

	pressure_fill(kpool_default_heap, 8);
	pressure_empty(kpool_default_heap, 8);
	cached = pressure_stats(NULL).blocks_cached;
	expect(cached, "no magazines");
	sim_reclaim(1);
	sim_run_work();
	expect(pressure_stats(NULL).blocks_cached == cached, "magazines were drained");
	sim_reclaim(100000);
	sim_run_work();
	expect(!pressure_stats(NULL).blocks_cached, "magazines were not drained");
}

/* An interrupt that comes in wherever it may sees how far the node's arenas went down. */
static struct kpool_node *pressure_node;
static unsigned long pressure_seen, pressure_most;

static void pressure_watch(void)
{
	unsigned long nr = pressure_node->nr_arenas;

	if (pressure_seen > nr)
		pressure_most = max(pressure_most, pressure_seen - nr);
	pressure_seen = nr;
}

static void a_hold_of_the_lock_releases_few_arenas(void)
{
	pressure_fill(kpool_default_heap, PRESSURE_ARENAS);
	pressure_empty(kpool_default_heap, PRESSURE_ARENAS);
	pressure_node = kpool_default_heap->node[0];
	pressure_seen = 0;
	pressure_most = 0;
	sim_irq_arm(pressure_watch, 1);
	kpool_heap_shrink(NULL);
	sim_irq_arm(pressure_watch, 0);
	expect(!pressure_stats(NULL).arenas, "not all went back");
	/* One of the places where it may come in is skipped now and then. */
	expect(pressure_most && pressure_most <= 2 * 16, "%lu arenas went in one hold",
	       pressure_most);
}

static const struct pressure_case {
	const char *name;
	void (*run)(void);
} pressure_cases[] = {
#define PRESSURE_CASE(fn)	{ #fn, fn }
	PRESSURE_CASE(empty_arenas_pinned_to_a_class_are_not_searched),
	PRESSURE_CASE(reclaim_gives_back_what_it_was_asked_for),
	PRESSURE_CASE(reclaim_drains_no_more_than_it_needs),
	PRESSURE_CASE(a_hold_of_the_lock_releases_few_arenas),
};

int main(int argc, char **argv)
{
	const struct sim_machine machine = { .cpus = 2, .nodes = 1, .memory = 256UL << 20 };
	unsigned int i, nr = 0;

	sim_log_shown = true;
	setlinebuf(stdout);
	sim_machine_init(&machine);
	sim_thread_start(0, false);
	for (i = 0; i < ARRAY_SIZE(pressure_cases); i++) {
		if (argc > 1 && strcmp(argv[1], pressure_cases[i].name))
			continue;
		printf("%s\n", pressure_cases[i].name);
		if (sim_module_init())
			sim_bug("no module");
		pressure_cases[i].run();
		sim_module_exit();
		expect(sim_usage_none(), "memory is lost");
		nr++;
	}
	printf("pressure: %u cases\n", nr);
	return !nr;
}
