// SPDX-License-Identifier: GPL-2.0
/*
 * Depots: full magazines of a class on a node that wait for a CPU, and empty ones.
 *
 * The size of a block limits the rounds of a magazine, so that the bytes a CPU holds are bounded.
 * Contention changes them, as with Bonwick's magazines: while a depot's lock is contended, new
 * magazines are about twice as large and pass the depot half as often. When the depot stays unused,
 * new magazines are smaller again.
 *
 * On machines with several nodes a full magazine passes the depot with blocks of its own node only.
 * Blocks of other nodes are drained to their pools, as a batch per node. Otherwise the depot would
 * serve them to distant CPUs again and again.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "arena.h"
#include "class.h"
#include "compat.h"
#include "depot.h"
#include "map.h"
#include "observe/trace.h"
#include "pages.h"
#include "param.h"
#include "pool.h"

static unsigned int kpool_magazine_kib __ro_after_init = KPOOL_MAGAZINE_BYTES / 1024;
KPOOL_PARAM(magazine_kib, kpool_magazine_kib, "KiB", KPOOL_MAGAZINE_KIB_MIN, KPOOL_MAGAZINE_KIB_MAX,
	    0444);
MODULE_PARM_DESC(magazine_kib, "KiB of blocks that a magazine may hold, 4 to 128 (default 24)");

static unsigned int kpool_magazine_clamp(unsigned int class, unsigned int rounds)
{
	return clamp_t(unsigned int, kpool_magazine_kib * 1024 / kpool_class_size(class),
		       KPOOL_MAGAZINE_ROUNDS_MIN, rounds);
}

/* Rounds of a class's magazines without contention: bounded by number, and by bytes. */
unsigned int kpool_magazine_capacity(unsigned int class)
{
	return kpool_magazine_clamp(class, KPOOL_MAGAZINE_ROUNDS);
}
KPOOL_EXPORT_TEST(kpool_magazine_capacity);

/* Was a depot of the class contended when its node was last trimmed? */
static bool kpool_depot_any_hot(struct kpool_heap *heap, unsigned int class)
{
	int nid;

	for_each_node(nid)
		if (READ_ONCE(heap->node[nid]->depot[class].hot))
			return true;
	return false;
}

/*
 * Make new magazines larger after contention, smaller if this depot has no full one left and no
 * node's depot was contended. 60, 124 and 252 rounds fill the sizes that kmalloc gives. A capacity
 * of 0 stays: the heap may be about to end.
 */
static void kpool_depot_adapt(struct kpool_heap *heap, unsigned int class, bool hot, bool idle)
{
	unsigned int old = READ_ONCE(heap->capacity[class]), new = old;

	if (hot)
		new = kpool_magazine_clamp(class, min(2 * old + 4, KPOOL_MAGAZINE_ROUNDS_MAX));
	else if (idle && !kpool_depot_any_hot(heap, class))
		new = max((old - min(old, 4U)) / 2, kpool_magazine_capacity(class));
	if (old && new != old)
		cmpxchg(&heap->capacity[class], old, new);
}

static struct kpool_depot *kpool_depot_here(struct kpool_heap *heap, unsigned int class)
{
	return &heap->node[numa_mem_id()]->depot[class];
}

/* Take the lock. Count the attempt if the lock was not free. Return: the interrupt state before. */
static unsigned long kpool_depot_lock(struct kpool_depot *depot)
	__acquires(&depot->lock)
{
	unsigned long flags;

	if (!spin_trylock_irqsave(&depot->lock, flags)) {
		spin_lock_irqsave(&depot->lock, flags);
		depot->contended++;
	}
	return flags;
}

void kpool_depot_delete(struct kpool_heap *heap, struct kpool_magazine *mag)
{
	if (mag) {
		atomic_long_dec(&heap->magazines);
		atomic_long_sub(struct_size(mag, round, mag->capacity), &heap->magazine_bytes);
		kfree(mag);
	}
}

static struct kpool_magazine *kpool_depot_new(struct kpool_heap *heap, unsigned int capacity,
					      gfp_t gfp)
{
	struct kpool_magazine *mag;

	mag = kmalloc(struct_size(mag, round, capacity), kpool_pages_gfp(gfp));
	if (mag) {
		mag->rounds = 0;
		mag->capacity = capacity;
		mag->bottom = NULL;
		atomic_long_inc(&heap->magazines);
		atomic_long_add(struct_size(mag, round, mag->capacity), &heap->magazine_bytes);
	}
	return mag;
}

/* Get an empty magazine, from the depot or new. NULL without memory or with magazines off. */
struct kpool_magazine *kpool_depot_get_empty(struct kpool_heap *heap, unsigned int class,
					     gfp_t gfp)
{
	struct kpool_depot *depot = kpool_depot_here(heap, class);
	unsigned int capacity = READ_ONCE(heap->capacity[class]);
	struct kpool_magazine *mag;
	unsigned long flags;

	if (!capacity)
		return NULL;
	if (!READ_ONCE(depot->nr_empty))
		return kpool_depot_new(heap, capacity, gfp);
	flags = kpool_depot_lock(depot);
	mag = depot->empty;
	if (mag) {
		depot->empty = mag->next;
		depot->nr_empty--;
	}
	spin_unlock_irqrestore(&depot->lock, flags);
	return mag ?: kpool_depot_new(heap, capacity, gfp);
}

void kpool_depot_put_empty(struct kpool_heap *heap, unsigned int class,
			   struct kpool_magazine *mag)
{
	struct kpool_depot *depot = kpool_depot_here(heap, class);
	unsigned long flags;

	/* Keep only magazines of the size of new ones. */
	if (mag && mag->capacity == READ_ONCE(heap->capacity[class])) {
		flags = kpool_depot_lock(depot);
		if (depot->nr_empty < KPOOL_DEPOT_EMPTY_MAX && heap->capacity[class]) {
			mag->next = depot->empty;
			depot->empty = mag;
			depot->nr_empty++;
			mag = NULL;
		}
		spin_unlock_irqrestore(&depot->lock, flags);
	}
	kpool_depot_delete(heap, mag);
}

/* Take a full magazine off the list. Return: NULL if none. Caller holds depot->lock. */
static struct kpool_magazine *kpool_depot_unlink_full(struct kpool_depot *depot)
{
	struct kpool_magazine *mag = depot->full;

	if (mag) {
		depot->full = mag->next;
		depot->nr_full--;
		depot->rounds -= mag->rounds;
		depot->full_min = min(depot->full_min, depot->nr_full);
	}
	return mag;
}

static struct kpool_magazine *kpool_depot_pop_full(struct kpool_depot *depot)
{
	struct kpool_magazine *mag;
	unsigned long flags;

	if (!READ_ONCE(depot->nr_full))
		return NULL;
	flags = kpool_depot_lock(depot);
	mag = kpool_depot_unlink_full(depot);
	spin_unlock_irqrestore(&depot->lock, flags);
	return mag;
}

struct kpool_magazine *kpool_depot_get_full(struct kpool_heap *heap, unsigned int class)
{
	struct kpool_depot *depot = kpool_depot_here(heap, class);
	struct kpool_magazine *mag = kpool_depot_pop_full(depot);

	if (mag)
		this_cpu_inc(heap->cpu->cold[class].depot_hits);
	return mag;
}

/* Drain the blocks of other nodes to their pools. The magazine keeps the rest. */
static void kpool_depot_send_home(const struct kpool_node *here, unsigned int class,
				  struct kpool_magazine *mag)
{
	struct kpool_heap *heap = here->heap;
	unsigned int i, keep = 0;

	for (i = 0; i < mag->rounds; i++) {
		void *block = mag->round[i];

		if (kpool_map_byte(block) == (heap->byte | class) &&
		    kpool_arena_of(block)->node != here)
			continue;
		swap(mag->round[keep], mag->round[i]);
		keep++;
	}
	if (keep < mag->rounds) {
		trace_kpool_drain(heap, kpool_class_size(class), mag->rounds - keep, false);
		kpool_pool_put(heap, class, mag->round + keep, mag->rounds - keep);
	}
	mag->rounds = keep;
}

/*
 * Give a full magazine to the depot. Return: NULL if the depot took it. Otherwise the magazine:
 * full if the depot has no room, with fewer rounds if blocks of other nodes were drained.
 */
struct kpool_magazine *kpool_depot_put_full(struct kpool_heap *heap, unsigned int class,
					    struct kpool_magazine *mag)
{
	/* Looked up once: the task may migrate to another node at any time. */
	struct kpool_node *here = heap->node[numa_mem_id()];
	struct kpool_depot *depot = &here->depot[class];
	unsigned long flags;

	if (nr_online_nodes > 1) {
		kpool_depot_send_home(here, class, mag);
		if (mag->rounds < mag->capacity)
			return mag;
	}
	if (READ_ONCE(depot->nr_full) >= KPOOL_DEPOT_FULL_MAX)
		return mag;
	flags = kpool_depot_lock(depot);
	if (depot->nr_full < KPOOL_DEPOT_FULL_MAX && heap->capacity[class]) {
		trace_kpool_drain(heap, kpool_class_size(class), mag->rounds, true);
		mag->next = depot->full;
		depot->full = mag;
		depot->nr_full++;
		depot->rounds += mag->rounds;
		mag = NULL;
	}
	spin_unlock_irqrestore(&depot->lock, flags);
	return mag;
}

/* Drain a detached magazine to its blocks' pools. */
void kpool_depot_empty(struct kpool_heap *heap, unsigned int class, struct kpool_magazine *mag)
{
	trace_kpool_drain(heap, kpool_class_size(class), mag->rounds, false);
	kpool_pool_put(heap, class, mag->round, mag->rounds);
	mag->rounds = 0;
}

/*
 * Drain full magazines: all with @all, otherwise those that the depot did not need since the last
 * call. Delete the empty magazines with @all, and if a full one was drained or none is left.
 * Return: whether a full magazine is left.
 */
bool kpool_depot_trim(struct kpool_heap *heap, struct kpool_depot *depot, unsigned int class,
		      bool all)
{
	struct kpool_magazine *mag, *full = NULL, *empty = NULL;
	unsigned long flags;
	unsigned int nr;
	bool left, hot;

	spin_lock_irqsave(&depot->lock, flags);
	for (nr = all ? depot->nr_full : depot->full_min; nr; nr--) {
		mag = kpool_depot_unlink_full(depot);
		mag->next = full;
		full = mag;
	}
	depot->full_min = depot->nr_full;
	if (all || full || !depot->nr_full) {
		empty = depot->empty;
		depot->empty = NULL;
		depot->nr_empty = 0;
	}
	left = depot->nr_full;
	hot = depot->contended >= KPOOL_DEPOT_CONTENDED;
	WRITE_ONCE(depot->hot, hot);
	depot->contended = 0;
	spin_unlock_irqrestore(&depot->lock, flags);

	kpool_depot_adapt(heap, class, hot, !left);
	while ((mag = full)) {
		full = mag->next;
		kpool_depot_empty(heap, class, mag);
		kpool_depot_delete(heap, mag);
	}
	while ((mag = empty)) {
		empty = mag->next;
		kpool_depot_delete(heap, mag);
	}
	return left;
}

bool kpool_depot_trim_all(struct kpool_node *node, bool all)
{
	unsigned int class;
	bool left = false;

	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		left |= kpool_depot_trim(node->heap, &node->depot[class], class, all);
	return left;
}
KPOOL_EXPORT_TEST(kpool_depot_trim_all);

/*
 * Drain the depot's full magazines until the node has a free pool, but no more than a depot holds,
 * because other CPUs may add some meanwhile. May sleep.
 */
static void kpool_depot_scavenge_class(struct kpool_node *node, unsigned int class)
{
	struct kpool_magazine *mag;
	unsigned int i;

	for (i = 0; i < KPOOL_DEPOT_FULL_MAX && !kpool_arena_any_free(node); i++) {
		mag = kpool_depot_pop_full(&node->depot[class]);
		if (!mag)
			return;
		kpool_depot_empty(node->heap, class, mag);
		kpool_depot_put_empty(node->heap, class, mag);
		cond_resched();
	}
}

/*
 * Drain the depots of all classes in turn until the node has a free pool. The next call starts at
 * the class where this one stopped. May sleep. Return: whether the node has a free pool.
 */
bool kpool_depot_scavenge(struct kpool_node *node)
{
	unsigned int class = READ_ONCE(node->scavenged), i;

	for (i = 0; i < KPOOL_NR_CLASSES; i++) {
		kpool_depot_scavenge_class(node, class);
		if (kpool_arena_any_free(node))
			break;
		class = (class + 1) % KPOOL_NR_CLASSES;
	}
	WRITE_ONCE(node->scavenged, class);
	return kpool_arena_any_free(node);
}
KPOOL_EXPORT_TEST(kpool_depot_scavenge);
