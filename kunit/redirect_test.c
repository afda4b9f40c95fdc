// SPDX-License-Identifier: GPL-2.0
/*
 * kmalloc functions of a redirected module. This file is built as one: kpool_kmalloc.h defines each
 * of these names over the default heap.
 */
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "common.h"
#include "compat.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

/* Bytes: more than kmalloc() ever serves in one piece. */
#define KPOOL_TEST_VAST		(KMALLOC_MAX_SIZE + PAGE_SIZE)

/* Hide a value from the compiler. */
static noinline size_t kpool_test_hidden(size_t value)
{
	OPTIMIZER_HIDE_VAR(value);
	return value;
}

/* Return a size that overflows when multiplied by any number above 1. */
static size_t kpool_test_huge(void)
{
	return kpool_test_hidden(SIZE_MAX / 2 + 2);
}

/* Wrap each allocating function, so that the compiler does not know the size. */
#define KPOOL_TEST_FORM(name, ...)						\
static noinline void *kpool_test_by_##name(size_t size, gfp_t gfp)		\
{										\
	return name(__VA_ARGS__);						\
}
#define KPOOL_TEST_FORMS(X)							\
	X(kmalloc, size, gfp)							\
	X(kzalloc, size, gfp)							\
	X(kmalloc_node, size, gfp, numa_mem_id())				\
	X(kzalloc_node, size, gfp, NUMA_NO_NODE)				\
	X(kmalloc_array, 1, size, gfp)						\
	X(kcalloc, size, 1, gfp)						\
	X(kmalloc_array_node, size, 1, gfp, numa_mem_id())			\
	X(kcalloc_node, 1, size, gfp, numa_mem_id())				\
	X(kmalloc_track_caller, size, gfp)					\
	X(kmalloc_node_track_caller, size, gfp, numa_mem_id())			\
	X(krealloc, NULL, size, gfp)						\
	X(krealloc_array, NULL, size, 1, gfp)					\
	X(kvmalloc, size, gfp)							\
	X(kvzalloc, size, gfp)							\
	X(kvmalloc_node, size, gfp, numa_mem_id())				\
	X(kvzalloc_node, size, gfp, numa_mem_id())				\
	X(kvmalloc_array, 1, size, gfp)						\
	X(kvcalloc, 1, size, gfp)						\
	X(kvmalloc_array_node, 1, size, gfp, numa_mem_id())			\
	X(kvcalloc_node, size, 1, gfp, numa_mem_id())				\
	X(kvrealloc, NULL, size, gfp)
KPOOL_TEST_FORMS(KPOOL_TEST_FORM)

/**
 * struct kpool_test_form - a function that allocates
 * @name: its name; with zalloc or calloc in it, the function clears the memory
 * @alloc: calls the function
 */
struct kpool_test_form {
	const char *name;
	void *(*alloc)(size_t size, gfp_t gfp);
};

#define KPOOL_TEST_FORM_ENTRY(name, ...)	{ #name, kpool_test_by_##name },
static const struct kpool_test_form kpool_test_forms[] = {
	KPOOL_TEST_FORMS(KPOOL_TEST_FORM_ENTRY)
};

static void kpool_test_form_desc(const struct kpool_test_form *form, char *desc)
{
	strscpy(desc, form->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(form, kpool_test_forms, kpool_test_form_desc);

static bool kpool_test_clears(const struct kpool_test_form *form)
{
	return strstr(form->name, "zalloc") || strstr(form->name, "calloc");
}

static u64 kpool_test_blocks_used(struct kunit *test)
{
	return kpool_test_stats(test, NULL).blocks_used;
}

/* Fill with contents that depend on the offset, not on the address. */
static void kpool_test_write(void *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		((u8 *)p)[i] = i % 251;
}

static bool kpool_test_holds(const void *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (((u8 *)p)[i] != i % 251)
			return false;
	return true;
}

static void small_sizes_are_blocks(struct kunit *test)
{
	const struct kpool_test_form *form = test->param_value;
	size_t size, room;
	void *p;

	for (size = 1; size <= KPOOL_MAX_SIZE; size++) {
		p = kpool_alloc(size, GFP_KERNEL);
		kpool_test_fill(p, size, 1);
		kpool_free(p);
		p = form->alloc(size, GFP_KERNEL);
		room = kpool_class_size(kpool_class_of(size));
		KUNIT_ASSERT_TRUE_MSG(test, kpool_owns(p), "%zu bytes", size);
		KUNIT_ASSERT_EQ(test, ksize(p), room);
		if (kpool_test_clears(form))
			KUNIT_ASSERT_NULL(test, memchr_inv(p, 0, size));
		kpool_test_fill(p, size, 2);
		KUNIT_ASSERT_TRUE(test, kpool_test_intact(p, size, 2));
		if (size % 2)
			kfree(p);
		else
			kvfree(p);
		p = form->alloc(size, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_TRUE(test, kpool_owns(p));
		KUNIT_ASSERT_NULL(test, memchr_inv(p, 0, size));
		kfree(p);
	}
}

static void larger_sizes_are_kmallocs(struct kunit *test)
{
	const struct kpool_test_form *form = test->param_value;
	static const size_t sizes[] = { KPOOL_MAX_SIZE + 1, 2000, 4096, 10000 };
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = form->alloc(sizes[i], GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_FALSE(test, kpool_owns(p));
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, sizes[i]));
		kpool_test_fill(p, sizes[i], 3);
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, sizes[i], 3));
		kvfree(p);
	}
}

/* Allocate several objects: the first block of a pool is always aligned. */
static void every_size_is_aligned(struct kunit *test)
{
	const struct kpool_test_form *form = test->param_value;
	size_t size;
	void *p[3];
	int i;

	for (size = 16; size <= KPOOL_TEST_ALIGNED_MAX; size += 16) {
		for (i = 0; i < ARRAY_SIZE(p); i++) {
			p[i] = form->alloc(size, GFP_KERNEL);
			KUNIT_EXPECT_TRUE_MSG(test, kpool_test_is_aligned(p[i], size),
					      "%zu bytes", size);
		}
		while (i--)
			kvfree(p[i]);
	}
}

static void no_bytes_are_no_memory(struct kunit *test)
{
	const struct kpool_test_form *form = test->param_value;
	void *p = form->alloc(0, GFP_KERNEL);

	KUNIT_EXPECT_PTR_EQ(test, p, ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, ksize(p), (size_t)0);
	kfree(p);
	kvfree(p);
}

static void arrays_that_overflow_are_null(struct kunit *test)
{
	size_t huge = kpool_test_huge(), two = kpool_test_hidden(2);
	int nid = numa_mem_id();
	void *p = kmalloc(16, GFP_KERNEL);

	KUNIT_EXPECT_NULL(test, kmalloc_array(huge, two, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kmalloc_array(two, huge, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kcalloc(huge, two, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kmalloc_array_node(huge, two, GFP_KERNEL, nid));
	KUNIT_EXPECT_NULL(test, kcalloc_node(two, huge, GFP_KERNEL, nid));
	KUNIT_EXPECT_NULL(test, kvmalloc_array(huge, two, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kvcalloc(huge, two, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kvmalloc_array_node(huge, two, GFP_KERNEL, nid));
	KUNIT_EXPECT_NULL(test, kvcalloc_node(two, huge, GFP_KERNEL, nid));
	/* A failed krealloc_array() leaves the object unchanged. */
	kpool_test_write(p, 16);
	KUNIT_EXPECT_NULL(test, krealloc_array(p, huge, two, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, kpool_test_holds(p, 16));
	kfree(p);
}

static void krealloc_keeps_contents(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 9, 100, 104, 1024, 1025, 5000, 1024, 700, 24, 3 };
	void *p = krealloc(NULL, 1, GFP_KERNEL), *again;
	size_t held = 1;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		kpool_test_write(p, held);
		again = i % 2 ? krealloc(p, sizes[i], GFP_KERNEL) :
				krealloc_array(p, 1, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, again);
		p = again;
		KUNIT_EXPECT_EQ(test, kpool_owns(p), sizes[i] <= KPOOL_MAX_SIZE);
		KUNIT_EXPECT_TRUE(test, kpool_test_holds(p, min(held, sizes[i])));
		held = sizes[i];
	}
	p = krealloc_node(p, 2 * held, GFP_KERNEL, numa_mem_id());
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_PTR_EQ(test, krealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	p = krealloc(ZERO_SIZE_PTR, 40, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	kfree(p);
}

static void krealloc_takes_kmallocs_memory(struct kunit *test)
{
	void *p = KPOOL_EXEMPT(kmalloc)(50, GFP_KERNEL), *again;

	KUNIT_ASSERT_FALSE(test, kpool_owns(p));
	kpool_test_write(p, 50);
	again = krealloc(p, 900, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, again);
	KUNIT_EXPECT_TRUE(test, kpool_test_holds(again, 50));
	kfree(again);
}

static void copies_are_blocks(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	char *source = kunit_kmalloc(test, size, GFP_KERNEL);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, source);
	kpool_test_write(source, size);
	p = kmemdup(source, size, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, kpool_test_holds(p, size));
	kfree(p);
	p = kmemdup_array(source, size / 4, 4, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, kpool_test_holds(p, size));
	kfree(p);
	p = kvmemdup(source, size, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, kpool_test_holds(p, size));
	kvfree(p);
	p = kmemdup_nul(source, size - 1, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, kpool_test_holds(p, size - 1));
	KUNIT_EXPECT_EQ(test, ((char *)p)[size - 1], '\0');
	kfree(p);
}

static void copies_of_nothing(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, kmemdup("x", kpool_test_hidden(0), GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kvmemdup("x", kpool_test_hidden(0), GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_NULL(test, kmemdup_nul(NULL, 5, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kstrdup(NULL, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kstrndup(NULL, 5, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kmemdup_array("x", kpool_test_huge(), 2,
					      GFP_KERNEL | __GFP_NOWARN));
}

static __printf(1, 2) char *kpool_test_vasprintf(const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	return p;
}

static void strings_are_blocks(struct kunit *test)
{
	char *p = kstrdup("a pool", GFP_KERNEL);

	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_STREQ(test, p, "a pool");
	kfree(p);
	p = kstrdup("", GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_STREQ(test, p, "");
	kfree(p);
	p = kstrndup("a pool", 3, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_STREQ(test, p, "a p");
	kfree(p);
	p = kstrndup("a pool", 30, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, p, "a pool");
	KUNIT_EXPECT_EQ(test, ksize(p), (size_t)8);
	kfree(p);
	p = kasprintf(GFP_KERNEL, "%s-%d", "pool", 12345);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_STREQ(test, p, "pool-12345");
	kfree(p);
	p = kpool_test_vasprintf("%*s|%c", 1500, "x", 'y');
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p));
	KUNIT_EXPECT_EQ(test, strlen(p), (size_t)1502);
	KUNIT_EXPECT_STREQ(test, p + 1499, "x|y");
	kfree(p);
	p = kpool_test_vasprintf("%u%%", 7U);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_STREQ(test, p, "7%");
	kfree(p);
}

/* Free by one of the ways. Each must accept every kind of memory. */
static void kpool_test_free_any(unsigned int way, void *p, size_t size)
{
	void (*function)(const void *p) = kfree;

	switch (way) {
	case 0:
		kfree(p);
		break;
	case 1:
		function(p);
		break;
	case 2:
		kfree_sensitive(p);
		break;
	case 3:
		kfree_bulk(1, &p);
		break;
	case 4:
		kfree_const(p);
		break;
	case 5:
		kvfree(p);
		break;
	default:
		kvfree_sensitive(p, size);
	}
}

#define KPOOL_TEST_FREE_WAYS	7

static void blocks_go_home(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), way;
	u64 used = kpool_test_blocks_used(test);
	void *p, *q;

	for (way = 0; way < KPOOL_TEST_FREE_WAYS; way++) {
		p = kmalloc(size, GFP_KERNEL);
		KUNIT_ASSERT_TRUE(test, kpool_owns(p));
		kpool_test_fill(p, size, way);
		q = kpool_heap_alloc(kpool_test_heap(test), size, GFP_KERNEL);
		KUNIT_ASSERT_TRUE(test, kpool_owns(q));
		KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used + 1);
		kpool_test_free_any(way, p, size);
		kpool_test_free_any(way, q, size);
		KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, kpool_test_heap(test)).blocks_used,
				0ULL);
	}
	kpool_test_consistent(test, NULL);
}

static void kmallocs_memory_goes_to_kfree(struct kunit *test)
{
	struct kpool_stats before = kpool_test_stats(test, NULL), after;
	static const size_t sizes[] = { 5, 64, 1000, 3000, 40000 };
	unsigned int i, way;
	void *p;

	for (way = 0; way < KPOOL_TEST_FREE_WAYS; way++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			p = KPOOL_EXEMPT(kmalloc)(sizes[i], GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_FALSE(test, kpool_owns(p));
			kpool_test_fill(p, sizes[i], 3);
			kpool_test_free_any(way, p, sizes[i]);
		}
		kpool_test_free_any(way, NULL, 0);
		kpool_test_free_any(way, ZERO_SIZE_PTR, 0);
	}
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.corruptions, before.corruptions);
	KUNIT_EXPECT_EQ(test, after.blocks_used, before.blocks_used);
}

static void exempt_memory_is_the_kernels(struct kunit *test)
{
	char text[] = "pool";
	const char *copy = kstrdup_const(text, GFP_KERNEL);
	const void *p[] = {
		KPOOL_EXEMPT(kmalloc)(64, GFP_KERNEL),
		KPOOL_EXEMPT(kzalloc)(64, GFP_KERNEL),
		KPOOL_EXEMPT(kmalloc_array)(8, 8, GFP_KERNEL),
		KPOOL_EXEMPT(kcalloc)(8, 8, GFP_KERNEL),
		KPOOL_EXEMPT(kmemdup)(text, sizeof(text), GFP_KERNEL),
		KPOOL_EXEMPT(kstrdup)(text, GFP_KERNEL),
		KPOOL_EXEMPT(kstrndup)(text, 2, GFP_KERNEL),
		KPOOL_EXEMPT(kvmalloc)(64, GFP_KERNEL),
		KPOOL_EXEMPT(kvmalloc_node)(64, GFP_KERNEL, NUMA_NO_NODE),
		KPOOL_EXEMPT(kmemdup_nul)(text, 2, GFP_KERNEL),
		KPOOL_EXEMPT(kasprintf)(GFP_KERNEL, "%d", 64),
		KPOOL_EXEMPT(krealloc)(NULL, 64, GFP_KERNEL),
		KPOOL_EXEMPT(kvmemdup)(text, sizeof(text), GFP_KERNEL),
		KPOOL_EXEMPT(kmalloc_array_node)(8, 8, GFP_KERNEL, NUMA_NO_NODE),
		KPOOL_EXEMPT(kvcalloc_node)(8, 8, GFP_KERNEL, NUMA_NO_NODE),
		copy,
	};
	unsigned int i;

	KUNIT_EXPECT_STREQ(test, p[6], "po");
	KUNIT_EXPECT_PTR_NE(test, copy, (const char *)text);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		KUNIT_EXPECT_FALSE(test, kpool_owns(p[i]));
		if (i % 3 == 0)
			KPOOL_EXEMPT(kfree)(p[i]);
		else if (i % 3 == 1)
			kfree(p[i]);
		else
			KPOOL_EXEMPT(kvfree)(p[i]);
	}
}

/* kfree_const() does not free a constant of the kernel. */
static void constants_are_not_freed(struct kunit *test)
{
	const char *constant = (const char *)_ctype;
	u64 corruptions = kpool_test_stats(test, NULL).corruptions;
	const char *p = kstrdup_const(constant, GFP_KERNEL);

	KUNIT_ASSERT_PTR_EQ(test, p, constant);
	kfree_const(p);
	kfree_const(p);
	KUNIT_EXPECT_TRUE(test, isdigit('0'));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, NULL).corruptions, corruptions);
}

static void sensitive_contents_are_overwritten(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	void *p = kmalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_test_fill(p, size, 4);
	kfree_sensitive(p);
	KUNIT_ASSERT_PTR_EQ(test, kmalloc(size, GFP_KERNEL), p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
	kpool_test_fill(p, size, 5);
	kvfree_sensitive(p, size);
	KUNIT_ASSERT_PTR_EQ(test, kmalloc(size, GFP_KERNEL), p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
	kfree(p);
}

static void kfree_bulk_takes_a_mix(struct kunit *test)
{
	u64 used = kpool_test_blocks_used(test);
	void *p[90];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		if (i % 5 == 4)
			p[i] = KPOOL_EXEMPT(kmalloc)(i * 50, GFP_KERNEL);
		else if (i % 5 == 3)
			p[i] = kpool_heap_alloc(kpool_test_heap(test), i, GFP_KERNEL);
		else
			p[i] = kmalloc(i % 3 ? 64 : 1 + i * 20, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
	}
	kfree_bulk(ARRAY_SIZE(p), p);
	kfree_bulk(0, p);
	KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, kpool_test_heap(test)).blocks_used, 0ULL);
	kpool_test_consistent(test, NULL);
}

static void kvmalloc_has_vast_sizes(struct kunit *test)
{
	size_t vast = kpool_test_hidden(KPOOL_TEST_VAST);
	void *p = kvmalloc(vast, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	((u8 *)p)[vast - 1] = 1;
	kvfree(p);
	p = kvcalloc(vast / 8, 8, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, PAGE_SIZE));
	kvfree_sensitive(p, vast);
	p = kvzalloc_node(vast, GFP_KERNEL, numa_mem_id());
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	kvfree(p);
	p = vmalloc(100);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kvfree(p);
}

/* Move the object between blocks, kmalloc memory and vmalloc memory. */
static void kvrealloc_keeps_contents(struct kunit *test)
{
	static const size_t sizes[] = {
		100, 700, 1024, 1500, 4096, 4097, 20000, 6000, 50, KPOOL_TEST_VAST + 5,
		KPOOL_TEST_VAST + 1000, KPOOL_TEST_VAST + 50000, 3000, KPOOL_TEST_VAST, 10,
	};
	void *p = kvmalloc(10, GFP_KERNEL);
	size_t held = 10, size;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_test_write(p, held);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size = kpool_test_hidden(sizes[i]);
		if (i % 2)
			p = kvrealloc(p, size, GFP_KERNEL);
		else
			p = kvrealloc(p, held, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		if (size >= KPOOL_TEST_VAST)
			KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
		KUNIT_EXPECT_TRUE(test, kpool_test_holds(p, min(held, size)));
		if (size > held)
			kpool_test_write(p, size);
		held = size;
	}
	kvfree(p);
}

/* Grow objects of each kind of memory. Room beyond the requested bytes belongs to the allocator. */
static void kvrealloc_grows_odd_sizes(struct kunit *test)
{
	size_t vast = kpool_test_hidden(KPOOL_TEST_VAST);
	void *p[] = {
		kmalloc(101, GFP_KERNEL), KPOOL_EXEMPT(kmalloc)(101, GFP_KERNEL),
		KPOOL_EXEMPT(kmalloc)(5001, GFP_KERNEL), vmalloc(101), vmalloc(9001),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		kpool_test_write(p[i], 101);
		p[i] = kvrealloc(p[i], vast, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p[i]));
		KUNIT_EXPECT_TRUE(test, kpool_test_holds(p[i], 101));
		kvfree(p[i]);
	}
}

static void kvrealloc_clears_what_is_added(struct kunit *test)
{
	static const size_t sizes[] = { 300, 2000, KPOOL_TEST_VAST, KPOOL_TEST_VAST + 9000 };
	u8 *p = kvzalloc(20, GFP_KERNEL);
	size_t held = 20;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(p, 0xee, held);
		p = kvrealloc(p, sizes[i], GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0xee, held));
		KUNIT_EXPECT_NULL(test, memchr_inv(p + held, 0, sizes[i] - held));
		held = sizes[i];
	}
	/* Shrink the object and grow it again in place. */
	p = kvrealloc(p, 100, GFP_KERNEL | __GFP_ZERO);
	p = kvrealloc(p, 5000, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0xee, 100));
	KUNIT_EXPECT_NULL(test, memchr_inv(p + 100, 0, 4900));
	kvfree(p);
}

/* Hold a page of a vmalloc area. After the area's end its address may be reused, the page not. */
static struct page *kpool_test_hold(const void *p)
{
	struct page *page = vmalloc_to_page(p);

	get_page(page);
	return page;
}

/* Wait until the vmalloc area drops the page. Return: true if it did. */
static bool kpool_test_has_gone(struct page *page)
{
	unsigned long end = jiffies + KPOOL_TEST_PATIENCE;
	bool gone;

	while (page_count(page) > 1 && time_before(jiffies, end))
		msleep(20);
	gone = page_count(page) == 1;
	put_page(page);
	return gone;
}

static void kvrealloc_takes_and_gives_nothing(struct kunit *test)
{
	u64 used = kpool_test_blocks_used(test);
	void *p = kvrealloc(NULL, 2000, GFP_KERNEL), *q;
	struct page *page;

	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	p = kvrealloc(ZERO_SIZE_PTR, 0, 100, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used);
	p = kvrealloc(NULL, 0, kpool_test_hidden(KPOOL_TEST_VAST), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	page = kpool_test_hold(p);
	q = kvrealloc(p, 0, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, ZERO_OR_NULL_PTR(q));
	KUNIT_EXPECT_TRUE(test, kpool_test_has_gone(page));
}

static void sizes_are_rounded_up_as_they_are_served(struct kunit *test)
{
	size_t size;
	void *p;

	KUNIT_EXPECT_EQ(test, kmalloc_size_roundup(0), (size_t)0);
	for (size = 1; size <= KPOOL_MAX_SIZE + 20; size++) {
		p = kmalloc(kpool_test_hidden(size), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_ASSERT_EQ(test, kmalloc_size_roundup(size), ksize(p));
		kfree(p);
	}
	for (; size <= 100000; size += size / 2) {
		p = kmalloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, kmalloc_size_roundup(size), ksize(p));
		kfree(p);
	}
}

/* A caller may request and use all bytes that kmalloc_size_roundup() returns. */
static void the_size_rounded_up_may_be_used(struct kunit *test)
{
	size_t size = kpool_class_size(kpool_test_class(test)) - KPOOL_CLASS_STEP + 1;
	size_t room = kmalloc_size_roundup(size);
	void *p = kmalloc(room, GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_EQ(test, ksize(p), room);
	kpool_test_fill(p, room, 6);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, room, 6));
	kfree(p);
}

struct kpool_test_object {
	u64 contents[6];
	struct rcu_head rcu;
};

#define KPOOL_TEST_OBJECTS	40

static void kpool_test_objects(struct kunit *test, struct kpool_test_object **objects)
{
	unsigned int i;

	for (i = 0; i < KPOOL_TEST_OBJECTS; i++) {
		objects[i] = i % 4 == 3 ? KPOOL_EXEMPT(kmalloc)(sizeof(**objects), GFP_KERNEL) :
					  kmalloc(sizeof(**objects), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objects[i]);
		kpool_test_fill(objects[i]->contents, sizeof(objects[i]->contents), i);
	}
}

static void objects_wait_for_a_grace_period(struct kunit *test)
{
	struct kpool_test_object *objects[KPOOL_TEST_OBJECTS], *none = NULL;
	u64 used = kpool_test_blocks_used(test);
	unsigned int i, bad = 0;

	kpool_test_objects(test, objects);
	rcu_read_lock();
	for (i = 0; i < KPOOL_TEST_OBJECTS; i++) {
		if (i % 2)
			kfree_rcu(objects[i], rcu);
		else
			kvfree_rcu(objects[i], rcu);
	}
	for (i = 0; i < KPOOL_TEST_OBJECTS; i++)
		bad += !kpool_test_intact(objects[i]->contents, sizeof(objects[i]->contents), i);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, bad, 0U);
	kfree_rcu(none, rcu);
	kvfree_rcu_barrier();
	KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used);
	kpool_test_consistent(test, NULL);
}

static void objects_without_a_head_wait_too(struct kunit *test)
{
	struct kpool_test_object *objects[KPOOL_TEST_OBJECTS], *none = NULL;
	u64 used = kpool_test_blocks_used(test);
	unsigned int i;

	kpool_test_objects(test, objects);
	for (i = 0; i < KPOOL_TEST_OBJECTS; i++) {
		if (i % 4 == 0)
			kfree_rcu(objects[i]);
		else if (i % 4 == 1)
			kvfree_rcu(objects[i]);
		else if (i % 4 == 2)
			kfree_rcu_mightsleep(objects[i]);
		else
			kvfree_rcu_mightsleep(objects[i]);
	}
	kfree_rcu_mightsleep(none);
	kvfree_rcu(none);
	kvfree_rcu_barrier();
	KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used);
	kpool_test_consistent(test, NULL);
}

static void vmallocs_memory_waits_too(struct kunit *test)
{
	struct kpool_test_object *object = vmalloc(5 * PAGE_SIZE);
	struct kpool_test_object *other = vmalloc(5 * PAGE_SIZE);
	struct page *page, *other_page;

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_ASSERT_NOT_NULL(test, other);
	page = kpool_test_hold(object);
	other_page = kpool_test_hold(other);
	object->contents[0] = 77;
	rcu_read_lock();
	kvfree_rcu(object, rcu);
	KUNIT_EXPECT_EQ(test, object->contents[0], 77ULL);
	rcu_read_unlock();
	kvfree_rcu_mightsleep(other);
	kvfree_rcu_barrier();
	KUNIT_EXPECT_TRUE(test, kpool_test_has_gone(page));
	KUNIT_EXPECT_TRUE(test, kpool_test_has_gone(other_page));
}

#ifdef DEFINE_FREE
static void kpool_test_scope(struct kunit *test)
{
	void *one __free(kfree) = kmalloc(64, GFP_KERNEL);
	void *two __free(kvfree) = kvmalloc(64, GFP_KERNEL);
	void *none __free(kfree) = NULL;

	KUNIT_EXPECT_TRUE(test, kpool_owns(one));
	KUNIT_EXPECT_TRUE(test, kpool_owns(two));
	KUNIT_EXPECT_NULL(test, none);
}

static void *kpool_test_no_free(void)
{
	void *p __free(kfree) = kmalloc(64, GFP_KERNEL);

	return no_free_ptr(p);
}

static void a_scopes_end_frees(struct kunit *test)
{
	u64 used = kpool_test_blocks_used(test);
	void *p;

	kpool_test_scope(test);
	KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used);
	p = kpool_test_no_free();
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used + 1);
	kfree(p);
}
#else
static void a_scopes_end_frees(struct kunit *test)
{
	kunit_skip(test, "no __free()");
}
#endif

#ifdef kmalloc_obj
struct kpool_test_flexible {
	unsigned int nr;
	u64 element[] __counted_by(nr);
};

static void typed_forms_are_blocks(struct kunit *test)
{
	u64 used = kpool_test_blocks_used(test);
	struct kpool_test_object *p = kmalloc_obj(*p), *z = kzalloc_obj(*z, GFP_KERNEL);
	struct kpool_test_object *array = kmalloc_objs(*array, 4);
	struct kpool_test_object *clear = kzalloc_objs(*clear, 4, GFP_KERNEL);
	struct kpool_test_flexible *flex = kmalloc_flex(*flex, element, 20);
	struct kpool_test_object *v = kvmalloc_obj(*v), *vz = kvzalloc_objs(*vz, 3);
	struct kpool_test_object *vast = kvmalloc_objs(*vast, KPOOL_TEST_VAST / sizeof(*vast) + 1);

	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, kpool_owns(array));
	KUNIT_EXPECT_EQ(test, ksize(array), kmalloc_size_roundup(4 * sizeof(*array)));
	KUNIT_EXPECT_TRUE(test, kpool_owns(v));
	KUNIT_ASSERT_TRUE(test, kpool_owns(z));
	KUNIT_EXPECT_NULL(test, memchr_inv(z, 0, sizeof(*z)));
	KUNIT_ASSERT_TRUE(test, kpool_owns(clear));
	KUNIT_EXPECT_NULL(test, memchr_inv(clear, 0, 4 * sizeof(*clear)));
	KUNIT_ASSERT_TRUE(test, kpool_owns(vz));
	KUNIT_EXPECT_NULL(test, memchr_inv(vz, 0, 3 * sizeof(*vz)));
	KUNIT_ASSERT_TRUE(test, kpool_owns(flex));
	KUNIT_EXPECT_EQ(test, ksize(flex), kmalloc_size_roundup(struct_size(flex, element, 20)));
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(vast));
	vz = kvrealloc_node(vz, 4 * sizeof(*vz), GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_TRUE(test, kpool_owns(vz));
	KUNIT_EXPECT_NULL(test, kmalloc_objs(*p, kpool_test_huge(), GFP_KERNEL | __GFP_NOWARN));
	kfree(p);
	kfree(z);
	kfree(array);
	kfree(clear);
	kfree(flex);
	kvfree(v);
	kpool_compat_kvfree_atomic(vz);
	kpool_compat_kvfree_atomic(vast);
	KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used);
}
#else
static void typed_forms_are_blocks(struct kunit *test)
{
	kunit_skip(test, "no kmalloc_obj()");
}
#endif

/* KUnit's own functions use kernel memory, also when called from a redirected file. */
static void kunits_memory_is_its_own(struct kunit *test)
{
	u64 used = kpool_test_blocks_used(test);
	void *p = kunit_kmalloc(test, 64, GFP_KERNEL), *q = kunit_kzalloc(test, 64, GFP_KERNEL);
	void *array = kunit_kcalloc(test, 8, 8, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_ASSERT_NOT_NULL(test, array);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p));
	KUNIT_EXPECT_FALSE(test, kpool_owns(q));
	KUNIT_EXPECT_FALSE(test, kpool_owns(array));
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0, 64));
	kunit_kfree(test, p);
	KUNIT_EXPECT_EQ(test, kpool_test_blocks_used(test), used);
}

static struct kunit_case kpool_redirect_cases[] = {
	KUNIT_CASE_PARAM(small_sizes_are_blocks, form_gen_params),
	KUNIT_CASE_PARAM(larger_sizes_are_kmallocs, form_gen_params),
	KUNIT_CASE_PARAM(every_size_is_aligned, form_gen_params),
	KUNIT_CASE_PARAM(no_bytes_are_no_memory, form_gen_params),
	KUNIT_CASE(arrays_that_overflow_are_null),
	KUNIT_CASE(krealloc_keeps_contents),
	KUNIT_CASE(krealloc_takes_kmallocs_memory),
	KUNIT_CASE_PARAM(copies_are_blocks, class_gen_params),
	KUNIT_CASE(copies_of_nothing),
	KUNIT_CASE(strings_are_blocks),
	KUNIT_CASE_PARAM(blocks_go_home, class_gen_params),
	KUNIT_CASE(kmallocs_memory_goes_to_kfree),
	KUNIT_CASE(exempt_memory_is_the_kernels),
	KUNIT_CASE(constants_are_not_freed),
	KUNIT_CASE_PARAM(sensitive_contents_are_overwritten, class_gen_params),
	KUNIT_CASE(kfree_bulk_takes_a_mix),
	KUNIT_CASE(kvmalloc_has_vast_sizes),
	KUNIT_CASE(kvrealloc_keeps_contents),
	KUNIT_CASE(kvrealloc_grows_odd_sizes),
	KUNIT_CASE(kvrealloc_clears_what_is_added),
	KUNIT_CASE(kvrealloc_takes_and_gives_nothing),
	KUNIT_CASE(sizes_are_rounded_up_as_they_are_served),
	KUNIT_CASE_PARAM(the_size_rounded_up_may_be_used, class_gen_params),
	KUNIT_CASE(objects_wait_for_a_grace_period),
	KUNIT_CASE(objects_without_a_head_wait_too),
	KUNIT_CASE(vmallocs_memory_waits_too),
	KUNIT_CASE(a_scopes_end_frees),
	KUNIT_CASE(typed_forms_are_blocks),
	KUNIT_CASE(kunits_memory_is_its_own),
	{}
};

struct kunit_suite kpool_redirect_suite = {
	.name = "kpool_redirect",
	.init = kpool_test_default_init,
	.exit = kpool_test_default_exit,
	.test_cases = kpool_redirect_cases,
};
