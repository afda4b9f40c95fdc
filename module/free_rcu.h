/* SPDX-License-Identifier: GPL-2.0 */
/* Freeing after a grace period. */
#ifndef KPOOL_FREE_RCU_H
#define KPOOL_FREE_RCU_H

int kpool_free_rcu_init(void);
void kpool_free_rcu_exit(void);
bool kpool_free_rcu_headless(const void *p);

#endif /* KPOOL_FREE_RCU_H */
