/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the misuse programs share.
 *
 * A program has a heap to itself. A crowd of objects of one size, whose contents are known,
 * fills some pools of it, and one amid them is the victim, which the program does something
 * to that it must not. Then it is seen what came of it:
 *
 *   fault     the program runs
 *   reuse     its size is allocated again, on two CPUs, more than magazines hold
 *   free      whatever is still somebody's is freed
 *   validate  the heap is looked at as a whole
 *   drain     magazines and depots are emptied, and free memory given back
 *   destroy   it ends
 *
 * The log has a mark before each of them, so that who reads it can tell when a report came.
 */
#ifndef MISUSE_H
#define MISUSE_H

#include <linux/types.h>

#include <kpool.h>

/* What came of a fault, the worst last. */
enum misuse_harm {
	MISUSE_NONE,
	MISUSE_LOST,		/* memory that does not come back */
	MISUSE_SEEN,		/* somebody has read what was another's */
	MISUSE_OVERWRITTEN,	/* somebody's contents are not what they were */
	MISUSE_TAKEN,		/* memory was freed that somebody has */
	MISUSE_TWICE,		/* memory has two owners */
};

/**
 * struct misuse_object - memory that is somebody's
 * @p: where it is
 * @size: bytes asked for
 * @heap: the heap that it is freed to; NULL for kpool_free()
 * @tag: what it is filled with; 0 for nothing yet
 * @turn: how many were added before
 */
struct misuse_object {
	char *p;
	size_t size;
	struct kpool_heap *heap;
	u32 tag;
	u32 turn;
};

/**
 * struct misuse_scene - all that a program has to do with
 * @heap: of the kind that is looked at; NULL once it is destroyed
 * @other: one more, for programs that want it
 * @debug: these are debug heaps
 * @size: bytes of the victim and of each of the crowd
 * @also: another size that is allocated afterwards; 0 for none
 * @victim: one of the crowd, until it is released
 * @left: the object before it, in the same pool
 * @right: the object after it, in the same pool
 * @cpu: a CPU beside the program's own
 * @object: what is somebody's
 * @nr: length of @object
 * @tags: the last one given
 * @turns: objects added so far
 * @caught: pages that were the heap's, and are ours now
 * @caught_order: how many
 * @default_used: blocks of the default heap that were out before
 * @counted: corruptions that the heaps had counted when last asked
 * @harm: the worst that was seen
 * @failed: why nothing can be said; NULL if something can
 */
struct misuse_scene {
	struct kpool_heap *heap;
	struct kpool_heap *other;
	bool debug;
	size_t size;
	size_t also;
	char *victim;
	char *left;
	char *right;
	int cpu;
	struct misuse_object *object;
	unsigned int nr;
	u32 tags;
	u32 turns;
	char *caught;
	unsigned int caught_order;
	u64 default_used;
	u64 counted;
	enum misuse_harm harm;
	const char *failed;
};

/* Where a program can be run at all; what it does would end the kernel elsewhere. */
#define MISUSE_DEBUG_HEAP	BIT(0)
#define MISUSE_KASAN		BIT(1)

/**
 * struct misuse_program - a way to misuse a heap
 * @name: also the heap's
 * @text: what it does, for the table
 * @run: does it
 * @size: bytes of the crowd's objects; 0 for MISUSE_SIZE
 * @also: another size that is allocated afterwards
 * @flags: flags of the heap
 * @rounds: how often it is run, if what comes of it is not always the same; 0 for once
 * @only: where it can be run, of MISUSE_*; 0 for everywhere
 */
struct misuse_program {
	const char *name;
	const char *text;
	void (*run)(struct misuse_scene *s);
	size_t size;
	size_t also;
	unsigned int flags;
	unsigned int rounds;
	unsigned int only;
};

#define MISUSE_SIZE	64
#define MISUSE_LARGE	2000		/* kmalloc serves it */
#define MISUSE_OBJECTS	16384		/* at a time */
#define MISUSE_POOL	4096UL		/* bytes of a pool */
#define MISUSE_RACES	25		/* until each outcome was seen */

/* A row of a list: a function that is a program, what it does, and whatever else it needs. */
#define MISUSE(function, ...)	{ .name = #function, .run = (function), .text = __VA_ARGS__ }

extern const struct misuse_program misuse_double_frees[];
extern const struct misuse_program misuse_invalid_frees[];
extern const struct misuse_program misuse_sizes[];
extern const struct misuse_program misuse_bounds[];
extern const struct misuse_program misuse_late_uses[];
extern const struct misuse_program misuse_leaks[];
extern const struct misuse_program misuse_heaps[];

/* scene.c: the life of a program. False if there is not memory for it. */
bool misuse_begin(struct misuse_scene *s, const struct misuse_program *program);
void misuse_observe(struct misuse_scene *s);
const char *misuse_end(struct misuse_scene *s);
void misuse_phase(struct misuse_scene *s, const char *phase);

static inline void misuse_harmed(struct misuse_scene *s, enum misuse_harm harm)
{
	if (s->harm < harm)
		s->harm = harm;
}

static inline void misuse_fail(struct misuse_scene *s, const char *why)
{
	s->failed = s->failed ?: why;
}

/* Objects; misuse_take() fills what it gives. NULL heap: the default heap. */
char *misuse_take_raw(struct misuse_scene *s, struct kpool_heap *heap, size_t size);
char *misuse_take(struct misuse_scene *s, size_t size);
void misuse_adopt(struct misuse_scene *s, struct kpool_heap *heap, void *p, size_t size);
void misuse_disown(struct misuse_scene *s, const void *p);
void misuse_drop(struct misuse_scene *s, const void *p);
/* Frees all objects from @from to before @to, but for the victim. */
void misuse_drop_range(struct misuse_scene *s, const void *from, const void *to);
void misuse_drop_all(struct misuse_scene *s);
bool misuse_is_anybodys(struct misuse_scene *s, const void *p);
/* Frees the victim. Return: where it was. */
char *misuse_release(struct misuse_scene *s);
void misuse_end_heap(struct misuse_scene *s);

/* place.c: bringing memory to where the fault is wanted, and doing it there. */
char *misuse_reuse(struct misuse_scene *s, const char *p);
bool misuse_recycle(struct misuse_scene *s, const char *p);
void misuse_return(struct misuse_scene *s, const char *p);
void misuse_release_arena(struct misuse_scene *s, const char *p);
void misuse_catch(struct misuse_scene *s, const char *p, unsigned int order);
void misuse_let_go(struct misuse_scene *s);
/* Destroys the heap. @p is kpool's after that, if it remembers the heap, or ours. */
void misuse_outlive(struct misuse_scene *s, const char *p, unsigned int order);
unsigned int misuse_arena_order(void);
char *misuse_arena(const char *p);
char *misuse_pool(const char *p);
size_t misuse_stride(struct misuse_scene *s);
void misuse_on_cpu(int cpu, void (*fn)(void *arg), void *arg);
void misuse_write(char *p, long from, size_t nr);
unsigned long misuse_read(const char *p, long from);
void *misuse_hide(const void *p);

#endif /* MISUSE_H */
