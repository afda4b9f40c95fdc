/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU magazines.
 *
 * The fast path is in kpool_inline.h: preemption off, the busy byte set, one
 * pointer popped or pushed. The block itself is not touched. Bonwick and Adams, "Magazines and
 * Vmem" (USENIX 2001), is where loaded and previous magazine and depot are from.
 */
#ifndef KPOOL_MAGAZINE_H
#define KPOOL_MAGAZINE_H

#include "class.h"
#include "depot.h"
#include "map.h"
#include "types.h"

void kpool_magazine_init_cpus(struct kpool_heap *heap);
void *kpool_magazine_alloc_slow(struct kpool_heap *heap, unsigned int class, gfp_t gfp);
void kpool_magazine_free_slow(struct kpool_heap *heap, unsigned int class, void *block);
unsigned int kpool_magazine_alloc_many(struct kpool_heap *heap, unsigned int class,
				       unsigned int nr, void **blocks);
unsigned int kpool_magazine_free_many(struct kpool_heap *heap, u8 byte, unsigned int nr,
				      void *const *blocks);
void kpool_magazine_drain_cpu(struct kpool_heap *heap, int cpu);
void kpool_magazine_drain_all(struct kpool_heap *heap);
bool kpool_magazine_kick(struct kpool_heap *heap, bool all);
bool kpool_magazine_scavenge(struct kpool_node *node);
unsigned long kpool_magazine_cached(struct kpool_heap *heap, int cpu, unsigned int class);

/* Rounds of the loaded magazine. The slot is ours. */
static __always_inline unsigned int kpool_slot_rounds(const struct kpool_slot *slot)
{
	return slot->capacity - (slot->end - slot->top);
}

/* Pops up to @nr blocks off the loaded magazine. The slot is ours. Return: how many. */
static __always_inline unsigned int kpool_slot_pop_many(struct kpool_slot *slot,
							unsigned int nr, void **blocks)
{
	unsigned long done = min(nr, kpool_slot_rounds(slot)), i;
	void **top = slot->top - done;

	for (i = 0; i < done; i++)
		blocks[i] = top[i + 1];
	slot->allocs += done;
	WRITE_ONCE(slot->top, top);
	return done;
}

/*
 * Pushes up to @nr blocks into the loaded magazine, until one is of another
 * class byte. The slot is ours. Return: how many.
 */
static __always_inline unsigned int kpool_slot_push_many(struct kpool_slot *slot, u8 byte,
							 unsigned int nr, void *const *blocks)
{
	unsigned long room = slot->end - slot->top, region = 0, i;
	void **top = slot->top + 1;
	const u8 *leaf = NULL;

	nr = min_t(unsigned long, nr, room);
	for (i = 0; i < nr; i++) {
		unsigned long p = (unsigned long)blocks[i];

		if (p >> KPOOL_LEAF_SHIFT != region) {
			leaf = kpool_map_leaf(p);
			region = p >> KPOOL_LEAF_SHIFT;
		}
		/* The byte does not change while a block of its pool is out. */
		if (unlikely(!leaf || data_race(leaf[p >> KPOOL_POOL_SHIFT]) != byte))
			break;
		top[i] = (void *)p;
	}
	WRITE_ONCE(slot->top, top + i - 1);
	return i;
}

static inline void kpool_event(struct kpool_heap *heap, enum kpool_event event)
{
	this_cpu_inc(heap->cpu->event[event]);
}

#endif /* KPOOL_MAGAZINE_H */
