/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks that reach the kernel's kfree(): found, and freed as they should have been. */
#ifndef KPOOL_HANDOVER_H
#define KPOOL_HANDOVER_H

#include <linux/types.h>

struct kpool_heap;
struct seq_file;

extern bool kpool_handovers;

int kpool_handover_init(void);
void kpool_handover_exit(void);
void kpool_handover_show(struct seq_file *m);
void kpool_handover_forget(const struct kpool_heap *heap);

#endif /* KPOOL_HANDOVER_H */
