/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The structures, in the order in which a block meets them on its way up.
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
 *   kpool_arenas_lock  (mutex) open files "arenas" of debugfs, and the arenas they are at
 *   heap->shrink_lock  (mutex) one shrink or validate of a heap at a time
 *   class->lock        (irqsave) pools of the class in use: descriptors,
 *                      free lists, partial lists
 *   node->lock         (irqsave) arenas: free pools, buckets, class bytes that
 *                      change between free, in use and returned
 *   depot->lock        (irqsave) leaf: lists of magazines
 *   others             leaves, each private to one file (reserve, tracked
 *                      large requests, reports)
 *
 * Per-CPU magazines have no lock: their CPU alone touches them, preemption
 * off and the busy byte of the class set. An interrupt that finds the byte set
 * goes to the pools. Magazines are filled and drained while they belong to no CPU, so all
 * locks are taken with preemption on and may be sleeping locks (PREEMPT_RT).
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
 * Class byte of a pool, the one piece of metadata that a free reads.
 * In use by the default heap: the class. In use by a private heap: the class
 * and KPOOL_BYTE_PRIVATE. In use by a debug heap: the class and
 * KPOOL_BYTE_DEBUG, so that no fast path takes it for one of its own. Free:
 * KPOOL_BYTE_FREE and the class it last had.
 */
#define KPOOL_BYTE_CLASS	0x3f
#define KPOOL_BYTE_PRIVATE	0x40
#define KPOOL_BYTE_FREE		0x80
#define KPOOL_BYTE_DEBUG	(KPOOL_BYTE_FREE | KPOOL_BYTE_PRIVATE)
#define KPOOL_BYTE_FRESH	(KPOOL_BYTE_FREE | 0x3f)	/* free, never used */
#define KPOOL_BYTE_HEADER	0xfe
/* KPOOL_BYTE_FOREIGN, 0xff: not ours, anything may live there now */

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
 * @free: first word of its free list, a bit set for a free block
 * @used: blocks out: with callers, in magazines, or lost to corruption
 * @refile_below: with fewer blocks out the pool has to change lists: 1, or its capacity if it is
 *	full; 0 if no free is to file it
 * @fullness: which partial list it is on, no lower than @used says, or KPOOL_POOL_FULL
 *
 * used + bits set in the free list == capacity
 *
 * It holds what putting a block back touches, so that this is one cache line.
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
 * @link: of each pool, on its class's partial list (state partial), or on its
 *	class's list of pinned free pools (state free, in heaps with KPOOL_HEAP_PINS),
 *	or on no list
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
	/* see header.c; first, because a write that overruns the memory before arrives here */
	unsigned long canary;
	u8 *bytes;			/* class byte of each pool, in the map */
	struct kpool_heap *heap;	/* owner */
	struct kpool_node *node;	/* the node it is filed under */
	struct list_head all;		/* on node->arenas */
	/* on node->usable[nr_free], or node->empty, or node->empty_pinned, or none (exhausted) */
	struct hlist_node bucket;
	u64 free_mask;			/* free pools that any class may take */
	u64 pinned_mask;		/* free pools that only their own class may take */
	u64 returned_mask;		/* pools whose pages were returned */
	/* free pools of a type-safe heap that wait for a grace period */
	u64 waiting_mask;
	u64 aging_mask;			/* those of waiting_mask that wait for the one of @cookie */
	unsigned long cookie[2];	/* kpool_compat_rcu_state() when they began to wait */
	struct list_head waiting;	/* on node->waiting while pools wait */
	struct rcu_head rcu;		/* for the release of a type-safe heap's arena */
	unsigned long id;		/* number within the heap, never reused */
	unsigned int used;		/* pools in use */
	/* walks of arenas that are at this one and keep it from being released */
	unsigned int walkers;
	bool split;			/* the pages were split and are freed one by one */
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
	unsigned int partial_map;	/* a bit is set where a list of @partial has entries */
	/* partial pools by fullness, fullest last */
	struct hlist_head partial[KPOOL_FULLNESS_LISTS];
	struct hlist_head pinned;	/* free pools that only this class may take (node->lock) */
	unsigned long pools;		/* pools in use (node->lock) */
	unsigned long used;		/* blocks of them that are out */
	unsigned long refills;		/* batches of blocks taken */
	unsigned long drains;		/* batches of blocks put back */
	/* free pools taken that were of this class last (node->lock) */
	unsigned long recycled_same;
	/* free pools taken that were of another class last (node->lock) */
	unsigned long recycled_other;
	unsigned long fresh;		/* free pools taken that had no class yet (node->lock) */
} ____cacheline_aligned_in_smp;

/* Magazines between CPUs, of one class on one node. */
struct kpool_depot {
	spinlock_t lock;		/* see the lock order above */
	unsigned int nr_full;		/* length of @full */
	unsigned int nr_empty;		/* length of @empty */
	/* least nr_full since the last trim: so many were not needed */
	unsigned int full_min;
	unsigned long rounds;		/* blocks in all full ones */
	unsigned long contended;	/* times that the lock was taken, since the last trim */
	bool hot;			/* contended often before the last trim */
	struct kpool_magazine *full;	/* magazines that hold blocks */
	struct kpool_magazine *empty;	/* magazines without blocks */
} ____cacheline_aligned_in_smp;

/* A heap's memory on one NUMA node. */
struct kpool_node {
	spinlock_t lock;		/* see the lock order above */
	int nid;			/* number of the node */
	struct kpool_heap *heap;	/* owner */
	u64 usable_map;			/* a bit is set where a list of @usable has entries */
	/* arenas with free pools, by the number of them: the fullest arenas have the lowest */
	struct hlist_head usable[KPOOL_ARENA_POOLS];
	struct hlist_head empty;	/* arenas without a pool in use and with all their pages */
	/* arenas as in @empty, but without a free pool that any class may take */
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
	unsigned long claims;		/* times that a class took a pool */
	unsigned long claims_seen;	/* @claims at the last trim (only the trim uses it) */
	unsigned int idle_trims;	/* trims in a row without a claim (only the trim uses it) */
	unsigned int scavenged;		/* class whose depot a scavenge drains next */
	struct kpool_class class[KPOOL_NR_CLASSES];	/* pools in use, by class */
	struct kpool_depot depot[KPOOL_NR_CLASSES];	/* magazines between CPUs, by class */
};

/**
 * struct kpool_magazine - a stack of ready blocks
 * @next: in a depot's list
 * @rounds: blocks in it while it is detached from any CPU
 * @capacity: places
 * @bottom: NULL, so that a pop below round 0 finds it
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
 * struct kpool_slot_cold - what only the slow path needs of a CPU's class
 * @loaded: the slot's magazine, NULL if none
 * @previous: the magazine loaded before, NULL if none
 * @previous_rounds: blocks in it
 * @seen_top: @top of the slot when the trim last looked
 * @seen_allocs: @allocs of the slot then
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

/* Events too rare for the fast path, counted per CPU, and their fields of struct kpool_stats. */
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
 * struct kpool_cpu - a heap's part on one CPU
 * @slot: loaded magazines by class, and one that never has any
 * @cold: by class
 * @event: by enum kpool_event
 * @drain: empties magazines that were idle, or all, on this CPU
 * @drain_all: what @drain is to do
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
 * Elements of the arrays above. By addition, since distributions' kernels check
 * each index of an array (UBSAN_BOUNDS) and each shift, which made up a tenth of
 * the slow paths; all these come from masks, bit searches and class bytes.
 */

/*
 * Which table of an arena's header has the descriptors. The other one has the links.
 * Bonwick's slab colouring: with all descriptors at the same place of their arenas,
 * those of 8 arenas filled their part of a 32 KiB L1D.
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

/* The reverse. */
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
 * @refused: when the last one was, in jiffies; 0 if it got an arena. By whether the request
 *	may sleep, plus 2 if only its own node will do
 */
struct kpool_backoff {
	unsigned long refused[4];
};

/* A heap. */
struct kpool_heap {
	struct kpool_cpu __percpu *cpu;	/* per-CPU part */
	/* slots by class for frees by size: those of @cpu, or some without room */
	struct kpool_slot __percpu *sized;
	u8 byte;			/* bits of a used pool's class byte beside the class */
	unsigned int flags;		/* KPOOL_HEAP_* */
	void (*ctor)(void *block);	/* see struct kpool_heap_attr */
	/* rounds of a new magazine by class; 0 means no magazines */
	unsigned int capacity[KPOOL_NR_CLASSES];
	const struct kpool_page_ops *ops;	/* page backend */
	/* cgroup that pages are charged to, with KPOOL_HEAP_ACCOUNT; or NULL */
	struct mem_cgroup *memcg;
	/* refusals at the limit of @memcg; those of nodes are in pages.c */
	struct kpool_backoff backoff;
	atomic_long_t magazines;	/* magazines in existence */
	atomic_long_t magazine_bytes;	/* bytes of the magazines */
	atomic_long_t arena_ids;	/* next arena id */
	/* records of memory that kmalloc served for the heap, see record.h */
	struct list_head records;
	/* records of a debug heap's memory that was freed last, oldest first */
	struct list_head records_freed;
	unsigned int nr_records_freed;	/* length of @records_freed */
	struct mutex shrink_lock;	/* see the lock order above */
	struct delayed_work trim;	/* periodic trim, runs while there is something to trim */
	struct irq_work trim_irq_work;	/* queues @trim */
	int trim_armed;			/* @trim is due */
	/* destroyed with blocks out; an arena goes when its last block comes back */
	bool lingering;
	/* a destroyed debug heap, so that frees of its objects are recognised */
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
 * Every possible node has its part, so memory may be plugged in at any time. This is a single
 * loop, so that "break" in its body leaves it.
 */
#define for_each_kpool_node(node, heap, nid)				\
	for_each_node(nid)						\
		if (!((node) = (heap)->node[nid])) {} else

/* Free pools of these heaps serve their own class only, at least for a while. */
#define KPOOL_HEAP_PINS		(KPOOL_HEAP_PIN_CLASSES | KPOOL_HEAP_TYPESAFE_RCU)

static inline bool kpool_heap_is_typesafe(const struct kpool_heap *heap)
{
	return heap->flags & KPOOL_HEAP_TYPESAFE_RCU;
}

/* Do free blocks keep what is in them, for readers or as the constructor left it? */
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
 * Make sure that a trim is due. Any context. A free may run under the locks that arming a timer
 * takes, so an interrupt of kpool's own does that. It is a hard one on PREEMPT_RT, too: the thread
 * that runs the others may be parked on a CPU that goes offline.
 */
static inline void kpool_heap_arm_trim(struct kpool_heap *heap)
{
	if (!READ_ONCE(heap->trim_armed) && !xchg(&heap->trim_armed, 1))
		irq_work_queue(&heap->trim_irq_work);
}

#endif /* KPOOL_TYPES_H */
