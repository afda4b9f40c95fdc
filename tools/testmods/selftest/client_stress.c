// SPDX-License-Identifier: GPL-2.0
/* Many operations with contents checked: threads that exchange blocks, and one at random. */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "client.h"

#define CLIENT_TRADERS		4
#define CLIENT_TRADES_OF_OPS	40	/* client_ops to exchanges of one thread */
#define CLIENT_TRADES_PER_TICK	8
#define CLIENT_TICKS_MIN	10
#define CLIENT_TICK_NS		NSEC_PER_MSEC
#define CLIENT_SHELVES		1024
#define CLIENT_SLOTS		32768

/* A block on a shelf says what it holds: whoever takes it can check. */
struct client_parcel {
	u32 size;
	u32 tag;
	u8 contents[];
};

static struct client_parcel *client_shelf[CLIENT_SHELVES];

/* A thread, and a timer that interrupts it, both at the shelves. */
struct client_trader {
	struct task_struct *task;
	struct completion done;
	struct rnd_state rnd;
	struct hrtimer timer;
	struct rnd_state timer_rnd;
	unsigned int trades;
	unsigned int ticks;
};

static void client_unpack(struct client_parcel *parcel)
{
	if (!parcel)
		return;
	client_expect(client_intact(parcel->contents, parcel->size, parcel->tag));
	kpool_free(parcel);
}

static struct client_parcel *client_pack(struct rnd_state *rnd, gfp_t gfp)
{
	size_t size = client_random_size(rnd);
	struct client_parcel *parcel = kpool_alloc(sizeof(*parcel) + size, gfp);

	if (!parcel)
		return NULL;
	parcel->size = size;
	parcel->tag = prandom_u32_state(rnd);
	client_fill(parcel->contents, size, parcel->tag);
	return parcel;
}

/* Puts a block on a shelf and frees what somebody else left there. */
static void client_trade(struct rnd_state *rnd, gfp_t gfp)
{
	u32 i = client_random(rnd, CLIENT_SHELVES);

	client_unpack(xchg(&client_shelf[i], client_pack(rnd, gfp)));
}

static enum hrtimer_restart client_trader_tick(struct hrtimer *timer)
{
	struct client_trader *trader = container_of(timer, struct client_trader, timer);
	unsigned int i;

	for (i = 0; i < CLIENT_TRADES_PER_TICK; i++)
		client_trade(&trader->timer_rnd, GFP_ATOMIC | __GFP_NOWARN);
	WRITE_ONCE(trader->ticks, trader->ticks + 1);
	hrtimer_forward_now(timer, ns_to_ktime(CLIENT_TICK_NS));
	return HRTIMER_RESTART;
}

static int client_trader_thread(void *data)
{
	enum hrtimer_mode mode = IS_ENABLED(CONFIG_PREEMPT_RT) ? HRTIMER_MODE_REL_PINNED_SOFT :
								 HRTIMER_MODE_REL_PINNED_HARD;
	unsigned int trades = client_ops / CLIENT_TRADES_OF_OPS;
	struct client_trader *trader = data;

	client_timer_setup(&trader->timer, mode, client_trader_tick);
	hrtimer_start(&trader->timer, ns_to_ktime(CLIENT_TICK_NS), mode);
	while (trader->trades < trades || READ_ONCE(trader->ticks) < CLIENT_TICKS_MIN) {
		client_trade(&trader->rnd, GFP_KERNEL);
		trader->trades++;
		cond_resched();
	}
	hrtimer_cancel(&trader->timer);
	complete(&trader->done);

	/* kthread_stop() wants the thread to be there still. */
	set_current_state(TASK_UNINTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_UNINTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* Threads go round the CPUs, so that blocks are freed far from where they came from. */
static void client_start_traders(struct client_trader *trader)
{
	int cpu = cpumask_first(cpu_online_mask);
	unsigned int i;

	for (i = 0; i < CLIENT_TRADERS; i++) {
		client_random_init(&trader[i].rnd, 100 + 2 * i);
		client_random_init(&trader[i].timer_rnd, 101 + 2 * i);
		init_completion(&trader[i].done);
		trader[i].task = kthread_run_on_cpu(client_trader_thread, &trader[i], cpu,
						    "kpool_client/%u");
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	}
}

static void client_stop_traders(struct client_trader *trader)
{
	unsigned int i, trades = 0, ticks = 0;

	for (i = 0; i < CLIENT_TRADERS; i++) {
		if (!client_expect(!IS_ERR(trader[i].task)))
			continue;
		wait_for_completion(&trader[i].done);
		kthread_stop(trader[i].task);
		trades += trader[i].trades;
		ticks += trader[i].ticks;
	}
	client_note("%u threads: %u exchanges, and %u by %u timer interrupts", CLIENT_TRADERS,
		    trades, CLIENT_TRADES_PER_TICK * ticks, ticks);
}

static void threads_exchange_blocks(void)
{
	struct client_trader *trader = kpool_calloc(CLIENT_TRADERS, sizeof(*trader), GFP_KERNEL);
	unsigned int i;

	if (!client_expect(trader))
		return;
	client_start_traders(trader);
	client_stop_traders(trader);
	for (i = 0; i < CLIENT_SHELVES; i++)
		client_unpack(xchg(&client_shelf[i], NULL));
	kpool_free(trader);
}

struct client_slot {
	void *p;
	u32 tag;
	u16 size;
	bool moved;	/* by realloc: the block may be of a larger class than @size needs */
};

/* What the random case did. */
struct client_tally {
	unsigned int allocs;
	unsigned int reallocs;
	unsigned int frees;
};

static void client_slot_alloc(struct client_slot *slot, struct rnd_state *rnd)
{
	gfp_t gfp = GFP_KERNEL;

	slot->size = client_random_size(rnd);
	slot->tag = prandom_u32_state(rnd);
	slot->moved = false;
	if (slot->tag % 8 == 0)
		gfp |= __GFP_ZERO;
	slot->p = kpool_alloc(slot->size, gfp);
	if (!client_expect(slot->p))
		return;
	if (gfp & __GFP_ZERO)
		client_expect(!memchr_inv(slot->p, 0, slot->size));
	client_fill(slot->p, slot->size, slot->tag);
}

static void client_slot_realloc(struct client_slot *slot, struct rnd_state *rnd)
{
	u32 size = client_random_size(rnd);
	void *p = kpool_realloc(slot->p, size, GFP_KERNEL);

	if (!client_expect(p))
		return;
	client_expect(client_intact(p, min_t(u32, size, slot->size), slot->tag));
	slot->p = p;
	slot->size = size;
	slot->moved = true;
	client_fill(p, size, slot->tag);
}

static void client_slot_free(struct client_slot *slot)
{
	client_expect(client_intact(slot->p, slot->size, slot->tag));
	if (slot->moved || slot->tag % 2)
		kpool_free(slot->p);
	else
		kpool_free_sized(slot->p, slot->size);
	slot->p = NULL;
}

static void client_random_operation(struct client_slot *slot, struct rnd_state *rnd,
				    struct client_tally *tally)
{
	if (!slot->p) {
		client_slot_alloc(slot, rnd);
		tally->allocs++;
	} else if (client_random(rnd, 4) == 0) {
		client_slot_realloc(slot, rnd);
		tally->reallocs++;
	} else {
		client_slot_free(slot);
		tally->frees++;
	}
}

static void random_operations(void)
{
	struct client_slot *slot = kvcalloc(CLIENT_SLOTS, sizeof(*slot), GFP_KERNEL);
	struct client_tally tally = {};
	struct rnd_state rnd;
	unsigned int i;

	if (!client_expect(slot))
		return;
	client_random_init(&rnd, 1000);
	for (i = 0; i < client_ops; i++) {
		client_random_operation(&slot[client_random(&rnd, CLIENT_SLOTS)], &rnd, &tally);
		if (i % 1024 == 0)
			cond_resched();
	}
	client_note("%u operations: %u allocations, %u reallocations, %u frees", client_ops,
		    tally.allocs, tally.reallocs, tally.frees);
	client_expect_sane(NULL);
	for (i = 0; i < CLIENT_SLOTS; i++)
		if (slot[i].p)
			client_slot_free(&slot[i]);
	kvfree(slot);
}

const struct client_case client_stress_cases[] = {
	CLIENT_CASE(threads_exchange_blocks),
	CLIENT_CASE(random_operations),
	{}
};
