// SPDX-License-Identifier: GPL-2.0
/*
 * Records of memory that kmalloc served for a heap that must find it again. A region heap frees the
 * memory when the heap is destroyed. A type-safe heap frees it after a grace period. For a debug
 * heap the record replaces a block's header. kpool_free() takes memory of any heap, so all heaps
 * share one tree, by address. While the tree is empty, a free does not take its lock.
 *
 * A debug heap keeps the last few freed pieces, so that a second free or a write to them is
 * noticed.
 */
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "record.h"

/* Bits of the caller's gfp that are not meant for a record. */
#define KPOOL_RECORD_GFP_OFF	(__GFP_ZERO | GFP_ZONEMASK | __GFP_THISNODE | __GFP_ACCOUNT)

/* Most freed pieces that a debug heap keeps, and the largest piece to keep. Bytes. */
#define KPOOL_RECORD_FREED_MAX	16
#define KPOOL_RECORD_FREED_SIZE	(16 * 1024)

/* Records that a census reads in one hold of the lock. */
#define KPOOL_RECORD_PART	64

struct rb_root kpool_record_tree = RB_ROOT;
static DEFINE_SPINLOCK(kpool_record_lock); /* leaf; guards tree and lists */

static bool kpool_record_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct kpool_record, rb)->p < rb_entry(b, struct kpool_record, rb)->p;
}

static int kpool_record_cmp(const void *p, const struct rb_node *rb)
{
	const void *q = rb_entry(rb, struct kpool_record, rb)->p;

	return p < q ? -1 : p > q;
}

/* Add a record of @p as memory of the heap. */
void kpool_record_insert(struct kpool_record *record, struct kpool_heap *heap, const void *p)
{
	unsigned long flags;

	record->heap = heap;
	record->p = p;
	spin_lock_irqsave(&kpool_record_lock, flags);
	rb_add(&record->rb, &kpool_record_tree, kpool_record_before);
	list_add(&record->list, &heap->records);
	spin_unlock_irqrestore(&kpool_record_lock, flags);
}

/* Caller holds kpool_record_lock. */
static void kpool_record_remove(struct kpool_record *record)
{
	rb_erase(&record->rb, &kpool_record_tree);
	list_del(&record->list);
}

struct kpool_record *kpool_record_new(size_t size, size_t room, gfp_t gfp)
{
	struct kpool_record *record = kzalloc(sizeof(*record), gfp & ~KPOOL_RECORD_GFP_OFF);

	if (record) {
		record->size = size;
		record->room = room;
	}
	return record;
}

/* The record of @p, or NULL. Caller holds kpool_record_lock. */
static struct kpool_record *kpool_record_find(const void *p)
{
	struct rb_node *rb = rb_find(p, &kpool_record_tree, kpool_record_cmp);

	return rb ? rb_entry(rb, struct kpool_record, rb) : NULL;
}

/* The record of the memory that @p points into, or NULL. Caller holds kpool_record_lock. */
static struct kpool_record *kpool_record_find_around(const void *p)
{
	struct rb_node *rb = kpool_record_tree.rb_node;
	struct kpool_record *record;

	while (rb) {
		record = rb_entry(rb, struct kpool_record, rb);
		if (p >= record->p && p < record->p + record->room)
			return record;
		rb = p < record->p ? rb->rb_left : rb->rb_right;
	}
	return NULL;
}

/* Take the record of @p out of the tree. Return: the record, or NULL if there is none. */
struct kpool_record *kpool_record_forget(const void *p)
{
	struct kpool_record *record;
	unsigned long flags;

	if (!kpool_record_any())
		return NULL;
	spin_lock_irqsave(&kpool_record_lock, flags);
	record = kpool_record_find(p);
	if (record)
		kpool_record_remove(record);
	spin_unlock_irqrestore(&kpool_record_lock, flags);
	return record;
}

/*
 * Copy the record of a debug heap's memory that @p points into. With @free, mark live memory that
 * starts at @p as freed, so that only one of two frees finds it live. Return: whether there is a
 * record.
 */
bool kpool_record_look(const void *p, bool free, struct kpool_record *copy)
{
	struct kpool_record *record;
	unsigned long flags;

	if (!kpool_record_any())
		return false;
	spin_lock_irqsave(&kpool_record_lock, flags);
	record = kpool_record_find_around(p);
	if (record && !(record->heap->flags & KPOOL_HEAP_DEBUG))
		record = NULL;
	if (record)
		*copy = *record;
	if (record && free && record->p == p && record->state == KPOOL_RECORD_LIVE)
		record->state = KPOOL_RECORD_FREED;
	spin_unlock_irqrestore(&kpool_record_lock, flags);
	return record;
}

/* Keep memory of a debug heap, freed or not, until the heap ends. */
void kpool_record_quarantine(const void *p)
{
	struct kpool_record *record;
	unsigned long flags;

	spin_lock_irqsave(&kpool_record_lock, flags);
	record = kpool_record_find(p);
	if (record) {
		record->heap->nr_records_freed -= record->kept;
		record->kept = false;
		record->state = KPOOL_RECORD_BAD;
		list_move(&record->list, &record->heap->records);
	}
	spin_unlock_irqrestore(&kpool_record_lock, flags);
}

/*
 * Keep the record of freed memory for a while. Return: the record to free in exchange, this one or
 * the oldest, or NULL. Caller holds kpool_record_lock.
 */
static struct kpool_record *kpool_record_keep(struct kpool_record *record)
{
	struct kpool_heap *heap = record->heap;

	if (record->room > KPOOL_RECORD_FREED_SIZE || kpool_heap_is_destroyed(heap)) {
		kpool_record_remove(record);
		return record;
	}
	record->kept = true;
	list_move_tail(&record->list, &heap->records_freed);
	if (heap->nr_records_freed++ < KPOOL_RECORD_FREED_MAX)
		return NULL;
	heap->nr_records_freed--;
	record = list_first_entry(&heap->records_freed, struct kpool_record, list);
	kpool_record_remove(record);
	return record;
}

/*
 * Note that memory is freed, after kpool_record_look() marked it. Return: a record to free together
 * with its memory, this one or an older one, or NULL.
 */
struct kpool_record *kpool_record_retire(const void *p, const struct kpool_track *by)
{
	struct kpool_record *record;
	unsigned long flags;

	spin_lock_irqsave(&kpool_record_lock, flags);
	record = kpool_record_find(p);
	if (record && record->state == KPOOL_RECORD_FREED) {
		record->free = *by;
		record = kpool_record_keep(record);
	} else {
		record = NULL; /* a second free has claimed the memory meanwhile */
	}
	spin_unlock_irqrestore(&kpool_record_lock, flags);
	return record;
}

/* The record with the lowest address above @p, or NULL. Caller holds kpool_record_lock. */
static struct rb_node *kpool_record_above(const void *p)
{
	struct rb_node *rb = kpool_record_tree.rb_node, *found = NULL;

	while (rb) {
		if (rb_entry(rb, struct kpool_record, rb)->p > p) {
			found = rb;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return found;
}

/* Do a part of a census. Return: the last address read, NULL at the end. */
static const void *kpool_record_census_part(struct kpool_heap *heap, const void *p,
					    kpool_record_fn *fn, void *arg)
{
	unsigned int nr = KPOOL_RECORD_PART;
	struct kpool_record *record;
	struct rb_node *rb;
	unsigned long flags;

	spin_lock_irqsave(&kpool_record_lock, flags);
	for (rb = kpool_record_above(p); rb && nr; rb = rb_next(rb), nr--) {
		record = rb_entry(rb, struct kpool_record, rb);
		p = record->p;
		if (record->heap == heap && record->state == KPOOL_RECORD_LIVE)
			fn(record->alloc.stack, record->size, arg);
	}
	spin_unlock_irqrestore(&kpool_record_lock, flags);
	return rb ? p : NULL;
}

/*
 * Call @fn with the allocation's stack trace and size of each live piece of a debug heap. The walk
 * reads the tree by address, in parts, so that no hold of the lock is long. @fn must not sleep.
 * Context: process, may sleep.
 */
void kpool_record_census(struct kpool_heap *heap, kpool_record_fn *fn, void *arg)
{
	const void *p = NULL;

	do {
		p = kpool_record_census_part(heap, p, fn, arg);
		cond_resched();
	} while (p);
}

static void kpool_record_count(u32 stack, size_t size, void *arg)
{
	++*(unsigned long *)arg;
}

/* Number of live pieces of a debug heap. May sleep. */
unsigned long kpool_record_nr_out(struct kpool_heap *heap)
{
	unsigned long nr = 0;

	kpool_record_census(heap, kpool_record_count, &nr);
	return nr;
}

/* Is there a record of the memory that @p points into? */
bool kpool_record_is_tracked(const void *p)
{
	unsigned long flags;
	bool tracked;

	if (!kpool_record_any())
		return false;
	spin_lock_irqsave(&kpool_record_lock, flags);
	tracked = kpool_record_find_around(p);
	spin_unlock_irqrestore(&kpool_record_lock, flags);
	return tracked;
}

/* Bytes asked for, if @p is memory of a type-safe heap; else 0. */
size_t kpool_record_typesafe_size(const void *p)
{
	struct kpool_record *record;
	unsigned long flags;
	size_t size = 0;

	if (!kpool_record_any())
		return 0;
	spin_lock_irqsave(&kpool_record_lock, flags);
	record = kpool_record_find(p);
	if (record && kpool_heap_is_typesafe(record->heap))
		size = record->size;
	spin_unlock_irqrestore(&kpool_record_lock, flags);
	return size;
}

/* Make live memory of a debug heap smaller, in place. */
void kpool_record_cut(const void *p, size_t size)
{
	struct kpool_record *record;
	unsigned long flags;

	spin_lock_irqsave(&kpool_record_lock, flags);
	record = kpool_record_find(p);
	if (record)
		record->size = size;
	spin_unlock_irqrestore(&kpool_record_lock, flags);
}

/* Take the first record off a heap's list and out of the tree. Return: the record, or NULL. */
struct kpool_record *kpool_record_pop(struct list_head *list)
{
	struct kpool_record *record;
	unsigned long flags;

	spin_lock_irqsave(&kpool_record_lock, flags);
	record = list_first_entry_or_null(list, struct kpool_record, list);
	if (record)
		kpool_record_remove(record);
	spin_unlock_irqrestore(&kpool_record_lock, flags);
	return record;
}
