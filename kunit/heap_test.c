// SPDX-License-Identifier: GPL-2.0
/* Heaps: names, flags, separation, destruction. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kpool_redirect.h>

#include "watch.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

#define KPOOL_TEST_LONGEST	"a-name-of-exactly-31-characters"

static_assert(sizeof(KPOOL_TEST_LONGEST) == KPOOL_HEAP_NAME_MAX + 1);

/**
 * struct kpool_test_attempt - an attempt to create a heap
 * @desc: description
 * @name: name of the heap
 * @flags: flags of the heap
 * @err: expected error, or 0
 */
struct kpool_test_attempt {
	const char *desc;
	const char *name;
	unsigned int flags;
	int err;
};

static const struct kpool_test_attempt kpool_test_attempts[] = {
	{ "no name", NULL, 0, -EINVAL },
	{ "empty name", "", 0, -EINVAL },
	{ "longest name", KPOOL_TEST_LONGEST, 0, 0 },
	{ "name too long", KPOOL_TEST_LONGEST "s", 0, -EINVAL },
	{ "slash", "a/b", 0, -EINVAL },
	{ "leading slash", "/a", 0, -EINVAL },
	{ "dot", ".", 0, -EINVAL },
	{ "two dots", "..", 0, -EINVAL },
	{ "newline", "a\nb", 0, -EINVAL },
	{ "newline at the end", "a\n", 0, -EINVAL },
	{ "escape", "\033[2J", 0, -EINVAL },
	{ "first control", "\001", 0, -EINVAL },
	{ "last control", "a\037", 0, -EINVAL },
	{ "delete", "a\177", 0, -EINVAL },
	{ "blanks", " a b ", 0, 0 },
	{ "UTF-8", "gr\303\266\303\237e \342\202\254", 0, 0 },
	{ "name in use", "kunit", 0, -EEXIST },
	{ "name of the default heap", "default", 0, -EEXIST },
	{ "plain", "plain", 0, 0 },
	{ "region", "region", KPOOL_HEAP_REGION, 0 },
	{ "pinned classes", "pinned", KPOOL_HEAP_PIN_CLASSES, 0 },
	{ "both", "both", KPOOL_HEAP_REGION | KPOOL_HEAP_PIN_CLASSES, 0 },
	{ "typesafe", "typesafe", KPOOL_HEAP_TYPESAFE_RCU, 0 },
	{ "debug", "debug", KPOOL_HEAP_DEBUG, 0 },
	{ "all of these", "all", KPOOL_HEAP_REGION | KPOOL_HEAP_PIN_CLASSES | KPOOL_HEAP_DEBUG, 0 },
	{ "typesafe and debug", "mixed", KPOOL_HEAP_TYPESAFE_RCU | KPOOL_HEAP_DEBUG, -EINVAL },
	{ "account", "account", KPOOL_HEAP_ACCOUNT, IS_ENABLED(CONFIG_MEMCG) ? 0 : -EOPNOTSUPP },
	{ "random", "random", KPOOL_HEAP_RANDOM, 0 },
	{ "debug and random", "mixed", KPOOL_HEAP_RANDOM | KPOOL_HEAP_DEBUG, 0 },
	{ "unknown flag", "unknown", 2 * KPOOL_HEAP_RANDOM, -EINVAL },
	{ "highest flag", "highest", 1u << 31, -EINVAL },
	{ "region and unknown", "mixed", KPOOL_HEAP_REGION | 1u << 17, -EINVAL },
};

static void kpool_test_attempt_desc(const struct kpool_test_attempt *attempt, char *desc)
{
	strscpy(desc, attempt->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(attempt, kpool_test_attempts, kpool_test_attempt_desc);

static void creation_checks_name_and_flags(struct kunit *test)
{
	const struct kpool_test_attempt *attempt = test->param_value;
	struct kpool_heap_attr attr = { .flags = attempt->flags };
	struct kpool_heap *heap = kpool_heap_create(attempt->name, &attr);

	KUNIT_ASSERT_EQ(test, PTR_ERR_OR_ZERO(heap), attempt->err);
	if (IS_ERR(heap))
		return;
	KUNIT_EXPECT_NOT_NULL(test, heap);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), 0);
	kpool_heap_destroy(heap);
}

static void attributes_may_be_left_out(struct kunit *test)
{
	struct kpool_heap *heap = kpool_heap_create("plain", NULL);
	void *block;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, heap);
	block = kpool_heap_alloc(heap, 100, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(block));
	kpool_heap_free(heap, block);
	kpool_heap_destroy(heap);
	kpool_heap_destroy(NULL);
}

static void a_name_is_free_again_after_the_end(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "again", 0);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(kpool_heap_create("again", NULL)), -EEXIST);
	kpool_heap_destroy(heap);
	heap = kpool_test_heap_create(test, "again", 0);
	kpool_heap_destroy(heap);
}

static int kpool_test_loads;

static int kpool_test_load(void)
{
	kpool_test_loads++;
	return 0;
}

static void kpool_test_unload(void)
{
	kpool_test_loads--;
}

/* A used heap name must not make module_init() return -EEXIST: modprobe takes it for success. */
static void a_module_loads_though_its_heaps_name_is_taken(struct kunit *test)
{
	static const char * const names[] = { "kunit.2", "kunit.3" };
	struct kpool_heap *heap[2];
	unsigned int i;

	kpool_test_loads = 0;
	for (i = 0; i < ARRAY_SIZE(heap); i++) {
		KUNIT_ASSERT_EQ(test, kpool_redirect_begin(&heap[i], "kunit", 0, THIS_MODULE,
							   kpool_test_load, kpool_test_unload), 0);
		KUNIT_EXPECT_STREQ(test, heap[i]->name, names[i]);
		KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap[i]), 0);
	}
	KUNIT_EXPECT_EQ(test, kpool_test_loads, 2);
	for (i = 0; i < ARRAY_SIZE(heap); i++) {
		kpool_redirect_end(&heap[i], kpool_test_unload);
		KUNIT_EXPECT_FALSE(test, kpool_heap_is_named(names[i]));
	}
	KUNIT_EXPECT_EQ(test, kpool_test_loads, 0);
}

static void heaps_share_no_arena(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	struct kpool_heap *one = kpool_test_heap(test);
	struct kpool_heap *two = kpool_test_heap_create(test, "two", 0);
	void *a = kpool_heap_alloc(one, size, GFP_KERNEL);
	void *b = kpool_heap_alloc(two, size, GFP_KERNEL);
	void *c = kpool_alloc(size, GFP_KERNEL);

	KUNIT_EXPECT_PTR_NE(test, kpool_arena_of(a), kpool_arena_of(b));
	KUNIT_EXPECT_PTR_NE(test, kpool_arena_of(a), kpool_arena_of(c));
	KUNIT_EXPECT_PTR_NE(test, kpool_arena_of(b), kpool_arena_of(c));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, one).blocks_used, 1ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, two).blocks_used, 1ULL);
	kpool_heap_free(two, b);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, one).blocks_used, 1ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, two).blocks_used, 0ULL);
	kpool_heap_destroy(two);
	kpool_heap_free(one, a);
	kpool_free(c);
}

static void any_heaps_blocks_go_home_by_kpool_free(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *block = kpool_heap_alloc(heap, size, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 1ULL);
	kpool_free(block);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	KUNIT_EXPECT_PTR_EQ(test, kpool_heap_alloc(heap, size, GFP_KERNEL), block);
	kpool_free_sensitive(block);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(NULL), 0);
	kpool_test_consistent(test, heap);
}

/* A free tries the redirected module's own heap first. Other memory goes back to its origin. */
static void a_modules_frees_go_home_as_well(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_heap *other = kpool_test_heap_create(test, "other", 0);
	struct kpool_heap *owners[] = { heap, other, NULL };
	void *held = kpool_heap_alloc(heap, size, GFP_KERNEL), *block;

	/* The heap's magazine has room for one more block, of any heap. */
	KUNIT_ASSERT_NOT_NULL(test, held);
	for (i = 0; i < 2 * ARRAY_SIZE(owners); i++) {
		block = kpool_heap_alloc(owners[i / 2], size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, block);
		kpool_redirect_free(i % 2 ? NULL : heap, block);
		KUNIT_EXPECT_PTR_EQ(test, kpool_heap_alloc(owners[i / 2], size, GFP_KERNEL), block);
		kpool_redirect_free(i % 2 ? NULL : heap, block);
	}
	kpool_redirect_free(heap, kmalloc(size, GFP_KERNEL));
	kpool_redirect_free(heap, kpool_heap_alloc(heap, 5000, GFP_KERNEL));
	kpool_redirect_free(heap, NULL);
	kpool_redirect_free(heap, ZERO_SIZE_PTR);
	kpool_redirect_free(heap, held);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, other).blocks_used, 0ULL);
	kpool_test_consistent(test, heap);
	kpool_heap_destroy(other);
}

static void a_region_ends_with_all_that_is_out(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "region", KPOOL_HEAP_REGION);
	unsigned int size, nr = 0;
	struct kpool_stats stats;

	for (size = 1; size <= 9000; size += 7, nr++)
		KUNIT_ASSERT_NOT_NULL(test, kpool_heap_alloc(heap, size, GFP_KERNEL));
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.blocks_used + stats.large, (u64)nr);
	KUNIT_EXPECT_GT(test, stats.large, 1000ULL);
	kpool_heap_destroy(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

/* The end of a region must not free large requests again that were freed one by one. */
static void a_region_forgets_large_requests_that_were_freed(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "region", KPOOL_HEAP_REGION);
	void *large[8], *again;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(large); i++) {
		large[i] = kpool_heap_alloc(heap, 2000, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, large[i]);
		kpool_test_fill(large[i], 2000, i);
	}
	for (i = 0; i < ARRAY_SIZE(large); i += 2)
		kpool_free(large[i]);
	again = kmalloc(2000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, again);
	kpool_test_fill(again, 2000, 99);
	for (i = 1; i < ARRAY_SIZE(large); i += 2)
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(large[i], 2000, i));
	kpool_heap_destroy(heap);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(again, 2000, 99));
	kfree(again);
}

/* Large memory belongs to the region until realloc of another heap moves it. */
static void a_large_request_is_whose_heap_moved_it(struct kunit *test)
{
	struct kpool_heap *region = kpool_test_heap_create(test, "region", KPOOL_HEAP_REGION);
	void *p = kpool_heap_alloc(region, 5000, GFP_KERNEL), *again;

	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_test_fill(p, 5000, 7);
	KUNIT_ASSERT_PTR_EQ(test, kpool_realloc(p, 5100, GFP_KERNEL), p);
	KUNIT_EXPECT_FALSE(test, list_empty(&region->records));
	p = kpool_realloc(p, 20000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, list_empty(&region->records));
	kpool_heap_destroy(region);
	again = kmalloc(20000, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, again, p);
	kfree(again);
	kpool_free(p);
}

static void a_region_ends_with_memory_that_it_took_over(struct kunit *test)
{
	struct kpool_heap *region = kpool_test_heap_create(test, "region", KPOOL_HEAP_REGION);
	void *p = kpool_heap_realloc(region, kmalloc(5000, GFP_KERNEL), 20000, GFP_KERNEL);

	KUNIT_EXPECT_NOT_NULL(test, p);
	/* kmemleak reports the memory if the region does not free it. */
	KUNIT_EXPECT_FALSE(test, list_empty(&region->records));
	kpool_heap_destroy(region);
}

static void blocks_still_out_are_reported_and_stay_valid(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	struct kpool_heap *heap = kpool_test_heap_create(test, "leaky", 0);
	void *block = kpool_heap_alloc(heap, size, GFP_KERNEL);
	void *other = kpool_heap_alloc(heap, 2 * KPOOL_MAX_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, block);
	kpool_test_fill(block, size, 5);
	kpool_heap_destroy(heap);

	/* Only the pages of the used block and of its arena's header are left. */
	KUNIT_EXPECT_TRUE(test, kpool_owns(block));
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(block, size, 5));
	KUNIT_EXPECT_GT(test, kpool_test_backend_pages(), 0L);
	KUNIT_EXPECT_LE(test, kpool_test_backend_pages(), (long)(2 * KPOOL_PAGE_POOLS));
	kpool_free(block);
	kpool_free(other);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

/* Each line has the number and size of leaked blocks, and names the flag for their traces. */
static void leaks_are_logged_with_number_and_size(struct kunit *test)
{
	static const u16 sizes[] = { 1024, 8, 1024, 1024 };
	static const char * const lines[] = {
		"heap recs: leaked 3 blocks of 1024 bytes (create the heap with KPOOL_HEAP_DEBUG to see where)",
		"heap recs: leaked 1 block of 8 bytes (",
	};
	struct kpool_heap *heap = kpool_test_heap_create(test, "recs", 0);
	struct kpool_test_watch watch = kpool_test_watch(test, heap);
	void *blocks[ARRAY_SIZE(sizes)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		blocks[i] = kpool_test_allocate(test, heap, sizes[i]);
	kpool_heap_destroy(heap);
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, lines[i]), 1U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "heap recs: leaked"), 2U);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		kpool_free(blocks[i]);
}

static void all_of_many_blocks_go_home_after_the_end(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "leaky", 0);
	void **blocks = kpool_test_pointers(test, KPOOL_MAX_SIZE);
	unsigned int i;

	for (i = 0; i < KPOOL_MAX_SIZE; i++) {
		blocks[i] = kpool_heap_alloc(heap, i + 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		kpool_test_fill(blocks[i], i + 1, 6);
	}
	kpool_heap_destroy(heap);
	for (i = 0; i < KPOOL_MAX_SIZE; i++) {
		KUNIT_ASSERT_TRUE(test, kpool_test_intact(blocks[i], i + 1, 6));
		kpool_free(blocks[i]);
	}
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

static void shrinking_says_how_many_pages_it_gave_back(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int nr = kpool_test_blocks(0, KPOOL_USABLE_POOLS) + 1;
	void **blocks = kpool_test_pointers(test, nr);
	long before;
	unsigned long pages;

	kpool_test_take_many(test, heap, 0, blocks, nr);
	kpool_test_put_many(heap, 0, blocks, nr - 1);
	before = kpool_test_backend_pages();
	pages = kpool_heap_shrink(heap);
	KUNIT_EXPECT_GT(test, pages, 1UL << KPOOL_ARENA_ORDER);
	KUNIT_EXPECT_EQ(test, (long)pages, before - kpool_test_backend_pages());
	KUNIT_EXPECT_EQ(test, kpool_heap_shrink(heap), 0UL);
	kpool_test_put(heap, 0, blocks[nr - 1]);
}

/* This is the only case that waits for the periodic trim. */
static void idle_memory_goes_back_by_itself(struct kunit *test)
{
	unsigned long end = jiffies + KPOOL_TEST_PATIENCE;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, 3000);

	WRITE_ONCE(heap->trim_armed, 0);
	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, 300, GFP_KERNEL, 3000, blocks), 3000U);
	KUNIT_EXPECT_GT(test, kpool_test_backend_pages(), 0L);
	kpool_heap_free_bulk(heap, 3000, blocks);
	while (time_before(jiffies, end) && kpool_test_backend_pages())
		msleep(20);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_cached, 0ULL);
	kpool_test_consistent(test, heap);
}

static void the_default_heap_goes_by_null(struct kunit *test)
{
	struct kpool_stats before, after;
	void *p;

	KUNIT_ASSERT_EQ(test, kpool_heap_stats(NULL, &before), 0);
	p = kpool_alloc(72, GFP_KERNEL);
	KUNIT_ASSERT_EQ(test, kpool_heap_stats(NULL, &after), 0);
	KUNIT_EXPECT_GE(test, after.allocs, before.allocs + 1);
	kpool_free(p);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(NULL), 0);
	kpool_heap_shrink(NULL);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(NULL), 0);
}

static struct kunit_case kpool_heap_cases[] = {
	KUNIT_CASE_PARAM(creation_checks_name_and_flags, attempt_gen_params),
	KUNIT_CASE(attributes_may_be_left_out),
	KUNIT_CASE(a_name_is_free_again_after_the_end),
	KUNIT_CASE(a_module_loads_though_its_heaps_name_is_taken),
	KUNIT_CASE_PARAM(heaps_share_no_arena, class_gen_params),
	KUNIT_CASE_PARAM(any_heaps_blocks_go_home_by_kpool_free, class_gen_params),
	KUNIT_CASE_PARAM(a_modules_frees_go_home_as_well, class_gen_params),
	KUNIT_CASE(a_region_ends_with_all_that_is_out),
	KUNIT_CASE(a_region_forgets_large_requests_that_were_freed),
	KUNIT_CASE(a_large_request_is_whose_heap_moved_it),
	KUNIT_CASE(a_region_ends_with_memory_that_it_took_over),
	KUNIT_CASE_PARAM(blocks_still_out_are_reported_and_stay_valid, class_gen_params),
	KUNIT_CASE(leaks_are_logged_with_number_and_size),
	KUNIT_CASE(all_of_many_blocks_go_home_after_the_end),
	KUNIT_CASE(shrinking_says_how_many_pages_it_gave_back),
	KUNIT_CASE(idle_memory_goes_back_by_itself),
	KUNIT_CASE(the_default_heap_goes_by_null),
	{}
};

struct kunit_suite kpool_heap_suite = {
	.name = "kpool_heap",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_heap_cases,
};
