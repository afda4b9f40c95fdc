/* SPDX-License-Identifier: GPL-2.0 */
/* Memory pressure. */
#ifndef KPOOL_SHRINKER_H
#define KPOOL_SHRINKER_H

int kpool_shrinker_init(void);
void kpool_shrinker_exit(void);

#endif /* KPOOL_SHRINKER_H */
