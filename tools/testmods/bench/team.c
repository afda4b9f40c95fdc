// SPDX-License-Identifier: GPL-2.0
/*
 * A team of threads, each bound to a CPU, that start together. A thread that waits sleeps:
 * it must not take CPU time from the others if the host has fewer CPUs than the guest.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>

#include "team.h"

static int bench_team_thread(void *arg)
{
	struct bench_worker *worker = arg;
	struct bench_team *team = worker->team;

	wait_for_completion(&team->start);
	worker->begin = ktime_get_ns();
	if (team->run)
		team->run(worker);
	worker->end = ktime_get_ns();
	if (atomic_dec_and_test(&team->running))
		complete(&team->done);
	return 0;
}

void bench_team_meet(struct bench_team *team)
{
	unsigned int generation = READ_ONCE(team->generation);

	if (atomic_inc_return(&team->arrived) < team->threads) {
		wait_event(team->barrier, READ_ONCE(team->generation) != generation);
		return;
	}
	atomic_set(&team->arrived, 0);
	WRITE_ONCE(team->generation, generation + 1);
	wake_up_all(&team->barrier);
}

static void bench_team_reset(struct bench_team *team)
{
	unsigned int i;

	for (i = 0; i < team->threads; i++)
		team->worker[i] = (struct bench_worker){ .team = team, .id = i };
	init_completion(&team->start);
	init_completion(&team->done);
	init_waitqueue_head(&team->barrier);
	atomic_set(&team->running, team->threads);
	atomic_set(&team->arrived, 0);
	team->generation = 0;
	team->pairs = 0;
	team->corrupt = 0;
}

/* Create one thread per online CPU, in CPU order. */
static int bench_team_create(struct bench_team *team, struct task_struct **task)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);
	unsigned int i;

	for (i = 0; i < team->threads; i++) {
		task[i] = kthread_create(bench_team_thread, &team->worker[i], "bench/%u", i);
		if (IS_ERR(task[i])) {
			int err = PTR_ERR(task[i]);

			while (i--)
				kthread_stop(task[i]);	/* these never ran */
			return err;
		}
		kthread_bind(task[i], cpu);
		cpu = cpumask_next(cpu, cpu_online_mask);
	}
	return 0;
}

int bench_team_run(struct bench_team *team, u64 *ns)
{
	struct task_struct *task[BENCH_MAX_THREADS];
	u64 begin = U64_MAX, end = 0;
	unsigned int i;
	int err;

	bench_team_reset(team);
	err = bench_team_create(team, task);
	if (err)
		return err;
	for (i = 0; i < team->threads; i++) {
		get_task_struct(task[i]);
		wake_up_process(task[i]);
	}
	complete_all(&team->start);
	wait_for_completion(&team->done);
	for (i = 0; i < team->threads; i++) {
		/* Also waits until the thread has left the module's code. */
		kthread_stop(task[i]);
		put_task_struct(task[i]);
		begin = min(begin, team->worker[i].begin);
		end = max(end, team->worker[i].end);
		team->pairs += team->worker[i].pairs;
		team->corrupt += team->worker[i].corrupt;
	}
	*ns = end - begin;
	return 0;
}
