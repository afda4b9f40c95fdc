// SPDX-License-Identifier: GPL-2.0
/* Load on a case's heap. */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "load.h"

#define KPOOL_TEST_LOAD_SIZE	3000	/* bytes of the largest objects */
#define KPOOL_TEST_LOAD_PHASE	1024	/* steps in a phase of sizes */
#define KPOOL_TEST_LOAD_RARE	64	/* steps between rare operations */

struct kpool_test_load *kpool_test_load_begin(struct kunit *test)
{
	struct kpool_test_load *load = kunit_kzalloc(test, sizeof(*load), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, load);
	load->heap = kpool_test_heap(test);
	load->table = (struct churn_heap){ "test", load->heap, 0, CHURN_SHARES };
	load->churn.heap = &load->table;
	load->churn.seed = 1;
	load->churn.max_size = KPOOL_TEST_LOAD_SIZE;
	churn_actor_init(&load->actor, &load->churn, nr_cpu_ids);
	return load;
}

void kpool_test_load_step(struct kpool_test_load *load, gfp_t gfp)
{
	churn_exchange(&load->actor, gfp);
	atomic_long_inc(&load->steps);
}

void kpool_test_load_end(struct kunit *test, struct kpool_test_load *load)
{
	churn_clear(&load->actor);
	churn_tally_add(&load->total, &load->actor.tally);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&load->churn.changed), 0L);
	KUNIT_EXPECT_EQ(test, load->total.refused, 0UL);
	KUNIT_EXPECT_EQ(test, load->total.allocs, load->total.frees);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, load->heap).corruptions, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, load->heap).blocks_used, 0ULL);
	kpool_test_consistent(test, load->heap);
}

struct kpool_test_threads {
	struct kpool_test_load *load;
	unsigned int nr;
	struct kpool_test_thread {
		struct kpool_test_load *load;
		struct churn_actor actor;
		struct task_struct *task;
	} thread[];
};

static int kpool_test_thread(void *data)
{
	struct kpool_test_thread *thread = data;
	unsigned int i;

	for (i = 0; !kthread_should_stop(); i++) {
		if (i % KPOOL_TEST_LOAD_PHASE == 0)
			churn_actor_phase(&thread->actor, i / KPOOL_TEST_LOAD_PHASE + 1);
		if (i % KPOOL_TEST_LOAD_RARE == KPOOL_TEST_LOAD_RARE - 1)
			churn_rare(&thread->actor);
		churn_exchange(&thread->actor, churn_gfp(&thread->actor));
		atomic_long_inc(&thread->load->steps);
		cond_resched();
	}
	return 0;
}

struct kpool_test_threads *kpool_test_threads_start(struct kunit *test,
						    struct kpool_test_load *load, int but)
{
	struct kpool_test_threads *threads;
	int cpu;

	threads = kunit_kzalloc(test, struct_size(threads, thread, nr_cpu_ids), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, threads);
	threads->load = load;
	for_each_online_cpu(cpu) {
		struct kpool_test_thread *thread = &threads->thread[threads->nr];

		if (cpu == but)
			continue;
		thread->load = load;
		churn_actor_init(&thread->actor, &load->churn, cpu);
		thread->task = kthread_create(kpool_test_thread, thread, "kpool_load/%d", cpu);
		if (IS_ERR(thread->task))
			break;
		kthread_bind(thread->task, cpu);
		wake_up_process(thread->task);
		threads->nr++;
	}
	KUNIT_EXPECT_GT(test, threads->nr, 0U);
	return threads;
}

void kpool_test_threads_stop(struct kpool_test_threads *threads)
{
	while (threads->nr) {
		struct kpool_test_thread *thread = &threads->thread[--threads->nr];

		kthread_stop(thread->task);
		churn_tally_add(&threads->load->total, &thread->actor.tally);
	}
}
