// SPDX-License-Identifier: GPL-2.0
/* Objects that are freed more than once. */
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "misuse.h"

#define MISUSE_BETWEEN	70	/* frees that fill the loaded magazine */
#define MISUSE_HUGE	20000

void misuse_double_free(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_free_by(s->again, s->heap, p, s->size);
}

void misuse_double_free_between(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_drop(s, s->right);
	kpool_heap_free(s->heap, p);
}

void misuse_double_free_many_between(struct misuse_scene *s)
{
	char *p = misuse_release(s);
	unsigned int i;

	for (i = 0; i < MISUSE_BETWEEN; i++)
		misuse_drop(s, s->object[0].p);
	kpool_heap_free(s->heap, p);
}

void misuse_double_free_drained(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_heap_shrink(s->heap);
	misuse_free_by(s->again, s->heap, p, s->size);
}

void misuse_double_free_reused(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_reuse(s, p);
	kpool_heap_free(s->heap, p);
}

void misuse_double_free_recycled(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_recycle(s, p);
	kpool_heap_free(s->heap, p);
}

void misuse_double_free_bulk(struct misuse_scene *s)
{
	void *blocks[] = { s->victim, s->right, s->victim };

	misuse_disown(s, s->right);
	misuse_disown(s, s->victim);
	kpool_heap_free_bulk(s->heap, ARRAY_SIZE(blocks), blocks);
}

void misuse_double_free_moved(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_move(s, 2 * s->size));
}

static void misuse_resize_freed(struct misuse_scene *s, size_t size)
{
	char *p = misuse_release(s), *q;

	if (s->debug && kpool_usable_size(p))
		misuse_fail(s, "a freed object has a usable size");
	q = kpool_heap_realloc(s->heap, p, size, GFP_KERNEL);
	if (!ZERO_OR_NULL_PTR(q))
		misuse_adopt(s, s->heap, q, size ?: s->size);
}

void misuse_realloc_freed(struct misuse_scene *s)
{
	misuse_resize_freed(s, 2 * s->size);
}

void misuse_realloc_freed_in_place(struct misuse_scene *s)
{
	misuse_resize_freed(s, s->size);
}

void misuse_realloc_freed_to_nothing(struct misuse_scene *s)
{
	misuse_resize_freed(s, 0);
}

struct misuse_rcu_object {
	struct rcu_head rcu;
};

/* kpool follows the rcu_head, so no new owner may write to the block before the barrier. */
void misuse_free_then_free_rcu(struct misuse_scene *s)
{
	struct misuse_rcu_object *object = (void *)misuse_release(s);

	kpool_free_rcu(object, rcu);
	kpool_rcu_barrier();
}

void misuse_free_rcu_then_free(struct misuse_scene *s)
{
	struct misuse_rcu_object *object = (void *)misuse_disown_victim(s);

	kpool_free_rcu(object, rcu);
	kpool_heap_free(s->heap, object);
	kpool_rcu_barrier();
}

void misuse_free_mightsleep_twice(struct misuse_scene *s)
{
	void *p = misuse_disown_victim(s);

	kpool_free_rcu_mightsleep(p);
	kpool_free_rcu_mightsleep(p);
	kpool_rcu_barrier();
}

static void misuse_free_twice(struct misuse_scene *s, size_t size)
{
	void *p = misuse_hide(kpool_heap_alloc(s->heap, size, GFP_KERNEL));

	kpool_heap_free(s->heap, p);
	kpool_heap_free(s->heap, p);
}

void misuse_double_free_large(struct misuse_scene *s)
{
	misuse_free_twice(s, MISUSE_LARGE);
}

void misuse_double_free_huge(struct misuse_scene *s)
{
	misuse_free_twice(s, MISUSE_HUGE);
}
