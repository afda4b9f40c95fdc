// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the programs of misuse_rows.h. Debug heaps report each misuse once, with its kind and place,
 * and go on working.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "misuse.h"
#include "watch.h"

/* Number of objects that fill more than a page, whatever their size. */
#define KPOOL_TEST_PAGEFUL	1024

/* Objects that a program's later callers allocate: some more than a pool has. */
#define KPOOL_TEST_NEXT		40

#define MISUSE_ROUGH(...)
#define MISUSE_GUEST(...)
const struct misuse_program kpool_test_programs[] = {
#include "misuse_rows.h"
};

const unsigned int kpool_test_nr_programs = ARRAY_SIZE(kpool_test_programs);

static void kpool_test_program_desc(const struct misuse_program *program, char *desc)
{
	strscpy(desc, program->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(program, kpool_test_programs, kpool_test_program_desc);

/* Sizes that blocks serve and sizes that kmalloc serves, at the limits of both. */
static const u16 kpool_test_limits[] = {
	1, 7, 8, 24, 63, 64, 100, 128, 256, 400, 448, 513, 816,
	449, 512, 700, 768, 900, 1024, 1025, 2000, 4096, 9000,
};

/* Largest size of a block with zones of 64 bytes. */
#define KPOOL_TEST_WIDE_MAX	448
/* Largest size of kmalloc memory that a debug heap holds back after its free. */
#define KPOOL_TEST_LATE_MAX	4096

static const struct kpool_test_watch *kpool_test_watched;

static unsigned long kpool_test_lines(void)
{
	return kpool_test_logged(kpool_test_watched, "kpool: ");
}

/* Run a program among a crowd, on a debug heap of its own. */
static void kpool_test_play(struct kunit *test, const struct misuse_program *program, u8 spot,
			    enum misuse_way again)
{
	struct kpool_test_watch watch = kpool_test_watch(test, kpool_test_heap(test));
	struct misuse_scene s = {
		.create = kpool_test_heap_make, .debug = true, .cpu = -1, .again = again,
		.next = KPOOL_TEST_NEXT, .lines = kpool_test_lines, .spot = spot,
	};
	char outcome[MISUSE_OUTCOME];

	s.object = kvcalloc(MISUSE_OBJECTS, sizeof(*s.object), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s.object);
	kpool_test_watched = &watch;
	if (misuse_begin(&s, program)) {
		if (!s.failed)
			program->run(&s);
		misuse_observe(&s);
		misuse_end(&s);
		KUNIT_EXPECT_STREQ(test, s.failed ?: "", "");
		KUNIT_EXPECT_STREQ(test, misuse_outcome(&s, outcome), program->debug);
	} else {
		KUNIT_FAIL(test, "no heap");
	}
	kvfree(s.object);
	if (program->says)
		KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, program->says), 1U);
}

/* Can the program's fault be found in an object of @size? @block: or is it kmalloc's memory? */
static bool kpool_test_fits(const struct misuse_program *program, size_t size, bool block)
{
	if ((program->vary & MISUSE_BLOCKS && !block) ||
	    (program->vary & MISUSE_WIDE && size > KPOOL_TEST_WIDE_MAX))
		return false;
	/* The last byte of one is the start. */
	if (program->run == misuse_interior_last && size == 1)
		return false;
	return !(program->vary & MISUSE_LATE) || size <= KPOOL_TEST_LATE_MAX;
}

/* Have the damage found that a program did, and expect to be told where it is. */
static void kpool_test_find(struct kpool_test_watch *watch, struct misuse_scene *s, bool block)
{
	struct kunit *test = watch->test;
	void *next[20];
	char where[64];
	unsigned int i;

	if (block)
		KUNIT_EXPECT_EQ(test, kpool_heap_validate(s->heap), -EUCLEAN);
	*watch = kpool_test_watch(test, s->heap);
	if (s->victim) {
		misuse_release(s);
		snprintf(where, sizeof(where), "damage begins %+ld bytes", s->from);
		KUNIT_EXPECT_EQ(test, kpool_test_logged(watch, where), 1U);
		return;
	}
	/* kpool checks a block when it serves it again, and kmalloc memory when it frees it. */
	for (i = 0; i < ARRAY_SIZE(next); i++)
		next[i] = kpool_test_allocate(test, s->heap, s->size);
	for (i = 0; i < ARRAY_SIZE(next); i++)
		kpool_heap_free(s->heap, next[i]);
}

static void kpool_test_expect_report(const struct kpool_test_watch *watch,
				     const struct misuse_program *program, bool gone,
				     bool quarantined)
{
	struct kunit *test = watch->test;

	kpool_test_reported(watch, program->says, quarantined);
	if (gone)
		KUNIT_EXPECT_EQ(test, kpool_test_logged(watch, "Allocated by task"), 1U);
	if (program->vary & MISUSE_LATE)
		KUNIT_EXPECT_EQ(test, kpool_test_logged(watch, "Freed by task"), 1U);
	if (program->vary & MISUSE_FREES) {
		KUNIT_EXPECT_EQ(test, kpool_test_logged(watch, "Caused by task"), 1U);
		kpool_test_named(watch, "kpool_test_allocate", 1);
		kpool_test_named(watch, "misuse_free_by", 2);
	}
}

/* Run a program with a lone victim of @size in the case's debug heap, which goes on working. */
static void kpool_test_vary(struct kunit *test, const struct misuse_program *program, size_t size,
			    enum misuse_way way, enum misuse_way again)
{
	bool at_once = !strcmp(program->debug, AT_ONCE), block, gone;
	struct misuse_object object[4];
	struct misuse_scene s = kpool_test_scene(test, object, size, way, again);
	struct kpool_test_watch watch = kpool_test_watch(test, s.heap);
	void *p = s.victim;

	block = kpool_owns(p);
	if (!kpool_test_fits(program, size, block)) {
		misuse_release(&s);
		return;
	}
	program->run(&s);
	gone = !s.victim || !at_once;
	if (at_once) {
		kpool_test_expect_report(&watch, program, gone, gone);
	} else {
		bool late = !s.victim;

		kpool_test_find(&watch, &s, block);
		kpool_test_expect_report(&watch, program, true, block || !late);
		p = block || !late ? p : NULL;
	}
	watch = kpool_test_watch(test, s.heap);
	if (!gone) {
		/* The object is still allocated and unchanged. */
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 3));
		misuse_release(&s);
	} else if (program->vary & MISUSE_FREES) {
		/* A double free is reported once: another free of the object is not. */
		misuse_free_by(again, s.heap, p, size);
	}
	kpool_test_not_reported(&watch);
	kpool_test_scene_end(&s, p);
	kpool_test_serves(test, kpool_test_heap(test), size, gone ? p : NULL);
}

/* Free twice by each pair of ways, and once in each class. */
static void kpool_test_vary_frees(struct kunit *test, const struct misuse_program *program)
{
	static const u16 sizes[] = { 8, 100, 448, 512, 2000 };
	unsigned int i, pair;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (pair = 0; pair < MISUSE_WAYS * MISUSE_WAYS; pair++)
			kpool_test_vary(test, program, sizes[i], pair / MISUSE_WAYS,
					pair % MISUSE_WAYS);
	for (i = 0; i < KPOOL_NR_CLASSES; i++)
		kpool_test_vary(test, program, kpool_test_sizes[i], MISUSE_ANY, MISUSE_ANY);
}

static void debug_heaps_answer_as_the_table_says(struct kunit *test)
{
	const struct misuse_program *program = test->param_value;
	unsigned int ways = program->vary & MISUSE_NAMED ? MISUSE_NAMING : MISUSE_WAYS, i;

	if (!misuse_may_run(program, true))
		kunit_skip(test, "needs another kernel");
	for (i = 0; !i || program->spot[i - 1]; i++)
		kpool_test_play(test, program, program->spot[i], MISUSE_HEAP_FREE);
	if (program->vary & MISUSE_SIZES)
		for (i = 0; i < ARRAY_SIZE(kpool_test_limits); i++)
			kpool_test_vary(test, program, kpool_test_limits[i], i % MISUSE_WAYS,
					i % ways);
	if (!(program->vary & MISUSE_FREES))
		return;
	if (program->vary & MISUSE_SIZES)
		kpool_test_vary_frees(test, program);
	else
		for (i = 1; i < ways; i++)
			kpool_test_play(test, program, 0, i);
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
	misuse_write(late, 0, 8);
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
	misuse_write(late, 0, 8);
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

/* kpool_free() takes kmalloc memory that kpool did not allocate. */
static void a_free_of_kmalloc_memory_is_not_reported(struct kunit *test)
{
	void *p = kmalloc(20000, GFP_KERNEL);
	struct kpool_test_watch watch = kpool_test_watch(test, NULL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_free(p);
	kpool_test_not_reported(&watch);
}

static struct kunit_case kpool_misuse_cases[] = {
	KUNIT_CASE_PARAM(debug_heaps_answer_as_the_table_says, program_gen_params),
	KUNIT_CASE(writes_after_free_are_reported_when_memory_goes),
	KUNIT_CASE(one_of_two_frees_at_a_time_is_reported),
	KUNIT_CASE(a_free_after_destroy_is_reported),
	KUNIT_CASE(writes_after_free_are_reported_when_the_heap_ends),
	KUNIT_CASE(reports_tell_a_destroyed_heap_from_one_of_its_name),
	KUNIT_CASE(a_free_after_the_end_of_a_region_is_reported),
	KUNIT_CASE(a_free_of_kmalloc_memory_is_not_reported),
	{}
};

struct kunit_suite kpool_misuse_suite = {
	.name = "kpool_misuse",
	.init = kpool_test_debug_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_misuse_cases,
};
