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
#include "large.h"
#include "map.h"

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

/* The same for a free: if not, it is reported, and the memory left alone. */
static bool kpool_large_may_free(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return false;
	if (likely(kpool_map_is_kmalloc(p)))
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
		return kpool_map_is_kmalloc(p) ? ksize(p) : 0;
	return copy.state == KPOOL_LARGE_LIVE && copy.p == p ? copy.size : 0;
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
		kpool_debug_large_let_go(large);
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
