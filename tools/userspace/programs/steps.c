// SPDX-License-Identifier: GPL-2.0
/*
 * Reads and destroys large heaps. Counts steps instead of time: locks taken, entries visited
 * per hold of a lock, calls of cond_resched().
 */
#include <kpool.h>

#include "debug/debug.h"
#include "record.h"
#include "harness.h"
#include "types.h"

#define STEPS_OBJECTS	20000	/* fill more than 100 arenas */
#define STEPS_SIZE	1024
#define STEPS_LARGE	2000
#define STEPS_HOLD	64	/* most entries per hold of a lock */

static void *steps_object[STEPS_OBJECTS];

#define steps_expect(ok, ...)			\
do {						\
	if (!(ok)) {				\
		printf("BUG: " __VA_ARGS__);	\
		putchar('\n');			\
		exit(1);			\
	}					\
} while (0)

static struct kpool_heap *steps_heap(unsigned int flags, size_t size, unsigned int nr)
{
	const struct kpool_heap_attr attr = { .flags = flags };
	struct kpool_heap *heap = kpool_heap_create("steps", &attr);
	unsigned int i;

	steps_expect(!IS_ERR(heap), "no heap");
	for (i = 0; i < nr; i++) {
		steps_object[i] = kpool_heap_alloc(heap, size, GFP_KERNEL);
		steps_expect(steps_object[i], "no memory for object %u", i);
	}
	return heap;
}

static void steps_end(struct kpool_heap *heap, unsigned int nr)
{
	while (nr--)
		kpool_heap_free(heap, steps_object[nr]);
	kpool_heap_destroy(heap);
}

static unsigned long steps_arenas(struct kpool_heap *heap)
{
	struct kpool_stats stats;

	kpool_heap_stats(heap, &stats);
	return stats.arenas;
}

/* The file is read in many pieces. */
static void steps_read_arenas(void)
{
	struct kpool_heap *heap = steps_heap(0, STEPS_SIZE, STEPS_OBJECTS);
	unsigned long arenas = steps_arenas(heap), locked = current->locked, lines = 0;
	char *text = sim_debugfs_read("kpool/heaps/steps/arenas"), *c;

	locked = current->locked - locked;
	for (c = text; *c; c++)
		lines += *c == '\n';
	free(text);
	steps_expect(arenas >= 50 && lines == arenas + 1, "%lu lines of %lu arenas", lines, arenas);
	steps_expect(locked <= 3 * arenas, "reading %lu arenas took %lu locks", arenas, locked);
	steps_end(heap, STEPS_OBJECTS);
	printf("steps: reading %lu arenas: %lu locks\n", arenas, locked);
}

struct steps_census {
	unsigned long locked, hold, longest, nr;
};

static void steps_count(u32 stack, size_t size, void *arg)
{
	struct steps_census *census = arg;

	if (census->locked != current->locked)
		census->hold = 0;
	census->locked = current->locked;
	census->longest = max(census->longest, ++census->hold);
	census->nr++;
}

static void steps_count_large(void)
{
	struct kpool_heap *heap = steps_heap(KPOOL_HEAP_DEBUG, 2 * KPOOL_MAX_SIZE, STEPS_LARGE);
	struct steps_census census = {};

	kpool_record_census(heap, steps_count, &census);
	steps_expect(census.nr == STEPS_LARGE, "%lu of %d large requests", census.nr, STEPS_LARGE);
	steps_expect(census.longest <= STEPS_HOLD, "%lu large requests in one hold of the lock",
		     census.longest);
	steps_end(heap, STEPS_LARGE);
	printf("steps: a census of %lu large requests: %lu in one hold\n", census.nr,
	       census.longest);
}

/* Reading traces has these parts: a census, a walk over the pools, two sorts. */
static void steps_read_traces(void)
{
	struct kpool_heap *heap = steps_heap(KPOOL_HEAP_DEBUG, 64, STEPS_OBJECTS);
	unsigned long arenas = steps_arenas(heap), resched = current->resched;
	char *text = sim_debugfs_read("kpool/heaps/steps/traces");

	resched = current->resched - resched;
	steps_expect(strstr(text, " objects "), "no traces");
	free(text);
	steps_expect(resched >= arenas + 2 * STEPS_OBJECTS,
		     "sorting %d objects: %lu cond_resched()", STEPS_OBJECTS, resched);
	printf("steps: sorting %d objects: %lu cond_resched()\n", STEPS_OBJECTS, resched);
	resched = current->resched;
	steps_end(heap, STEPS_OBJECTS);
	resched = current->resched - resched;
	steps_expect(resched >= arenas, "ending %lu arenas: %lu cond_resched()", arenas, resched);
	printf("steps: ending %lu arenas: %lu cond_resched()\n", arenas, resched);
}

static void steps_end_large(void)
{
	struct kpool_heap *heap = steps_heap(KPOOL_HEAP_REGION, 2 * KPOOL_MAX_SIZE, STEPS_LARGE);
	unsigned long resched = current->resched;

	kpool_heap_destroy(heap);
	resched = current->resched - resched;
	steps_expect(resched >= STEPS_LARGE, "ending %d large requests: %lu cond_resched()",
		     STEPS_LARGE, resched);
	printf("steps: ending %d large requests: %lu cond_resched()\n", STEPS_LARGE, resched);
}

/* Each arena is a step of the shrink that comes first, and a step of its release. */
static void steps_end_region(void)
{
	struct kpool_heap *heap = steps_heap(KPOOL_HEAP_REGION, STEPS_SIZE, STEPS_OBJECTS);
	unsigned long arenas = steps_arenas(heap), resched = current->resched;

	kpool_heap_destroy(heap);
	resched = current->resched - resched;
	steps_expect(resched >= 2 * arenas, "ending a region of %lu arenas: %lu cond_resched()",
		     arenas, resched);
	printf("steps: ending a region of %lu arenas: %lu cond_resched()\n", arenas, resched);
}

int main(void)
{
	const struct sim_machine machine = { .cpus = 1, .nodes = 1, .memory = 64UL << 20 };

	sim_log_shown = true;
	setlinebuf(stdout);
	sim_machine_init(&machine);
	sim_thread_start(0, false);
	steps_expect(!sim_module_init(), "the module does not load");
	steps_read_arenas();
	steps_count_large();
	steps_read_traces();
	steps_end_large();
	steps_end_region();
	sim_module_exit();
	return 0;
}
