/* SPDX-License-Identifier: GPL-2.0 */
/* What the files with public functions share. */
#ifndef KPOOL_API_H
#define KPOOL_API_H

#include <linux/mm.h>
#include <linux/string.h>

#include "class.h"

/* What a block of a pool cannot give. */
#define KPOOL_GFP_ZONE		(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_ACCOUNT)
/* What the magazines cannot: their blocks may be of any node. */
#define KPOOL_GFP_SPECIAL	(KPOOL_GFP_ZONE | __GFP_THISNODE)

void kpool_api_free_slow(const void *p);

/* Is @size neither 0 nor above the largest class? */
static __always_inline bool kpool_api_small(size_t size)
{
	return likely(size - 1 < KPOOL_MAX_SIZE);
}

static __always_inline void *kpool_api_init(void *block, unsigned int class, gfp_t gfp)
{
	if (unlikely(want_init_on_alloc(gfp)))
		return memset(block, 0, kpool_class_size(class));
	return block;
}

#endif /* KPOOL_API_H */
