// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics.
 *
 * The class of a pool changes only under node->lock. So a census under this lock is exact, and has
 * every byte of every arena once: in a pool in use (its blocks and its tail), a free pool, a
 * returned pool or a header. Then the blocks of pools in use are divided: of the blocks that are
 * out of the pools, those in magazines and depots are cached, and callers hold the rest.
 */
#include <linux/string.h>

#include "class.h"
#include "compat.h"
#include "magazine.h"
#include "observe/stats.h"
#include "pages.h"

static void kpool_stats_census_node(struct kpool_node *node, struct kpool_census *census)
{
	unsigned long flags;
	unsigned int class;

	spin_lock_irqsave(&node->lock, flags);
	census->arenas += node->nr_arenas;
	census->empty += node->nr_empty;
	census->created += node->created;
	census->released += node->released;
	census->free += node->nr_free;
	census->returned += node->nr_returned;
	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		census->pools[class] += node->class[class].pools;
	spin_unlock_irqrestore(&node->lock, flags);
}

void kpool_stats_census(struct kpool_heap *heap, struct kpool_census *census)
{
	struct kpool_node *node;
	int nid;

	memset(census, 0, sizeof(*census));
	for_each_kpool_node(node, heap, nid)
		kpool_stats_census_node(node, census);
}

/* Figures of a class, with its number of pools from the census. */
void kpool_stats_class(struct kpool_heap *heap, const struct kpool_census *census,
		       unsigned int class, struct kpool_class_stats *out)
{
	unsigned long blocks = census->pools[class] * kpool_class_info[class].capacity;
	unsigned long slow = 0, taken = 0, cached = 0;
	struct kpool_node *node;
	int nid, cpu;

	memset(out, 0, sizeof(*out));
	for_each_possible_cpu(cpu) {
		const struct kpool_cpu *pcpu = per_cpu_ptr(heap->cpu, cpu);

		cached += kpool_magazine_cached(heap, cpu, class);
		out->magazine_hits += READ_ONCE(pcpu->slot[class].allocs);
		slow += READ_ONCE(pcpu->cold[class].slow_allocs);
		out->depot_hits += READ_ONCE(pcpu->cold[class].depot_hits);
	}
	for_each_kpool_node(node, heap, nid) {
		const struct kpool_class *cls = &node->class[class];
		const struct kpool_depot *depot = &node->depot[class];

		taken += READ_ONCE(cls->used);
		cached += READ_ONCE(depot->rounds);
		out->refills += READ_ONCE(cls->refills);
		out->drains += READ_ONCE(cls->drains);
		out->fresh += READ_ONCE(cls->fresh);
		out->recycled_same += READ_ONCE(cls->recycled_same);
		out->recycled_other += READ_ONCE(cls->recycled_other);
	}
	/* The heap was in use while these were read: limit them to what the pools hold. */
	taken = min(taken, blocks);
	cached = min(cached, taken);
	out->size = kpool_class_size(class);
	out->pools = census->pools[class];
	out->used = taken - cached;
	out->cached = cached;
	out->free = blocks - taken;
	out->allocs = out->magazine_hits + slow;
	out->frees = out->allocs - min(out->allocs, out->used);
}

static void kpool_stats_add_class(struct kpool_stats *out, const struct kpool_class_stats *row,
				  unsigned int class)
{
	out->pools += row->pools;
	out->blocks_used += row->used;
	out->blocks_cached += row->cached;
	out->blocks_free += row->free;
	out->bytes_used += (u64)row->used * row->size;
	out->bytes_cached += (u64)row->cached * row->size;
	out->bytes_free += (u64)row->free * row->size;
	out->bytes_tail += (u64)row->pools * kpool_class_tail(class);
	out->allocs += row->allocs;
	out->frees += row->frees;
	out->magazine_hits += row->magazine_hits;
	out->depot_hits += row->depot_hits;
	out->refills += row->refills;
	out->drains += row->drains;
	out->pools_fresh += row->fresh;
	out->recycled_same += row->recycled_same;
	out->recycled_other += row->recycled_other;
}

static u64 kpool_stats_metadata(struct kpool_heap *heap)
{
	return struct_size(heap, node, nr_node_ids) +
	       num_possible_cpus() * sizeof(struct kpool_cpu) +
	       num_possible_nodes() * sizeof(struct kpool_node) +
	       atomic_long_read(&heap->magazine_bytes);
}

static void kpool_stats_add_events(struct kpool_heap *heap, struct kpool_stats *out)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		const unsigned long *event = per_cpu_ptr(heap->cpu, cpu)->event;

#define KPOOL_EVENT_ADD(name, field)	out->field += READ_ONCE(event[KPOOL_EVENT_##name]);
		KPOOL_EVENTS(KPOOL_EVENT_ADD)
#undef KPOOL_EVENT_ADD
	}
}

/**
 * kpool_heap_stats() - read the statistics of a heap
 * @heap: the heap, or NULL for the default heap
 * @out: the figures
 *
 * Context: as kfree().
 * Return: 0, or -EINVAL if @out is NULL.
 */
int kpool_heap_stats(struct kpool_heap *heap, struct kpool_stats *out)
{
	struct kpool_class_stats row;
	struct kpool_census census;
	unsigned int class;

	if (!out)
		return -EINVAL;
	heap = heap ?: kpool_default_heap;
	memset(out, 0, sizeof(*out));
	kpool_stats_census(heap, &census);
	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		kpool_stats_class(heap, &census, class, &row);
		kpool_stats_add_class(out, &row, class);
	}
	kpool_stats_add_events(heap, out);
	out->arena_size = KPOOL_ARENA_SIZE;
	out->arenas = census.arenas;
	out->arenas_empty = census.empty;
	out->arenas_created = census.created;
	out->arenas_released = census.released;
	out->pools_free = census.free;
	out->pools_returned = census.returned;
	out->bytes_free += (u64)census.free * KPOOL_POOL_SIZE;
	out->bytes_header = (u64)census.arenas * KPOOL_HEADER_SIZE;
	out->bytes_returned = (u64)census.returned * KPOOL_POOL_SIZE;
	out->bytes = (u64)census.arenas * KPOOL_ARENA_SIZE - out->bytes_returned;
	out->magazines = atomic_long_read(&heap->magazines);
	out->metadata_bytes = kpool_stats_metadata(heap);
	out->reserve = kpool_pages_reserve();
	return 0;
}
EXPORT_SYMBOL_GPL(kpool_heap_stats);
