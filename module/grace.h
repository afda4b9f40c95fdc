/* SPDX-License-Identifier: GPL-2.0 */
/* Type-safe heaps: free pools that wait for a grace period. */
#ifndef KPOOL_GRACE_H
#define KPOOL_GRACE_H

#include "types.h"

void kpool_grace_end_some(struct kpool_node *node);
bool kpool_grace_end(struct kpool_node *node);
void kpool_grace_wait(struct kpool_heap *heap);

#endif /* KPOOL_GRACE_H */
