// SPDX-License-Identifier: GPL-2.0
/* Random allocations and frees by many contexts at once, contents checked. */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "churn.h"

/* At the start of each block; the rest of it is filled. */
struct kpool_test_token {
	u16 size;
	u16 check;
};

#define KPOOL_TEST_CHECK	0xa5c3

static void *kpool_test_token_alloc(struct kpool_heap *heap, u16 size, gfp_t gfp)
{
	struct kpool_test_token *token = kpool_heap_alloc(heap, size, gfp);

	if (!token)
		return NULL;
	token->size = size;
	token->check = size ^ KPOOL_TEST_CHECK;
	kpool_test_fill(token + 1, size - sizeof(*token), size);
	return token;
}

static bool kpool_test_token_free(struct kpool_heap *heap, struct kpool_test_token *token)
{
	u16 size = token->size;
	bool intact = token->check == (size ^ KPOOL_TEST_CHECK) &&
		      kpool_test_intact(token + 1, size - sizeof(*token), size);

	/* By all the ways there are. */
	if (!intact || size % 4 == 0)
		kpool_free(token);
	else if (size % 4 == 1)
		kpool_heap_free_sized(heap, token, size);
	else
		kpool_heap_free(heap, token);
	return intact;
}

struct kpool_test_churn *kpool_test_churn_begin(struct kunit *test)
{
	struct kpool_test_churn *churn = kunit_kzalloc(test, sizeof(*churn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, churn);
	churn->heap = kpool_test_heap(test);
	return churn;
}

/* Mostly small sizes, now and then a large one. */
static u16 kpool_test_churn_size(struct rnd_state *rnd)
{
	u32 r = prandom_u32_state(rnd);
	u16 max = r % 64 == 0 ? 3000 : r % 4 == 0 ? KPOOL_MAX_SIZE : 128;

	return sizeof(struct kpool_test_token) + (r >> 8) % (max - sizeof(struct kpool_test_token));
}

void kpool_test_churn_step(struct kpool_test_churn *churn, struct rnd_state *rnd, gfp_t gfp)
{
	void *new = kpool_test_token_alloc(churn->heap, kpool_test_churn_size(rnd), gfp);
	void *old;

	if (!new)
		atomic_long_inc(&churn->failed);
	old = xchg(&churn->slot[prandom_u32_state(rnd) % KPOOL_TEST_SLOTS], new);
	if (old && !kpool_test_token_free(churn->heap, old))
		atomic_long_inc(&churn->bad);
	atomic_long_inc(&churn->steps);
}

void kpool_test_churn_end(struct kunit *test, struct kpool_test_churn *churn)
{
	unsigned int i;

	for (i = 0; i < KPOOL_TEST_SLOTS; i++)
		if (churn->slot[i] && !kpool_test_token_free(churn->heap, churn->slot[i]))
			atomic_long_inc(&churn->bad);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&churn->bad), 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&churn->failed), 0L);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, churn->heap).corruptions, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, churn->heap).blocks_used, 0ULL);
	kpool_test_consistent(test, churn->heap);
}

struct kpool_test_threads {
	struct kpool_test_churn *churn;
	unsigned int nr;
	struct task_struct *task[];
};

static int kpool_test_churn_thread(void *data)
{
	struct kpool_test_churn *churn = data;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, (unsigned long)current);
	while (!kthread_should_stop()) {
		kpool_test_churn_step(churn, &rnd, GFP_KERNEL);
		cond_resched();
	}
	return 0;
}

struct kpool_test_threads *kpool_test_threads_start(struct kunit *test,
						    struct kpool_test_churn *churn, int but)
{
	struct kpool_test_threads *threads;
	struct task_struct *task;
	int cpu;

	threads = kunit_kzalloc(test, struct_size(threads, task, nr_cpu_ids), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, threads);
	threads->churn = churn;
	for_each_online_cpu(cpu) {
		if (cpu == but)
			continue;
		task = kthread_create(kpool_test_churn_thread, churn, "kpool_churn/%d", cpu);
		if (IS_ERR(task))
			break;
		kthread_bind(task, cpu);
		wake_up_process(task);
		threads->task[threads->nr++] = task;
	}
	KUNIT_EXPECT_GT(test, threads->nr, 0U);
	return threads;
}

void kpool_test_threads_stop(struct kpool_test_threads *threads)
{
	while (threads->nr)
		kthread_stop(threads->task[--threads->nr]);
}
