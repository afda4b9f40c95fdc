/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random workload of the kernel tests, through kpool's public headers. Actors allocate, fill,
 * resize, hand over, verify and free objects in every way that kpool has. The KUnit suites link
 * churn.c (load.h); the stress test module includes it.
 */
#ifndef KPOOL_CHURN_H
#define KPOOL_CHURN_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include <kpool.h>

#define CHURN_SHELVES		256
#define CHURN_PUBLISHED		16
#define CHURN_SHARES		256	/* sum of the shares of all heaps */

/**
 * struct churn_heap - a heap that actors use
 * @name: name in reports
 * @heap: NULL for the default heap
 * @flags: KPOOL_HEAP_* of the heap
 * @share: frequency of its use, of CHURN_SHARES. The last heap of a table takes the rest
 */
struct churn_heap {
	const char *name;
	struct kpool_heap *heap;
	unsigned int flags;
	unsigned int share;
};

/**
 * struct churn_object - an actor's record of a block
 * @p: the block, or NULL
 * @heap: the heap that served it
 * @size: last requested size
 * @tag: tag of its contents
 */
struct churn_object {
	void *p;
	const struct churn_heap *heap;
	u32 size;
	u32 tag;
};

/**
 * struct churn - state that actors share
 * @seed: seed of all random sequences
 * @max_size: bytes of the largest objects
 * @heap: table of heaps
 * @shelf: objects left by one actor for another. A letter, which is a block too, describes each
 * @published: objects with RCU readers
 * @changed: number of objects with unexpected contents
 */
struct churn {
	u64 seed;
	u32 max_size;
	const struct churn_heap *heap;
	struct churn_object *shelf[CHURN_SHELVES];
	struct churn_published __rcu *published[CHURN_PUBLISHED];
	atomic_long_t changed;
};

/* Counts of an actor's operations. A stress test requires those of the first list to be above 0. */
#define CHURN_TALLY_MUST(X)							\
	X(allocs, "allocations") X(frees, "frees")				\
	X(resizes, "reallocations") X(trades, "handed over")			\
	X(rcu, "freed by RCU") X(looks, "read under RCU")			\
	X(bulks, "in bulk") X(sections, "atomic sections")			\
	X(heaps, "heaps made and destroyed") X(shrinks, "shrinks")		\
	X(validates, "validations") X(sums, "statistics read")			\
	X(moves, "timers moved") X(ticks, "interrupts")
#define CHURN_TALLY_MAY(X)							\
	X(left, "left to their heap's end") X(refused, "refused")

#define CHURN_TALLY_FIELD(name, text)	unsigned long name;
struct churn_tally {
	CHURN_TALLY_MUST(CHURN_TALLY_FIELD)
	CHURN_TALLY_MAY(CHURN_TALLY_FIELD)
};
#undef CHURN_TALLY_FIELD

void churn_tally_add(struct churn_tally *total, const struct churn_tally *tally);

/**
 * struct churn_actor - a thread, a timer or a test case that uses the heaps
 * @churn: state shared with other actors
 * @rnd: random sequence, determined by the seed and the actor's number
 * @tally: counts of the actor's operations
 * @size_min: smallest size of the current phase
 * @size_span: number of sizes of the current phase
 */
struct churn_actor {
	struct churn *churn;
	struct rnd_state rnd;
	struct churn_tally tally;
	u32 size_min;
	u32 size_span;
};

void churn_actor_init(struct churn_actor *actor, struct churn *churn, u64 stream);
/* Set the actor's range of sizes for @phase. */
void churn_actor_phase(struct churn_actor *actor, unsigned int phase);

static inline u32 churn_random(struct churn_actor *actor, u32 below)
{
	return reciprocal_scale(prandom_u32_state(&actor->rnd), below);
}

u32 churn_size(struct churn_actor *actor);
/* Return random flags for a caller that may sleep. */
gfp_t churn_gfp(struct churn_actor *actor);
const struct churn_heap *churn_heap_any(struct churn_actor *actor);

/* Check the contents against @tag. Count and report an object that differs. */
void churn_check(struct churn *churn, const void *p, u32 size, u32 tag, const char *heap);

/* Allocate and fill an object. Context: any that @gfp allows. Return: true on success. */
bool churn_object_make(struct churn_actor *actor, struct churn_object *object,
		       const struct churn_heap *heap, gfp_t gfp);
/* Verify and free an object. Context: any. */
void churn_object_end(struct churn_actor *actor, struct churn_object *object);

/* Allocate an object, or resize, hand over or free the present one. Context: as @gfp allows. */
void churn_step(struct churn_actor *actor, struct churn_object *object, gfp_t gfp);
/* Allocate an object and free the one that another actor left. Context: any that @gfp allows. */
void churn_exchange(struct churn_actor *actor, gfp_t gfp);

/**
 * struct churn_choice - one of several operations
 * @run: the operation
 * @share: how often it is chosen
 */
struct churn_choice {
	void (*run)(struct churn_actor *actor);
	unsigned int share;
};

/* Run one of @nr choices, with probability share / @all each. Return: false if none was drawn. */
bool churn_run_one(struct churn_actor *actor, const struct churn_choice *choice, unsigned int nr,
		   u32 all);
void churn_run_each(struct churn_actor *actor, const struct churn_choice *choice,
		    unsigned int nr);

/*
 * Rare operations of a thread: an atomic section, bulk requests and frees, and publishing or
 * reading an object under RCU. churn_rare() runs one, churn_rare_each() runs each. May sleep.
 */
void churn_rare(struct churn_actor *actor);
void churn_rare_each(struct churn_actor *actor);

/* Free the objects on shelves and the published objects. May sleep. */
void churn_clear(struct churn_actor *actor);

#define CHURN_TIMER_OBJECTS	16

/**
 * struct churn_timer - an actor that runs in a timer
 * @timer: stays on the CPU that started it
 * @actor: used only by the timer function, while the timer runs
 * @mode: hard or soft; always soft on PREEMPT_RT
 * @period_us: average microseconds between interrupts
 * @object: objects of the actor
 */
struct churn_timer {
	struct hrtimer timer;
	struct churn_actor actor;
	enum hrtimer_mode mode;
	unsigned int period_us;
	struct churn_object object[CHURN_TIMER_OBJECTS];
};

/* The actor's tally counts the timer's ticks. */
void churn_timer_init(struct churn_timer *timer, struct churn *churn, bool hard,
		      unsigned int period_us, u64 stream);
void churn_timer_start(struct churn_timer *timer);
/* Stop the timer and free its objects. */
void churn_timer_stop(struct churn_timer *timer, struct churn_tally *total);

#endif /* KPOOL_CHURN_H */
