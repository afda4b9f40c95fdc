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

/* Slots by class that never have room, of no heap. */
extern struct kpool_slot __percpu *kpool_magazine_no_room;

int kpool_magazine_init(void);
void kpool_magazine_exit(void);
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

static __always_inline void kpool_slot_copy_four(void **to, void *const *from)
{
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
}

/* Pops up to @nr blocks off the loaded magazine. The slot is ours. Return: how many. */
static __always_inline unsigned int kpool_slot_pop_many(struct kpool_slot *slot,
							unsigned int nr, void **blocks)
{
	unsigned long done = min(nr, kpool_slot_rounds(slot)), i = 0;
	void **top = slot->top - done;

	for (; done - i >= 4; i += 4)
		kpool_slot_copy_four(blocks + i, top + 1 + i);
	for (; i < done; i++)
		blocks[i] = top[i + 1];
	slot->allocs += done;
	WRITE_ONCE(slot->top, top);
	return done;
}

/* Copies a block. Return: whether it has that class byte. */
static __always_inline bool kpool_slot_copy(void **to, void *block, u8 byte,
					    const struct kpool_map *map)
{
	const u8 *place;

	*to = block;
	/* As in kpool_map_byte(). */
	return kpool_map_find(map, block, &place) && likely(data_race(*place == byte));
}

/*
 * Pushes up to @nr blocks into the loaded magazine, until one is of another class
 * byte; none if the first is on top already, having been freed twice in a row. (To compare
 * each with the one before it cost 3 instructions a block.) The slot is ours. Return: how many.
 */
static __always_inline unsigned int kpool_slot_push_many(struct kpool_slot *slot, u8 byte,
							 unsigned int nr, void *const *blocks)
{
	void **to = slot->top + 1, *const *from = blocks, *const *end;
	const struct kpool_map map = kpool_map; /* for the registers */

	if (unlikely(blocks[0] == *slot->top))
		return 0;
	end = blocks + min_t(unsigned long, nr, slot->end - slot->top);
	while (from < end - 3 && kpool_slot_copy(to, from[0], byte, &map) &&
	       kpool_slot_copy(to + 1, from[1], byte, &map) &&
	       kpool_slot_copy(to + 2, from[2], byte, &map) &&
	       kpool_slot_copy(to + 3, from[3], byte, &map)) {
		from += 4;
		to += 4;
	}
	while (from != end && kpool_slot_copy(to, *from, byte, &map)) {
		from++;
		to++;
	}
	WRITE_ONCE(slot->top, to - 1);
	return from - blocks;
}

static inline void kpool_event(struct kpool_heap *heap, enum kpool_event event)
{
	this_cpu_inc(heap->cpu->event[event]);
}

#endif /* KPOOL_MAGAZINE_H */
