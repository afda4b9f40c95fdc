// SPDX-License-Identifier: GPL-2.0
/* More threads than CPUs, each with a share of the operations and two timers. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "stress.h"

#define STRESS_STEPS_PER_PHASE	8192
#define STRESS_STEPS_PER_RARE	64
#define STRESS_FEW		32	/* live objects in every third phase */

/* Wait in short steps, so that the kernel does not report a hung task. */
#define STRESS_WAIT_SECONDS	20

/* Enough interrupts of each kind per thread. */
#define STRESS_TICKS_MIN	10

/**
 * struct stress_thread - a thread
 * @actor: allocates and frees
 * @task: the thread itself
 * @done: set when the thread has done its share and freed its objects
 * @hard: a timer that interrupts the thread
 * @soft: a timer in soft interrupts
 * @object: objects that the thread holds, stress_live of them
 * @share: operations that the thread must do
 */
struct stress_thread {
	struct churn_actor actor;
	struct task_struct *task;
	struct completion done;
	struct churn_timer hard;
	struct churn_timer soft;
	struct churn_object *object;
	u64 share;
};

/* Restart the timers on the thread's current CPU. */
static void stress_thread_move(struct churn_actor *actor)
{
	struct stress_thread *thread = container_of(actor, struct stress_thread, actor);

	hrtimer_cancel(&thread->hard.timer);
	hrtimer_cancel(&thread->soft.timer);
	churn_timer_start(&thread->hard);
	churn_timer_start(&thread->soft);
	actor->tally.moves++;
}

/* Rare operations besides those of churn_rare(), each with its share of STRESS_RARE. */
#define STRESS_RARE		1024

static const struct churn_choice stress_rare[] = {
	{ stress_heap_sums, 16 },
	{ stress_thread_move, 20 },
	{ stress_heap_life, 4 },
	{ stress_heap_shrink, 2 },
	{ stress_heap_validate, 2 },
};

static void stress_thread_rare(struct churn_actor *actor)
{
	if (!churn_run_one(actor, stress_rare, ARRAY_SIZE(stress_rare), STRESS_RARE))
		churn_rare(actor);
}

static u64 stress_thread_done(const struct stress_thread *thread)
{
	return (u64)thread->actor.tally.allocs + thread->actor.tally.frees;
}

/* The number of live objects grows and shrinks from one phase to the next. */
static void stress_thread_phase(struct stress_thread *thread, unsigned int phase)
{
	unsigned int live = phase % 3 ? stress_live : min_t(unsigned int, stress_live, STRESS_FEW);
	u32 rare = churn_random(&thread->actor, STRESS_STEPS_PER_RARE);
	unsigned int i;

	churn_actor_phase(&thread->actor, phase);
	for (i = 0; i < STRESS_STEPS_PER_PHASE && stress_thread_done(thread) < thread->share; i++) {
		churn_step(&thread->actor, &thread->object[churn_random(&thread->actor, live)],
			   churn_gfp(&thread->actor));
		if (i % STRESS_STEPS_PER_RARE != rare)
			continue;
		stress_thread_rare(&thread->actor);
		cond_resched();
	}
}

static void stress_thread_wait(const struct churn_timer *timer)
{
	while (READ_ONCE(timer->actor.tally.ticks) < STRESS_TICKS_MIN)
		usleep_range(stress_tick_us, 2 * stress_tick_us);
}

static int stress_thread_run(void *data)
{
	struct stress_thread *thread = data;
	unsigned int i;

	churn_run_each(&thread->actor, stress_rare, ARRAY_SIZE(stress_rare));
	churn_rare_each(&thread->actor);
	for (i = 0; stress_thread_done(thread) < thread->share; i++)
		stress_thread_phase(thread, i);
	stress_thread_wait(&thread->hard);
	stress_thread_wait(&thread->soft);
	for (i = 0; i < stress_live; i++)
		if (thread->object[i].p)
			churn_object_end(&thread->actor, &thread->object[i]);
	complete(&thread->done);
	return 0;
}

/* The timers use the random sequences after those of the threads. */
static void stress_thread_timers(struct stress_thread *thread, unsigned int number)
{
	u64 stream = STRESS_THREADS_MAX + 2 * number;

	churn_timer_init(&thread->hard, &stress_churn, true, stress_tick_us, stream);
	churn_timer_init(&thread->soft, &stress_churn, false, stress_tick_us, stream + 1);
	churn_timer_start(&thread->hard);
	churn_timer_start(&thread->soft);
}

static int stress_thread_start(struct stress_thread *thread, unsigned int number, u64 share)
{
	struct task_struct *task;

	thread->share = share;
	init_completion(&thread->done);
	churn_actor_init(&thread->actor, &stress_churn, number);
	thread->object = kvcalloc(stress_live, sizeof(*thread->object), GFP_KERNEL);
	if (!thread->object)
		return -ENOMEM;
	task = kthread_create(stress_thread_run, thread, "kpool_stress/%u", number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	thread->task = get_task_struct(task);
	stress_thread_timers(thread, number);
	return 0;
}

/* Also works for a thread that has not started. */
static void stress_thread_stop(struct stress_thread *thread, struct churn_tally *total)
{
	if (thread->task) {
		kthread_stop(thread->task);
		put_task_struct(thread->task);
		churn_timer_stop(&thread->hard, total);
		churn_timer_stop(&thread->soft, total);
	}
	churn_tally_add(total, &thread->actor.tally);
	kvfree(thread->object);
}

static void stress_threads_wait(struct stress_thread *thread)
{
	unsigned int i;

	for (i = 0; i < stress_threads; i++)
		wake_up_process(thread[i].task);
	for (i = 0; i < stress_threads; i++)
		while (!wait_for_completion_timeout(&thread[i].done, STRESS_WAIT_SECONDS * HZ))
			;
}

int stress_threads_run(struct churn_tally *total)
{
	struct stress_thread *thread = kvcalloc(stress_threads, sizeof(*thread), GFP_KERNEL);
	u64 share = div_u64(stress_ops + stress_threads - 1, stress_threads);
	unsigned int i;
	int err = 0;

	if (!thread)
		return -ENOMEM;
	for (i = 0; !err && i < stress_threads; i++)
		err = stress_thread_start(&thread[i], i, share);
	if (err)
		pr_err("kpool_stress: no thread %u: %pe\n", i - 1, ERR_PTR(err));
	else
		stress_threads_wait(thread);
	for (i = 0; i < stress_threads; i++)
		stress_thread_stop(&thread[i], total);
	kvfree(thread);
	return err;
}
