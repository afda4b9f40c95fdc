// SPDX-License-Identifier: GPL-2.0
/* Log and statistics of a heap during an operation. */
#include <linux/kmsg_dump.h>
#include <linux/string.h>

#include "compat.h"
#include "watch.h"

int kpool_test_debug_init(struct kunit *test)
{
	int err = kpool_test_init(test);

	if (!err)
		kpool_test_replace_heap(test, KPOOL_HEAP_DEBUG);
	return err;
}

noinline void *kpool_test_allocate(struct kunit *test, struct kpool_heap *heap, size_t size)
{
	void *p = kpool_heap_alloc(heap, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_test_fill(p, size, 3);
	return p;
}

struct kpool_test_watch kpool_test_watch(struct kunit *test, struct kpool_heap *heap)
{
	struct kpool_test_watch watch = { .test = test, .heap = heap };

	KUNIT_ASSERT_EQ(test, kpool_heap_stats(heap, &watch.before), 0);
	kmsg_dump_rewind(&watch.iter);
	watch.iter.cur_seq = watch.iter.next_seq;
	return watch;
}

unsigned int kpool_test_logged(const struct kpool_test_watch *watch, const char *text)
{
	struct kmsg_dump_iter iter;
	unsigned int nr = 0;
	char line[256];
	size_t len;

	kmsg_dump_rewind(&iter);
	iter.cur_seq = watch->iter.cur_seq;
	while (kmsg_dump_get_line(&iter, false, line, sizeof(line) - 1, &len)) {
		line[len] = '\0';
		nr += !!strstr(line, text);
	}
	return nr;
}

/* User-Mode Linux has no stack traces without frame pointers. */
bool kpool_test_has_traces(void)
{
	unsigned long frames[4];

	return kpool_compat_stack_trace(frames, ARRAY_SIZE(frames));
}

void kpool_test_named(const struct kpool_test_watch *watch, const char *function,
		      unsigned int nr)
{
	struct kunit *test = watch->test;

	if (kpool_test_has_traces())
		KUNIT_EXPECT_EQ_MSG(test, kpool_test_logged(watch, function), nr, "%s", function);
}

void kpool_test_reported(const struct kpool_test_watch *watch, const char *what,
			 unsigned int quarantined)
{
	struct kunit *test = watch->test;
	struct kpool_stats now;

	KUNIT_ASSERT_EQ(test, kpool_heap_stats(watch->heap, &now), 0);
	KUNIT_EXPECT_EQ(test, now.corruptions - watch->before.corruptions, 1ULL);
	KUNIT_EXPECT_EQ(test, now.quarantined - watch->before.quarantined, (u64)quarantined);
	KUNIT_EXPECT_EQ_MSG(test, kpool_test_logged(watch, what), 1U, "\"%s\"", what);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(watch, "end of report"), 1U);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(watch->heap), 0);
}

void kpool_test_not_reported(const struct kpool_test_watch *watch)
{
	struct kunit *test = watch->test;
	struct kpool_stats now;

	KUNIT_ASSERT_EQ(test, kpool_heap_stats(watch->heap, &now), 0);
	KUNIT_EXPECT_EQ(test, now.corruptions, watch->before.corruptions);
	KUNIT_EXPECT_EQ(test, now.quarantined, watch->before.quarantined);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(watch, "end of report"), 0U);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(watch->heap), 0);
}

void kpool_test_serves(struct kunit *test, struct kpool_heap *heap, size_t size,
		       const void *p)
{
	struct kpool_test_watch watch = kpool_test_watch(test, heap);
	void *blocks[40];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		blocks[i] = kpool_test_allocate(test, heap, size);
		KUNIT_EXPECT_PTR_NE(test, blocks[i], (void *)p);
	}
	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(blocks[i], size, 3));
		kpool_heap_free_sized(heap, blocks[i], size);
	}
	kpool_test_not_reported(&watch);
}

struct misuse_scene kpool_test_scene(struct kunit *test, struct misuse_object *object, size_t size,
				     enum misuse_way way, enum misuse_way again)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct misuse_scene s = {
		.create = kpool_test_heap_make, .heap = heap, .object = object, .size = size,
		.debug = heap->flags & KPOOL_HEAP_DEBUG, .way = way, .again = again, .cpu = -1,
	};

	s.victim = kpool_test_allocate(test, heap, size);
	misuse_adopt(&s, heap, s.victim, size);
	kpool_test_fill(s.victim, size, 3);
	return s;
}

void kpool_test_scene_end(struct misuse_scene *s, void *p)
{
	misuse_disown(s, p);
	misuse_drop_all(s);
	if (s->other)
		kpool_heap_destroy(s->other);
}
