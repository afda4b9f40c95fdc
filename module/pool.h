/* SPDX-License-Identifier: GPL-2.0 */
/* Pools of a class: take blocks and put them back in batches, fullest pool first. */
#ifndef KPOOL_POOL_H
#define KPOOL_POOL_H

#include "types.h"

unsigned int kpool_pool_take(struct kpool_node *node, unsigned int class, void **end,
			     unsigned int want);
void kpool_pool_put(struct kpool_heap *heap, unsigned int class, void **blocks,
		    unsigned int nr);

#endif /* KPOOL_POOL_H */
