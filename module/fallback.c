// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that kmalloc serves: too large, bound to a zone, or without an arena. Heaps that must
 * find the memory again keep records of it, see record.c.
 *
 * This file is a source of memory on the level of pages.c: pools pass kmalloc's memory that came
 * through a magazine to kpool_fallback_free().
 */
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "account.h"
#include "class.h"
#include "compat.h"
#include "debug/debug.h"
#include "fallback.h"
#include "map.h"
#include "record.h"

/* Replace memory that is aligned less than its size promises by a power of two of bytes. */
static noinline void *kpool_fallback_align(const void *p, size_t size, gfp_t gfp, int nid)
{
	kfree(p);
	return kmalloc_node(roundup_pow_of_two(size), gfp, nid);
}

/*
 * kmalloc memory, aligned to the largest power of two that divides @size. Before 6.12 kmalloc
 * promises that for powers of two only, and breaks it for others with slub_debug.
 *
 * Memory in a block's stead is zero up to ksize(). A free by size may put it into a magazine. It is
 * then cleared only up to the class's size, but krealloc() copies all of it.
 */
static __always_inline void *kpool_fallback_kmalloc(size_t size, gfp_t gfp, int nid)
{
	void *p;

	if (kpool_size_is_small(size))
		gfp |= __GFP_ZERO;
	p = kmalloc_node(size, gfp, nid);
	return likely(kpool_fallback_is_aligned(p, size)) ? p :
	       kpool_fallback_align(p, size, gfp, nid);
}

/* kpool_fallback_kmalloc(), charged to the heap's cgroup. */
static void *kpool_fallback_charged(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid)
{
	struct mem_cgroup *before = kpool_account_begin(heap, &gfp);
	void *p = kpool_fallback_kmalloc(size, gfp, nid);

	kpool_account_end(heap, before);
	return p;
}

/* Construct the memory if the heap's blocks are constructed. */
static void *kpool_fallback_construct(struct kpool_heap *heap, void *p)
{
	if (unlikely(heap->ctor) && p)
		heap->ctor(p);
	return p;
}

/* kpool_fallback_alloc() for a heap that charges, records or constructs the memory. */
static noinline void *kpool_fallback_alloc_slow(struct kpool_heap *heap, size_t size, gfp_t gfp,
						int nid)
{
	bool debug = heap->flags & KPOOL_HEAP_DEBUG;
	struct kpool_record *record;
	void *p;

	if (!(heap->flags & KPOOL_RECORD_HEAPS))
		return kpool_fallback_construct(heap, kpool_fallback_charged(heap, size, gfp, nid));

	record = kpool_record_new(size, debug ? kpool_debug_large_room(size) : size, gfp);
	if (!record)
		return NULL;
	p = kpool_fallback_charged(heap, record->room, gfp, nid);
	if (!p) {
		kfree(record);
		return NULL;
	}
	if (debug)
		kpool_debug_large_init(record, p, gfp);
	kpool_record_insert(record, heap, p);
	return kpool_fallback_construct(heap, p);
}

/* Allocate from kmalloc on behalf of @heap. */
void *kpool_fallback_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid)
{
	if (unlikely(heap->flags & (KPOOL_RECORD_HEAPS | KPOOL_HEAP_ACCOUNT) || heap->ctor))
		return kpool_fallback_alloc_slow(heap, size, gfp, nid);
	return kpool_fallback_kmalloc(size, gfp, nid);
}

/*
 * Bytes to ask krealloc() for, so that memory that moves is aligned as kpool_fallback_kmalloc()
 * aligns it. A check of the result would be too late, because the old memory is free by then. Above
 * 192 bytes, kmalloc's caches are powers of two.
 */
static size_t kpool_fallback_ask(const void *p, size_t size)
{
	if (size > 192 || (size & -size) <= ARCH_KMALLOC_MINALIGN || ksize(p) >= size)
		return size;
	return roundup_pow_of_two(size);
}

/*
 * krealloc() of memory from kpool_fallback_alloc() or any kmalloc(). Memory that moves becomes
 * @heap's, other memory keeps its owner. The record is not in the tree meanwhile, because other
 * memory may get the old address at once.
 */
void *kpool_fallback_realloc(struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp)
{
	bool tracked = heap->flags & KPOOL_RECORD_HEAPS;
	bool debug = heap->flags & KPOOL_HEAP_DEBUG;
	struct kpool_record *record = kpool_record_forget(p);
	struct kpool_heap *owner = record ? record->heap : NULL;
	unsigned long old = (unsigned long)p;
	struct mem_cgroup *before;
	void *new;

	if (tracked && !record) {
		record = kpool_record_new(size, size, gfp);
		if (!record)
			return NULL;
	}
	before = kpool_account_begin(heap, &gfp);
	new = krealloc(p, kpool_fallback_ask(p, size), gfp);
	kpool_account_end(heap, before);
	if (new && ((unsigned long)new != old || (debug && !owner)))
		owner = tracked ? heap : NULL;
	if (new && owner) {
		record->size = size;
		record->room = size;
	}
	if (new && debug && owner == heap)
		kpool_track_here(&record->alloc, gfp);
	if (owner)
		kpool_record_insert(record, owner, new ?: (void *)old);
	else
		kfree(record);
	return new;
}

static void kpool_fallback_end_grace(struct rcu_head *rcu)
{
	struct kpool_record *record = container_of(rcu, struct kpool_record, rcu);

	kfree(record->p);
	kfree(record);
}

/* Free memory and its record, if any. The record is no longer in the tree. */
static void kpool_fallback_drop(const void *p, struct kpool_record *record)
{
	if (record && kpool_heap_is_typesafe(record->heap)) {
		call_rcu(&record->rcu, kpool_fallback_end_grace);
		return;
	}
	kfree(record);
	kfree(p);
}

/* May @p be passed to kfree()? If not, report the free and leave the memory alone. */
static bool kpool_fallback_may_free(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return false;
	if (likely(kpool_map_is_kmalloc(p)))
		return true;
	kpool_report_bad_free(kpool_default_heap, p, 0,
			      "memory that neither kpool nor kmalloc gave");
	return false;
}

/* Free memory that may have a record, or that kmalloc may not have given. */
noinline void kpool_fallback_free_slow(const void *p)
{
	if (!kpool_debug_free_large(NULL, p, KPOOL_DEBUG_ANY_SIZE) && kpool_fallback_may_free(p))
		kpool_fallback_drop(p, kpool_record_forget(p));
}

void kpool_fallback_free_sensitive(const void *p)
{
	struct kpool_record copy;
	size_t typesafe;

	if (kpool_record_look(p, false, &copy) && copy.state == KPOOL_RECORD_LIVE && copy.p == p)
		memzero_explicit((void *)p, copy.size);
	if (kpool_debug_free_large(NULL, p, KPOOL_DEBUG_ANY_SIZE) || !kpool_fallback_may_free(p))
		return;
	typesafe = kpool_record_typesafe_size(p);
	if (typesafe) {
		memzero_explicit((void *)p, typesafe);
		kpool_fallback_free(p);
		return;
	}
	kfree(kpool_record_forget(p));
	kfree_sensitive(p);
}

/*
 * Usable size of the memory. In a debug heap the bytes asked for, or 0 if the memory is not live. 0
 * for a pointer that kfree() would not take.
 */
size_t kpool_fallback_size(const void *p)
{
	struct kpool_record copy;

	if (!kpool_record_look(p, false, &copy))
		return kpool_map_is_kmalloc(p) ? ksize(p) : 0;
	return copy.state == KPOOL_RECORD_LIVE && copy.p == p ? copy.size : 0;
}

/*
 * Forget the heap's memory from kmalloc, and free it if @free is set. Live memory of a debug heap
 * is forgotten only if @last is set. May sleep. Return: number of live pieces.
 */
unsigned long kpool_fallback_end(struct kpool_heap *heap, bool free, bool last)
{
	struct kpool_record *record;
	unsigned long nr = 0;
	LIST_HEAD(out);

	while ((record = kpool_record_pop(&heap->records_freed)))
		kpool_debug_large_let_go(record);
	heap->nr_records_freed = 0;
	while ((record = kpool_record_pop(&heap->records))) {
		bool live = record->state == KPOOL_RECORD_LIVE;

		cond_resched();
		nr += live;
		if (live && !free && !last && heap->flags & KPOOL_HEAP_DEBUG) {
			list_add(&record->list, &out);
			continue;
		}
		if (live && free && heap->flags & KPOOL_HEAP_DEBUG)
			kpool_debug_large_check(record);
		if (free || !live)
			kpool_fallback_drop(record->p, record);
		else
			kfree(record);
	}
	while ((record = list_first_entry_or_null(&out, struct kpool_record, list))) {
		list_del(&record->list);
		kpool_record_insert(record, heap, record->p);
		cond_resched();
	}
	return nr;
}
