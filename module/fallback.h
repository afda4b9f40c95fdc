/* SPDX-License-Identifier: GPL-2.0 */
/* Requests that kmalloc serves. */
#ifndef KPOOL_FALLBACK_H
#define KPOOL_FALLBACK_H

#include <linux/slab.h>

#include "map.h"
#include "record.h"
#include "types.h"

void *kpool_fallback_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid);
void *kpool_fallback_realloc(struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp);
void kpool_fallback_free_slow(const void *p);
void kpool_fallback_free_sensitive(const void *p);
size_t kpool_fallback_size(const void *p);
unsigned long kpool_fallback_end(struct kpool_heap *heap, bool free, bool last);

/* Is memory aligned as kpool promises for a size: to the largest power of two that divides it? */
static inline bool kpool_fallback_is_aligned(const void *p, size_t size)
{
	return IS_ALIGNED((unsigned long)p, size & -size);
}

/* Free memory from kpool_fallback_alloc() or any kmalloc(). */
static inline void kpool_fallback_free(const void *p)
{
	if (likely(!kpool_record_any() && kpool_map_is_slab(p)))
		kfree(p);
	else
		kpool_fallback_free_slow(p);
}

#endif /* KPOOL_FALLBACK_H */
