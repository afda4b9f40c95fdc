// SPDX-License-Identifier: GPL-2.0
/*
 * Debug heaps.
 *
 * An object of a debug heap lies inside a block of a larger class:
 *
 *   block
 *   +--------+-----------+------------------------+----------------+
 *   | header | left zone | object, as asked for   | right zone     |
 *   +--------+-----------+------------------------+----------------+
 *   28 bytes    to where the object is aligned      to the block's end
 *               as in any heap
 *
 * States of a block, in its header:
 *
 *   fresh  ->  live  ->  busy  ->  free  ->  live ...
 *              live  ->  waiting  ->  live
 *                any of them  ->  quarantined, after a report
 *
 *   fresh        never handed out; poison throughout, from the new arena
 *   live         held by a caller; zones intact
 *   waiting      waiting for a grace period, then to be freed
 *   busy         being freed
 *   free         poison from the header to the end
 *   quarantined  out of service: never handed out again, never reported again
 *
 * States change by compare-and-exchange, so that of two simultaneous frees of an object one is
 * reported. A free block that is quarantined stays on its pool's free list. An allocation that
 * takes the block leaves it out of service and takes another one.
 *
 * A debug heap has no magazines. This file handles all of its blocks, on slow paths that it shares
 * with other heaps. The fast paths of other heaps accept none of its class bytes. Its pools never
 * change class, so a stale pointer always leads to the header of a block.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/bitops.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "class.h"
#include "compat.h"
#include "debug/block.h"
#include "debug/debug.h"
#include "debug/report.h"
#include "fallback.h"
#include "header.h"
#include "map.h"
#include "observe/trace.h"
#include "pages.h"
#include "pool.h"
#include "refill.h"

/**
 * struct kpool_debug_layout - place of an object in its block
 * @class: class of the block
 * @offset: offset of the object in the block; 0 if no block is large enough
 */
struct kpool_debug_layout {
	u8 class;
	u16 offset;
};

bool kpool_debug_any __read_mostly;

/* Indexed by the class that serves the object in a normal heap. */
static struct kpool_debug_layout kpool_debug_layouts[KPOOL_NR_CLASSES] __ro_after_init;

/*
 * Find the smallest class that holds the header, a zone, the aligned object and another zone.
 * Return: false if there is none.
 */
static bool __init kpool_debug_fit(struct kpool_debug_layout *layout, unsigned int size,
				   unsigned int zone)
{
	unsigned int align = size & -size, class;
	unsigned int offset = ALIGN(sizeof(struct kpool_debug_header) + zone, align);

	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		if (kpool_class_size(class) % align ||
		    kpool_class_size(class) < offset + size + zone)
			continue;
		layout->class = class;
		layout->offset = offset;
		return true;
	}
	return false;
}

void __init kpool_debug_init(void)
{
	unsigned int class, zone;

	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		for (zone = KPOOL_DEBUG_ZONE_MAX; zone >= KPOOL_DEBUG_ZONE_MIN; zone /= 2)
			if (kpool_debug_fit(&kpool_debug_layouts[class], kpool_class_size(class),
					    zone))
				break;
}

/* Prepare for a new debug heap. Without memory for the stack depot it has no traces. */
void kpool_debug_start(struct kpool_heap *heap)
{
	if (kpool_track_init())
		pr_err("heap %s: no memory for the stack depot: reports have no stack traces\n",
		       heap->name);
	WRITE_ONCE(kpool_debug_any, true);
}

/* Move a block from state @from to @to. Return: false if the block is in another state. */
static bool kpool_debug_move(struct kpool_debug_header *header, enum kpool_debug_state from,
			     enum kpool_debug_state to)
{
	return cmpxchg(&header->state, from, to) == from;
}

/* The header of the block that @p points into, or NULL if @p points into no block. */
static struct kpool_debug_header *kpool_debug_header(const void *p)
{
	unsigned int class = kpool_map_byte(p) & KPOOL_BYTE_CLASS;
	unsigned int offset = (unsigned long)p & (KPOOL_POOL_SIZE - 1);
	const struct kpool_class_info *info = &kpool_class_info[class];

	if (class >= KPOOL_NR_CLASSES || offset / info->stride >= info->capacity)
		return NULL;
	return (void *)p - offset % info->stride;
}

/* The first byte of a free block that was overwritten, or NULL. NULL for a block out of service. */
const void *kpool_debug_written(const struct kpool_debug_header *header,
				enum kpool_debug_state state)
{
	const void *from = header, *end = kpool_debug_end_of(header);

	if (state == KPOOL_DEBUG_QUARANTINED)
		return NULL;
	if (state != KPOOL_DEBUG_FRESH) {
		if (state != KPOOL_DEBUG_FREE || !kpool_debug_intact(header))
			return header;
		from = header + 1;
	}
	return memchr_inv(from, KPOOL_DEBUG_POISON, end - from);
}

/* The first byte of a live block's zones that was overwritten, or NULL. */
const void *kpool_debug_overrun(const struct kpool_debug_header *header)
{
	const void *object = kpool_debug_object(header), *right = object + header->size;

	return memchr_inv(header + 1, KPOOL_DEBUG_ZONE, object - (void *)(header + 1)) ?:
	       memchr_inv(right, KPOOL_DEBUG_ZONE, kpool_debug_end_of(header) - right);
}

/* Remove the object from kmemleak. Its offset may have been overwritten: then try all offsets. */
static void kpool_debug_forget(const struct kpool_debug_header *header)
{
	const void *p = header + 1, *end = kpool_debug_end_of(header);

	if (!IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))
		return;
	if (kpool_debug_intact(header))
		kmemleak_free(kpool_debug_object(header));
	else
		for (p = PTR_ALIGN(p, KPOOL_CLASS_STEP); p < end; p += KPOOL_CLASS_STEP)
			kmemleak_free_part(p, end - p);
}

/* Take a block in state @state out of service. Return: false if the state has changed meanwhile. */
static bool kpool_debug_quarantine(struct kpool_heap *heap, struct kpool_debug_header *header,
				   enum kpool_debug_state state)
{
	if (!kpool_debug_move(header, state, KPOOL_DEBUG_QUARANTINED))
		return false;
	kpool_debug_forget(header);
	kpool_event(heap, KPOOL_EVENT_QUARANTINE);
	return true;
}

/* Report a block: its place, its allocation and free, and its contents. */
static void kpool_debug_describe(const struct kpool_debug_header *header, const void *p,
				 const void *bad)
{
	struct kpool_arena *arena = kpool_arena_of(header);
	unsigned int size = kpool_class_size(kpool_map_byte(header) & KPOOL_BYTE_CLASS);
	bool intact = kpool_debug_intact(header);
	const void *object = intact ? kpool_debug_object(header) : header;

	kpool_report_line("Block of the %u-byte class, arena %lu, pool %u, offset %lu", size,
			  arena->id, kpool_pool_index(header),
			  (unsigned long)header & (KPOOL_ARENA_SIZE - 1));
	if (intact) {
		kpool_report_line("Object of %u bytes at offset %u of the block", header->size,
				  header->offset);
		if (p && p != object)
			kpool_report_line("The pointer is %+ld bytes from the object's start",
					  (long)(p - object));
		if (bad)
			kpool_report_line("The damage begins %+ld bytes from the object's start",
					  (long)(bad - object));
		kpool_report_track("Allocated", &header->alloc);
		kpool_report_track("Freed", &header->free);
	} else {
		kpool_report_line("Block header damaged: offsets count from the block's start");
	}
	kpool_report_dump(header, kpool_debug_end_of(header), object, bad);
}

/* Report a pointer that leads to no block. */
static void kpool_debug_describe_pointer(const void *p)
{
	struct kpool_arena *arena = kpool_arena_of(p);
	char title[KPOOL_REPORT_TITLE];

	if (kpool_map_byte(p) != KPOOL_BYTE_FOREIGN)
		kpool_report_line("The pointer points into %s, arena %lu, offset %lu",
				  kpool_report_title(title, arena->heap), arena->id,
				  (unsigned long)p & (KPOOL_ARENA_SIZE - 1));
	else
		kpool_report_line("The pointer points into no arena");
}

/* Report misuse of a block, or of a pointer that leads to no block. */
static void kpool_debug_complain(struct kpool_heap *heap, const void *p,
				 const struct kpool_debug_header *header, const void *bad,
				 const char *what, const char *outcome)
{
	unsigned long flags;

	kpool_report_begin(heap, &flags, "%s", what);
	kpool_report_here(bad ? "Detected" : "Caused");
	if (header)
		kpool_debug_describe(header, p, bad);
	else if (p)
		kpool_debug_describe_pointer(p);
	kpool_report_end(heap, flags, outcome);
}

/* Check a free block before its memory is released or returned. Report it if it was overwritten. */
void kpool_debug_last_look(struct kpool_heap *heap, const struct kpool_debug_header *header)
{
	const void *bad = kpool_debug_written(header, READ_ONCE(header->state));

	if (unlikely(bad))
		kpool_debug_complain(heap, NULL, header, bad, KPOOL_DEBUG_WRITTEN,
				     "end of report, the memory is released");
}

/*
 * Take a free block out of service and report it if it was overwritten. Return: whether it was
 * overwritten.
 */
bool kpool_debug_refuse(struct kpool_heap *heap, struct kpool_debug_header *header,
			enum kpool_debug_state state)
{
	const void *bad = kpool_debug_written(header, state);

	if (likely(!bad))
		return false;
	if (kpool_debug_quarantine(heap, header, state))
		kpool_debug_complain(heap, NULL, header, bad, KPOOL_DEBUG_WRITTEN,
				     KPOOL_DEBUG_END_QUARANTINED);
	return true;
}

/* Make a block from its pool an object. Return: NULL if the block must stay out of service. */
static void *kpool_debug_hand_out(struct kpool_heap *heap, struct kpool_debug_header *header,
				  size_t size, unsigned int offset, gfp_t gfp)
{
	enum kpool_debug_state state = READ_ONCE(header->state);
	const void *end = kpool_debug_end_of(header);
	void *object = (void *)header + offset;

	if (state == KPOOL_DEBUG_QUARANTINED || kpool_debug_refuse(heap, header, state))
		return NULL;
	header->size = size;
	header->offset = offset;
	header->free = (struct kpool_track) {};
	kpool_track_here(&header->alloc, gfp);
	header->sum = kpool_debug_sum(header);
	memset(header + 1, KPOOL_DEBUG_ZONE, object - (void *)(header + 1));
	memset(object, want_init_on_alloc(gfp) ? 0 : KPOOL_DEBUG_RAW, size);
	memset(object + size, KPOOL_DEBUG_ZONE, end - (object + size));
	/* The block may have been freed once more meanwhile. */
	if (!kpool_debug_move(header, state, KPOOL_DEBUG_LIVE))
		return NULL;
	kmemleak_alloc(object, size, 1, gfp);
	if (heap->ctor)
		heap->ctor(object);
	return object;
}

/* Allocate a small object of a debug heap near node @nid. Return: NULL without memory. */
void *kpool_debug_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid)
{
	const struct kpool_debug_layout *layout = &kpool_debug_layouts[kpool_class_of(size)];
	void *block, *object;

	if (unlikely(kpool_heap_is_destroyed(heap))) {
		kpool_debug_complain(heap, NULL, NULL, NULL, "allocation from a destroyed heap",
				     "end of report, nothing was allocated");
		return NULL;
	}
	while (layout->offset && kpool_refill_take(heap, nid, layout->class, &block + 1, 1, gfp)) {
		object = kpool_debug_hand_out(heap, block, size, layout->offset, gfp);
		if (object) {
			this_cpu_inc(heap->cpu->cold[layout->class].slow_allocs);
			return object;
		}
	}
	object = kpool_fallback_alloc(heap, size, gfp, nid);
	if (object)
		kpool_event(heap, layout->offset ? KPOOL_EVENT_FALLBACK : KPOOL_EVENT_LARGE);
	if (object && layout->offset)
		trace_kpool_fallback(heap, object, size, gfp, nid);
	return object;
}

/* Report a free of memory that was never an object, or not of an object's start. */
void kpool_debug_reject(struct kpool_heap *heap, const void *p,
			const struct kpool_debug_header *header, const char *what)
{
	kpool_debug_complain(heap, p, header, NULL, what, KPOOL_DEBUG_END_NOT_FREED);
}

/* Read the state of the block that @p points into. Report an overwritten header. */
static enum kpool_debug_state kpool_debug_read_state(struct kpool_heap *heap, const void *p,
						     struct kpool_debug_header *header)
{
	enum kpool_debug_state state;

	do {
		/* Pairs with kpool_debug_move(): writes before the change of state are visible. */
		state = smp_load_acquire(&header->state);
		/* No header, a header that is being changed, or one that no longer matters. */
		if (state == KPOOL_DEBUG_FRESH || state == KPOOL_DEBUG_BUSY ||
		    state == KPOOL_DEBUG_QUARANTINED)
			return state;
		if (kpool_debug_is_known(state) && kpool_debug_intact(header))
			return state;
		/* If this fails, the header was changed while it was read: read it again. */
	} while (!kpool_debug_quarantine(heap, header, state));
	kpool_debug_complain(heap, p, header, header,
			     "free of an object with an overwritten header",
			     KPOOL_DEBUG_END_QUARANTINED);
	return KPOOL_DEBUG_QUARANTINED;
}

/* Is @p the start of an object that is or was live? If not, report it, unless a report was made. */
static bool kpool_debug_is_object(struct kpool_heap *heap, const void *p,
				  struct kpool_debug_header *header, enum kpool_debug_state state)
{
	if (state == KPOOL_DEBUG_QUARANTINED)
		return false;
	if (state == KPOOL_DEBUG_FRESH)
		kpool_debug_reject(heap, p, NULL,
				   "invalid free of memory that was never allocated");
	else if (p != kpool_debug_object(header))
		kpool_debug_reject(heap, p, header,
				   "invalid free: the pointer is not the start of an object");
	else
		return true;
	return false;
}

/* The fault of a live object's free, or NULL if the free is valid. */
const char *kpool_debug_fault(struct kpool_heap *heap, struct kpool_heap *owner,
			      size_t asked, size_t size, const void *bad, const void *object)
{
	if (bad)
		return bad < object ? "red zone left of an object was overwritten" :
				      "red zone right of an object was overwritten";
	if (heap && heap != owner)
		return "free to another heap than the object's";
	if (size != KPOOL_DEBUG_ANY_SIZE && size != asked)
		return size < asked ? "free with a size smaller than was asked for" :
				      "free with a size larger than was asked for";
	return NULL;
}

/* Poison a busy object and free it. Nothing else touches a busy object. */
static void kpool_debug_put(struct kpool_heap *owner, struct kpool_debug_header *header)
{
	unsigned int class = kpool_map_byte(header) & KPOOL_BYTE_CLASS;
	void *block = header;

	if (!header->free.pid) /* keep the record of kpool_debug_rcu_begin() */
		kpool_track_here(&header->free, KPOOL_GFP_FREE);
	header->sum = kpool_debug_sum(header);
	memset(header + 1, KPOOL_DEBUG_POISON, kpool_debug_end_of(header) - (void *)(header + 1));
	kpool_debug_forget(header);
	if (kpool_debug_move(header, KPOOL_DEBUG_BUSY, KPOOL_DEBUG_FREE))
		kpool_pool_put(owner, class, &block, 1);
}

/* Free a busy object, or take it out of service and report a fault. */
void kpool_debug_free_live(struct kpool_heap *heap, struct kpool_heap *owner,
			   struct kpool_debug_header *header, const void *p, size_t size)
{
	const void *bad = kpool_debug_overrun(header);
	const char *fault = kpool_debug_fault(heap, owner, header->size, size, bad, p);

	if (fault) {
		if (kpool_debug_quarantine(owner, header, KPOOL_DEBUG_BUSY))
			kpool_debug_complain(owner, p, header, bad, fault,
					     KPOOL_DEBUG_END_QUARANTINED);
		return;
	}
	if (kpool_heap_is_destroyed(owner))
		kpool_debug_complain(owner, p, header, NULL,
				     "free of an object after its heap was destroyed",
				     "end of report, the object was freed");
	kpool_debug_put(owner, header);
}

/*
 * Report a free of an object that is free, is being freed or waits for a grace period. Return:
 * false if the state has changed meanwhile. The caller then reads it again.
 */
static bool kpool_debug_free_again(struct kpool_heap *owner, struct kpool_debug_header *header,
				   const void *p, enum kpool_debug_state state)
{
	const char *what = kpool_heap_is_destroyed(owner) ? "free after the heap was destroyed" :
							  "double free";

	if (!kpool_debug_quarantine(owner, header, state))
		return false;
	kpool_debug_complain(owner, p, header, NULL, what, KPOOL_DEBUG_END_QUARANTINED);
	return true;
}

/* Free an object in an arena of a debug heap, or report why not. */
static void kpool_debug_free_block(struct kpool_heap *heap, struct kpool_heap *owner,
				   const void *p, size_t size)
{
	struct kpool_debug_header *header = kpool_debug_header(p);
	enum kpool_debug_state state;

	if (!header) {
		kpool_debug_reject(owner, p, NULL, "invalid free of memory that is no block");
		return;
	}
	do {
		state = kpool_debug_read_state(owner, p, header);
		if (!kpool_debug_is_object(owner, p, header, state))
			return;
		if (state != KPOOL_DEBUG_LIVE && kpool_debug_free_again(owner, header, p, state))
			return;
	} while (!kpool_debug_move(header, KPOOL_DEBUG_LIVE, KPOOL_DEBUG_BUSY));
	kpool_debug_free_live(heap, owner, header, p, size);
}

/**
 * kpool_debug_free() - free memory that may belong to a debug heap
 * @heap: the heap that the caller names, NULL for any
 * @p: the pointer that the caller passed
 * @size: the size that the caller passed, or KPOOL_DEBUG_ANY_SIZE
 *
 * Either @heap or the heap that @p belongs to is a debug heap.
 *
 * Context: any.
 */
void kpool_debug_free(struct kpool_heap *heap, const void *p, size_t size)
{
	const struct kpool_arena *arena = kpool_arena_of(p);

	if (ZERO_OR_NULL_PTR(p))
		return;
	if (kpool_map_byte(p) == KPOOL_BYTE_FOREIGN) {
		if (!kpool_debug_free_large(heap, p, size))
			kpool_fallback_free(p);
		return;
	}
	if (!kpool_header_check(arena))
		return;
	if (arena->heap->flags & KPOOL_HEAP_DEBUG)
		kpool_debug_free_block(heap, arena->heap, p, size);
	else if (heap)
		kpool_debug_reject(heap, p, NULL, "free of a block of a heap without debugging");
}

/* Bytes asked for, if @p is a live object of a debug heap; else 0. */
size_t kpool_debug_size(const void *p)
{
	struct kpool_debug_header *header = kpool_debug_header(p);

	if (!header || READ_ONCE(header->state) != KPOOL_DEBUG_LIVE ||
	    !kpool_debug_intact(header) || p != kpool_debug_object(header))
		return 0;
	return header->size;
}

/*
 * Mark an object of a debug heap as waiting for a grace period. Any other free meanwhile is
 * reported. Return: false for a free object or no object, which is reported.
 */
bool kpool_debug_rcu_begin(const void *p)
{
	struct kpool_debug_header *header;

	if (!kpool_byte_is_debug(kpool_map_byte(p)))
		return true;
	header = kpool_debug_header(p);
	if (kpool_debug_size(p) && kpool_debug_move(header, KPOOL_DEBUG_LIVE, KPOOL_DEBUG_BUSY)) {
		kpool_track_here(&header->free, KPOOL_GFP_FREE);
		header->sum = kpool_debug_sum(header);
		return kpool_debug_move(header, KPOOL_DEBUG_BUSY, KPOOL_DEBUG_WAITING);
	}
	kpool_debug_free(NULL, p, KPOOL_DEBUG_ANY_SIZE); /* reports what is wrong */
	return false;
}

/* End an object's wait for a grace period, just before its free. */
void kpool_debug_rcu_end(const void *p)
{
	if (kpool_byte_is_debug(kpool_map_byte(p)))
		kpool_debug_move(kpool_debug_header(p), KPOOL_DEBUG_WAITING, KPOOL_DEBUG_LIVE);
}

/* Does @p point into memory of a debug heap, live or not? */
bool kpool_debug_owns(const void *p)
{
	u8 byte = kpool_map_byte(p);
	struct kpool_record large;

	if (byte == KPOOL_BYTE_FOREIGN)
		return kpool_record_look(p, false, &large);
	return kpool_header_heap(p)->flags & KPOOL_HEAP_DEBUG;
}

/* Make a live object smaller, in place. */
void kpool_debug_cut(const void *p, size_t old, size_t size)
{
	struct kpool_debug_header *header;

	memset((void *)p + size, KPOOL_DEBUG_ZONE, old - size);
	if (kpool_map_byte(p) == KPOOL_BYTE_FOREIGN) {
		kpool_record_cut(p, size);
		return;
	}
	header = kpool_debug_header(p);
	header->size = size;
	header->sum = kpool_debug_sum(header);
}

/* Poison a new arena, so that writes to its blocks before their first use are found. */
void kpool_debug_poison_arena(struct kpool_arena *arena)
{
	memset((void *)arena + KPOOL_HEADER_SIZE, KPOOL_DEBUG_POISON,
	       KPOOL_ARENA_SIZE - KPOOL_HEADER_SIZE);
}
