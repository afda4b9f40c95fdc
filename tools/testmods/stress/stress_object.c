// SPDX-License-Identifier: GPL-2.0
/* An object's life: allocated, filled, handed over, resized, verified, freed, in all the ways. */
#include <linux/nodemask.h>
#include <linux/string.h>

#include <kpool_inline.h>

#include "contents.h"
#include "stress.h"

#define STRESS_SHELVES		256

/* A size that the compiler knows, for what is inlined. */
#define STRESS_CONST_SIZE	72

/* Those of one phase. */
#define STRESS_SMALL		128

#define STRESS_WARM_UP		16

/* An object that is handed over is described by a letter, which is a block, too. */
static struct stress_object *stress_shelf[STRESS_SHELVES];

/* Seeds that are much alike take some steps to part. */
void stress_actor_init(struct stress_actor *actor, u64 stream)
{
	unsigned int i;

	prandom_seed_state(&actor->rnd, stress_seed + (stream << 32));
	for (i = 0; i < STRESS_WARM_UP; i++)
		prandom_u32_state(&actor->rnd);
	stress_actor_phase(actor, 1);
}

/* Small ones, all, and those of one size: pools change their classes between. */
void stress_actor_phase(struct stress_actor *actor, unsigned int phase)
{
	switch (phase % 4) {
	case 0:
		actor->size_min = 1 + stress_random(actor, KPOOL_MAX_SIZE);
		actor->size_span = 1;
		break;
	case 2:
		actor->size_min = 1;
		actor->size_span = KPOOL_MAX_SIZE;
		break;
	default:
		actor->size_min = 1;
		actor->size_span = STRESS_SMALL;
	}
	actor->size_min = min(actor->size_min, stress_max_size);
	actor->size_span = min(actor->size_span, stress_max_size + 1 - actor->size_min);
}

/* Small mostly; now and then one that kmalloc() serves. */
u32 stress_size(struct stress_actor *actor)
{
	if (!stress_random(actor, 256))
		return 1 + stress_random(actor, stress_max_size);
	return actor->size_min + stress_random(actor, actor->size_span);
}

void stress_look_at(const void *p, u32 size, u32 tag, const char *heap)
{
	if (unlikely(!contents_intact(p, size, tag)))
		stress_found(STRESS_INTACT, "%u bytes of heap %s changed", size, heap);
}

static int stress_node(struct stress_actor *actor)
{
	return next_node_in(stress_random(actor, nr_node_ids), node_states[N_MEMORY]);
}

static void *stress_object_alloc(struct stress_actor *actor, struct stress_object *object,
				 gfp_t gfp)
{
	struct kpool_heap *heap = stress_heap[object->heap];
	u32 way = stress_random(actor, 8);

	if (heap && way)
		return kpool_heap_alloc(heap, object->size, gfp);
	if (heap)
		return kpool_heap_alloc_node(heap, object->size, gfp, stress_node(actor));
	switch (way) {
	case 0:
		return kpool_alloc_node(object->size, gfp, stress_node(actor));
	case 1:
		return kpool_alloc_inline(object->size, gfp);
	case 2:
		object->size = STRESS_CONST_SIZE;
		return kpool_alloc_inline(STRESS_CONST_SIZE, gfp);
	default:
		return kpool_alloc(object->size, gfp);
	}
}

bool stress_object_make(struct stress_actor *actor, struct stress_object *object, gfp_t gfp)
{
	object->heap = stress_heap_any(actor);
	object->size = stress_size(actor);
	object->tag = prandom_u32_state(&actor->rnd);
	object->p = stress_object_alloc(actor, object, gfp);
	if (unlikely(!object->p)) {
		actor->tally.refused++;
		return false;
	}
	actor->tally.allocs++;
	if (gfp & __GFP_ZERO && memchr_inv(object->p, 0, object->size))
		stress_found(STRESS_INTACT, "%u bytes of heap %s are not zero", object->size,
			     stress_heap_name(object->heap));
	contents_fill(object->p, object->size, object->tag);
	return true;
}

static void stress_object_check(const struct stress_object *object)
{
	stress_look_at(object->p, object->size, object->tag, stress_heap_name(object->heap));
}

static void stress_object_free_sized(const struct stress_object *object)
{
	struct kpool_heap *heap = stress_heap[object->heap];

	if (heap)
		kpool_heap_free_sized(heap, object->p, object->size);
	else if (object->size == STRESS_CONST_SIZE)
		kpool_free_sized_inline(object->p, STRESS_CONST_SIZE);
	else
		kpool_free_sized(object->p, object->size);
}

static void stress_object_free_rcu(struct stress_actor *actor, const struct stress_object *object)
{
	if (object->size < sizeof(struct rcu_head)) {
		kpool_free(object->p);
		return;
	}
	kpool_rcu_free(object->p, object->p);
	actor->tally.rcu++;
}

void stress_object_end(struct stress_actor *actor, struct stress_object *object)
{
	struct kpool_heap *heap = stress_heap[object->heap];

	stress_object_check(object);
	switch (stress_random(actor, 32)) {
	case 0:
		stress_object_free_rcu(actor, object);
		break;
	case 1:
		kpool_free_sensitive(object->p);
		break;
	case 2 ... 9:
		stress_object_free_sized(object);
		break;
	case 10 ... 17:
		if (heap)
			kpool_heap_free(heap, object->p);
		else
			kpool_free_inline(object->p);
		break;
	default:
		kpool_free(object->p);
	}
	object->p = NULL;
	actor->tally.frees++;
}

void stress_object_resize(struct stress_actor *actor, struct stress_object *object)
{
	struct kpool_heap *heap = stress_heap[object->heap];
	u32 size = stress_size(actor);
	void *p = heap ? kpool_heap_realloc(heap, object->p, size, GFP_KERNEL) :
			 kpool_realloc(object->p, size, GFP_KERNEL);

	if (unlikely(!p)) {
		actor->tally.refused++;
		return;
	}
	object->p = p;
	object->size = min(size, object->size);
	stress_object_check(object);
	object->size = size;
	contents_fill(p, size, object->tag);
	actor->tally.resizes++;
}

void stress_object_trade(struct stress_actor *actor, struct stress_object *object, gfp_t gfp)
{
	struct stress_object *letter = kpool_alloc_obj(struct stress_object, gfp);
	u32 i = stress_random(actor, STRESS_SHELVES);

	if (unlikely(!letter)) {
		actor->tally.refused++;
		return;
	}
	actor->tally.allocs++;
	actor->tally.trades++;
	*letter = *object;
	object->p = NULL;
	letter = xchg(&stress_shelf[i], letter);
	if (!letter)
		return;
	*object = *letter;
	kpool_free(letter);
	actor->tally.frees++;
}

void stress_shelves_clear(struct stress_actor *actor)
{
	unsigned int i;

	for (i = 0; i < STRESS_SHELVES; i++) {
		if (!stress_shelf[i])
			continue;
		stress_object_end(actor, stress_shelf[i]);
		kpool_free(stress_shelf[i]);
		stress_shelf[i] = NULL;
		actor->tally.frees++;
	}
}
