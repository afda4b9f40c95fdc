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

/* Bits of the caller's gfp that are not meant for an entry. */
#define KPOOL_LARGE_GFP_OFF	(__GFP_ZERO | GFP_ZONEMASK | __GFP_THISNODE | __GFP_ACCOUNT)

/* Freed ones that a debug heap keeps back, and how large each may be. Bytes. */
#define KPOOL_LARGE_FREED_MAX	16
#define KPOOL_LARGE_FREED_SIZE	(16 * 1024)

/* Entries that a census looks at in one hold of the lock. */
#define KPOOL_LARGE_PART	64

static struct rb_root kpool_large_tree = RB_ROOT;
static DEFINE_SPINLOCK(kpool_large_lock); /* leaf; guards tree and lists */

static bool kpool_large_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct kpool_large, rb)->p < rb_entry(b, struct kpool_large, rb)->p;
}

static int kpool_large_cmp(const void *p, const struct rb_node *rb)
{
	const void *q = rb_entry(rb, struct kpool_large, rb)->p;

	return p < q ? -1 : p > q;
}

/* Enters @p as one of the heap's. */
void kpool_large_insert(struct kpool_large *large, struct kpool_heap *heap, const void *p)
{
	unsigned long flags;

	large->heap = heap;
	large->p = p;
	spin_lock_irqsave(&kpool_large_lock, flags);
	rb_add(&large->rb, &kpool_large_tree, kpool_large_before);
	list_add(&large->list, &heap->large);
	spin_unlock_irqrestore(&kpool_large_lock, flags);
}

/* Locked. */
static void kpool_large_remove(struct kpool_large *large)
{
	rb_erase(&large->rb, &kpool_large_tree);
	list_del(&large->list);
}

struct kpool_large *kpool_large_new(size_t size, size_t room, gfp_t gfp)
{
	struct kpool_large *large = kzalloc(sizeof(*large), gfp & ~KPOOL_LARGE_GFP_OFF);

	if (large) {
		large->size = size;
		large->room = room;
	}
	return large;
}

/* The entry of @p, or NULL. Locked. */
static struct kpool_large *kpool_large_find(const void *p)
{
	struct rb_node *rb = rb_find(p, &kpool_large_tree, kpool_large_cmp);

	return rb ? rb_entry(rb, struct kpool_large, rb) : NULL;
}

/* The entry whose memory @p points into, or NULL. Locked. */
static struct kpool_large *kpool_large_find_around(const void *p)
{
	struct rb_node *rb = kpool_large_tree.rb_node;
	struct kpool_large *large;

	while (rb) {
		large = rb_entry(rb, struct kpool_large, rb);
		if (p >= large->p && p < large->p + large->room)
			return large;
		rb = p < large->p ? rb->rb_left : rb->rb_right;
	}
	return NULL;
}

/* Takes @p out of the tree, if it is there. Return: its entry, or NULL. */
struct kpool_large *kpool_large_forget(const void *p)
{
	struct kpool_large *large;
	unsigned long flags;

	if (!READ_ONCE(kpool_large_tree.rb_node))
		return NULL;
	spin_lock_irqsave(&kpool_large_lock, flags);
	large = kpool_large_find(p);
	if (large)
		kpool_large_remove(large);
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	return large;
}

/*
 * What is known of the memory of a debug heap that @p points into, in @copy. If it
 * is to be freed, and @p its start, and nobody has freed it yet, then the caller has.
 */
bool kpool_large_look(const void *p, bool free, struct kpool_large *copy)
{
	struct kpool_large *large;
	unsigned long flags;

	if (!READ_ONCE(kpool_large_tree.rb_node))
		return false;
	spin_lock_irqsave(&kpool_large_lock, flags);
	large = kpool_large_find_around(p);
	if (large && !(large->heap->flags & KPOOL_HEAP_DEBUG))
		large = NULL;
	if (large)
		*copy = *large;
	if (large && free && large->p == p && large->state == KPOOL_LARGE_LIVE)
		large->state = KPOOL_LARGE_FREED;
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	return large;
}

/* Keeps memory of a debug heap, freed or not, until the heap ends. */
void kpool_large_quarantine(const void *p)
{
	struct kpool_large *large;
	unsigned long flags;

	spin_lock_irqsave(&kpool_large_lock, flags);
	large = kpool_large_find(p);
	if (large) {
		large->heap->nr_large_freed -= large->kept;
		large->kept = false;
		large->state = KPOOL_LARGE_BAD;
		list_move(&large->list, &large->heap->large);
	}
	spin_unlock_irqrestore(&kpool_large_lock, flags);
}

/* Locked. Return: the one that is kept no longer, or NULL. */
static struct kpool_large *kpool_large_keep(struct kpool_large *large)
{
	struct kpool_heap *heap = large->heap;

	if (large->room > KPOOL_LARGE_FREED_SIZE || heap->zombie || heap->buried) {
		kpool_large_remove(large);
		return large;
	}
	large->kept = true;
	list_move_tail(&large->list, &heap->large_freed);
	if (heap->nr_large_freed++ < KPOOL_LARGE_FREED_MAX)
		return NULL;
	heap->nr_large_freed--;
	large = list_first_entry(&heap->large_freed, struct kpool_large, list);
	kpool_large_remove(large);
	return large;
}

/*
 * Memory was freed according to kpool_large_look(). Return: the record that is kept no longer, this
 * one or an older one, for the caller to free with its memory; or NULL.
 */
struct kpool_large *kpool_large_retire(const void *p, const struct kpool_track *by)
{
	struct kpool_large *large;
	unsigned long flags;

	spin_lock_irqsave(&kpool_large_lock, flags);
	large = kpool_large_find(p);
	if (large && large->state == KPOOL_LARGE_FREED) {
		large->free = *by;
		large = kpool_large_keep(large);
	} else {
		large = NULL; /* a second free took it meanwhile */
	}
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	return large;
}

/* The entry with the lowest address above @p, or NULL. Locked. */
static struct rb_node *kpool_large_above(const void *p)
{
	struct rb_node *rb = kpool_large_tree.rb_node, *found = NULL;

	while (rb) {
		if (rb_entry(rb, struct kpool_large, rb)->p > p) {
			found = rb;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return found;
}

/* A part of kpool_large_census(). Return: the last address that was looked at, NULL at the end. */
static const void *kpool_large_census_part(struct kpool_heap *heap, const void *p,
					   kpool_large_fn *fn, void *arg)
{
	unsigned int nr = KPOOL_LARGE_PART;
	struct kpool_large *large;
	struct rb_node *rb;
	unsigned long flags;

	spin_lock_irqsave(&kpool_large_lock, flags);
	for (rb = kpool_large_above(p); rb && nr; rb = rb_next(rb), nr--) {
		large = rb_entry(rb, struct kpool_large, rb);
		p = large->p;
		if (large->heap == heap && large->state == KPOOL_LARGE_LIVE)
			fn(large->alloc.stack, large->size, arg);
	}
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	return rb ? p : NULL;
}

/*
 * Shows @fn the allocation trace and asked size of all that is out of a debug heap. Goes
 * through the tree by address, a part at a time, so that no hold of the lock is long. @fn
 * must not sleep. Context: process, may sleep.
 */
void kpool_large_census(struct kpool_heap *heap, kpool_large_fn *fn, void *arg)
{
	const void *p = NULL;

	do {
		p = kpool_large_census_part(heap, p, fn, arg);
		cond_resched();
	} while (p);
}

static void kpool_large_count(u32 stack, size_t size, void *arg)
{
	++*(unsigned long *)arg;
}

/* How many are out of a debug heap. May sleep. */
unsigned long kpool_large_nr_out(struct kpool_heap *heap)
{
	unsigned long nr = 0;

	kpool_large_census(heap, kpool_large_count, &nr);
	return nr;
}

/* Does a heap track the memory that @p points into? */
bool kpool_large_is_tracked(const void *p)
{
	unsigned long flags;
	bool tracked;

	if (!READ_ONCE(kpool_large_tree.rb_node))
		return false;
	spin_lock_irqsave(&kpool_large_lock, flags);
	tracked = kpool_large_find_around(p);
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	return tracked;
}

/* Bytes asked for of a type-safe heap, else 0. */
size_t kpool_large_typesafe_size(const void *p)
{
	struct kpool_large *large;
	unsigned long flags;
	size_t size = 0;

	if (!READ_ONCE(kpool_large_tree.rb_node))
		return 0;
	spin_lock_irqsave(&kpool_large_lock, flags);
	large = kpool_large_find(p);
	if (large && kpool_heap_is_typesafe(large->heap))
		size = large->size;
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	return size;
}

/* Makes live memory of a debug heap smaller, in place. */
void kpool_large_cut(const void *p, size_t size)
{
	struct kpool_large *large;
	unsigned long flags;

	spin_lock_irqsave(&kpool_large_lock, flags);
	large = kpool_large_find(p);
	if (large)
		large->size = size;
	spin_unlock_irqrestore(&kpool_large_lock, flags);
}

struct kpool_large *kpool_large_pop(struct list_head *list)
{
	struct kpool_large *large;
	unsigned long flags;

	spin_lock_irqsave(&kpool_large_lock, flags);
	large = list_first_entry_or_null(list, struct kpool_large, list);
	if (large)
		kpool_large_remove(large);
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	return large;
}
