// SPDX-License-Identifier: GPL-2.0
/* Contexts: other CPUs, hard and soft interrupts, interrupts off, locks held. */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "churn.h"
#include "compat.h"
#include "magazine.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

/**
 * struct kpool_test_interrupter - interrupts that take steps
 * @churn: what they exchange blocks through
 * @timer: comes every @period
 * @period: time between interrupts
 * @soft: whether the tasklet takes the steps, not the timer itself
 * @tasklet: the soft part
 * @rnd: random numbers, used by one of the two at a time
 * @count: how often they came
 */
struct kpool_test_interrupter {
	struct kpool_test_churn *churn;
	struct hrtimer timer;
	ktime_t period;
	bool soft;
	struct tasklet_struct tasklet;
	struct rnd_state rnd;
	atomic_long_t count;
};

static void kpool_test_interrupt(struct kpool_test_interrupter *irq)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		kpool_test_churn_step(irq->churn, &irq->rnd, GFP_ATOMIC);
	atomic_long_inc(&irq->count);
}

static enum hrtimer_restart kpool_test_hrtimer(struct hrtimer *timer)
{
	struct kpool_test_interrupter *irq =
		container_of(timer, struct kpool_test_interrupter, timer);

	if (irq->soft)
		tasklet_schedule(&irq->tasklet);
	else
		kpool_test_interrupt(irq);
	hrtimer_forward_now(timer, irq->period);
	return HRTIMER_RESTART;
}

static void kpool_test_tasklet(struct tasklet_struct *tasklet)
{
	kpool_test_interrupt(container_of(tasklet, struct kpool_test_interrupter, tasklet));
}

/* Takes steps in this task until @nr interrupts came on the same CPU. */
static void kpool_test_interrupted(struct kunit *test, struct kpool_test_churn *churn, bool soft,
				   long nr)
{
	struct kpool_test_interrupter *irq = kunit_kzalloc(test, sizeof(*irq), GFP_KERNEL);
	unsigned long end = jiffies + KPOOL_TEST_PATIENCE;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, irq);
	irq->churn = churn;
	irq->soft = soft;
	irq->period = ns_to_ktime(100 * NSEC_PER_USEC * KPOOL_TEST_SLOWNESS);
	prandom_seed_state(&irq->rnd, 1);
	prandom_seed_state(&rnd, 2);
	tasklet_setup(&irq->tasklet, kpool_test_tasklet);
	kpool_compat_hrtimer_setup(&irq->timer, kpool_test_hrtimer, HRTIMER_MODE_REL_PINNED_HARD);
	hrtimer_start(&irq->timer, irq->period, HRTIMER_MODE_REL_PINNED_HARD);
	while (atomic_long_read(&irq->count) < nr && time_before(jiffies, end)) {
		kpool_test_churn_step(churn, &rnd, GFP_KERNEL);
		cond_resched();
	}
	hrtimer_cancel(&irq->timer);
	tasklet_kill(&irq->tasklet);
	KUNIT_EXPECT_GE(test, atomic_long_read(&irq->count), nr);
	KUNIT_EXPECT_GT(test, atomic_long_read(&churn->steps), 4 * nr);
}

static void hard_interrupts_allocate_between_a_tasks_steps(struct kunit *test)
{
	struct kpool_test_churn *churn = kpool_test_churn_begin(test);

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for hard interrupts on PREEMPT_RT either");
	kpool_test_interrupted(test, churn, false, 3000 / KPOOL_TEST_SLOWNESS);
	kpool_test_churn_end(test, churn);
}

static void soft_interrupts_allocate_between_a_tasks_steps(struct kunit *test)
{
	struct kpool_test_churn *churn = kpool_test_churn_begin(test);

	kpool_test_interrupted(test, churn, true, 3000 / KPOOL_TEST_SLOWNESS);
	kpool_test_churn_end(test, churn);
}

static void hard_interrupts_allocate_while_all_cpus_do(struct kunit *test)
{
	struct kpool_test_churn *churn = kpool_test_churn_begin(test);
	struct kpool_test_threads *threads;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for hard interrupts on PREEMPT_RT either");
	if (num_online_cpus() < 2)
		kunit_skip(test, "one CPU only");
	threads = kpool_test_threads_start(test, churn, raw_smp_processor_id());
	kpool_test_interrupted(test, churn, false, 1500 / KPOOL_TEST_SLOWNESS);
	kpool_test_threads_stop(threads);
	kpool_test_churn_end(test, churn);
}

/* A debug heap takes its callers' traces and writes all over their memory meanwhile. */
static void all_of_them_allocate_from_a_debug_heap(struct kunit *test)
{
	struct kpool_test_churn *churn;
	struct kpool_test_threads *threads;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for hard interrupts on PREEMPT_RT either");
	kpool_test_replace_heap(test, KPOOL_HEAP_DEBUG);
	churn = kpool_test_churn_begin(test);
	threads = kpool_test_threads_start(test, churn, num_online_cpus() > 1 ?
					   raw_smp_processor_id() : -1);
	kpool_test_interrupted(test, churn, false, 600 / KPOOL_TEST_SLOWNESS);
	kpool_test_interrupted(test, churn, true, 600 / KPOOL_TEST_SLOWNESS);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(churn->heap), 0);
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, churn->heap).corruptions, 0ULL);
	kpool_test_churn_end(test, churn);
}

static void works_with_interrupts_off(struct kunit *test)
{
	struct kpool_test_churn *churn = kpool_test_churn_begin(test);
	struct rnd_state rnd;
	unsigned long flags;
	unsigned int i;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for atomic sections on PREEMPT_RT either");
	prandom_seed_state(&rnd, 3);
	for (i = 0; i < 200; i++) {
		local_irq_save(flags);
		kpool_test_churn_step(churn, &rnd, GFP_ATOMIC);
		kpool_test_churn_step(churn, &rnd, GFP_NOWAIT);
		local_irq_restore(flags);
	}
	kpool_test_churn_end(test, churn);
}

static void works_with_a_lock_held(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	struct kpool_test_churn *churn = kpool_test_churn_begin(test);
	struct rnd_state rnd;
	unsigned int i;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for atomic sections on PREEMPT_RT either");
	prandom_seed_state(&rnd, 4);
	for (i = 0; i < 200; i++) {
		spin_lock_irq(&lock);
		kpool_test_churn_step(churn, &rnd, GFP_ATOMIC);
		spin_unlock_irq(&lock);
		spin_lock_bh(&lock);
		kpool_test_churn_step(churn, &rnd, GFP_NOWAIT);
		spin_unlock_bh(&lock);
	}
	kpool_test_churn_end(test, churn);
}

static void all_cpus_exchange_blocks(struct kunit *test)
{
	struct kpool_test_churn *churn = kpool_test_churn_begin(test);
	unsigned long end = jiffies + KPOOL_TEST_PATIENCE;
	struct kpool_test_threads *threads;
	long steps = 200000 / KPOOL_TEST_SLOWNESS;

	if (num_online_cpus() < 2)
		kunit_skip(test, "one CPU only");
	threads = kpool_test_threads_start(test, churn, -1);
	while (atomic_long_read(&churn->steps) < steps && time_before(jiffies, end))
		schedule_timeout_interruptible(1);
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_GE(test, atomic_long_read(&churn->steps), steps);
	kpool_test_churn_end(test, churn);
}

/* Blocks to free on another CPU. */
struct kpool_test_parcel {
	struct kpool_heap *heap;
	void **blocks;
	unsigned int nr;
};

static long kpool_test_free_parcel(void *data)
{
	const struct kpool_test_parcel *parcel = data;
	unsigned int i;

	for (i = 0; i < parcel->nr; i++)
		kpool_heap_free(parcel->heap, parcel->blocks[i]);
	return raw_smp_processor_id();
}

/* One CPU allocates, another frees: full magazines come back through the depot. */
static void blocks_freed_elsewhere_come_back(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i, round;
	int cpu = kpool_test_other_cpu();
	struct kpool_test_parcel parcel = {
		.heap = kpool_test_heap(test),
		.nr = 6 * kpool_magazine_capacity(class),
	};
	struct kpool_stats first, last;

	if (cpu < 0)
		kunit_skip(test, "one CPU only on this node");
	parcel.blocks = kpool_test_pointers(test, parcel.nr);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < parcel.nr; i++)
			parcel.blocks[i] = kpool_heap_alloc(parcel.heap, kpool_class_size(class),
							    GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, work_on_cpu(cpu, kpool_test_free_parcel, &parcel),
				(long)cpu);
		last = kpool_test_stats(test, parcel.heap);
		if (!round)
			first = last;
	}
	/* What the two CPUs keep for themselves is taken from the pools once. */
	KUNIT_EXPECT_LE(test, last.pools, first.pools +
			DIV_ROUND_UP(4 * kpool_magazine_capacity(class),
				     kpool_class_info[class].capacity));
	KUNIT_EXPECT_GT(test, last.depot_hits, 4ULL);
	KUNIT_EXPECT_EQ(test, last.blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, last.drains, 0ULL);
	kpool_test_consistent(test, parcel.heap);
}

static struct kunit_case kpool_context_cases[] = {
	KUNIT_CASE(hard_interrupts_allocate_between_a_tasks_steps),
	KUNIT_CASE(soft_interrupts_allocate_between_a_tasks_steps),
	KUNIT_CASE(hard_interrupts_allocate_while_all_cpus_do),
	KUNIT_CASE(all_of_them_allocate_from_a_debug_heap),
	KUNIT_CASE(works_with_interrupts_off),
	KUNIT_CASE(works_with_a_lock_held),
	KUNIT_CASE(all_cpus_exchange_blocks),
	KUNIT_CASE_PARAM(blocks_freed_elsewhere_come_back, class_gen_params),
	{}
};

struct kunit_suite kpool_context_suite = {
	.name = "kpool_context",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_context_cases,
};
