// SPDX-License-Identifier: GPL-2.0
/*
 * Ownership map.
 *
 * Flat, so that a free pays one load: one bit per arena-size region from the
 * lowest to the highest memory of any node, and as much again for memory that
 * is plugged in later. 24 GiB of memory take 24 KiB. An arena that falls
 * outside is not used; its request is served by kmalloc.
 */
#include <linux/cache.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "map.h"

/* Room for plugged memory even on a small machine. Bytes. */
#define KPOOL_MAP_SLACK_MIN	BIT_ULL(33)

struct kpool_map kpool_map __read_mostly;
KPOOL_EXPORT_TEST(kpool_map);

int __init kpool_map_init(void)
{
	unsigned long low = ULONG_MAX, high = 0, end;
	u64 span;
	int nid;

	for_each_online_node(nid) {
		if (!node_spanned_pages(nid))
			continue;
		low = min(low, node_start_pfn(nid));
		high = max(high, node_end_pfn(nid));
	}
	if (low >= high)
		return -ENODEV;

	kpool_map.base = (unsigned long)pfn_to_kaddr(low) & ~(KPOOL_ARENA_SIZE - 1);
	span = (u64)(high - low) << PAGE_SHIFT;
	span += max(span, KPOOL_MAP_SLACK_MIN) + KPOOL_ARENA_SIZE;
	/* Not beyond the end of the address space. */
	end = kpool_map.base + min_t(u64, span, ULONG_MAX - kpool_map.base);

	kpool_map.nr = (end - kpool_map.base) >> KPOOL_ARENA_SHIFT;
	kpool_map.bits = vzalloc(BITS_TO_LONGS(kpool_map.nr) * sizeof(long));
	return kpool_map.bits ? 0 : -ENOMEM;
}

void kpool_map_exit(void)
{
	vfree(kpool_map.bits);
}

static unsigned long kpool_map_region(const struct kpool_arena *arena)
{
	return ((unsigned long)arena - kpool_map.base) >> KPOOL_ARENA_SHIFT;
}

/* False if the arena lies outside the map. */
bool kpool_map_set(const struct kpool_arena *arena)
{
	unsigned long nr = kpool_map_region(arena);

	if (nr >= kpool_map.nr)
		return false;
	set_bit(nr, kpool_map.bits);
	return true;
}

void kpool_map_clear(const struct kpool_arena *arena)
{
	clear_bit(kpool_map_region(arena), kpool_map.bits);
}
