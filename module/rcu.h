/* SPDX-License-Identifier: GPL-2.0 */
/* Freeing after a grace period. */
#ifndef KPOOL_RCU_H
#define KPOOL_RCU_H

int kpool_rcu_init(void);
void kpool_rcu_exit(void);
bool kpool_rcu_free_headless(const void *p);

#endif /* KPOOL_RCU_H */
