// SPDX-License-Identifier: GPL-2.0
/* CPUs go offline and online: their magazines are drained, and the heap goes on working. */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "load.h"
#include "magazine.h"

/* Free blocks of every class, so that this CPU caches them. */
static long kpool_test_stock_up(void *data)
{
	struct kpool_heap *heap = data;
	unsigned int class, i;
	void *block[8];

	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		for (i = 0; i < ARRAY_SIZE(block); i++)
			block[i] = kpool_heap_alloc(heap, kpool_class_size(class), GFP_KERNEL);
		for (i = 0; i < ARRAY_SIZE(block); i++)
			kpool_heap_free(heap, block[i]);
	}
	return 0;
}

static unsigned long kpool_test_cached_on(struct kpool_heap *heap, int cpu)
{
	unsigned long cached = 0;
	unsigned int class;

	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		cached += kpool_magazine_cached(heap, cpu, class);
	return cached;
}

/* Run the case on the first CPU, which often cannot go offline, and hotplug the last CPU. */
static int kpool_hotplug_init(struct kunit *test)
{
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_first(cpu_online_mask)));
	return kpool_test_init(test);
}

static int kpool_test_victim(struct kunit *test)
{
	int cpu, victim = -1;

	for_each_online_cpu(cpu)
		if (cpu != raw_smp_processor_id())
			victim = cpu;
	if (victim < 0)
		kunit_skip(test, "one CPU only");
	return victim;
}

/* Take a CPU with cached blocks offline and online again. Return: false if it cannot go offline. */
static bool kpool_test_bounce(struct kunit *test, struct kpool_heap *heap, int cpu)
{
	if (remove_cpu(cpu))
		return false;
	KUNIT_EXPECT_EQ(test, kpool_test_cached_on(heap, cpu), 0UL);
	kpool_test_consistent(test, heap);
	KUNIT_EXPECT_EQ(test, add_cpu(cpu), 0);
	KUNIT_EXPECT_EQ(test, kpool_test_cached_on(heap, cpu), 0UL);
	return true;
}

static void a_dead_cpus_magazines_go_home(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	int cpu = kpool_test_victim(test);

	KUNIT_EXPECT_EQ(test, work_on_cpu(cpu, kpool_test_stock_up, heap), 0L);
	KUNIT_EXPECT_GE(test, kpool_test_cached_on(heap, cpu), 8UL * KPOOL_NR_CLASSES);
	if (!kpool_test_bounce(test, heap, cpu))
		kunit_skip(test, "CPU %d does not go offline", cpu);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_cached, 0ULL);
	/* Online again, the CPU caches blocks as before. */
	KUNIT_EXPECT_EQ(test, work_on_cpu(cpu, kpool_test_stock_up, heap), 0L);
	KUNIT_EXPECT_GE(test, kpool_test_cached_on(heap, cpu), 8UL * KPOOL_NR_CLASSES);
	kpool_heap_shrink(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_cached_on(heap, cpu), 0UL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).bytes, 0ULL);
}

/* The other CPUs allocate all the time. They may also drain cached blocks of @cpu. */
static void cpus_go_and_come_under_load(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	int cpu = kpool_test_victim(test), i;
	struct kpool_test_threads *threads;
	bool possible = true;

	threads = kpool_test_threads_start(test, load, cpu);
	for (i = 0; i < 4 && possible; i++) {
		KUNIT_EXPECT_EQ(test, work_on_cpu(cpu, kpool_test_stock_up, load->heap), 0L);
		possible = kpool_test_bounce(test, load->heap, cpu);
	}
	kpool_test_threads_stop(threads);
	kpool_test_load_end(test, load);
	if (!possible)
		kunit_skip(test, "CPU %d does not go offline", cpu);
}

static struct kunit_case kpool_hotplug_cases[] = {
	KUNIT_CASE(a_dead_cpus_magazines_go_home),
	KUNIT_CASE(cpus_go_and_come_under_load),
	{}
};

struct kunit_suite kpool_hotplug_suite = {
	.name = "kpool_hotplug",
	.init = kpool_hotplug_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_hotplug_cases,
};
