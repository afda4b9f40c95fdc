/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks of arena headers and their links. A caller that writes before or beyond a block may
 * overwrite a header.
 */
#ifndef KPOOL_HEADER_H
#define KPOOL_HEADER_H

#include "map.h"
#include "types.h"

/* Random for each load of the module; part of each canary. */
extern unsigned long kpool_header_secret;

void kpool_header_init(void);
bool kpool_header_check(const struct kpool_arena *arena);
void kpool_header_mend(struct list_head *head);

static __always_inline unsigned long kpool_header_canary(const struct kpool_arena *arena)
{
	return (unsigned long)arena ^ kpool_header_secret;
}

/* Is the header still whole, so that its pointers may be followed? */
static __always_inline bool kpool_header_is_whole(const struct kpool_arena *arena)
{
	return arena->canary == kpool_header_canary(arena);
}

/* The heap of @p, a block; the default heap if the header was overwritten. */
static inline struct kpool_heap *kpool_header_heap(const void *p)
{
	const struct kpool_arena *arena = kpool_arena_of(p);

	return kpool_header_is_whole(arena) ? arena->heap : kpool_default_heap;
}

/*
 * Do both neighbours of @link on @list point back to it? This follows only pointers to the list's
 * head and into memory that the map spans.
 */
static __always_inline bool kpool_header_link_is_sane(const struct hlist_head *list,
						      const struct hlist_node *link)
{
	struct hlist_node *next = link->next, **pprev = link->pprev;

	return (pprev == &list->first || kpool_map_spans(pprev)) && *pprev == link &&
	       (!next || (kpool_map_spans(next) && next->pprev == &link->next));
}

static __always_inline bool kpool_header_entry_is_sane(const struct list_head *entry)
{
	return entry->prev->next == entry && entry->next->prev == entry;
}

/*
 * Call this before passing an entry of a whole arena, or the head, to list functions: kernels with
 * list debugging, Debian's among them, may stop if a neighbour was overwritten.
 */
static inline void kpool_header_check_entry(struct list_head *head, struct list_head *entry)
{
	if (likely(kpool_header_entry_is_sane(entry)))
		return;
	kpool_header_mend(head);
	if (!kpool_header_entry_is_sane(entry))
		INIT_LIST_HEAD(entry); /* between two overwritten arenas: already off the list */
}

#endif /* KPOOL_HEADER_H */
