// SPDX-License-Identifier: GPL-2.0
/*
 * Fills kpool's caches to their largest size: every CPU allocates more blocks of every
 * size class than its magazines hold. Once all CPUs have their blocks, every CPU frees its
 * own: the caches are full then, and no block is in use. debugfs shows what kpool holds, see
 * tools/test/measure/scale.py.
 */
#include <linux/cpu.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include <kpool.h>

#define SCALE_BLOCKS	192	/* per class: more than two magazines hold */

static DEFINE_PER_CPU(struct work_struct, scale_work);
static DEFINE_PER_CPU(struct llist_head, scale_held);

static void scale_fill(struct work_struct *work)
{
	struct llist_head *held = this_cpu_ptr(&scale_held);
	size_t size, class_size = 0;
	struct llist_node *block;
	int i;

	for (size = sizeof(*block); size <= KPOOL_MAX_SIZE; size = class_size + 1) {
		for (i = 0; i < SCALE_BLOCKS; i++) {
			block = kpool_alloc(size, GFP_KERNEL);
			if (!block)
				return;
			class_size = kpool_usable_size(block);
			__llist_add(block, held);
		}
		cond_resched();
	}
}

static void scale_empty(struct work_struct *work)
{
	struct llist_node *block, *next;
	int i = 0;

	llist_for_each_safe(block, next, __llist_del_all(this_cpu_ptr(&scale_held))) {
		kpool_free(block);
		if (!(++i % SCALE_BLOCKS))
			cond_resched();
	}
}

static void scale_on_each_cpu(work_func_t function)
{
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		INIT_WORK(per_cpu_ptr(&scale_work, cpu), function);
		schedule_work_on(cpu, per_cpu_ptr(&scale_work, cpu));
	}
	for_each_online_cpu(cpu)
		flush_work(per_cpu_ptr(&scale_work, cpu));
	cpus_read_unlock();
}

static int __init scale_init(void)
{
	scale_on_each_cpu(scale_fill);
	scale_on_each_cpu(scale_empty);
	return 0;
}

static void __exit scale_exit(void)
{
}

module_init(scale_init);
module_exit(scale_exit);

MODULE_DESCRIPTION("Fills kpool's magazines and depots on every CPU");
MODULE_LICENSE("GPL");
