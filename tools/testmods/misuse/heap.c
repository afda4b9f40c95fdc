// SPDX-License-Identifier: GPL-2.0
/* Wrong heaps: not the object's, destroyed, or invalid. */
#include <linux/err.h>

#include "misuse.h"

/* Create a second heap, which has none of the crowd's objects. */
static struct kpool_heap *misuse_other(struct misuse_scene *s, bool debug)
{
	struct kpool_heap_attr attr = { debug ? KPOOL_HEAP_DEBUG : 0 };
	struct kpool_heap *heap = kpool_heap_create("other", &attr);

	if (IS_ERR(heap)) {
		misuse_fail(s, "no second heap");
		return NULL;
	}
	s->other = heap;
	/* Allocate an object, so that the heap has magazines. */
	misuse_adopt(s, heap, kpool_heap_alloc(heap, s->size, GFP_KERNEL), s->size);
	return heap;
}

static void other_heap(struct misuse_scene *s)
{
	struct kpool_heap *other = misuse_other(s, s->debug);
	char *p = misuse_hide(s->victim);

	misuse_disown(s, p);
	if (other)
		kpool_heap_free(other, p);
}

static void other_heap_sized(struct misuse_scene *s)
{
	struct kpool_heap *other = misuse_other(s, s->debug);
	char *p = misuse_hide(s->victim);

	misuse_disown(s, p);
	if (other)
		kpool_heap_free_sized(other, p, s->size);
}

static void other_heap_bulk(struct misuse_scene *s)
{
	struct kpool_heap *other = misuse_other(s, s->debug);
	void *blocks[] = { s->victim, s->right };

	misuse_disown(s, s->right);
	misuse_disown(s, s->victim);
	if (other)
		kpool_heap_free_bulk(other, ARRAY_SIZE(blocks), blocks);
}

/* Free an object of a normal heap to a debug heap, or the other way round. */
static void other_kind(struct misuse_scene *s)
{
	struct kpool_heap *other = misuse_other(s, !s->debug);
	char *p = misuse_hide(s->victim);

	misuse_disown(s, p);
	if (other)
		kpool_heap_free(other, p);
}

static void of_default_heap(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_hide(kpool_alloc(s->size, GFP_KERNEL)));
}

static void to_default_heap_sized(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim);

	misuse_disown(s, p);
	kpool_free_sized(p, s->size);
}

/* Free the crowd, keep the victim, and destroy the heap. */
static void misuse_end_heap_around(struct misuse_scene *s)
{
	misuse_drop_range(s, NULL, (void *)ULONG_MAX);
	misuse_end_heap(s);
}

static void not_freed(struct misuse_scene *s)
{
	misuse_end_heap_around(s);
	misuse_disown(s, s->victim);
	misuse_harmed(s, MISUSE_LOST);
}

static void not_freed_large(struct misuse_scene *s)
{
	misuse_drop_all(s);
	if (kpool_heap_alloc(s->heap, MISUSE_LARGE, GFP_KERNEL))
		misuse_harmed(s, MISUSE_LOST);
	misuse_end_heap(s);
}

static void freed_after_destroy(struct misuse_scene *s)
{
	misuse_end_heap_around(s);
	misuse_drop(s, s->victim);
}

static void freed_before_and_after(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim);

	misuse_drop_all(s);
	misuse_outlive(s, p, misuse_arena_order());
	kpool_free(p);
}

/* Destroy a region heap, which frees its memory page by page. Return: the victim's address. */
static char *misuse_end_region(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim);

	s->nr = 0;
	s->victim = NULL;
	misuse_outlive(s, p, 0);
	return p;
}

static void freed_by_region(struct misuse_scene *s)
{
	kpool_free(misuse_end_region(s));
}

static void written_after_region(struct misuse_scene *s)
{
	misuse_write(misuse_end_region(s), 0, 8);
}

static void allocated_after_destroy(struct misuse_scene *s)
{
	struct kpool_heap *heap = s->heap;
	void *p;

	misuse_drop_all(s);
	misuse_end_heap(s);
	p = kpool_heap_alloc(heap, s->size, GFP_KERNEL);
	if (p)
		misuse_adopt(s, NULL, p, s->size);
}

static void freed_to_destroyed(struct misuse_scene *s)
{
	struct kpool_heap *heap = s->heap;
	char *p = misuse_hide(s->victim);

	misuse_drop_all(s);
	misuse_end_heap(s);
	kpool_heap_free(heap, p);
}

static void destroyed_twice(struct misuse_scene *s)
{
	struct kpool_heap *heap = s->heap;

	misuse_drop_all(s);
	misuse_end_heap(s);
	kpool_heap_destroy(heap);
}

static void no_heap_destroyed(struct misuse_scene *s)
{
	kpool_heap_destroy(NULL);
}

static void no_heap_looked_at(struct misuse_scene *s)
{
	struct kpool_stats stats;

	if (kpool_heap_validate(NULL) || kpool_heap_stats(NULL, &stats))
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

static void made_without_name(struct misuse_scene *s)
{
	misuse_must_not_be_made(s, NULL, 0);
}

static void made_with_bad_name(struct misuse_scene *s)
{
	misuse_must_not_be_made(s, "../x", 0);
}

static void made_twice(struct misuse_scene *s)
{
	misuse_must_not_be_made(s, "default", 0);
}

static void made_with_bad_flags(struct misuse_scene *s)
{
	misuse_must_not_be_made(s, "flags", 1U << 31);
}

const struct misuse_program misuse_heaps[] = {
	MISUSE(other_heap, "freed to another heap"),
	MISUSE(other_heap_sized, "freed to another heap, with its size"),
	MISUSE(other_heap_bulk, "freed to another heap, in bulk"),
	MISUSE(of_default_heap, "the default heap's, freed to the heap"),
	MISUSE(to_default_heap_sized, "freed to the default heap, with its size"),
	MISUSE(not_freed, "an object is out at the end"),
	MISUSE(not_freed_large, "2000 bytes, kmalloc's, are out at the end"),
	MISUSE(freed_after_destroy, "out at the end, and freed then"),
	MISUSE(freed_before_and_after, "freed before the end, and again then"),
	MISUSE(freed_by_region, "freed by a region's end, and again then",
	       .flags = KPOOL_HEAP_REGION),
	MISUSE(written_after_region, "freed by a region's end, and written to then",
	       .flags = KPOOL_HEAP_REGION),
	MISUSE(allocated_after_destroy, "an allocation after the end", .only = MISUSE_DEBUG_HEAP),
	MISUSE(freed_to_destroyed, "a free to the heap after the end", .only = MISUSE_DEBUG_HEAP),
	MISUSE(destroyed_twice, "destroyed twice", .only = MISUSE_DEBUG_HEAP),
	MISUSE(no_heap_destroyed, "NULL is destroyed"),
	MISUSE(no_heap_looked_at, "NULL is validated, asked, shrunk"),
	MISUSE(made_without_name, "made without a name"),
	MISUSE(made_with_bad_name, "made with a bad name"),
	MISUSE(made_twice, "made with a name that there is"),
	MISUSE(made_with_bad_flags, "made with flags that there are not"),
	/* Must be last: after a debug heap was created, kpool makes more checks. */
	MISUSE(other_kind, "freed to a heap of the other kind"),
	{}
};
