// SPDX-License-Identifier: GPL-2.0
/* Threads: more than CPUs, each with a share of the operations, and timers that interrupt it. */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "stress.h"

#define STRESS_STEPS_PER_PHASE	8192
#define STRESS_STEPS_PER_RARE	64
#define STRESS_FEW		32	/* objects that are live in every third phase */

/* A task that waits for long must not look as if it hung. */
#define STRESS_WAIT_SECONDS	20

/**
 * struct stress_thread - a thread
 * @actor: its own
 * @task: itself
 * @done: it has done its share, and freed what it held
 * @ticker: what interrupts it
 * @object: what it holds, stress_live of them
 * @share: operations that it has to do
 */
struct stress_thread {
	struct stress_actor actor;
	struct task_struct *task;
	struct completion done;
	struct stress_ticker *ticker;
	struct stress_object *object;
	u64 share;
};

static void stress_thread_move(struct stress_actor *actor)
{
	stress_ticker_move(container_of(actor, struct stress_thread, actor)->ticker);
	actor->tally.moves++;
}

/* What is done once in a while, and how often, of 1024. */
static const struct {
	void (*run)(struct stress_actor *actor);
	unsigned int share;
} stress_rare[] = {
	{ stress_section, 400 },
	{ stress_bulk, 200 },
	{ stress_rcu_replace, 180 },
	{ stress_rcu_look, 200 },
	{ stress_heap_sums, 16 },
	{ stress_thread_move, 20 },
	{ stress_heap_life, 4 },
	{ stress_heap_shrink, 2 },
	{ stress_heap_validate, 2 },
};

static void stress_thread_rare(struct stress_actor *actor)
{
	u32 draw = stress_random(actor, 1024);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stress_rare) - 1 && draw >= stress_rare[i].share; i++)
		draw -= stress_rare[i].share;
	stress_rare[i].run(actor);
}

static gfp_t stress_thread_gfp(struct stress_actor *actor)
{
	switch (stress_random(actor, 16)) {
	case 0:
		return GFP_KERNEL | __GFP_ZERO;
	case 1:
		return GFP_ATOMIC | __GFP_NOWARN;
	case 2:
		return GFP_NOWAIT | __GFP_NOWARN;
	case 3:
		return GFP_NOIO;
	default:
		return GFP_KERNEL;
	}
}

static void stress_thread_step(struct stress_thread *thread, struct stress_object *object)
{
	struct stress_actor *actor = &thread->actor;

	if (!object->p) {
		stress_object_make(actor, object, stress_thread_gfp(actor));
		return;
	}
	switch (stress_random(actor, 16)) {
	case 0:
		stress_object_resize(actor, object);
		break;
	case 1:
		stress_object_trade(actor, object, GFP_KERNEL);
		break;
	default:
		stress_object_end(actor, object);
	}
}

static u64 stress_thread_done(const struct stress_thread *thread)
{
	return (u64)thread->actor.tally.allocs + thread->actor.tally.frees;
}

/* What is live grows and shrinks from one phase to the next. */
static void stress_thread_phase(struct stress_thread *thread, unsigned int phase)
{
	unsigned int live = phase % 3 ? stress_live : min_t(unsigned int, stress_live, STRESS_FEW);
	u32 rare = stress_random(&thread->actor, STRESS_STEPS_PER_RARE);
	unsigned int i;

	stress_actor_phase(&thread->actor, phase);
	for (i = 0; i < STRESS_STEPS_PER_PHASE && stress_thread_done(thread) < thread->share; i++) {
		stress_thread_step(thread, &thread->object[stress_random(&thread->actor, live)]);
		if (i % STRESS_STEPS_PER_RARE != rare)
			continue;
		stress_thread_rare(&thread->actor);
		cond_resched();
	}
}

static int stress_thread_run(void *data)
{
	struct stress_thread *thread = data;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stress_rare); i++)
		stress_rare[i].run(&thread->actor);
	for (i = 0; stress_thread_done(thread) < thread->share; i++)
		stress_thread_phase(thread, i);
	stress_ticker_wait(thread->ticker);
	for (i = 0; i < stress_live; i++)
		if (thread->object[i].p)
			stress_object_end(&thread->actor, &thread->object[i]);
	complete(&thread->done);
	return 0;
}

static int stress_thread_start(struct stress_thread *thread, unsigned int number, u64 share)
{
	thread->share = share;
	init_completion(&thread->done);
	stress_actor_init(&thread->actor, number);
	thread->object = kvcalloc(stress_live, sizeof(*thread->object), GFP_KERNEL);
	if (!thread->object)
		return -ENOMEM;
	thread->task = kthread_create(stress_thread_run, thread, "kpool_stress/%u", number);
	if (IS_ERR(thread->task)) {
		int err = PTR_ERR(thread->task);

		thread->task = NULL;
		return err;
	}
	get_task_struct(thread->task);
	thread->ticker = stress_ticker_start(number);
	return thread->ticker ? 0 : -ENOMEM;
}

/* Of a thread that never started, too. */
static void stress_thread_stop(struct stress_thread *thread, struct stress_tally *total)
{
	if (thread->task) {
		kthread_stop(thread->task);
		put_task_struct(thread->task);
	}
	if (thread->ticker)
		stress_ticker_stop(thread->ticker, total);
	stress_tally_add(total, &thread->actor.tally);
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

int stress_threads_run(struct stress_tally *total)
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
