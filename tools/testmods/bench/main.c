// SPDX-License-Identifier: GPL-2.0
/*
 * Compares kmalloc(), kmem_cache and kpool in one boot: cost of operations, memory held.
 *
 *   insmod kpool_bench.ko mode=exact workloads=hot_*,churn_1_512
 *   bench: <workload> <allocator> <metric> <value>
 *
 * Modes: "exact" counts instructions of one CPU (exact.c, worst.c), "cache" marks
 * regions for a QEMU plugin to count in (cache.c), "memory" compares bytes held with
 * bytes live (memory.c), "wall" runs on several CPUs by the clock (smp.c).
 * Each mode ends with "bench: end".
 *
 * In all modes allocators are constants of inlined templates, so that each has its own
 * copy with direct calls. All allocators get the same random sequences. Requests are
 * small enough for GFP_KERNEL never to refuse them, so the measured loops need no check,
 * which would be measured too.
 */
#include <linux/delay.h>
#include <linux/glob.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/string.h>

#include "bench.h"

#define BENCH_SETTLE_MS		3000
#define BENCH_MAX_COUNTS	8	/* entries of the parameter threads */

static char *bench_mode = "exact";
module_param_named(mode, bench_mode, charp, 0444);
MODULE_PARM_DESC(mode, "exact, cache, memory or wall (default exact)");

static char *bench_workloads = "*";
module_param_named(workloads, bench_workloads, charp, 0444);
MODULE_PARM_DESC(workloads, "patterns of names, with commas (default *)");

unsigned int bench_objects = 1000000;
module_param_named(objects, bench_objects, uint, 0444);
MODULE_PARM_DESC(objects, "objects of the large workloads, 100000 or more (default 1000000)");

unsigned int bench_repeats = 11;
module_param_named(repeats, bench_repeats, uint, 0444);
MODULE_PARM_DESC(repeats, "repetitions in mode wall, 1 to 99 (default 11)");

unsigned int bench_threads[BENCH_MAX_COUNTS] = { 2 };
unsigned int bench_nr_threads = 1;
module_param_array_named(threads, bench_threads, uint, &bench_nr_threads, 0444);
MODULE_PARM_DESC(threads, "numbers of threads in mode wall, up to 8 of them (default 2)");

static const char *const bench_names[] = {
#define BENCH_ALLOCATOR_NAME(id, name)	name,
	BENCH_ALLOCATORS(BENCH_ALLOCATOR_NAME)
#undef BENCH_ALLOCATOR_NAME
};

struct kmem_cache *bench_cache;
void *bench_nothing = &bench_nothing;

const char *bench_name(enum bench_api api)
{
	return bench_names[api];
}

static bool bench_matches(const char *workload)
{
	const char *rest = bench_workloads;
	char pattern[64];
	size_t length;

	while (*rest) {
		length = strcspn(rest, ",");
		if (length < sizeof(pattern)) {
			memcpy(pattern, rest, length);
			pattern[length] = 0;
			if (glob_match(pattern, workload))
				return true;
		}
		rest += length + !!rest[length];
	}
	return false;
}

bool bench_wanted(const char *workload)
{
	if (!bench_matches(workload))
		return false;
	pr_info("bench-start: %s\n", workload);
	return true;
}

bool bench_applies(enum bench_api api, size_t size)
{
	if (api == BENCH_CACHE)
		return size;
	return api != BENCH_KPOOL_INLINE || BENCH_HAVE_INLINE;
}

/* Let work that the boot or another workload left end before the measurement. */
void bench_settle(void)
{
	msleep(BENCH_SETTLE_MS);
}

int bench_cache_create(size_t size)
{
	bench_cache = kmem_cache_create("kpool_bench", size ?: 1, 0, 0, NULL);
	return bench_cache ? 0 : -ENOMEM;
}

void bench_cache_destroy(void)
{
	kmem_cache_destroy(bench_cache);
}

void bench_print(const char *workload, enum bench_api api, const char *metric, s64 value)
{
	pr_info("bench: %s %s %s %lld\n", workload, bench_names[api], metric, value);
}

void bench_print_per(const char *workload, enum bench_api api, const char *metric,
		     u64 total, u64 nr)
{
	u64 tenths = div64_u64(total * 10 + nr / 2, nr);
	u32 rest;
	u64 whole = div_u64_rem(tenths, 10, &rest);

	pr_info("bench: %s %s %s %llu.%u\n", workload, bench_names[api], metric, whole, rest);
}

static const struct bench_mode {
	const char *name;
	int (*run)(void);
} bench_modes[] = {
	{ "exact", bench_exact },
	{ "exact", bench_worst },
	{ "cache", bench_cache_misses },
	{ "memory", bench_memory },
	{ "wall", bench_smp },
};

static int __init bench_init(void)
{
	unsigned int i;
	int ran = 0;
	int err;

	if (bench_objects < 100000 || bench_repeats < 1 || bench_repeats > 99) {
		pr_err("objects or repeats out of range\n");
		return -EINVAL;
	}
	err = bench_tables_init();
	bench_settle();
	for (i = 0; !err && i < ARRAY_SIZE(bench_modes); i++) {
		if (strcmp(bench_modes[i].name, bench_mode))
			continue;
		err = bench_modes[i].run();
		ran++;
	}
	bench_tables_exit();
	if (err)
		return err;
	if (!ran) {
		pr_err("mode \"%s\" is none of exact, cache, memory, wall\n", bench_mode);
		return -EINVAL;
	}
	pr_info("bench: end\n");
	return 0;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Cost of kpool's operations beside kmalloc's and kmem_cache's");
MODULE_LICENSE("GPL");
