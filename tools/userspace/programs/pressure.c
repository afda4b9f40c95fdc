// SPDX-License-Identifier: GPL-2.0
/*
 * Memory shortage and shrinking: how often the module asks the kernel for memory, how much it
 * releases at once, and how long a refusal counts. Each case loads the module anew.
 */
#include "harness.h"

#include "arena.h"
#include "heap.h"
#include "magazine.h"
#include "pages.h"
#include "trim.h"

#define PRESSURE_BLOCK	1024	/* bytes; KPOOL_USABLE_POOLS * 4 blocks fill an arena */
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

/* Calls of the kernel's allocators for @nr requests, without the kmalloc() that serves each. */
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

/* Allocate all blocks of @arenas arenas. */
static void pressure_fill(struct kpool_heap *heap, unsigned int arenas)
{
	unsigned int i;

	for (i = 0; i < arenas * PRESSURE_FILL; i++) {
		pressure_block[i] = kpool_heap_alloc(heap, PRESSURE_BLOCK, GFP_KERNEL);
		expect(kpool_owns(pressure_block[i]), "no memory");
	}
}

/* Free all blocks so that nearly all of the arenas are empty, but not released. */
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

/* The map has a leaf for an arena of the reserve, so using the arena needs no more memory. */
static void reserve_serves_without_other_memory(void)
{
	void *p;

	sim_fail_set(0, 1);
	p = kpool_alloc(64, GFP_ATOMIC);
	expect(kpool_owns(p), "the reserve did not serve");
	expect(!pressure_stats(NULL).reserve, "the reserve is still full");
	sim_fail_set(0, 0);
	kpool_free(p);
}

static void reserve_is_refilled_until_it_is_full(void)
{
	unsigned int i;
	void *p;

	sim_fail_set(0, 1);
	p = kpool_alloc(64, GFP_ATOMIC);
	sim_run_work();
	sim_fail_set(0, 1);
	for (i = 0; i < 600; i++) {
		sim_advance(HZ / 10);
		sim_run_work();
	}
	expect(!pressure_stats(NULL).reserve, "a reserve out of nothing");
	expect(sim_fail.calls >= 4 && sim_fail.calls <= 20,
	       "%ld attempts to refill the reserve in a minute", sim_fail.calls);
	sim_fail_set(0, 0);
	for (i = 0; i < 110; i++) {
		sim_advance(HZ / 10);
		sim_run_work();
	}
	expect(pressure_stats(NULL).reserve == 1, "the reserve stays empty");
	kpool_free(p);
}

static void memory_beyond_the_map_is_asked_for_once(void)
{
	unsigned long nr = kpool_map.nr;
	long calls;

	kpool_map.nr = 0;
	calls = pressure_calls(kpool_default_heap, PRESSURE_NR, GFP_KERNEL);
	expect(calls <= 4, "%ld calls beside those of kmalloc()", calls);
	expect(!pressure_stats(NULL).arenas, "an arena beyond the map");
	kpool_map.nr = nr;
	sim_advance(HZ);
	pressure_calls(kpool_default_heap, 1, GFP_KERNEL);
	expect(pressure_stats(NULL).arenas == 1, "a refusal counts for more than a second");
}

static void accounting_heap_at_its_limit_backs_off_alone(void)
{
	struct kpool_heap *heap = pressure_heap(KPOOL_HEAP_ACCOUNT);
	long calls;

	sim_fail.charge_limit = 1;
	calls = pressure_calls(heap, PRESSURE_NR, GFP_KERNEL);
	expect(calls <= 4, "%ld calls beside those of kmalloc()", calls);
	calls = pressure_calls(heap, PRESSURE_NR, GFP_ATOMIC);
	expect(calls <= 4, "%ld atomic calls beside those of kmalloc()", calls);
	pressure_calls(kpool_default_heap, 1, GFP_KERNEL);
	expect(pressure_stats(NULL).arenas == 1, "another heap backs off");
	sim_fail.charge_limit = 0;
	sim_advance(HZ);
	pressure_calls(heap, 1, GFP_KERNEL);
	expect(pressure_stats(heap).arenas == 1, "a refusal counts for more than a second");
	kpool_heap_destroy(heap);
}

/* Free pools are pinned to a class: another class gets memory after their arenas are released. */
static void accounting_heap_at_its_limit_gives_back_first(void)
{
	struct kpool_heap *heap = pressure_heap(KPOOL_HEAP_ACCOUNT | KPOOL_HEAP_PIN_CLASSES);
	void *p;

	pressure_fill(heap, 8);
	pressure_empty(heap, 8);
	kpool_magazine_drain_all(heap);
	sim_fail.charge_limit = sim_usage.charged;
	p = kpool_heap_alloc(heap, 64, GFP_KERNEL);
	expect(kpool_owns(p), "kmalloc() served, with %llu empty arenas",
	       pressure_stats(heap).arenas_empty);
	expect(pressure_stats(heap).arenas_empty >= 4, "%llu empty arenas are left of 7",
	       pressure_stats(heap).arenas_empty);
	sim_fail.charge_limit = 0;
	kpool_heap_free(heap, p);
	kpool_heap_destroy(heap);
}

/* A class holds locks while it looks for a pool. */
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

/* A reclaim drains depots only if the empty arenas are not enough. */
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

/* An interrupt at any place records by how much the node's number of arenas dropped. */
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
	/* At times, a place for an interrupt is skipped, so two batches may count as one. */
	expect(pressure_most && pressure_most <= 2 * 16, "%lu arenas went in one hold",
	       pressure_most);
}

/* Half the range of jiffies: 25 days on a 32-bit machine at 1000 Hz. */
static void refusals_of_long_ago_do_not_count(void)
{
	struct kpool_heap *heap = pressure_heap(KPOOL_HEAP_ACCOUNT);

	sim_fail.page_limit = 1;
	pressure_calls(heap, 1, GFP_KERNEL);
	pressure_calls(kpool_default_heap, 1, GFP_KERNEL);
	sim_fail.page_limit = 0;
	expect(kpool_pages_scarce(heap->ops, 0, GFP_KERNEL), "a refusal is forgotten at once");
	kpool_heap_shrink(heap);
	kpool_heap_shrink(NULL);
	sim_run_work();
	sim_advance((ULONG_MAX >> 1) + HZ);
	pressure_calls(heap, 1, GFP_KERNEL);
	pressure_calls(kpool_default_heap, 1, GFP_KERNEL);
	expect(pressure_stats(heap).arenas == 1 && pressure_stats(NULL).arenas == 1,
	       "no arena is asked for half the range of jiffies after a refusal");
	kpool_heap_destroy(heap);
}

static const struct pressure_case {
	const char *name;
	void (*run)(void);
} pressure_cases[] = {
#define PRESSURE_CASE(fn)	{ #fn, fn }
	PRESSURE_CASE(reserve_serves_without_other_memory),
	PRESSURE_CASE(reserve_is_refilled_until_it_is_full),
	PRESSURE_CASE(memory_beyond_the_map_is_asked_for_once),
	PRESSURE_CASE(accounting_heap_at_its_limit_backs_off_alone),
	PRESSURE_CASE(accounting_heap_at_its_limit_gives_back_first),
	PRESSURE_CASE(empty_arenas_pinned_to_a_class_are_not_searched),
	PRESSURE_CASE(reclaim_gives_back_what_it_was_asked_for),
	PRESSURE_CASE(reclaim_drains_no_more_than_it_needs),
	PRESSURE_CASE(a_hold_of_the_lock_releases_few_arenas),
	PRESSURE_CASE(refusals_of_long_ago_do_not_count),
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
