// SPDX-License-Identifier: GPL-2.0
/*
 * Phases: a heap is filled with blocks of one size, emptied, filled with blocks
 * of another size, and so on. The memory of one size must serve the next: the heap
 * never holds more than in the first phase. The case stays on one CPU, because a task
 * that changes nodes leaves blocks in the magazines of each.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "client.h"

/*
 * All phases request the same number of bytes. The first size loses the most memory to
 * the tails of pools, so no later phase needs more pools than the first.
 */
static const size_t client_phase_sizes[] = { 200, 16, 48, 64, 136, 512, 24, 1024, 96 };

struct client_phase {
	struct kpool_heap *heap;
	void **block;
	size_t nr;		/* blocks in this phase */
	u64 bytes_allowed;	/* held by the first phase */
};

static struct kpool_stats client_stats(struct kpool_heap *heap)
{
	struct kpool_stats s = {};

	client_expect(!kpool_heap_stats(heap, &s));
	return s;
}

/* KASAN's red zones are at most as large as the blocks, and very small in the first phase. */
#define CLIENT_PHASE_ROOM	(IS_ENABLED(CONFIG_KASAN_GENERIC) ? 2 : 1)

/* Pools that a trim returned leave holes, so the last arena may have unused pools. */
static u64 client_slack(const struct kpool_stats *s)
{
	return s->bytes_returned ? s->arena_size : 0;
}

static void client_phase_fill(struct client_phase *phase, size_t size)
{
	size_t i;

	for (i = 0; i < phase->nr; i++) {
		void *p = kpool_heap_alloc(phase->heap, size, GFP_KERNEL);

		if (!client_expect(p))
			break;
		client_fill(p, size, i);
		phase->block[i] = p;
		if (i % 1024 == 0)
			cond_resched();
	}
	phase->nr = i;
}

/* Free in the order of allocation or in reverse order. */
static void client_phase_free(struct client_phase *phase, size_t size, bool reverse)
{
	size_t i;

	for (i = 0; i < phase->nr; i++) {
		size_t at = reverse ? phase->nr - 1 - i : i;

		client_expect(client_intact(phase->block[at], size, at));
		kpool_heap_free(phase->heap, phase->block[at]);
		if (i % 1024 == 0)
			cond_resched();
	}
}

static void client_run_phase(struct client_phase *phase, unsigned int number)
{
	size_t size = client_phase_sizes[number];
	struct kpool_stats peak;

	phase->nr = (size_t)client_phase_mib * SZ_1M / size;
	client_phase_fill(phase, size);
	/* No arena is released while the heap is filled: this is the peak. */
	peak = client_stats(phase->heap);
	if (!number)
		phase->bytes_allowed = CLIENT_PHASE_ROOM * peak.arenas * peak.arena_size;
	client_note("%zu blocks of %zu bytes: %llu arenas, %llu bytes", phase->nr, size,
		    peak.arenas, peak.bytes);
	client_expect(peak.bytes <= phase->bytes_allowed + client_slack(&peak));
	client_expect_sane(phase->heap);
	client_phase_free(phase, size, number & 1);
	client_expect_sane(phase->heap);
}

static void size_phases(void)
{
	struct client_phase phase = { .heap = kpool_heap_create("client-phases", NULL) };
	unsigned int i;

	if (!client_expect(!IS_ERR(phase.heap)))
		return;
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	/* The smallest size is 16. */
	phase.block = kvcalloc((size_t)client_phase_mib * SZ_1M / 16, sizeof(*phase.block),
			       GFP_KERNEL);
	if (client_expect(phase.block)) {
		for (i = 0; i < ARRAY_SIZE(client_phase_sizes); i++)
			client_run_phase(&phase, i);
		kpool_heap_shrink(phase.heap);
		client_expect(client_stats(phase.heap).arenas <= 1);
		client_expect_sane(phase.heap);
		kvfree(phase.block);
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	kpool_heap_destroy(phase.heap);
}

const struct client_case client_phase_cases[] = {
	CLIENT_CASE(size_phases),
	{}
};
