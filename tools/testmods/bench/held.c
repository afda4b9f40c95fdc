// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that an allocator holds. The kernel's page counts lack what each CPU has not
 * added to them yet: this file adds it. Free pages in per-CPU lists count as free.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/percpu.h>
#include <linux/vmstat.h>

#include "held.h"

static s64 bench_held_slabs(enum node_stat_item item)
{
	s64 pages = global_node_page_state_pages(item);
	int node, cpu;

	for_each_online_node(node)
		for_each_online_cpu(cpu)
			pages += per_cpu_ptr(NODE_DATA(node)->per_cpu_nodestats,
					     cpu)->vm_node_stat_diff[item];
	return pages * PAGE_SIZE;
}

static s64 bench_held_free_in(struct zone *zone)
{
	s64 pages = zone_page_state(zone, NR_FREE_PAGES);
	int cpu;

	for_each_online_cpu(cpu) {
		pages += per_cpu_ptr(zone->per_cpu_zonestats, cpu)->vm_stat_diff[NR_FREE_PAGES];
		pages += per_cpu_ptr(zone->per_cpu_pageset, cpu)->count;
	}
	return pages * PAGE_SIZE;
}

static s64 bench_held_free(void)
{
	s64 bytes = 0;
	int node, i;

	for_each_online_node(node) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(node)->node_zones[i];

			if (populated_zone(zone))
				bytes += bench_held_free_in(zone);
		}
	}
	return bytes;
}

void bench_held_now(enum bench_api api, struct bench_held *held)
{
	struct kpool_stats stats;

	held->pages = -bench_held_free();
	if (api == BENCH_KMALLOC || api == BENCH_CACHE) {
		held->own = bench_held_slabs(NR_SLAB_RECLAIMABLE_B) +
			    bench_held_slabs(NR_SLAB_UNRECLAIMABLE_B);
		return;
	}
	kpool_heap_stats(NULL, &stats);
	held->own = stats.bytes + stats.metadata_bytes + stats.reserve * stats.arena_size;
}

void bench_held_shrink(enum bench_api api)
{
	unsigned int type, i;

	bench_shrink(api);
	if (api != BENCH_KMALLOC)
		return;
	for (type = 0; type < NR_KMALLOC_TYPES; type++)
		for (i = 0; i <= KMALLOC_SHIFT_HIGH; i++)
			if (kmalloc_caches[type][i])
				kmem_cache_shrink(kmalloc_caches[type][i]);
}
