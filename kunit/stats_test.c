// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics: every byte of every arena is in exactly one row at all times. kpool_test_stats(),
 * which all suites use, checks this identity.
 */
#include <linux/delay.h>

#include "load.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

static void rows_are_exact(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	unsigned int nr = kpool_test_blocks(class, 2) + 1, freed = nr / 3;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);
	struct kpool_stats stats;

	kpool_test_take_many(test, heap, class, blocks, nr);
	kpool_test_put_many(heap, class, blocks, freed);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.arenas, 1ULL);
	KUNIT_EXPECT_EQ(test, stats.arena_size, (u64)KPOOL_ARENA_SIZE);
	KUNIT_EXPECT_EQ(test, stats.pools, 3ULL);
	KUNIT_EXPECT_EQ(test, stats.pools_free, KPOOL_USABLE_POOLS - 3ULL);
	KUNIT_EXPECT_EQ(test, stats.blocks_used, (u64)nr - freed);
	KUNIT_EXPECT_EQ(test, stats.blocks_free, 3ULL * kpool_test_blocks(class, 1) - nr + freed);
	KUNIT_EXPECT_EQ(test, stats.blocks_cached, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.bytes_used, stats.blocks_used * size);
	KUNIT_EXPECT_EQ(test, stats.bytes_tail, 3ULL * kpool_class_tail(class));
	KUNIT_EXPECT_EQ(test, stats.bytes_header, (u64)KPOOL_HEADER_SIZE);
	KUNIT_EXPECT_EQ(test, stats.bytes_free,
			stats.blocks_free * size + stats.pools_free * KPOOL_POOL_SIZE);
	KUNIT_EXPECT_EQ(test, stats.bytes_returned, 0ULL);
	kpool_test_put_many(heap, class, blocks + freed, nr - freed);
}

static void allocs_less_frees_are_the_blocks_out(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), i;
	unsigned int nr = 3 * kpool_test_blocks(KPOOL_NR_CLASSES - 1, 10);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);
	struct kpool_stats stats;

	for (i = 0; i < nr; i++) {
		blocks[i] = kpool_heap_alloc(heap, size, GFP_KERNEL);
		if (i % 3 == 0)
			kpool_heap_free(heap, blocks[i]);
	}
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.allocs, (u64)nr);
	KUNIT_EXPECT_EQ(test, stats.frees, (u64)nr / 3);
	KUNIT_EXPECT_EQ(test, stats.blocks_used, stats.allocs - stats.frees);
	KUNIT_EXPECT_GT(test, stats.magazines, 0ULL);
	KUNIT_EXPECT_LE(test, stats.magazine_hits, stats.allocs);
	for (i = 0; i < nr; i++)
		if (i % 3)
			kpool_heap_free(heap, blocks[i]);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.frees, (u64)nr);
	KUNIT_EXPECT_EQ(test, stats.blocks_used, 0ULL);
}

static void the_identity_holds_in_every_phase(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, 3000);
	struct rnd_state rnd;
	unsigned int phase, i;
	u64 used = 0;

	prandom_seed_state(&rnd, 42);
	for (phase = 0; phase < 10; phase++) {
		for (i = 0; i < 3000; i++) {
			if (prandom_u32_state(&rnd) % 2)
				continue;
			kpool_heap_free(heap, blocks[i]);
			used -= !!blocks[i];
			blocks[i] = NULL;
			if (prandom_u32_state(&rnd) % 10 < phase)
				continue;
			blocks[i] = kpool_heap_alloc(heap, 1 + prandom_u32_state(&rnd) %
						     KPOOL_MAX_SIZE, GFP_KERNEL);
			used += !!blocks[i];
		}
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, used);
		kpool_test_consistent(test, heap);
		if (phase % 3 == 2)
			kpool_heap_shrink(heap);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, used);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).bytes,
				(u64)kpool_test_backend_pages() * PAGE_SIZE);
	}
	kpool_heap_free_bulk(heap, 3000, blocks);
	kpool_heap_shrink(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).bytes, 0ULL);
}

static void the_identity_holds_under_load(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	struct kpool_test_threads *threads = kpool_test_threads_start(test, load, -1);
	unsigned int i, shrinks = 0;

	for (i = 0; i < 500 / KPOOL_TEST_SLOWNESS; i++) {
		kpool_test_stats(test, load->heap);
		if (i % 16 == 0) {
			kpool_heap_shrink(load->heap);
			shrinks++;
		}
		usleep_range(500, 1000);
	}
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_GT(test, shrinks, 1U);
	kpool_test_load_end(test, load);
}

static void validates_under_load(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	struct kpool_test_threads *threads = kpool_test_threads_start(test, load, -1);
	unsigned int i;

	for (i = 0; i < 200 / KPOOL_TEST_SLOWNESS; i++) {
		KUNIT_EXPECT_EQ(test, kpool_heap_validate(load->heap), 0);
		usleep_range(500, 1000);
	}
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_GT(test, atomic_long_read(&load->steps), 100L);
	kpool_test_load_end(test, load);
}

static void begins_at_zero(struct kunit *test)
{
	struct kpool_stats stats = kpool_test_stats(test, kpool_test_heap(test));

	KUNIT_EXPECT_EQ(test, stats.arenas + stats.pools + stats.pools_free + stats.allocs +
			stats.frees + stats.refills + stats.fallbacks + stats.magazines, 0ULL);
	KUNIT_EXPECT_GT(test, stats.metadata_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.arena_size, (u64)KPOOL_ARENA_SIZE);
}

static void needs_somewhere_to_write(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kpool_heap_stats(kpool_test_heap(test), NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, kpool_heap_stats(NULL, NULL), -EINVAL);
}

static struct kunit_case kpool_stats_cases[] = {
	KUNIT_CASE_PARAM(rows_are_exact, class_gen_params),
	KUNIT_CASE_PARAM(allocs_less_frees_are_the_blocks_out, class_gen_params),
	KUNIT_CASE(the_identity_holds_in_every_phase),
	KUNIT_CASE(the_identity_holds_under_load),
	KUNIT_CASE(validates_under_load),
	KUNIT_CASE(begins_at_zero),
	KUNIT_CASE(needs_somewhere_to_write),
	{}
};

struct kunit_suite kpool_stats_suite = {
	.name = "kpool_stats",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_stats_cases,
};
