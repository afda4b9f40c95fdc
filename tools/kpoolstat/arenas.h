/* SPDX-License-Identifier: GPL-2.0 */
/* What the two maps of arenas, on the screen and printed, have in common. */
#ifndef KPOOLSTAT_ARENAS_H
#define KPOOLSTAT_ARENAS_H

#include "list.h"
#include "sample.h"

/* Keep the arenas with pools of the class whose size, or letter, is that; all if it is empty. */
void list_filter_pools(struct list *arenas, const struct heap *heap, const char *filter);

/* A character for how full a pool is: "*" instead of the "F" of the file, which is a class, too. */
char fill_char(char fill);

#endif /* KPOOLSTAT_ARENAS_H */
