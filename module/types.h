/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Structures, in the order in which a block meets them on its way up.
 *
 *   block     one object's memory, handed to the caller
 *   pool      KPOOL_POOL_SIZE bytes of equal-size blocks of one size class
 *   arena     one naturally aligned block of pages cut into pools
 *   node      a heap's arenas and class lists on one NUMA node
 *   depot     per node and class: full magazines waiting for a CPU
 *   magazine  a per-CPU stack of ready blocks of one class
 *   heap      all of the above; one default heap, any number of private ones
 *
 * Conservation, for each class of a heap:
 *   pools * capacity == used by callers + cached in magazines + free in pools
 * and for each arena:
 *   KPOOL_USABLE_POOLS == pools in use + free pools + returned pools
 *
 * Locks, outermost first. No two of the same kind are ever held together, and
 * pages are never allocated or freed under any of the spinlocks.
 *
 *   kpool_heaps_lock   (mutex) list of heaps; creation, destruction, CPU death
 *   kpool_arenas_lock  (mutex) open files "arenas" of debugfs, and the arenas that they read
 *   heap->shrink_lock  (mutex) one shrink or validate of a heap at a time
 *   class->lock        (irqsave) pools of the class in use: descriptors,
 *                      free lists, partial lists
 *   node->lock         (irqsave) arenas: free pools, buckets, class bytes that
 *                      change between free, in use and returned
 *   depot->lock        (irqsave) leaf: lists of magazines
 *   others             leaves, each private to one file (reserve, tracked
 *                      large requests, reports)
 *
 * Per-CPU magazines have no lock: their CPU alone touches them, preemption off and the busy byte of
 * the class set. An interrupt that finds the byte set uses the pools instead. Magazines are
 * refilled and drained while detached from any CPU, so all locks are taken with preemption on and
 * may be sleeping locks (PREEMPT_RT).
 */
#ifndef KPOOL_TYPES_H
#define KPOOL_TYPES_H

#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "geometry.h"

/*
 * Class byte of a pool, the one piece of metadata that a free reads. In use by the default heap:
 * the class. In use by a private heap: the class and KPOOL_BYTE_PRIVATE. In use by a debug heap:
 * the class and KPOOL_BYTE_DEBUG, so that no fast path accepts it. Free: KPOOL_BYTE_FREE and the
 * last class of the pool.
 */
#define KPOOL_BYTE_CLASS	0x3f
#define KPOOL_BYTE_PRIVATE	0x40
#define KPOOL_BYTE_FREE		0x80
#define KPOOL_BYTE_DEBUG	(KPOOL_BYTE_FREE | KPOOL_BYTE_PRIVATE)
#define KPOOL_BYTE_FRESH	(KPOOL_BYTE_FREE | 0x3f)	/* free, never used */
#define KPOOL_BYTE_HEADER	0xfe
/* KPOOL_BYTE_FOREIGN, 0xff: no pool of kpool's, the memory may be in any use */

static_assert(KPOOL_NR_CLASSES < KPOOL_BYTE_CLASS);
static_assert(KPOOL_BYTE_DEBUG + KPOOL_NR_CLASSES <= KPOOL_BYTE_HEADER);

static __always_inline bool kpool_byte_is_free(u8 byte)
{
	return (byte & ~KPOOL_BYTE_CLASS) == KPOOL_BYTE_FREE;
}

static __always_inline bool kpool_byte_is_debug(u8 byte)
{
	return (u8)(byte - KPOOL_BYTE_DEBUG) < KPOOL_NR_CLASSES;
}

/**
 * struct kpool_pool - descriptor of a pool, kept in the arena header
 * @free: first word of the pool's free list, a bit set for a free block
 * @used: blocks out: with callers, in magazines, or lost to corruption
 * @refile_below: a free that leaves fewer blocks out moves the pool to another list: 1 for a
 *	partial pool, the capacity for a full one, 0 if no free may move the pool
 * @fullness: the partial list that the pool is on, no lower than @used says, or KPOOL_POOL_FULL
 *
 * used + bits set in the free list == capacity
 *
 * The fields that putting a block back touches are together, in one cache line.
 */
struct kpool_pool {
	u64 free;
	u16 used;
	u16 refile_below;
	u8 fullness;
};

/**
 * union kpool_header_table - descriptors or links, in an arena's header
 * @pool: descriptors; those of header pools are unused
 * @link: link of each pool: on its class's partial list (state partial), on its class's list of
 *	pinned free pools (state free, in heaps with KPOOL_HEAP_PINS), or on no list
 */
union kpool_header_table {
	struct kpool_pool pool[KPOOL_ARENA_POOLS];
	struct hlist_node link[KPOOL_ARENA_POOLS];
};

/*
 * Header of an arena, at its start.
 *
 * The lists are hlists because kernels with list debugging, Debian's among them, check each change
 * of a list_head out of line.
 */
struct kpool_arena {
	/* see header.c; first, because an overrun from the memory before the arena hits it first */
	unsigned long canary;
	u8 *bytes;			/* class byte of each pool, in the map */
	struct kpool_heap *heap;	/* owner */
	struct kpool_node *node;	/* node that holds the arena in its lists */
	struct list_head all;		/* on node->arenas */
	/* on node->usable[nr_free], or node->empty, or node->empty_pinned, or none (exhausted) */
	struct hlist_node bucket;
	u64 free_mask;			/* free pools that any class may claim */
	u64 pinned_mask;		/* free pools that only their own class may claim */
	u64 returned_mask;		/* pools with returned pages */
	/* free pools of a type-safe heap that wait for a grace period */
	u64 waiting_mask;
	u64 aging_mask;			/* part of @waiting_mask that waits for @cookie */
	unsigned long cookie[2];	/* kpool_compat_rcu_state() when aging began */
	struct list_head waiting;	/* on node->waiting while pools wait */
	struct rcu_head rcu;		/* delays the release of a type-safe heap's arena */
	unsigned long id;		/* number within the heap, never reused */
	unsigned int used;		/* pools in use */
	/* walkers that use this arena now: they prevent its release */
	unsigned int walkers;
	bool split;			/* pages were split and are freed one by one */
	const struct kpool_page_ops *ops;	/* where the pages came from */
	/* descriptors and links, see kpool_arena_colour() */
	union kpool_header_table table[2];
	/* free lists without their first words, see kpool_freelist_word() */
	u64 free[KPOOL_MORE_WORDS][KPOOL_ARENA_POOLS];
};

static_assert(sizeof(struct kpool_arena) <= KPOOL_HEADER_SIZE);

/* Pools of one class in use on one node. */
struct kpool_class {
	spinlock_t lock;		/* see the lock order above */
	unsigned int partial_map;	/* bit n: partial[n] is not empty */
	/* partial pools by fullness, fullest last */
	struct hlist_head partial[KPOOL_FULLNESS_LISTS];
	struct hlist_head pinned;	/* free pools that only this class may claim (node->lock) */
	unsigned long pools;		/* pools in use (node->lock) */
	unsigned long used;		/* blocks of these pools that are out */
	unsigned long refills;		/* batches of blocks taken */
	unsigned long drains;		/* batches of blocks put back */
	/* claimed free pools that this class had last (node->lock) */
	unsigned long recycled_same;
	/* claimed free pools that another class had last (node->lock) */
	unsigned long recycled_other;
	unsigned long fresh;		/* claimed free pools that were never used (node->lock) */
} ____cacheline_aligned_in_smp;

/* Magazines between CPUs, of one class on one node. */
struct kpool_depot {
	spinlock_t lock;		/* see the lock order above */
	unsigned int nr_full;		/* length of @full */
	unsigned int nr_empty;		/* length of @empty */
	/* least @nr_full since the last trim: this many magazines were not needed */
	unsigned int full_min;
	unsigned long rounds;		/* blocks in all of @full */
	unsigned long contended;	/* times @lock was not free, since the last trim */
	bool hot;			/* contended often before the last trim */
	struct kpool_magazine *full;	/* magazines that hold blocks */
	struct kpool_magazine *empty;	/* magazines without blocks */
} ____cacheline_aligned_in_smp;

/* Memory of a heap on one NUMA node. */
struct kpool_node {
	spinlock_t lock;		/* see the lock order above */
	int nid;			/* number of the node */
	struct kpool_heap *heap;	/* owner */
	u64 usable_map;			/* bit n: usable[n] is not empty */
	/* arenas with free pools, by their number of free pools: fullest arenas first */
	struct hlist_head usable[KPOOL_ARENA_POOLS];
	struct hlist_head empty;	/* arenas without a pool in use and with all their pages */
	/* like @empty, but all free pools are pinned to a class */
	struct hlist_head empty_pinned;
	struct list_head arenas;	/* all arenas, oldest first */
	unsigned long nr_arenas;	/* length of @arenas */
	unsigned long nr_empty;		/* length of @empty and @empty_pinned */
	unsigned long empty_min;	/* least nr_empty since the last trim */
	unsigned long nr_free;		/* free pools */
	unsigned long nr_returned;	/* returned pools of living arenas */
	unsigned long nr_waiting;	/* free pools that wait for a grace period */
	struct list_head waiting;	/* arenas with waiting pools, longest wait first */
	unsigned long created;		/* arenas ever added */
	unsigned long released;		/* arenas ever released */
	unsigned long pages_back;	/* pages ever returned or released */
	unsigned long claims;		/* times a class claimed pools */
	unsigned long claims_seen;	/* @claims at the last trim (only the trim uses it) */
	unsigned int idle_trims;	/* trims in a row without a claim (only the trim uses it) */
	unsigned int scavenged;		/* next class for the scavenge of depots */
	struct kpool_class class[KPOOL_NR_CLASSES];	/* pools in use, by class */
	struct kpool_depot depot[KPOOL_NR_CLASSES];	/* magazines between CPUs, by class */
};

/**
 * struct kpool_magazine - a stack of ready blocks
 * @next: in a depot's list
 * @rounds: blocks in it while it is detached from any CPU
 * @capacity: places
 * @bottom: NULL: a pop finds it when no round is left
 * @round: the blocks
 */
struct kpool_magazine {
	struct kpool_magazine *next;
	unsigned int rounds;
	unsigned int capacity;
	void *bottom;
	void *round[];
};

/**
 * struct kpool_slot_cold - a CPU's data for one class that only the slow path needs
 * @loaded: the slot's magazine, NULL if none
 * @previous: the previous magazine, NULL if none
 * @previous_rounds: blocks in it
 * @seen_top: @top of the slot when the trim last looked
 * @seen_allocs: @allocs of the slot at that time
 * @depot_hits: full magazines taken from a depot
 * @slow_allocs: blocks handed out other than by a pop (any CPU context: this_cpu ops)
 */
struct kpool_slot_cold {
	struct kpool_magazine *loaded;
	struct kpool_magazine *previous;
	unsigned int previous_rounds;
	void **seen_top;
	unsigned long seen_allocs;
	unsigned long slow_allocs;
	unsigned long depot_hits;
};

/* Rare events, counted per CPU off the fast path, and their fields of struct kpool_stats. */
#define KPOOL_EVENTS(X)							\
	X(LARGE, large) X(ZONE, zone) X(FALLBACK, fallbacks)		\
	X(CORRUPTION, corruptions) X(QUARANTINE, quarantined)

#define KPOOL_EVENT_NUMBER(name, field)	KPOOL_EVENT_##name,
enum kpool_event {
	KPOOL_EVENTS(KPOOL_EVENT_NUMBER)
	KPOOL_NR_EVENTS,
};
#undef KPOOL_EVENT_NUMBER

/**
 * struct kpool_cpu - per-CPU part of a heap
 * @slot: slots by class, and one slot that never has a magazine
 * @cold: by class
 * @event: by enum kpool_event
 * @drain: drains this CPU's magazines, all or only idle ones
 * @drain_all: @drain drains all magazines
 * @heap: the owner, for @drain
 */
struct kpool_cpu {
	struct kpool_slot slot[KPOOL_NR_CLASSES + 1];
	struct kpool_slot_cold cold[KPOOL_NR_CLASSES];
	unsigned long event[KPOOL_NR_EVENTS];
	struct work_struct drain;
	int drain_all;
	struct kpool_heap *heap;
};

/*
 * Elements of the arrays above, by pointer addition: distributions' kernels check each array index
 * (UBSAN_BOUNDS) and each shift. These checks made up a tenth of the slow paths, and all indices
 * here come from masks, bit searches and class bytes.
 */

/*
 * The table of an arena's header that has the descriptors. The other table has the links. This is
 * Bonwick's slab colouring: with all descriptors at the same offset of their arenas, the
 * descriptors of 8 arenas filled their part of a 32 KiB L1D.
 */
static __always_inline unsigned int kpool_arena_colour(const struct kpool_arena *arena)
{
	return (unsigned long)arena >> KPOOL_ARENA_SHIFT & 1;
}

static __always_inline struct kpool_pool *
kpool_arena_desc(const struct kpool_arena *arena, unsigned int index)
{
	const union kpool_header_table *table = arena->table;

	return (struct kpool_pool *)table[kpool_arena_colour(arena)].pool + index;
}

static __always_inline struct hlist_node *
kpool_arena_link(const struct kpool_arena *arena, unsigned int index)
{
	const union kpool_header_table *table = arena->table;

	return (struct hlist_node *)table[!kpool_arena_colour(arena)].link + index;
}

/* Number of the pool that a link belongs to: the reverse of kpool_arena_link(). */
static __always_inline unsigned int kpool_arena_link_index(const struct kpool_arena *arena,
							   const struct hlist_node *link)
{
	return link - kpool_arena_link(arena, 0);
}

static __always_inline struct kpool_class *
kpool_node_class(struct kpool_node *node, unsigned int class)
{
	return (struct kpool_class *)node->class + class;
}

static __always_inline u64 kpool_bit(unsigned int nr)
{
	return 1ULL << (nr % 64);
}

static __always_inline struct kpool_slot __percpu *
kpool_cpu_slot(struct kpool_cpu __percpu *cpu, unsigned int class)
{
	return (struct kpool_slot __percpu *)cpu->slot + class;
}

/**
 * struct kpool_backoff - requests for an arena that were refused
 * @refused: jiffies of the last refusal, 0 if the last request got an arena; index: 1 if the
 *	request may sleep, plus 2 with __GFP_THISNODE
 */
struct kpool_backoff {
	unsigned long refused[4];
};

/* A heap. */
struct kpool_heap {
	struct kpool_cpu __percpu *cpu;	/* per-CPU part */
	/* slots by class for frees by size: those of @cpu, or kpool_magazine_no_room */
	struct kpool_slot __percpu *sized;
	u8 byte;			/* bits of a used pool's class byte besides the class */
	unsigned int flags;		/* KPOOL_HEAP_* */
	void (*ctor)(void *block);	/* see struct kpool_heap_attr */
	/* rounds of a new magazine by class; 0 means no magazines */
	unsigned int capacity[KPOOL_NR_CLASSES];
	const struct kpool_page_ops *ops;	/* page backend */
	/* cgroup that pages are charged to, with KPOOL_HEAP_ACCOUNT; or NULL */
	struct mem_cgroup *memcg;
	/* refusals at the limit of @memcg; pages.c has the refusals of nodes */
	struct kpool_backoff backoff;
	atomic_long_t magazines;	/* magazines in existence */
	atomic_long_t magazine_bytes;	/* bytes of the magazines */
	atomic_long_t arena_ids;	/* next arena id */
	/* records of memory that kmalloc served for the heap, see record.h */
	struct list_head records;
	/* records of a debug heap's recently freed memory, oldest first */
	struct list_head records_freed;
	unsigned int nr_records_freed;	/* length of @records_freed */
	struct mutex shrink_lock;	/* see the lock order above */
	struct delayed_work trim;	/* periodic trim, runs while memory may be idle */
	struct irq_work trim_irq_work;	/* queues @trim */
	int trim_armed;			/* is @trim due? */
	/* destroyed with blocks out: each arena is released when its last block is freed */
	bool lingering;
	/* destroyed debug heap, kept so that frees of its objects are recognised */
	bool remembered;
	struct list_head list;		/* on a list of heaps, see heap.c */
	struct dentry *debugfs;		/* directory in debugfs */
	char name[KPOOL_HEAP_NAME_MAX + 1];	/* unique among living heaps */
	unsigned long number;		/* unique since the module was loaded, from 1 */
	struct kpool_node *node[];	/* by node number, for all possible nodes */
};

extern struct kpool_heap *kpool_default_heap;
extern struct workqueue_struct *kpool_wq;

/*
 * Loop over the parts of all possible nodes: memory may be plugged in at any time. The macro is a
 * single loop, so "break" in its body ends the loop.
 */
#define for_each_kpool_node(node, heap, nid)				\
	for_each_node(nid)						\
		if (!((node) = (heap)->node[nid])) {} else

/* Heaps with free pools that serve their own class only, at least for a while. */
#define KPOOL_HEAP_PINS		(KPOOL_HEAP_PIN_CLASSES | KPOOL_HEAP_TYPESAFE_RCU)

static inline bool kpool_heap_is_typesafe(const struct kpool_heap *heap)
{
	return heap->flags & KPOOL_HEAP_TYPESAFE_RCU;
}

/* Do free blocks keep their contents, for RCU readers or as the constructor left them? */
static inline bool kpool_heap_keeps_contents(const struct kpool_heap *heap)
{
	return kpool_heap_is_typesafe(heap) || heap->ctor;
}

static inline bool kpool_heap_is_destroyed(const struct kpool_heap *heap)
{
	return READ_ONCE(heap->remembered) || READ_ONCE(heap->lingering);
}

static inline void kpool_event(struct kpool_heap *heap, enum kpool_event event)
{
	this_cpu_inc(heap->cpu->event[event]);
}

/*
 * Make sure that a trim is due. Any context. A free may run under locks that arming a timer takes,
 * so an irq_work queues the trim. The irq_work is a hard one on PREEMPT_RT, too: the thread that
 * runs the others may be parked on a CPU that goes offline.
 */
static inline void kpool_heap_arm_trim(struct kpool_heap *heap)
{
	if (!READ_ONCE(heap->trim_armed) && !xchg(&heap->trim_armed, 1))
		irq_work_queue(&heap->trim_irq_work);
}

#endif /* KPOOL_TYPES_H */
