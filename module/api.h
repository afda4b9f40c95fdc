/* SPDX-License-Identifier: GPL-2.0 */
/* What the files with public functions share. */
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

/* May a loaded magazine serve this request, as it is? If not, it is special. */
static __always_inline bool kpool_api_is_plain(size_t size, gfp_t gfp)
{
	/* The kernel's own wish to clear memory is asked for last; @gfp's has been then. */
	return kpool_size_is_small(size) && !unlikely(gfp & (KPOOL_GFP_SPECIAL | __GFP_ZERO)) &&
	       !want_init_on_alloc(0);
}

/* The slot of a heap, or of the default heap for NULL, that serves a small size. */
static __always_inline struct kpool_slot __percpu *
kpool_api_slot(struct kpool_heap *heap, size_t size)
{
	return heap ? kpool_cpu_slot(heap->cpu, kpool_class_of(size)) : kpool_slot_of(size);
}

/* The slot for a free of a block by its size: one without room if sizes are not trusted. */
static __always_inline struct kpool_slot __percpu *
kpool_api_sized_slot(struct kpool_heap *heap, size_t size)
{
	/* A free that races with it is of another block. READ_ONCE() cost 2 instructions. */
	return heap ? data_race(heap->sized) + kpool_class_of(size) : kpool_slot_of_sized(size);
}

/* A block as @gfp and the kernel's parameter want it. @heap: NULL for the default heap. */
static __always_inline void *kpool_api_init(const struct kpool_heap *heap, void *block,
					    unsigned int class, gfp_t gfp)
{
	/* Readers of a type-safe heap may be looking: only its user knows what they expect. */
	if (gfp & __GFP_ZERO ||
	    (want_init_on_alloc(0) && !(heap && kpool_heap_keeps_contents(heap))))
		return kpool_sanitize_clear(block, kpool_class_size(class));
	return block;
}

/* @gfp without what the heap sees to by itself. */
static __always_inline gfp_t kpool_api_gfp(const struct kpool_heap *heap, gfp_t gfp)
{
	if (unlikely(gfp & __GFP_ACCOUNT) && heap && heap->flags & KPOOL_HEAP_ACCOUNT)
		gfp &= ~__GFP_ACCOUNT;
	return gfp;
}

/* The bytes that kmalloc is asked for: the class's, so that the block may pass a magazine. */
static inline size_t kpool_api_kmalloc_size(size_t size)
{
	return kpool_size_is_small(size) ? kpool_class_size(kpool_class_of(size)) : size;
}

#endif /* KPOOL_API_H */
