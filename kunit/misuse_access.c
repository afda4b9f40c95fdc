// SPDX-License-Identifier: GPL-2.0
/* Reads and writes beyond an object, and of freed objects. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "misuse.h"

#define MISUSE_FAR	4096	/* a pool away */
#define MISUSE_HEADER	96	/* bytes from the start of a debug heap's block to its 100 bytes */

/* Write to the victim or beside it. */
#define MISUSE_WRITE(function, offset, bytes)			\
void misuse_##function(struct misuse_scene *s)			\
{								\
	misuse_write_at(s, s->victim, offset, bytes);		\
}

MISUSE_WRITE(right_1, s->size, 1)
MISUSE_WRITE(right_after_7, s->size + 7, 1)
MISUSE_WRITE(right_8, s->size, 8)
MISUSE_WRITE(right_64, s->size, 64)
MISUSE_WRITE(right_far, MISUSE_FAR, 8)
MISUSE_WRITE(left_1, -1, 1)
MISUSE_WRITE(left_8, -8, 8)
MISUSE_WRITE(left_64, -64, 64)
MISUSE_WRITE(left_far, -MISUSE_FAR, 8)

/* An overflow from the memory before the header, or a stray pointer, damages it. */
void misuse_header(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim);

	misuse_write_at(s, p, s->spot - MISUSE_HEADER, 4);
	if (!kpool_heap_validate(s->heap))
		misuse_fail(s, "the damage is not seen");
	misuse_disown(s, p);
	kpool_free(p);
	kpool_free(p);
}

void misuse_right_large(struct misuse_scene *s)
{
	char *p = misuse_take(s, MISUSE_LARGE);

	if (p)
		misuse_write(p, MISUSE_LARGE, 8);
}

/* A pool of 8-byte blocks begins with its own free list. */
void misuse_left_of_pool(struct misuse_scene *s)
{
	misuse_write(s->object[0].p, -8, 8);
}

/* An overflow from the memory before an arena, or a stray pointer, damages its header. */
void misuse_arena_start(struct misuse_scene *s)
{
	misuse_write(misuse_arena(s->victim), 0, 64);
}

void misuse_arena_metadata(struct misuse_scene *s)
{
	misuse_write(misuse_arena(s->victim), 0, MISUSE_POOL);
}

void misuse_read_right(struct misuse_scene *s)
{
	if (misuse_read(s->victim, s->size) == misuse_read(s->right, 0))
		misuse_harmed(s, MISUSE_SEEN);
}

void misuse_read_left(struct misuse_scene *s)
{
	if (misuse_read(s->victim, -(long)sizeof(long)) ==
	    misuse_read(s->left, s->size - sizeof(long)))
		misuse_harmed(s, MISUSE_SEEN);
}

/* The block stays where it is, and the smaller object ends before its last byte. */
void misuse_read_shrunk(struct misuse_scene *s)
{
	char *p = misuse_move(s, s->size - 1);

	if (misuse_is_anybodys(s, p))
		misuse_read_byte(p, s->size - 1);
}

#define MISUSE_WRITE_FREED(function, offset, bytes)		\
void misuse_##function(struct misuse_scene *s)			\
{								\
	misuse_write_at(s, misuse_release(s), offset, bytes);	\
}

MISUSE_WRITE_FREED(write_freed, 0, 8)
MISUSE_WRITE_FREED(write_freed_first, 0, 1)
MISUSE_WRITE_FREED(write_freed_last, s->size - 1, 1)
MISUSE_WRITE_FREED(write_freed_right, s->size, 8)
MISUSE_WRITE_FREED(write_freed_left, -4, 4)

void misuse_write_freed_drained(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_heap_shrink(s->heap);
	misuse_write(p, 0, s->size);
}

void misuse_write_freed_8(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_heap_shrink(s->heap);
	misuse_write(p, 0, 8);
}

void misuse_write_freed_rcu(struct misuse_scene *s)
{
	void *p = misuse_disown_victim(s);

	kpool_free_rcu_mightsleep(p);
	kpool_rcu_barrier();
	misuse_write(p, 0, 8);
}

void misuse_write_moved(struct misuse_scene *s)
{
	misuse_write(misuse_move(s, 2 * s->size), 0, 8);
}

void misuse_write_reused(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_reuse(s, p);
	misuse_write(p, 0, 8);
}

void misuse_write_recycled(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_recycle(s, p);
	misuse_write(p, 0, 8);
}

void misuse_read_freed(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_read(p, 0);
}

void misuse_read_moved(struct misuse_scene *s)
{
	misuse_read(misuse_move(s, 2 * s->size), 0);
}

void misuse_read_freed_rcu(struct misuse_scene *s)
{
	void *p = misuse_disown_victim(s);

	kpool_rcu_free(p, p);
	kpool_rcu_barrier();
	misuse_read(p, 0);
}

/* Read through a stale pointer. @others: another object may be there now. */
static void misuse_see(struct misuse_scene *s, const char *p, bool others)
{
	misuse_read(p, 0);
	if (others)
		misuse_harmed(s, MISUSE_SEEN);
}

void misuse_read_reused(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_see(s, p, misuse_reuse(s, p));
}

void misuse_read_recycled(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_see(s, p, misuse_recycle(s, p));
}

/* Can a new, unwritten object contain the contents of a freed one? */
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

void misuse_stale_block(struct misuse_scene *s)
{
	misuse_keep_secret(s);
	misuse_look_again(s, misuse_release(s));
}

void misuse_stale_sensitive(struct misuse_scene *s)
{
	char *p;

	misuse_keep_secret(s);
	p = misuse_disown_victim(s);
	kpool_free_sensitive(p);
	misuse_look_again(s, p);
}

void misuse_stale_zeroed(struct misuse_scene *s)
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
void misuse_stale_rest(struct misuse_scene *s)
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
