// SPDX-License-Identifier: GPL-2.0
/* Frees of addresses that are not the start of an object of the heap. */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "misuse.h"

#define MISUSE_PAGE_ORDER	2

static char misuse_data[2 * MISUSE_SIZE];

static void interior_1(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_hide(s->victim + 1));
}

static void interior_8(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_hide(s->victim + 8));
}

static void interior_half(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_hide(s->victim + s->size / 2));
}

static void interior_last(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_hide(s->victim + s->size - 1));
}

static void before_8(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_hide(s->victim - 8));
}

static void end_of_object(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_hide(s->victim + s->size));
}

static void interior_bulk(struct misuse_scene *s)
{
	void *blocks[] = { misuse_hide(s->victim + 8) };

	kpool_heap_free_bulk(s->heap, ARRAY_SIZE(blocks), blocks);
}

static void interior_sized(struct misuse_scene *s)
{
	kpool_heap_free_sized(s->heap, misuse_hide(s->victim + 8), s->size);
}

static void interior_realloc(struct misuse_scene *s)
{
	char *q = kpool_heap_realloc(s->heap, misuse_hide(s->victim + 8), 2 * s->size,
				     GFP_KERNEL);

	if (q)
		misuse_adopt(s, s->heap, q, 2 * s->size);
}

/* A pool's tail, behind its last block, is too short for a block. */
static void tail_of_pool(struct misuse_scene *s)
{
	size_t stride = misuse_stride(s);
	char *pool = misuse_pool(s->victim);
	char *first = s->victim - (s->victim - pool) / stride * stride;

	kpool_heap_free(s->heap, first + MISUSE_POOL / stride * stride);
}

static void arena_header(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_arena(s->victim));
}

static void cached_block(struct misuse_scene *s)
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
static void never_allocated(struct misuse_scene *s)
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
		kpool_heap_free(s->heap, p);
}

static void free_pool(struct misuse_scene *s)
{
	struct kpool_stats stats = {};

	kpool_heap_stats(s->heap, &stats);
	kpool_heap_free(s->heap, misuse_arena(s->victim) + stats.arena_size - MISUSE_POOL);
}

static void the_stack(struct misuse_scene *s)
{
	char local[MISUSE_SIZE];

	kpool_free(misuse_hide(local));
}

static void static_data(struct misuse_scene *s)
{
	kpool_free(misuse_hide(misuse_data));
}

static void static_data_sized(struct misuse_scene *s)
{
	kpool_heap_free_sized(s->heap, misuse_hide(misuse_data), s->size);
}

static void static_data_realloc(struct misuse_scene *s)
{
	char *q = kpool_heap_realloc(s->heap, misuse_hide(misuse_data), 2 * s->size, GFP_KERNEL);

	if (q)
		misuse_adopt(s, s->heap, q, 2 * s->size);
}

static void static_data_sensitive(struct misuse_scene *s)
{
	kpool_free_sensitive(misuse_hide(misuse_data));
}

static void kernel_data(struct misuse_scene *s)
{
	kpool_free(misuse_hide((const void *)&jiffies));
}

static void a_function(struct misuse_scene *s)
{
	kpool_free(misuse_hide((const void *)a_function));
}

static void vmalloc_memory(struct misuse_scene *s)
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

static void a_page(struct misuse_scene *s)
{
	misuse_free_pages(s, 0, 0, 0);
}

static void page_interior(struct misuse_scene *s)
{
	misuse_free_pages(s, 0, 0, 128);
}

static void compound_page(struct misuse_scene *s)
{
	misuse_free_pages(s, __GFP_COMP, MISUSE_PAGE_ORDER, 0);
}

static void compound_interior(struct misuse_scene *s)
{
	misuse_free_pages(s, __GFP_COMP, MISUSE_PAGE_ORDER, 128);
}

static void small_integer(struct misuse_scene *s)
{
	kpool_free(misuse_hide((void *)8192));
}

static void error_pointer(struct misuse_scene *s)
{
	kpool_free(misuse_hide(ERR_PTR(-ENOMEM)));
}

static void garbage(struct misuse_scene *s)
{
	kpool_free(misuse_hide((void *)REPEAT_BYTE(0x41)));
}

static void kmalloc_memory(struct misuse_scene *s)
{
	kpool_heap_free(s->heap, misuse_hide(kmalloc(s->size, GFP_KERNEL)));
}

static void kmalloc_interior(struct misuse_scene *s)
{
	char *p = kmalloc(s->size, GFP_KERNEL);

	kpool_free(misuse_hide(p + 8));
}

const struct misuse_program misuse_invalid_frees[] = {
	MISUSE(interior_1, "1 byte into an object"),
	MISUSE(interior_8, "8 bytes into an object"),
	MISUSE(interior_half, "the middle of an object"),
	MISUSE(interior_last, "the last byte of an object"),
	MISUSE(before_8, "8 bytes before an object"),
	MISUSE(end_of_object, "the first byte after an object"),
	MISUSE(interior_bulk, "8 bytes into an object, in bulk"),
	MISUSE(interior_sized, "8 bytes into an object, with its size"),
	MISUSE(interior_realloc, "8 bytes into an object, grown by realloc",
	       .also = 2 * MISUSE_SIZE),
	MISUSE(tail_of_pool, "behind the last block of a pool", .size = 200),
	MISUSE(arena_header, "an arena's header"),
	MISUSE(cached_block, "a block that is free already"),
	MISUSE(never_allocated, "a block that was never handed out"),
	MISUSE(free_pool, "a pool that is not in use"),
	MISUSE(the_stack, "the stack"),
	MISUSE(static_data, "a module's data"),
	MISUSE(static_data_sized, "a module's data, with a size"),
	MISUSE(static_data_realloc, "a module's data, grown by realloc"),
	MISUSE(static_data_sensitive, "a module's data, by kpool_free_sensitive()"),
	MISUSE(kernel_data, "the kernel's data"),
	MISUSE(a_function, "a function"),
	MISUSE(vmalloc_memory, "vmalloc's memory"),
	MISUSE(a_page, "a page"),
	MISUSE(page_interior, "128 bytes into a page"),
	MISUSE(compound_page, "a compound page"),
	MISUSE(compound_interior, "128 bytes into a compound page"),
	MISUSE(small_integer, "a small number"),
	MISUSE(error_pointer, "an error pointer"),
	MISUSE(garbage, "0x4141... as a pointer"),
	MISUSE(kmalloc_memory, "kmalloc's memory, to the heap"),
	MISUSE(kmalloc_interior, "8 bytes into kmalloc's memory", .only = MISUSE_KASAN),
	{}
};
