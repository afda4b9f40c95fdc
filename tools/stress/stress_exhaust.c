// SPDX-License-Identifier: GPL-2.0
/*
 * exhaust=1: blocks are allocated and held until there is no memory any more,
 * whoever else wants it. Then all but a few here and there are freed, so that
 * what goes back goes in pools, and the module stays loaded: the few must be
 * intact when it is removed, whatever memory was wanted in between.
 */
#include <linux/bits.h>
#include <linux/sched.h>

#include "contents.h"
#include "stress.h"

/*
 * So many refusals in a row. Others should not be without memory for long: the
 * kernel's own threads, too, have somebody killed for theirs.
 */
#define STRESS_REFUSALS		4

/* Of so many blocks one is kept. */
#define STRESS_KEEP_ONE_OF	16

#define STRESS_EXHAUST_REPORT	(BIT(STRESS_DONE) | BIT(STRESS_INTACT) | BIT(STRESS_SUMS) | \
				 BIT(STRESS_VALID))
#define STRESS_EXHAUST_END	(BIT(STRESS_INTACT) | BIT(STRESS_FREED) | BIT(STRESS_SUMS) | \
				 BIT(STRESS_VALID) | BIT(STRESS_SOUND) | BIT(STRESS_PAGES))

/* Held blocks make a list, which takes no memory of its own. */
struct stress_held {
	struct stress_held *next;
	u32 size;	/* of the contents */
	u32 tag;
	u8 contents[] __aligned(sizeof(long));
};

static struct stress_held *stress_held;
static struct stress_actor stress_exhaust_actor;

/* Has nobody killed: in the end there would be nobody left. */
static struct stress_held *stress_exhaust_alloc(struct stress_actor *actor)
{
	u32 size = 1 + stress_random(actor, KPOOL_MAX_SIZE - sizeof(struct stress_held));
	struct stress_held *held = kpool_alloc(struct_size(held, contents, size),
					       GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);

	if (!held)
		return NULL;
	held->size = size;
	held->tag = prandom_u32_state(&actor->rnd);
	contents_fill(held->contents, size, held->tag);
	return held;
}

static void stress_exhaust_fill(struct stress_actor *actor)
{
	unsigned int refusals = 0;

	while (refusals < STRESS_REFUSALS) {
		struct stress_held *held = stress_exhaust_alloc(actor);

		cond_resched();
		if (!held) {
			actor->tally.refused++;
			refusals++;
			continue;
		}
		refusals = 0;
		actor->tally.allocs++;
		held->next = stress_held;
		stress_held = held;
	}
}

/* Checks all that are held, and frees them but for one of @keep; 0: all. */
static void stress_exhaust_free(struct stress_actor *actor, unsigned int keep)
{
	struct stress_held **link = &stress_held, *held;

	while ((held = *link)) {
		stress_look_at(held->contents, held->size, held->tag, "default");
		cond_resched();
		if (keep && !stress_random(actor, keep)) {
			link = &held->next;
			continue;
		}
		*link = held->next;
		kpool_free(held);
		actor->tally.frees++;
	}
}

static void stress_exhaust_note(const char *when)
{
	struct kpool_stats s;

	kpool_heap_stats(NULL, &s);
	stress_note("%s: %llu blocks out, %llu bytes in %llu arenas, %llu pools returned", when,
		    s.blocks_used, s.bytes, s.arenas, s.pools_returned);
	stress_note("%s: %llu requests fell back", when, s.fallbacks);
}

int stress_exhaust_start(void)
{
	struct stress_actor *actor = &stress_exhaust_actor;
	int err;

	stress_note("kpool_stress exhaust=1 seed=%llu", stress_seed);
	stress_actor_init(actor, 0);
	stress_heap_begin();
	stress_exhaust_fill(actor);
	stress_exhaust_note("no memory left");
	stress_exhaust_free(actor, STRESS_KEEP_ONE_OF);
	stress_exhaust_note("most of it freed");
	if (!actor->tally.frees)
		stress_found(STRESS_DONE, "nothing was freed");
	stress_heap_check(NULL, "default");
	err = stress_report(STRESS_EXHAUST_REPORT);
	if (err)
		stress_exhaust_free(actor, 0);
	return err;
}

void stress_exhaust_stop(void)
{
	struct stress_actor *actor = &stress_exhaust_actor;

	stress_exhaust_note("before the rest is freed");
	stress_exhaust_free(actor, 0);
	stress_heap_end();
	stress_note("%lu allocations, %lu frees, %lu refused", actor->tally.allocs,
		    actor->tally.frees, actor->tally.refused);
	stress_report(STRESS_EXHAUST_END);
}
