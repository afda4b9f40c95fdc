/* SPDX-License-Identifier: GPL-2.0 */
/* Requests that kmalloc serves, tracked where their heap must find them again. */
#ifndef KPOOL_LARGE_H
#define KPOOL_LARGE_H

#include "types.h"

void *kpool_large_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid);
void *kpool_large_realloc(struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp);
void kpool_large_free(const void *p);
void kpool_large_free_sensitive(const void *p);
size_t kpool_large_size(const void *p);
unsigned long kpool_large_end(struct kpool_heap *heap, bool free, bool last);

/* Is memory aligned as kpool promises for a size: to the largest power of two that divides it? */
static inline bool kpool_large_is_aligned(const void *p, size_t size)
{
	return IS_ALIGNED((unsigned long)p, size & -size);
}

#endif /* KPOOL_LARGE_H */
