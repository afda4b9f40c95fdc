// SPDX-License-Identifier: GPL-2.0
/* Reads and writes beyond an object, and of freed objects. */
#include "misuse.h"

#define MISUSE_FAR	4096	/* a pool away */

static void right_1(struct misuse_scene *s)
{
	misuse_write(s->victim, s->size, 1);
}

static void right_8(struct misuse_scene *s)
{
	misuse_write(s->victim, s->size, 8);
}

static void right_64(struct misuse_scene *s)
{
	misuse_write(s->victim, s->size, 64);
}

static void right_far(struct misuse_scene *s)
{
	misuse_write(s->victim, MISUSE_FAR, 8);
}

static void left_1(struct misuse_scene *s)
{
	misuse_write(s->victim, -1, 1);
}

static void left_8(struct misuse_scene *s)
{
	misuse_write(s->victim, -8, 8);
}

static void left_64(struct misuse_scene *s)
{
	misuse_write(s->victim, -64, 64);
}

static void left_far(struct misuse_scene *s)
{
	misuse_write(s->victim, -MISUSE_FAR, 8);
}

/* The block is larger than the request, and its rest is unused. */
static void right_in_block(struct misuse_scene *s)
{
	misuse_write(s->victim, s->size, 1);
}

static void right_large(struct misuse_scene *s)
{
	char *p = misuse_take(s, MISUSE_LARGE);

	if (p)
		misuse_write(p, MISUSE_LARGE, 8);
}

/* A pool of 8-byte blocks begins with its own free list. */
static void left_of_pool(struct misuse_scene *s)
{
	misuse_write(s->object[0].p, -8, 8);
}

static void read_right(struct misuse_scene *s)
{
	if (misuse_read(s->victim, s->size) == misuse_read(s->right, 0))
		misuse_harmed(s, MISUSE_SEEN);
}

static void read_left(struct misuse_scene *s)
{
	if (misuse_read(s->victim, -(long)sizeof(long)) ==
	    misuse_read(s->left, s->size - sizeof(long)))
		misuse_harmed(s, MISUSE_SEEN);
}

const struct misuse_program misuse_bounds[] = {
	MISUSE(right_1, "write of 1 byte right of an object"),
	MISUSE(right_8, "write of 8 bytes right of it"),
	MISUSE(right_64, "write of 64 bytes right of it"),
	MISUSE(right_far, "write of 8 bytes 4096 bytes on"),
	MISUSE(left_1, "write of 1 byte left of it"),
	MISUSE(left_8, "write of 8 bytes left of it"),
	MISUSE(left_64, "write of 64 bytes left of it"),
	MISUSE(left_far, "write of 8 bytes 4096 bytes before"),
	MISUSE(right_in_block, "write of 1 byte right of 61 bytes", .size = 61),
	MISUSE(right_large, "write of 8 bytes right of 2000 bytes"),
	MISUSE(left_of_pool, "write of 8 bytes left of a pool's first 8", .size = 8),
	MISUSE(read_right, "read of a word right of an object"),
	MISUSE(read_left, "read of a word left of it"),
	{}
};

static void write_freed(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_write(p, 0, 8);
}

static void write_freed_drained(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_heap_shrink(s->heap);
	misuse_write(p, 0, s->size);
}

static void write_freed_8(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	kpool_heap_shrink(s->heap);
	misuse_write(p, 0, 8);
}

static void write_freed_rcu(struct misuse_scene *s)
{
	void *p = misuse_hide(s->victim);

	misuse_disown(s, p);
	kpool_free_rcu_mightsleep(p);
	kpool_rcu_barrier();
	misuse_write(p, 0, 8);
}

static void write_moved(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim), *q;

	q = kpool_heap_realloc(s->heap, s->victim, 2 * s->size, GFP_KERNEL);
	misuse_disown(s, s->victim);
	misuse_adopt(s, s->heap, q, 2 * s->size);
	misuse_write(p, 0, 8);
}

static void write_reused(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_reuse(s, p);
	misuse_write(p, 0, 8);
}

static void write_recycled(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_recycle(s, p);
	misuse_write(p, 0, 8);
}

static void write_released(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_release_arena(s, p);
	misuse_write(p, 0, 8);
}

static void write_destroyed(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim);

	misuse_drop_all(s);
	misuse_outlive(s, p, misuse_arena_order());
	misuse_write(p, 0, 8);
}

static void read_freed(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_read(p, 0);
}

/* Read through a stale pointer. @others: another object may be there now. */
static void misuse_see(struct misuse_scene *s, const char *p, bool others)
{
	misuse_read(p, 0);
	if (others)
		misuse_harmed(s, MISUSE_SEEN);
}

static void read_reused(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_see(s, p, misuse_reuse(s, p));
}

static void read_recycled(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_see(s, p, misuse_recycle(s, p));
}

static void read_released(struct misuse_scene *s)
{
	char *p = misuse_release(s);

	misuse_release_arena(s, p);
	misuse_see(s, p, s->caught);
}

const struct misuse_program misuse_late_uses[] = {
	MISUSE(write_freed, "write, at once"),
	MISUSE(write_freed_drained, "write of all of it, magazines drained before"),
	MISUSE(write_freed_8, "write to 8 bytes, magazines drained before", .size = 8),
	MISUSE(write_freed_rcu, "write, after the grace period"),
	MISUSE(write_moved, "write to where realloc moved it from", .also = 2 * MISUSE_SIZE),
	MISUSE(write_reused, "write, the block is another's by then"),
	MISUSE(write_recycled, "write, the pool is another class's by then"),
	MISUSE(write_released, "write, the arena is another's by then"),
	MISUSE(write_destroyed, "write, the heap was destroyed"),
	MISUSE(read_freed, "read, at once"),
	MISUSE(read_reused, "read, the block is another's by then"),
	MISUSE(read_recycled, "read, the pool is another class's by then"),
	MISUSE(read_released, "read, the arena is another's by then"),
	{}
};
