// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that kmalloc serves: too large, bound to a zone, or without an arena.
 *
 * A region heap frees them when it is destroyed, so its own are entered in a
 * tree by address. kpool_free() may be given any of them, so the tree is one
 * for all heaps; while no region heap holds any, nobody looks into it.
 *
 * So are those of debug heaps, whose entries are what a block's header is to a
 * block. The last few that were freed are kept back for a while, so that it is
 * noticed when they are freed again or written to. And those of type-safe heaps, which
 * go after a grace period.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "account.h"
#include "compat.h"
#include "debug.h"
#include "grace.h"
#include "heap.h"
#include "large.h"
#include "map.h"

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
static void kpool_large_insert(struct kpool_large *large, struct kpool_heap *heap, const void *p)
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

static struct kpool_large *kpool_large_new(size_t size, size_t room, gfp_t gfp)
{
	struct kpool_large *large = kzalloc(sizeof(*large), gfp & ~KPOOL_LARGE_GFP_OFF);

	if (large) {
		large->size = size;
		large->room = room;
	}
	return large;
}

/*
 * kmalloc memory, charged to the heap's cgroup and aligned to the largest power of two that
 * divides @size. Before 6.12 kmalloc promises that for powers of two only, and breaks it for
 * others with slub_debug.
 */
static void *kpool_large_kmalloc(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid)
{
	struct mem_cgroup *before = kpool_account_begin(heap, &gfp);
	void *p = kmalloc_node(size, gfp, nid);

	if (unlikely(!kpool_large_is_aligned(p, size))) {
		kfree(p);
		p = kmalloc_node(roundup_pow_of_two(size), gfp, nid);
	}
	kpool_account_end(heap, before);
	return p;
}

/* Constructed if the heap's blocks are. */
static void *kpool_large_construct(struct kpool_heap *heap, void *p)
{
	if (unlikely(heap->ctor) && p)
		heap->ctor(p);
	return p;
}

/* Memory from kmalloc on behalf of @heap. */
void *kpool_large_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid)
{
	bool debug = heap->flags & KPOOL_HEAP_DEBUG;
	struct kpool_large *large;
	void *p;

	if (!(heap->flags & KPOOL_LARGE_TRACKED))
		return kpool_large_construct(heap, kpool_large_kmalloc(heap, size, gfp, nid));

	large = kpool_large_new(size, debug ? kpool_debug_large_room(size) : size, gfp);
	if (!large)
		return NULL;
	p = kpool_large_kmalloc(heap, large->room, gfp, nid);
	if (!p) {
		kfree(large);
		return NULL;
	}
	if (debug)
		kpool_debug_large_out(large, p, gfp);
	kpool_large_insert(large, heap, p);
	return kpool_large_construct(heap, p);
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
static struct kpool_large *kpool_large_forget(const void *p)
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

/* Gives memory of a debug heap back that is in the tree no longer. */
static void kpool_large_let_go(struct kpool_large *large)
{
	kpool_debug_large_home(large);
	kfree(large->p);
	kfree(large);
}

/* Memory that was freed according to kpool_large_look() goes, after a while. */
void kpool_large_retire(const void *p, const struct kpool_track *by)
{
	struct kpool_large *large;
	unsigned long flags;

	spin_lock_irqsave(&kpool_large_lock, flags);
	large = kpool_large_find(p);
	if (large && large->state == KPOOL_LARGE_FREED) {
		large->free = *by;
		large = kpool_large_keep(large);
	} else {
		large = NULL; /* freed twice meanwhile */
	}
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	if (large)
		kpool_large_let_go(large);
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

/*
 * Bytes to ask krealloc() for, so that memory that moves is aligned as kpool_large_kmalloc()
 * aligns it. A look at the result would come too late: the old memory is free by then. Above
 * 192 bytes, kmalloc's caches are powers of two.
 */
static size_t kpool_large_ask(const void *p, size_t size)
{
	if (size > 192 || (size & -size) <= ARCH_KMALLOC_MINALIGN || ksize(p) >= size)
		return size;
	return roundup_pow_of_two(size);
}

/*
 * krealloc() of what kpool_large_alloc() or anybody's kmalloc() gave. If it
 * moves it is @heap's, else whose it was. It is not in the tree meanwhile, since
 * its address may be somebody else's at once.
 */
void *kpool_large_realloc(struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp)
{
	bool tracked = heap->flags & KPOOL_LARGE_TRACKED;
	bool debug = heap->flags & KPOOL_HEAP_DEBUG;
	struct kpool_large *large = kpool_large_forget(p);
	struct kpool_heap *owner = large ? large->heap : NULL;
	unsigned long old = (unsigned long)p;
	struct mem_cgroup *before;
	void *new;

	if (tracked && !large) {
		large = kpool_large_new(size, size, gfp);
		if (!large)
			return NULL;
	}
	before = kpool_account_begin(heap, &gfp);
	new = krealloc(p, kpool_large_ask(p, size), gfp);
	kpool_account_end(heap, before);
	if (new && ((unsigned long)new != old || (debug && !owner)))
		owner = tracked ? heap : NULL;
	if (new && debug && owner == heap) {
		large->size = size;
		large->room = size;
		kpool_track_here(&large->alloc, gfp);
	}
	if (owner)
		kpool_large_insert(large, owner, new ?: (void *)old);
	else
		kfree(large);
	return new;
}

static void kpool_large_end_grace(struct rcu_head *rcu)
{
	struct kpool_large *large = container_of(rcu, struct kpool_large, rcu);

	kfree(large->p);
	kfree(large);
}

/* Frees memory that is not in the tree, and its entry. */
static void kpool_large_drop(const void *p, struct kpool_large *large)
{
	if (large && kpool_heap_is_typesafe(large->heap)) {
		call_rcu(&large->rcu, kpool_large_end_grace);
		return;
	}
	kfree(large);
	kfree(p);
}

/*
 * Is @p, which lies in no arena, for kfree()? As far as its page tells: kfree() itself
 * takes any address for one of memory, and any page for one of its own. virt_addr_valid()
 * takes some 60 instructions, and is only asked where a comparison does not do.
 */
bool kpool_large_is_kmalloc(const void *p)
{
	struct folio *folio;

	if (unlikely(!kpool_map_has_page(p)) && !virt_addr_valid(p))
		return false;
	folio = virt_to_folio(p);
	return folio_test_slab(folio) || (folio_test_large(folio) && folio_address(folio) == p);
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

/* The same for a free: if not, it is reported, and the memory left alone. */
static bool kpool_large_may_free(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return false;
	if (likely(kpool_large_is_kmalloc(p)))
		return true;
	kpool_report_bad_free(kpool_default_heap, p, 0,
			      "memory that neither kpool nor kmalloc gave");
	return false;
}

/* Frees what kpool_large_alloc() or anybody's kmalloc() gave. */
void kpool_large_free(const void *p)
{
	if (!kpool_debug_free_large(NULL, p, KPOOL_DEBUG_ANY_SIZE) && kpool_large_may_free(p))
		kpool_large_drop(p, kpool_large_forget(p));
}

void kpool_large_free_sensitive(const void *p)
{
	struct kpool_large copy;
	size_t typesafe;

	if (kpool_large_look(p, false, &copy) && copy.state == KPOOL_LARGE_LIVE && copy.p == p)
		memzero_explicit((void *)p, copy.size);
	if (kpool_debug_free_large(NULL, p, KPOOL_DEBUG_ANY_SIZE) || !kpool_large_may_free(p))
		return;
	typesafe = kpool_large_typesafe_size(p);
	if (typesafe) {
		memzero_explicit((void *)p, typesafe);
		kpool_large_free(p);
		return;
	}
	kfree(kpool_large_forget(p));
	kfree_sensitive(p);
}

/*
 * Bytes that it holds; of a debug heap's those asked for, or 0 when it is not live. 0 for
 * what kfree() would not take, too.
 */
size_t kpool_large_size(const void *p)
{
	struct kpool_large copy;

	if (!kpool_large_look(p, false, &copy))
		return kpool_large_is_kmalloc(p) ? ksize(p) : 0;
	return copy.state == KPOOL_LARGE_LIVE && copy.p == p ? copy.size : 0;
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

static struct kpool_large *kpool_large_pop(struct list_head *list)
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

/*
 * Forgets all that is out of the heap, and frees it if @free is set. What is out of
 * a debug heap is only forgotten if @last is set. May sleep. Return: how many.
 */
unsigned long kpool_large_end(struct kpool_heap *heap, bool free, bool last)
{
	struct kpool_large *large;
	unsigned long nr = 0;
	LIST_HEAD(out);

	while ((large = kpool_large_pop(&heap->large_freed)))
		kpool_large_let_go(large);
	heap->nr_large_freed = 0;
	while ((large = kpool_large_pop(&heap->large))) {
		bool live = large->state == KPOOL_LARGE_LIVE;

		cond_resched();
		nr += live;
		if (live && !free && !last && heap->flags & KPOOL_HEAP_DEBUG) {
			list_add(&large->list, &out);
			continue;
		}
		if (live && free && heap->flags & KPOOL_HEAP_DEBUG)
			kpool_debug_large_home(large);
		if (free || !live)
			kpool_large_drop(large->p, large);
		else
			kfree(large);
	}
	while ((large = list_first_entry_or_null(&out, struct kpool_large, list))) {
		list_del(&large->list);
		kpool_large_insert(large, heap, large->p);
		cond_resched();
	}
	return nr;
}
