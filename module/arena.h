/* SPDX-License-Identifier: GPL-2.0 */
/* Arenas: claim free pools, fullest arena first; release empty arenas; return free pools. */
#ifndef KPOOL_ARENA_H
#define KPOOL_ARENA_H

#include "types.h"

/**
 * struct kpool_pool_set - some pools of an arena
 * @arena: the arena
 * @pools: a bit for each
 */
struct kpool_pool_set {
	struct kpool_arena *arena;
	u64 pools;
};

struct kpool_arena *kpool_arena_create(struct kpool_heap *heap, struct page *page);

void kpool_arena_release(struct kpool_arena *arena);
void kpool_arena_release_list(struct list_head *arenas);

struct kpool_arena *kpool_arena_get_pools(struct kpool_node *node, unsigned int class,
					  unsigned int want, u64 *pools);
void kpool_arena_put_pools(struct kpool_node *node, const struct kpool_pool_set *set,
			   unsigned int sets, struct list_head *release);
void kpool_arena_end_wait(struct kpool_arena *arena, u64 pools);
void kpool_arena_unpin_pools(struct kpool_arena *arena, u64 pools);
bool kpool_arena_add(struct kpool_arena *arena);

struct kpool_arena *kpool_arena_next(struct kpool_node *node, struct kpool_arena *prev);
void kpool_arena_end_walk(struct kpool_arena *arena);
void kpool_arena_trim(struct kpool_node *node, unsigned long keep, unsigned long target);
unsigned long kpool_arena_return_pools(struct kpool_arena *arena);

/* Has the node a free pool? All of them may be pinned to a class. A hint without node->lock. */
static inline bool kpool_arena_any_free(const struct kpool_node *node)
{
	return READ_ONCE(node->usable_map) || READ_ONCE(node->nr_empty);
}

static inline unsigned int kpool_arena_free_pools(const struct kpool_arena *arena)
{
	return hweight64(arena->free_mask);
}

#endif /* KPOOL_ARENA_H */
