/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the stress module share: parameters, findings, objects, actors. */
#ifndef KPOOL_STRESS_H
#define KPOOL_STRESS_H

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/prandom.h>
#include <linux/printk.h>
#include <linux/types.h>

#include <kpool.h>

#define STRESS_THREADS_MAX	256

/* Module parameters. */
extern unsigned long long stress_ops;
extern unsigned long long stress_seed;
extern unsigned int stress_threads;
extern unsigned int stress_live;
extern unsigned int stress_max_size;
extern unsigned int stress_tick_us;
extern bool stress_plentiful;

/* Prints a line for the reader of the log, which parsers pass over. */
#define stress_note(fmt, ...)	pr_info("# " fmt "\n", ##__VA_ARGS__)

/*
 * What must hold at the end, in the order of the results: whatever speaks
 * against it is reported and counted when it is found.
 */
#define STRESS_PROPERTIES(X)			\
	X(DONE, all_operations_done)		\
	X(KINDS, every_kind_of_operation_done)	\
	X(INTACT, contents_intact)		\
	X(FREED, every_object_freed)		\
	X(SUMS, statistics_add_up)		\
	X(VALID, heaps_validate)		\
	X(SOUND, no_corruption_reported)	\
	X(PAGES, all_pages_back)		\
	X(MEMORY, memory_always_sufficed)

#define STRESS_PROPERTY(id, name)	STRESS_##id,
enum stress_property { STRESS_PROPERTIES(STRESS_PROPERTY) STRESS_NR_PROPERTIES };
#undef STRESS_PROPERTY

/* Reports something that speaks against a property, from any context. */
#define stress_found(property, fmt, ...)					\
do {										\
	if (stress_count_finding(property))					\
		stress_note("%s: " fmt, __func__, ##__VA_ARGS__);		\
} while (0)
bool stress_count_finding(enum stress_property property);

/* Prints a KTAP document with the results of the properties in @mask. Return: 0 or -EINVAL. */
int stress_report(unsigned long mask);

/* What an actor did: what must have been done once, and what may. */
#define STRESS_TALLY_MUST(X)							\
	X(allocs, "allocations") X(frees, "frees")				\
	X(resizes, "reallocations") X(trades, "handed over")			\
	X(rcu, "freed by RCU") X(looks, "read under RCU")			\
	X(bulks, "in bulk") X(sections, "atomic sections")			\
	X(heaps, "heaps made and destroyed") X(shrinks, "shrinks")		\
	X(validates, "validations") X(sums, "statistics read")			\
	X(moves, "timers moved") X(ticks, "interrupts")
#define STRESS_TALLY_MAY(X)							\
	X(left, "left to their heap's end") X(refused, "refused")

#define STRESS_TALLY_FIELD(name, text)	unsigned long name;
struct stress_tally {
	STRESS_TALLY_MUST(STRESS_TALLY_FIELD)
	STRESS_TALLY_MAY(STRESS_TALLY_FIELD)
};
#undef STRESS_TALLY_FIELD

/**
 * struct stress_actor - a thread's, or a timer's, own
 * @rnd: a sequence that only the seed and the actor's number decide
 * @tally: what it did
 * @size_min: the smallest size that it asks for at present
 * @size_span: so many sizes from there on. Now and then it asks for any
 */
struct stress_actor {
	struct rnd_state rnd;
	struct stress_tally tally;
	u32 size_min;
	u32 size_span;
};

void stress_actor_init(struct stress_actor *actor, u64 stream);
/* Asks for other sizes from now on. */
void stress_actor_phase(struct stress_actor *actor, unsigned int phase);

static inline u32 stress_random(struct stress_actor *actor, u32 below)
{
	return reciprocal_scale(prandom_u32_state(&actor->rnd), below);
}

/**
 * struct stress_object - what is known of a block that somebody holds
 * @p: the block; NULL: none
 * @size: that was asked for last
 * @tag: of its contents
 * @heap: number of its heap, see stress_heap
 */
struct stress_object {
	void *p;
	u32 size;
	u32 tag;
	u8 heap;
};

/* Return: whether there was memory. */
bool stress_object_make(struct stress_actor *actor, struct stress_object *object, gfp_t gfp);
void stress_object_end(struct stress_actor *actor, struct stress_object *object);
void stress_object_resize(struct stress_actor *actor, struct stress_object *object);
/* Leaves it to whoever looks there next, and takes what is there. */
void stress_object_trade(struct stress_actor *actor, struct stress_object *object, gfp_t gfp);
void stress_shelves_clear(struct stress_actor *actor);
/* Checks contents that somebody wrote before. */
void stress_look_at(const void *p, u32 size, u32 tag, const char *heap);
u32 stress_size(struct stress_actor *actor);

/* The heaps that all use. 0 is the default heap, which is NULL. */
#define STRESS_HEAPS_MAX	16
extern struct kpool_heap *stress_heap[STRESS_HEAPS_MAX];
int stress_heaps_start(void);
void stress_heaps_stop(void);
u8 stress_heap_any(struct stress_actor *actor);
const char *stress_heap_name(u8 heap);
/* Makes a heap, uses it, and destroys it. */
void stress_heap_life(struct stress_actor *actor);
/* The default heap is as it was when this begins, when it ends. */
void stress_heap_begin(void);
void stress_heap_end(void);
void stress_heap_check(struct kpool_heap *heap, const char *name);
/* The same of any that all use. */
void stress_heap_validate(struct stress_actor *actor);
void stress_heap_sums(struct stress_actor *actor);
void stress_heap_shrink(struct stress_actor *actor);

/* Where atomic callers are: interrupts off, preemption off, a lock held. */
void stress_section(struct stress_actor *actor);
void stress_bulk(struct stress_actor *actor);

/* Objects that readers look at while others replace and free them. */
void stress_rcu_replace(struct stress_actor *actor);
void stress_rcu_look(struct stress_actor *actor);
void stress_rcu_clear(struct stress_actor *actor);

/* Timers that interrupt threads and do the same as these, one hard and one soft for each. */
struct stress_ticker;
struct stress_ticker *stress_ticker_start(unsigned int thread);
/* Goes on where the caller is. */
void stress_ticker_move(struct stress_ticker *ticker);
/* Waits until the timers interrupted often enough. */
void stress_ticker_wait(struct stress_ticker *ticker);
void stress_ticker_stop(struct stress_ticker *ticker, struct stress_tally *tally);

/* Runs the threads to their end. */
int stress_threads_run(struct stress_tally *total);
void stress_tally_add(struct stress_tally *total, const struct stress_tally *tally);

/* Takes all memory there is, and gives most of it back; the rest at the end. */
int stress_exhaust_start(void);
void stress_exhaust_stop(void);

#endif /* KPOOL_STRESS_H */
