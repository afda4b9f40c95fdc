// SPDX-License-Identifier: GPL-2.0
/* Debug heaps report each misuse once, with its kind and place, and go on working. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "watch.h"

/* Number of objects that fill more than a page, whatever their size. */
#define KPOOL_TEST_PAGEFUL	1024

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

/* Sizes that blocks serve and sizes that kmalloc serves, at the limits of both. */
static const u16 kpool_test_small[] = { 1, 7, 8, 24, 63, 64, 100, 128, 256, 400, 448, 513, 816 };
static const u16 kpool_test_large[] = { 449, 512, 700, 768, 900, 1024, 1025, 2000, 4096, 9000 };

/**
 * struct kpool_test_misuse - misuse of an object
 * @desc: description in the name of the case
 * @says: heading of the report
 * @from: offset of the write, or offset added to the freed pointer or to the size
 * @nr: bytes written
 * @at_end: @from counts from the end of the object
 * @small_only: only blocks have a zone there, kmalloc memory has none
 */
struct kpool_test_misuse {
	const char *desc;
	const char *says;
	long from;
	unsigned int nr;
	bool at_end;
	bool small_only;
};

static void kpool_test_misuse_desc(const struct kpool_test_misuse *misuse, char *desc)
{
	strscpy(desc, misuse->desc, KUNIT_PARAM_DESC_SIZE);
}

#define KPOOL_TEST_LEFT		"red zone left of an object was overwritten"
#define KPOOL_TEST_RIGHT	"red zone right of an object was overwritten"

static const struct kpool_test_misuse kpool_test_overflows[] = {
	{ "right by 1", KPOOL_TEST_RIGHT, 0, 1, true },
	{ "right by 8", KPOOL_TEST_RIGHT, 0, 8, true },
	{ "right by 64", KPOOL_TEST_RIGHT, 0, 64, true, true },
	{ "right beside 7 bytes", KPOOL_TEST_RIGHT, 7, 1, true },
	{ "left by 1", KPOOL_TEST_LEFT, -1, 1, false, true },
	{ "left by 8", KPOOL_TEST_LEFT, -8, 8, false, true },
	{ "left by 64", KPOOL_TEST_LEFT, -64, 64, false, true },
};

KUNIT_ARRAY_PARAM(overflow, kpool_test_overflows, kpool_test_misuse_desc);

typedef void kpool_test_fn(struct kunit *test, size_t size, enum kpool_test_way way);

/* Run @fn for each size of a list and each way to free. */
static void kpool_test_each_way(struct kunit *test, kpool_test_fn *fn)
{
	static const u16 sizes[] = { 8, 100, 448, 512, 2000 };
	enum kpool_test_way way;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (way = 0; way < KPOOL_TEST_WAYS; way++)
			fn(test, sizes[i], way);
}

/* Run @fn for each size, small and large, with one of the ways to free in turn. */
static void kpool_test_each_size(struct kunit *test, kpool_test_fn *fn)
{
	enum kpool_test_way way = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kpool_test_small); i++)
		fn(test, kpool_test_small[i], way++ % KPOOL_TEST_WAYS);
	for (i = 0; i < ARRAY_SIZE(kpool_test_large); i++)
		fn(test, kpool_test_large[i], way++ % KPOOL_TEST_WAYS);
}

/* Return true if the zones of an object of @size have at least @nr bytes. */
static bool kpool_test_has_zone(size_t size, unsigned int nr)
{
	return nr <= 8 || size <= 448;
}

static void kpool_test_overflow(struct kunit *test, size_t size, enum kpool_test_way way)
{
	const struct kpool_test_misuse *misuse = test->param_value;
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_test_allocate(test, heap, size);
	long from = misuse->from + (misuse->at_end ? size : 0);
	struct kpool_test_watch watch;
	char where[64];

	if ((misuse->small_only && !kpool_owns(p)) || !kpool_test_has_zone(size, misuse->nr)) {
		kpool_test_free_by(way, heap, p, size);
		return;
	}
	kpool_test_scribble(p, from, misuse->nr);
	if (kpool_owns(p))
		KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), -EUCLEAN);
	watch = kpool_test_watch(test, heap);
	kpool_test_free_by(way, heap, p, size);
	kpool_test_reported(&watch, misuse->says, 1);
	snprintf(where, sizeof(where), "damage begins %+ld bytes", from);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, where), 1U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Allocated by task"), 1U);
	kpool_test_serves(test, heap, size, p);
}

static void overflows_are_reported(struct kunit *test)
{
	kpool_test_each_size(test, kpool_test_overflow);
}

static const struct kpool_test_misuse kpool_test_lates[] = {
	{ "first byte", "was written to", 0, 1 },
	{ "8 bytes", "was written to", 0, 8 },
	{ "last byte", "was written to", -1, 1, true },
	{ "right of it", "was written to", 0, 8, true },
	{ "left of it", "was written to", -4, 4, false, true },
};

KUNIT_ARRAY_PARAM(late, kpool_test_lates, kpool_test_misuse_desc);

static void kpool_test_late_write(struct kunit *test, size_t size, enum kpool_test_way way)
{
	const struct kpool_test_misuse *misuse = test->param_value;
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_test_allocate(test, heap, size), *next[20];
	struct kpool_test_watch watch;
	bool small = kpool_owns(p);
	unsigned int i;

	kpool_test_free_by(way, heap, p, size);
	if ((misuse->small_only && !small) || size > 4096)
		return; /* kpool does not hold back larger objects */
	kpool_test_scribble(p, misuse->from + (misuse->at_end ? size : 0), misuse->nr);
	if (small)
		KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), -EUCLEAN);
	watch = kpool_test_watch(test, heap);
	/* kpool checks a block when it serves it again, and kmalloc memory when it frees it. */
	for (i = 0; i < ARRAY_SIZE(next); i++)
		next[i] = kpool_test_allocate(test, heap, size);
	for (i = 0; i < ARRAY_SIZE(next); i++)
		kpool_heap_free(heap, next[i]);
	kpool_test_reported(&watch, misuse->says, small);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Allocated by task"), 1U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Freed by task"), 1U);
	kpool_test_serves(test, heap, size, small ? p : NULL);
}

static void writes_after_free_are_reported(struct kunit *test)
{
	kpool_test_each_size(test, kpool_test_late_write);
}

/*
 * Write to an object after its free, on another page than @kept, then shrink the heap. If @keep is
 * false, @kept is freed before the write.
 */
static void kpool_test_late_shrink(struct kunit *test, size_t size, bool keep)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	char *kept = kpool_test_allocate(test, heap, size), *late;
	void **p = kpool_test_pointers(test, KPOOL_TEST_PAGEFUL);
	struct kpool_test_watch watch;
	unsigned int nr = 0;

	do {
		late = kpool_test_allocate(test, heap, size);
		p[nr++] = late;
	} while (virt_to_page(late) == virt_to_page(kept) && nr < KPOOL_TEST_PAGEFUL);
	KUNIT_ASSERT_PTR_NE(test, virt_to_page(late), virt_to_page(kept));
	while (nr)
		kpool_heap_free(heap, p[--nr]);
	if (!keep)
		kpool_heap_free(heap, kept);
	kpool_test_scribble(late, 0, 8);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), -EUCLEAN);
	watch = kpool_test_watch(test, heap);
	kpool_heap_shrink(heap);
	kpool_test_reported(&watch, "a free block was written to", 0);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Freed by task"), 1U);
	KUNIT_EXPECT_FALSE(test, kpool_owns(late));
	if (keep)
		kpool_heap_free(heap, kept);
}

static void writes_after_free_are_reported_when_memory_goes(struct kunit *test)
{
	static const u16 sizes[] = { 8, 100, 448, 816 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		kpool_test_late_shrink(test, sizes[i], false);
		kpool_test_late_shrink(test, sizes[i], true);
	}
}

static void kpool_test_double_free(struct kunit *test, size_t size, enum kpool_test_way way)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	enum kpool_test_way again;

	for (again = 0; again < KPOOL_TEST_WAYS; again++) {
		void *other = kpool_test_allocate(test, heap, size);
		void *p = kpool_test_allocate(test, heap, size);
		struct kpool_test_watch watch;

		kpool_test_free_by(way, heap, p, size);
		if (again % 2)
			kpool_heap_free(heap, other);
		watch = kpool_test_watch(test, heap);
		kpool_test_free_by(again, heap, p, size);
		kpool_test_reported(&watch, "double free", 1);
		KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Allocated by task"), 1U);
		KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Freed by task"), 1U);
		KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Caused by task"), 1U);
		kpool_test_named(&watch, "kpool_test_allocate", 1);
		kpool_test_named(&watch, "kpool_test_free_by", 2);

		/* A double free is reported once: another free of the object is not. */
		watch = kpool_test_watch(test, heap);
		kpool_test_free_by(again, heap, p, size);
		kpool_test_not_reported(&watch);
		if (!(again % 2))
			kpool_heap_free(heap, other);
		kpool_test_serves(test, heap, size, p);
	}
}

static void double_frees_are_reported(struct kunit *test)
{
	kpool_test_each_way(test, kpool_test_double_free);
}

/* An object that another CPU frees. */
struct kpool_test_race {
	void *p;
	bool done;
};

static void kpool_test_free_there(void *data)
{
	struct kpool_test_race *race = data;

	kpool_free(race->p);
	/* Pairs with the smp_load_acquire() in one_of_two_frees_at_a_time_is_reported(). */
	smp_store_release(&race->done, true);
}

/* Two CPUs free the same block: one free succeeds, the other is reported. */
static void one_of_two_frees_at_a_time_is_reported(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	int cpu = kpool_test_other_cpu();
	struct kpool_test_watch watch;
	struct kpool_stats now;
	unsigned int i;

	if (cpu < 0 || IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "one CPU only, or none that takes frees in an interrupt");
	watch = kpool_test_watch(test, heap);
	for (i = 1; i <= 30; i++) {
		struct kpool_test_race race = { .p = kpool_test_allocate(test, heap, 100) };

		KUNIT_ASSERT_EQ(test, smp_call_function_single(cpu, kpool_test_free_there, &race,
							       0), 0);
		kpool_free(race.p);
		/* Pairs with the smp_store_release() in kpool_test_free_there(). */
		while (!smp_load_acquire(&race.done))
			cpu_relax();
		now = kpool_test_stats(test, heap);
		KUNIT_EXPECT_EQ(test, now.corruptions - watch.before.corruptions, (u64)i);
		KUNIT_EXPECT_EQ(test, now.quarantined - watch.before.quarantined, (u64)i);
		KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), 0);
	}
	kpool_test_serves(test, heap, 100, NULL);
}

/* The pool became free, but its memory was not returned. */
static void a_double_free_is_noticed_in_a_free_pool(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	void *p = kpool_test_allocate(test, heap, size);
	struct kpool_test_watch watch;

	kpool_free(p);
	watch = kpool_test_watch(test, heap);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).pools, 0ULL);
	kpool_free(p);
	kpool_test_reported(&watch, "double free", 1);
	kpool_test_serves(test, heap, size, p);
}

static const struct kpool_test_misuse kpool_test_interiors[] = {
	{ "after the start by 1", "not the start of an object", 1 },
	{ "after the start by 8", "not the start of an object", 8 },
	{ "last byte", "not the start of an object", -1, 0, true },
	{ "before the start by 1", "not the start of an object", -1, 0, false, true },
	{ "before the start by 8", "not the start of an object", -8, 0, false, true },
	{ "after the end", "not the start of an object", 0, 0, true },
};

KUNIT_ARRAY_PARAM(interior, kpool_test_interiors, kpool_test_misuse_desc);

static void kpool_test_interior_free(struct kunit *test, size_t size, enum kpool_test_way way)
{
	const struct kpool_test_misuse *misuse = test->param_value;
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_test_allocate(test, heap, size);
	long from = misuse->from + (misuse->at_end ? size : 0);
	struct kpool_test_watch watch = kpool_test_watch(test, heap);

	if ((misuse->small_only && !kpool_owns(p)) || !from) {
		kpool_test_free_by(way, heap, p, size);
		return;
	}
	kpool_test_free_by(way, heap, p + from, size);
	kpool_test_reported(&watch, misuse->says, 0);
	/* The object is still allocated and unchanged. */
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 3));
	watch = kpool_test_watch(test, heap);
	kpool_test_free_by(way, heap, p, size);
	kpool_test_not_reported(&watch);
	kpool_test_serves(test, heap, size, NULL);
}

static void frees_of_no_start_are_reported(struct kunit *test)
{
	kpool_test_each_size(test, kpool_test_interior_free);
}

static void frees_of_no_object_are_reported(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_test_allocate(test, heap, 100), *pool = kpool_test_pool_start(p);
	unsigned int class = kpool_map_byte(p) & KPOOL_BYTE_CLASS;
	unsigned int nr = kpool_class_info[class].capacity;
	unsigned int stride = kpool_class_info[class].stride;
	enum kpool_test_way way;

	for (way = 0; way < KPOOL_TEST_WAYS; way++) {
		struct kpool_test_watch watch = kpool_test_watch(test, heap);

		kpool_test_free_by(way, heap, pool + (nr - 1) * stride, 100);
		kpool_test_reported(&watch, "that was never allocated", 0);
		watch = kpool_test_watch(test, heap);
		kpool_test_free_by(way, heap, pool + nr * stride, 100);
		kpool_test_reported(&watch, "that is no block", 0);
		watch = kpool_test_watch(test, heap);
		kpool_test_free_by(way, heap, kpool_arena_of(p), 100);
		kpool_test_reported(&watch, "that is no block", 0);
		watch = kpool_test_watch(test, heap);
		kpool_test_free_by(way, heap, pool + 8 * KPOOL_POOL_SIZE, 100);
		kpool_test_reported(&watch, "that is no block", 0);
	}
	kpool_test_serves(test, heap, 100, NULL);
	kpool_free(p);
}

static void frees_of_foreign_memory_are_reported(struct kunit *test)
{
	static char data[64];
	char *pages = (char *)__get_free_pages(GFP_KERNEL, 1);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *kmalloced = kmalloc(100, GFP_KERNEL);
	struct kpool_test_watch watch;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_NOT_NULL(test, kmalloced);
	watch = kpool_test_watch(test, heap);
	kpool_test_free_by(KPOOL_TEST_HEAP_FREE, heap, kmalloced, 100);
	kpool_test_reported(&watch, "not the heap's, or free already", 0);
	watch = kpool_test_watch(test, heap);
	kpool_test_free_by(KPOOL_TEST_SIZED, heap, kmalloced, 100);
	kpool_test_reported(&watch, "not the heap's, or free already", 0);
	kpool_test_free_by(KPOOL_TEST_FREE, heap, kmalloced, 100);

	watch = kpool_test_watch(test, NULL);
	kpool_test_free_by(KPOOL_TEST_FREE, heap, data, sizeof(data));
	kpool_test_reported(&watch, "that neither kpool nor kmalloc gave", 0);
	watch = kpool_test_watch(test, NULL);
	kpool_test_free_by(KPOOL_TEST_FREE, heap, pages, 100);
	kpool_test_reported(&watch, "that neither kpool nor kmalloc gave", 0);
	watch = kpool_test_watch(test, NULL);
	kpool_test_free_by(KPOOL_TEST_FREE, heap, (void *)8192, 100);
	kpool_test_reported(&watch, "that neither kpool nor kmalloc gave", 0);
	free_pages((unsigned long)pages, 1);

	kmalloced = kmalloc(20000, GFP_KERNEL);
	watch = kpool_test_watch(test, NULL);
	kpool_test_free_by(KPOOL_TEST_FREE, heap, kmalloced, 20000);
	kpool_test_not_reported(&watch);
}

static void kpool_test_wrong_heap(struct kunit *test, size_t size, enum kpool_test_way way)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_heap *other = kpool_test_heap_create(test, "other", KPOOL_HEAP_DEBUG);
	void *p = kpool_test_allocate(test, heap, size);
	struct kpool_test_watch watch = kpool_test_watch(test, heap);

	kpool_test_free_by(way, other, p, size);
	if (way == KPOOL_TEST_HEAP_FREE || way == KPOOL_TEST_SIZED ||
	    way == KPOOL_TEST_HEAP_BULK)
		kpool_test_reported(&watch, "to another heap than the object's", 1);
	else
		kpool_test_not_reported(&watch);
	kpool_test_serves(test, other, size, p);
	kpool_heap_destroy(other);
	kpool_test_serves(test, heap, size, NULL);
}

static void frees_to_another_heap_are_reported(struct kunit *test)
{
	kpool_test_each_way(test, kpool_test_wrong_heap);
}

static void so_are_frees_between_normal_and_debug_heaps(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_heap *normal = kpool_test_heap_create(test, "normal", 0);
	void *p = kpool_test_allocate(test, heap, 100);
	void *q = kpool_test_allocate(test, normal, 100);
	struct kpool_test_watch watch = kpool_test_watch(test, heap);

	kpool_heap_free(normal, p);
	kpool_test_reported(&watch, "to another heap than the object's", 1);
	watch = kpool_test_watch(test, heap);
	kpool_heap_free(heap, q);
	kpool_test_reported(&watch, "of a heap without debugging", 0);
	watch = kpool_test_watch(test, heap);
	kpool_heap_free_sized(heap, q, 100);
	kpool_test_reported(&watch, "of a heap without debugging", 0);
	kpool_test_serves(test, normal, 100, q);
	kpool_heap_free(normal, q);
	kpool_heap_destroy(normal);
	kpool_test_serves(test, heap, 100, p);
}

static const struct kpool_test_misuse kpool_test_sizings[] = {
	{ "less by 1", "smaller than was asked for", -1 },
	{ "more by 1", "larger than was asked for", 1 },
	{ "much more", "larger than was asked for", 10000 },
	{ "nothing", "smaller than was asked for", 0, 0, true },
};

KUNIT_ARRAY_PARAM(sizing, kpool_test_sizings, kpool_test_misuse_desc);

static void frees_with_a_wrong_size_are_reported(struct kunit *test)
{
	const struct kpool_test_misuse *misuse = test->param_value;
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kpool_test_small) + ARRAY_SIZE(kpool_test_large); i++) {
		size_t size = i < ARRAY_SIZE(kpool_test_small) ? kpool_test_small[i] :
			      kpool_test_large[i - ARRAY_SIZE(kpool_test_small)];
		void *p = kpool_test_allocate(test, heap, size);
		struct kpool_test_watch watch = kpool_test_watch(test, heap);

		kpool_heap_free_sized(heap, p, misuse->at_end ? 0 : size + misuse->from);
		kpool_test_reported(&watch, misuse->says, 1);
		kpool_test_serves(test, heap, size, p);
	}
}

static void a_free_after_destroy_is_reported(struct kunit *test)
{
	static const u16 sizes[] = { 8, 100, 448, 512, 2000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct kpool_heap *heap = kpool_test_heap_create(test, "gone", KPOOL_HEAP_DEBUG);
		void *p = kpool_test_allocate(test, heap, sizes[i]);
		struct kpool_test_watch watch = kpool_test_watch(test, heap);

		kpool_heap_destroy(heap);
		KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "leaked 1 object, "), 1U);
		kpool_test_named(&watch, "kpool_test_allocate", 1);
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, sizes[i], 3));
		watch = kpool_test_watch(test, heap);
		kpool_free(p);
		kpool_test_reported(&watch, "free of an object after its heap was destroyed", 0);
	}
}

/*
 * Write to one of two objects of a pool after its free, then destroy the heap. If @keep is false,
 * the other object is freed before the write.
 */
static void kpool_test_late_end(struct kunit *test, size_t size, bool keep)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "ended", KPOOL_HEAP_DEBUG);
	void *kept = kpool_test_allocate(test, heap, size);
	void *late = kpool_test_allocate(test, heap, size);
	struct kpool_test_watch watch;

	kpool_heap_free(heap, late);
	if (!keep)
		kpool_heap_free(heap, kept);
	kpool_test_scribble(late, 0, 8);
	watch = kpool_test_watch(test, heap);
	kpool_heap_destroy(heap);
	kpool_test_reported(&watch, "heap ended: a free block was written to", 1);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "destroyed heap"), 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "Freed by task"), 1U);
	if (keep)
		kpool_free(kept);
	watch = kpool_test_watch(test, heap);
	kpool_heap_forget_all();
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "end of report"), 0U);
}

static void writes_after_free_are_reported_when_the_heap_ends(struct kunit *test)
{
	static const u16 sizes[] = { 8, 100, 448, 816 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		kpool_test_late_end(test, sizes[i], false);
		kpool_test_late_end(test, sizes[i], true);
	}
}

static void reports_tell_a_destroyed_heap_from_one_of_its_name(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "gone", KPOOL_HEAP_DEBUG), *other;
	void *p = kpool_test_allocate(test, heap, 100);
	void *large = kpool_test_allocate(test, heap, 3000);
	struct kpool_test_watch watch;
	char says[100];

	kpool_heap_destroy(heap);
	other = kpool_test_heap_create(test, "gone", KPOOL_HEAP_DEBUG);
	snprintf(says, sizeof(says), "destroyed heap gone (number %lu): free of an object after",
		 heap->number);
	watch = kpool_test_watch(test, heap);
	kpool_free(p);
	kpool_test_reported(&watch, says, 0);
	watch = kpool_test_watch(test, heap);
	kpool_free(large);
	kpool_test_reported(&watch, says, 0);

	p = kpool_test_allocate(test, other, 100);
	kpool_free(p);
	watch = kpool_test_watch(test, other);
	kpool_free(p);
	kpool_test_reported(&watch, "heap gone: double free", 1);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "destroyed heap"), 0U);
	kpool_heap_destroy(other);
}

static void a_free_after_the_end_of_a_region_is_reported(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "gone", KPOOL_HEAP_DEBUG |
							 KPOOL_HEAP_REGION);
	void *p[3], *freed = kpool_test_allocate(test, heap, 200);
	struct kpool_test_watch watch = kpool_test_watch(test, heap);
	unsigned int i;

	kpool_free(freed);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = kpool_test_allocate(test, heap, 100 + i);
	kpool_test_allocate(test, heap, 1000);
	kpool_heap_destroy(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "leaked"), 0U);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		watch = kpool_test_watch(test, heap);
		kpool_free(p[i]);
		kpool_test_reported(&watch, "free after the heap was destroyed", 1);
	}
	watch = kpool_test_watch(test, heap);
	kpool_free(freed);
	kpool_test_reported(&watch, "free after the heap was destroyed", 1);
}

static void use_of_a_destroyed_heap_is_reported(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "gone", KPOOL_HEAP_DEBUG);
	void *p = kpool_test_allocate(test, heap, 100);
	struct kpool_test_watch watch;

	kpool_heap_free(heap, p);
	kpool_heap_destroy(heap);
	watch = kpool_test_watch(test, heap);
	KUNIT_EXPECT_NULL(test, kpool_heap_alloc(heap, 100, GFP_KERNEL));
	kpool_test_reported(&watch, "allocation from a destroyed heap", 0);
	watch = kpool_test_watch(test, heap);
	kpool_heap_free(heap, p);
	kpool_test_reported(&watch, "free after the heap was destroyed", 1);
	watch = kpool_test_watch(test, heap);
	kpool_heap_destroy(heap);
	kpool_test_reported(&watch, "a heap is destroyed twice", 0);
}

/* An overflow from the memory before the header, or a stray pointer, damages it. */
static void damaged_headers_are_reported(struct kunit *test)
{
	static const u8 from[] = { 0, 2, 4, 8, 20, 24 };
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_watch watch;
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		p = kpool_test_allocate(test, heap, 100);
		kpool_test_scribble(p, from[i] - 96, 4);
		KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), -EUCLEAN);
		watch = kpool_test_watch(test, heap);
		kpool_free(p);
		kpool_test_reported(&watch, "with an overwritten header", 1);
		watch = kpool_test_watch(test, heap);
		kpool_free(p);
		kpool_test_not_reported(&watch);
		kpool_test_serves(test, heap, 100, p);
	}
}

static void kpool_test_realloc_free(struct kunit *test, size_t size, enum kpool_test_way way)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_test_allocate(test, heap, size);
	struct kpool_test_watch watch = kpool_test_watch(test, heap);

	kpool_test_free_by(way, heap, p, size);
	KUNIT_EXPECT_EQ(test, kpool_usable_size(p), (size_t)0);
	KUNIT_EXPECT_NULL(test, kpool_heap_realloc(heap, p, size + 1, GFP_KERNEL));
	kpool_test_reported(&watch, "double free", 1);
	kpool_test_serves(test, heap, size, p);
}

static void a_realloc_of_what_is_free_is_reported(struct kunit *test)
{
	kpool_test_each_way(test, kpool_test_realloc_free);
}

static struct kunit_case kpool_debug_misuse_cases[] = {
	KUNIT_CASE_PARAM(overflows_are_reported, overflow_gen_params),
	KUNIT_CASE_PARAM(writes_after_free_are_reported, late_gen_params),
	KUNIT_CASE(writes_after_free_are_reported_when_memory_goes),
	KUNIT_CASE(double_frees_are_reported),
	KUNIT_CASE(one_of_two_frees_at_a_time_is_reported),
	KUNIT_CASE_PARAM(a_double_free_is_noticed_in_a_free_pool, class_gen_params),
	KUNIT_CASE_PARAM(frees_of_no_start_are_reported, interior_gen_params),
	KUNIT_CASE(frees_of_no_object_are_reported),
	KUNIT_CASE(frees_of_foreign_memory_are_reported),
	KUNIT_CASE(frees_to_another_heap_are_reported),
	KUNIT_CASE(so_are_frees_between_normal_and_debug_heaps),
	KUNIT_CASE_PARAM(frees_with_a_wrong_size_are_reported, sizing_gen_params),
	KUNIT_CASE(a_free_after_destroy_is_reported),
	KUNIT_CASE(writes_after_free_are_reported_when_the_heap_ends),
	KUNIT_CASE(reports_tell_a_destroyed_heap_from_one_of_its_name),
	KUNIT_CASE(a_free_after_the_end_of_a_region_is_reported),
	KUNIT_CASE(use_of_a_destroyed_heap_is_reported),
	KUNIT_CASE(damaged_headers_are_reported),
	KUNIT_CASE(a_realloc_of_what_is_free_is_reported),
	{}
};

struct kunit_suite kpool_debug_misuse_suite = {
	.name = "kpool_debug_misuse",
	.init = kpool_test_debug_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_debug_misuse_cases,
};
