// SPDX-License-Identifier: GPL-2.0
/* Heaps of each kind: those that all use, and those that come and go meanwhile. */
#include <linux/delay.h>
#include <linux/err.h>

#include "contents.h"
#include "stress.h"

#define STRESS_LIFE_OBJECTS	256

/* A shrink misses what a CPU holds that is just going offline, or a drain is bringing home. */
#define STRESS_SHRINKS_MAX	50
#define STRESS_SHRINK_MS	100

/* How often they are used, of 256. What is left is the default heap's. */
static const struct {
	const char *name;
	unsigned int flags;
	unsigned int share;
} stress_kind[] = {
	{ "plain", 0, 40 },
	{ "pinned", KPOOL_HEAP_PIN_CLASSES, 40 },
	{ "region", KPOOL_HEAP_REGION, 20 },
	{ "pinned-region", KPOOL_HEAP_PIN_CLASSES | KPOOL_HEAP_REGION, 20 },
	{ "typesafe", KPOOL_HEAP_TYPESAFE_RCU, 20 },
	{ "random", KPOOL_HEAP_RANDOM, 20 },
	{ "charged", IS_ENABLED(CONFIG_MEMCG) ? KPOOL_HEAP_ACCOUNT : 0, 20 },
	{ "debug", KPOOL_HEAP_DEBUG, 1 },
	{ "debug-region", KPOOL_HEAP_DEBUG | KPOOL_HEAP_REGION, 1 },
};

static_assert(ARRAY_SIZE(stress_kind) < STRESS_HEAPS_MAX);

/* Number n is of kind n - 1. */
struct kpool_heap *stress_heap[STRESS_HEAPS_MAX];

static struct kpool_stats stress_default_before;
static atomic_t stress_heap_number;

const char *stress_heap_name(u8 heap)
{
	return heap ? stress_kind[heap - 1].name : "default";
}

u8 stress_heap_any(struct stress_actor *actor)
{
	u32 draw = stress_random(actor, 256);
	u8 i;

	for (i = 0; i < ARRAY_SIZE(stress_kind); i++) {
		if (draw < stress_kind[i].share)
			return i + 1;
		draw -= stress_kind[i].share;
	}
	return 0;
}

static struct kpool_heap *stress_heap_create(const char *name, unsigned int kind)
{
	struct kpool_heap_attr attr = { .flags = stress_kind[kind].flags };

	return kpool_heap_create(name, &attr);
}

static void stress_check_sums(struct kpool_heap *heap, const char *name, struct kpool_stats *s)
{
	kpool_heap_stats(heap, s);
	if (s->bytes_used + s->bytes_cached + s->bytes_free + s->bytes_tail + s->bytes_header +
	    s->bytes_returned != s->arenas * s->arena_size)
		stress_found(STRESS_SUMS, "heap %s: the bytes are not those of %llu arenas", name,
			     s->arenas);
	if (s->bytes != s->arenas * s->arena_size - s->bytes_returned)
		stress_found(STRESS_SUMS, "heap %s: %llu bytes", name, s->bytes);
	if (s->arenas_created - s->arenas_released != s->arenas)
		stress_found(STRESS_SUMS, "heap %s: %llu arenas made, %llu gone, %llu there",
			     name, s->arenas_created, s->arenas_released, s->arenas);
}

static void stress_check_valid(struct kpool_heap *heap, const char *name)
{
	int err = kpool_heap_validate(heap);

	/* Without memory it checks nothing. */
	if (err && err != -ENOMEM)
		stress_found(STRESS_VALID, "heap %s: %pe", name, ERR_PTR(err));
}

/* Shrinks until nothing is left but what @before has, which others hold. */
static void stress_check_pages(struct kpool_heap *heap, const char *name,
			       const struct kpool_stats *before)
{
	struct kpool_stats s;
	unsigned int i;

	for (i = 0; i < STRESS_SHRINKS_MAX; i++) {
		if (i)
			msleep(STRESS_SHRINK_MS);
		kpool_heap_shrink(heap);
		stress_check_sums(heap, name, &s);
		if (s.blocks_used <= before->blocks_used && s.bytes <= before->bytes)
			break;
	}
	if (s.blocks_used > before->blocks_used)
		stress_found(STRESS_FREED, "heap %s: %llu blocks out, %llu before", name,
			     s.blocks_used, before->blocks_used);
	if (s.bytes > before->bytes)
		stress_found(STRESS_PAGES, "heap %s: %llu bytes in %llu arenas, %llu before", name,
			     s.bytes, s.arenas, before->bytes);
	stress_check_valid(heap, name);
	if (s.corruptions != before->corruptions || s.quarantined != before->quarantined)
		stress_found(STRESS_SOUND, "heap %s: %llu corruptions, %llu blocks quarantined",
			     name, s.corruptions - before->corruptions,
			     s.quarantined - before->quarantined);
	if (stress_plentiful && s.fallbacks != before->fallbacks)
		stress_found(STRESS_MEMORY, "heap %s: %llu requests fell back", name,
			     s.fallbacks - before->fallbacks);
}

void stress_heap_check(struct kpool_heap *heap, const char *name)
{
	struct kpool_stats s;

	stress_check_sums(heap, name, &s);
	stress_check_valid(heap, name);
}

/* What of the default heap is others' stays out of it. */
void stress_heap_begin(void)
{
	kpool_rcu_barrier();
	kpool_heap_shrink(NULL);
	kpool_heap_stats(NULL, &stress_default_before);
}

void stress_heap_end(void)
{
	kpool_rcu_barrier();
	stress_check_pages(NULL, stress_heap_name(0), &stress_default_before);
}

int stress_heaps_start(void)
{
	struct kpool_heap *heap;
	unsigned int i;

	stress_heap_begin();
	for (i = 0; i < ARRAY_SIZE(stress_kind); i++) {
		heap = stress_heap_create(stress_kind[i].name, i);
		if (PTR_ERR(heap) == -EOPNOTSUPP) {
			stress_note("no %s heaps: the default heap instead", stress_kind[i].name);
			continue;
		}
		if (IS_ERR(heap)) {
			pr_err("kpool_stress: no heap %s: %pe\n", stress_kind[i].name, heap);
			while (i)
				kpool_heap_destroy(stress_heap[i--]);
			/* For module_init(). */
			return heap == ERR_PTR(-EEXIST) ? -EBUSY : PTR_ERR(heap);
		}
		stress_heap[i + 1] = heap;
	}
	return 0;
}

void stress_heaps_stop(void)
{
	static const struct kpool_stats nothing;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stress_kind); i++) {
		struct kpool_heap *heap = stress_heap[i + 1];

		if (!heap)
			continue;
		stress_check_pages(heap, stress_kind[i].name, &nothing);
		kpool_heap_destroy(heap);
	}
	stress_heap_end();
}

static void stress_life_use(struct stress_actor *actor, struct kpool_heap *heap, const char *name,
			    unsigned int nr, bool leave)
{
	struct stress_object *object = kpool_calloc(nr, sizeof(*object), GFP_KERNEL), *o;

	if (!object) {
		actor->tally.refused++;
		return;
	}
	for (o = object; o < object + nr; o++) {
		o->size = stress_size(actor);
		o->tag = prandom_u32_state(&actor->rnd);
		o->p = kpool_heap_alloc(heap, o->size, GFP_KERNEL);
		actor->tally.allocs += !!o->p;
		actor->tally.refused += !o->p;
		if (o->p)
			contents_fill(o->p, o->size, o->tag);
	}
	for (o = object; o < object + nr; o++) {
		if (!o->p)
			continue;
		stress_look_at(o->p, o->size, o->tag, name);
		if (leave && stress_random(actor, 2)) {
			actor->tally.left++;
			continue;
		}
		kpool_heap_free(heap, o->p);
		actor->tally.frees++;
	}
	kpool_free(object);
}

void stress_heap_life(struct stress_actor *actor)
{
	unsigned int kind = stress_random(actor, ARRAY_SIZE(stress_kind));
	unsigned int nr = 1 + stress_random(actor, STRESS_LIFE_OBJECTS);
	struct kpool_stats s;
	struct kpool_heap *heap;
	char name[32];

	snprintf(name, sizeof(name), "short-%u", atomic_inc_return(&stress_heap_number));
	heap = stress_heap_create(name, kind);
	if (IS_ERR(heap)) {
		actor->tally.refused += PTR_ERR(heap) == -ENOMEM;
		return;
	}
	stress_life_use(actor, heap, name, nr, stress_kind[kind].flags & KPOOL_HEAP_REGION);
	stress_check_sums(heap, name, &s);
	if (s.corruptions)
		stress_found(STRESS_SOUND, "heap %s: %llu corruptions", name, s.corruptions);
	kpool_heap_destroy(heap);
	actor->tally.heaps++;
}

void stress_heap_validate(struct stress_actor *actor)
{
	u8 heap = stress_heap_any(actor);

	stress_check_valid(stress_heap[heap], stress_heap_name(heap));
	actor->tally.validates++;
}

void stress_heap_sums(struct stress_actor *actor)
{
	u8 heap = stress_heap_any(actor);
	struct kpool_stats s;

	stress_check_sums(stress_heap[heap], stress_heap_name(heap), &s);
	actor->tally.sums++;
}

void stress_heap_shrink(struct stress_actor *actor)
{
	kpool_heap_shrink(stress_heap[stress_heap_any(actor)]);
	actor->tally.shrinks++;
}
