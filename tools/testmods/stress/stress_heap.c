// SPDX-License-Identifier: GPL-2.0
/* Heaps of each combination of flags under test: shared ones and short-lived ones. */
#include <linux/delay.h>
#include <linux/err.h>

#include "stress.h"

#define STRESS_LIFE_OBJECTS	256

/* A shrink misses blocks of a CPU that is going offline, and blocks that a drain is moving. */
#define STRESS_SHRINKS_MAX	50
#define STRESS_SHRINK_MS	100

static struct churn_heap stress_heap[] = {
	{ "plain", NULL, 0, 40 },
	{ "pinned", NULL, KPOOL_HEAP_PIN_CLASSES, 40 },
	{ "region", NULL, KPOOL_HEAP_REGION, 20 },
	{ "pinned-region", NULL, KPOOL_HEAP_PIN_CLASSES | KPOOL_HEAP_REGION, 20 },
	{ "typesafe", NULL, KPOOL_HEAP_TYPESAFE_RCU, 20 },
	{ "random", NULL, KPOOL_HEAP_RANDOM, 20 },
	{ "charged", NULL, IS_ENABLED(CONFIG_MEMCG) ? KPOOL_HEAP_ACCOUNT : 0, 20 },
	{ "debug", NULL, KPOOL_HEAP_DEBUG, 1 },
	{ "debug-region", NULL, KPOOL_HEAP_DEBUG | KPOOL_HEAP_REGION, 1 },
	{ "default", NULL, 0, CHURN_SHARES },
};

/* All except the default heap. */
#define STRESS_HEAPS	(ARRAY_SIZE(stress_heap) - 1)

static struct kpool_stats stress_default_before;
static atomic_t stress_heap_number;

static struct kpool_heap *stress_heap_create(const struct churn_heap *heap)
{
	const struct kpool_heap_attr attr = { .flags = heap->flags };

	return kpool_heap_create(heap->name, &attr);
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

	/* Without memory, nothing can be checked. */
	if (err && err != -ENOMEM)
		stress_found(STRESS_VALID, "heap %s: %pe", name, ERR_PTR(err));
}

/* Shrink until only the memory in @before is left, which others hold. */
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

/* Note what other users of the default heap hold. */
void stress_heap_begin(void)
{
	kpool_rcu_barrier();
	kpool_heap_shrink(NULL);
	kpool_heap_stats(NULL, &stress_default_before);
}

void stress_heap_end(void)
{
	kpool_rcu_barrier();
	stress_check_pages(NULL, "default", &stress_default_before);
}

int stress_heaps_start(void)
{
	struct kpool_heap *heap;
	unsigned int i;

	stress_heap_begin();
	stress_churn.heap = stress_heap;
	for (i = 0; i < STRESS_HEAPS; i++) {
		heap = stress_heap_create(&stress_heap[i]);
		if (PTR_ERR(heap) == -EOPNOTSUPP) {
			stress_note("no %s heaps: the default heap instead", stress_heap[i].name);
			continue;
		}
		if (IS_ERR(heap)) {
			pr_err("kpool_stress: no heap %s: %pe\n", stress_heap[i].name, heap);
			while (i)
				kpool_heap_destroy(stress_heap[--i].heap);
			/* For module_init(). */
			return heap == ERR_PTR(-EEXIST) ? -EBUSY : PTR_ERR(heap);
		}
		stress_heap[i].heap = heap;
	}
	return 0;
}

void stress_heaps_stop(void)
{
	static const struct kpool_stats nothing;
	unsigned int i;

	for (i = 0; i < STRESS_HEAPS; i++) {
		if (!stress_heap[i].heap)
			continue;
		stress_check_pages(stress_heap[i].heap, stress_heap[i].name, &nothing);
		kpool_heap_destroy(stress_heap[i].heap);
	}
	stress_heap_end();
}

static void stress_life_use(struct churn_actor *actor, const struct churn_heap *heap)
{
	unsigned int nr = 1 + churn_random(actor, STRESS_LIFE_OBJECTS);
	struct churn_object *object = kpool_calloc(nr, sizeof(*object), GFP_KERNEL), *o;

	if (!object) {
		actor->tally.refused++;
		return;
	}
	for (o = object; o < object + nr; o++)
		churn_object_make(actor, o, heap, GFP_KERNEL);
	for (o = object; o < object + nr; o++) {
		if (!o->p)
			continue;
		if (heap->flags & KPOOL_HEAP_REGION && churn_random(actor, 2)) {
			churn_check(&stress_churn, o->p, o->size, o->tag, heap->name);
			actor->tally.left++;
			continue;
		}
		churn_object_end(actor, o);
	}
	kpool_free(object);
}

void stress_heap_life(struct churn_actor *actor)
{
	struct churn_heap heap = stress_heap[churn_random(actor, STRESS_HEAPS)];
	struct kpool_stats s;
	char name[32];

	snprintf(name, sizeof(name), "short-%u", atomic_inc_return(&stress_heap_number));
	heap.name = name;
	heap.heap = stress_heap_create(&heap);
	if (IS_ERR(heap.heap)) {
		actor->tally.refused += PTR_ERR(heap.heap) == -ENOMEM;
		return;
	}
	stress_life_use(actor, &heap);
	stress_check_sums(heap.heap, name, &s);
	if (s.corruptions)
		stress_found(STRESS_SOUND, "heap %s: %llu corruptions", name, s.corruptions);
	kpool_heap_destroy(heap.heap);
	actor->tally.heaps++;
}

void stress_heap_validate(struct churn_actor *actor)
{
	const struct churn_heap *heap = churn_heap_any(actor);

	stress_check_valid(heap->heap, heap->name);
	actor->tally.validates++;
}

void stress_heap_sums(struct churn_actor *actor)
{
	const struct churn_heap *heap = churn_heap_any(actor);
	struct kpool_stats s;

	stress_check_sums(heap->heap, heap->name, &s);
	actor->tally.sums++;
}

void stress_heap_shrink(struct churn_actor *actor)
{
	kpool_heap_shrink(churn_heap_any(actor)->heap);
	actor->tally.shrinks++;
}
