// SPDX-License-Identifier: GPL-2.0
/* Reads of uninitialised memory, which KMSAN must report, each in a function named after it. */
#define pr_fmt(fmt) "misuse: " fmt

#include <linux/printk.h>
#include <linux/string.h>

#include "misuse.h"

/* KMSAN reports a read of uninitialised memory that decides a branch. */
static __always_inline void misuse_look(const u8 *p)
{
	if (READ_ONCE(*p) == 0xa5)
		pr_info("a byte is 0xa5\n");
}

static u8 *misuse_new(struct misuse_scene *s, gfp_t gfp)
{
	return kpool_heap_alloc(s->heap, s->size, GFP_KERNEL | __GFP_NOFAIL | gfp);
}

noinline void misuse_look_at_new(struct misuse_scene *s)
{
	u8 *p = misuse_new(s, 0);

	misuse_look(&p[s->size - 1]);
	kpool_heap_free(s->heap, p);
}

/* The contents that the last owner wrote do not count as initialised. */
noinline void misuse_look_at_reused(struct misuse_scene *s)
{
	u8 *p = misuse_new(s, 0);

	memset(p, 1, s->size);
	kpool_heap_free(s->heap, p);
	p = misuse_new(s, 0);
	misuse_look(p);
	kpool_heap_free(s->heap, p);
}

noinline void misuse_look_at_bulk(struct misuse_scene *s)
{
	u8 *p = misuse_new(s, 0);
	void *q;

	memset(p, 1, s->size);
	if (kpool_heap_alloc_bulk(s->heap, s->size, GFP_KERNEL, 1, &q)) {
		misuse_look(q);
		kpool_heap_free(s->heap, q);
	}
	kpool_heap_free(s->heap, p);
}

noinline void misuse_look_at_grown(struct misuse_scene *s)
{
	u8 *p = misuse_new(s, 0);

	memset(p, 1, s->size);
	p = kpool_heap_realloc(s->heap, p, 2 * s->size, GFP_KERNEL | __GFP_NOFAIL);
	misuse_look(&p[s->size - 1]);
	misuse_look(&p[s->size]);
	kpool_heap_free(s->heap, p);
}

/* Reads of initialised memory: no faults. */
noinline void misuse_look_at_written(struct misuse_scene *s)
{
	u8 *p = misuse_new(s, 0);

	memset(p, 1, s->size);
	misuse_look(&p[s->size - 1]);
	kpool_heap_free(s->heap, p);
	p = misuse_new(s, __GFP_ZERO);
	misuse_look(&p[s->size - 1]);
	p = kpool_heap_realloc(s->heap, p, 2 * s->size, GFP_KERNEL | __GFP_NOFAIL | __GFP_ZERO);
	misuse_look(&p[2 * s->size - 1]);
	kpool_heap_free(s->heap, p);
}
