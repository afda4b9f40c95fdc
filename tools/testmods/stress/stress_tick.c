// SPDX-License-Identifier: GPL-2.0
/* Interrupts: for each thread a timer in hard interrupts, and one in soft ones. */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>

#include "compat.h"
#include "stress.h"

#define STRESS_TICK_OBJECTS	16
#define STRESS_TICK_STEPS	8
#define STRESS_TICKS_MIN	10

/**
 * struct stress_timer - a timer, and what it holds from one tick to the next
 * @timer: the timer
 * @actor: used by its handler only, while it runs
 * @mode: hard or soft; pinned to where it was started
 * @object: what it holds
 */
struct stress_timer {
	struct hrtimer timer;
	struct stress_actor actor;
	enum hrtimer_mode mode;
	struct stress_object object[STRESS_TICK_OBJECTS];
};

struct stress_ticker {
	struct stress_timer hard;	/* on PREEMPT_RT another soft one */
	struct stress_timer soft;
};

static void stress_timer_step(struct stress_actor *actor, struct stress_object *object)
{
	if (!object->p)
		stress_object_make(actor, object, GFP_ATOMIC | __GFP_NOWARN);
	else if (stress_random(actor, 4))
		stress_object_end(actor, object);
	else
		stress_object_trade(actor, object, GFP_ATOMIC | __GFP_NOWARN);
}

/* Half a tick to one and a half. */
static ktime_t stress_timer_period(struct stress_actor *actor)
{
	u64 us = stress_tick_us / 2 + stress_random(actor, stress_tick_us);

	return ns_to_ktime(us * NSEC_PER_USEC);
}

static enum hrtimer_restart stress_timer_tick(struct hrtimer *hrtimer)
{
	struct stress_timer *timer = container_of(hrtimer, struct stress_timer, timer);
	struct stress_actor *actor = &timer->actor;
	unsigned int i;

	if (!stress_random(actor, 64))
		stress_actor_phase(actor, stress_random(actor, 4));
	for (i = 0; i < STRESS_TICK_STEPS; i++)
		stress_timer_step(actor, &timer->object[stress_random(actor, STRESS_TICK_OBJECTS)]);
	WRITE_ONCE(actor->tally.ticks, actor->tally.ticks + 1);
	hrtimer_forward_now(hrtimer, stress_timer_period(actor));
	return HRTIMER_RESTART;
}

static void stress_timer_start(struct stress_timer *timer)
{
	hrtimer_start(&timer->timer, stress_timer_period(&timer->actor), timer->mode);
}

static void stress_timer_init(struct stress_timer *timer, bool hard, u64 stream)
{
	timer->mode = hard && !IS_ENABLED(CONFIG_PREEMPT_RT) ? HRTIMER_MODE_REL_PINNED_HARD :
							       HRTIMER_MODE_REL_PINNED_SOFT;
	stress_actor_init(&timer->actor, stream);
	kpool_compat_hrtimer_setup(&timer->timer, stress_timer_tick, timer->mode);
	stress_timer_start(timer);
}

/* Their sequences come after those of the threads. */
struct stress_ticker *stress_ticker_start(unsigned int thread)
{
	struct stress_ticker *ticker = kpool_zalloc_obj(struct stress_ticker, GFP_KERNEL);

	if (!ticker)
		return NULL;
	stress_timer_init(&ticker->hard, true, STRESS_THREADS_MAX + 2 * thread);
	stress_timer_init(&ticker->soft, false, STRESS_THREADS_MAX + 2 * thread + 1);
	return ticker;
}

void stress_ticker_move(struct stress_ticker *ticker)
{
	hrtimer_cancel(&ticker->hard.timer);
	hrtimer_cancel(&ticker->soft.timer);
	stress_timer_start(&ticker->hard);
	stress_timer_start(&ticker->soft);
}

static bool stress_timer_enough(const struct stress_timer *timer)
{
	return READ_ONCE(timer->actor.tally.ticks) >= STRESS_TICKS_MIN;
}

void stress_ticker_wait(struct stress_ticker *ticker)
{
	while (!stress_timer_enough(&ticker->hard) || !stress_timer_enough(&ticker->soft))
		usleep_range(stress_tick_us, 2 * stress_tick_us);
}

static void stress_timer_stop(struct stress_timer *timer, struct stress_tally *tally)
{
	unsigned int i;

	hrtimer_cancel(&timer->timer);
	for (i = 0; i < STRESS_TICK_OBJECTS; i++)
		if (timer->object[i].p)
			stress_object_end(&timer->actor, &timer->object[i]);
	stress_tally_add(tally, &timer->actor.tally);
}

void stress_ticker_stop(struct stress_ticker *ticker, struct stress_tally *tally)
{
	stress_timer_stop(&ticker->hard, tally);
	stress_timer_stop(&ticker->soft, tally);
	kpool_free(ticker);
}
