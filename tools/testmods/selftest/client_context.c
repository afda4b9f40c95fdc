// SPDX-License-Identifier: GPL-2.0
/* Contexts that calls may come from, and NUMA nodes and zones of their memory. */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include "client.h"

#define CLIENT_TICKS		200
#define CLIENT_TICK_NS		(500 * NSEC_PER_USEC)
#define CLIENT_HELD		48	/* blocks held from one tick to the next */

static void every_node(void)
{
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		void *p = kpool_alloc_node(200, GFP_KERNEL, nid);
		void *q = kpool_alloc_node(200, GFP_KERNEL | __GFP_THISNODE, nid);

		if (client_expect(p))
			client_fill(p, 200, nid);
		/* The node may be full: then the request without fallback gets NULL. */
		if (q)
			client_expect(page_to_nid(virt_to_page(q)) == nid);
		client_expect(!p || client_intact(p, 200, nid));
		kpool_free(p);
		kpool_free(q);
	}
}

/* kpool's arenas are ordinary memory, so requests for a zone bypass them. */
static void zones_go_to_kmalloc(void)
{
	static const gfp_t zones[] = { GFP_DMA, GFP_DMA32, __GFP_ACCOUNT };
	struct kpool_stats before, after;
	unsigned int i;

	client_expect(!kpool_heap_stats(NULL, &before));
	for (i = 0; i < ARRAY_SIZE(zones); i++) {
		void *p = kpool_alloc(64, GFP_KERNEL | zones[i]);

		if (!client_expect(p))
			continue;
		client_expect(!kpool_owns(p));
		client_fill(p, 64, i);
		client_expect(client_intact(p, 64, i));
		kpool_free(p);
	}
	client_expect(!kpool_heap_stats(NULL, &after));
	client_expect(after.zone - before.zone >= ARRAY_SIZE(zones));
}

static void under_spinlock(void)
{
	static DEFINE_SPINLOCK(lock);
	void *block[CLIENT_HELD];
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&lock, flags);
	for (i = 0; i < CLIENT_HELD; i++) {
		block[i] = kpool_alloc(1 + i * 30, GFP_ATOMIC);
		if (block[i])
			client_fill(block[i], 1 + i * 30, i);
	}
	for (i = 0; i < CLIENT_HELD; i++) {
		client_expect(!block[i] || client_intact(block[i], 1 + i * 30, i));
		kpool_free(block[i]);
	}
	spin_unlock_irqrestore(&lock, flags);
}

struct client_held {
	void *p;
	size_t size;
	u32 tag;
};

/* A timer that frees the blocks of its last tick and allocates new ones. */
struct client_ticker {
	struct hrtimer timer;
	struct completion done;
	struct rnd_state rnd;
	struct client_held held[CLIENT_HELD];
	unsigned int ticks;
	unsigned int refused;
	bool hard;
};

static void client_let_go(struct client_held *held)
{
	if (held->p)
		client_expect(client_intact(held->p, held->size, held->tag));
	kpool_free(held->p);
	held->p = NULL;
}

/* An atomic request may fail. */
static void client_take(struct client_ticker *ticker, struct client_held *held)
{
	held->size = client_random_size(&ticker->rnd);
	held->tag = prandom_u32_state(&ticker->rnd);
	held->p = kpool_alloc(held->size, GFP_ATOMIC | __GFP_NOWARN);
	if (held->p)
		client_fill(held->p, held->size, held->tag);
	else
		ticker->refused++;
}

static enum hrtimer_restart client_tick(struct hrtimer *timer)
{
	struct client_ticker *ticker = container_of(timer, struct client_ticker, timer);
	bool last = ++ticker->ticks >= CLIENT_TICKS;
	unsigned int i;

	client_expect(ticker->hard ? !!in_hardirq() : !!in_serving_softirq());
	for (i = 0; i < CLIENT_HELD; i++) {
		client_let_go(&ticker->held[i]);
		if (!last)
			client_take(ticker, &ticker->held[i]);
	}
	if (last) {
		complete(&ticker->done);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(CLIENT_TICK_NS));
	return HRTIMER_RESTART;
}

static void client_run_ticker(bool hard)
{
	struct client_ticker *ticker = kpool_zalloc_obj(struct client_ticker, GFP_KERNEL);
	enum hrtimer_mode mode = hard ? HRTIMER_MODE_REL_HARD : HRTIMER_MODE_REL_SOFT;

	if (!client_expect(ticker))
		return;
	ticker->hard = hard;
	init_completion(&ticker->done);
	client_random_init(&ticker->rnd, hard);
	client_timer_setup(&ticker->timer, mode, client_tick);
	hrtimer_start(&ticker->timer, ns_to_ktime(CLIENT_TICK_NS), mode);
	wait_for_completion(&ticker->done);
	hrtimer_cancel(&ticker->timer);
	client_note("%u ticks of %u allocations, %u refused", ticker->ticks, CLIENT_HELD,
		    ticker->refused);
	kpool_free(ticker);
}

static void softirq_timer(void)
{
	client_run_ticker(false);
}

static void hardirq_timer(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		client_skip("PREEMPT_RT allocates in threads only");
	else
		client_run_ticker(true);
}

const struct client_case client_context_cases[] = {
	CLIENT_CASE(every_node),
	CLIENT_CASE(zones_go_to_kmalloc),
	CLIENT_CASE(under_spinlock),
	CLIENT_CASE(softirq_timer),
	CLIENT_CASE(hardirq_timer),
	{}
};
