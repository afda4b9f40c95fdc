/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU magazines.
 *
 * The fast path is in kpool_inline.h: preemption off, the busy byte set, one pointer popped or
 * pushed. The block itself is not touched. Loaded and previous magazines and the depot are from
 * Bonwick and Adams, "Magazines and Vmem" (USENIX 2001).
 */
#ifndef KPOOL_MAGAZINE_H
#define KPOOL_MAGAZINE_H

#include "types.h"

/* A slot without a magazine points here: there is no block to pop and no room to push. */
extern void *kpool_no_magazine[];

/* Slots by class that never have room. They belong to no heap. */
extern struct kpool_slot __percpu *kpool_magazine_no_room;

int kpool_magazine_init(void);
void kpool_magazine_exit(void);
void kpool_magazine_init_cpus(struct kpool_heap *heap);
void kpool_magazine_attach(struct kpool_heap *heap, unsigned int class,
			   struct kpool_magazine *mag);
void kpool_magazine_free_slow(struct kpool_heap *heap, unsigned int class, void *block);
unsigned int kpool_magazine_alloc_many(struct kpool_heap *heap, unsigned int class,
				       unsigned int nr, void **blocks);
unsigned int kpool_magazine_free_many(struct kpool_heap *heap, u8 byte, unsigned int nr,
				      void *const *blocks);
void kpool_magazine_drain_cpu(struct kpool_heap *heap, int cpu);
void kpool_magazine_drain_here(struct kpool_heap *heap, bool all);
void kpool_magazine_drain_all(struct kpool_heap *heap);
bool kpool_magazine_kick(struct kpool_heap *heap, bool all);
unsigned long kpool_magazine_cached(struct kpool_heap *heap, int cpu, unsigned int class);

/* Rounds of the loaded magazine. Caller has claimed the slot. */
static __always_inline unsigned int kpool_slot_rounds(const struct kpool_slot *slot)
{
	return slot->capacity - (slot->end - slot->top);
}

/*
 * Claim this CPU's slot of the class, with preemption off, until kpool_magazine_leave(). Return:
 * the CPU's part of @heap, or NULL if the slot is busy.
 */
static inline struct kpool_cpu *kpool_magazine_enter(struct kpool_heap *heap, unsigned int class)
{
	preempt_disable();
	if (likely(kpool_slot_claim(kpool_cpu_slot(heap->cpu, class))))
		return this_cpu_ptr(heap->cpu);
	preempt_enable();
	return NULL;
}

static inline void kpool_magazine_leave(struct kpool_heap *heap, unsigned int class)
{
	kpool_slot_release(kpool_cpu_slot(heap->cpu, class));
	preempt_enable();
}

/* Pop a block off the loaded magazine. Return: NULL if it is empty. Caller has claimed the slot. */
static inline void *kpool_magazine_pop(struct kpool_slot *slot)
{
	void *block = *slot->top;

	if (block) {
		WRITE_ONCE(slot->top, slot->top - 1);
		slot->allocs++;
	}
	return block;
}

static inline void kpool_magazine_load(struct kpool_cpu *cpu, unsigned int class,
				       struct kpool_magazine *mag, unsigned int rounds)
{
	struct kpool_slot *slot = &cpu->slot[class];

	WRITE_ONCE(cpu->cold[class].loaded, mag);
	WRITE_ONCE(slot->capacity, mag ? mag->capacity : 0);
	if (mag) {
		WRITE_ONCE(slot->end, mag->round + mag->capacity - 1);
		WRITE_ONCE(slot->top, mag->round + (int)rounds - 1);
	} else {
		WRITE_ONCE(slot->end, kpool_no_magazine);
		WRITE_ONCE(slot->top, kpool_no_magazine);
	}
}

/* Exchange loaded and previous magazine. Caller has claimed the slot. */
static inline void kpool_magazine_swap(struct kpool_cpu *cpu, unsigned int class)
{
	struct kpool_slot_cold *cold = &cpu->cold[class];
	unsigned int rounds = kpool_slot_rounds(&cpu->slot[class]);
	struct kpool_magazine *mag = cold->loaded;

	kpool_magazine_load(cpu, class, cold->previous, cold->previous_rounds);
	cold->previous = mag;
	WRITE_ONCE(cold->previous_rounds, rounds);
}

/* Take the previous magazine from the CPU, NULL if it has none. Caller has claimed the slot. */
static inline struct kpool_magazine *kpool_magazine_detach(struct kpool_slot_cold *cold)
{
	struct kpool_magazine *mag = cold->previous;

	if (mag)
		mag->rounds = cold->previous_rounds;
	cold->previous = NULL;
	WRITE_ONCE(cold->previous_rounds, 0);
	return mag;
}

static __always_inline void kpool_slot_copy_four(void **to, void *const *from)
{
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
}

/* Pop up to @nr blocks off the loaded magazine of a claimed slot. Return: blocks popped. */
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

/* Copy a block's address. Return: whether the block has class byte @byte. */
static __always_inline bool kpool_slot_copy(void **to, void *block, u8 byte,
					    const struct kpool_map *map)
{
	const u8 *place;

	*to = block;
	/* As in kpool_map_byte(). */
	return kpool_map_find(map, block, &place) && likely(data_race(*place == byte));
}

/*
 * Push up to @nr blocks into the loaded magazine, until one has another class byte. Push none if
 * the first block is on top already: it was freed twice in a row. (To compare each block with the
 * one before it cost 3 instructions a block.) Caller has claimed the slot. Return: blocks pushed.
 */
static __always_inline unsigned int kpool_slot_push_many(struct kpool_slot *slot, u8 byte,
							 unsigned int nr, void *const *blocks)
{
	void **to = slot->top + 1, *const *from = blocks, *const *end;
	const struct kpool_map map = kpool_map; /* a copy, to keep it in registers */

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

#endif /* KPOOL_MAGAZINE_H */
