/* SPDX-License-Identifier: GPL-2.0 */
/* Load on a case's heap: the random workload of churn.h, run by the case and by threads. */
#ifndef KPOOL_TEST_LOAD_H
#define KPOOL_TEST_LOAD_H

#include "churn.h"
#include "common.h"

/**
 * struct kpool_test_load - load on a heap
 * @churn: state that all actors share
 * @table: table of one heap
 * @heap: the heap
 * @actor: the case itself
 * @total: tallies of actors that have ended
 * @steps: number of objects requested by the case and its threads
 */
struct kpool_test_load {
	struct churn churn;
	struct churn_heap table;
	struct kpool_heap *heap;
	struct churn_actor actor;
	struct churn_tally total;
	atomic_long_t steps;
};

struct kpool_test_load *kpool_test_load_begin(struct kunit *test);
/* Exchange an object. Context: any that @gfp allows. */
void kpool_test_load_step(struct kpool_test_load *load, gfp_t gfp);
/* Free all objects and expect that no error was found. */
void kpool_test_load_end(struct kunit *test, struct kpool_test_load *load);

/*
 * Start a thread that takes steps on each online CPU except @but (-1: on all).
 * kpool_test_threads_stop() stops them and waits for their end.
 */
struct kpool_test_threads;
struct kpool_test_threads *kpool_test_threads_start(struct kunit *test,
						    struct kpool_test_load *load, int but);
void kpool_test_threads_stop(struct kpool_test_threads *threads);

#endif /* KPOOL_TEST_LOAD_H */
