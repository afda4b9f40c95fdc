/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the map on the screen and the printed map. */
#ifndef KPOOLSTAT_ARENAS_H
#define KPOOLSTAT_ARENAS_H

#include "list.h"
#include "sample.h"

/* Keep the arenas with pools of the class of size or letter @filter; all if @filter is empty. */
void list_filter_pools(struct list *arenas, const struct heap *heap, const char *filter);

/* The fill of a pool as a character: "*" for the "F" of the file, which is also a class. */
char fill_char(char fill);

#endif /* KPOOLSTAT_ARENAS_H */
