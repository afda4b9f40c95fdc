// SPDX-License-Identifier: GPL-2.0
/* Bring memory to the state that a fault needs, and commit faults unseen by the compiler. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <kpool_inline.h>

#include "misuse.h"

#define MISUSE_REUSES		400	/* allocations until a freed block is allocated again */
#define MISUSE_ARENA_MOST	6000	/* more objects than an arena holds */
#define MISUSE_OTHER_SIZE	256
#define MISUSE_RECYCLES		2100	/* objects of MISUSE_OTHER_SIZE: they fill two arenas */

/* The compiler cannot know the returned value. */
noinline void *misuse_hide(const void *p)
{
	OPTIMIZER_HIDE_VAR(p);
	return (void *)p;
}

noinline void misuse_free_by(enum misuse_way way, struct kpool_heap *heap, void *object,
			     size_t size)
{
	void *p = misuse_hide(object);

	switch (way) {
	case MISUSE_HEAP_FREE:
		kpool_heap_free(heap, p);
		break;
	case MISUSE_HEAP_SIZED:
		kpool_heap_free_sized(heap, p, size);
		break;
	case MISUSE_HEAP_BULK:
		kpool_heap_free_bulk(heap, 1, &p);
		break;
	case MISUSE_ANY:
		kpool_free(p);
		break;
	case MISUSE_ANY_BULK:
		kpool_free_bulk(1, &p);
		break;
	case MISUSE_SENSITIVE:
		kpool_free_sensitive(p);
		break;
	case MISUSE_INLINE:
		kpool_free_inline(p);
		break;
	case MISUSE_SIZED:
		kpool_free_sized(p, size);
		break;
	default:
		kpool_free_sized_inline(p, size);
	}
}

/* Plain stores, of words where possible: not every compiler lets KASAN check memset(). */
noinline void misuse_write(void *object, long from, size_t nr)
{
	char *p, *end = object + from + nr;

	for (p = misuse_hide(object + from); end - p >= sizeof(long); p += sizeof(long))
		WRITE_ONCE(*(unsigned long *)p, REPEAT_BYTE(0x77));
	for (; p < end; p++)
		WRITE_ONCE(*p, 0x77);
}

void misuse_write_at(struct misuse_scene *s, char *p, long from, size_t nr)
{
	s->from = from;
	misuse_write(p, from, nr);
}

noinline u8 misuse_read_byte(const char *p, long from)
{
	return READ_ONCE(*(const u8 *)misuse_hide(p + from));
}

noinline unsigned long misuse_read(const char *p, long from)
{
	return READ_ONCE(*(const unsigned long *)misuse_hide(p + from));
}

size_t misuse_arena_size(void)
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

/* Resize the victim. Return: where it was. */
char *misuse_move(struct misuse_scene *s, size_t size)
{
	char *p = misuse_hide(s->victim);
	char *q = kpool_heap_realloc(s->heap, s->victim, size, GFP_KERNEL);

	misuse_disown(s, p);
	misuse_adopt(s, s->heap, q, size);
	return p;
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

	if (s->debug) /* pools keep their class */
		return false;
	misuse_fill_arena(s, p);
	misuse_drop_range(s, arena, arena + misuse_arena_size());
	s->also = MISUSE_OTHER_SIZE;
	for (i = 0; i < MISUSE_RECYCLES; i++) {
		q = misuse_take(s, s->also);
		if (q && q <= p && p < q + s->also)
			return true;
	}
	misuse_fail(s, "the pool does not change its class");
	return false;
}
