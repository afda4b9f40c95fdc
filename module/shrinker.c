// SPDX-License-Identifier: GPL-2.0
/*
 * Memory pressure: one shrinker for all heaps.
 *
 * Reclaim must not wait for kpool's locks. If a lock is not free, the shrinker reports nothing to
 * reclaim. Its objects are pages.
 */
#include "compat.h"
#include "heap.h"
#include "shrinker.h"
#include "trim.h"

static struct shrinker *kpool_shrinker __ro_after_init;

static unsigned long kpool_shrinker_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct kpool_heap *heap;
	unsigned long pages = 0;

	if (!mutex_trylock(&kpool_heaps_lock))
		return 0;
	list_for_each_entry(heap, &kpool_heaps, list)
		pages += kpool_trim_reclaimable(heap);
	mutex_unlock(&kpool_heaps_lock);
	return pages ?: SHRINK_EMPTY;
}

static unsigned long kpool_shrinker_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct kpool_heap *heap;
	unsigned long pages = 0;

	if (!mutex_trylock(&kpool_heaps_lock))
		return SHRINK_STOP;
	list_for_each_entry(heap, &kpool_heaps, list) {
		pages += kpool_trim_reclaim(heap, sc->nr_to_scan - pages);
		if (pages >= sc->nr_to_scan)
			break;
	}
	/* The next scan starts at the heap after the last one that gave pages back. */
	if (pages >= sc->nr_to_scan && !list_is_last(&heap->list, &kpool_heaps))
		list_rotate_to_front(heap->list.next, &kpool_heaps);
	mutex_unlock(&kpool_heaps_lock);
	kpool_compat_reclaimed(pages);
	return pages ?: SHRINK_STOP;
}

int __init kpool_shrinker_init(void)
{
	kpool_shrinker = kpool_compat_shrinker_register(kpool_shrinker_count, kpool_shrinker_scan);
	return kpool_shrinker ? 0 : -ENOMEM;
}

void kpool_shrinker_exit(void)
{
	kpool_compat_shrinker_unregister(kpool_shrinker);
}
