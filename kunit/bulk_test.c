// SPDX-License-Identifier: GPL-2.0
/* Bulk requests, reallocation, and frees after a grace period. */
#include <linux/delay.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "common.h"
#include "magazine.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

/**
 * struct kpool_test_bulk - a bulk request
 * @size: bytes of a block
 * @nr: number of blocks
 */
struct kpool_test_bulk {
	u32 size;
	u32 nr;
};

static const struct kpool_test_bulk kpool_test_bulks[] = {
	{ 64, 0 }, { 64, 1 }, { 64, 2 }, { 8, 63 }, { 8, 64 }, { 8, 65 }, { 8, 5000 },
	{ 16, 1000 }, { 100, 129 }, { 512, 500 }, { 1024, 300 }, { 1024, 1 }, { 1025, 20 },
	{ 3000, 70 }, { 9000, 5 },
};

static void kpool_test_bulk_desc(const struct kpool_test_bulk *bulk, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u of %u bytes", bulk->nr, bulk->size);
}

KUNIT_ARRAY_PARAM(bulk, kpool_test_bulks, kpool_test_bulk_desc);

static void gives_all_blocks_or_none(struct kunit *test)
{
	const struct kpool_test_bulk *bulk = test->param_value;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, bulk->nr + 1);

	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, bulk->size, GFP_KERNEL, bulk->nr,
						    blocks), bulk->nr);
	KUNIT_EXPECT_NULL(test, blocks[bulk->nr]);
	if (bulk->size <= KPOOL_MAX_SIZE)
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, (u64)bulk->nr);
	kpool_test_fill_many(blocks, bulk->nr, bulk->size, 0x21);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, bulk->nr, bulk->size, 0x21), 0U);
	kpool_heap_free_bulk(heap, bulk->nr, blocks);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	kpool_test_consistent(test, heap);
}

static void zeroes_every_block(struct kunit *test)
{
	const struct kpool_test_bulk *bulk = test->param_value;
	void **blocks = kpool_test_pointers(test, bulk->nr + 1);
	unsigned int i, dirty = 0;

	KUNIT_ASSERT_EQ(test, kpool_alloc_bulk(bulk->size, GFP_KERNEL, bulk->nr, blocks),
			bulk->nr);
	kpool_test_fill_many(blocks, bulk->nr, bulk->size, 0xff);
	kpool_free_bulk(bulk->nr, blocks);
	KUNIT_ASSERT_EQ(test, kpool_alloc_bulk(bulk->size, GFP_KERNEL | __GFP_ZERO, bulk->nr,
					       blocks), bulk->nr);
	for (i = 0; i < bulk->nr; i++)
		dirty += !!memchr_inv(blocks[i], 0, bulk->size);
	KUNIT_EXPECT_EQ(test, dirty, 0U);
	kpool_free_bulk(bulk->nr, blocks);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(NULL), 0);
}

/* Free blocks of the default heap, blocks of a private heap, kmalloc memory and NULL in turn. */
static void takes_back_any_mix(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void **mix = kpool_test_pointers(test, 400);
	unsigned int i;

	for (i = 0; i < 400; i++) {
		size_t size = 1 + i * 37 % 1500;

		if (i % 4 == 0)
			mix[i] = kpool_alloc(size, GFP_KERNEL);
		else if (i % 4 == 1)
			mix[i] = kpool_heap_alloc(heap, size, GFP_KERNEL);
		else if (i % 4 == 2)
			mix[i] = kmalloc(size, GFP_KERNEL);
	}
	KUNIT_EXPECT_GT(test, kpool_test_stats(test, heap).blocks_used, 50ULL);
	kpool_free_bulk(400, mix);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(NULL), 0);
	kpool_test_consistent(test, heap);
}

/* Allocate @nr blocks of the case's class one by one. */
static void **kpool_test_blocks_of(struct kunit *test, unsigned int nr)
{
	void **blocks = kpool_test_pointers(test, nr);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		blocks[i] = kpool_heap_alloc(kpool_test_heap(test),
					     kpool_class_size(kpool_test_class(test)), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
	}
	return blocks;
}

/* Write a different number into each block: a block present twice loses its number. */
static void kpool_test_expect_distinct(struct kunit *test, void **blocks, unsigned int nr)
{
	unsigned int i, bad = 0;

	for (i = 0; i < nr; i++)
		*(u32 *)blocks[i] = i;
	for (i = 0; i < nr; i++)
		bad += *(u32 *)blocks[i] != i;
	KUNIT_EXPECT_EQ(test, bad, 0U);
}

/* Leave 2 blocks in the loaded magazine and a full previous magazine. */
static void **kpool_test_two_magazines(struct kunit *test, unsigned int *nr)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int i;
	void **blocks;

	*nr = kpool_magazine_capacity(kpool_test_class(test)) + 2;
	blocks = kpool_test_blocks_of(test, *nr);
	kpool_magazine_drain_all(heap);
	for (i = 0; i < *nr; i++)
		kpool_heap_free(heap, blocks[i]);
	KUNIT_ASSERT_EQ(test, kpool_magazine_cached(heap, raw_smp_processor_id(),
						    kpool_test_class(test)), (unsigned long)*nr);
	return blocks;
}

/*
 * A request that the loaded magazine can serve takes its blocks. A larger one takes all blocks from
 * the previous magazine, which then becomes the loaded one.
 */
static void prefers_one_magazine_that_has_all(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), nr, i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_two_magazines(test, &nr), *got[3];
	struct kpool_slot_cold *cold = &per_cpu_ptr(heap->cpu, raw_smp_processor_id())->cold[class];
	struct kpool_stats before = kpool_test_stats(test, heap), after;

	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, 1, got), 1U);
	KUNIT_EXPECT_PTR_EQ(test, got[0], blocks[nr - 1]);
	kpool_heap_free(heap, got[0]);

	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, 3, got), 3U);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_PTR_EQ(test, got[i], blocks[nr - 2 - 3 + i]);
	KUNIT_EXPECT_EQ(test, cold->previous_rounds, 2U);
	after = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs + 4);
	KUNIT_EXPECT_EQ(test, after.magazine_hits, before.magazine_hits + 4);
	KUNIT_EXPECT_EQ(test, after.refills, before.refills);
	kpool_heap_free_bulk(heap, 3, got);
	kpool_test_consistent(test, heap);
}

static void uses_both_magazines_before_the_pools(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), nr;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_two_magazines(test, &nr);
	struct kpool_stats before = kpool_test_stats(test, heap), after;

	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, blocks), nr);
	after = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs + nr);
	KUNIT_EXPECT_EQ(test, after.magazine_hits, before.magazine_hits + nr);
	KUNIT_EXPECT_EQ(test, after.refills, before.refills);
	KUNIT_EXPECT_EQ(test, after.blocks_cached, 0ULL);
	kpool_test_expect_distinct(test, blocks, nr);
	kpool_heap_free_bulk(heap, nr, blocks);
}

/* Free more blocks than two magazines hold. The depot keeps the rest, up to its limit. */
static void goes_beyond_two_magazines(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), i;
	unsigned int capacity = kpool_magazine_capacity(class), nr = 8 * capacity + 3;
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats before, after;
	void **blocks = kpool_test_blocks_of(test, nr);

	for (i = 0; i < 4; i++) {
		before = kpool_test_stats(test, heap);
		kpool_heap_free_bulk(heap, nr, blocks);
		after = kpool_test_stats(test, heap);
		KUNIT_EXPECT_EQ(test, after.blocks_used, 0ULL);
		KUNIT_EXPECT_EQ(test, after.frees, before.frees + nr);
		KUNIT_EXPECT_GE(test, after.blocks_cached, 8ULL * capacity);
		KUNIT_EXPECT_LE(test, after.blocks_cached,
				(KPOOL_DEPOT_FULL_MAX + 2ULL) * capacity);
		KUNIT_EXPECT_LE(test, kpool_magazine_cached(heap, raw_smp_processor_id(), class),
				2UL * capacity);
		KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, blocks),
				nr);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).allocs, after.allocs + nr);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, (u64)nr);
		kpool_test_expect_distinct(test, blocks, nr);
		kpool_test_consistent(test, heap);
	}
	kpool_heap_free_bulk(heap, nr, blocks);
}

/* Free runs of random classes and lengths: each block goes to its own class. */
static void sorts_mixed_classes(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int nr = 3000, i, class, run = 0;
	void **blocks = kpool_test_pointers(test, nr);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 7);
	for (i = 0, class = 0; i < nr; i++) {
		if (!run--) {
			run = prandom_u32_state(&rnd) % (i % 2 ? 4 : 100);
			class = prandom_u32_state(&rnd) % KPOOL_NR_CLASSES;
		}
		blocks[i] = kpool_heap_alloc(heap, kpool_class_size(class), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
	}
	kpool_heap_free_bulk(heap, nr, blocks);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		unsigned int size = kpool_class_size(class), wrong = 0;

		KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, 100, blocks),
				100U);
		for (i = 0; i < 100; i++)
			wrong += kpool_usable_size(blocks[i]) != size;
		KUNIT_EXPECT_EQ(test, wrong, 0U);
		kpool_test_expect_distinct(test, blocks, 100);
		kpool_heap_free_bulk(heap, 100, blocks);
	}
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
	kpool_test_consistent(test, heap);
}

/* Put kmalloc memory or NULL at the start, at the end, and wherever kpool may split a run. */
static void takes_back_runs_with_foreign_memory_in_them(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), i, at;
	unsigned int nr = 3 * kpool_magazine_capacity(class);
	const unsigned int places[] = { 0, 1, nr / 3 - 1, nr / 3, nr / 3 + 1, 63, 64, 65, nr - 1 };
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		at = min(places[i], nr - 1);
		blocks = kpool_test_blocks_of(test, nr);
		kpool_heap_free(heap, blocks[at]);
		blocks[at] = i % 3 == 2 ? NULL : kmalloc(i % 3 ? size : 2000, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, nr - 1ULL);
		kpool_heap_free_bulk(heap, nr, blocks);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
		kpool_test_consistent(test, heap);
	}
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
}

static void kpool_test_resize(struct kunit *test, unsigned int from, unsigned int to)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	u8 *p = kpool_heap_alloc(heap, from, GFP_KERNEL), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0x6b, from);
	q = kpool_heap_realloc(heap, p, to, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_GE(test, kpool_usable_size(q), (size_t)to);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0x6b, min(from, to)));
	/* An object that shrank to half or less left its large block. */
	KUNIT_EXPECT_TRUE(test, from < 2 * to || q != p);
	kpool_heap_free(heap, q);
}

static void keeps_contents_when_it_grows(struct kunit *test)
{
	unsigned int from = kpool_class_size(kpool_test_class(test)), to;

	for (to = from; to <= 4096; to = to * 5 / 3 + 1)
		kpool_test_resize(test, from, to);
	kpool_test_consistent(test, kpool_test_heap(test));
}

static void keeps_contents_when_it_shrinks(struct kunit *test)
{
	unsigned int to = kpool_class_size(kpool_test_class(test)), from;

	for (from = to; from <= 4096; from = from * 5 / 3 + 1)
		kpool_test_resize(test, from, to);
	kpool_test_consistent(test, kpool_test_heap(test));
}

static void stays_where_it_fits(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	void *p = kpool_alloc(size, GFP_KERNEL);

	KUNIT_EXPECT_PTR_EQ(test, kpool_realloc(p, size, GFP_KERNEL), p);
	KUNIT_EXPECT_PTR_EQ(test, kpool_realloc(p, size - 1, GFP_KERNEL), p);
	KUNIT_EXPECT_PTR_EQ(test, kpool_realloc(p, size, GFP_KERNEL), p);
	kpool_free(p);
}

static void realloc_knows_the_edges(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	size_t huge = SIZE_MAX;
	void *p = kpool_heap_realloc(heap, NULL, 100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(huge);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_test_fill(p, 100, 3);
	KUNIT_EXPECT_NULL(test, kpool_heap_realloc(heap, p, huge, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, 100, 3));
	KUNIT_EXPECT_PTR_EQ(test, kpool_heap_realloc(heap, p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	p = kpool_realloc(ZERO_SIZE_PTR, 10, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_PTR_EQ(test, kpool_realloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kpool_realloc(NULL, 0, GFP_KERNEL), ZERO_SIZE_PTR);
}

static void realloc_zeroes_what_it_adds(struct kunit *test)
{
	size_t size, last = 1;
	u8 *p = kpool_zalloc(1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	for (size = 2; size < 9000; last = size, size += 1 + size / 3) {
		memset(p, 0x6b, last);
		p = kpool_realloc(p, size, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x6b, last));
		KUNIT_EXPECT_NULL(test, memchr_inv(p + last, 0, size - last));
	}
	kpool_free(p);
}

/* Shrink kmalloc memory in place and grow it again: the bytes in between must be zero. */
static void realloc_zeroes_what_was_shrunk_of_kmallocs_memory(struct kunit *test)
{
	u8 *p = kzalloc(300, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0x6b, 300);
	p = kpool_realloc(p, 290, GFP_KERNEL | __GFP_ZERO);
	p = kpool_realloc(p, 300, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x6b, 290));
	KUNIT_EXPECT_NULL(test, memchr_inv(p + 290, 0, 10));
	kpool_free(p);
}

static void realloc_takes_foreign_memory(struct kunit *test)
{
	static const u16 sizes[][2] = {
		{ 300, 50 }, { 300, 350 }, { 300, 600 }, { 300, 3000 }, { 5000, 50 },
		{ 5000, 1200 }, { 5000, 9000 },
	};
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = kmalloc(sizes[i][0], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0x6b, sizes[i][0]);
		p = kpool_realloc(p, sizes[i][1], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x6b, min(sizes[i][0], sizes[i][1])));
		memset(p, 0x6c, sizes[i][1]);
		kpool_free(p);
	}
}

static void realloc_moves_a_small_rest_of_kmallocs_memory_home(struct kunit *test)
{
	void *p = kpool_realloc(kmalloc(5000, GFP_KERNEL), 50, GFP_KERNEL);

	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	kpool_free(p);
}

struct kpool_test_rcu_object {
	u64 before[2];
	struct rcu_head rcu;
	u64 after[2];
};

static void frees_objects_after_a_grace_period(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_rcu_object *object;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		object = kpool_heap_alloc(heap, sizeof(*object), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, object);
		kpool_free_rcu(object, rcu);
	}
	object = kmalloc(sizeof(*object), GFP_KERNEL);
	kpool_free_rcu(object, rcu);
	object = kpool_heap_alloc(heap, 5000, GFP_KERNEL);
	kpool_free_rcu(object, rcu);
	object = NULL;
	kpool_free_rcu(object, rcu);
	kpool_rcu_barrier();
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	kpool_test_consistent(test, heap);
}

static void leaves_readers_their_objects(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_rcu_object *object = kpool_heap_alloc(heap, sizeof(*object), GFP_KERNEL);
	struct kpool_stats stats;
	bool intact;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, object);
	kpool_test_fill(object->after, sizeof(object->after), 8);
	rcu_read_lock();
	kpool_free_rcu(object, rcu);
	mdelay(10); /* the reader may not sleep */
	err = kpool_heap_stats(heap, &stats);
	intact = kpool_test_intact(object->after, sizeof(object->after), 8);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, intact);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, stats.blocks_used, 1ULL);
	kpool_rcu_barrier();
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
}

static void frees_objects_without_a_head_after_a_grace_period(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	struct kpool_heap *heap = kpool_test_heap(test);

	for (i = 0; i < 10; i++)
		kpool_free_rcu_mightsleep(kpool_heap_alloc(heap, size, GFP_KERNEL));
	kpool_free_rcu_mightsleep(kmalloc(size, GFP_KERNEL));
	kpool_rcu_barrier();
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
}

static void destroying_a_heap_waits_for_its_objects(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "rcu", 0);
	unsigned int i;

	for (i = 0; i < 100; i++)
		kpool_free_rcu_mightsleep(kpool_heap_alloc(heap, 100, GFP_KERNEL));
	kpool_heap_destroy(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

static struct kunit_case kpool_bulk_cases[] = {
	KUNIT_CASE_PARAM(gives_all_blocks_or_none, bulk_gen_params),
	KUNIT_CASE_PARAM(zeroes_every_block, bulk_gen_params),
	KUNIT_CASE(takes_back_any_mix),
	KUNIT_CASE_PARAM(prefers_one_magazine_that_has_all, class_gen_params),
	KUNIT_CASE_PARAM(uses_both_magazines_before_the_pools, class_gen_params),
	KUNIT_CASE_PARAM(goes_beyond_two_magazines, class_gen_params),
	KUNIT_CASE(sorts_mixed_classes),
	KUNIT_CASE_PARAM(takes_back_runs_with_foreign_memory_in_them, class_gen_params),
	KUNIT_CASE_PARAM(keeps_contents_when_it_grows, class_gen_params),
	KUNIT_CASE_PARAM(keeps_contents_when_it_shrinks, class_gen_params),
	KUNIT_CASE_PARAM(stays_where_it_fits, class_gen_params),
	KUNIT_CASE(realloc_knows_the_edges),
	KUNIT_CASE(realloc_zeroes_what_it_adds),
	KUNIT_CASE(realloc_zeroes_what_was_shrunk_of_kmallocs_memory),
	KUNIT_CASE(realloc_takes_foreign_memory),
	KUNIT_CASE(realloc_moves_a_small_rest_of_kmallocs_memory_home),
	KUNIT_CASE(frees_objects_after_a_grace_period),
	KUNIT_CASE(leaves_readers_their_objects),
	KUNIT_CASE_PARAM(frees_objects_without_a_head_after_a_grace_period, class_gen_params),
	KUNIT_CASE(destroying_a_heap_waits_for_its_objects),
	{}
};

struct kunit_suite kpool_bulk_suite = {
	.name = "kpool_bulk",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_bulk_cases,
};
