// SPDX-License-Identifier: GPL-2.0
/* Walks over all objects of a debug heap: to validate, list or end it. */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sort.h>

#include "arena.h"
#include "class.h"
#include "compat.h"
#include "debug/block.h"
#include "debug/debug.h"
#include "debug/report.h"
#include "freelist.h"
#include "pool.h"

static bool kpool_debug_is_out(struct kpool_arena *arena, unsigned int index,
			       const struct kpool_class_info *info, unsigned int number)
{
	return !(*kpool_freelist_word(arena, index, info, number / KPOOL_WORD_BITS) &
		 kpool_bit(number));
}

static struct kpool_debug_header *kpool_debug_nth(struct kpool_arena *arena, unsigned int index,
						  const struct kpool_class_info *info,
						  unsigned int number)
{
	return kpool_arena_pool(arena, index) + number * info->stride;
}

/* The fault of a block, or NULL. Caller holds class->lock. */
static const char *kpool_debug_look_at(struct kpool_debug_header *header, bool out)
{
	/* Pairs with kpool_debug_move(): writes before the change of state are visible. */
	enum kpool_debug_state state = smp_load_acquire(&header->state);
	bool sound;

	if (state == KPOOL_DEBUG_QUARANTINED)
		return NULL;
	if (!out)
		return kpool_debug_written(header, state) ? KPOOL_DEBUG_WRITTEN : NULL;
	if (state != KPOOL_DEBUG_LIVE)
		return kpool_debug_is_known(state) ? NULL : "block header was overwritten";
	/* The owner may free the block meanwhile. The result of the check is ignored then. */
	sound = data_race(kpool_debug_intact(header) && !kpool_debug_overrun(header));
	/* Pairs with the change of state: the block may be busy by now, but is not reused. */
	smp_rmb();
	return sound || READ_ONCE(header->state) != KPOOL_DEBUG_LIVE ?
	       NULL : "header or red zones were overwritten";
}

/* The fault of a pool's first faulty block, number @number, or NULL. Caller holds class->lock. */
const char *kpool_debug_examine(struct kpool_arena *arena, unsigned int index,
				unsigned int class, unsigned int *number)
{
	const struct kpool_class_info *info = &kpool_class_info[class];
	const char *fault;

	for (*number = 0; *number < info->capacity; ++*number) {
		fault = kpool_debug_look_at(kpool_debug_nth(arena, index, info, *number),
					    kpool_debug_is_out(arena, index, info, *number));
		if (fault)
			return fault;
	}
	return NULL;
}

/*
 * Log the tasks that allocated and freed a block that kpool_debug_examine() named, if its header is
 * intact. Caller holds class->lock.
 */
void kpool_debug_report_owner(struct kpool_arena *arena, unsigned int index, unsigned int class,
			      unsigned int number)
{
	const struct kpool_debug_header *header =
		kpool_debug_nth(arena, index, &kpool_class_info[class], number);
	/* The owner may free the block meanwhile and change its header. */
	struct kpool_track alloc = data_race(header->alloc), free = data_race(header->free);

	/* A header that changes meanwhile fails the check. */
	if (!data_race(kpool_debug_intact(header)))
		return;
	kpool_report_track("Allocated", &alloc);
	kpool_report_track("Freed", &free);
}

/*
 * Check the blocks of free pools before their memory is released or returned. Either the arena is
 * on no list, or the caller holds node->lock.
 */
void kpool_debug_leave(struct kpool_arena *arena, u64 pools)
{
	for (; pools; pools &= pools - 1) {
		unsigned int index = __ffs64(pools), number;
		unsigned int class = arena->bytes[index] & KPOOL_BYTE_CLASS;
		const struct kpool_class_info *info = &kpool_class_info[class];

		if (class >= KPOOL_NR_CLASSES)
			continue; /* the pool never had blocks */
		for (number = 0; number < info->capacity; number++)
			kpool_debug_last_look(arena->heap,
					      kpool_debug_nth(arena, index, info, number));
	}
}

/* Most blocks in a pool: only large objects have smaller zones. */
#define KPOOL_DEBUG_POOL_BLOCKS	\
	(KPOOL_POOL_SIZE / (sizeof(struct kpool_debug_header) + 2 * KPOOL_DEBUG_ZONE_MAX))

/**
 * struct kpool_debug_found - a block that is out of its pool
 * @header: the block; may be freed once class->lock is released
 * @state: its state
 * @stack: trace of its allocation
 * @size: bytes asked for
 */
struct kpool_debug_found {
	struct kpool_debug_header *header;
	enum kpool_debug_state state;
	u32 stack;
	u32 size;
};

/*
 * Does a walk want this block? It wants blocks that are live or quarantined, or, with @written,
 * free blocks that were overwritten. Caller holds class->lock.
 */
static bool kpool_debug_is_sought(const struct kpool_debug_header *header,
				  enum kpool_debug_state state, bool out, bool written)
{
	if (written)
		return !out && kpool_debug_written(header, state);
	if (!out || state == KPOOL_DEBUG_QUARANTINED)
		return out;
	/* A free that changes the header meanwhile may hide the block. */
	return state == KPOOL_DEBUG_LIVE && data_race(kpool_debug_intact(header));
}

/*
 * Write all blocks of a pool that the walk wants to @found. Objects may be freed meanwhile. Return:
 * number of blocks.
 */
static unsigned int kpool_debug_gather(struct kpool_arena *arena, unsigned int index,
				       bool written, struct kpool_debug_found *found)
{
	u8 byte = READ_ONCE(arena->bytes[index]);
	unsigned int class = byte & KPOOL_BYTE_CLASS, number, nr = 0;
	const struct kpool_class_info *info;
	struct kpool_class *cls;
	unsigned long flags;

	/* A pool that never had a class has no blocks. A free pool has no block out. */
	if (class >= KPOOL_NR_CLASSES || (!written && !kpool_byte_is_debug(byte)))
		return 0;
	info = &kpool_class_info[class];
	cls = kpool_node_class(arena->node, class);
	spin_lock_irqsave(&cls->lock, flags);
	for (number = 0; number < info->capacity && READ_ONCE(arena->bytes[index]) == byte;
	     number++) {
		struct kpool_debug_header *header = kpool_debug_nth(arena, index, info, number);
		enum kpool_debug_state state = READ_ONCE(header->state);

		if (!kpool_debug_is_sought(header, state,
					   kpool_debug_is_out(arena, index, info, number),
					   written))
			continue;
		found[nr] = (struct kpool_debug_found) {
			.header = header, .state = state, .stack = header->alloc.stack,
		};
		/* The block is not reused while the class is locked, but may get smaller. */
		found[nr++].size = data_race(header->size);
	}
	spin_unlock_irqrestore(&cls->lock, flags);
	return nr;
}

typedef void kpool_debug_fn(struct kpool_heap *heap, struct kpool_debug_found *found, void *arg);

/*
 * Call @fn for all blocks of the heap that are live or quarantined, or, with @written, free and
 * overwritten. No lock held, may sleep.
 */
static void kpool_debug_walk(struct kpool_heap *heap, bool written, kpool_debug_fn *fn, void *arg)
{
	struct kpool_debug_found found[KPOOL_DEBUG_POOL_BLOCKS];
	struct kpool_node *node;
	unsigned int index, nr;
	int nid;

	for_each_kpool_node(node, heap, nid) {
		struct kpool_arena *arena = NULL;

		while ((arena = kpool_arena_next(node, arena))) {
			for (index = KPOOL_HEADER_POOLS; index < KPOOL_ARENA_POOLS; index++) {
				for (nr = kpool_debug_gather(arena, index, written,
							     found); nr; nr--)
					fn(heap, &found[nr - 1], arg);
				cond_resched();
			}
		}
	}
}

/* Free a block of a heap that is destroyed, if it is quarantined or @arg points to true. */
static void kpool_debug_end_block(struct kpool_heap *heap, struct kpool_debug_found *found,
				  void *arg)
{
	unsigned int class = kpool_map_byte(found->header) & KPOOL_BYTE_CLASS;
	const bool *all = arg;
	void *block = found->header;

	if (found->state == KPOOL_DEBUG_QUARANTINED) {
		kpool_pool_put(heap, class, &block, 1);
	} else if (*all) {
		WRITE_ONCE(found->header->state, KPOOL_DEBUG_BUSY);
		kpool_debug_free_live(NULL, heap, found->header,
				      kpool_debug_object(found->header), KPOOL_DEBUG_ANY_SIZE);
	}
}

/* Report a free block that was overwritten, while the heap still has its name. */
static void kpool_debug_end_free(struct kpool_heap *heap, struct kpool_debug_found *found,
				 void *arg)
{
	kpool_debug_refuse(heap, found->header, found->state);
}

/*
 * End a debug heap that is no longer in use. Put quarantined blocks back into their pools, and with
 * @all free live blocks. Check all free blocks now, because their memory may stay for long. Keep a
 * few empty arenas for a while.
 */
void kpool_debug_end(struct kpool_heap *heap, bool all)
{
	struct kpool_node *node;
	int nid;

	kpool_debug_walk(heap, false, kpool_debug_end_block, &all);
	kpool_debug_walk(heap, true, kpool_debug_end_free, NULL);
	for_each_kpool_node(node, heap, nid)
		kpool_arena_trim(node, KPOOL_DEBUG_KEEP_ARENAS, ULONG_MAX);
}

void kpool_debug_destroyed_twice(struct kpool_heap *heap)
{
	kpool_debug_reject(heap, NULL, NULL, "a heap is destroyed twice");
}

/**
 * struct kpool_debug_site - objects that were allocated from the same place
 * @stack: stack trace of the place
 * @nr: how many
 * @bytes: sum of the bytes asked for
 */
struct kpool_debug_site {
	u32 stack;
	unsigned long nr;
	u64 bytes;
};

/**
 * struct kpool_debug_sites - all objects that are out, by place
 * @out: number of objects
 * @nr: entries used
 * @room: entries allocated
 * @site: entries; each is for one object until entries of a place are merged
 */
struct kpool_debug_sites {
	unsigned long out;
	unsigned long nr;
	unsigned long room;
	struct kpool_debug_site site[];
};

static void kpool_debug_add(u32 stack, size_t size, void *arg)
{
	struct kpool_debug_sites *sites = arg;

	sites->out++;
	if (sites->nr < sites->room)
		sites->site[sites->nr++] = (struct kpool_debug_site) {
			.stack = stack, .nr = 1, .bytes = size,
		};
}

static void kpool_debug_add_block(struct kpool_heap *heap, struct kpool_debug_found *found,
				  void *arg)
{
	if (found->state == KPOOL_DEBUG_LIVE)
		kpool_debug_add(found->stack, found->size, arg);
}

/* Reschedule in each comparison: sort() does not. No lock is held. */
static int kpool_debug_cmp_stack(const void *a, const void *b)
{
	const struct kpool_debug_site *s = a, *t = b;

	cond_resched();
	return s->stack < t->stack ? -1 : s->stack > t->stack;
}

static int kpool_debug_cmp_bytes(const void *a, const void *b)
{
	const struct kpool_debug_site *s = a, *t = b;

	cond_resched();
	return s->bytes > t->bytes ? -1 : s->bytes < t->bytes;
}

/* Upper estimate of the number of objects that are out. */
static unsigned long kpool_debug_nr_out(struct kpool_heap *heap)
{
	/* Room for some allocations meanwhile. */
	unsigned long nr = kpool_record_nr_out(heap) + 64;
	struct kpool_node *node;
	unsigned int class;
	int nid;

	for_each_kpool_node(node, heap, nid)
		for (class = 0; class < KPOOL_NR_CLASSES; class++)
			nr += READ_ONCE(node->class[class].used);
	return nr;
}

/* Count all objects that are out, and list them as far as there is room. */
static void kpool_debug_list(struct kpool_heap *heap, struct kpool_debug_sites *sites)
{
	kpool_debug_walk(heap, false, kpool_debug_add_block, sites);
	kpool_record_census(heap, kpool_debug_add, sites);
}

/* All objects that are out, by place of allocation, most bytes first. Free with kvfree(). */
static struct kpool_debug_sites *kpool_debug_survey(struct kpool_heap *heap)
{
	unsigned long room = kpool_debug_nr_out(heap), from, to = 0;
	struct kpool_debug_sites *sites = kvmalloc(struct_size(sites, site, room), GFP_KERNEL);
	struct kpool_debug_site *site;

	if (!sites)
		return NULL;
	*sites = (struct kpool_debug_sites) { .room = room };
	kpool_debug_list(heap, sites);

	site = sites->site;
	sort(site, sites->nr, sizeof(*site), kpool_debug_cmp_stack, NULL);
	for (from = 0; from < sites->nr; from++) {
		cond_resched();
		if (to && site[to - 1].stack == site[from].stack) {
			site[to - 1].nr += site[from].nr;
			site[to - 1].bytes += site[from].bytes;
		} else {
			site[to++] = site[from];
		}
	}
	sites->nr = to;
	sort(site, sites->nr, sizeof(*site), kpool_debug_cmp_bytes, NULL);
	return sites;
}

/* Most places that a report of leaked objects names. */
#define KPOOL_DEBUG_SITES	16

/* There is no memory to list the objects. */
static void kpool_debug_report_number(struct kpool_heap *heap, const char *title)
{
	struct kpool_debug_sites sites = {};

	kpool_debug_list(heap, &sites);
	pr_err("%s: leaked %lu object%s (out of memory: cannot say where they were allocated)\n",
	       title, sites.out, kpool_plural(sites.out));
}

void kpool_debug_report_leftover(struct kpool_heap *heap)
{
	struct kpool_debug_sites *sites = kpool_debug_survey(heap);
	char title[KPOOL_REPORT_TITLE];
	unsigned long i;

	kpool_report_title(title, heap);
	if (!sites) {
		kpool_debug_report_number(heap, title);
		return;
	}
	for (i = 0; i < min_t(unsigned long, sites->nr, KPOOL_DEBUG_SITES); i++) {
		const struct kpool_debug_site *site = &sites->site[i];

		pr_err("%s: leaked %lu object%s, %llu bytes in total, allocated at:\n",
		       title, site->nr, kpool_plural(site->nr), site->bytes);
		kpool_report_trace(NULL, site->stack);
	}
	if (sites->nr > KPOOL_DEBUG_SITES)
		pr_err("%s: and at %lu more place%s\n", title, sites->nr - KPOOL_DEBUG_SITES,
		       kpool_plural(sites->nr - KPOOL_DEBUG_SITES));
	kvfree(sites);
}

/* The debugfs file "traces". */
int kpool_debug_traces(struct kpool_heap *heap, struct seq_file *m)
{
	struct kpool_debug_sites *sites = kpool_debug_survey(heap);
	unsigned long i;

	if (!sites)
		return -ENOMEM;
	for (i = 0; i < sites->nr; i++) {
		seq_printf(m, "%lu objects %llu bytes\n", sites->site[i].nr,
			   sites->site[i].bytes);
		kpool_report_trace(m, sites->site[i].stack);
		cond_resched();
	}
	kvfree(sites);
	return 0;
}
KPOOL_EXPORT_TEST(kpool_debug_traces);
