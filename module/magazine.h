/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU magazines and the depots between them.
 *
 * The fast path is in kpool_inline.h: preemption off, the busy byte set, one
 * pointer popped or pushed. The block itself is not touched. Bonwick and Adams, "Magazines and
 * Vmem" (USENIX 2001), is where loaded and previous magazine and depot are from.
 */
#ifndef KPOOL_MAGAZINE_H
#define KPOOL_MAGAZINE_H

#include "types.h"

void kpool_magazine_init_cpus(struct kpool_heap *heap);
void *kpool_magazine_alloc_slow(struct kpool_heap *heap, unsigned int class, gfp_t gfp);
void kpool_magazine_free_slow(struct kpool_heap *heap, unsigned int class, void *block);
unsigned int kpool_magazine_alloc_many(struct kpool_heap *heap, unsigned int class,
				       unsigned int nr, void **blocks);
unsigned int kpool_magazine_free_many(struct kpool_heap *heap, unsigned int class,
				      unsigned int nr, void *const *blocks);
void kpool_magazine_drain_cpu(struct kpool_heap *heap, int cpu);
void kpool_magazine_drain_all(struct kpool_heap *heap);
bool kpool_magazine_kick(struct kpool_heap *heap, bool all);
bool kpool_magazine_trim_depots(struct kpool_node *node, bool all);
void kpool_magazine_scavenge(struct kpool_node *node);
unsigned long kpool_magazine_cached(struct kpool_heap *heap, int cpu, unsigned int class);
unsigned int kpool_magazine_capacity(unsigned int class);

static inline void kpool_event(struct kpool_heap *heap, enum kpool_event event)
{
	this_cpu_inc(heap->cpu->event[event]);
}

#endif /* KPOOL_MAGAZINE_H */
