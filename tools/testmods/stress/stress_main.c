// SPDX-License-Identifier: GPL-2.0
/*
 * A stress test of kpool through its public headers.
 *
 *   insmod kpool_stress.ko ops=10000000 seed=7
 *
 * Threads, and timers that interrupt them, run the random workload of kunit/churn.h. Meanwhile
 * heaps are created, destroyed, shrunk and validated. The module ends by itself, prints KTAP,
 * and then requires that all memory is free again. Scripts may take CPUs offline, use up memory
 * or read debugfs meanwhile, see tools/test/vm/scripts/stress.sh.
 *
 * With exhaust=1 it allocates all memory instead, see stress_exhaust.c.
 *
 *   stress_churn.c    the workload: objects, atomic sections, bulk, readers, timers
 *   stress_thread.c   threads, and how often they run each operation
 *   stress_heap.c     heaps, and their checks
 *
 * The seed determines what a thread does, except with objects that other threads hand over.
 * The timing between threads is not reproducible.
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/random.h>

#include "stress.h"

#define STRESS_REPORTS_MAX	5	/* findings printed per property */

/* With fewer operations, some kind may not occur. */
#define STRESS_OPS_MIN		1000

struct churn stress_churn = { .seed = 1, .max_size = 8192 };

unsigned long long stress_ops = 1000000;
module_param_named(ops, stress_ops, ullong, 0444);
MODULE_PARM_DESC(ops, "allocations and frees of all threads together, from 1000 (default: 1000000)");

module_param_named(seed, stress_churn.seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random sequences, 0 picks one (default: 1)");

unsigned int stress_threads;
module_param_named(threads, stress_threads, uint, 0444);
MODULE_PARM_DESC(threads, "1 to 256; 0 is two for each CPU (default: 0)");

unsigned int stress_live = 1024;
module_param_named(live, stress_live, uint, 0444);
MODULE_PARM_DESC(live, "objects that a thread holds, 1 to 1000000 (default: 1024)");

module_param_named(max_size, stress_churn.max_size, uint, 0444);
MODULE_PARM_DESC(max_size, "bytes of the largest objects, 1 to 32768 (default: 8192)");

unsigned int stress_tick_us = 1000;
module_param_named(tick_us, stress_tick_us, uint, 0444);
MODULE_PARM_DESC(tick_us, "microseconds between interrupts, 100 to 1000000 (default: 1000)");

bool stress_plentiful;
module_param_named(plentiful, stress_plentiful, bool, 0444);
MODULE_PARM_DESC(plentiful, "memory is: no request may be refused or fall back (default: 0)");

static bool stress_exhaust;
module_param_named(exhaust, stress_exhaust, bool, 0444);
MODULE_PARM_DESC(exhaust, "take all memory there is instead (default: 0)");

#define STRESS_PROPERTY_NAME(id, name)	#name,
static const char * const stress_property_name[] = { STRESS_PROPERTIES(STRESS_PROPERTY_NAME) };

static atomic_t stress_findings[STRESS_NR_PROPERTIES];

/* Return: whether to print the finding. */
bool stress_count_finding(enum stress_property property)
{
	return atomic_inc_return(&stress_findings[property]) <= STRESS_REPORTS_MAX;
}

int stress_report(unsigned long mask)
{
	unsigned int number = 0, failed = 0, i;

	pr_info("KTAP version 1\n");
	pr_info("1..%lu\n", hweight_long(mask));
	for (i = 0; i < STRESS_NR_PROPERTIES; i++) {
		unsigned int findings = atomic_read(&stress_findings[i]);

		if (i == STRESS_INTACT)
			findings += atomic_long_read(&stress_churn.changed);
		if (!(mask & BIT(i)))
			continue;
		if (i == STRESS_MEMORY && !stress_plentiful)
			pr_info("ok %u %s # SKIP unless plentiful=1\n", ++number,
				stress_property_name[i]);
		else
			pr_info("%s %u %s\n", findings ? "not ok" : "ok", ++number,
				stress_property_name[i]);
		if (findings)
			stress_note("%s: %u findings", stress_property_name[i], findings);
		failed += !!findings;
	}
	return failed ? -EINVAL : 0;
}

static void stress_check_count(const char *what, unsigned long count, bool must)
{
	stress_note("%10lu %s", count, what);
	if (must && !count)
		stress_found(STRESS_KINDS, "no %s", what);
}

#define STRESS_CHECK_MUST(name, text)	stress_check_count(text, total->name, true);
#define STRESS_CHECK_MAY(name, text)	stress_check_count(text, total->name, false);

static void stress_check_tally(const struct churn_tally *total)
{
	u64 done = (u64)total->allocs + total->frees;

	CHURN_TALLY_MUST(STRESS_CHECK_MUST)
	CHURN_TALLY_MAY(STRESS_CHECK_MAY)
	stress_note("%10llu operations", done);
	if (done < stress_ops)
		stress_found(STRESS_DONE, "%llu operations, not %llu", done, stress_ops);
	if (total->allocs != total->frees + total->left)
		stress_found(STRESS_FREED, "%lu allocations, %lu freed, %lu left", total->allocs,
			     total->frees, total->left);
	if (stress_plentiful && total->refused)
		stress_found(STRESS_MEMORY, "%lu requests were refused", total->refused);
}

static int stress_run(void)
{
	struct churn_tally total = {};
	struct churn_actor last = {};
	int err;

	stress_note("kpool_stress seed=%llu ops=%llu threads=%u live=%u max_size=%u tick_us=%u",
		    stress_churn.seed, stress_ops, stress_threads, stress_live,
		    stress_churn.max_size, stress_tick_us);
	err = stress_heaps_start();
	if (err)
		return err;
	err = stress_threads_run(&total);
	churn_actor_init(&last, &stress_churn, 3 * STRESS_THREADS_MAX);
	churn_clear(&last);
	churn_tally_add(&total, &last.tally);
	stress_heaps_stop();
	if (err)
		return err;
	stress_check_tally(&total);
	return stress_report(GENMASK(STRESS_NR_PROPERTIES - 1, 0));
}

static bool stress_in_range(const char *name, u64 value, u64 min, u64 max)
{
	if (value >= min && value <= max)
		return true;
	pr_err("kpool_stress: %s=%llu is not in %llu..%llu\n", name, value, min, max);
	return false;
}

static int __init stress_init(void)
{
	if (!stress_in_range("ops", stress_ops, STRESS_OPS_MIN, 1ull << 48) ||
	    !stress_in_range("threads", stress_threads, 0, STRESS_THREADS_MAX) ||
	    !stress_in_range("live", stress_live, 1, 1000000) ||
	    !stress_in_range("max_size", stress_churn.max_size, 1, 32768) ||
	    !stress_in_range("tick_us", stress_tick_us, 100, 1000000))
		return -EINVAL;
	if (!stress_churn.seed)
		stress_churn.seed = get_random_u32() + 1ull;
	if (!stress_threads)
		stress_threads = 2 * num_present_cpus();
	return stress_exhaust ? stress_exhaust_start() : stress_run();
}

static void __exit stress_exit(void)
{
	if (stress_exhaust)
		stress_exhaust_stop();
}

module_init(stress_init);
module_exit(stress_exit);

MODULE_DESCRIPTION("Stress test of kpool");
MODULE_LICENSE("GPL");
