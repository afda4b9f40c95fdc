/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the misuse programs.
 *
 * A program has its own heap. A crowd of objects of one size with known contents fills
 * some pools of the heap. One object among them is the victim, which the program misuses.
 * Then these phases show the result:
 *
 *   fault     the program runs
 *   reuse     its size is allocated again on two CPUs, more than magazines hold
 *   free      all objects that are still allocated are freed
 *   validate  the whole heap is checked
 *   drain     the heap is shrunk
 *   destroy   the heap is destroyed
 *
 * The log has a mark before each phase, so that a report can be assigned to its phase.
 */
#ifndef MISUSE_H
#define MISUSE_H

#include <linux/types.h>

#include <kpool.h>

/* The harm that a fault did, from least to worst. */
enum misuse_harm {
	MISUSE_NONE,
	MISUSE_LOST,		/* memory was leaked */
	MISUSE_SEEN,		/* the contents of another object were read */
	MISUSE_OVERWRITTEN,	/* the contents of an object changed */
	MISUSE_TAKEN,		/* allocated memory was freed */
	MISUSE_TWICE,		/* memory has two owners */
};

/**
 * struct misuse_object - an allocated object
 * @p: its address
 * @size: bytes requested
 * @heap: the heap to free it to; NULL for kpool_free()
 * @tag: determines its contents; 0: not written yet
 * @turn: number of objects added before it
 */
struct misuse_object {
	char *p;
	size_t size;
	struct kpool_heap *heap;
	u32 tag;
	u32 turn;
};

/* The state of a running program. */
struct misuse_scene {
	struct kpool_heap *heap;	/* the heap under test; NULL once it is destroyed */
	struct kpool_heap *other;	/* a second heap, for programs that need one */
	bool debug;			/* both are debug heaps */
	size_t size;			/* bytes of the victim and of each object of the crowd */
	size_t also;			/* another size that is allocated afterwards; 0 for none */
	char *victim;			/* one of the crowd, until it is freed */
	char *left;			/* the object before it, in its pool */
	char *right;			/* the object after it, in its pool */
	int cpu;			/* a CPU other than the program's own; -1 for none */
	struct misuse_object *object;	/* all allocated objects */
	unsigned int nr;		/* length of @object */
	u32 tags;			/* the last tag used */
	u32 turns;			/* objects added so far */
	char *caught;			/* pages of the heap that this module allocated again */
	unsigned int caught_order;	/* order of @caught */
	u64 default_used;		/* used blocks of the default heap before the program */
	u64 counted;			/* the heaps' corruptions when last logged */
	enum misuse_harm harm;		/* the worst harm so far */
	const char *failed;		/* why the program has no result; NULL if it has one */
};

/* Where a program can run; it would crash the kernel elsewhere. */
#define MISUSE_DEBUG_HEAP	BIT(0)
#define MISUSE_KASAN		BIT(1)

/**
 * struct misuse_program - a way to misuse a heap
 * @name: name of the program and of its heap
 * @text: description for the table
 * @run: the program
 * @size: bytes of the crowd's objects; 0 for MISUSE_SIZE
 * @also: another size that is allocated afterwards
 * @flags: flags of the heap
 * @rounds: number of runs, if the result varies; 0 for one
 * @only: where the program can run, of MISUSE_*; 0 for everywhere
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
#define MISUSE_OBJECTS	16384		/* most objects at a time */
#define MISUSE_POOL	4096UL		/* bytes of a pool */
#define MISUSE_RACES	25		/* runs until each outcome has occurred */

/* A row of a list: the program's function, its description, and other fields. */
#define MISUSE(function, ...)	{ .name = #function, .run = (function), .text = __VA_ARGS__ }

extern const struct misuse_program misuse_double_frees[];
extern const struct misuse_program misuse_invalid_frees[];
extern const struct misuse_program misuse_sizes[];
extern const struct misuse_program misuse_bounds[];
extern const struct misuse_program misuse_late_uses[];
extern const struct misuse_program misuse_leaks[];
extern const struct misuse_program misuse_heaps[];

/* scene.c: the phases of a program. misuse_begin() returns false if there is no heap. */
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

/* Objects. misuse_take() fills the new object. NULL heap: the default heap. */
char *misuse_take_raw(struct misuse_scene *s, struct kpool_heap *heap, size_t size);
char *misuse_take(struct misuse_scene *s, size_t size);
void misuse_adopt(struct misuse_scene *s, struct kpool_heap *heap, void *p, size_t size);
void misuse_disown(struct misuse_scene *s, const void *p);
void misuse_drop(struct misuse_scene *s, const void *p);
/* Free all objects from @from to before @to, except the victim. */
void misuse_drop_range(struct misuse_scene *s, const void *from, const void *to);
void misuse_drop_all(struct misuse_scene *s);
bool misuse_is_anybodys(struct misuse_scene *s, const void *p);
/* Free the victim. Return: its address. */
char *misuse_release(struct misuse_scene *s);
void misuse_end_heap(struct misuse_scene *s);

/* place.c: bring memory to the state that a fault needs, and commit the fault. */
char *misuse_reuse(struct misuse_scene *s, const char *p);
bool misuse_recycle(struct misuse_scene *s, const char *p);
void misuse_return(struct misuse_scene *s, const char *p);
void misuse_release_arena(struct misuse_scene *s, const char *p);
void misuse_catch(struct misuse_scene *s, const char *p, unsigned int order);
void misuse_let_go(struct misuse_scene *s);
/* Destroy the heap. @p then belongs to kpool, if it remembers the heap, or to this module. */
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
