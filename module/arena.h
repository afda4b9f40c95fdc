/* SPDX-License-Identifier: GPL-2.0 */
/* Arenas: free pools, fullest arena first, empty arenas and free pools going back. */
#ifndef KPOOL_ARENA_H
#define KPOOL_ARENA_H

#include "map.h"
#include "types.h"

/**
 * struct kpool_lot - some pools of an arena
 * @arena: the arena
 * @pools: a bit for each
 */
struct kpool_lot {
	struct kpool_arena *arena;
	u64 pools;
};

struct kpool_arena *kpool_arena_create(struct kpool_heap *heap, int nid, gfp_t gfp);
void kpool_arena_init_secret(void);
/* Of this boot: what arenas' canaries are made with. */
extern unsigned long kpool_arena_secret;

static __always_inline unsigned long kpool_arena_canary(const struct kpool_arena *arena)
{
	return (unsigned long)arena ^ kpool_arena_secret;
}

/* Is the header still whole, so that its pointers may be followed? */
static __always_inline bool kpool_arena_is_whole(const struct kpool_arena *arena)
{
	return arena->canary == kpool_arena_canary(arena);
}

/*
 * Have both neighbours of a link on that list what they should have of it? Pointers that can lead
 * nowhere are not followed: the head is the heap's, all else lies in arenas.
 */
static __always_inline bool kpool_arena_link_is_sane(const struct hlist_head *list,
						     const struct hlist_node *link)
{
	struct hlist_node *next = link->next, **pprev = link->pprev;

	return (pprev == &list->first || kpool_map_spans(pprev)) && *pprev == link &&
	       (!next || (kpool_map_spans(next) && next->pprev == &link->next));
}

static __always_inline bool kpool_arena_entry_is_sane(const struct list_head *entry)
{
	return entry->prev->next == entry && entry->next->prev == entry;
}

void kpool_arena_mend(struct list_head *head);

/*
 * To be called before an entry of a whole arena, or the head, is handed to the list functions:
 * kernels with list debugging, Debian's among them, may stop when a neighbour was overwritten.
 */
static inline void kpool_arena_check_entry(struct list_head *head, struct list_head *entry)
{
	if (likely(kpool_arena_entry_is_sane(entry)))
		return;
	kpool_arena_mend(head);
	if (!kpool_arena_entry_is_sane(entry))
		INIT_LIST_HEAD(entry); /* it was between two of them, so it is off the list */
}

bool kpool_arena_check(const struct kpool_arena *arena);
void kpool_arena_free(struct kpool_arena *arena);
void kpool_arena_release(struct kpool_arena *arena);
void kpool_arena_release_list(struct list_head *arenas);

struct kpool_arena *kpool_arena_get_pools(struct kpool_node *node, unsigned int class,
					  unsigned int want, u64 *pools);
void kpool_arena_put_pools(struct kpool_node *node, const struct kpool_lot *lot,
			   unsigned int lots, struct list_head *release);
void kpool_arena_unpin_pools(struct kpool_arena *arena, u64 pools);
bool kpool_arena_add(struct kpool_arena *arena);

struct kpool_arena *kpool_arena_next(struct kpool_node *node, struct kpool_arena *prev);
void kpool_arena_unpin(struct kpool_arena *arena);
void kpool_arena_trim(struct kpool_node *node, unsigned long keep, unsigned long target);
unsigned long kpool_arena_return_pools(struct kpool_arena *arena);

static inline void *kpool_arena_pool(const struct kpool_arena *arena, unsigned int index)
{
	return (void *)arena + index * KPOOL_POOL_SIZE;
}

/* Has the node a free pool? All of them may be pinned to a class. A hint without its lock. */
static inline bool kpool_arena_any_free(const struct kpool_node *node)
{
	return READ_ONCE(node->usable_map) || READ_ONCE(node->nr_empty);
}

static inline unsigned int kpool_arena_free_pools(const struct kpool_arena *arena)
{
	return hweight64(arena->free_mask);
}

#endif /* KPOOL_ARENA_H */
