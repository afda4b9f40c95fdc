// SPDX-License-Identifier: GPL-2.0
/*
 * exhaust=1: allocate and hold blocks until no memory is left for any user. Then keep one
 * of STRESS_KEEP_ONE_OF blocks and free the others, so that kpool returns pools. The module
 * stays loaded, and checks the kept blocks when it is removed.
 */
#include <linux/bits.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "contents.h"
#include "stress.h"

/*
 * Freed when no memory is left. The kernel's own threads need memory, too: the kernel kills
 * processes for it, and panics if there is no process to kill.
 */
#define STRESS_CUSHION		SZ_4M

/* One of this many blocks is kept. */
#define STRESS_KEEP_ONE_OF	16

#define STRESS_EXHAUST_REPORT	(BIT(STRESS_DONE) | BIT(STRESS_INTACT) | BIT(STRESS_SUMS) | \
				 BIT(STRESS_VALID))
#define STRESS_EXHAUST_END	(BIT(STRESS_INTACT) | BIT(STRESS_FREED) | BIT(STRESS_SUMS) | \
				 BIT(STRESS_VALID) | BIT(STRESS_SOUND) | BIT(STRESS_PAGES))

/* A list of the held blocks, inside the blocks. */
struct stress_held {
	struct stress_held *next;
	u32 size;	/* bytes of @contents */
	u32 tag;
	u8 contents[] __aligned(sizeof(long));
};

static struct stress_held *stress_held;
static struct churn_actor stress_exhaust_actor;

/* Fail early, so that the kernel kills no process for the request. */
static struct stress_held *stress_exhaust_alloc(struct churn_actor *actor)
{
	u32 size = 1 + churn_random(actor, KPOOL_MAX_SIZE - sizeof(struct stress_held));
	struct stress_held *held = kpool_alloc(struct_size(held, contents, size),
					       GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);

	if (!held)
		return NULL;
	held->size = size;
	held->tag = prandom_u32_state(&actor->rnd);
	contents_fill(held->contents, size, held->tag);
	return held;
}

static void stress_exhaust_fill(struct churn_actor *actor)
{
	void *cushion = vmalloc(STRESS_CUSHION);
	struct stress_held *held;

	while ((held = stress_exhaust_alloc(actor))) {
		actor->tally.allocs++;
		held->next = stress_held;
		stress_held = held;
		cond_resched();
	}
	vfree(cushion);
}

/* Check all held blocks, and free all except one of @keep; 0: free all. */
static void stress_exhaust_free(struct churn_actor *actor, unsigned int keep)
{
	struct stress_held **link = &stress_held, *held;

	while ((held = *link)) {
		churn_check(&stress_churn, held->contents, held->size, held->tag, "default");
		cond_resched();
		if (keep && !churn_random(actor, keep)) {
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
	struct churn_actor *actor = &stress_exhaust_actor;
	int err;

	stress_note("kpool_stress exhaust=1 seed=%llu", stress_churn.seed);
	churn_actor_init(actor, &stress_churn, 0);
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
	struct churn_actor *actor = &stress_exhaust_actor;

	stress_exhaust_note("before the rest is freed");
	stress_exhaust_free(actor, 0);
	stress_heap_end();
	stress_note("%lu allocations, %lu frees", actor->tally.allocs, actor->tally.frees);
	if (actor->tally.allocs != actor->tally.frees)
		stress_found(STRESS_FREED, "not as many as allocated");
	stress_report(STRESS_EXHAUST_END);
}
