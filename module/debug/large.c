// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of debug heaps that kmalloc serves.
 *
 * kmalloc serves requests for 449 to 512, for 681 to 768 and for more than 816 bytes, because no
 * block has room for the header and two zones. It also serves other requests that a block cannot
 * serve. The object begins where kmalloc's memory begins, and has a zone on its right. The size
 * asked of kmalloc gives the object its alignment. A record replaces the header. Freed memory is
 * poisoned and kept for a while.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "class.h"
#include "compat.h"
#include "debug/block.h"
#include "debug/debug.h"
#include "debug/report.h"
#include "map.h"
#include "pages.h"
#include "record.h"

/* Bytes to ask kmalloc for, so that the memory has a zone and the alignment for @size. */
size_t kpool_debug_large_room(size_t size)
{
	size_t aligned = kpool_size_is_small(size) ? kpool_class_size(kpool_class_of(size)) : size;
	size_t room = size + KPOOL_DEBUG_ZONE_MIN;

	if (size > KMALLOC_MAX_SIZE / 2)
		return size; /* no zone: with one, kmalloc might refuse */
	return (aligned & -aligned) > ARCH_KMALLOC_MINALIGN ? roundup_pow_of_two(room) : room;
}

/* Make memory of kmalloc an object of a debug heap. */
void kpool_debug_large_init(struct kpool_record *large, void *p, gfp_t gfp)
{
	kpool_track_here(&large->alloc, gfp);
	if (!want_init_on_alloc(gfp))
		memset(p, KPOOL_DEBUG_RAW, large->size);
	memset(p + large->size, KPOOL_DEBUG_ZONE, large->room - large->size);
}

static void kpool_debug_complain_large(struct kpool_heap *heap, const struct kpool_record *large,
				       const void *p, const void *bad, const char *what,
				       const char *outcome)
{
	unsigned long flags;

	kpool_report_begin(heap, &flags, "%s", what);
	kpool_report_here(bad ? "Detected" : "Caused");
	kpool_report_line("Object of %zu bytes from kmalloc()", large->size);
	if (p != large->p)
		kpool_report_line("The pointer is %+ld bytes from the object's start",
				  (long)(p - large->p));
	if (bad)
		kpool_report_line("The damage begins %+ld bytes from the object's start",
				  (long)(bad - large->p));
	kpool_report_track("Allocated", &large->alloc);
	kpool_report_track("Freed", &large->free);
	kpool_report_dump(large->p, large->p + large->room, large->p, bad);
	kpool_report_end(heap, flags, outcome);
}

/* The first damaged byte of a live object's zone or of a freed one's poison, or NULL. */
static const void *kpool_debug_large_bad(const struct kpool_record *large)
{
	return large->state == KPOOL_RECORD_FREED ?
	       memchr_inv(large->p, KPOOL_DEBUG_POISON, large->room) :
	       memchr_inv(large->p + large->size, KPOOL_DEBUG_ZONE, large->room - large->size);
}

/* Check memory a last time before its kfree(). Report damage. */
void kpool_debug_large_check(struct kpool_record *large)
{
	const void *bad = kpool_debug_large_bad(large);

	if (bad)
		kpool_debug_complain_large(large->heap, large, large->p, bad,
					   large->state == KPOOL_RECORD_FREED ?
					   "a freed object was written to" :
					   "red zone right of an object was overwritten",
					   "end of report, the memory is freed with kfree()");
}

/* Check and free memory and its record, which is no longer in the tree. NULL is ignored. */
void kpool_debug_large_let_go(struct kpool_record *large)
{
	if (!large)
		return;
	kpool_debug_large_check(large);
	kfree(large->p);
	kfree(large);
}

static void kpool_debug_quarantine_large(const struct kpool_record *large, const void *bad,
					 const char *what)
{
	kpool_record_quarantine(large->p);
	kpool_event(large->heap, KPOOL_EVENT_QUARANTINE);
	kpool_debug_complain_large(large->heap, large, large->p, bad, what,
				   KPOOL_DEBUG_END_QUARANTINED);
}

/*
 * Report a free of memory that no debug heap has a record of, unless it is kmalloc's and @heap is
 * NULL. Return: false then: the caller has to pass the memory to kfree().
 */
static bool kpool_debug_free_unknown(struct kpool_heap *heap, const void *p)
{
	if (heap)
		kpool_debug_reject(heap, p, NULL,
				   "free of memory that is not the heap's, or free already");
	else if (!kpool_map_is_kmalloc(p))
		kpool_debug_reject(kpool_default_heap, p, NULL,
				   "invalid free of memory that neither kpool nor kmalloc gave");
	else
		return false;
	return true;
}

static void kpool_debug_free_live_large(struct kpool_heap *heap, const struct kpool_record *large,
					size_t size)
{
	const void *bad = kpool_debug_large_bad(large);
	const char *fault = kpool_debug_fault(heap, large->heap, large->size, size, bad, large->p);
	struct kpool_track by;

	if (fault) {
		kpool_debug_quarantine_large(large, bad, fault);
		return;
	}
	if (kpool_heap_is_destroyed(large->heap))
		kpool_debug_complain_large(large->heap, large, large->p, NULL,
					   "free of an object after its heap was destroyed",
					   "end of report, the object was freed");
	kpool_track_here(&by, KPOOL_GFP_FREE);
	memset((void *)large->p, KPOOL_DEBUG_POISON, large->room);
	kpool_debug_large_let_go(kpool_record_retire(large->p, &by));
}

/*
 * Free memory outside arenas if it belongs to a debug heap, or report why not. Return: false if the
 * caller has to pass it to kfree().
 */
bool kpool_debug_free_large(struct kpool_heap *heap, const void *p, size_t size)
{
	struct kpool_record large;

	if (!READ_ONCE(kpool_debug_any) || ZERO_OR_NULL_PTR(p))
		return false;
	if (!kpool_record_look(p, true, &large))
		return kpool_debug_free_unknown(heap, p);
	if (p != large.p)
		kpool_debug_complain_large(large.heap, &large, p, NULL,
					   "invalid free: the pointer is not the start of an object",
					   KPOOL_DEBUG_END_NOT_FREED);
	else if (large.state == KPOOL_RECORD_LIVE)
		kpool_debug_free_live_large(heap, &large, size);
	else if (large.state == KPOOL_RECORD_FREED)
		kpool_debug_quarantine_large(&large, NULL, "double free");
	return true;
}
