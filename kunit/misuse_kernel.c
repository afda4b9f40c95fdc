// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that misuse memory of other parts of the kernel, or use other CPUs.
 *
 * Before a program touches memory that went back to the page allocator, it allocates those
 * pages again: no other user of memory may be harmed.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "misuse.h"

#define MISUSE_CAUGHT_FILL	0x3c
#define MISUSE_PAGE_ORDER	2

/* A function to call on another CPU. */
struct misuse_errand {
	struct work_struct work;
	void (*fn)(void *arg);
	void *arg;
};

static void misuse_run_errand(struct work_struct *work)
{
	struct misuse_errand *errand = container_of(work, struct misuse_errand, work);

	errand->fn(errand->arg);
}

void misuse_on_cpu(int cpu, void (*fn)(void *arg), void *arg)
{
	struct misuse_errand errand = { .fn = fn, .arg = arg };

	INIT_WORK_ONSTACK(&errand.work, misuse_run_errand);
	schedule_work_on(cpu, &errand.work);
	flush_work(&errand.work);
	destroy_work_on_stack(&errand.work);
}

/*
 * Allocate pages until those around @p, which belonged to the heap, are among them, or until none
 * is left.
 */
static void misuse_catch(struct misuse_scene *s, const char *p, unsigned int order)
{
	char *wanted = (char *)((unsigned long)p & ~((PAGE_SIZE << order) - 1));
	struct page *page, *next;
	LIST_HEAD(others);

	while (!s->caught) {
		/* Without reclaim, which would have kpool drain magazines. */
		page = alloc_pages(__GFP_HIGH | __GFP_NOWARN, order);
		if (!page)
			break;
		if (page_address(page) == wanted)
			s->caught = wanted;
		else
			list_add(&page->lru, &others);
	}
	list_for_each_entry_safe(page, next, &others, lru)
		__free_pages(page, order);
	s->caught_order = order;
	if (s->caught)
		memset(s->caught, MISUSE_CAUGHT_FILL, PAGE_SIZE << order);
	else
		misuse_fail(s, "the pages did not go back");
}

/* Check that the caught pages are unchanged. Free them, unless the fault has freed them. */
void misuse_let_go(struct misuse_scene *s)
{
	if (!s->caught)
		return;
	if (memchr_inv(s->caught, MISUSE_CAUGHT_FILL, PAGE_SIZE << s->caught_order))
		misuse_harmed(s, MISUSE_OVERWRITTEN);
	if (page_count(virt_to_page(s->caught)) == 1)
		__free_pages(virt_to_page(s->caught), s->caught_order);
	else
		misuse_harmed(s, MISUSE_TAKEN);
	s->caught = NULL;
}

static unsigned int misuse_arena_order(void)
{
	return get_order(misuse_arena_size());
}

/* Empty the pool of @p, a freed block, and have its page returned. */
static void misuse_return(struct misuse_scene *s, const char *p)
{
	char *pool = misuse_pool(p);

	misuse_drop_range(s, pool, pool + MISUSE_POOL);
	kpool_heap_shrink(s->heap);
	misuse_catch(s, p, 0);
}

/* Empty the arena of @p, and have it released. */
static void misuse_release_arena(struct misuse_scene *s, const char *p)
{
	misuse_drop_all(s);
	kpool_heap_shrink(s->heap);
	misuse_catch(s, p, misuse_arena_order());
}

/* Destroy the heap. @p then belongs to kpool, if it remembers the heap, or to this module. */
static void misuse_outlive(struct misuse_scene *s, const char *p, unsigned int order)
{
	misuse_end_heap(s);
	if (!s->debug)
		misuse_catch(s, p, order);
}

static void misuse_free_there(void *p)
{
	kpool_free(p);
}

void misuse_double_free_other_cpu(struct misuse_scene *s)
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

void misuse_double_free_race(struct misuse_scene *s)
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

void misuse_double_free_returned(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_return(s, p);
	kpool_heap_free(s->heap, p);
}

void misuse_double_free_released(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_release_arena(s, p);
	kpool_heap_free(s->heap, p);
}

void misuse_kernel_data(struct misuse_scene *s)
{
	kpool_free(misuse_hide((const void *)&jiffies));
}

void misuse_vmalloc_memory(struct misuse_scene *s)
{
	void *p = vmalloc(PAGE_SIZE);

	kpool_free(misuse_hide(p));
	vfree(p);
}

/* Take an extra reference, so that the pages stay allocated if kpool frees them. */
static void misuse_free_pages(struct misuse_scene *s, gfp_t gfp, unsigned int order, size_t from)
{
	struct page *page = alloc_pages(GFP_KERNEL | gfp, order);
	bool taken;

	if (!page) {
		misuse_fail(s, "out of memory");
		return;
	}
	get_page(page);
	kpool_free(misuse_hide(page_address(page) + from));
	taken = page_count(page) < 2;
	put_page(page);
	if (taken)
		misuse_harmed(s, MISUSE_TAKEN);
	else
		__free_pages(page, order);
}

#define MISUSE_PAGES(function, gfp, order, from)			\
void misuse_##function(struct misuse_scene *s)			\
{								\
	misuse_free_pages(s, gfp, order, from);			\
}

MISUSE_PAGES(a_page, 0, 0, 0)
MISUSE_PAGES(page_interior, 0, 0, 128)
MISUSE_PAGES(compound_page, __GFP_COMP, MISUSE_PAGE_ORDER, 0)
MISUSE_PAGES(compound_interior, __GFP_COMP, MISUSE_PAGE_ORDER, 128)

void misuse_kmalloc_memory(struct misuse_scene *s)
{
	char *p = kmalloc(s->size, GFP_KERNEL);

	misuse_free_by(s->again, s->heap, p, s->size);
	if (s->debug)
		kpool_free(p);
}

void misuse_kmalloc_interior(struct misuse_scene *s)
{
	char *p = kmalloc(s->size, GFP_KERNEL);

	kpool_free(misuse_hide(p + 8));
}

void misuse_write_released(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_release_arena(s, p);
	misuse_write(p, 0, 8);
}

void misuse_write_destroyed(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim);

	misuse_drop_all(s);
	misuse_outlive(s, p, misuse_arena_order());
	misuse_write(p, 0, 8);
}

void misuse_read_released(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_release_arena(s, p);
	misuse_read(p, 0);
	if (s->caught)
		misuse_harmed(s, MISUSE_SEEN);
}

void misuse_freed_before_and_after(struct misuse_scene *s)
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

void misuse_freed_by_region(struct misuse_scene *s)
{
	kpool_free(misuse_end_region(s));
}

void misuse_written_after_region(struct misuse_scene *s)
{
	misuse_write(misuse_end_region(s), 0, 8);
}
