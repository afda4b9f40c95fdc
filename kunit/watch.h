/* SPDX-License-Identifier: GPL-2.0 */
/* Watching what a heap says and counts while something is done to it. */
#ifndef KPOOL_TEST_WATCH_H
#define KPOOL_TEST_WATCH_H

#include <linux/kmsg_dump.h>

#include "common.h"

/* kpool_test_init(), the case's heap being a debug heap. */
int kpool_test_debug_init(struct kunit *test);

/* Ways to free. */
enum kpool_test_way {
	KPOOL_TEST_FREE,
	KPOOL_TEST_HEAP_FREE,
	KPOOL_TEST_SIZED,
	KPOOL_TEST_BULK,
	KPOOL_TEST_HEAP_BULK,
	KPOOL_TEST_SENSITIVE,
	KPOOL_TEST_WAYS,
};

/* Not inlined, so that traces name them. What is allocated is filled with seed 3. */
void kpool_test_free_by(enum kpool_test_way way, struct kpool_heap *heap, void *p, size_t size);
void *kpool_test_allocate(struct kunit *test, struct kpool_heap *heap, size_t size);
/* Writes where the compiler and the sanitizers would not let us. */
void kpool_test_scribble(void *p, long from, size_t nr);

/**
 * struct kpool_test_watch - a stretch of the log, and what a heap counts
 * @test: the case
 * @heap: the heap
 * @before: its figures at the beginning
 * @iter: where the stretch begins
 */
struct kpool_test_watch {
	struct kunit *test;
	struct kpool_heap *heap;
	struct kpool_stats before;
	struct kmsg_dump_iter iter;
};

struct kpool_test_watch kpool_test_watch(struct kunit *test, struct kpool_heap *heap);
/* How many lines that were logged since then have @text. */
unsigned int kpool_test_logged(const struct kpool_test_watch *watch, const char *text);
/* Traces logged since then name @function @nr times, on kernels that have traces. */
void kpool_test_named(const struct kpool_test_watch *watch, const char *function,
		      unsigned int nr);
bool kpool_test_has_traces(void);
/* One report since then, with that heading, and as many blocks out of service. */
void kpool_test_reported(const struct kpool_test_watch *watch, const char *what,
			 unsigned int quarantined);
void kpool_test_not_reported(const struct kpool_test_watch *watch);
/* The heap serves the size as if nothing had been, and @p, if any, to nobody. */
void kpool_test_serves(struct kunit *test, struct kpool_heap *heap, size_t size, const void *p);

#endif /* KPOOL_TEST_WATCH_H */
