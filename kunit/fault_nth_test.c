// SPDX-License-Identifier: GPL-2.0
/*
 * Run each operation with its 1st, 2nd, ... allocation failing, until the operation needs fewer
 * allocations than that. The kernel's fault injection counts the allocations of this task.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "common.h"
#include "debug/debug.h"

/* More allocations than any operation needs. */
#define KPOOL_TEST_NTH_MAX	2000

/* Flags of the heap that the operations use. */
static const unsigned int kpool_test_flags[] = { 0, KPOOL_HEAP_REGION, KPOOL_HEAP_DEBUG };

static void kpool_test_flags_desc(const unsigned int *flags, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "a %s heap", *flags == KPOOL_HEAP_DEBUG ? "debug" :
		 *flags == KPOOL_HEAP_REGION ? "region" : "normal");
}

KUNIT_ARRAY_PARAM(flags, kpool_test_flags, kpool_test_flags_desc);

/* Fail the nth allocation of this task; 0: none. */
static void kpool_test_fail_nth(unsigned int nth)
{
#ifdef CONFIG_FAULT_INJECTION
	WRITE_ONCE(current->fail_nth, nth);
#endif
}

/* Return true if that allocation has not come yet. */
static bool kpool_test_fail_pending(void)
{
#ifdef CONFIG_FAULT_INJECTION
	return READ_ONCE(current->fail_nth);
#else
	return true;
#endif
}

/*
 * An operation leaves the heap unchanged. Return: 0, -ENOMEM if the operation got too little
 * memory, or another error, which is a bug.
 */
typedef int (*kpool_test_operation)(struct kpool_heap *heap);

static int kpool_test_create(struct kpool_heap *like)
{
	struct kpool_heap_attr attr = { .flags = like->flags };
	struct kpool_heap *heap = kpool_heap_create("nth", &attr);

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	kpool_heap_destroy(heap);
	kpool_heap_forget_all();
	return 0;
}

/* Allocate blocks one by one, more than two magazines hold. */
static int kpool_test_many(struct kpool_heap *heap)
{
	static void *blocks[150];	/* kmemleak allocates for each block */
	unsigned int nr;

	for (nr = 0; nr < ARRAY_SIZE(blocks); nr++) {
		blocks[nr] = kpool_heap_alloc(heap, 64, GFP_KERNEL);
		if (!blocks[nr])
			break;
		kpool_test_fill(blocks[nr], 64, nr);
	}
	if (nr < ARRAY_SIZE(blocks))
		return -ENODATA; /* only one allocation fails: kmalloc must serve */
	while (nr--) {
		if (!kpool_test_intact(blocks[nr], 64, nr))
			return -EUCLEAN;
		kpool_heap_free(heap, blocks[nr]);
	}
	return 0;
}

static int kpool_test_bulk(struct kpool_heap *heap)
{
	static void *blocks[150];

	if (kpool_heap_alloc_bulk(heap, 200, GFP_KERNEL, ARRAY_SIZE(blocks), blocks) !=
	    ARRAY_SIZE(blocks))
		return -ENOMEM;
	kpool_test_fill_many(blocks, ARRAY_SIZE(blocks), 200, 1);
	if (kpool_test_count_bad(blocks, ARRAY_SIZE(blocks), 200, 1))
		return -EUCLEAN;
	kpool_heap_free_bulk(heap, ARRAY_SIZE(blocks), blocks);
	return 0;
}

/* A failed realloc leaves the old object unchanged. */
static int kpool_test_resize(struct kpool_heap *heap)
{
	static const u16 sizes[] = { 400, 3000, 9000, 5000, 20, 900, 4 };
	char *p = kpool_heap_zalloc(heap, 40, GFP_KERNEL), *q;
	int err = 0;
	unsigned int i;

	if (!p)
		return -ENOMEM;
	memset(p, 'x', 4);
	for (i = 0; i < ARRAY_SIZE(sizes) && !err; i++) {
		q = kpool_heap_realloc(heap, p, sizes[i], GFP_KERNEL);
		if (q)
			p = q;
		else
			err = -ENOMEM;
		if (memcmp(p, "xxxx", 4))
			err = -EUCLEAN;
	}
	kpool_heap_free(heap, p);
	return err;
}

static int kpool_test_atomic(struct kpool_heap *heap)
{
	static const u16 sizes[] = { 8, 500, 2000 };
	void *p;
	int err = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = kpool_heap_alloc(heap, sizes[i], GFP_ATOMIC | __GFP_NOWARN);
		if (!p)
			err = -ENOMEM;
		kpool_heap_free(heap, p);
	}
	return err;
}

/* Validate the heap and read its traces. Traces allocate memory in a debug heap only. */
static int kpool_test_look(struct kpool_heap *heap)
{
	static char text[PAGE_SIZE];
	struct seq_file m = { .buf = text, .size = sizeof(text) };
	void *p = kpool_heap_alloc(heap, 100, GFP_KERNEL);
	int err = p ? kpool_heap_validate(heap) : -ENODATA;

	if (!err && heap->flags & KPOOL_HEAP_DEBUG)
		err = kpool_debug_traces(heap, &m);
	kpool_heap_free(heap, p);
	return err;
}

/* Skip the case unless the kernel's fault injection covers requests that may sleep. */
static void kpool_test_need_failures(struct kunit *test)
{
	bool pending;

	kpool_test_fail_nth(1);
	kfree(kmalloc(32, GFP_KERNEL | __GFP_NOWARN));
	pending = kpool_test_fail_pending();
	kpool_test_fail_nth(0);
	if (pending)
		kunit_skip(test, "no fault injection, or not where the caller may wait");
}

/* Expect that an attempt left no memory behind. */
static void kpool_test_nothing_left(struct kunit *test, struct kpool_heap *heap)
{
	struct kpool_stats stats;

	kpool_heap_shrink(heap);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.arenas, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.corruptions, 0ULL);
	KUNIT_EXPECT_TRUE(test, list_empty(&heap->records));
	kpool_test_consistent(test, heap);
}

static void kpool_test_each_fails(struct kunit *test, kpool_test_operation operation)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	bool pending = false;
	unsigned int nth;
	int err;

	kpool_test_need_failures(test);
	for (nth = 1; nth < KPOOL_TEST_NTH_MAX && !pending; nth++) {
		kpool_test_fail_nth(nth);
		err = operation(heap);
		pending = kpool_test_fail_pending();
		kpool_test_fail_nth(0);
		KUNIT_ASSERT_TRUE_MSG(test, !err || (err == -ENOMEM && !pending),
				      "allocation %u: error %d", nth, err);
		kpool_test_nothing_left(test, heap);
	}
	KUNIT_EXPECT_TRUE(test, pending);
	KUNIT_EXPECT_GT(test, nth, 2U);
	kunit_info(test, "each of %u allocations failed\n", nth - 2);
}

static int kpool_test_nth_init(struct kunit *test)
{
	int err = kpool_test_init(test);

	if (!err && test->param_value)
		kpool_test_replace_heap(test, *(const unsigned int *)test->param_value);
	return err;
}

static void leaves_nothing_when_nothing_fails(struct kunit *test)
{
	static const kpool_test_operation operations[] = {
		kpool_test_create, kpool_test_many, kpool_test_bulk, kpool_test_resize,
		kpool_test_atomic, kpool_test_look,
	};
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		KUNIT_EXPECT_EQ(test, operations[i](heap), 0);
		kpool_test_nothing_left(test, heap);
	}
}

static void leaves_nothing_of_a_new_heap(struct kunit *test)
{
	kpool_test_each_fails(test, kpool_test_create);
}

static void leaves_nothing_of_many_blocks(struct kunit *test)
{
	kpool_test_each_fails(test, kpool_test_many);
}

static void leaves_nothing_of_a_bulk_request(struct kunit *test)
{
	kpool_test_each_fails(test, kpool_test_bulk);
}

static void leaves_what_could_not_be_resized(struct kunit *test)
{
	kpool_test_each_fails(test, kpool_test_resize);
}

static void leaves_nothing_of_requests_that_cannot_wait(struct kunit *test)
{
	kpool_test_each_fails(test, kpool_test_atomic);
}

static void leaves_nothing_of_a_look(struct kunit *test)
{
	kpool_test_each_fails(test, kpool_test_look);
}

static struct kunit_case kpool_fault_nth_cases[] = {
	KUNIT_CASE_PARAM(leaves_nothing_when_nothing_fails, flags_gen_params),
	KUNIT_CASE_PARAM(leaves_nothing_of_a_new_heap, flags_gen_params),
	KUNIT_CASE_PARAM(leaves_nothing_of_many_blocks, flags_gen_params),
	KUNIT_CASE_PARAM(leaves_nothing_of_a_bulk_request, flags_gen_params),
	KUNIT_CASE_PARAM(leaves_what_could_not_be_resized, flags_gen_params),
	KUNIT_CASE_PARAM(leaves_nothing_of_requests_that_cannot_wait, flags_gen_params),
	KUNIT_CASE_PARAM(leaves_nothing_of_a_look, flags_gen_params),
	{}
};

struct kunit_suite kpool_fault_nth_suite = {
	.name = "kpool_fault_nth",
	.init = kpool_test_nth_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_fault_nth_cases,
};
