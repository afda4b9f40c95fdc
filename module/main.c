// SPDX-License-Identifier: GPL-2.0
/*
 * kpool - pool allocator for small objects, for other kernel modules to call
 *
 * CPython's pymalloc design in the kernel. Arenas from the page allocator are cut into pools, pools
 * into blocks of one size class. A pool without a block out serves any class in constant time.
 * Per-CPU magazines stand in front. A file calls only files below it:
 *
 *   dropin/                         modules that call kmalloc(), redirected
 *   heap.c                          private heaps
 *   api.c realloc.c bulk.c          kpool_alloc(), kpool_free() and their relatives
 *   refill.c      trim.c            sources of blocks; giving memory back
 *   magazine.c    depot.c           per CPU; between the CPUs of a node
 *   pool.c        arena.c           pools in use, fullest first; free pools, fullest arena first
 *   pages.c       fallback.c        page allocator and reserve; kmalloc
 *   map.c class.c types.h           which memory is kpool's; size classes; structures
 *
 * debug/ checks and reports at all of these levels, observe/ reads them. Structures, states and the
 * lock order are in types.h, sizes in geometry.h, differences between kernels in compat.h.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/cpuhotplug.h>
#include <linux/module.h>

#include "class.h"
#include "compat.h"
#include "debug/debug.h"
#include "dropin/handover.h"
#include "free_rcu.h"
#include "header.h"
#include "heap.h"
#include "magazine.h"
#include "map.h"
#include "observe/debugfs.h"
#include "pages.h"
#include "shrinker.h"
#include "version.h"

static enum cpuhp_state kpool_cpuhp __ro_after_init;

/* Drain the magazines of a dead CPU. */
static int kpool_cpu_dead(unsigned int cpu)
{
	struct kpool_heap *heap;

	mutex_lock(&kpool_heaps_lock);
	list_for_each_entry(heap, &kpool_heaps, list)
		kpool_magazine_drain_cpu(heap, cpu);
	mutex_unlock(&kpool_heaps_lock);
	return 0;
}

static int __init kpool_init(void)
{
	int err;

	kpool_class_init();
	kpool_debug_init();
	kpool_header_init();
	err = kpool_map_init();
	if (err)
		goto out;
	err = kpool_pages_init();
	if (err)
		goto map;
	err = kpool_free_rcu_init();
	if (err)
		goto pages;
	kpool_debugfs_init();
	err = kpool_heap_init();
	if (err)
		goto rcu;
	err = kpool_shrinker_init();
	if (err)
		goto heap;
	/* Not called for online CPUs: only they may touch their magazines. */
	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "kpool:dead", NULL, kpool_cpu_dead);
	if (err < 0)
		goto shrinker;
	kpool_cpuhp = err;
	err = kpool_handover_init();
	if (err)
		goto cpuhp;
	return 0;

cpuhp:
	cpuhp_remove_state_nocalls(kpool_cpuhp);
shrinker:
	kpool_shrinker_exit();
heap:
	kpool_heap_exit();
rcu:
	kpool_debugfs_exit();
	kpool_free_rcu_exit();
pages:
	kpool_pages_exit();
map:
	kpool_map_exit();
out:
	pr_err("not loaded: %pe\n", ERR_PTR(err));
	return err;
}

static void __exit kpool_exit(void)
{
	kpool_handover_exit();
	cpuhp_remove_state_nocalls(kpool_cpuhp);
	kpool_shrinker_exit();
	kpool_heap_exit();
	kpool_debugfs_exit();
	kpool_free_rcu_exit();
	kpool_pages_exit();
	kpool_map_exit();
}

module_init(kpool_init);
module_exit(kpool_exit);

MODULE_DESCRIPTION("Pool allocator for small objects");
MODULE_LICENSE("GPL");
MODULE_VERSION(KPOOL_VERSION);
MODULE_AUTHOR("kpool developers");
