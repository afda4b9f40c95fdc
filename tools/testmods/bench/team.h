/* SPDX-License-Identifier: GPL-2.0 */
/* A team of threads, each bound to a CPU, that run a workload together by the clock. */
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
 * struct bench_worker - one of the threads
 * @team: what it belongs to
 * @id: its number in the team, from 0
 * @begin: when it began, ns
 * @end: when it was done, ns
 * @pairs: allocations with their frees that it answers for
 * @corrupt: blocks whose contents were not what had been written
 */
struct bench_worker {
	struct bench_team *team;
	unsigned int id;
	u64 begin;
	u64 end;
	u64 pairs;
	u64 corrupt;
} ____cacheline_aligned;

/**
 * struct bench_team - the threads, and where they meet
 * @run: what each of them does
 * @workload: which workload that is, for @run
 * @threads: how many they are
 * @shared: what the workload shares
 * @pairs: the sum of all threads', after a run
 * @corrupt: the sum of all threads', after a run
 */
struct bench_team {
	void (*run)(struct bench_worker *worker);
	unsigned int workload;
	unsigned int threads;
	void *shared;
	u64 pairs;
	u64 corrupt;
	/* private: of team.c */
	struct bench_worker worker[BENCH_MAX_THREADS];
	struct completion start;
	struct completion done;
	atomic_t running;
	atomic_t arrived;
	unsigned int generation;
	wait_queue_head_t barrier;
};

/* Runs the team once. ns: from the first that began to the last that was done. */
int bench_team_run(struct bench_team *team, u64 *ns);

/* Waits for the others. */
void bench_team_meet(struct bench_team *team);

#endif /* BENCH_TEAM_H */
