/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU magazines and the depots between them.
 *
 * The fast path is here: preemption off, the busy byte set, one pointer popped
 * or pushed. The block itself is not touched. Bonwick and Adams, "Magazines and
 * Vmem" (USENIX 2001), is where loaded and previous magazine and depot are from.
 */
#ifndef KPOOL_MAGAZINE_H
#define KPOOL_MAGAZINE_H

#include <linux/preempt.h>

#include "types.h"

void kpool_magazine_init_cpus(struct kpool_heap *heap);
void *kpool_magazine_alloc_slow(struct kpool_heap *heap, unsigned int class, gfp_t gfp);
void kpool_magazine_free_slow(struct kpool_heap *heap, unsigned int class, void *block);
void kpool_magazine_drain_cpu(struct kpool_heap *heap, int cpu);
void kpool_magazine_drain_all(struct kpool_heap *heap);
bool kpool_magazine_kick(struct kpool_heap *heap, bool all);
bool kpool_magazine_trim_depots(struct kpool_node *node, bool all);
void kpool_magazine_scavenge(struct kpool_node *node);
unsigned long kpool_magazine_cached(struct kpool_heap *heap, int cpu, unsigned int class);
unsigned int kpool_magazine_capacity(unsigned int class);

/* Makes this CPU's part of a heap ours, until released, unless it is busy. Preemption is off. */
static __always_inline bool kpool_magazine_claim(struct kpool_cpu *cpu)
{
	if (unlikely(cpu->busy))
		return false;
	cpu->busy = 1;
	barrier(); /* an interrupt sees the byte before any change it guards */
	return true;
}

static __always_inline void kpool_magazine_release(struct kpool_cpu *cpu)
{
	barrier(); /* and no change after it */
	cpu->busy = 0;
}

/* A block of the loaded magazine, or NULL. The CPU is ours. */
static __always_inline void *kpool_magazine_pop(struct kpool_slot *slot)
{
	void **top = slot->top;
	void *block = *top;

	if (likely(block)) {
		WRITE_ONCE(slot->top, top - 1);
		slot->allocs++;
	}
	return block;
}

/* Puts a block into the loaded magazine unless that is full. The CPU is ours. */
static __always_inline bool kpool_magazine_push(struct kpool_slot *slot, void *block)
{
	void **top = slot->top;

	if (unlikely(top == slot->end))
		return false;
	*++top = block;
	WRITE_ONCE(slot->top, top);
	return true;
}

/* A block of the loaded magazine, or NULL: then kpool_magazine_alloc_slow() is next. */
static __always_inline void *kpool_magazine_alloc(struct kpool_cpu __percpu *pcpu,
						  unsigned int class)
{
	struct kpool_cpu *cpu;
	void *block = NULL;

	preempt_disable();
	cpu = this_cpu_ptr(pcpu);
	if (likely(kpool_magazine_claim(cpu))) {
		struct kpool_slot *slot = &cpu->slot[class];

		OPTIMIZER_HIDE_VAR(slot); /* or gcc computes it twice */
		block = kpool_magazine_pop(slot);
		kpool_magazine_release(cpu);
	}
	preempt_enable();
	return block;
}

/*
 * Puts a block into the loaded magazine. False, and kpool_magazine_free_slow()
 * is next, if it is full or busy. Preemption is off.
 */
static __always_inline bool kpool_magazine_free(struct kpool_cpu __percpu *pcpu,
						unsigned int class, void *block)
{
	struct kpool_cpu *cpu = this_cpu_ptr(pcpu);
	bool done = false;

	if (likely(kpool_magazine_claim(cpu))) {
		done = kpool_magazine_push(&cpu->slot[class], block);
		kpool_magazine_release(cpu);
	}
	return done;
}

static inline void kpool_event(struct kpool_heap *heap, enum kpool_event event)
{
	this_cpu_inc(heap->cpu->event[event]);
}

#endif /* KPOOL_MAGAZINE_H */
