/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics, read from the counters of the structures themselves: no value is counted twice. */
#ifndef KPOOL_STATS_H
#define KPOOL_STATS_H

#include "types.h"

/**
 * struct kpool_census - number of pools of a heap in each state, at one moment per node
 * @arenas: arenas
 * @empty: arenas without a pool in use
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

/* One row of the debugfs file "classes". Columns are in the order of the list. */
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
