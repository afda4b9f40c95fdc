/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks that reach the kernel's kfree(): found, and freed as they should have been. */
#ifndef KPOOL_HANDOVER_H
#define KPOOL_HANDOVER_H

struct kpool_heap;

int kpool_handover_init(void);
void kpool_handover_exit(void);
void kpool_handover_forget(const struct kpool_heap *heap);

#endif /* KPOOL_HANDOVER_H */
