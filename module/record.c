// SPDX-License-Identifier: GPL-2.0
/*
 * Records of memory that kmalloc served for a heap which has to find it again: a region heap frees
 * it when the heap is destroyed, a type-safe heap frees it after a grace period, and for a debug
 * heap the record is what a header is to a block. kpool_free() may be given any such memory, so
 * there is one tree for all heaps, by address. While it is empty, no free looks into it.
 *
 * A debug heap keeps the last few pieces that were freed for a while, so that a second free or a
 * write to them is noticed.
 */
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "record.h"

/* Bits of the caller's gfp that are not meant for a record. */
#define KPOOL_RECORD_GFP_OFF	(__GFP_ZERO | GFP_ZONEMASK | __GFP_THISNODE | __GFP_ACCOUNT)

/* Freed pieces that a debug heap keeps, and the largest that it keeps. Bytes. */
#define KPOOL_RECORD_FREED_MAX	16
#define KPOOL_RECORD_FREED_SIZE	(16 * 1024)

/* Records that a census looks at in one hold of the lock. */
#define KPOOL_RECORD_PART	64

static struct rb_root kpool_record_tree = RB_ROOT;
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

/* Enter @p as memory of the heap. */
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

/* The record whose memory @p points into, or NULL. Caller holds kpool_record_lock. */
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

/* Take @p out of the tree, if it is there. Return: its record, or NULL. */
struct kpool_record *kpool_record_forget(const void *p)
{
	struct kpool_record *record;
	unsigned long flags;

	if (!READ_ONCE(kpool_record_tree.rb_node))
		return NULL;
	spin_lock_irqsave(&kpool_record_lock, flags);
	record = kpool_record_find(p);
	if (record)
		kpool_record_remove(record);
	spin_unlock_irqrestore(&kpool_record_lock, flags);
	return record;
}

/*
 * Copy the record of a debug heap's memory that @p points into. With @free, memory that is live and
 * starts at @p becomes freed, so that one of two frees finds it live. Return: whether there is one.
 */
bool kpool_record_look(const void *p, bool free, struct kpool_record *copy)
{
	struct kpool_record *record;
	unsigned long flags;

	if (!READ_ONCE(kpool_record_tree.rb_node))
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

/* Caller holds kpool_record_lock. Return: the record that is kept no longer, or NULL. */
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
 * Memory was freed according to kpool_record_look(). Return: the record that is kept no longer,
 * this one or an older one, for the caller to free with its memory; or NULL.
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
		record = NULL; /* a second free took it meanwhile */
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

/* A part of a census. Return: the last address that was looked at, NULL at the end. */
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
 * Show @fn the allocation trace and asked size of all live memory of a debug heap. Walks the tree
 * by address, a part at a time, so that no hold of the lock is long. @fn must not sleep. Context:
 * process, may sleep.
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

/* Does a heap track the memory that @p points into? */
bool kpool_record_is_tracked(const void *p)
{
	unsigned long flags;
	bool tracked;

	if (!READ_ONCE(kpool_record_tree.rb_node))
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

	if (!READ_ONCE(kpool_record_tree.rb_node))
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
