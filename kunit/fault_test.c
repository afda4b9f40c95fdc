// SPDX-License-Identifier: GPL-2.0
/* No memory for an arena: kmalloc serves the request, and the fallback is counted. */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "load.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

/* Fail all allocations until the next kpool_test_backend_fail(). */
#define KPOOL_TEST_ALWAYS	LONG_MAX

static void *kpool_test_fallback(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	void *p = kpool_heap_alloc(kpool_test_heap(test), size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p));
	KUNIT_EXPECT_GE(test, kpool_usable_size(p), (size_t)size);
	kpool_test_fill(p, size, 2);
	return p;
}

static void is_served_by_kmalloc_and_counted(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats stats;
	void *p;

	kpool_test_backend_fail(0, KPOOL_TEST_ALWAYS);
	p = kpool_test_fallback(test);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.fallbacks, 1ULL);
	KUNIT_EXPECT_EQ(test, stats.arenas_created, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.blocks_used, 0ULL);
	KUNIT_EXPECT_GE(test, atomic_long_read(&kpool_test_backend.failed), 1L);
	kpool_heap_free(heap, p);
	kpool_test_consistent(test, heap);
}

static void goes_home_by_every_way_to_free(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p[2];

	kpool_test_backend_fail(0, KPOOL_TEST_ALWAYS);
	kpool_free(kpool_test_fallback(test));
	kpool_heap_free(heap, kpool_test_fallback(test));
	kpool_free_sensitive(kpool_test_fallback(test));
	p[0] = kpool_test_fallback(test);
	p[1] = kpool_test_fallback(test);
	kpool_heap_free_bulk(heap, 2, p);
	kpool_heap_free_sized(heap, kpool_test_fallback(test), size);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).fallbacks, 6ULL);
	kpool_heap_shrink(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_cached, 0ULL);
	kpool_test_consistent(test, heap);
}

/* A sized free reads no metadata, so kmalloc memory may enter a magazine and be served again. */
static void may_pass_through_a_magazine(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **p = kpool_test_pointers(test, 20);

	kpool_test_backend_fail(0, KPOOL_TEST_ALWAYS);
	p[0] = kpool_test_fallback(test);
	kpool_heap_free_sized(heap, p[0], size);
	kpool_test_consistent(test, heap);
	kpool_test_backend_fail(0, 0);
	for (i = 0; i < 20; i++) {
		p[i] = kpool_heap_alloc(heap, size - i % 2, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		KUNIT_EXPECT_GE(test, kpool_usable_size(p[i]), (size_t)size);
	}
	kpool_test_fill_many(p, 20, size - 1, 4);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(p, 20, size - 1, 4), 0U);
	for (i = 0; i < 20; i++)
		kpool_heap_free_sized(heap, p[i], size - i % 2);
	kpool_test_consistent(test, heap);
	kpool_heap_shrink(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
}

static void ends_when_memory_is_back(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p, *q;

	kpool_test_backend_fail(0, KPOOL_TEST_ALWAYS);
	p = kpool_test_fallback(test);
	kpool_test_backend_fail(0, 0);
	q = kpool_heap_alloc(heap, size, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(q));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).fallbacks, 1ULL);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 2));
	kpool_heap_free(heap, p);
	kpool_heap_free(heap, q);
	kpool_test_consistent(test, heap);
}

static void cannot_happen_to_a_request_that_must_not_fail(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p;

	kpool_test_backend_fail(0, KPOOL_TEST_ALWAYS);
	p = kpool_heap_alloc(heap, size, GFP_KERNEL | __GFP_NOFAIL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
	kpool_heap_free(heap, p);
	/* The page allocator never sees __GFP_NOFAIL: the backend would count it in @misfits. */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.misfits), 0L);
}

static const u8 kpool_test_nth[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static void kpool_test_nth_desc(const u8 *nth, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "arena %u fails", *nth);
}

KUNIT_ARRAY_PARAM(nth, kpool_test_nth, kpool_test_nth_desc);

static void one_failure_is_one_fallback(struct kunit *test)
{
	unsigned int nth = *(const u8 *)test->param_value, i;
	long tries = nr_online_nodes > 1 ? 2 : 1; /* on the node, then on any */
	unsigned int nr = (nth + 1) * kpool_test_blocks(KPOOL_NR_CLASSES - 1, KPOOL_USABLE_POOLS);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);
	struct kpool_stats stats;
	unsigned int foreign = 0;

	kpool_test_backend_fail(nth - 1, tries);
	for (i = 0; i < nr; i++) {
		blocks[i] = kpool_heap_alloc(heap, KPOOL_MAX_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		foreign += !kpool_owns(blocks[i]);
	}
	kpool_test_fill_many(blocks, nr, 32, 7);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, foreign, 1U);
	KUNIT_EXPECT_EQ(test, stats.fallbacks, 1ULL);
	KUNIT_EXPECT_EQ(test, stats.blocks_used, nr - 1ULL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.failed), tries);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, 32, 7), 0U);
	kpool_heap_free_bulk(heap, nr, blocks);
	kpool_test_consistent(test, heap);
}

static void pools_give_what_they_have(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	unsigned int nr = kpool_test_blocks(class, KPOOL_USABLE_POOLS);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr + 10);

	kpool_test_backend_fail(1, KPOOL_TEST_ALWAYS);
	KUNIT_EXPECT_EQ(test, kpool_refill_take(heap, numa_mem_id(), class, blocks + nr + 10,
						nr + 10, GFP_KERNEL), nr);
	KUNIT_EXPECT_EQ(test, kpool_refill_take(heap, numa_mem_id(), class, blocks + 10, 10,
						GFP_KERNEL), 0U);
	KUNIT_EXPECT_NULL(test, blocks[9]);
	KUNIT_EXPECT_NOT_NULL(test, blocks[10]);
	kpool_test_put_many(heap, class, blocks + 10, nr);
	kpool_test_consistent(test, heap);
}

static void bulk_requests_are_completed(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	unsigned int room = kpool_test_blocks(kpool_test_class(test), KPOOL_USABLE_POOLS);
	unsigned int nr = room + 50;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);

	kpool_test_backend_fail(1, KPOOL_TEST_ALWAYS);
	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, blocks), nr);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).fallbacks, 50ULL);
	kpool_test_fill_many(blocks, nr, size, 5);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, 5), 0U);
	kpool_heap_free_bulk(heap, nr, blocks);
	kpool_test_consistent(test, heap);
}

static void a_region_frees_fallbacks_too(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "region", KPOOL_HEAP_REGION);
	unsigned int i;

	kpool_test_backend_fail(0, KPOOL_TEST_ALWAYS);
	for (i = 1; i <= KPOOL_MAX_SIZE; i++)
		KUNIT_ASSERT_NOT_NULL(test, kpool_heap_alloc(heap, i, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).fallbacks, (u64)KPOOL_MAX_SIZE);
	kpool_heap_free_sized(heap, kpool_heap_alloc(heap, 64, GFP_KERNEL), 64);
	kpool_heap_destroy(heap);
}

static void atomic_callers_never_wait_for_an_arena(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p[3];

	p[0] = kpool_heap_alloc(heap, 64, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.sleepless), 0L);
	kpool_heap_free(heap, p[0]);
	kpool_heap_shrink(heap);
	p[0] = kpool_heap_alloc(heap, 64, GFP_ATOMIC);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.sleepless), 1L);
	kpool_heap_free(heap, p[0]);
	kpool_heap_shrink(heap);
	p[0] = kpool_heap_alloc(heap, 64, GFP_NOWAIT);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.sleepless), 2L);
	kpool_heap_free(heap, p[0]);
	kpool_heap_shrink(heap);
	KUNIT_EXPECT_EQ(test, kpool_heap_alloc_bulk(heap, 64, GFP_NOWAIT, 3, p), 3U);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.sleepless), 3L);
	kpool_heap_free_bulk(heap, 3, p);
}

/* Arena allocations fail and succeed in turn while all CPUs allocate. */
static void comes_and_goes_under_load(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	struct kpool_test_threads *threads = kpool_test_threads_start(test, load, -1);
	unsigned int i;

	for (i = 0; i < 20; i++) {
		kpool_test_backend_fail(0, i % 2 ? 0 : KPOOL_TEST_ALWAYS);
		kpool_heap_shrink(load->heap);
		msleep(20);
	}
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_GT(test, kpool_test_stats(test, load->heap).fallbacks, 0ULL);
	KUNIT_EXPECT_GT(test, atomic_long_read(&load->steps), 100L);
	kpool_test_load_end(test, load);
}

static void high_orders_alone_may_fail(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p;

	kpool_test_backend_fail_order(KPOOL_ARENA_ORDER);
	p = kpool_heap_alloc(heap, 64, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p));
	kpool_heap_free(heap, p);
	kpool_test_backend_fail_order(KPOOL_ARENA_ORDER + 1);
	p = kpool_heap_alloc(heap, 64, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	kpool_heap_free(heap, p);
}

/* Repeated failures, by the number of the call or at random. */
static const struct kpool_test_failures {
	long every;
	unsigned int percent;
} kpool_test_failures[] = {
	{ .every = 2 }, { .every = 3 }, { .every = 7 }, { .percent = 50 },
};

static void kpool_test_failures_desc(const struct kpool_test_failures *failures, char *desc)
{
	if (failures->every)
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "every arena divisible by %ld fails",
			 failures->every);
	else
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u of 100 arenas fail", failures->percent);
}

KUNIT_ARRAY_PARAM(failures, kpool_test_failures, kpool_test_failures_desc);

static void kpool_test_failures_begin(struct kunit *test)
{
	const struct kpool_test_failures *failures = test->param_value;
	u32 seed = 1;

	kunit_info(test, "seed %u", seed);
	kpool_test_backend_fail_every(failures->every);
	kpool_test_backend_fail_some(failures->percent, seed);
}

static void happens_again_and_again_under_load(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	struct kpool_test_threads *threads;
	unsigned int i;

	kpool_test_failures_begin(test);
	threads = kpool_test_threads_start(test, load, -1);
	for (i = 0; i < 1000 && atomic_long_read(&kpool_test_backend.failed) < 5; i++) {
		kpool_heap_shrink(load->heap);
		msleep(20);
	}
	kpool_test_threads_stop(threads);
	/* With large pages, few arenas are requested: only one failure is sure. */
	KUNIT_EXPECT_GE(test, atomic_long_read(&kpool_test_backend.failed), 1L);
	KUNIT_EXPECT_GT(test, kpool_test_stats(test, load->heap).arenas_created, 0ULL);
	kpool_test_load_end(test, load);
}

static void happens_again_and_again_to_bulk_requests(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int nr = 2 * kpool_test_blocks(KPOOL_NR_CLASSES - 1, KPOOL_USABLE_POOLS), i;
	void **blocks = kpool_test_pointers(test, nr);

	kpool_test_failures_begin(test);
	for (i = 0; i < 20; i++) {
		unsigned int size = KPOOL_MAX_SIZE - 8 * i;

		KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, blocks),
				nr);
		kpool_test_fill_many(blocks, nr, size, i);
		KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, i), 0U);
		kpool_heap_free_bulk(heap, nr, blocks);
		kpool_test_consistent(test, heap);
		kpool_heap_shrink(heap);
	}
	KUNIT_EXPECT_GE(test, atomic_long_read(&kpool_test_backend.failed), 2L);
}

static void happens_again_and_again_on_each_node(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int nr = kpool_test_blocks(KPOOL_NR_CLASSES - 1, KPOOL_USABLE_POOLS), i, round;
	void **blocks = kpool_test_pointers(test, nr);
	unsigned int strays = 0;
	int nid;

	kpool_test_failures_begin(test);
	for (round = 0; round < 10; round++) {
		for_each_node_state(nid, N_MEMORY) {
			for (i = 0; i < nr; i++) {
				blocks[i] = kpool_heap_alloc_node(heap, KPOOL_MAX_SIZE,
								  GFP_KERNEL | __GFP_THISNODE, nid);
				KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
				strays += page_to_nid(virt_to_page(blocks[i])) != nid;
			}
			kpool_heap_free_bulk(heap, nr, blocks);
			kpool_heap_shrink(heap);
		}
	}
	KUNIT_EXPECT_EQ(test, strays, 0U);
	KUNIT_EXPECT_GE(test, atomic_long_read(&kpool_test_backend.failed), 1L);
	kpool_test_consistent(test, heap);
}

/*
 * Before it falls back, an accounting heap releases free memory, here of another class: that memory
 * may be what keeps the cgroup at its limit.
 */
static void an_accounting_heap_gives_back_first(struct kunit *test)
{
	unsigned int class = KPOOL_NR_CLASSES - 1, nr;
	struct kpool_heap *heap;
	struct kpool_stats stats;
	void **blocks, *p;

	if (!IS_ENABLED(CONFIG_MEMCG))
		kunit_skip(test, "a kernel without memory cgroups");
	kpool_test_replace_heap(test, KPOOL_HEAP_ACCOUNT | KPOOL_HEAP_PIN_CLASSES);
	heap = kpool_test_heap(test);
	if (!heap->memcg)
		kunit_skip(test, "no memory cgroups in use");
	nr = kpool_test_blocks(class, KPOOL_USABLE_POOLS);
	blocks = kpool_test_pointers(test, nr);
	kpool_test_take_many(test, heap, class, blocks, nr);
	kpool_test_put_many(heap, class, blocks, nr);

	kpool_test_backend_fail(0, 1);
	p = kpool_heap_alloc(heap, kpool_class_size(0), GFP_KERNEL);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_EQ(test, stats.fallbacks, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.arenas_released, 1ULL);
	KUNIT_EXPECT_EQ(test, stats.arenas, 1ULL);
	kpool_heap_free(heap, p);
}

static struct kunit_case kpool_fault_cases[] = {
	KUNIT_CASE_PARAM(is_served_by_kmalloc_and_counted, class_gen_params),
	KUNIT_CASE_PARAM(goes_home_by_every_way_to_free, class_gen_params),
	KUNIT_CASE_PARAM(may_pass_through_a_magazine, class_gen_params),
	KUNIT_CASE_PARAM(ends_when_memory_is_back, class_gen_params),
	KUNIT_CASE_PARAM(cannot_happen_to_a_request_that_must_not_fail, class_gen_params),
	KUNIT_CASE_PARAM(one_failure_is_one_fallback, nth_gen_params),
	KUNIT_CASE_PARAM(pools_give_what_they_have, class_gen_params),
	KUNIT_CASE_PARAM(bulk_requests_are_completed, class_gen_params),
	KUNIT_CASE(a_region_frees_fallbacks_too),
	KUNIT_CASE(atomic_callers_never_wait_for_an_arena),
	KUNIT_CASE(an_accounting_heap_gives_back_first),
	KUNIT_CASE(comes_and_goes_under_load),
	KUNIT_CASE(high_orders_alone_may_fail),
	KUNIT_CASE_PARAM(happens_again_and_again_under_load, failures_gen_params),
	KUNIT_CASE_PARAM(happens_again_and_again_to_bulk_requests, failures_gen_params),
	KUNIT_CASE_PARAM(happens_again_and_again_on_each_node, failures_gen_params),
	{}
};

struct kunit_suite kpool_fault_suite = {
	.name = "kpool_fault",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_fault_cases,
};
