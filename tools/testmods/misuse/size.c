// SPDX-License-Identifier: GPL-2.0
/* Wrong sizes: of a free, zero, and too large. */
#include <linux/overflow.h>
#include <linux/slab.h>

#include "misuse.h"

static void misuse_free_with(struct misuse_scene *s, size_t size)
{
	char *p = misuse_hide(s->victim);

	misuse_disown(s, p);
	kpool_heap_free_sized(s->heap, p, size);
}

static void size_smaller_class(struct misuse_scene *s)
{
	misuse_free_with(s, s->also);
}

static void size_larger_class(struct misuse_scene *s)
{
	misuse_free_with(s, s->also);
}

static void size_same_class(struct misuse_scene *s)
{
	misuse_free_with(s, s->size - 1);
}

static void size_zero(struct misuse_scene *s)
{
	misuse_free_with(s, 0);
}

static void size_above_max(struct misuse_scene *s)
{
	misuse_free_with(s, 5 * KPOOL_MAX_SIZE);
}

static void size_large_as_small(struct misuse_scene *s)
{
	void *p = misuse_hide(kpool_heap_alloc(s->heap, MISUSE_LARGE, GFP_KERNEL));

	kpool_heap_free_sized(s->heap, p, s->size);
}

static void nothing_free(struct misuse_scene *s)
{
	void *p = misuse_hide(kpool_heap_alloc(s->heap, 0, GFP_KERNEL));

	kpool_heap_free(s->heap, p);
	kpool_heap_free(s->heap, p);
}

static void nothing_free_sized(struct misuse_scene *s)
{
	kpool_heap_free_sized(s->heap, misuse_hide(ZERO_SIZE_PTR), s->size);
}

static void nothing_free_bulk(struct misuse_scene *s)
{
	void *blocks[] = { misuse_hide(ZERO_SIZE_PTR), NULL };

	kpool_heap_free_bulk(s->heap, ARRAY_SIZE(blocks), blocks);
}

static void nothing_usable(struct misuse_scene *s)
{
	if (kpool_usable_size(misuse_hide(ZERO_SIZE_PTR)))
		misuse_harmed(s, MISUSE_OVERWRITTEN);
}

static void nothing_realloc(struct misuse_scene *s)
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

static void overflow_array(struct misuse_scene *s)
{
	misuse_must_fail(s, kpool_alloc_array(misuse_number(SIZE_MAX / 2 + 2), 2, GFP_KERNEL));
}

static void overflow_calloc(struct misuse_scene *s)
{
	misuse_must_fail(s, kpool_calloc(misuse_number(SIZE_MAX / 8 + 2), 8, GFP_KERNEL));
}

static void overflow_size(struct misuse_scene *s)
{
	misuse_must_fail(s, kpool_heap_alloc(s->heap, misuse_number(SIZE_MAX),
					     GFP_KERNEL | __GFP_NOWARN));
}

static void overflow_bulk(struct misuse_scene *s)
{
	void *blocks[2] = {};

	if (kpool_heap_alloc_bulk(s->heap, misuse_number(SIZE_MAX - 7),
				  GFP_KERNEL | __GFP_NOWARN, ARRAY_SIZE(blocks), blocks))
		misuse_harmed(s, MISUSE_OVERWRITTEN);
}

static void overflow_realloc(struct misuse_scene *s)
{
	void *p = kpool_heap_realloc(s->heap, misuse_hide(s->victim), misuse_number(SIZE_MAX),
				     GFP_KERNEL | __GFP_NOWARN);

	if (p)
		misuse_harmed(s, MISUSE_OVERWRITTEN);
}

const struct misuse_program misuse_sizes[] = {
	MISUSE(size_smaller_class, "freed with a smaller class's", .size = 128, .also = 64),
	MISUSE(size_larger_class, "freed with a larger class's", .also = 128),
	MISUSE(size_same_class, "freed with 1 byte less"),
	MISUSE(size_zero, "freed with 0 bytes"),
	MISUSE(size_above_max, "freed with more than any class's"),
	MISUSE(size_large_as_small, "2000 bytes freed as 64"),
	MISUSE(nothing_free, "0 bytes allocated, and freed twice"),
	MISUSE(nothing_free_sized, "0 bytes allocated, freed as 64"),
	MISUSE(nothing_free_bulk, "0 bytes and NULL, freed in bulk"),
	MISUSE(nothing_usable, "0 bytes allocated, usable size"),
	MISUSE(nothing_realloc, "0 bytes allocated, grown by realloc"),
	MISUSE(overflow_array, "kpool_alloc_array(), n * size overflows"),
	MISUSE(overflow_calloc, "kpool_calloc(), n * size overflows"),
	MISUSE(overflow_size, "SIZE_MAX bytes"),
	MISUSE(overflow_bulk, "SIZE_MAX - 7 bytes, in bulk"),
	MISUSE(overflow_realloc, "grown to SIZE_MAX bytes"),
	{}
};
