/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs that misuse a heap. misuse_rows.h is the table of them, and has the outcome of each. It
 * has three runners:
 *
 *   kunit/misuse_test.c           on debug heaps, for many sizes and ways to free
 *   tools/testmods/misuse         a module for throw-away guests, which writes the page misuse.rst
 *   tools/userspace/programs/misuse.c   in user space
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
#ifndef KPOOL_MISUSE_H
#define KPOOL_MISUSE_H

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

enum misuse_phase {
	MISUSE_FAULT,
	MISUSE_REUSE,
	MISUSE_FREE,
	MISUSE_VALIDATE,
	MISUSE_DRAIN,
	MISUSE_DESTROY,
	MISUSE_PHASES,
};

/* Ways to free an object of any heap, then ways that are a fault for objects of private heaps. */
enum misuse_way {
	MISUSE_HEAP_FREE,
	MISUSE_HEAP_SIZED,
	MISUSE_HEAP_BULK,
	MISUSE_NAMING,		/* number of the ways above: they name the heap */
	MISUSE_ANY = MISUSE_NAMING,
	MISUSE_ANY_BULK,
	MISUSE_SENSITIVE,
	MISUSE_INLINE,
	MISUSE_WAYS,
	MISUSE_SIZED = MISUSE_WAYS,
	MISUSE_SIZED_INLINE,
	MISUSE_ALL_WAYS,
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
	struct kpool_heap *(*create)(const char *name, const struct kpool_heap_attr *attr);
	enum misuse_way way;		/* how the victim is freed */
	enum misuse_way again;		/* how the fault frees something */
	long from;			/* where the fault wrote, in bytes from the victim */
	u8 spot;			/* where it is to write: see struct misuse_program */
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
	u64 counted;			/* the heaps' corruptions when last looked at */
	unsigned long (*lines)(void);	/* counts the lines of reports; NULL if none does */
	unsigned long lines_seen;	/* when last looked at */
	unsigned int next;		/* objects that later callers allocate on each CPU */
	enum misuse_phase phase;
	enum misuse_phase found;	/* the phase of the first report; MISUSE_PHASES for none */
	enum misuse_harm harm;		/* the worst harm so far */
	const char *failed;		/* why the program has no result; NULL if it has one */
};

/* Where a program can run; it would crash the kernel elsewhere. */
#define MISUSE_DEBUG_HEAP	BIT(0)
#define MISUSE_KASAN		BIT(1)
#define MISUSE_KMSAN		BIT(2)

/* How KUnit varies a program. All but MISUSE_FREES and _NAMED: of a victim without a crowd. */
#define MISUSE_SIZES		BIT(0)	/* the victim can have any size */
#define MISUSE_BLOCKS		BIT(1)	/* but must be a block: kmalloc's memory has no zones */
#define MISUSE_NAMED		BIT(2)	/* only frees that name the heap are a fault */
#define MISUSE_FREES		BIT(3)	/* each pair of ways to free is worth a test */
#define MISUSE_LATE		BIT(4)	/* the victim was freed before: reports say where */
#define MISUSE_WIDE		BIT(5)	/* it writes 64 bytes; large blocks have narrower zones */
#define MISUSE_REFUSED		BIT(6)	/* with KASAN, a normal heap refuses any whole block */

/**
 * struct misuse_program - a way to misuse a heap
 * @name: name of the program and of its heap
 * @text: description for the table
 * @run: the program
 * @normal: what comes of it on a normal heap, as misuse_outcome() says it
 * @debug: on a debug heap
 * @kasan: on a normal heap of a kernel with KASAN
 * @size: bytes of the crowd's objects; 0 for MISUSE_SIZE
 * @also: another size that is allocated afterwards
 * @flags: flags of the heap
 * @rounds: number of runs, if the result varies; 0 for one
 * @again: how the program frees something
 * @only: where the program can run, of MISUSE_*; 0 for everywhere
 * @says: in the heading of a debug heap's report
 * @vary: of MISUSE_*, see above; 0 if it needs the crowd
 * @spot: places to write to in a block of a debug heap, in bytes; 0 is the last
 * @sanitizer: title of the only report by KASAN or KMSAN on a normal heap; NULL for none or many
 * @unlisted: a variant of another row, not worth a row in the page
 */
struct misuse_program {
	const char *name;
	const char *text;
	void (*run)(struct misuse_scene *s);
	const char *normal;
	const char *debug;
	const char *kasan;
	size_t size;
	size_t also;
	unsigned int flags;
	unsigned int rounds;
	enum misuse_way again;
	unsigned int only;
	const char *says;
	unsigned int vary;
	u8 spot[6];
	const char *sanitizer;
	bool unlisted;
};

#define MISUSE_SIZE	64
#define MISUSE_LARGE	2000		/* kmalloc serves it */
#define MISUSE_OBJECTS	16384		/* most objects at a time */
#define MISUSE_POOL	4096UL		/* bytes of a pool */
#define MISUSE_RACES	25		/* runs until each outcome has occurred */
#define MISUSE_NEXT	200		/* fills three magazines, for misuse_scene.next */

/* The outcome of a program, for the table: whether it is detected, then the harm. */
#define CONTAINED	"contained"
#define UNDETECTED	"undetected"
#define AT_ONCE		"detected at once"
#define ON_REUSE	"detected on reuse"
#define ON_FREE		"detected on free"
#define ON_DRAIN	"detected on drain"
#define AT_END		"detected at the end"
#define KASAN_AT_ONCE	"detected by KASAN at once"
#define KASAN_ON_REUSE	"detected by KASAN on reuse"
#define NOT_RUN		"-"
#define LOST		"; lost"
#define SEEN		"; seen"
#define OVERWRITTEN	"; overwritten"
#define TAKEN		"; taken"
#define TWO_OWNERS	"; two owners"

/* Fields of a row of the table. */
#define MISUSE_ROW(called, ...)		MISUSE_ROW_AS(called, called, __VA_ARGS__)
#define MISUSE_ROW_AS(called, function, describe, on_normal, on_debug, on_kasan, ...)	\
	{ .name = #called, .run = misuse_##function, .text = (describe),		\
	  .normal = on_normal, .debug = on_debug, .kasan = on_kasan, ##__VA_ARGS__ },

/* Functions of the table. */
#define MISUSE_AS(...)
#define MISUSE(function, ...)		void misuse_##function(struct misuse_scene *s);
#include "misuse_rows.h"

/* misuse_scene.c: the phases of a program. misuse_begin() returns false if there is no heap. */
bool misuse_begin(struct misuse_scene *s, const struct misuse_program *program);
void misuse_observe(struct misuse_scene *s);
const char *misuse_end(struct misuse_scene *s);
void misuse_enter(struct misuse_scene *s, enum misuse_phase phase);
#define MISUSE_OUTCOME	64
const char *misuse_outcome(const struct misuse_scene *s, char *text);
bool misuse_may_run(const struct misuse_program *program, bool debug);

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
/* Disown the victim, which the caller frees. Return: its address. */
char *misuse_disown_victim(struct misuse_scene *s);
/* Free the victim. Return: its address. */
char *misuse_release(struct misuse_scene *s);
void misuse_end_heap(struct misuse_scene *s);

/* misuse_place.c: bring memory to the state that a fault needs, and commit the fault. */
char *misuse_move(struct misuse_scene *s, size_t size);
char *misuse_reuse(struct misuse_scene *s, const char *p);
bool misuse_recycle(struct misuse_scene *s, const char *p);
size_t misuse_arena_size(void);
char *misuse_arena(const char *p);
char *misuse_pool(const char *p);
size_t misuse_stride(struct misuse_scene *s);
/* Not inlined, so that traces name them. */
void misuse_free_by(enum misuse_way way, struct kpool_heap *heap, void *p, size_t size);
void misuse_write(void *p, long from, size_t nr);
void misuse_write_at(struct misuse_scene *s, char *p, long from, size_t nr);
u8 misuse_read_byte(const char *p, long from);
unsigned long misuse_read(const char *p, long from);
void *misuse_hide(const void *p);

/* misuse_kernel.c, and in user space the runner. */
void misuse_on_cpu(int cpu, void (*fn)(void *arg), void *arg);
void misuse_let_go(struct misuse_scene *s);

#endif /* KPOOL_MISUSE_H */
