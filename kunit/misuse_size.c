// SPDX-License-Identifier: GPL-2.0
/* Wrong sizes: of a free, zero, and too large. */
#include <linux/overflow.h>
#include <linux/slab.h>

#include "misuse.h"

static void misuse_free_with(struct misuse_scene *s, size_t size)
{
	char *p = misuse_disown_victim(s);

	kpool_heap_free_sized(s->heap, p, size);
}

#define MISUSE_FREE_WITH(function, bytes)			\
void misuse_##function(struct misuse_scene *s)			\
{								\
	misuse_free_with(s, bytes);				\
}

MISUSE_FREE_WITH(size_smaller_class, s->also)
MISUSE_FREE_WITH(size_larger_class, 2 * s->size)
MISUSE_FREE_WITH(size_same_class, s->size - 1)
MISUSE_FREE_WITH(size_zero, 0)
MISUSE_FREE_WITH(size_above_max, s->size + 5 * KPOOL_MAX_SIZE)

/* With KASAN, a normal heap refuses this, and the victim is to be freed later. */
void misuse_size_1_more(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim);

	if (!IS_ENABLED(CONFIG_KASAN_GENERIC) || s->debug)
		misuse_disown(s, p);
	kpool_heap_free_sized(s->heap, p, s->size + 1);
}

void misuse_size_large_as_small(struct misuse_scene *s)
{
	void *p = misuse_hide(kpool_heap_alloc(s->heap, MISUSE_LARGE, GFP_KERNEL));

	kpool_heap_free_sized(s->heap, p, s->size);
}

void misuse_nothing_free(struct misuse_scene *s)
{
	void *p = misuse_hide(kpool_heap_alloc(s->heap, 0, GFP_KERNEL));

	kpool_heap_free(s->heap, p);
	kpool_heap_free(s->heap, p);
}

void misuse_nothing_free_sized(struct misuse_scene *s)
{
	kpool_heap_free_sized(s->heap, misuse_hide(ZERO_SIZE_PTR), s->size);
}

void misuse_nothing_free_bulk(struct misuse_scene *s)
{
	void *blocks[] = { misuse_hide(ZERO_SIZE_PTR), NULL };

	kpool_heap_free_bulk(s->heap, ARRAY_SIZE(blocks), blocks);
}

void misuse_nothing_usable(struct misuse_scene *s)
{
	if (kpool_usable_size(misuse_hide(ZERO_SIZE_PTR)))
		misuse_harmed(s, MISUSE_OVERWRITTEN);
}

void misuse_nothing_realloc(struct misuse_scene *s)
{
	char *p = kpool_heap_realloc(s->heap, misuse_hide(ZERO_SIZE_PTR), s->size, GFP_KERNEL);

	misuse_adopt(s, s->heap, p, s->size);
}

/* A request that cannot be served must fail. */
static void misuse_must_fail(struct misuse_scene *s, void *p)
{
	if (p)
		misuse_harmed(s, MISUSE_OVERWRITTEN);
	kpool_free(p);
}

/* Hide a number from the compiler. */
static size_t misuse_number(size_t n)
{
	OPTIMIZER_HIDE_VAR(n);
	return n;
}

void misuse_overflow_array(struct misuse_scene *s)
{
	misuse_must_fail(s, kpool_alloc_array(misuse_number(SIZE_MAX / 2 + 2), 2, GFP_KERNEL));
}

void misuse_overflow_calloc(struct misuse_scene *s)
{
	misuse_must_fail(s, kpool_calloc(misuse_number(SIZE_MAX / 8 + 2), 8, GFP_KERNEL));
}

void misuse_overflow_size(struct misuse_scene *s)
{
	misuse_must_fail(s, kpool_heap_alloc(s->heap, misuse_number(SIZE_MAX),
					     GFP_KERNEL | __GFP_NOWARN));
}

void misuse_overflow_bulk(struct misuse_scene *s)
{
	void *blocks[2] = {};

	if (kpool_heap_alloc_bulk(s->heap, misuse_number(SIZE_MAX - 7),
				  GFP_KERNEL | __GFP_NOWARN, ARRAY_SIZE(blocks), blocks))
		misuse_harmed(s, MISUSE_OVERWRITTEN);
}

void misuse_overflow_realloc(struct misuse_scene *s)
{
	void *p = kpool_heap_realloc(s->heap, misuse_hide(s->victim), misuse_number(SIZE_MAX),
				     GFP_KERNEL | __GFP_NOWARN);

	if (p)
		misuse_harmed(s, MISUSE_OVERWRITTEN);
}
