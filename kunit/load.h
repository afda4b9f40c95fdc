/* SPDX-License-Identifier: GPL-2.0 */
/* Load on the heap of a case: the random workload of churn.h, by the case and by threads. */
#ifndef KPOOL_TEST_LOAD_H
#define KPOOL_TEST_LOAD_H

#include "churn.h"
#include "common.h"

/**
 * struct kpool_test_load - load on a heap
 * @churn: what all actors share
 * @table: the heap, as a table of one
 * @heap: the heap
 * @actor: the case itself
 * @total: counts of actors that have ended
 * @steps: objects that the case and its threads asked for
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
/* Exchanges an object. Any context that @gfp allows. */
void kpool_test_load_step(struct kpool_test_load *load, gfp_t gfp);
/* Frees all objects and checks that nothing went wrong. */
void kpool_test_load_end(struct kunit *test, struct kpool_test_load *load);

/*
 * Threads that take steps until they are stopped, one on each online CPU except @but
 * (-1: on all). kpool_test_threads_stop() waits for their end.
 */
struct kpool_test_threads;
struct kpool_test_threads *kpool_test_threads_start(struct kunit *test,
						    struct kpool_test_load *load, int but);
void kpool_test_threads_stop(struct kpool_test_threads *threads);

#endif /* KPOOL_TEST_LOAD_H */
