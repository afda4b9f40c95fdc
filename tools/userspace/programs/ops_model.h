/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the operations. */
#ifndef KPOOL_USER_OPS_MODEL_H
#define KPOOL_USER_OPS_MODEL_H

#include <kpool.h>
#include <kpool_inline.h>

#include "class.h"
#include "geometry.h"
#include "heap.h"
#include "ops.h"

#define OPS_HEAPS	8
#define OPS_BLOCKS	8192
#define OPS_BULK	256
#define OPS_CPUS	4
#define OPS_HEAP_FLAGS	(2 * KPOOL_HEAP_RANDOM - 1)	/* all flags */
#define OPS_SIZE_MAX	70000	/* contents of larger requests are not checked */
#define OPS_GRANULE	8	/* every block is aligned to it */
#define OPS_NO_HEAP	OPS_HEAPS	/* the heap was destroyed before the block was freed */

/* Memory that a thread allocated and holds. */
struct ops_block {
	u8 *p;
	size_t size;
	u8 heap;
	u8 seed;
	bool zeroed;	/* each request for the block had __GFP_ZERO */
};

struct ops_object {
	struct rcu_head rcu;
	char name[37];
};

struct ops_heap {
	struct kpool_heap *heap;
	unsigned int flags;
	bool damaged;
};

/*
 * The model of a thread. An interrupt may come in during each call of the module, so the
 * model is correct before each call.
 */
struct ops_model {
	struct ops_heap heap[OPS_HEAPS];	/* 0 is the default heap */
	unsigned int fixed;	/* number of the first heaps that are never created or destroyed */
	unsigned int thread;	/* number; 0: no other thread uses the module */
	struct ops_block block[OPS_BLOCKS];
	unsigned int nr;
	u8 seed;
	u32 random;
	bool limited;		/* memory is short: any request may fail */
	bool irqs_held;
	bool misfits;		/* magazines may hold memory that is no block of their class */
	bool misused;
	bool orphans;		/* a destroyed or damaged debug heap may report later */
	long fail_nth;		/* argument of ops_run() */
	long errors;		/* expected error messages */
};

extern __thread struct ops_model model;
extern bool ops_unaligned;	/* memory may be aligned for its former size only */

#define ops_bug		sim_bug

/* ops_model.c */
u32 ops_random(void);
void ops_own(const struct ops_block *block);
void ops_pattern_init(void);
void ops_fill(struct ops_block *block);
void ops_expect(const struct ops_block *block, size_t size);
bool ops_is_aligned(const void *p, size_t size);
void ops_add(void *p, size_t size, unsigned int heap, bool zero);
struct ops_block ops_remove(unsigned int nr);
bool ops_room(unsigned int nr);
long ops_failed(void);
void ops_expect_failure(long failed, size_t size);
unsigned int ops_heap(struct ops_record record);
unsigned int ops_variant(struct ops_record record);
size_t ops_size(u16 arg);
struct kpool_heap *ops_heap_ptr(unsigned int heap);

/* ops_block.c */
void ops_alloc(struct ops_record record);
void ops_burst(struct ops_record record);
void ops_bulk_alloc(struct ops_record record);
unsigned int ops_pick(u16 arg);
void ops_free_block(const struct ops_block *block, unsigned int variant);
void ops_free(struct ops_record record);
void ops_drop(struct ops_record record);
void ops_bulk_free(struct ops_record record);
void ops_realloc(struct ops_record record);

/* ops_heap.c */
void ops_errors_are_fine(void);
void ops_heap_create(unsigned int slot, unsigned int flags);
void ops_heap_destroy(unsigned int slot);
void ops_heap_op(struct ops_record record);
void ops_shrink(struct ops_record record);
void ops_reclaim(struct ops_record record);
void ops_time(struct ops_record record);
void ops_rcu(struct ops_record record);
void ops_cpu(struct ops_record record);
bool ops_out_of_service(unsigned int slot);
void ops_check_stats(unsigned int slot);
void ops_stats(struct ops_record record);
void ops_files(struct ops_record record);
void ops_contents(struct ops_record record);
void ops_validate_all(void);
void ops_validate(struct ops_record record);
void ops_validate_step(void);
void ops_fail(struct ops_record record);
void ops_limit(struct ops_record record);
void ops_irq(struct ops_record record);

/* ops_share.c */
unsigned int ops_shared(unsigned int slot);
void ops_unshare(void);
void ops_exchange(struct ops_record record);
void ops_publish(struct ops_record record);

/* ops_wrong.c */
void ops_odd(struct ops_record record);
void ops_damage(struct ops_record record);
void ops_misuse(struct ops_record record);

#endif /* KPOOL_USER_OPS_MODEL_H */
