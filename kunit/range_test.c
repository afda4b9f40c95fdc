// SPDX-License-Identifier: GPL-2.0
/*
 * Free ten million small objects, then allocate objects of another size.
 *
 * Python's range(10000000) of 2003 is the model: its integers were never reused for anything else.
 * One survivor in every arena is the worst case, because no whole arena can be released. Blocks are
 * chained through their first word, so the test needs no memory of its own.
 */
#include <linux/mm.h>
#include <linux/sched.h>

#include "common.h"

#define KPOOL_TEST_RANGE	10000000UL
#define KPOOL_TEST_SMALL	16
#define KPOOL_TEST_OTHER	64

struct kpool_test_link {
	struct kpool_test_link *next;
	unsigned long mark;
};

static struct kpool_test_link *kpool_test_chain(struct kunit *test, size_t size,
						unsigned long nr)
{
	struct kpool_test_link *chain = NULL, *link;
	unsigned long i;

	for (i = 0; i < nr; i++) {
		link = kpool_heap_alloc(kpool_test_heap(test), size, GFP_KERNEL);
		if (!link)
			break;
		link->next = chain;
		link->mark = i;
		chain = link;
		if (!(i % 1024))
			cond_resched();
	}
	KUNIT_EXPECT_EQ(test, i, nr);
	return chain;
}

/*
 * Check the marks of a chain of @nr blocks and free them. If @kept is not NULL, keep one block of
 * each arena there.
 */
static void kpool_test_unchain(struct kunit *test, struct kpool_test_link *chain,
			       unsigned long nr, struct kpool_test_link **kept)
{
	struct kpool_arena *last = NULL;
	unsigned long bad = 0;

	while (nr--) {
		struct kpool_test_link *link = chain;

		chain = link->next;
		bad += link->mark != nr;
		if (kept && kpool_arena_of(link) != last) {
			last = kpool_arena_of(link);
			link->next = *kept;
			*kept = link;
		} else {
			kpool_heap_free(kpool_test_heap(test), link);
		}
		if (!(nr % 1024))
			cond_resched();
	}
	KUNIT_EXPECT_EQ(test, bad, 0UL);
	KUNIT_EXPECT_NULL(test, chain);
}

static void kpool_test_free_kept(struct kunit *test, struct kpool_test_link *kept)
{
	while (kept) {
		struct kpool_test_link *next = kept->next;

		kpool_heap_free(kpool_test_heap(test), kept);
		kept = next;
	}
}

/* Return how many of the ten million fit in a quarter of free memory; fewer on slow kernels. */
static unsigned long kpool_test_range(struct kunit *test)
{
	unsigned long nr = KPOOL_TEST_RANGE, fit;
	struct sysinfo info;

	si_meminfo(&info);
	fit = info.freeram / 4 * info.mem_unit / KPOOL_TEST_SMALL;
	nr = min(nr, fit);
	if (KPOOL_TEST_SLOWNESS > 1)
		nr = min(nr, KPOOL_TEST_RANGE / (4 * KPOOL_TEST_SLOWNESS));
	kunit_info(test, "%lu blocks of %u bytes, the ten million divided by %lu.%02lu\n", nr,
		   KPOOL_TEST_SMALL, KPOOL_TEST_RANGE / nr,
		   KPOOL_TEST_RANGE % nr * 100 / nr);
	return nr;
}

static void space_of_ten_million_is_reused_by_another_size(struct kunit *test)
{
	unsigned long nr = kpool_test_range(test), others;
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_link *chain, *kept = NULL;
	struct kpool_stats peak, freed, reused;

	chain = kpool_test_chain(test, KPOOL_TEST_SMALL, nr);
	peak = kpool_test_stats(test, heap);
	kpool_test_unchain(test, chain, nr, &kept);
	freed = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, freed.arenas_created, peak.arenas_created);
	/* A refill may have opened the last arena. */
	KUNIT_EXPECT_LE(test, freed.blocks_used, peak.arenas);
	KUNIT_EXPECT_GE(test, freed.blocks_used + 1, peak.arenas);
	/* All pools are free, except those of survivors and of blocks in magazines. */
	KUNIT_EXPECT_GE(test, freed.pools_free, peak.arenas * KPOOL_USABLE_POOLS * 9 / 10);

	/* Fill all free pools, except those that one refill takes in advance. */
	others = kpool_test_blocks(kpool_class_of(KPOOL_TEST_OTHER), freed.pools_free - 2);
	chain = kpool_test_chain(test, KPOOL_TEST_OTHER, others);
	reused = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, reused.arenas_created, peak.arenas_created);
	KUNIT_EXPECT_EQ(test, reused.arenas_released, peak.arenas_released);
	KUNIT_EXPECT_GE(test, reused.recycled_other + reused.pools_fresh - peak.pools_fresh,
			freed.pools_free - 2);
	kunit_info(test, "%llu arenas; %llu of %llu pools free again; %lu blocks of %u bytes in them\n",
		   peak.arenas, freed.pools_free, peak.arenas * KPOOL_USABLE_POOLS, others,
		   KPOOL_TEST_OTHER);
	kpool_test_unchain(test, chain, others, NULL);
	kpool_test_free_kept(test, kept);
	kpool_test_consistent(test, heap);
}

static void memory_of_ten_million_goes_back(struct kunit *test)
{
	unsigned long nr = kpool_test_range(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats peak, freed;
	struct kpool_test_link *chain;

	chain = kpool_test_chain(test, KPOOL_TEST_SMALL, nr);
	peak = kpool_test_stats(test, heap);
	kpool_test_unchain(test, chain, nr, NULL);
	freed = kpool_test_stats(test, heap);
	/* Only the arenas of cached blocks and some empty arenas remain. */
	KUNIT_EXPECT_LE(test, freed.arenas, peak.arenas / 16 + 4);
	kpool_heap_shrink(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

/*
 * Allocate and free objects of one size after the other, each in the same number of pools. Cached
 * blocks of former sizes are drained when another size needs their pools.
 */
static void phases_of_other_sizes_need_no_more_arenas(struct kunit *test)
{
	static const u16 sizes[] = { 64, 16, 512, 24, 1024, 208, 40, 336, 96 };
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_link *chain;
	unsigned long nr, i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		nr = kpool_test_blocks(kpool_class_of(sizes[i]), 8 * KPOOL_USABLE_POOLS - 2);
		chain = kpool_test_chain(test, sizes[i], nr);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas, 8ULL);
		kpool_test_unchain(test, chain, nr, NULL);
	}
	kpool_heap_shrink(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas, 0ULL);
}

static struct kunit_case kpool_range_cases[] = {
	KUNIT_CASE(space_of_ten_million_is_reused_by_another_size),
	KUNIT_CASE(memory_of_ten_million_goes_back),
	KUNIT_CASE(phases_of_other_sizes_need_no_more_arenas),
	{}
};

struct kunit_suite kpool_range_suite = {
	.name = "kpool_range",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_range_cases,
};
