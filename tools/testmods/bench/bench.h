/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the benchmark share: parameters, tables, output. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <linux/types.h>

#include "allocators.h"

#define BENCH_MAX	512	/* largest of the mixed sizes */
#define BENCH_CHURN	100000	/* entries of the table of replacements */
#define BENCH_LIVE	20000	/* slots that it replaces in */
#define BENCH_SEED	1

/* Where a block is replaced, and how large the new one is. */
struct bench_churn {
	u16 slot;
	u16 size;
};

/* Parameters. */
extern unsigned int bench_objects;
extern unsigned int bench_repeats;
extern unsigned int bench_threads[];
extern unsigned int bench_nr_threads;

/* bench_objects of each. */
extern void **bench_block;
extern u16 *bench_size;			/* by slot, uniform on 1..BENCH_MAX */
extern u16 *bench_held;			/* what is in the slot while replacing */
extern u32 *bench_order;		/* a permutation, see bench_shuffle() */
extern struct bench_churn *bench_churn;

void bench_shuffle(unsigned int nr);
int bench_tables_init(void);
void bench_tables_exit(void);

/* Is the workload among those asked for? Counts it, for the reader's patience. */
bool bench_wanted(const char *workload);

/* Does the allocator exist here? @size 0: sizes are mixed, so no kmem_cache. */
bool bench_applies(enum bench_api api, size_t size);

/* Lets the system come to rest. */
void bench_settle(void);

/* The kmem_cache for blocks of a size. */
int bench_cache_create(size_t size);
void bench_cache_destroy(void);

const char *bench_name(enum bench_api api);

/* bench: <workload> <allocator> <metric> <value>; per: total / nr to a tenth. */
void bench_print(const char *workload, enum bench_api api, const char *metric, s64 value);
void bench_print_per(const char *workload, enum bench_api api, const char *metric,
		     u64 total, u64 nr);

/* The modes. */
int bench_exact(void);
int bench_worst(void);
int bench_cache_misses(void);
int bench_memory(void);
int bench_smp(void);

#endif /* BENCH_BENCH_H */
