/* SPDX-License-Identifier: GPL-2.0 */
/* Type-safe heaps: free pools that wait for a grace period. */
#ifndef KPOOL_TYPESAFE_H
#define KPOOL_TYPESAFE_H

#include "types.h"

void kpool_typesafe_end_some(struct kpool_node *node);
bool kpool_typesafe_end(struct kpool_node *node);
void kpool_typesafe_wait(struct kpool_heap *heap);

#endif /* KPOOL_TYPESAFE_H */
