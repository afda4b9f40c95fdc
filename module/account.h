/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heaps with KPOOL_HEAP_ACCOUNT: arenas, and what kmalloc serves in their stead, are
 * charged to the memory cgroup of the task that made the heap, whoever allocates.
 */
#ifndef KPOOL_ACCOUNT_H
#define KPOOL_ACCOUNT_H

#include <linux/memcontrol.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "types.h"

/* A heap that is not of such a kernel's, or without groups in use, has none. */
static inline void kpool_account_start(struct kpool_heap *heap)
{
	if (heap->flags & KPOOL_HEAP_ACCOUNT)
		heap->memcg = get_mem_cgroup_from_mm(current->mm);
}

static inline void kpool_account_stop(struct kpool_heap *heap)
{
	mem_cgroup_put(heap->memcg);
}

/* What is allocated with @gfp until kpool_account_end() is charged. Return: for that. */
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
