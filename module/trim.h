/* SPDX-License-Identifier: GPL-2.0 */
/* Trim and shrink: periodically, on request, under memory pressure. */
#ifndef KPOOL_TRIM_H
#define KPOOL_TRIM_H

#include "types.h"

void kpool_trim_stop(struct kpool_heap *heap);
void kpool_trim_irq_work(struct irq_work *work);
void kpool_trim_work(struct work_struct *work);
unsigned long kpool_trim_reclaim(struct kpool_heap *heap, unsigned long target);
unsigned long kpool_trim_reclaimable(struct kpool_heap *heap);

#endif /* KPOOL_TRIM_H */
