// SPDX-License-Identifier: GPL-2.0
/* Frees of addresses that are not the start of an object of the heap. */
#include <linux/err.h>
#include <linux/kernel.h>

#include "misuse.h"

static char misuse_data[2 * MISUSE_SIZE];

#define MISUSE_FREE_AT(function, p)				\
void misuse_##function(struct misuse_scene *s)			\
{								\
	misuse_free_by(s->again, s->heap, (void *)(p), s->size);	\
}

MISUSE_FREE_AT(interior_1, s->victim + 1)
MISUSE_FREE_AT(interior_8, s->victim + 8)
MISUSE_FREE_AT(interior_half, s->victim + s->size / 2)
MISUSE_FREE_AT(interior_last, s->victim + s->size - 1)
MISUSE_FREE_AT(before_8, s->victim - 8)
MISUSE_FREE_AT(before_1, s->victim - 1)
MISUSE_FREE_AT(end_of_object, s->victim + s->size)
MISUSE_FREE_AT(arena_header, misuse_arena(s->victim))

void misuse_interior_realloc(struct misuse_scene *s)
{
	char *q = kpool_heap_realloc(s->heap, misuse_hide(s->victim + 8), 2 * s->size,
				     GFP_KERNEL);

	if (q)
		misuse_adopt(s, s->heap, q, 2 * s->size);
}

/* A pool's tail, behind its last block, is too short for a block. */
void misuse_tail_of_pool(struct misuse_scene *s)
{
	size_t stride = misuse_stride(s);

	misuse_free_by(s->again, s->heap,
		       misuse_pool(s->victim) + MISUSE_POOL / stride * stride, s->size);
}

void misuse_cached_block(struct misuse_scene *s)
{
	char *p = s->object[s->nr - 1].p + misuse_stride(s);

	if (misuse_is_anybodys(s, p))
		misuse_fail(s, "the block is in use");
	else
		kpool_heap_free(s->heap, p);
}

/*
 * Free the last block of a partial pool: the crowd's last pool or, if magazines have
 * taken the rest of that pool, the one after it.
 */
void misuse_never_allocated(struct misuse_scene *s)
{
	char *p = s->object[s->nr - 1].p, *end = misuse_pool(p) + MISUSE_POOL;
	size_t stride = misuse_stride(s);

	if (!s->debug)
		end += MISUSE_POOL;
	while (p + 2 * stride <= end)
		p += stride;
	if (misuse_is_anybodys(s, p))
		misuse_fail(s, "the block is in use");
	else
		misuse_free_by(s->again, s->heap, p, s->size);
}

void misuse_free_pool(struct misuse_scene *s)
{
	struct kpool_stats stats = {};

	kpool_heap_stats(s->heap, &stats);
	misuse_free_by(s->again, s->heap, misuse_arena(s->victim) + stats.arena_size - MISUSE_POOL,
		       s->size);
}

void misuse_the_stack(struct misuse_scene *s)
{
	char local[MISUSE_SIZE] = {};

	kpool_free(misuse_hide(local));
}

/* The rows have these freed without naming a heap. */
MISUSE_FREE_AT(static_data, misuse_data)
MISUSE_FREE_AT(a_function, misuse_a_function)
MISUSE_FREE_AT(small_integer, 8192)
MISUSE_FREE_AT(error_pointer, ERR_PTR(-ENOMEM))
MISUSE_FREE_AT(garbage, REPEAT_BYTE(0x41))

void misuse_static_data_realloc(struct misuse_scene *s)
{
	char *q = kpool_heap_realloc(s->heap, misuse_hide(misuse_data), 2 * s->size, GFP_KERNEL);

	if (q)
		misuse_adopt(s, s->heap, q, 2 * s->size);
}
