// SPDX-License-Identifier: GPL-2.0
/* Objects that are freed more than once. */
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "misuse.h"

#define MISUSE_BETWEEN	70	/* frees that fill the loaded magazine */
#define MISUSE_HUGE	20000

static void double_free(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_heap_free(s->heap, p);
}

static void double_free_any(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_free(p);
}

static void double_free_between(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_drop(s, s->right);
	kpool_heap_free(s->heap, p);
}

static void double_free_many_between(struct misuse_scene *s)
{
	char *p = misuse_release(s);
	unsigned int i;

	for (i = 0; i < MISUSE_BETWEEN; i++)
		misuse_drop(s, s->object[0].p);
	kpool_heap_free(s->heap, p);
}

static void double_free_drained(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_heap_shrink(s->heap);
	kpool_heap_free(s->heap, p);
}

static void misuse_free_there(void *p)
{
	kpool_free(p);
}

static void double_free_other_cpu(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	if (s->cpu >= 0)
		misuse_on_cpu(s->cpu, misuse_free_there, p);
	else
		misuse_fail(s, "there is one CPU only");
}

/* Two frees of @p that start when both CPUs are ready. */
struct misuse_race {
	struct work_struct work;
	void *p;
	atomic_t there;
};

static void misuse_race_to_free(struct misuse_race *race)
{
	atomic_inc(&race->there);
	while (atomic_read(&race->there) < 2)
		cpu_relax();
	kpool_free(race->p);
}

static void misuse_race_work(struct work_struct *work)
{
	misuse_race_to_free(container_of(work, struct misuse_race, work));
}

static void double_free_race(struct misuse_scene *s)
{
	struct misuse_race race = { .p = misuse_hide(s->victim) };

	if (s->cpu < 0) {
		misuse_fail(s, "there is one CPU only");
		return;
	}
	misuse_disown(s, s->victim);
	INIT_WORK_ONSTACK(&race.work, misuse_race_work);
	schedule_work_on(s->cpu, &race.work);
	misuse_race_to_free(&race);
	flush_work(&race.work);
	destroy_work_on_stack(&race.work);
}

static void double_free_reused(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_reuse(s, p);
	kpool_heap_free(s->heap, p);
}

static void double_free_recycled(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_recycle(s, p);
	kpool_heap_free(s->heap, p);
}

static void double_free_returned(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_return(s, p);
	kpool_heap_free(s->heap, p);
}

static void double_free_released(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_release_arena(s, p);
	kpool_heap_free(s->heap, p);
}

static void double_free_bulk(struct misuse_scene *s)
{
	void *blocks[] = { s->victim, s->right, s->victim };

	misuse_disown(s, s->right);
	misuse_disown(s, s->victim);
	kpool_heap_free_bulk(s->heap, ARRAY_SIZE(blocks), blocks);
}

static void double_free_sized(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_heap_free_sized(s->heap, p, s->size);
}

static void double_free_sensitive(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_free_sensitive(p);
}

static void double_free_moved(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim), *q;

	q = kpool_heap_realloc(s->heap, s->victim, 2 * s->size, GFP_KERNEL);
	misuse_disown(s, s->victim);
	misuse_adopt(s, s->heap, q, 2 * s->size);
	kpool_heap_free(s->heap, p);
}

static void realloc_freed(struct misuse_scene *s)
{
	char *p = misuse_release(s), *q;

	q = kpool_heap_realloc(s->heap, p, 2 * s->size, GFP_KERNEL);
	if (q)
		misuse_adopt(s, s->heap, q, 2 * s->size);
}

static void realloc_freed_to_nothing(struct misuse_scene *s)
{
	char *p = misuse_release(s), *q;

	q = kpool_heap_realloc(s->heap, p, 0, GFP_KERNEL);
	if (!ZERO_OR_NULL_PTR(q))
		misuse_adopt(s, s->heap, q, s->size);
}

struct misuse_rcu_object {
	struct rcu_head rcu;
};

/* kpool follows the rcu_head, so no new owner may write to the block before the barrier. */
static void free_then_free_rcu(struct misuse_scene *s)
{
	struct misuse_rcu_object *object = (void *)misuse_release(s);

	kpool_free_rcu(object, rcu);
	kpool_rcu_barrier();
}

static void free_rcu_then_free(struct misuse_scene *s)
{
	struct misuse_rcu_object *object = misuse_hide(s->victim);

	misuse_disown(s, s->victim);
	kpool_free_rcu(object, rcu);
	kpool_heap_free(s->heap, object);
	kpool_rcu_barrier();
}

static void free_mightsleep_twice(struct misuse_scene *s)
{
	void *p = misuse_hide(s->victim);

	misuse_disown(s, p);
	kpool_free_rcu_mightsleep(p);
	kpool_free_rcu_mightsleep(p);
	kpool_rcu_barrier();
}

static void double_free_large(struct misuse_scene *s)
{
	void *p = misuse_hide(kpool_heap_alloc(s->heap, MISUSE_LARGE, GFP_KERNEL));

	kpool_heap_free(s->heap, p);
	kpool_heap_free(s->heap, p);
}

static void double_free_huge(struct misuse_scene *s)
{
	void *p = misuse_hide(kpool_heap_alloc(s->heap, MISUSE_HUGE, GFP_KERNEL));

	kpool_heap_free(s->heap, p);
	kpool_heap_free(s->heap, p);
}

const struct misuse_program misuse_double_frees[] = {
	MISUSE(double_free, "twice in a row"),
	MISUSE(double_free_any, "then by kpool_free()"),
	MISUSE(double_free_between, "another free between"),
	MISUSE(double_free_many_between, "70 frees between"),
	MISUSE(double_free_drained, "magazines drained between"),
	MISUSE(double_free_other_cpu, "then on another CPU"),
	MISUSE(double_free_race, "on two CPUs at a time", .rounds = MISUSE_RACES),
	MISUSE(double_free_reused, "the block is another's by then"),
	MISUSE(double_free_recycled, "its pool is another class's by then"),
	MISUSE(double_free_returned, "its page is another's by then"),
	MISUSE(double_free_released, "its arena is another's by then"),
	MISUSE(double_free_bulk, "twice in one bulk"),
	MISUSE(double_free_sized, "then with its size"),
	MISUSE(double_free_sensitive, "then by kpool_free_sensitive()"),
	MISUSE(double_free_moved, "realloc moved it, then the old one", .also = 2 * MISUSE_SIZE),
	MISUSE(realloc_freed, "then grown by realloc", .also = 2 * MISUSE_SIZE),
	MISUSE(realloc_freed_to_nothing, "then by realloc to 0 bytes"),
	MISUSE(free_then_free_rcu, "then by kpool_free_rcu()"),
	MISUSE(free_rcu_then_free, "first by kpool_free_rcu()"),
	MISUSE(free_mightsleep_twice, "twice by kpool_free_rcu_mightsleep()"),
	MISUSE(double_free_large, "2000 bytes, kmalloc's",
	       .only = MISUSE_DEBUG_HEAP | MISUSE_KASAN),
	MISUSE(double_free_huge, "20000 bytes, kmalloc's"),
	{}
};
