/* SPDX-License-Identifier: GPL-2.0 */
/* Hand-overs: find blocks that reach the kernel's kfree(), and free them correctly. */
#ifndef KPOOL_HANDOVER_H
#define KPOOL_HANDOVER_H

int kpool_handover_init(void);
void kpool_handover_exit(void);

#endif /* KPOOL_HANDOVER_H */
