/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics: gathered from where they are kept; nothing is counted twice. */
#ifndef KPOOL_STATS_H
#define KPOOL_STATS_H

#include "types.h"

/**
 * struct kpool_census - where every pool of a heap is, at one moment per node
 * @arenas: arenas
 * @empty: of them, without a pool in use
 * @created: arenas ever created
 * @released: arenas ever released
 * @free: free pools
 * @returned: returned pools
 * @pools: pools in use, by class
 */
struct kpool_census {
	unsigned long arenas;
	unsigned long empty;
	unsigned long created;
	unsigned long released;
	unsigned long free;
	unsigned long returned;
	unsigned long pools[KPOOL_NR_CLASSES];
};

/* One row of the debugfs file "classes". The order of the list is that of the columns. */
#define KPOOL_CLASS_STATS(X)						\
	X(size) X(pools) X(used) X(cached) X(free) X(allocs) X(frees)	\
	X(magazine_hits) X(depot_hits) X(refills) X(drains)		\
	X(fresh) X(recycled_same) X(recycled_other)

#define KPOOL_CLASS_STATS_FIELD(name)	unsigned long name;
struct kpool_class_stats {
	KPOOL_CLASS_STATS(KPOOL_CLASS_STATS_FIELD)
};
#undef KPOOL_CLASS_STATS_FIELD

void kpool_stats_census(struct kpool_heap *heap, struct kpool_census *census);
void kpool_stats_class(struct kpool_heap *heap, const struct kpool_census *census,
		       unsigned int class, struct kpool_class_stats *out);

#endif /* KPOOL_STATS_H */
