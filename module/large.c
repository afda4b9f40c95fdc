// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that kmalloc serves: too large, bound to a zone, or without an arena.
 *
 * A region heap frees them when it is destroyed, so its own are entered in a
 * tree by address. kpool_free() may be given any of them, so the tree is one
 * for all heaps; while no region heap holds any, nobody looks into it.
 */
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "large.h"

/**
 * struct kpool_large - a request of a region heap that kmalloc served
 * @rb: in the tree, by address
 * @list: on heap->large
 * @heap: the region heap
 * @p: what kmalloc gave
 */
struct kpool_large {
	struct rb_node rb;
	struct list_head list;
	struct kpool_heap *heap;
	const void *p;
};

/* Bits of the caller's gfp that are not meant for an entry. */
#define KPOOL_LARGE_GFP_OFF	(__GFP_ZERO | GFP_ZONEMASK | __GFP_THISNODE | __GFP_ACCOUNT)

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

/* Enters @p as one of the region heap's. */
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

static void kpool_large_remove(struct kpool_large *large)
{
	rb_erase(&large->rb, &kpool_large_tree);
	list_del(&large->list);
}

/* Memory from kmalloc on behalf of @heap. */
void *kpool_large_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid)
{
	struct kpool_large *large;
	void *p;

	if (!(heap->flags & KPOOL_HEAP_REGION))
		return kmalloc_node(size, gfp, nid);

	large = kmalloc(sizeof(*large), gfp & ~KPOOL_LARGE_GFP_OFF);
	if (!large)
		return NULL;
	p = kmalloc_node(size, gfp, nid);
	if (!p) {
		kfree(large);
		return NULL;
	}
	kpool_large_insert(large, heap, p);
	return p;
}

/* Takes @p out of the tree, if it is there. Return: its entry, or NULL. */
static struct kpool_large *kpool_large_forget(const void *p)
{
	struct kpool_large *large = NULL;
	struct rb_node *rb;
	unsigned long flags;

	if (!READ_ONCE(kpool_large_tree.rb_node))
		return NULL;
	spin_lock_irqsave(&kpool_large_lock, flags);
	rb = rb_find(p, &kpool_large_tree, kpool_large_cmp);
	if (rb) {
		large = rb_entry(rb, struct kpool_large, rb);
		kpool_large_remove(large);
	}
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	return large;
}

/*
 * krealloc() of what kpool_large_alloc() or anybody's kmalloc() gave. If it
 * moves it is @heap's, else whose it was. It is not in the tree meanwhile, since
 * its address may be somebody else's at once.
 */
void *kpool_large_realloc(struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp)
{
	bool region = heap->flags & KPOOL_HEAP_REGION;
	struct kpool_large *large = kpool_large_forget(p);
	struct kpool_heap *owner = large ? large->heap : NULL;
	unsigned long old = (unsigned long)p;
	void *new;

	if (region && !large) {
		large = kmalloc(sizeof(*large), gfp & ~KPOOL_LARGE_GFP_OFF);
		if (!large)
			return NULL;
	}
	new = krealloc(p, size, gfp);
	if (new && (unsigned long)new != old)
		owner = region ? heap : NULL;
	if (owner)
		kpool_large_insert(large, owner, new ?: (void *)old);
	else
		kfree(large);
	return new;
}

/* Frees what kpool_large_alloc() or anybody's kmalloc() gave. */
void kpool_large_free(const void *p)
{
	kfree(kpool_large_forget(p));
	kfree(p);
}

void kpool_large_free_sensitive(const void *p)
{
	kfree(kpool_large_forget(p));
	kfree_sensitive(p);
}

static struct kpool_large *kpool_large_pop(struct kpool_heap *heap)
{
	struct kpool_large *large;
	unsigned long flags;

	spin_lock_irqsave(&kpool_large_lock, flags);
	large = list_first_entry_or_null(&heap->large, struct kpool_large, list);
	if (large)
		kpool_large_remove(large);
	spin_unlock_irqrestore(&kpool_large_lock, flags);
	return large;
}

/*
 * Forgets all that is out of a region heap, and frees it if @free is set.
 * Return: how many.
 */
unsigned long kpool_large_end(struct kpool_heap *heap, bool free)
{
	struct kpool_large *large;
	unsigned long nr = 0;

	while ((large = kpool_large_pop(heap))) {
		if (free)
			kfree(large->p);
		kfree(large);
		nr++;
	}
	return nr;
}
