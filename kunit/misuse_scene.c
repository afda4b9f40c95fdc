// SPDX-License-Identifier: GPL-2.0
/* The phases of a program: its heap, the crowd, and the harm that the fault did. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "misuse.h"

#define MISUSE_CROWD	241	/* fills some pools and part of one, in a debug heap, too */
#define MISUSE_NEXT_BYTES	(256 * 1024)
#define MISUSE_FORGOTTEN	5	/* destroyed heaps after which kpool has forgotten a heap */

static u8 misuse_byte(u32 tag)
{
	return tag * 0x9e3779b1u >> 24;
}

static void misuse_fill(struct misuse_scene *s, struct misuse_object *object)
{
	size_t head = min(object->size, sizeof(object->tag));

	object->tag = ++s->tags;
	memcpy(object->p, &object->tag, head);
	memset(object->p + head, misuse_byte(object->tag), object->size - head);
}

static bool misuse_is_intact(const struct misuse_object *object)
{
	size_t head = min(object->size, sizeof(object->tag));

	return !memcmp(object->p, &object->tag, head) &&
	       !memchr_inv(object->p + head, misuse_byte(object->tag), object->size - head);
}

static struct misuse_object *misuse_find(struct misuse_scene *s, const void *p)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (s->object[i].p == p)
			return &s->object[i];
	return NULL;
}

bool misuse_is_anybodys(struct misuse_scene *s, const void *p)
{
	return misuse_find(s, p);
}

static struct misuse_object *misuse_add(struct misuse_scene *s, struct kpool_heap *heap, void *p,
					size_t size)
{
	struct misuse_object *object = &s->object[s->nr];

	if (ZERO_OR_NULL_PTR(p) || s->nr == MISUSE_OBJECTS) {
		misuse_fail(s, "out of memory");
		return NULL;
	}
	*object = (struct misuse_object) {
		.p = p, .size = size, .heap = heap, .turn = s->turns++,
	};
	s->nr++;
	return object;
}

void misuse_adopt(struct misuse_scene *s, struct kpool_heap *heap, void *p, size_t size)
{
	struct misuse_object *object = misuse_add(s, heap, p, size);

	if (object)
		misuse_fill(s, object);
}

/* Allocate an object and leave it unwritten. */
char *misuse_take_raw(struct misuse_scene *s, struct kpool_heap *heap, size_t size)
{
	void *p = heap ? kpool_heap_alloc(heap, size, GFP_KERNEL) :
			 kpool_alloc(size, GFP_KERNEL);

	return misuse_add(s, heap, p, size) ? p : NULL;
}

char *misuse_take(struct misuse_scene *s, size_t size)
{
	char *p = misuse_take_raw(s, s->heap, size);

	if (p)
		misuse_fill(s, &s->object[s->nr - 1]);
	return p;
}

/* Forget an object, which the fault may have freed. */
void misuse_disown(struct misuse_scene *s, const void *p)
{
	struct misuse_object *object = misuse_find(s, p);

	if (object)
		*object = s->object[--s->nr];
	if (s->victim == p)
		s->victim = NULL;
}

static void misuse_free(const struct misuse_object *object)
{
	misuse_free_by(object->heap ? MISUSE_HEAP_FREE : MISUSE_ANY, object->heap, object->p,
		       object->size);
}

void misuse_drop(struct misuse_scene *s, const void *p)
{
	struct misuse_object *object = misuse_find(s, p);

	if (object)
		misuse_free(object);
	misuse_disown(s, p);
}

void misuse_drop_range(struct misuse_scene *s, const void *from, const void *to)
{
	unsigned int i, left = 0;

	for (i = 0; i < s->nr; i++) {
		const char *p = s->object[i].p;

		if (p != s->victim && p >= (const char *)from && p < (const char *)to)
			misuse_free(&s->object[i]);
		else
			s->object[left++] = s->object[i];
	}
	s->nr = left;
}

void misuse_drop_all(struct misuse_scene *s)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		misuse_free(&s->object[i]);
	s->nr = 0;
	s->victim = NULL;
}

char *misuse_disown_victim(struct misuse_scene *s)
{
	char *p = misuse_hide(s->victim);

	misuse_disown(s, p);
	return p;
}

char *misuse_release(struct misuse_scene *s)
{
	char *p = misuse_disown_victim(s);

	misuse_free_by(s->way, s->heap, p, s->size);
	return misuse_hide(p);
}

static u64 misuse_heap_counts(struct kpool_heap *heap)
{
	struct kpool_stats stats = {};

	return kpool_heap_stats(heap, &stats) ? 0 : stats.corruptions;
}

/* Corruptions that the existing heaps have counted. */
static u64 misuse_counts(struct misuse_scene *s)
{
	return (s->heap ? misuse_heap_counts(s->heap) : 0) +
	       (s->other ? misuse_heap_counts(s->other) : 0) + misuse_heap_counts(NULL);
}

/*
 * Note whether there were reports in this phase. Log the counts, too, because kpool limits the rate
 * of its reports.
 */
static void misuse_look_at_reports(struct misuse_scene *s)
{
	unsigned long lines = s->lines ? s->lines() : 0;
	u64 now = misuse_counts(s);

	if (now != s->counted)
		pr_info("misuse: counted %llu\n", now - s->counted);
	if (s->found == MISUSE_PHASES && (now != s->counted || lines != s->lines_seen))
		s->found = s->phase;
	s->counted = now;
	s->lines_seen = lines;
}

static const struct {
	const char *name;
	const char *when;
} misuse_phases[] = {
	[MISUSE_FAULT] = { "fault", "at once" },
	[MISUSE_REUSE] = { "reuse", "on reuse" },
	[MISUSE_FREE] = { "free", "on free" },
	[MISUSE_VALIDATE] = { "validate", "on validate" },
	[MISUSE_DRAIN] = { "drain", "on drain" },
	[MISUSE_DESTROY] = { "destroy", "at the end" },
};

void misuse_enter(struct misuse_scene *s, enum misuse_phase phase)
{
	misuse_look_at_reports(s);
	s->phase = phase;
	pr_info("misuse: phase %s\n", misuse_phases[phase].name);
}

static const char * const misuse_harm_names[] = {
	[MISUSE_NONE] = "none",
	[MISUSE_LOST] = "lost",
	[MISUSE_SEEN] = "seen",
	[MISUSE_OVERWRITTEN] = "overwritten",
	[MISUSE_TAKEN] = "taken",
	[MISUSE_TWICE] = "two owners",
};

/* The outcome of the program, in the words of the table. Return: @text, of MISUSE_OUTCOME bytes. */
const char *misuse_outcome(const struct misuse_scene *s, char *text)
{
	bool found = s->found < MISUSE_PHASES;

	snprintf(text, MISUSE_OUTCOME, "%s%s%s%s",
		 found ? "detected " : s->harm ? UNDETECTED : CONTAINED,
		 found ? misuse_phases[s->found].when : "",
		 s->harm ? "; " : "", s->harm ? misuse_harm_names[s->harm] : "");
	return text;
}

/* Can the program run here without crashing the kernel? */
bool misuse_may_run(const struct misuse_program *program, bool debug)
{
	return !program->only || (debug && program->only & MISUSE_DEBUG_HEAP) ||
	       (IS_ENABLED(CONFIG_KASAN_GENERIC) && program->only & MISUSE_KASAN) ||
	       (IS_ENABLED(CONFIG_KMSAN) && program->only & MISUSE_KMSAN);
}

/* After this, objects of the heap that are still allocated may be freed to any heap. */
void misuse_end_heap(struct misuse_scene *s)
{
	struct kpool_heap *heap = s->heap;
	unsigned int i;

	misuse_look_at_reports(s);
	s->heap = NULL;
	for (i = 0; i < s->nr; i++)
		if (s->object[i].heap == heap)
			s->object[i].heap = NULL;
	kpool_heap_destroy(heap);
	s->counted = misuse_counts(s);
}

static int misuse_by_address(const void *a, const void *b)
{
	const struct misuse_object *x = a, *y = b;

	return x->p < y->p ? -1 : x->p > y->p;
}

static int misuse_by_turn(const void *a, const void *b)
{
	const struct misuse_object *x = a, *y = b;

	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

/* Choose one of the crowd that has neighbours in its pool, with whole pools on both sides. */
static void misuse_choose(struct misuse_scene *s)
{
	size_t stride;
	unsigned int i;

	sort(s->object, s->nr, sizeof(*s->object), misuse_by_address, NULL);
	stride = misuse_stride(s);
	for (i = s->nr / 2; i + 1 < s->nr; i++) {
		s->left = s->object[i - 1].p;
		s->victim = s->object[i].p;
		s->right = s->object[i + 1].p;
		if (s->victim - s->left == stride && s->right - s->victim == stride)
			return;
	}
	misuse_fail(s, "no object has neighbours");
}

bool misuse_begin(struct misuse_scene *s, const struct misuse_program *program)
{
	struct kpool_heap_attr attr = { program->flags | (s->debug ? KPOOL_HEAP_DEBUG : 0) };
	struct kpool_stats stats = {};
	struct kpool_heap *heap = s->create(program->name, &attr);

	if (IS_ERR(heap)) {
		pr_err("misuse: %s: no heap: error %ld\n", program->name, PTR_ERR(heap));
		return false;
	}
	s->heap = heap;
	s->size = program->size ?: s->size ?: MISUSE_SIZE;
	s->again = program->again ?: s->again;
	s->found = MISUSE_PHASES;
	s->also = program->also;
	kpool_heap_stats(NULL, &stats);
	s->default_used = stats.blocks_used;
	while (s->nr < MISUSE_CROWD && misuse_take(s, s->size))
		;
	if (!s->failed)
		misuse_choose(s);
	s->counted = misuse_counts(s);
	s->lines_seen = s->lines ? s->lines() : 0;
	misuse_enter(s, MISUSE_FAULT);
	return true;
}

/* Allocate objects as later callers would, and leave them unwritten. */
static void misuse_take_next(struct misuse_scene *s, struct kpool_heap *heap, size_t size)
{
	unsigned int nr = min_t(size_t, s->next, MISUSE_NEXT_BYTES / size);

	while (nr-- && misuse_take_raw(s, heap, size))
		;
}

static void misuse_take_here(void *arg)
{
	struct misuse_scene *s = arg;
	struct kpool_heap *heaps[] = { s->heap, s->other, NULL };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(heaps); i++) {
		if (!heaps[i] && i < ARRAY_SIZE(heaps) - 1)
			continue;
		misuse_take_next(s, heaps[i], s->size);
		if (s->also)
			misuse_take_next(s, heaps[i], s->also);
	}
}

/* Find overlaps by address, then sort by turn again: later frees must not depend on addresses. */
static void misuse_look_for_two_owners(struct misuse_scene *s)
{
	unsigned int i;

	sort(s->object, s->nr, sizeof(*s->object), misuse_by_address, NULL);
	for (i = 1; i < s->nr; i++)
		if (s->object[i - 1].p + s->object[i - 1].size > s->object[i].p)
			misuse_harmed(s, MISUSE_TWICE);
	sort(s->object, s->nr, sizeof(*s->object), misuse_by_turn, NULL);
}

static void misuse_look_at_contents(struct misuse_scene *s)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (s->object[i].tag && !misuse_is_intact(&s->object[i]))
			misuse_harmed(s, MISUSE_OVERWRITTEN);
}

static void misuse_look_at_reuse(struct misuse_scene *s)
{
	unsigned int i;

	misuse_look_at_contents(s);
	misuse_take_here(s);
	if (s->cpu >= 0)
		misuse_on_cpu(s->cpu, misuse_take_here, s);
	misuse_look_for_two_owners(s);
	for (i = 0; i < s->nr; i++)
		if (!s->object[i].tag)
			misuse_fill(s, &s->object[i]);
	misuse_look_at_contents(s);
}

/* In a normal heap, kpool_heap_validate() finds only damage to kpool's own data. */
static void misuse_validate(struct misuse_scene *s, struct kpool_heap *heap)
{
	if (kpool_heap_validate(heap) && !s->debug)
		misuse_harmed(s, MISUSE_OVERWRITTEN);
}

/*
 * Shrink the heap. At most @used blocks and those in quarantine may be in use then. A private
 * heap without quarantined blocks may hold no memory.
 */
static void misuse_drain(struct misuse_scene *s, struct kpool_heap *heap, u64 used)
{
	struct kpool_stats stats = {};

	kpool_heap_shrink(heap);
	misuse_validate(s, heap);
	kpool_heap_stats(heap, &stats);
	if (stats.blocks_used > used + stats.quarantined ||
	    (heap && !stats.quarantined && stats.bytes))
		misuse_harmed(s, MISUSE_LOST);
}

static void misuse_destroy(struct kpool_heap *heap)
{
	if (heap)
		kpool_heap_destroy(heap);
}

/* kpool remembers the last destroyed debug heaps, and checks one when it forgets it. */
static void misuse_make_it_forget(void)
{
	struct kpool_heap_attr attr = { KPOOL_HEAP_DEBUG };
	struct kpool_heap *heap;
	unsigned int i;

	for (i = 0; i < MISUSE_FORGOTTEN; i++) {
		heap = kpool_heap_create("forget", &attr);
		if (!IS_ERR(heap))
			kpool_heap_destroy(heap);
	}
}

void misuse_observe(struct misuse_scene *s)
{
	misuse_enter(s, MISUSE_REUSE);
	misuse_look_at_reuse(s);
	misuse_enter(s, MISUSE_FREE);
	misuse_drop_all(s);
	misuse_enter(s, MISUSE_VALIDATE);
	if (s->heap)
		misuse_validate(s, s->heap);
	if (s->other)
		misuse_validate(s, s->other);
	misuse_validate(s, NULL);
	misuse_enter(s, MISUSE_DRAIN);
	if (s->heap)
		misuse_drain(s, s->heap, 0);
	if (s->other)
		misuse_drain(s, s->other, 0);
	misuse_drain(s, NULL, s->default_used);
}

/* Return: name of the harm. */
const char *misuse_end(struct misuse_scene *s)
{
	misuse_enter(s, MISUSE_DESTROY);
	misuse_destroy(s->heap);
	misuse_destroy(s->other);
	if (s->debug)
		misuse_make_it_forget();
	s->heap = NULL;
	s->other = NULL;
	s->counted = misuse_counts(s);	/* the destroyed heaps' reports are known by their lines */
	misuse_look_at_reports(s);
	misuse_let_go(s);
	return misuse_harm_names[s->harm];
}
