// SPDX-License-Identifier: GPL-2.0
/*
 * Mode wall: several CPUs, by the clock.
 *
 * Workloads are named <workload>@<threads>. The metric is ns_pair: nanoseconds from the
 * start of the first thread to the end of the last, divided by the allocations of all threads
 * (each with its free). Its inverse is throughput. Each repetition prints one value.
 * Allocators alternate within a repetition, so figures at the same place of their sequences
 * belong together.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "shared.h"

/* X(name, size or 0 for mixed sizes, fewest threads, code to run) */
#define BENCH_SMP(X)									\
	X(alone_hot_64, 64, 1, bench_alone_hot(api, 64, worker))			\
	X(alone_batch_64, 64, 1, bench_alone_batch(api, 64, worker))			\
	X(alone_churn_1_512, 0, 1, bench_alone_churn(api, worker))			\
	X(xmalloc, 0, 2, bench_xmalloc(api, worker))					\
	X(larson, 0, 2, bench_larson(api, worker))					\
	X(mstress, 0, 2, bench_mstress(api, worker))					\
	X(cache_scratch, sizeof(long), 2, bench_scratch(api, worker))			\
	X(cache_thrash, sizeof(long), 2, bench_thrash(api, worker))			\
	X(remote_free_64, 64, 2, bench_remote(api, 64, worker))				\
	X(one_to_all_64, 64, 2, bench_one_to_all(api, 64, worker))

#define BENCH_SMP_ID(name, size, threads, run)		BENCH_##name,
#define BENCH_SMP_ROW(name, size, threads, run)		{ #name, size, threads },
#define BENCH_SMP_CASE(name, size, threads, run)	case BENCH_##name: run; break;

enum bench_id {
	BENCH_SMP(BENCH_SMP_ID)
	BENCH_NR_SMP
};

static const struct bench_workload {
	const char *name;
	size_t size;
	unsigned int min_threads;
} bench_workloads[] = {
	BENCH_SMP(BENCH_SMP_ROW)
};

static __always_inline void bench_share(const enum bench_api api, struct bench_worker *worker)
{
	switch (worker->team->workload) {
	default:
		break;
	BENCH_SMP(BENCH_SMP_CASE)
	}
}

/* One copy of every template per allocator. */
#define BENCH_SMP_FUNCTION(api, name)					\
static noinline void bench_share_##api(struct bench_worker *worker)	\
{									\
	bench_share(BENCH_##api, worker);				\
}
#define BENCH_SMP_POINTER(api, name)	bench_share_##api,

BENCH_ALLOCATORS(BENCH_SMP_FUNCTION)

static void (*const bench_share_of[])(struct bench_worker *worker) = {
	BENCH_ALLOCATORS(BENCH_SMP_POINTER)
};

/* Skip kpool_sized where kpool_inline exists, which also frees by size: saves time. */
static bool bench_smp_applies(enum bench_id id, enum bench_api api)
{
	if (BENCH_HAVE_INLINE && api == BENCH_KPOOL_SIZED)
		return false;
	return bench_applies(api, bench_workloads[id].size);
}

static void bench_smp_reset(struct bench_shared *shared, unsigned int threads)
{
	unsigned int i;

	memset(shared, 0, sizeof(*shared));
	for (i = 0; i < ARRAY_SIZE(shared->ring); i++)
		init_waitqueue_head(&shared->ring[i].wait);
	for (i = 0; i < 2 * threads; i++)
		shared->waiting[i] = &shared->set[threads + i];
}

static int bench_smp_once(struct bench_team *team, const char *name, enum bench_api api,
			  bool printed)
{
	u64 ns;
	int err;

	bench_smp_reset(team->shared, team->threads);
	team->run = bench_share_of[api];
	err = bench_team_run(team, &ns);
	if (err)
		return err;
	if (team->corrupt) {
		pr_err("%s: %s: %llu blocks had other contents than were written\n", name,
		       bench_name(api), team->corrupt);
		return -EUCLEAN;
	}
	if (printed)
		bench_print_per(name, api, "ns_pair", ns, team->pairs);
	return 0;
}

/* The first repetition warms up. Even repetitions run the allocators in reverse order. */
static int bench_smp_run(struct bench_team *team, enum bench_id id)
{
	unsigned int repeat, i;
	char name[48];
	int err;

	snprintf(name, sizeof(name), "%s@%u", bench_workloads[id].name, team->threads);
	team->workload = id;
	err = bench_cache_create(bench_workloads[id].size);
	if (err)
		return err;
	for (repeat = 0; !err && repeat <= bench_repeats; repeat++)
		for (i = BENCH_NONE + 1; !err && i < BENCH_NR_ALLOCATORS; i++) {
			enum bench_api api = repeat % 2 ? i : BENCH_NR_ALLOCATORS - i;

			if (bench_smp_applies(id, api))
				err = bench_smp_once(team, name, api, repeat);
		}
	bench_cache_destroy();
	return err;
}

static int bench_smp_all(struct bench_team *team)
{
	enum bench_id id;
	unsigned int i;
	int err = 0;

	for (id = 0; id < BENCH_NR_SMP; id++) {
		if (!bench_wanted(bench_workloads[id].name))
			continue;
		for (i = 0; !err && i < bench_nr_threads; i++) {
			team->threads = bench_threads[i];
			if (team->threads >= bench_workloads[id].min_threads)
				err = bench_smp_run(team, id);
		}
	}
	return err;
}

static int bench_smp_check(void)
{
	unsigned int most = min_t(unsigned int, num_online_cpus(), BENCH_MAX_THREADS);
	unsigned int i;

	most = min(most, bench_objects / BENCH_LIVE);
	for (i = 0; i < bench_nr_threads; i++) {
		if (bench_threads[i] >= 1 && bench_threads[i] <= most)
			continue;
		pr_err("threads: %u is not from 1 to %u\n", bench_threads[i], most);
		return -EINVAL;
	}
	return 0;
}

int bench_smp(void)
{
	struct bench_shared *shared;
	struct bench_team *team;
	int err = bench_smp_check();

	if (err)
		return err;
	team = kvzalloc(sizeof(*team), GFP_KERNEL);
	shared = kvzalloc(sizeof(*shared), GFP_KERNEL);
	err = -ENOMEM;
	if (team && shared) {
		team->shared = shared;
		err = bench_smp_all(team);
	}
	kvfree(shared);
	kvfree(team);
	return err;
}
