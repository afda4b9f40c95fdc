/* SPDX-License-Identifier: GPL-2.0 */
/* Sources of blocks: magazines, depots, pools, new arenas, in this order. */
#ifndef KPOOL_REFILL_H
#define KPOOL_REFILL_H

#include "types.h"

unsigned int kpool_refill_take(struct kpool_heap *heap, int nid, unsigned int class,
			       void **end, unsigned int want, gfp_t gfp);
void *kpool_refill_alloc(struct kpool_heap *heap, unsigned int class, gfp_t gfp);

#endif /* KPOOL_REFILL_H */
