/* SPDX-License-Identifier: GPL-2.0 */
/* Log and statistics of a heap during an operation. */
#ifndef KPOOL_TEST_WATCH_H
#define KPOOL_TEST_WATCH_H

#include <linux/kmsg_dump.h>

#include "common.h"
#include "misuse.h"

/* Like kpool_test_init(), with a debug heap. */
int kpool_test_debug_init(struct kunit *test);

/* Allocate an object filled with seed 3. Not inlined, so that traces name this function. */
void *kpool_test_allocate(struct kunit *test, struct kpool_heap *heap, size_t size);

/**
 * struct kpool_test_watch - start of a part of the log, and statistics at that time
 * @test: the case
 * @heap: the heap
 * @before: its statistics at the start
 * @iter: the start in the log
 */
struct kpool_test_watch {
	struct kunit *test;
	struct kpool_heap *heap;
	struct kpool_stats before;
	struct kmsg_dump_iter iter;
};

struct kpool_test_watch kpool_test_watch(struct kunit *test, struct kpool_heap *heap);
/* Return the number of lines with @text since the start. */
unsigned int kpool_test_logged(const struct kpool_test_watch *watch, const char *text);
/* Expect @function in @nr traces since the start, on kernels with stack traces. */
void kpool_test_named(const struct kpool_test_watch *watch, const char *function,
		      unsigned int nr);
bool kpool_test_has_traces(void);
/* Expect one report since the start, with heading @what and @quarantined blocks out of service. */
void kpool_test_reported(const struct kpool_test_watch *watch, const char *what,
			 unsigned int quarantined);
void kpool_test_not_reported(const struct kpool_test_watch *watch);
/* Expect that the heap serves @size as usual and never serves @p, unless @p is NULL. */
void kpool_test_serves(struct kunit *test, struct kpool_heap *heap, size_t size, const void *p);

/* The programs of misuse_rows.h that KUnit can run. */
extern const struct misuse_program kpool_test_programs[];
extern const unsigned int kpool_test_nr_programs;

/* The scene of a victim without a crowd, in the case's heap. @object: room for four objects. */
struct misuse_scene kpool_test_scene(struct kunit *test, struct misuse_object *object, size_t size,
				     enum misuse_way way, enum misuse_way again);
/* Free what a program left, except @p. */
void kpool_test_scene_end(struct misuse_scene *s, void *p);

#endif /* KPOOL_TEST_WATCH_H */
