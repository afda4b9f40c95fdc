// SPDX-License-Identifier: GPL-2.0
/* Wrong heaps: not the object's, destroyed, or invalid. */
#include <linux/err.h>

#include "misuse.h"

/* Create a second heap, which has none of the crowd's objects. */
static struct kpool_heap *misuse_other(struct misuse_scene *s, bool debug)
{
	struct kpool_heap_attr attr = { debug ? KPOOL_HEAP_DEBUG : 0 };
	struct kpool_heap *heap = s->create("other", &attr);

	if (IS_ERR(heap)) {
		misuse_fail(s, "no second heap");
		return NULL;
	}
	s->other = heap;
	/* Allocate an object, so that the heap has magazines. */
	misuse_adopt(s, heap, kpool_heap_alloc(heap, s->size, GFP_KERNEL), s->size);
	return heap;
}

void misuse_other_heap(struct misuse_scene *s)
{
	struct kpool_heap *other = misuse_other(s, s->debug);
	char *p = misuse_disown_victim(s);

	if (other)
		misuse_free_by(s->again, other, p, s->size);
}

/* Free an object of a normal heap to a debug heap, or the other way round. */
void misuse_other_kind(struct misuse_scene *s)
{
	struct kpool_heap *other = misuse_other(s, !s->debug);
	char *p = misuse_disown_victim(s);

	if (other)
		kpool_heap_free(other, p);
}

/* The debug heap refuses the object and leaves it as it is. */
void misuse_of_normal_heap(struct misuse_scene *s)
{
	struct kpool_heap *other = misuse_other(s, false);

	if (other)
		misuse_free_by(s->again, s->heap, s->object[s->nr - 1].p, s->size);
}

void misuse_of_default_heap(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_hide(kpool_alloc(s->size, GFP_KERNEL)));
}

void misuse_to_default_heap_sized(struct misuse_scene *s)
{
	char *p = misuse_disown_victim(s);

	kpool_free_sized(p, s->size);
}

/* Free the crowd, keep the victim, and destroy the heap. */
static void misuse_end_heap_around(struct misuse_scene *s)
{
	misuse_drop_range(s, NULL, (void *)ULONG_MAX);
	misuse_end_heap(s);
}

void misuse_not_freed(struct misuse_scene *s)
{
	misuse_end_heap_around(s);
	misuse_disown(s, s->victim);
	misuse_harmed(s, MISUSE_LOST);
}

void misuse_not_freed_large(struct misuse_scene *s)
{
	misuse_drop_all(s);
	if (kpool_heap_alloc(s->heap, MISUSE_LARGE, GFP_KERNEL))
		misuse_harmed(s, MISUSE_LOST);
	misuse_end_heap(s);
}

void misuse_freed_after_destroy(struct misuse_scene *s)
{
	misuse_end_heap_around(s);
	misuse_drop(s, s->victim);
}

void misuse_allocated_after_destroy(struct misuse_scene *s)
{
	struct kpool_heap *heap = s->heap;
	void *p;

	misuse_drop_all(s);
	misuse_end_heap(s);
	p = kpool_heap_alloc(heap, s->size, GFP_KERNEL);
	if (p)
		misuse_adopt(s, NULL, p, s->size);
}

void misuse_freed_to_destroyed(struct misuse_scene *s)
{
	struct kpool_heap *heap = s->heap;
	char *p = misuse_hide(s->victim);

	misuse_drop_all(s);
	misuse_end_heap(s);
	kpool_heap_free(heap, p);
}

void misuse_destroyed_twice(struct misuse_scene *s)
{
	struct kpool_heap *heap = s->heap;

	misuse_drop_all(s);
	misuse_end_heap(s);
	kpool_heap_destroy(heap);
}

void misuse_no_heap_destroyed(struct misuse_scene *s)
{
	kpool_heap_destroy(NULL);
}

void misuse_no_heap_looked_at(struct misuse_scene *s)
{
	struct kpool_stats stats;
	int err = kpool_heap_validate(NULL) ?: kpool_heap_stats(NULL, &stats);

	if (err && err != -ENOMEM)
		misuse_harmed(s, MISUSE_OVERWRITTEN);
	kpool_heap_shrink(NULL);
}

static void misuse_must_not_be_made(struct misuse_scene *s, const char *name, unsigned int flags)
{
	struct kpool_heap_attr attr = { flags };
	struct kpool_heap *heap = kpool_heap_create(name, &attr);

	if (IS_ERR(heap))
		return;
	misuse_harmed(s, MISUSE_LOST);
	kpool_heap_destroy(heap);
}

#define MISUSE_MAKE(function, name, flags)			\
void misuse_##function(struct misuse_scene *s)			\
{								\
	misuse_must_not_be_made(s, name, flags);		\
}

MISUSE_MAKE(made_without_name, NULL, 0)
MISUSE_MAKE(made_with_bad_name, "../x", 0)
MISUSE_MAKE(made_twice, "default", 0)
MISUSE_MAKE(made_with_bad_flags, "flags", 1U << 31)
