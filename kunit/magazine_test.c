// SPDX-License-Identifier: GPL-2.0
/* Magazines and depots: the blocks that a CPU caches and the blocks that it gives up. */
#include <linux/cache.h>
#include <linux/cpumask.h>
#include <linux/kasan.h>
#include <linux/percpu.h>
#include <linux/ratelimit.h>

#include "debug/report.h"
#include "debug/sanitize.h"
#include "magazine.h"
#include "watch.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

static void **kpool_test_alloc_many(struct kunit *test, unsigned int class, unsigned int nr)
{
	void **blocks = kpool_test_pointers(test, nr);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		blocks[i] = kpool_heap_alloc(kpool_test_heap(test), kpool_class_size(class),
					     GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
	}
	return blocks;
}

static void kpool_test_free_many(struct kunit *test, void **blocks, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		kpool_heap_free(kpool_test_heap(test), blocks[i]);
}

static unsigned long kpool_test_cached_here(struct kunit *test, unsigned int class)
{
	return kpool_magazine_cached(kpool_test_heap(test), raw_smp_processor_id(), class);
}

/* In each heap, a fast path touches only one cache line of slots. */
static void has_no_slot_across_cache_lines(struct kunit *test)
{
	struct kpool_heap *heaps[] = { kpool_default_heap, kpool_test_heap(test) };
	unsigned int cpu, class, i;
	unsigned long slot;

	for (i = 0; i < ARRAY_SIZE(heaps); i++)
		for_each_possible_cpu(cpu)
			for (class = 0; class <= KPOOL_NR_CLASSES; class++) {
				slot = (unsigned long)&per_cpu_ptr(heaps[i]->cpu, cpu)->slot[class];
				KUNIT_EXPECT_EQ(test, slot % sizeof(struct kpool_slot), 0UL);
			}
	KUNIT_EXPECT_EQ(test, SMP_CACHE_BYTES % sizeof(struct kpool_slot), (size_t)0);
}

static void has_a_capacity_within_bounds(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), rounds = kpool_magazine_capacity(class);

	KUNIT_EXPECT_GE(test, rounds, (unsigned int)KPOOL_MAGAZINE_ROUNDS_MIN);
	KUNIT_EXPECT_LE(test, rounds, (unsigned int)KPOOL_MAGAZINE_ROUNDS_MAX);
	if (rounds > KPOOL_MAGAZINE_ROUNDS_MIN)
		KUNIT_EXPECT_LE(test, rounds * kpool_class_size(class),
				(unsigned int)KPOOL_MAGAZINE_BYTES);
	if (class)
		KUNIT_EXPECT_LE(test, rounds, kpool_magazine_capacity(class - 1));
	KUNIT_EXPECT_EQ(test, kpool_test_heap(test)->capacity[class], rounds);
}

/* Free each block twice, with the ways to free in turn, while the magazines fill up. */
static void notices_a_block_freed_twice_in_a_row(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	unsigned int nr = 2 * kpool_magazine_capacity(class) + 3, i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_alloc_many(test, class, nr);
	struct kpool_stats stats;

	for (i = 0; i < nr; i++) {
		misuse_free_by(i % MISUSE_WAYS, heap, blocks[i], size);
		kasan_disable_current(); /* KASAN would report first */
		misuse_free_by(i / MISUSE_WAYS % MISUSE_WAYS, heap, blocks[i], size);
		kasan_enable_current();
		stats = kpool_test_stats(test, heap);
		KUNIT_ASSERT_EQ(test, stats.corruptions, i + 1ULL);
		KUNIT_ASSERT_EQ(test, stats.blocks_used, nr - i - 1ULL);
	}
	kpool_test_consistent(test, heap);
	/* No block is served twice. */
	blocks = kpool_test_alloc_many(test, class, nr);
	kpool_test_fill_many(blocks, nr, size, 0x71);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, 0x71), 0U);
	kpool_test_free_many(test, blocks, nr);
}

static void says_who_freed_a_block_twice_in_a_row(struct kunit *test)
{
	struct kpool_test_watch watch;
	int interval;
	void *p;

	if (KPOOL_SHADOW)
		kunit_skip(test, "KASAN says it first");
	p = kpool_test_allocate(test, kpool_test_heap(test), 64);
	watch = kpool_test_watch(test, kpool_test_heap(test));
	interval = xchg(&kpool_report_limit.interval, 0);
	misuse_free_by(MISUSE_HEAP_FREE, watch.heap, p, 64);
	misuse_free_by(MISUSE_HEAP_FREE, watch.heap, p, 64);
	kpool_report_limit.interval = interval;
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "bad free: freed twice in a row"), 1U);
	if (kpool_test_has_traces())
		KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "misuse_free_by"), 1U);
}

static void serves_the_block_freed_last(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), nr = KPOOL_MAGAZINE_ROUNDS_MIN, i;
	void **blocks = kpool_test_alloc_many(test, class, nr);

	kpool_test_free_many(test, blocks, nr);
	for (i = nr; i--;)
		KUNIT_EXPECT_PTR_EQ(test, blocks[i],
				    kpool_heap_alloc(kpool_test_heap(test),
						     kpool_class_size(class), GFP_KERNEL));
	kpool_test_free_many(test, blocks, nr);
}

static void serves_blocks_in_the_order_of_the_pool(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	unsigned int nr = min_t(unsigned int, kpool_class_info[class].capacity,
				kpool_magazine_capacity(class));
	unsigned int stride = kpool_class_info[class].stride;
	void **blocks = kpool_test_alloc_many(test, class, nr);

	/* A fresh pool serves its blocks in ascending order: consecutive blocks are neighbours. */
	for (i = 1; i < nr; i++)
		KUNIT_EXPECT_PTR_EQ(test, blocks[i], blocks[0] + i * stride);
	kpool_test_free_many(test, blocks, nr);
}

static void keeps_freed_blocks_from_the_pools(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	unsigned int nr = 2 * kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_alloc_many(test, class, nr);
	struct kpool_stats before = kpool_test_stats(test, heap), after;

	kpool_test_free_many(test, blocks, nr);
	after = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, after.drains, before.drains);
	KUNIT_EXPECT_EQ(test, after.blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, after.blocks_cached, before.blocks_cached + nr);
	KUNIT_EXPECT_EQ(test, after.bytes_cached,
			after.blocks_cached * kpool_class_size(class));
	kpool_test_consistent(test, heap);
}

static void serves_pairs_without_the_pools(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats before, after;

	kpool_test_free_many(test, kpool_test_alloc_many(test, class, 1), 1);
	before = kpool_test_stats(test, heap);
	for (i = 0; i < 50; i++)
		kpool_heap_free(heap, kpool_heap_alloc(heap, kpool_class_size(class),
						       GFP_KERNEL));
	after = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, after.magazine_hits, before.magazine_hits + 50);
	KUNIT_EXPECT_EQ(test, after.refills, before.refills);
	KUNIT_EXPECT_EQ(test, after.drains, before.drains);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs + 50);
	KUNIT_EXPECT_EQ(test, after.frees, before.frees + 50);
}

/* A caller that allocates and frees at the edge of the loaded magazine only swaps the two. */
static void does_not_thrash_at_its_edge(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	unsigned int nr = kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats before, after;
	void **blocks, *p, *q;

	blocks = kpool_test_alloc_many(test, class, 3 * nr);
	kpool_test_free_many(test, blocks, nr);
	before = kpool_test_stats(test, heap);
	for (i = 0; i < 20; i++) {
		p = kpool_heap_alloc(heap, kpool_class_size(class), GFP_KERNEL);
		q = kpool_heap_alloc(heap, kpool_class_size(class), GFP_KERNEL);
		kpool_heap_free(heap, p);
		kpool_heap_free(heap, q);
	}
	after = kpool_test_stats(test, heap);
	KUNIT_EXPECT_LE(test, after.refills, before.refills + 1);
	KUNIT_EXPECT_LE(test, after.drains, before.drains + 1);
	kpool_test_free_many(test, blocks + nr, 2 * nr);
}

static void hands_full_magazines_to_the_depot_and_back(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	unsigned int nr = 8 * kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats before, after;
	void **blocks;

	kpool_test_free_many(test, kpool_test_alloc_many(test, class, nr), nr);
	before = kpool_test_stats(test, heap);
	KUNIT_EXPECT_GE(test, before.blocks_cached, (u64)nr);
	KUNIT_EXPECT_LE(test, kpool_test_cached_here(test, class),
			2UL * kpool_magazine_capacity(class));

	/* The depot, not the pools, serves as many blocks again. */
	blocks = kpool_test_alloc_many(test, class, nr);
	after = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, after.refills, before.refills);
	KUNIT_EXPECT_GE(test, after.depot_hits, before.depot_hits + 5);
	kpool_test_free_many(test, blocks, nr);
	kpool_test_consistent(test, heap);
}

static void a_depot_is_bounded(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), rounds = kpool_magazine_capacity(class);
	unsigned int nr = (KPOOL_DEPOT_FULL_MAX + 8) * rounds;
	struct kpool_heap *heap = kpool_test_heap(test);

	kpool_test_free_many(test, kpool_test_alloc_many(test, class, nr), nr);
	KUNIT_EXPECT_LE(test, kpool_test_stats(test, heap).blocks_cached,
			(u64)(KPOOL_DEPOT_FULL_MAX + 2) * rounds);
	KUNIT_EXPECT_GT(test, kpool_test_stats(test, heap).drains, 0ULL);
	kpool_test_consistent(test, heap);
}

static void drains_to_the_last_block(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	unsigned int nr = 4 * kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats stats;

	kpool_test_free_many(test, kpool_test_alloc_many(test, class, nr), nr);
	kpool_magazine_drain_all(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_cached_here(test, class), 0UL);

	kpool_heap_shrink(heap);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.blocks_cached, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.magazines, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.pools, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.bytes, 0ULL);
	kpool_test_consistent(test, heap);
}

static void keeps_contents_through_depot_and_pools(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	unsigned int nr = 6 * kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **kept = kpool_test_alloc_many(test, class, nr), **blocks;

	kpool_test_fill_many(kept, nr, size, 0x33);
	blocks = kpool_test_alloc_many(test, class, nr);
	kpool_test_fill_many(blocks, nr, size, 0x44);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, 0x44), 0U);
	kpool_test_free_many(test, blocks, nr);
	kpool_heap_shrink(heap);
	blocks = kpool_test_alloc_many(test, class, nr);
	kpool_test_fill_many(blocks, nr, size, 0x55);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(kept, nr, size, 0x33), 0U);
	kpool_test_free_many(test, blocks, nr);
	kpool_test_free_many(test, kept, nr);
}

/*
 * An interrupt that finds the busy byte of a slot set must bypass the magazines. Set the byte by
 * hand: the case stays on its CPU and is the only user of the heap.
 */
static void an_interrupt_in_between_goes_to_the_pools(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_cpu *cpu = per_cpu_ptr(heap->cpu, raw_smp_processor_id());
	void **blocks = kpool_test_alloc_many(test, class, 2), *block;
	struct kpool_stats before, after;
	unsigned long cached;

	kpool_test_fill_many(blocks, 2, size, 1);
	before = kpool_test_stats(test, heap);
	cached = kpool_test_cached_here(test, class);
	WRITE_ONCE(cpu->slot[class].busy, 1);
	block = kpool_heap_alloc(heap, size, GFP_KERNEL);
	kpool_heap_free(heap, blocks[0]);
	KUNIT_EXPECT_EQ(test, kpool_test_cached_here(test, class), cached);
	KUNIT_EXPECT_EQ(test, cpu->slot[class].busy, 1);
	WRITE_ONCE(cpu->slot[class].busy, 0);

	after = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, after.magazine_hits, before.magazine_hits);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs + 1);
	KUNIT_EXPECT_EQ(test, after.frees, before.frees + 1);
	KUNIT_EXPECT_EQ(test, after.drains, before.drains + 1);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(blocks[1], size, 1));
	kpool_test_consistent(test, heap);
	kpool_heap_free(heap, block);
	kpool_heap_free(heap, blocks[1]);
}

static struct kunit_case kpool_magazine_cases[] = {
	KUNIT_CASE(has_no_slot_across_cache_lines),
	KUNIT_CASE_PARAM(has_a_capacity_within_bounds, class_gen_params),
	KUNIT_CASE_PARAM(notices_a_block_freed_twice_in_a_row, class_gen_params),
	KUNIT_CASE(says_who_freed_a_block_twice_in_a_row),
	KUNIT_CASE_PARAM(serves_the_block_freed_last, class_gen_params),
	KUNIT_CASE_PARAM(serves_blocks_in_the_order_of_the_pool, class_gen_params),
	KUNIT_CASE_PARAM(keeps_freed_blocks_from_the_pools, class_gen_params),
	KUNIT_CASE_PARAM(serves_pairs_without_the_pools, class_gen_params),
	KUNIT_CASE_PARAM(does_not_thrash_at_its_edge, class_gen_params),
	KUNIT_CASE_PARAM(hands_full_magazines_to_the_depot_and_back, class_gen_params),
	KUNIT_CASE_PARAM(a_depot_is_bounded, class_gen_params),
	KUNIT_CASE_PARAM(drains_to_the_last_block, class_gen_params),
	KUNIT_CASE_PARAM(keeps_contents_through_depot_and_pools, class_gen_params),
	KUNIT_CASE_PARAM(an_interrupt_in_between_goes_to_the_pools, class_gen_params),
	{}
};

struct kunit_suite kpool_magazine_suite = {
	.name = "kpool_magazine",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_magazine_cases,
};
