/* SPDX-License-Identifier: GPL-2.0 */
/* Random allocations and frees by many contexts at once, contents checked. */
#ifndef KPOOL_TEST_CHURN_H
#define KPOOL_TEST_CHURN_H

#include <linux/prandom.h>

#include "common.h"

#define KPOOL_TEST_SLOTS	256

/**
 * struct kpool_test_churn - blocks that all contexts exchange
 * @heap: where they come from
 * @slot: blocks; each knows its size and what it should hold
 * @failed: allocations that gave nothing
 * @bad: blocks that did not hold what they should
 * @steps: how many blocks were allocated
 */
struct kpool_test_churn {
	struct kpool_heap *heap;
	void *slot[KPOOL_TEST_SLOTS];
	atomic_long_t failed;
	atomic_long_t bad;
	atomic_long_t steps;
};

struct kpool_test_churn *kpool_test_churn_begin(struct kunit *test);
/* Allocates a block and frees the one whose slot it takes. Any context. */
void kpool_test_churn_step(struct kpool_test_churn *churn, struct rnd_state *rnd, gfp_t gfp);
/* Frees all blocks and checks that nothing went wrong. */
void kpool_test_churn_end(struct kunit *test, struct kpool_test_churn *churn);

/*
 * Threads that take steps until told to stop, one on each online CPU but @but
 * (-1: on all). Stopping them waits for their end.
 */
struct kpool_test_threads;
struct kpool_test_threads *kpool_test_threads_start(struct kunit *test,
						    struct kpool_test_churn *churn, int but);
void kpool_test_threads_stop(struct kpool_test_threads *threads);

#endif /* KPOOL_TEST_CHURN_H */
