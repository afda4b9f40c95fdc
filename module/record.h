/* SPDX-License-Identifier: GPL-2.0 */
/* Records of memory that kmalloc served for region, debug and type-safe heaps. */
#ifndef KPOOL_RECORD_H
#define KPOOL_RECORD_H

#include <linux/rbtree.h>

#include "debug/report.h"
#include "types.h"

/* Heaps that keep records of their memory from kmalloc. */
#define KPOOL_RECORD_HEAPS	(KPOOL_HEAP_REGION | KPOOL_HEAP_DEBUG | KPOOL_HEAP_TYPESAFE_RCU)

/* State of a record. Outside debug heaps it is always live. */
enum kpool_record_state {
	KPOOL_RECORD_LIVE,
	KPOOL_RECORD_FREED,
	KPOOL_RECORD_BAD,	/* reported, and kept out of service */
};

/* Memory of a region, debug or type-safe heap that kmalloc served. */
struct kpool_record {
	struct rb_node rb;		/* in the tree, by address */
	struct list_head list;		/* on heap->records, or on heap->records_freed */
	struct kpool_heap *heap;
	const void *p;			/* the memory */
	size_t size;			/* bytes asked for */
	size_t room;			/* bytes asked of kmalloc; beyond @size is red zone */
	enum kpool_record_state state;
	bool kept;			/* on heap->records_freed */
	struct kpool_track alloc;	/* task and stack of the allocation, in a debug heap */
	struct kpool_track free;	/* task and stack of the free, in a debug heap */
	struct rcu_head rcu;		/* delays the free of a type-safe heap's memory */
};

extern struct rb_root kpool_record_tree;

/* Is there any record? */
static inline bool kpool_record_any(void)
{
	return READ_ONCE(kpool_record_tree.rb_node);
}

struct kpool_record *kpool_record_new(size_t size, size_t room, gfp_t gfp);
void kpool_record_insert(struct kpool_record *record, struct kpool_heap *heap, const void *p);
struct kpool_record *kpool_record_forget(const void *p);
struct kpool_record *kpool_record_pop(struct list_head *list);
bool kpool_record_is_tracked(const void *p);
size_t kpool_record_typesafe_size(const void *p);

/* For debug heaps. */
typedef void kpool_record_fn(u32 stack, size_t size, void *arg);
void kpool_record_census(struct kpool_heap *heap, kpool_record_fn *fn, void *arg);
unsigned long kpool_record_nr_out(struct kpool_heap *heap);
bool kpool_record_look(const void *p, bool free, struct kpool_record *copy);
struct kpool_record *kpool_record_retire(const void *p, const struct kpool_track *by);
void kpool_record_quarantine(const void *p);
void kpool_record_cut(const void *p, size_t size);

#endif /* KPOOL_RECORD_H */
