/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks that reach the kernel's kfree(): found, and freed as they should have been. */
#ifndef KPOOL_HANDOVER_H
#define KPOOL_HANDOVER_H

int kpool_handover_init(void);
void kpool_handover_exit(void);

#endif /* KPOOL_HANDOVER_H */
