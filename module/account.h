/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heaps with KPOOL_HEAP_ACCOUNT: arenas, and kmalloc memory in their stead, are charged to the
 * memory cgroup of the task that created the heap, not of the task that allocates.
 */
#ifndef KPOOL_ACCOUNT_H
#define KPOOL_ACCOUNT_H

#include <linux/memcontrol.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "types.h"

/* Set heap->memcg. It stays NULL without CONFIG_MEMCG or without cgroups in use. */
static inline void kpool_account_start(struct kpool_heap *heap)
{
	if (heap->flags & KPOOL_HEAP_ACCOUNT)
		heap->memcg = get_mem_cgroup_from_mm(current->mm);
}

static inline void kpool_account_stop(struct kpool_heap *heap)
{
	mem_cgroup_put(heap->memcg);
}

/*
 * Charge all allocations with @gfp to the heap's cgroup until kpool_account_end(). Return: @before
 * for kpool_account_end().
 */
static inline struct mem_cgroup *kpool_account_begin(const struct kpool_heap *heap, gfp_t *gfp)
{
	if (likely(!heap->memcg))
		return NULL;
	*gfp |= __GFP_ACCOUNT;
	return set_active_memcg(heap->memcg);
}

static inline void kpool_account_end(const struct kpool_heap *heap, struct mem_cgroup *before)
{
	if (unlikely(heap->memcg))
		set_active_memcg(before);
}

#endif /* KPOOL_ACCOUNT_H */
