// SPDX-License-Identifier: GPL-2.0
/*
 * The demonstration: a burst of small objects of several sizes comes and goes,
 * all but a few, and a burst of other sizes follows. First kmalloc() serves it,
 * then kpool, the same objects in the same order; what each holds is read at
 * the same moments.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "client.h"
#include "demo.h"

#define CLIENT_FOLD_MS	1200	/* the kernel folds its counters every second */
#define CLIENT_IDLE_MS	2000

static const size_t client_burst[] = { 24, 64, 136, 200, 500 };
static const size_t client_next_burst[] = { 40, 96, 168, 312, 680 };

struct client_moment client_moments[CLIENT_NR_MOMENTS];

/* The objects of one burst. */
struct client_set {
	const size_t *sizes;	/* taken in turn */
	unsigned int nr_sizes;
	void **object;
	size_t nr;
	size_t room;
};

/* Who serves the objects. */
struct client_server {
	void *(*alloc)(size_t size, gfp_t gfp);
	void (*free)(const void *p);
	void (*measure)(struct client_moment *moment);
	void (*shrink)(void);
	unsigned int fold_ms;	/* before its figures are to be had */
};

struct client_run {
	const struct client_server *server;
	struct client_set burst;
	struct client_set next;
	u64 asked;
};

static struct client_run client_kpool_run;
static u64 client_slabs_before;

static size_t client_set_size(const struct client_set *set, size_t i)
{
	return set->sizes[i % set->nr_sizes];
}

static int client_set_init(struct client_set *set, const size_t *sizes, unsigned int nr_sizes)
{
	size_t round = 0;
	unsigned int i;

	for (i = 0; i < nr_sizes; i++)
		round += sizes[i];
	set->sizes = sizes;
	set->nr_sizes = nr_sizes;
	set->room = (CLIENT_DEMO_BYTES / round + 1) * nr_sizes;
	set->nr = 0;
	set->object = kvcalloc(set->room, sizeof(*set->object), GFP_KERNEL);
	return set->object ? 0 : -ENOMEM;
}

/* Allocates until the run holds what it has at its peak. */
static int client_set_fill(struct client_run *run, struct client_set *set)
{
	while (run->asked < CLIENT_DEMO_BYTES && set->nr < set->room) {
		size_t size = client_set_size(set, set->nr);
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

/* Frees the set except one of @keep, at random; all with @keep 0. */
static void client_set_free(struct client_run *run, struct client_set *set, u32 keep)
{
	struct rnd_state rnd;
	size_t i;

	client_random_init(&rnd, 2000);
	for (i = 0; i < set->nr; i++) {
		if (!set->object[i] || (keep && !client_random(&rnd, keep)))
			continue;
		run->server->free(set->object[i]);
		set->object[i] = NULL;
		run->asked -= client_set_size(set, i);
		if (i % 1024 == 0)
			cond_resched();
	}
}

static void client_run_free(struct client_run *run)
{
	if (run->burst.object)
		client_set_free(run, &run->burst, 0);
	if (run->next.object)
		client_set_free(run, &run->next, 0);
	kvfree(run->burst.object);
	kvfree(run->next.object);
	run->burst.object = NULL;
	run->next.object = NULL;
}

static void client_measure(struct client_run *run, enum client_moment_id id)
{
	struct client_moment *moment = &client_moments[id];

	if (run->server->fold_ms)
		msleep(run->server->fold_ms);
	moment->asked = run->asked;
	run->server->measure(moment);
}

static int client_run(struct client_run *run)
{
	int err = client_set_init(&run->burst, client_burst, ARRAY_SIZE(client_burst));

	if (!err)
		err = client_set_init(&run->next, client_next_burst,
				      ARRAY_SIZE(client_next_burst));
	if (err)
		return err;
	client_measure(run, CLIENT_BEFORE);
	err = client_set_fill(run, &run->burst);
	if (err)
		return err;
	client_measure(run, CLIENT_PEAK);
	client_set_free(run, &run->burst, CLIENT_SURVIVORS);
	client_measure(run, CLIENT_FREED);
	err = client_set_fill(run, &run->next);
	if (err)
		return err;
	client_measure(run, CLIENT_RECYCLED);
	client_set_free(run, &run->next, 0);
	msleep(CLIENT_IDLE_MS);
	client_measure(run, CLIENT_IDLE);
	run->server->shrink();
	client_measure(run, CLIENT_SHRUNK);
	return 0;
}

static u64 client_slab_bytes(void)
{
	return (u64)global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) << PAGE_SHIFT;
}

static void client_kmalloc_measure(struct client_moment *moment)
{
	u64 slabs = client_slab_bytes();

	if (moment == &client_moments[CLIENT_BEFORE])
		client_slabs_before = slabs;
	moment->kmalloc = slabs > client_slabs_before ? slabs - client_slabs_before : 0;
}

/* A module cannot ask kmalloc() to give its empty slabs back. */
static void client_kmalloc_shrink(void)
{
}

static void *client_kmalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

static const struct client_server client_kmalloc_server = {
	.alloc = client_kmalloc,
	.free = kfree,
	.measure = client_kmalloc_measure,
	.fold_ms = CLIENT_FOLD_MS,
	.shrink = client_kmalloc_shrink,
};

static void client_kpool_measure(struct client_moment *moment)
{
	kpool_heap_stats(NULL, &moment->kpool);
}

static void client_kpool_shrink(void)
{
	kpool_heap_shrink(NULL);
}

static const struct client_server client_kpool_server = {
	.alloc = kpool_alloc,
	.free = kpool_free,
	.measure = client_kpool_measure,
	.shrink = client_kpool_shrink,
};

int client_demo_start(void)
{
	struct client_run kmalloc_run = { .server = &client_kmalloc_server };
	int err = client_run(&kmalloc_run);

	client_run_free(&kmalloc_run);
	if (!err) {
		client_kpool_run.server = &client_kpool_server;
		err = client_run(&client_kpool_run);
	}
	if (err) {
		pr_err("not enough memory for the demonstration\n");
		client_run_free(&client_kpool_run);
		return err;
	}
	client_report_start();
	pr_info("read /sys/kernel/debug/kpool_client/report\n");
	return 0;
}

void client_demo_stop(void)
{
	client_report_stop();
	client_run_free(&client_kpool_run);
}
