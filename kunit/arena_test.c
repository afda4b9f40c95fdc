// SPDX-License-Identifier: GPL-2.0
/* Arenas: layout, order of service, release of arenas, return of free pools. */
#include "common.h"
#include "trim.h"

/* A class with few blocks per pool, so that a case fills arenas quickly. */
#define KPOOL_TEST_CLASS	(KPOOL_NR_CLASSES - 1)

/* Take all pools of @nr arenas. The blocks of arena i begin at [i * blocks per arena]. */
static void **kpool_test_arenas(struct kunit *test, unsigned int nr)
{
	unsigned int blocks = kpool_test_blocks(KPOOL_TEST_CLASS, nr * KPOOL_USABLE_POOLS);
	void **all = kpool_test_pointers(test, blocks);

	kpool_test_take_many(test, kpool_test_heap(test), KPOOL_TEST_CLASS, all, blocks);
	KUNIT_ASSERT_EQ(test, kpool_test_stats(test, kpool_test_heap(test)).arenas, (u64)nr);
	return all;
}

static unsigned int kpool_test_arena_blocks(void)
{
	return kpool_test_blocks(KPOOL_TEST_CLASS, KPOOL_USABLE_POOLS);
}

/* Put back the first @pools pools that kpool_test_arenas() took in arena @arena. */
static void kpool_test_put_pools(struct kunit *test, void **all, unsigned int arena,
				 unsigned int pools)
{
	kpool_test_put_many(kpool_test_heap(test), KPOOL_TEST_CLASS,
			    all + arena * kpool_test_arena_blocks(),
			    kpool_test_blocks(KPOOL_TEST_CLASS, pools));
}

static void begins_with_its_header(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *block = kpool_test_take(test, heap, 0);
	struct kpool_arena *arena = kpool_arena_of(block);

	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)arena, KPOOL_ARENA_SIZE));
	KUNIT_EXPECT_PTR_EQ(test, kpool_test_arena(block), arena);
	KUNIT_EXPECT_PTR_EQ(test, arena->heap, heap);
	KUNIT_EXPECT_EQ(test, arena->bytes[0], KPOOL_BYTE_HEADER);
	KUNIT_EXPECT_GE(test, kpool_pool_index(block), KPOOL_HEADER_POOLS);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.pages),
			1L << KPOOL_ARENA_ORDER);
	kpool_test_put(heap, 0, block);
}

static void serves_all_pools_but_its_header(struct kunit *test)
{
	unsigned int nr = kpool_test_arena_blocks(), i, outside = 0;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_arenas(test, 1), *more;

	for (i = 0; i < nr; i++)
		outside += kpool_arena_of(blocks[i]) != kpool_arena_of(blocks[0]);
	KUNIT_EXPECT_EQ(test, outside, 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).pools_free, 0ULL);

	more = kpool_test_take(test, heap, KPOOL_TEST_CLASS);
	KUNIT_EXPECT_PTR_NE(test, kpool_arena_of(more), kpool_arena_of(blocks[0]));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas, 2ULL);
	kpool_test_put(heap, KPOOL_TEST_CLASS, more);
	kpool_test_put_pools(test, blocks, 0, KPOOL_USABLE_POOLS);
}

static void is_known_by_every_address_in_it(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *block = kpool_test_take(test, heap, 0);
	struct kpool_arena *arena = kpool_arena_of(block);
	unsigned long offset;

	for (offset = 0; offset < KPOOL_ARENA_SIZE; offset += 512)
		KUNIT_ASSERT_PTR_EQ(test, kpool_test_arena((void *)arena + offset), arena);
	KUNIT_EXPECT_PTR_EQ(test, kpool_test_arena((void *)arena + KPOOL_ARENA_SIZE - 1), arena);
	kpool_test_put(heap, 0, block);
}

static void is_forgotten_when_it_is_released(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *block = kpool_test_take(test, heap, 0);

	kpool_test_put(heap, 0, block);
	KUNIT_EXPECT_GT(test, kpool_heap_shrink(heap), 0UL);
	KUNIT_EXPECT_NULL(test, kpool_test_arena(block));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

static void foreign_addresses_have_none(struct kunit *test)
{
	int on_stack = 0;

	KUNIT_EXPECT_NULL(test, kpool_test_arena(NULL));
	KUNIT_EXPECT_NULL(test, kpool_test_arena(ZERO_SIZE_PTR));
	KUNIT_EXPECT_NULL(test, kpool_test_arena((void *)-1UL));
	KUNIT_EXPECT_NULL(test, kpool_test_arena((void *)PAGE_OFFSET - 1));
	KUNIT_EXPECT_NULL(test, kpool_test_arena(test));
	KUNIT_EXPECT_NULL(test, kpool_test_arena(&on_stack));
	KUNIT_EXPECT_NULL(test, kpool_test_arena(foreign_addresses_have_none));
}

/* Numbers of free pools in three arenas, in all orders. */
static const unsigned int kpool_test_orders[][3] = {
	{ 2, 10, 20 }, { 2, 20, 10 }, { 10, 2, 20 }, { 10, 20, 2 }, { 20, 2, 10 }, { 20, 10, 2 },
};

static void kpool_test_order_desc(const unsigned int (*free)[3], char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u, %u and %u pools free",
		 (*free)[0], (*free)[1], (*free)[2]);
}

KUNIT_ARRAY_PARAM(order, kpool_test_orders, kpool_test_order_desc);

/* Take the blocks of one pool into @held. The case puts them back. Return: their arena. */
static struct kpool_arena *kpool_test_next_arena(struct kunit *test, void **held)
{
	unsigned int nr = kpool_test_blocks(KPOOL_TEST_CLASS, 1);

	kpool_test_take_many(test, kpool_test_heap(test), KPOOL_TEST_CLASS, held, nr);
	return kpool_arena_of(held[0]);
}

static void the_one_with_the_fewest_free_pools_serves(struct kunit *test)
{
	const unsigned int *free = *(const unsigned int (*)[3])test->param_value;
	unsigned int per_pool = kpool_test_blocks(KPOOL_TEST_CLASS, 1), i, wrong = 0;
	unsigned int per_arena = kpool_test_arena_blocks();
	void **blocks = kpool_test_arenas(test, 3), *arena, *want;
	void **held = kpool_test_pointers(test, 32 * per_pool);

	for (i = 0; i < 3; i++)
		kpool_test_put_pools(test, blocks, i, free[i]);
	for (i = 0; i < 32; i++) {
		unsigned int left = i < 2 ? 2 : i < 12 ? 10 : 20;
		unsigned int which = free[0] == left ? 0 : free[1] == left ? 1 : 2;

		arena = kpool_test_next_arena(test, held + i * per_pool);
		want = kpool_arena_of(blocks[which * per_arena]);
		wrong += arena != want;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, kpool_test_heap(test)).pools_free, 0ULL);
	kpool_test_consistent(test, kpool_test_heap(test));
	kpool_test_put_many(kpool_test_heap(test), KPOOL_TEST_CLASS, held, 32 * per_pool);
	for (i = 0; i < 3; i++)
		kpool_test_put_many(kpool_test_heap(test), KPOOL_TEST_CLASS,
				    blocks + i * per_arena + free[i] * per_pool,
				    per_arena - free[i] * per_pool);
}

/*
 * Free about half of each arena, then take as many pools as the first arena has free: all come from
 * the first arena, the fullest.
 */
static void drains_and_is_released_while_fuller_ones_serve(struct kunit *test)
{
	unsigned int per_pool = kpool_test_blocks(KPOOL_TEST_CLASS, 1);
	unsigned int half = KPOOL_USABLE_POOLS / 2;
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int nr = kpool_test_arena_blocks(), i;
	void **blocks = kpool_test_arenas(test, 3);
	void **held = kpool_test_pointers(test, half * per_pool);
	struct kpool_arena *drained;

	kpool_test_put_pools(test, blocks, 0, half);
	kpool_test_put_pools(test, blocks, 1, half + 1);
	kpool_test_put_pools(test, blocks, 2, half + 2);
	for (i = 0; i < half; i++) {
		drained = kpool_test_next_arena(test, held + i * per_pool);
		KUNIT_ASSERT_PTR_EQ(test, drained, kpool_arena_of(blocks[0]));
	}
	/* Put back the other blocks of the two arenas that served nothing: both become empty. */
	for (i = 1; i < 3; i++)
		kpool_test_put_many(heap, KPOOL_TEST_CLASS, blocks + i * nr + (half + i) * per_pool,
				    nr - (half + i) * per_pool);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_empty, 1ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_released, 1ULL);
	kpool_test_put_many(heap, KPOOL_TEST_CLASS, held, half * per_pool);
	kpool_test_put_many(heap, KPOOL_TEST_CLASS, blocks + half * per_pool, nr - half * per_pool);
}

static void goes_back_but_for_one_that_is_kept(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_arenas(test, 5);
	unsigned int i, nr = kpool_test_arena_blocks();
	struct kpool_stats stats;

	for (i = 0; i < 5; i++)
		kpool_test_put_many(heap, KPOOL_TEST_CLASS, blocks + i * nr, nr);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.arenas, 1ULL);
	KUNIT_EXPECT_EQ(test, stats.arenas_empty, 1ULL);
	KUNIT_EXPECT_EQ(test, stats.arenas_released, 4ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 1L << KPOOL_ARENA_ORDER);
	KUNIT_EXPECT_EQ(test, kpool_heap_shrink(heap), 1UL << KPOOL_ARENA_ORDER);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

static void goes_back_alone_for_the_sake_of_who_waits(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_arenas(test, 5);

	kpool_test_put_many(heap, KPOOL_TEST_CLASS, blocks, 5 * kpool_test_arena_blocks());
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_released, 1ULL);
	KUNIT_EXPECT_EQ(test, kpool_heap_shrink(heap), 4UL << KPOOL_ARENA_ORDER);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

static void goes_back_alone_if_reclaim_asks_for_no_more(struct kunit *test)
{
	const unsigned long pages = 1UL << KPOOL_ARENA_ORDER;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_arenas(test, 7);

	kpool_test_put_many(heap, KPOOL_TEST_CLASS, blocks, 7 * kpool_test_arena_blocks());
	KUNIT_ASSERT_EQ(test, kpool_test_stats(test, heap).arenas_empty, 6ULL);
	KUNIT_EXPECT_EQ(test, kpool_trim_reclaim(heap, 0), 0UL);
	KUNIT_EXPECT_EQ(test, kpool_trim_reclaim(heap, 1), pages);
	KUNIT_EXPECT_EQ(test, kpool_trim_reclaim(heap, pages), pages);
	KUNIT_EXPECT_EQ(test, kpool_trim_reclaim(heap, pages + 1), 2 * pages);
	KUNIT_EXPECT_EQ(test, kpool_trim_reclaim(heap, ULONG_MAX), 2 * pages);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

static void is_not_thrashed_at_the_edge(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_arenas(test, 1);
	unsigned int i;

	for (i = 0; i < 100; i++)
		kpool_test_put(heap, KPOOL_TEST_CLASS,
			       kpool_test_take(test, heap, KPOOL_TEST_CLASS));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 2ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_released, 0ULL);
	kpool_test_put_pools(test, blocks, 0, KPOOL_USABLE_POOLS);
}

/* Return the only used block of an arena. The pages of the arena's other pools are returned. */
static void *kpool_test_split(struct kunit *test)
{
	void **blocks = kpool_test_arenas(test, 1);
	unsigned int nr = kpool_test_arena_blocks();

	kpool_test_put_many(kpool_test_heap(test), KPOOL_TEST_CLASS, blocks, nr - 1);
	kpool_test_fill(blocks[nr - 1], kpool_class_size(KPOOL_TEST_CLASS), 9);
	KUNIT_EXPECT_GT(test, kpool_heap_shrink(kpool_test_heap(test)), 0UL);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(blocks[nr - 1],
						  kpool_class_size(KPOOL_TEST_CLASS), 9));
	return blocks[nr - 1];
}

static void returns_free_pools_page_by_page_while_it_lives(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *block = kpool_test_split(test);
	struct kpool_stats stats = kpool_test_stats(test, heap);

	KUNIT_EXPECT_EQ(test, stats.arenas, 1ULL);
	KUNIT_EXPECT_EQ(test, stats.pools, 1ULL);
	KUNIT_EXPECT_EQ(test, stats.pools + stats.pools_free + stats.pools_returned,
			(u64)KPOOL_USABLE_POOLS);
	/* All pools are returned that share no page with the header or the used pool. */
	KUNIT_EXPECT_GE(test, stats.pools_returned,
			(u64)KPOOL_ARENA_POOLS - 2 * KPOOL_PAGE_POOLS);
	KUNIT_EXPECT_EQ(test, stats.bytes_returned, stats.pools_returned * KPOOL_POOL_SIZE);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages() * PAGE_SIZE, stats.bytes);
	kpool_test_consistent(test, heap);
	kpool_test_put(heap, KPOOL_TEST_CLASS, block);
}

static void disowns_returned_pools(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *block = kpool_test_split(test);
	struct kpool_arena *arena = kpool_arena_of(block);
	unsigned int i, owned = 0;

	for (i = 0; i < KPOOL_ARENA_POOLS; i++)
		if (arena->bytes[i] != KPOOL_BYTE_FOREIGN)
			owned++;
		else
			KUNIT_EXPECT_FALSE(test, kpool_owns(kpool_arena_pool(arena, i)));
	KUNIT_EXPECT_LE(test, owned, 2 * KPOOL_PAGE_POOLS);
	KUNIT_EXPECT_TRUE(test, kpool_owns(block));
	kpool_test_put(heap, KPOOL_TEST_CLASS, block);
}

static void works_on_with_the_pools_it_has(struct kunit *test)
{
	unsigned int nr = kpool_test_blocks(KPOOL_TEST_CLASS, 1) - 1, i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void *block = kpool_test_split(test);
	void **blocks = kpool_test_pointers(test, nr), *other;

	kpool_test_take_many(test, heap, KPOOL_TEST_CLASS, blocks, nr);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_PTR_EQ(test, kpool_test_pool(blocks[i]), kpool_test_pool(block));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 1ULL);

	/* A returned pool never serves again. */
	other = kpool_test_take(test, heap, 0);
	if (KPOOL_PAGE_POOLS == 1)
		KUNIT_EXPECT_PTR_NE(test, kpool_arena_of(other), kpool_arena_of(block));
	kpool_test_consistent(test, heap);
	kpool_test_put(heap, 0, other);
	kpool_test_put_many(heap, KPOOL_TEST_CLASS, blocks, nr);
	kpool_test_put(heap, KPOOL_TEST_CLASS, block);
}

static void goes_back_at_once_when_it_lost_pages(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *block = kpool_test_split(test);

	kpool_test_put(heap, KPOOL_TEST_CLASS, block);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

static struct kunit_case kpool_arena_cases[] = {
	KUNIT_CASE(begins_with_its_header),
	KUNIT_CASE(serves_all_pools_but_its_header),
	KUNIT_CASE(is_known_by_every_address_in_it),
	KUNIT_CASE(is_forgotten_when_it_is_released),
	KUNIT_CASE(foreign_addresses_have_none),
	KUNIT_CASE_PARAM(the_one_with_the_fewest_free_pools_serves, order_gen_params),
	KUNIT_CASE(drains_and_is_released_while_fuller_ones_serve),
	KUNIT_CASE(goes_back_but_for_one_that_is_kept),
	KUNIT_CASE(goes_back_alone_for_the_sake_of_who_waits),
	KUNIT_CASE(goes_back_alone_if_reclaim_asks_for_no_more),
	KUNIT_CASE(is_not_thrashed_at_the_edge),
	KUNIT_CASE(returns_free_pools_page_by_page_while_it_lives),
	KUNIT_CASE(disowns_returned_pools),
	KUNIT_CASE(works_on_with_the_pools_it_has),
	KUNIT_CASE(goes_back_at_once_when_it_lost_pages),
	{}
};

struct kunit_suite kpool_arena_suite = {
	.name = "kpool_arena",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_arena_cases,
};
