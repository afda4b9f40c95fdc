// SPDX-License-Identifier: GPL-2.0
/*
 * The demonstration: a burst of small objects of several sizes is allocated, all
 * but a few are freed, and a burst of other sizes follows. First kmalloc() serves the
 * bursts, then kpool serves them, with the same objects in the same order. The memory
 * of both allocators is measured at the same moments.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "demo.h"

#define DEMO_FOLD_MS	1200	/* the kernel folds its counters every second */
#define DEMO_IDLE_MS	2000
#define DEMO_SEED	(2000ull << 32 | 1)

static const size_t demo_burst[] = { 24, 64, 136, 200, 500 };
static const size_t demo_next_burst[] = { 40, 96, 168, 312, 680 };

struct demo_moment demo_moments[DEMO_NR_MOMENTS];

/* The objects of one burst. */
struct demo_set {
	const size_t *sizes;	/* taken in turn */
	unsigned int nr_sizes;
	void **object;
	size_t nr;
	size_t room;
};

/* An allocator that serves the objects. */
struct demo_server {
	void *(*alloc)(size_t size, gfp_t gfp);
	void (*free)(const void *p);
	void (*measure)(struct demo_moment *moment);
	void (*shrink)(void);
	unsigned int fold_ms;	/* delay until its figures are up to date */
};

struct demo_run {
	const struct demo_server *server;
	struct demo_set burst;
	struct demo_set next;
	u64 asked;
};

static struct demo_run demo_kpool_run;
static u64 demo_slabs_before;

static size_t demo_set_size(const struct demo_set *set, size_t i)
{
	return set->sizes[i % set->nr_sizes];
}

static int demo_set_init(struct demo_set *set, const size_t *sizes, unsigned int nr_sizes)
{
	size_t round = 0;
	unsigned int i;

	for (i = 0; i < nr_sizes; i++)
		round += sizes[i];
	set->sizes = sizes;
	set->nr_sizes = nr_sizes;
	set->room = (DEMO_BYTES / round + 1) * nr_sizes;
	set->nr = 0;
	set->object = kvcalloc(set->room, sizeof(*set->object), GFP_KERNEL);
	return set->object ? 0 : -ENOMEM;
}

/* Allocate until the run holds its peak number of bytes. */
static int demo_set_fill(struct demo_run *run, struct demo_set *set)
{
	while (run->asked < DEMO_BYTES && set->nr < set->room) {
		size_t size = demo_set_size(set, set->nr);
		void *p = run->server->alloc(size, GFP_KERNEL);

		if (!p)
			return -ENOMEM;
		memset(p, 0x5a, size);
		set->object[set->nr++] = p;
		run->asked += size;
		if (set->nr % 1024 == 0)
			cond_resched();
	}
	return 0;
}

/* Free the set except one of @keep objects, picked at random; @keep 0: free all. */
static void demo_set_free(struct demo_run *run, struct demo_set *set, u32 keep)
{
	struct rnd_state rnd;
	size_t i;

	prandom_seed_state(&rnd, DEMO_SEED);
	for (i = 0; i < set->nr; i++) {
		if (!set->object[i] || (keep && !reciprocal_scale(prandom_u32_state(&rnd), keep)))
			continue;
		run->server->free(set->object[i]);
		set->object[i] = NULL;
		run->asked -= demo_set_size(set, i);
		if (i % 1024 == 0)
			cond_resched();
	}
}

static void demo_run_free(struct demo_run *run)
{
	if (run->burst.object)
		demo_set_free(run, &run->burst, 0);
	if (run->next.object)
		demo_set_free(run, &run->next, 0);
	kvfree(run->burst.object);
	kvfree(run->next.object);
	run->burst.object = NULL;
	run->next.object = NULL;
}

static void demo_measure(struct demo_run *run, enum demo_moment_id id)
{
	struct demo_moment *moment = &demo_moments[id];

	if (run->server->fold_ms)
		msleep(run->server->fold_ms);
	moment->asked = run->asked;
	run->server->measure(moment);
}

static int demo_run(struct demo_run *run)
{
	int err = demo_set_init(&run->burst, demo_burst, ARRAY_SIZE(demo_burst));

	if (!err)
		err = demo_set_init(&run->next, demo_next_burst, ARRAY_SIZE(demo_next_burst));
	if (err)
		return err;
	demo_measure(run, DEMO_BEFORE);
	err = demo_set_fill(run, &run->burst);
	if (err)
		return err;
	demo_measure(run, DEMO_PEAK);
	demo_set_free(run, &run->burst, DEMO_SURVIVORS);
	demo_measure(run, DEMO_FREED);
	err = demo_set_fill(run, &run->next);
	if (err)
		return err;
	demo_measure(run, DEMO_RECYCLED);
	demo_set_free(run, &run->next, 0);
	msleep(DEMO_IDLE_MS);
	demo_measure(run, DEMO_IDLE);
	run->server->shrink();
	demo_measure(run, DEMO_SHRUNK);
	return 0;
}

static u64 demo_slab_bytes(void)
{
	return (u64)global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) << PAGE_SHIFT;
}

static void demo_kmalloc_measure(struct demo_moment *moment)
{
	u64 slabs = demo_slab_bytes();

	if (moment == &demo_moments[DEMO_BEFORE])
		demo_slabs_before = slabs;
	moment->kmalloc = slabs > demo_slabs_before ? slabs - demo_slabs_before : 0;
}

/* A module cannot make kmalloc() free its empty slabs. */
static void demo_kmalloc_shrink(void)
{
}

static void *demo_kmalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

static const struct demo_server demo_kmalloc_server = {
	.alloc = demo_kmalloc,
	.free = kfree,
	.measure = demo_kmalloc_measure,
	.fold_ms = DEMO_FOLD_MS,
	.shrink = demo_kmalloc_shrink,
};

static void demo_kpool_measure(struct demo_moment *moment)
{
	kpool_heap_stats(NULL, &moment->kpool);
}

static void demo_kpool_shrink(void)
{
	kpool_heap_shrink(NULL);
}

static const struct demo_server demo_kpool_server = {
	.alloc = kpool_alloc,
	.free = kpool_free,
	.measure = demo_kpool_measure,
	.shrink = demo_kpool_shrink,
};

static int __init demo_init(void)
{
	struct demo_run kmalloc_run = { .server = &demo_kmalloc_server };
	int err = demo_run(&kmalloc_run);

	demo_run_free(&kmalloc_run);
	if (!err) {
		demo_kpool_run.server = &demo_kpool_server;
		err = demo_run(&demo_kpool_run);
	}
	if (err) {
		pr_err("not enough memory for the demonstration\n");
		demo_run_free(&demo_kpool_run);
		return err;
	}
	demo_report_start();
	pr_info("read /sys/kernel/debug/kpool_demo/report\n");
	return 0;
}

static void __exit demo_exit(void)
{
	demo_report_stop();
	demo_run_free(&demo_kpool_run);
}

module_init(demo_init);
module_exit(demo_exit);

MODULE_DESCRIPTION("Demonstration of kpool beside kmalloc");
MODULE_LICENSE("GPL");
