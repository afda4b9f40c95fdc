// SPDX-License-Identifier: GPL-2.0
/* Objects that stay what they are for as long as somebody may look at them. */
#include <linux/rcupdate.h>

#include "contents.h"
#include "stress.h"

#define STRESS_PUBLISHED	16

struct stress_published {
	struct rcu_head rcu;
	u32 size;	/* of the contents */
	u32 tag;
	u8 heap;
	u8 contents[] __aligned(sizeof(long));
};

static struct stress_published __rcu *stress_published[STRESS_PUBLISHED];

static struct stress_published *stress_rcu_make(struct stress_actor *actor)
{
	u8 number = stress_heap_any(actor);
	struct kpool_heap *heap = stress_heap[number];
	u32 size = stress_size(actor);
	struct stress_published *new;

	new = heap ? kpool_heap_alloc(heap, struct_size(new, contents, size), GFP_KERNEL) :
		     kpool_alloc(struct_size(new, contents, size), GFP_KERNEL);
	if (!new) {
		actor->tally.refused++;
		return NULL;
	}
	actor->tally.allocs++;
	new->heap = number;
	new->size = size;
	new->tag = prandom_u32_state(&actor->rnd);
	contents_fill(new->contents, size, new->tag);
	return new;
}

static void stress_rcu_drop(struct stress_actor *actor, struct stress_published *old)
{
	if (!old)
		return;
	if (stress_random(actor, 16))
		kpool_free_rcu(old, rcu);
	else
		kpool_free_rcu_mightsleep(old);
	actor->tally.frees++;
	actor->tally.rcu++;
}

void stress_rcu_replace(struct stress_actor *actor)
{
	struct stress_published *new = stress_rcu_make(actor);
	u32 i = stress_random(actor, STRESS_PUBLISHED);

	stress_rcu_drop(actor, unrcu_pointer(xchg(&stress_published[i], RCU_INITIALIZER(new))));
}

void stress_rcu_look(struct stress_actor *actor)
{
	struct stress_published *seen;

	rcu_read_lock();
	seen = rcu_dereference(stress_published[stress_random(actor, STRESS_PUBLISHED)]);
	if (seen)
		stress_look_at(seen->contents, seen->size, seen->tag,
			       stress_heap_name(seen->heap));
	rcu_read_unlock();
	actor->tally.looks++;
}

void stress_rcu_clear(struct stress_actor *actor)
{
	unsigned int i;

	for (i = 0; i < STRESS_PUBLISHED; i++)
		stress_rcu_drop(actor, unrcu_pointer(xchg(&stress_published[i], NULL)));
	kpool_rcu_barrier();
}
