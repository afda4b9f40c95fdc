/* SPDX-License-Identifier: GPL-2.0 */
/* The workloads of several CPUs, as templates over an allocator. */
#ifndef BENCH_SHARED_H
#define BENCH_SHARED_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/wait.h>

#include "bench.h"
#include "team.h"

#define BENCH_LOT		64	/* blocks handed over together */
#define BENCH_LOTS		(BENCH_CHURN / BENCH_LOT)
#define BENCH_RING		64	/* most lots in the ring; a power of two */
#define BENCH_SET		1000	/* blocks that are handed over together */
#define BENCH_SET_AGE		2000	/* replacements in a set before it is handed over */
#define BENCH_OWN		1024	/* verified blocks that a thread keeps; a power of two */
#define BENCH_TRANSFER		512	/* slots to exchange blocks in; a power of two */
#define BENCH_TRANSFER_EVERY	8
#define BENCH_WRITES		16	/* to each block that may share its cache line */

/* A ring from one producer to one consumer. */
struct bench_ring {
	void *lot[BENCH_RING][BENCH_LOT];
	unsigned int head ____cacheline_aligned;	/* lots produced so far */
	unsigned int tail ____cacheline_aligned;	/* lots consumed so far */
	wait_queue_head_t wait;
};

struct bench_set {
	void *block[BENCH_SET];
	u16 size[BENCH_SET];
};

/* Shared by the threads of a team. */
struct bench_shared {
	struct bench_ring ring[BENCH_MAX_THREADS / 2];
	struct bench_set set[3 * BENCH_MAX_THREADS];
	struct bench_set *waiting[2 * BENCH_MAX_THREADS];	/* ready for the next owner */
	struct bench_set *left[BENCH_MAX_THREADS];		/* left by the last owner */
	unsigned long *transfer[BENCH_TRANSFER];
	void *neighbours[BENCH_MAX_THREADS];
};

/* Each thread starts at another entry of the common table of sizes and slots. */
static inline unsigned int bench_start_of(const struct bench_worker *worker)
{
	return worker->id * (BENCH_CHURN / BENCH_MAX_THREADS);
}

static __always_inline const struct bench_churn *bench_next(unsigned int *at)
{
	const struct bench_churn *churn = &bench_churn[*at];

	*at = *at + 1 < BENCH_CHURN ? *at + 1 : 0;
	return churn;
}

/* A thread's own BENCH_LIVE slots of bench_block and of bench_size. */
static inline void **bench_blocks_of(unsigned int id)
{
	return bench_block + id * BENCH_LIVE;
}

static inline u16 *bench_sizes_of(unsigned int id)
{
	return bench_size + id * BENCH_LIVE;
}

/* alone_*: each thread uses only its own blocks. */
static __always_inline void bench_alone_hot(const enum bench_api api, const size_t size,
					    struct bench_worker *worker)
{
	unsigned int i;

	worker->pairs = 200000;
	for (i = 0; i < worker->pairs; i++)
		bench_free(api, bench_alloc(api, size), size);
}

static __always_inline void bench_alone_batch(const enum bench_api api, const size_t size,
					      struct bench_worker *worker)
{
	const unsigned int rounds = 100, nr = 1000;
	void **block = bench_blocks_of(worker->id);
	unsigned int round, i;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < nr; i++)
			block[i] = bench_alloc(api, size);
		for (i = 0; i < nr; i++)
			bench_free(api, block[i], size);
	}
	worker->pairs = rounds * nr;
}

static __always_inline void bench_alone_churn(const enum bench_api api,
					      struct bench_worker *worker)
{
	unsigned int at = bench_start_of(worker);
	void **block = bench_blocks_of(worker->id);
	u16 *size = bench_sizes_of(worker->id);
	unsigned int i;

	worker->pairs = BENCH_LIVE + BENCH_CHURN;
	for (i = 0; i < BENCH_LIVE; i++) {
		size[i] = bench_next(&at)->size;
		block[i] = bench_alloc(api, size[i]);
	}
	for (i = 0; i < BENCH_CHURN; i++) {
		const struct bench_churn *churn = bench_next(&at);

		bench_free(api, block[churn->slot], size[churn->slot]);
		size[churn->slot] = churn->size;
		block[churn->slot] = bench_alloc(api, churn->size);
	}
	for (i = 0; i < BENCH_LIVE; i++)
		bench_free(api, block[i], size[i]);
}

/*
 * xmalloc: half of the threads only allocate, the others only free. Blocks are handed over
 * in lots. A thread that must wait sleeps until half a ring is filled or emptied.
 */
static __always_inline void bench_produce(const enum bench_api api, struct bench_ring *ring)
{
	const struct bench_churn *churn = bench_churn;
	unsigned int head, i;

	for (head = 0; head < BENCH_LOTS; head++) {
		void **block = ring->lot[head % BENCH_RING];

		if (head - READ_ONCE(ring->tail) == BENCH_RING)
			wait_event(ring->wait, head - READ_ONCE(ring->tail) <= BENCH_RING / 2);
		for (i = 0; i < BENCH_LOT; i++)
			block[i] = bench_alloc(api, churn++->size);
		/* Write the lot before @head announces it; pairs with bench_produced(). */
		smp_store_release(&ring->head, head + 1);
		if (!((head + 1) % (BENCH_RING / 2)) || head + 1 == BENCH_LOTS)
			wake_up_all(&ring->wait);
	}
}

static inline unsigned int bench_produced(struct bench_ring *ring)
{
	/* Pairs with bench_produce(). */
	return smp_load_acquire(&ring->head);
}

/* Are there lots for half a ring, or is the last lot there? */
static inline bool bench_enough(unsigned int head, unsigned int tail)
{
	return head - tail >= BENCH_RING / 2 || head == BENCH_LOTS;
}

static __always_inline void bench_consume(const enum bench_api api, struct bench_ring *ring)
{
	const struct bench_churn *churn = bench_churn;
	unsigned int tail, i;

	for (tail = 0; tail < BENCH_LOTS; tail++) {
		void **block = ring->lot[tail % BENCH_RING];

		if (bench_produced(ring) == tail)
			wait_event(ring->wait, bench_enough(bench_produced(ring), tail));
		for (i = 0; i < BENCH_LOT; i++)
			bench_free(api, block[i], churn++->size);
		/* Read the lot before @tail lets the producer reuse it. */
		smp_store_release(&ring->tail, tail + 1);
		if (!((tail + 1) % (BENCH_RING / 2)))
			wake_up_all(&ring->wait);
	}
}

static __always_inline void bench_xmalloc(const enum bench_api api, struct bench_worker *worker)
{
	struct bench_shared *shared = worker->team->shared;
	unsigned int rings = worker->team->threads / 2;
	struct bench_ring *ring = &shared->ring[worker->id % rings];

	if (worker->id < rings) {
		bench_produce(api, ring);
		worker->pairs = BENCH_LOTS * BENCH_LOT;
	} else if (worker->id < 2 * rings) {
		bench_consume(api, ring);
	}
}

/*
 * larson: each thread replaces blocks at random in a set, and after BENCH_SET_AGE
 * replacements takes over a set of another thread. There are three sets per thread.
 */
static __always_inline void bench_larson(const enum bench_api api, struct bench_worker *worker)
{
	struct bench_shared *shared = worker->team->shared;
	unsigned int threads = worker->team->threads;
	struct bench_set *set = &shared->set[worker->id];
	unsigned int at = bench_start_of(worker);
	unsigned int i, j;

	worker->pairs = BENCH_CHURN;
	for (i = 1; i <= worker->pairs; i++) {
		const struct bench_churn *churn = bench_next(&at);
		unsigned int slot = churn->slot % BENCH_SET;

		if (set->block[slot])
			bench_free(api, set->block[slot], set->size[slot]);
		set->size[slot] = churn->size;
		set->block[slot] = bench_alloc(api, churn->size);
		if (!(i % BENCH_SET_AGE))
			set = xchg(&shared->waiting[churn->slot % (2 * threads)], set);
	}
	shared->left[worker->id] = set;
	bench_team_meet(worker->team);
	for (i = worker->id; i < 3 * threads; i += threads) {
		set = i < threads ? shared->left[i] : shared->waiting[i - threads];
		for (j = 0; j < BENCH_SET; j++)
			if (set->block[j])
				bench_free(api, set->block[j], set->size[j]);
	}
}

/* Fill a verified block: the number of words, then a value from each word's address. */
static __always_inline void *bench_write(unsigned long *p, unsigned int words)
{
	unsigned int i;

	p[0] = words;
	for (i = 1; i < words; i++)
		p[i] = ~(unsigned long)&p[i];
	return p;
}

static __always_inline bool bench_verify(const unsigned long *p)
{
	unsigned int i, words = p[0];

	if (words < 2 || words > BENCH_MAX / sizeof(*p))
		return false;
	for (i = 1; i < words; i++)
		if (p[i] != ~(unsigned long)&p[i])
			return false;
	return true;
}

/* Do not free a block with wrong contents: it may be corrupt or belong to another owner. */
static __always_inline void bench_verify_free(const enum bench_api api, unsigned long *p,
					      struct bench_worker *worker)
{
	if (!p)
		return;
	if (bench_verify(p))
		bench_free(api, p, p[0] * sizeof(*p));
	else
		worker->corrupt++;
}

/* Usually 2 to 17 words; for one slot in 32, as many as BENCH_MAX allows. */
static __always_inline unsigned int bench_words(const struct bench_churn *churn)
{
	if (!(churn->slot % 32))
		return BENCH_MAX / sizeof(unsigned long);
	return 2 + churn->size % 16;
}

/* mstress: threads exchange blocks of several sizes, and verify their contents at free. */
static __always_inline void bench_mstress(const enum bench_api api, struct bench_worker *worker)
{
	struct bench_shared *shared = worker->team->shared;
	unsigned long **own = (unsigned long **)bench_blocks_of(worker->id);
	unsigned int at = bench_start_of(worker);
	unsigned int i;

	memset(own, 0, BENCH_OWN * sizeof(*own));
	worker->pairs = BENCH_CHURN;
	for (i = 0; i < worker->pairs; i++) {
		const struct bench_churn *churn = bench_next(&at);
		unsigned int slot = churn->slot % BENCH_OWN, words = bench_words(churn);

		bench_verify_free(api, own[slot], worker);
		own[slot] = bench_write(bench_alloc(api, words * sizeof(**own)), words);
		if (!(i % BENCH_TRANSFER_EVERY))
			own[slot] = xchg(&shared->transfer[slot % BENCH_TRANSFER], own[slot]);
	}
	for (i = 0; i < BENCH_OWN; i++)
		bench_verify_free(api, own[i], worker);
	bench_team_meet(worker->team);
	for (i = worker->id; i < BENCH_TRANSFER; i += worker->team->threads)
		bench_verify_free(api, shared->transfer[i], worker);
}

/*
 * False sharing: each thread writes to its own small blocks. scratch: the first block that
 * a thread frees is one of several that another thread allocated side by side.
 */
static __always_inline void bench_thrash(const enum bench_api api, struct bench_worker *worker)
{
	unsigned int i, j;

	worker->pairs = 100000;
	for (i = 0; i < worker->pairs; i++) {
		unsigned long *p = bench_alloc(api, sizeof(*p));

		for (j = 0; j < BENCH_WRITES; j++)
			WRITE_ONCE(*p, j);
		bench_free(api, p, sizeof(*p));
	}
}

static __always_inline void bench_scratch(const enum bench_api api, struct bench_worker *worker)
{
	struct bench_shared *shared = worker->team->shared;
	unsigned int i;

	if (!worker->id)
		for (i = 0; i < worker->team->threads; i++)
			shared->neighbours[i] = bench_alloc(api, sizeof(long));
	bench_team_meet(worker->team);
	bench_free(api, shared->neighbours[worker->id], sizeof(long));
	bench_thrash(api, worker);
}

/* All threads allocate, then each frees the blocks of its neighbour. */
static __always_inline void bench_remote(const enum bench_api api, const size_t size,
					 struct bench_worker *worker)
{
	const unsigned int rounds = 10, nr = 10000;
	void **mine = bench_blocks_of(worker->id);
	void **theirs = bench_blocks_of((worker->id + 1) % worker->team->threads);
	unsigned int round, i;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < nr; i++)
			mine[i] = bench_alloc(api, size);
		bench_team_meet(worker->team);
		for (i = 0; i < nr; i++)
			bench_free(api, theirs[i], size);
		bench_team_meet(worker->team);
	}
	worker->pairs = rounds * nr;
}

/* One thread allocates for all, then each frees a share. */
static __always_inline void bench_one_to_all(const enum bench_api api, const size_t size,
					     struct bench_worker *worker)
{
	const unsigned int rounds = 10, nr = 5000;
	unsigned int round, i, j;

	for (round = 0; round < rounds; round++) {
		for (j = 0; !worker->id && j < worker->team->threads; j++)
			for (i = 0; i < nr; i++)
				bench_blocks_of(j)[i] = bench_alloc(api, size);
		bench_team_meet(worker->team);
		for (i = 0; i < nr; i++)
			bench_free(api, bench_blocks_of(worker->id)[i], size);
		bench_team_meet(worker->team);
	}
	worker->pairs = rounds * nr;
}

#endif /* BENCH_SHARED_H */
