// SPDX-License-Identifier: GPL-2.0
/*
 * Changing the size of an allocation. A block stays where it is while its class remains the same,
 * or when it is to become smaller and there is no memory to move it. Its heap then no longer trusts
 * the size that a free passes.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "api.h"
#include "debug/debug.h"
#include "fallback.h"
#include "header.h"
#include "heap.h"
#include "map.h"

/* Move a block of class size @usable to new memory of @size bytes. Return: NULL without memory. */
static void *kpool_api_move(struct kpool_heap *heap, const void *p, size_t usable, size_t size,
			    gfp_t gfp)
{
	void *new = kpool_heap_alloc(heap, size, gfp);

	if (new) {
		kpool_sanitize_allow_all(p); /* bytes beyond the size asked for are copied, too */
		memcpy(new, p, min(usable, size));
		kpool_free(p);
	}
	return new;
}

/* kpool_heap_realloc() for kmalloc's memory: only krealloc() knows how much of it was asked for. */
static void *kpool_api_realloc_foreign(struct kpool_heap *heap, const void *p, size_t size,
				       gfp_t gfp)
{
	bool debug = heap->flags & KPOOL_HEAP_DEBUG;
	size_t room = debug ? size : kpool_api_kmalloc_size(size);
	size_t typesafe = kpool_record_typesafe_size(p);
	size_t held, kept;
	void *new;
	bool stray;

	/* krealloc() would not wait for a grace period. */
	if (typesafe)
		return kpool_api_move(heap, p, typesafe, size, gfp);
	held = ksize(p);
	stray = held >= room && !kpool_fallback_is_aligned(p, room);
	/*
	 * For a small @size, move memory that is much larger than any class needs. For any @size,
	 * move memory that is not aligned for it. krealloc() would leave both in place.
	 */
	if (stray || (size <= KPOOL_MAX_SIZE && held >= 2 * KPOOL_MAX_SIZE)) {
		new = kpool_api_move(heap, p, size, size, gfp | __GFP_NOWARN);
		if (new || stray)
			return new;
	}
	if (debug || !kpool_size_is_small(size))
		return kpool_fallback_realloc(heap, p, room, gfp);
	/*
	 * A free by size may put the memory into a magazine. So it has the size of its class at
	 * least, and all bytes beyond that are zero, as from kpool_fallback_alloc().
	 */
	kept = max(room, held);
	new = kpool_fallback_realloc(heap, p, kept, gfp | __GFP_ZERO);
	if (new) {
		room = gfp & __GFP_ZERO ? size : room;
		memset(new + room, 0, kept - room);
	}
	return new;
}

/* Change the size of a debug heap's object. It moves unless there is no memory. */
static void *kpool_api_realloc_debug(struct kpool_heap *heap, const void *p, size_t size,
				     gfp_t gfp)
{
	size_t old = kpool_usable_size(p);
	void *new;

	if (!old) {
		kpool_free(p); /* reports what is wrong */
		return NULL;
	}
	new = kpool_heap_alloc(heap, size, size <= old ? gfp | __GFP_NOWARN : gfp);
	if (new) {
		memcpy(new, p, min(old, size));
		kpool_free(p);
		return new;
	}
	if (size > old)
		return NULL;
	kpool_debug_cut(p, old, size);
	return (void *)p;
}

/* kpool_heap_realloc() for memory that is no block of a normal heap. */
static noinline void *kpool_api_realloc_slow(struct kpool_heap *heap, const void *p, size_t size,
					     gfp_t gfp)
{
	heap = heap ?: kpool_default_heap;
	if (kpool_debug_owns(p))
		return kpool_api_realloc_debug(heap, p, size, gfp);
	if (kpool_map_byte(p) == KPOOL_BYTE_FOREIGN && kpool_map_is_kmalloc(p))
		return kpool_api_realloc_foreign(heap, p, size, gfp);
	kpool_free(p); /* reports the bad pointer */
	return NULL;
}

/*
 * Stop trusting sizes in a block's heap: the block is now of a larger class than its size says. The
 * class byte is looked up again, because keeping it across the move cost each call 3 instructions.
 */
static noinline void kpool_api_keep_block(const void *p)
{
	const struct kpool_arena *arena = kpool_arena_of(p);

	if (!(kpool_map_byte(p) & KPOOL_BYTE_PRIVATE))
		kpool_heap_distrust_sizes(kpool_default_heap);
	else if (kpool_header_check(arena))
		kpool_heap_distrust_sizes(arena->heap);
}

/**
 * kpool_heap_realloc() - change the size of an allocation
 * @heap: the heap to allocate from if the memory moves
 * @p: what kpool_free() takes; NULL and ZERO_SIZE_PTR for a new allocation
 * @size: bytes wanted; 0 frees @p
 * @gfp: as for kmalloc(). With __GFP_ZERO the bytes added are zero if all
 *	earlier calls for @p had it too
 *
 * Context: as kpool_alloc().
 * Return: memory with the old contents up to the lesser of the two sizes, aligned as for
 * kpool_alloc() unless it became smaller and there was no memory to move it, ZERO_SIZE_PTR for size
 * 0, or NULL. With NULL, @p is unchanged.
 */
void *kpool_heap_realloc(struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp)
{
	size_t usable;
	void *new;
	u8 byte;

	if (ZERO_OR_NULL_PTR(p))
		return kpool_heap_alloc(heap, size, gfp);
	if (!size) {
		kpool_free(p);
		return ZERO_SIZE_PTR;
	}
	byte = kpool_map_byte(p);
	if (unlikely(byte & KPOOL_BYTE_FREE))
		return kpool_api_realloc_slow(heap, p, size, gfp);
	if (!kpool_sanitize_check(p, 1))
		return NULL;
	usable = kpool_class_size(byte & KPOOL_BYTE_CLASS);
	if (kpool_api_kmalloc_size(size) != usable) {
		new = kpool_api_move(heap, p, usable, size,
				     size < usable ? gfp | __GFP_NOWARN : gfp);
		if (new || size > usable)
			return new;
		kpool_api_keep_block(p);
	}
	/* The class stays, or the block became smaller and there was no memory to move it. */
	kpool_sanitize_allow_all(p);
	if (gfp & __GFP_ZERO)
		memset((void *)p + size, 0, usable - size);
	kpool_sanitize_resize((void *)p, size, gfp);
	return (void *)p;
}
EXPORT_SYMBOL_GPL(kpool_heap_realloc);

/**
 * kpool_realloc() - change the size of an allocation
 * @p: what kpool_free() takes; NULL and ZERO_SIZE_PTR for a new allocation
 * @size: bytes wanted; 0 frees @p
 * @gfp: as for kmalloc(), see kpool_heap_realloc()
 *
 * Context: as kpool_alloc().
 * Return: as kpool_heap_realloc().
 */
void *kpool_realloc(const void *p, size_t size, gfp_t gfp)
{
	return kpool_heap_realloc(NULL, p, size, gfp);
}
EXPORT_SYMBOL_GPL(kpool_realloc);
