/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files with public functions. */
#ifndef KPOOL_API_H
#define KPOOL_API_H

#include <linux/mm.h>
#include <linux/string.h>

#include "class.h"
#include "debug/sanitize.h"
#include "types.h"

void *kpool_api_alloc_untraced(struct kpool_heap *heap, size_t size, gfp_t gfp);
void kpool_api_free_slow(const void *p);
void kpool_api_heap_free_slow(struct kpool_heap *heap, const void *p);

/* May a loaded magazine serve this request unchanged? Special flags and zeroing are excluded. */
static __always_inline bool kpool_api_is_plain(size_t size, gfp_t gfp)
{
	/* init_on_alloc is checked last: __GFP_ZERO in @gfp is checked by then. */
	return kpool_size_is_small(size) && !unlikely(gfp & (KPOOL_GFP_SPECIAL | __GFP_ZERO)) &&
	       !want_init_on_alloc(0);
}

/* The slot that serves a small size. @heap: NULL for the default heap. */
static __always_inline struct kpool_slot __percpu *
kpool_api_slot(struct kpool_heap *heap, size_t size)
{
	return heap ? kpool_cpu_slot(heap->cpu, kpool_class_of(size)) : kpool_slot_of(size);
}

/* The slot for a free by size: a slot without room if the heap does not trust sizes. */
static __always_inline struct kpool_slot __percpu *
kpool_api_sized_slot(struct kpool_heap *heap, size_t size)
{
	/* A racing change of @sized concerns other blocks. READ_ONCE() cost 2 instructions. */
	return heap ? data_race(heap->sized) + kpool_class_of(size) : kpool_slot_of_sized(size);
}

/* Zero a block if @gfp or init_on_alloc says so. @heap: NULL for the default heap. */
static __always_inline void *kpool_api_init(const struct kpool_heap *heap, void *block,
					    unsigned int class, gfp_t gfp)
{
	/* RCU readers may read a type-safe block: only the heap's user knows what they expect. */
	if (gfp & __GFP_ZERO ||
	    (want_init_on_alloc(0) && !(heap && kpool_heap_keeps_contents(heap))))
		return kpool_sanitize_clear(block, kpool_class_size(class));
	return block;
}

/* @gfp without __GFP_ACCOUNT if the heap itself charges its memory. */
static __always_inline gfp_t kpool_api_gfp(const struct kpool_heap *heap, gfp_t gfp)
{
	if (unlikely(gfp & __GFP_ACCOUNT) && heap && heap->flags & KPOOL_HEAP_ACCOUNT)
		gfp &= ~__GFP_ACCOUNT;
	return gfp;
}

/* Bytes to ask kmalloc for: the class's, so that the memory may pass through a magazine. */
static inline size_t kpool_api_kmalloc_size(size_t size)
{
	return kpool_size_is_small(size) ? kpool_class_size(kpool_class_of(size)) : size;
}

#endif /* KPOOL_API_H */
