// SPDX-License-Identifier: GPL-2.0
/* Can a new, unwritten object contain the contents of a freed one? */
#include <linux/kernel.h>
#include <linux/string.h>

#include "misuse.h"

#define MISUSE_LOOKS	300	/* allocations until a freed block is allocated again */
#define MISUSE_SECRET	0xa7

static void misuse_keep_secret(struct misuse_scene *s)
{
	memset(misuse_hide(s->victim), MISUSE_SECRET, s->size);
}

/* Is the secret at the end of the memory at @p? */
static void misuse_look_for_secret(struct misuse_scene *s, const char *p)
{
	if (misuse_read(p, s->size - sizeof(long)) == REPEAT_BYTE(MISUSE_SECRET))
		misuse_harmed(s, MISUSE_SEEN);
}

/* Allocate until the block at @old is allocated again, and check it. */
static void misuse_look_again(struct misuse_scene *s, const char *old)
{
	unsigned int i;

	for (i = 0; i < MISUSE_LOOKS; i++) {
		char *p = misuse_take_raw(s, s->heap, s->size);

		if (p == old) {
			misuse_look_for_secret(s, p);
			return;
		}
	}
	misuse_fail(s, "the block does not come again");
}

static void stale_block(struct misuse_scene *s)
{
	misuse_keep_secret(s);
	misuse_look_again(s, misuse_release(s));
}

static void stale_sensitive(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim);

	misuse_keep_secret(s);
	misuse_disown(s, p);
	kpool_free_sensitive(p);
	misuse_look_again(s, p);
}

static void stale_zeroed(struct misuse_scene *s)
{
	unsigned int i;
	char *old, *p;

	misuse_keep_secret(s);
	old = misuse_release(s);
	for (i = 0; i < MISUSE_LOOKS; i++) {
		p = kpool_heap_zalloc(s->heap, s->size, GFP_KERNEL);
		if (p == old)
			misuse_look_for_secret(s, p);
		misuse_adopt(s, s->heap, p, s->size);
		if (p == old)
			return;
	}
	misuse_fail(s, "the block does not come again");
}

/* The secret is in the part of the block that a smaller object does not fill. */
static void stale_rest(struct misuse_scene *s)
{
	char *old, *p;

	misuse_keep_secret(s);
	old = misuse_release(s);
	p = kpool_heap_alloc(s->heap, s->size - 7, GFP_KERNEL);
	if (p)
		memset(p, 0, s->size - 7);
	p = kpool_heap_realloc(s->heap, p, s->size, GFP_KERNEL);
	if (p == old && (u8)p[s->size - 1] == MISUSE_SECRET)
		misuse_harmed(s, MISUSE_SEEN);
	misuse_adopt(s, s->heap, p, s->size);
}

const struct misuse_program misuse_leaks[] = {
	MISUSE(stale_block, "read of a new object"),
	MISUSE(stale_rest, "read of what realloc added"),
	MISUSE(stale_sensitive, "read of a new object, kpool_free_sensitive() before"),
	MISUSE(stale_zeroed, "read of a new object that was to be zero"),
	{}
};
