/* SPDX-License-Identifier: GPL-2.0 */
/* Records of memory that kmalloc served for region, debug and type-safe heaps. */
#ifndef KPOOL_RECORD_H
#define KPOOL_RECORD_H

#include <linux/rbtree.h>

#include "report.h"
#include "types.h"

/* Heaps whose large requests are tracked. */
#define KPOOL_LARGE_TRACKED	(KPOOL_HEAP_REGION | KPOOL_HEAP_DEBUG | KPOOL_HEAP_TYPESAFE_RCU)

/* Debug heaps tell them apart; of a region heap all are live. */
enum kpool_large_state {
	KPOOL_LARGE_LIVE,
	KPOOL_LARGE_FREED,
	KPOOL_LARGE_BAD,	/* reported, and kept out of service */
};

/**
 * struct kpool_large - a request of a region, debug or type-safe heap that kmalloc served
 * @rb: in the tree, by address
 * @list: on heap->large, or on heap->large_freed
 * @heap: the heap
 * @p: what kmalloc gave
 * @size: bytes asked for
 * @room: bytes that kmalloc was asked for; what is beyond @size is red zone
 * @state: whether it is live
 * @kept: on heap->large_freed
 * @alloc: who allocated it, in a debug heap
 * @free: who freed it
 * @rcu: for its end, in a type-safe heap
 */
struct kpool_large {
	struct rb_node rb;
	struct list_head list;
	struct kpool_heap *heap;
	const void *p;
	size_t size;
	size_t room;
	enum kpool_large_state state;
	bool kept;
	struct kpool_track alloc;
	struct kpool_track free;
	struct rcu_head rcu;
};

struct kpool_large *kpool_large_new(size_t size, size_t room, gfp_t gfp);
void kpool_large_insert(struct kpool_large *large, struct kpool_heap *heap, const void *p);
struct kpool_large *kpool_large_forget(const void *p);
struct kpool_large *kpool_large_pop(struct list_head *list);
bool kpool_large_is_tracked(const void *p);
size_t kpool_large_typesafe_size(const void *p);

/* For debug heaps. */
typedef void kpool_large_fn(u32 stack, size_t size, void *arg);
void kpool_large_census(struct kpool_heap *heap, kpool_large_fn *fn, void *arg);
unsigned long kpool_large_nr_out(struct kpool_heap *heap);
bool kpool_large_look(const void *p, bool free, struct kpool_large *copy);
struct kpool_large *kpool_large_retire(const void *p, const struct kpool_track *by);
void kpool_large_quarantine(const void *p);
void kpool_large_cut(const void *p, size_t size);

#endif /* KPOOL_RECORD_H */
