/* SPDX-License-Identifier: GPL-2.0 */
/* Type-safe heaps: free pools that wait for a grace period. */
#ifndef KPOOL_GRACE_H
#define KPOOL_GRACE_H

#include "types.h"

/* Free pools of these heaps serve their own class only, at least for a while. */
#define KPOOL_HEAP_PINS		(KPOOL_HEAP_PIN_CLASSES | KPOOL_HEAP_TYPESAFE_RCU)

static inline bool kpool_heap_is_typesafe(const struct kpool_heap *heap)
{
	return heap->flags & KPOOL_HEAP_TYPESAFE_RCU;
}

/* Do free blocks keep what is in them, for readers or as the constructor left it? */
static inline bool kpool_heap_keeps_contents(const struct kpool_heap *heap)
{
	return kpool_heap_is_typesafe(heap) || heap->ctor;
}

void kpool_grace_begin(struct kpool_arena *arena, u64 pools);
void kpool_grace_forget(struct kpool_arena *arena, u64 pools);
void kpool_grace_end_some(struct kpool_node *node);
bool kpool_grace_end(struct kpool_node *node);
void kpool_grace_wait(struct kpool_heap *heap);
void kpool_grace_release(struct kpool_arena *arena);

#endif /* KPOOL_GRACE_H */
