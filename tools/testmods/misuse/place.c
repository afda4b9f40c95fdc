// SPDX-License-Identifier: GPL-2.0
/*
 * Bring memory to the state that a fault needs, and commit the faults unseen by the compiler.
 *
 * Before a program touches memory that went back to the page allocator, it allocates those
 * pages again: no other user of memory may be harmed.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "misuse.h"

#define MISUSE_REUSES		400	/* allocations until a freed block is allocated again */
#define MISUSE_ARENA_MOST	6000	/* more objects than an arena holds */
#define MISUSE_OTHER_SIZE	256
#define MISUSE_RECYCLES		2100	/* objects of MISUSE_OTHER_SIZE: they fill two arenas */
#define MISUSE_CATCH_BYTES	(256UL << 20)
#define MISUSE_CAUGHT_FILL	0x3c

/* The compiler cannot know the returned value. */
noinline void *misuse_hide(const void *p)
{
	OPTIMIZER_HIDE_VAR(p);
	return (void *)p;
}

/* Plain stores, of words where possible: not every compiler lets KASAN check memset(). */
noinline void misuse_write(char *p, long from, size_t nr)
{
	char *end = p + from + nr;

	for (p = misuse_hide(p + from); end - p >= sizeof(long); p += sizeof(long))
		WRITE_ONCE(*(unsigned long *)p, REPEAT_BYTE(0x77));
	for (; p < end; p++)
		WRITE_ONCE(*p, 0x77);
}

noinline unsigned long misuse_read(const char *p, long from)
{
	return READ_ONCE(*(const unsigned long *)misuse_hide(p + from));
}

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

static size_t misuse_arena_size(void)
{
	struct kpool_stats stats = {};

	kpool_heap_stats(NULL, &stats);
	return stats.arena_size;
}

/* Return: the start of the arena of @p. */
char *misuse_arena(const char *p)
{
	return (char *)((unsigned long)p & ~(misuse_arena_size() - 1));
}

char *misuse_pool(const char *p)
{
	return (char *)((unsigned long)p & ~(MISUSE_POOL - 1));
}

/* Bytes of a block: the distance of the crowd's objects, which are sorted by address. */
size_t misuse_stride(struct misuse_scene *s)
{
	size_t stride = MISUSE_POOL;
	unsigned int i;

	for (i = 1; i < s->nr; i++)
		stride = min_t(size_t, stride, s->object[i].p - s->object[i - 1].p);
	return stride;
}

/* Allocate until the result is @p. Return: @p, or NULL if it never is. */
char *misuse_reuse(struct misuse_scene *s, const char *p)
{
	unsigned int i;

	for (i = 0; i < MISUSE_REUSES; i++)
		if (misuse_take(s, s->size) == p)
			return misuse_hide(p);
	return NULL;
}

/* Fill the whole arena of @p with objects, and allocate one in another, which then stays. */
static void misuse_fill_arena(struct misuse_scene *s, const char *p)
{
	char *arena = misuse_arena(p), *last;
	unsigned int i;

	for (i = 0; i < MISUSE_ARENA_MOST; i++) {
		last = misuse_take(s, s->size);
		if (!last || misuse_arena(last) != arena)
			return;
	}
	misuse_fail(s, "the arena does not fill up");
}

/* Make another class claim the pool of @p, a freed block. Return: whether it did. */
bool misuse_recycle(struct misuse_scene *s, const char *p)
{
	char *arena = misuse_arena(p), *q;
	unsigned int i;

	misuse_fill_arena(s, p);
	misuse_drop_range(s, arena, arena + misuse_arena_size());
	s->also = MISUSE_OTHER_SIZE;
	for (i = 0; i < MISUSE_RECYCLES; i++) {
		q = misuse_take(s, s->also);
		if (q && q <= p && p < q + s->also)
			return true;
	}
	if (!s->debug) /* in a debug heap pools keep their class */
		misuse_fail(s, "the pool does not change its class");
	return false;
}

/* Empty the pool of @p, a freed block, and have its page returned. */
void misuse_return(struct misuse_scene *s, const char *p)
{
	char *pool = misuse_pool(p);

	misuse_drop_range(s, pool, pool + MISUSE_POOL);
	kpool_heap_shrink(s->heap);
	misuse_catch(s, p, 0);
}

/* Empty the arena of @p, and have it released. */
void misuse_release_arena(struct misuse_scene *s, const char *p)
{
	misuse_drop_all(s);
	kpool_heap_shrink(s->heap);
	misuse_catch(s, p, misuse_arena_order());
}

unsigned int misuse_arena_order(void)
{
	return get_order(misuse_arena_size());
}

void misuse_outlive(struct misuse_scene *s, const char *p, unsigned int order)
{
	misuse_end_heap(s);
	if (!s->debug)
		misuse_catch(s, p, order);
}

/* Allocate pages until those around @p, which belonged to the heap, are among them. */
void misuse_catch(struct misuse_scene *s, const char *p, unsigned int order)
{
	char *wanted = (char *)((unsigned long)p & ~((PAGE_SIZE << order) - 1));
	struct page *page, *next;
	LIST_HEAD(others);
	unsigned long nr;

	for (nr = MISUSE_CATCH_BYTES >> PAGE_SHIFT >> order; nr && !s->caught; nr--) {
		page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
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
