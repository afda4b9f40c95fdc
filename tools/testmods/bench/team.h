/* SPDX-License-Identifier: GPL-2.0 */
/* A team of threads, each bound to a CPU, that run a workload, timed by the clock. */
#ifndef BENCH_TEAM_H
#define BENCH_TEAM_H

#include <linux/cache.h>
#include <linux/completion.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "allocators.h"

#define BENCH_MAX_THREADS	64

struct bench_team;

/**
 * struct bench_worker - a thread of a team
 * @team: its team
 * @id: its number in the team, from 0
 * @begin: start time, ns
 * @end: end time, ns
 * @pairs: allocations, each with its free, that count for this thread
 * @corrupt: blocks with other contents than were written
 */
struct bench_worker {
	struct bench_team *team;
	unsigned int id;
	u64 begin;
	u64 end;
	u64 pairs;
	u64 corrupt;
} ____cacheline_aligned;

/* The threads and their shared state. The fields from @worker on are private to team.c. */
struct bench_team {
	void (*run)(struct bench_worker *worker);	/* function of each thread */
	unsigned int workload;		/* number of the workload, for @run */
	unsigned int threads;		/* number of threads */
	void *shared;			/* data that the threads of the workload share */
	u64 pairs;			/* sum over all threads, after a run */
	u64 corrupt;			/* sum over all threads, after a run */
	struct bench_worker worker[BENCH_MAX_THREADS];
	struct completion start;	/* all threads may start */
	struct completion done;		/* the last thread has ended */
	atomic_t running;		/* threads that have not ended */
	atomic_t arrived;		/* threads at the barrier */
	unsigned int generation;	/* times that the barrier opened */
	wait_queue_head_t barrier;
};

/* Run the team once. Sets @ns to the time from the first start to the last end. */
int bench_team_run(struct bench_team *team, u64 *ns);

/* Wait until all threads of the team are here. */
void bench_team_meet(struct bench_team *team);

#endif /* BENCH_TEAM_H */
