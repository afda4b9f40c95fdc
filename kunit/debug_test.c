// SPDX-License-Identifier: GPL-2.0
/* Debug heaps: correct use works as in any heap, and traces name the place of each allocation. */
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "debug/debug.h"
#include "watch.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

static bool kpool_test_aligned(const void *p, size_t size)
{
	size_t class = size <= KPOOL_MAX_SIZE ? kpool_class_size(kpool_class_of(size)) : size;

	return kpool_test_is_aligned(p, class);
}

/* Allocate every size up to 2 * KPOOL_MAX_SIZE + 1, all at the same time. */
static void gives_every_size_aligned_as_any_heap_does(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int max = 2 * KPOOL_MAX_SIZE + 1, size;
	void **blocks = kpool_test_pointers(test, max + 1);

	for (size = 1; size <= max; size++) {
		blocks[size] = size % 3 ? kpool_heap_alloc(heap, size, GFP_KERNEL) :
			       kpool_heap_alloc_node(heap, size, GFP_KERNEL | __GFP_THISNODE,
						     numa_mem_id());
		KUNIT_ASSERT_NOT_NULL(test, blocks[size]);
		KUNIT_ASSERT_TRUE(test, kpool_test_aligned(blocks[size], size));
		KUNIT_ASSERT_EQ(test, kpool_usable_size(blocks[size]), (size_t)size);
		kpool_test_fill(blocks[size], size, 4);
	}
	kpool_test_consistent(test, heap);
	for (size = 1; size <= max; size++) {
		KUNIT_ASSERT_TRUE(test, kpool_test_intact(blocks[size], size, 4));
		misuse_free_by(size % MISUSE_WAYS, heap, blocks[size], size);
	}
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
	kpool_test_consistent(test, heap);
}

static void zeroes_when_it_is_asked_to(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	u8 *p;

	for (i = 0; i < 3; i++) {
		p = kpool_heap_zalloc(heap, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
		memset(p, 0xff, size);
		p = kpool_heap_realloc(heap, p, size + 50, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0xff, size));
		KUNIT_EXPECT_NULL(test, memchr_inv(p + size, 0, 50));
		kpool_heap_free_sized(heap, p, size + 50);
	}
	kpool_test_consistent(test, heap);
}

static void resizes_to_the_byte(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int size = kpool_class_size(kpool_test_class(test)), step;
	void *p = kpool_heap_alloc(heap, size, GFP_KERNEL), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0x11, size);
	for (step = 0; step < 8; step++) {
		size_t new = step % 2 ? size / 2 + step : 2 * size + step;

		q = kpool_heap_realloc(heap, p, new, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, q);
		KUNIT_EXPECT_EQ(test, kpool_usable_size(q), new);
		KUNIT_EXPECT_NULL(test, memchr_inv(q, 0x11, min_t(size_t, new, size / 2)));
		p = q;
	}
	kpool_heap_free_sized(heap, p, size / 2 + 7);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	kpool_test_consistent(test, heap);
}

/* Realloc moves kmalloc memory into the heap. */
static void takes_over_what_kmalloc_gave(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_watch watch = kpool_test_watch(test, heap);
	void *p = kmalloc(60, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	misuse_write(p, 0, 60);
	p = kpool_heap_realloc(heap, p, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x77, 60));
	p = kpool_heap_realloc(heap, p, 3000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x77, 60));
	kpool_heap_free_sized(heap, p, 3000);
	kpool_test_not_reported(&watch);
}

static void serves_many_at_a_time(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), nr = 100;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);

	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, blocks), nr);
	kpool_test_fill_many(blocks, nr, size, 9);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, 9), 0U);
	kpool_test_consistent(test, heap);
	kpool_heap_free_bulk(heap, nr / 2, blocks);
	kpool_free_bulk(nr / 2, blocks + nr / 2);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	kpool_test_consistent(test, heap);
}

struct kpool_test_rcu {
	u32 value[6];
	struct rcu_head rcu;
};

static void frees_after_a_grace_period(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_watch watch = kpool_test_watch(test, heap);
	struct kpool_test_rcu *object;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		object = kpool_heap_alloc(heap, sizeof(*object), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, object);
		if (i % 5)
			kpool_free_rcu(object, rcu);
		else
			kpool_free_rcu_mightsleep(object);
	}
	kpool_rcu_barrier();
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	kpool_test_not_reported(&watch);
}

/* An object that waits for its grace period counts as freed: another free is a double free. */
static void frees_of_what_waits_are_reported(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_watch watch;
	struct kpool_test_rcu *object;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		object = kpool_test_allocate(test, heap, sizeof(*object));
		if (i == 2) {
			kpool_free(object);
		} else {
			rcu_read_lock(); /* so that the free waits */
			kpool_free_rcu(object, rcu);
		}
		watch = kpool_test_watch(test, heap);
		if (i == 0)
			kpool_free(object);
		else
			kpool_free_rcu(object, rcu);
		if (i != 2)
			rcu_read_unlock();
		kpool_rcu_barrier();
		kpool_test_reported(&watch, "double free", 1);
		KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Freed by task"), 1U);
		kpool_test_serves(test, heap, sizeof(*object), object);
	}
}

static void does_without_arenas(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_watch watch;
	void *p[2];

	kpool_test_backend_fail(0, LONG_MAX);
	p[0] = kpool_test_allocate(test, heap, size);
	p[1] = kpool_test_allocate(test, heap, size);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p[0]));
	KUNIT_EXPECT_TRUE(test, kpool_test_aligned(p[0], size));
	KUNIT_EXPECT_EQ(test, kpool_usable_size(p[0]), (size_t)size);
	kpool_heap_free_sized(heap, p[0], size);
	kpool_free(p[1]);
	watch = kpool_test_watch(test, heap);
	kpool_free(p[1]);
	kpool_test_reported(&watch, "double free", 1);
	kpool_test_backend_fail(0, 0);
}

/* These functions must each be one place in the traces: their loops must not be unrolled. */
static noinline void kpool_test_one_place(struct kpool_heap *heap, size_t size, void **p, int nr)
{
	OPTIMIZER_HIDE_VAR(nr);
	while (nr--)
		p[nr] = kpool_heap_alloc(heap, size, GFP_KERNEL);
}

static noinline void kpool_test_another_place(struct kpool_heap *heap, size_t size, void **p,
					      int nr)
{
	OPTIMIZER_HIDE_VAR(nr);
	while (nr--)
		p[nr] = kpool_heap_zalloc(heap, size, GFP_KERNEL);
}

static void traces_name_the_places_largest_first(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct seq_file m = { .size = PAGE_SIZE };
	char *one, *another;
	void *p[9];
	int i;

	if (!kpool_test_has_traces())
		kunit_skip(test, "this kernel has no stack traces");
	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	kpool_test_one_place(heap, 100, p, 5);
	kpool_test_another_place(heap, 400, p + 5, 3);
	kpool_test_another_place(heap, 100, p + 8, 1);
	kpool_free(p[8]);

	KUNIT_ASSERT_EQ(test, kpool_debug_traces(heap, &m), 0);
	KUNIT_ASSERT_LT(test, m.count, m.size);
	one = strstr(m.buf, "kpool_test_one_place");
	another = strstr(m.buf, "kpool_test_another_place");
	KUNIT_EXPECT_NOT_NULL(test, one);
	KUNIT_EXPECT_NOT_NULL(test, another);
	KUNIT_EXPECT_LT(test, another - m.buf, one - m.buf);
	KUNIT_EXPECT_PTR_EQ(test, strstr(m.buf, "3 objects 1200 bytes\n"), m.buf);
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "\n5 objects 500 bytes\n"));
	KUNIT_EXPECT_NULL(test, strstr(m.buf, "0xffff"));

	for (i = 0; i < 8; i++)
		kpool_free(p[i]);
	m.count = 0;
	KUNIT_EXPECT_EQ(test, kpool_debug_traces(heap, &m), 0);
	KUNIT_EXPECT_EQ(test, m.count, (size_t)0);
}

static void validate_names_the_owner_of_a_damaged_block(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_test_allocate(test, heap, 100);
	struct kpool_test_watch watch = kpool_test_watch(test, heap);

	misuse_write(p, 100, 8);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "red zones were overwritten"), 1U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Allocated by task"), 1U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Freed by task"), 0U);
	kpool_test_named(&watch, "kpool_test_allocate", 1);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, ": 1 fault"), 1U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "faults"), 0U);
	kpool_free(p);
}

/* Poison differs from zero: uninitialised memory is POISON_INUSE, freed memory POISON_FREE. */
static void contents_are_poison(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	u8 *p = kpool_heap_alloc(heap, 100, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	if (!want_init_on_alloc(GFP_KERNEL))
		KUNIT_EXPECT_NULL(test, memchr_inv(p, POISON_INUSE, 100));
	kpool_free(p);
	OPTIMIZER_HIDE_VAR(p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, POISON_FREE, 100));
}

static struct kunit_case kpool_debug_cases[] = {
	KUNIT_CASE(gives_every_size_aligned_as_any_heap_does),
	KUNIT_CASE_PARAM(zeroes_when_it_is_asked_to, class_gen_params),
	KUNIT_CASE_PARAM(resizes_to_the_byte, class_gen_params),
	KUNIT_CASE(takes_over_what_kmalloc_gave),
	KUNIT_CASE_PARAM(serves_many_at_a_time, class_gen_params),
	KUNIT_CASE(frees_after_a_grace_period),
	KUNIT_CASE(frees_of_what_waits_are_reported),
	KUNIT_CASE_PARAM(does_without_arenas, class_gen_params),
	KUNIT_CASE(traces_name_the_places_largest_first),
	KUNIT_CASE(validate_names_the_owner_of_a_damaged_block),
	KUNIT_CASE(contents_are_poison),
	{}
};

struct kunit_suite kpool_debug_suite = {
	.name = "kpool_debug",
	.init = kpool_test_debug_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_debug_cases,
};
