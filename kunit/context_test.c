// SPDX-License-Identifier: GPL-2.0
/* Contexts: other CPUs, hard and soft interrupts, disabled interrupts, held locks. */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "load.h"
#include "magazine.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

#define KPOOL_TEST_PERIOD_US	(100 * KPOOL_TEST_SLOWNESS)

/* Take steps in this task until @nr timer interrupts on the same CPU took steps, too. */
static void kpool_test_interrupted(struct kunit *test, struct kpool_test_load *load, bool hard,
				   unsigned long nr)
{
	struct churn_timer *timer = kunit_kzalloc(test, sizeof(*timer), GFP_KERNEL);
	unsigned long end = jiffies + KPOOL_TEST_PATIENCE;

	KUNIT_ASSERT_NOT_NULL(test, timer);
	churn_timer_init(timer, &load->churn, hard, KPOOL_TEST_PERIOD_US, nr_cpu_ids + 1 + hard);
	churn_timer_start(timer);
	while (READ_ONCE(timer->actor.tally.ticks) < nr && time_before(jiffies, end)) {
		kpool_test_load_step(load, GFP_KERNEL);
		cond_resched();
	}
	churn_timer_stop(timer, &load->total);
	KUNIT_EXPECT_GE(test, timer->actor.tally.ticks, nr);
	KUNIT_EXPECT_GT(test, timer->actor.tally.allocs, 2 * nr);
}

static void hard_interrupts_allocate_between_a_tasks_steps(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for hard interrupts on PREEMPT_RT either");
	kpool_test_interrupted(test, load, true, 3000 / KPOOL_TEST_SLOWNESS);
	kpool_test_load_end(test, load);
}

static void soft_interrupts_allocate_between_a_tasks_steps(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);

	kpool_test_interrupted(test, load, false, 3000 / KPOOL_TEST_SLOWNESS);
	kpool_test_load_end(test, load);
}

static void hard_interrupts_allocate_while_all_cpus_do(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	struct kpool_test_threads *threads;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for hard interrupts on PREEMPT_RT either");
	if (num_online_cpus() < 2)
		kunit_skip(test, "one CPU only");
	threads = kpool_test_threads_start(test, load, raw_smp_processor_id());
	kpool_test_interrupted(test, load, true, 1500 / KPOOL_TEST_SLOWNESS);
	kpool_test_threads_stop(threads);
	kpool_test_load_end(test, load);
}

/* A debug heap also records the callers' traces and fills and checks all memory. */
static void all_of_them_allocate_from_a_debug_heap(struct kunit *test)
{
	struct kpool_test_load *load;
	struct kpool_test_threads *threads;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for hard interrupts on PREEMPT_RT either");
	kpool_test_replace_heap(test, KPOOL_HEAP_DEBUG);
	load = kpool_test_load_begin(test);
	threads = kpool_test_threads_start(test, load, num_online_cpus() > 1 ?
					   raw_smp_processor_id() : -1);
	kpool_test_interrupted(test, load, true, 600 / KPOOL_TEST_SLOWNESS);
	kpool_test_interrupted(test, load, false, 600 / KPOOL_TEST_SLOWNESS);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(load->heap), 0);
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, load->heap).corruptions, 0ULL);
	kpool_test_load_end(test, load);
}

static void works_with_interrupts_off(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	unsigned long flags;
	unsigned int i;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for atomic sections on PREEMPT_RT either");
	for (i = 0; i < 200; i++) {
		local_irq_save(flags);
		kpool_test_load_step(load, GFP_ATOMIC);
		kpool_test_load_step(load, GFP_NOWAIT);
		local_irq_restore(flags);
	}
	kpool_test_load_end(test, load);
}

static void works_with_a_lock_held(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	struct kpool_test_load *load = kpool_test_load_begin(test);
	unsigned int i;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "kmalloc is not for atomic sections on PREEMPT_RT either");
	for (i = 0; i < 200; i++) {
		spin_lock_irq(&lock);
		kpool_test_load_step(load, GFP_ATOMIC);
		spin_unlock_irq(&lock);
		spin_lock_bh(&lock);
		kpool_test_load_step(load, GFP_NOWAIT);
		spin_unlock_bh(&lock);
	}
	kpool_test_load_end(test, load);
}

static void all_cpus_exchange_blocks(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	unsigned long end = jiffies + KPOOL_TEST_PATIENCE;
	struct kpool_test_threads *threads;
	long steps = 200000 / KPOOL_TEST_SLOWNESS;

	if (num_online_cpus() < 2)
		kunit_skip(test, "one CPU only");
	threads = kpool_test_threads_start(test, load, -1);
	while (atomic_long_read(&load->steps) < steps && time_before(jiffies, end))
		schedule_timeout_interruptible(1);
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_GE(test, atomic_long_read(&load->steps), steps);
	kpool_test_load_end(test, load);
}

/* Blocks that another CPU frees. */
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

/* One CPU allocates, another frees: the depot brings full magazines back. */
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
	/* The pools grow only by the blocks that the magazines of the two CPUs keep. */
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
