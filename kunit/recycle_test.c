// SPDX-License-Identifier: GPL-2.0
/*
 * Recycling: a pool without used blocks serves any class that needs one next.
 *
 * Anchors of one class occupy all other pools of the arena, so the cases know exactly which pools
 * are recycled, and how often.
 */
#include <linux/prandom.h>

#include "common.h"

/* Number of pools that change their class. */
#define KPOOL_TEST_POOLS	3

#define KPOOL_TEST_ANCHORS	(KPOOL_USABLE_POOLS - KPOOL_TEST_POOLS)

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

/* Class of the anchors: the largest, so that a few blocks occupy many pools. */
static unsigned int kpool_test_anchor_class(void)
{
	return KPOOL_NR_CLASSES - 1;
}

/* Occupy @pools pools of a heap. kpool_test_raise() frees them. */
static void **kpool_test_anchor(struct kunit *test, unsigned int pools)
{
	unsigned int class = kpool_test_anchor_class();
	unsigned int nr = kpool_test_blocks(class, pools);
	void **anchors = kpool_test_pointers(test, nr);

	kpool_test_take_many(test, kpool_test_heap(test), class, anchors, nr);
	kpool_test_fill_many(anchors, nr, sizeof(long), 0x77);
	return anchors;
}

static void kpool_test_raise(struct kunit *test, void **anchors, unsigned int pools)
{
	unsigned int class = kpool_test_anchor_class();
	unsigned int nr = kpool_test_blocks(class, pools);

	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(anchors, nr, sizeof(long), 0x77), 0U);
	kpool_test_put_many(kpool_test_heap(test), class, anchors, nr);
}

/* Take @pools pools of a class, fill and check their blocks, and put all back. */
static void kpool_test_cycle(struct kunit *test, unsigned int class, unsigned int pools)
{
	unsigned int nr = kpool_test_blocks(class, pools), size = kpool_class_size(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);
	struct kpool_stats stats;

	kpool_test_take_many(test, heap, class, blocks, nr);
	kpool_test_fill_many(blocks, nr, size, class);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.pools_free, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.pools, (u64)KPOOL_USABLE_POOLS);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, class), 0U);
	kpool_test_put_many(heap, class, blocks, nr);
}

/* Class @to claims the pools that class @from has freed. */
static void kpool_test_recycle(struct kunit *test, unsigned int from, unsigned int to)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	u64 same = from == to ? KPOOL_TEST_POOLS : 0;
	struct kpool_stats before, after;

	kpool_test_cycle(test, from, KPOOL_TEST_POOLS);
	before = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, before.pools_free, (u64)KPOOL_TEST_POOLS);
	KUNIT_EXPECT_EQ(test, before.pools_fresh, (u64)KPOOL_USABLE_POOLS);

	kpool_test_cycle(test, to, KPOOL_TEST_POOLS);
	after = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, after.arenas_created, 1ULL);
	KUNIT_EXPECT_EQ(test, after.pools_fresh, (u64)KPOOL_USABLE_POOLS);
	KUNIT_EXPECT_EQ_MSG(test, after.recycled_same - before.recycled_same, same,
			    "to %u bytes", kpool_class_size(to));
	KUNIT_EXPECT_EQ_MSG(test, after.recycled_other - before.recycled_other,
			    KPOOL_TEST_POOLS - same, "to %u bytes", kpool_class_size(to));
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), 0);
}

static void recycles_empty_pools_to_any_class(struct kunit *test)
{
	void **anchors = kpool_test_anchor(test, KPOOL_TEST_ANCHORS);
	unsigned int to;

	for (to = 0; to < KPOOL_NR_CLASSES; to++)
		kpool_test_recycle(test, kpool_test_class(test), to);
	kpool_test_raise(test, anchors, KPOOL_TEST_ANCHORS);
}

static void keeps_a_pool_with_one_block_out(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other = (class + 7) % KPOOL_NR_CLASSES;
	unsigned int nr = kpool_class_info[class].capacity;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **anchors = kpool_test_anchor(test, KPOOL_USABLE_POOLS - 1);
	void **blocks = kpool_test_pointers(test, nr), *block;

	kpool_test_take_many(test, heap, class, blocks, nr);
	kpool_test_fill(blocks[nr - 1], kpool_class_size(class), 1);
	kpool_test_put_many(heap, class, blocks, nr - 1);

	/* All other pools are occupied: another class needs another arena. */
	block = kpool_test_take(test, heap, other);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 2ULL);
	KUNIT_EXPECT_PTR_NE(test, kpool_test_pool(block), kpool_test_pool(blocks[0]));
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(blocks[nr - 1], kpool_class_size(class), 1));
	kpool_test_put(heap, other, block);
	kpool_test_put(heap, class, blocks[nr - 1]);
	kpool_test_raise(test, anchors, KPOOL_USABLE_POOLS - 1);
}

static void takes_the_pool_once_its_last_block_is_back(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other = (class + 7) % KPOOL_NR_CLASSES;
	unsigned int nr = kpool_class_info[class].capacity;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **anchors = kpool_test_anchor(test, KPOOL_USABLE_POOLS - 1);
	void **blocks = kpool_test_pointers(test, nr), *block;

	kpool_test_take_many(test, heap, class, blocks, nr);
	kpool_test_put_many(heap, class, blocks, nr);
	block = kpool_test_take(test, heap, other);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 1ULL);
	KUNIT_EXPECT_PTR_EQ(test, kpool_test_pool(block), kpool_test_pool(blocks[0]));
	kpool_test_put(heap, other, block);
	kpool_test_raise(test, anchors, KPOOL_USABLE_POOLS - 1);
}

/* A free pool keeps its last class, which does not affect the choice of the next pool. */
static void counts_what_the_pool_was_before(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other = (class + 1) % KPOOL_NR_CLASSES;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **anchors = kpool_test_anchor(test, KPOOL_USABLE_POOLS - 1);
	struct kpool_stats stats;
	unsigned int i;

	for (i = 0; i < 3; i++) /* fresh, same, same */
		kpool_test_put(heap, class, kpool_test_take(test, heap, class));
	for (i = 0; i < 2; i++) /* other, same */
		kpool_test_put(heap, other, kpool_test_take(test, heap, other));
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.pools_fresh, (u64)KPOOL_USABLE_POOLS);
	KUNIT_EXPECT_EQ(test, stats.recycled_same, 3ULL);
	KUNIT_EXPECT_EQ(test, stats.recycled_other, 1ULL);
	kpool_test_raise(test, anchors, KPOOL_USABLE_POOLS - 1);
}

/* A recycled pool has all its blocks free, whatever its last class. */
static void starts_with_every_block_free(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other, nr, i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **anchors = kpool_test_anchor(test, KPOOL_USABLE_POOLS - 1);
	void **blocks = kpool_test_pointers(test, kpool_test_blocks(0, 1));

	for (other = 0; other < KPOOL_NR_CLASSES; other++) {
		kpool_test_put(heap, class, kpool_test_take(test, heap, class));
		nr = kpool_test_blocks(other, 1);
		for (i = 0; i < nr; i++)
			blocks[i] = kpool_test_take(test, heap, other);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 1ULL);
		kpool_test_consistent(test, heap);
		kpool_test_put_many(heap, other, blocks, nr);
	}
	kpool_test_raise(test, anchors, KPOOL_USABLE_POOLS - 1);
}

/* Put blocks back in a random order. */
static void kpool_test_put_shuffled(struct kpool_heap *heap, unsigned int class,
				    void **blocks, unsigned int nr, struct rnd_state *rnd)
{
	while (nr) {
		unsigned int i = prandom_u32_state(rnd) % nr;

		kpool_test_put(heap, class, blocks[i]);
		blocks[i] = blocks[--nr];
	}
}

/* Take whole pools of two other classes in turn, or put them back. */
static void kpool_test_alternate(struct kunit *test, unsigned int class, void **pools,
				 unsigned int i, bool take)
{
	unsigned int other = (class + 1 + i % 2) % KPOOL_NR_CLASSES;
	unsigned int nr = kpool_test_blocks(other, 1);

	if (!take) {
		kpool_test_put_many(kpool_test_heap(test), other, pools[i], nr);
		return;
	}
	pools[i] = kpool_test_pointers(test, nr);
	kpool_test_take_many(test, kpool_test_heap(test), other, pools[i], nr);
}

/*
 * Free two arenas of one class in a random order, except one block in each. Other classes then take
 * every free pool: no arena is added until none is left, and the next block adds one.
 */
static void adds_no_arena_while_any_pool_is_free(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i, pools = 2 * KPOOL_USABLE_POOLS - 2;
	unsigned int nr = kpool_test_blocks(class, pools + 2);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);
	void **others = kpool_test_pointers(test, pools + 1);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, class);
	kpool_test_take_many(test, heap, class, blocks, nr);
	kpool_test_put_shuffled(heap, class, blocks + 1, nr - 2, &rnd);
	KUNIT_ASSERT_EQ(test, kpool_test_stats(test, heap).pools_free, (u64)pools);

	for (i = 0; i < pools; i++) {
		kpool_test_alternate(test, class, others, i, true);
		KUNIT_ASSERT_EQ(test, kpool_test_stats(test, heap).arenas_created, 2ULL);
	}
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).pools_free, 0ULL);
	kpool_test_alternate(test, class, others, pools, true);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 3ULL);
	kpool_test_consistent(test, heap);

	for (i = 0; i <= pools; i++)
		kpool_test_alternate(test, class, others, i, false);
	kpool_test_put(heap, class, blocks[0]);
	kpool_test_put(heap, class, blocks[nr - 1]);
}

static void pinned_pools_never_change_class(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other = (class + 1) % KPOOL_NR_CLASSES;
	unsigned int nr = kpool_test_blocks(class, KPOOL_USABLE_POOLS);
	void **blocks = kpool_test_pointers(test, nr), *block;
	struct kpool_heap *heap;
	struct kpool_stats stats;

	kpool_test_replace_heap(test, KPOOL_HEAP_PIN_CLASSES);
	heap = kpool_test_heap(test);
	kpool_test_take_many(test, heap, class, blocks, nr);
	kpool_test_put_many(heap, class, blocks, nr);

	/* All 63 pools of the arena are free, but another class may not claim them. */
	block = kpool_test_take(test, heap, other);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.arenas_created, 2ULL);
	KUNIT_EXPECT_EQ(test, stats.recycled_other, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.pools_free, 2ULL * KPOOL_USABLE_POOLS - 1);

	/* Their own class claims all of them without another arena. */
	kpool_test_take_many(test, heap, class, blocks, nr);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.arenas_created, 2ULL);
	KUNIT_EXPECT_EQ(test, stats.recycled_same, (u64)KPOOL_USABLE_POOLS);
	kpool_test_consistent(test, heap);
	kpool_test_put_many(heap, class, blocks, nr);
	kpool_test_put(heap, other, block);
}

static struct kunit_case kpool_recycle_cases[] = {
	KUNIT_CASE_PARAM(recycles_empty_pools_to_any_class, class_gen_params),
	KUNIT_CASE_PARAM(keeps_a_pool_with_one_block_out, class_gen_params),
	KUNIT_CASE_PARAM(takes_the_pool_once_its_last_block_is_back, class_gen_params),
	KUNIT_CASE_PARAM(counts_what_the_pool_was_before, class_gen_params),
	KUNIT_CASE_PARAM(starts_with_every_block_free, class_gen_params),
	KUNIT_CASE_PARAM(adds_no_arena_while_any_pool_is_free, class_gen_params),
	KUNIT_CASE_PARAM(pinned_pools_never_change_class, class_gen_params),
	{}
};

struct kunit_suite kpool_recycle_suite = {
	.name = "kpool_recycle",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_recycle_cases,
};
