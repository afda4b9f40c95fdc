/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ownership: a class byte for every pool of the direct map, two levels deep.
 * kpool_map_byte(), in kpool_inline.h, reads it.
 */
#ifndef KPOOL_MAP_H
#define KPOOL_MAP_H

#include <linux/mm.h>

#include "types.h"

int kpool_map_init(void);
void kpool_map_exit(void);
bool kpool_map_cover(const void *arena, gfp_t gfp);
void kpool_map_add(struct kpool_arena *arena);
void kpool_map_remove(struct kpool_arena *arena);
bool kpool_map_is_kmalloc(const void *p);

/**
 * struct kpool_map_run - memory in which each page has a struct page
 * @start: its first address
 * @bytes: its size; 0 without any
 */
struct kpool_map_run {
	unsigned long start;
	unsigned long bytes;
};

extern struct kpool_map_run kpool_map_run;

/* Is the page of @p known to have a struct page? False does not mean that it has none. */
static __always_inline bool kpool_map_has_page(const void *p)
{
	return (unsigned long)p - kpool_map_run.start < READ_ONCE(kpool_map_run.bytes);
}

/* Is @p known to lie in kmalloc's slabs? False does not mean that it does not. */
static __always_inline bool kpool_map_is_slab(const void *p)
{
	return kpool_map_has_page(p) && folio_test_slab(virt_to_folio(p));
}

/* The arena that @p, a block, lies in. */
static __always_inline struct kpool_arena *kpool_arena_of(const void *p)
{
	return (struct kpool_arena *)((unsigned long)p & ~(KPOOL_ARENA_SIZE - 1));
}

/* Number of the pool that @p lies in within its arena. */
static __always_inline unsigned int kpool_pool_index(const void *p)
{
	return ((unsigned long)p & (KPOOL_ARENA_SIZE - 1)) >> KPOOL_POOL_SHIFT;
}

static inline void *kpool_arena_pool(const struct kpool_arena *arena, unsigned int index)
{
	return (void *)arena + index * KPOOL_POOL_SIZE;
}

#endif /* KPOOL_MAP_H */
