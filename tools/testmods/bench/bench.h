/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the parts of the benchmark: parameters, tables, output. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <linux/types.h>

#include "allocators.h"

#define BENCH_MAX	512	/* largest of the mixed sizes */
#define BENCH_CHURN	100000	/* entries of bench_churn */
#define BENCH_LIVE	20000	/* slots that bench_churn refers to */
#define BENCH_SEED	1

/* A replacement: the slot, and the size of the new block. */
struct bench_churn {
	u16 slot;
	u16 size;
};

/* Parameters. */
extern unsigned int bench_objects;
extern unsigned int bench_repeats;
extern unsigned int bench_threads[];
extern unsigned int bench_nr_threads;

/* Tables of bench_objects entries; bench_held has BENCH_LIVE, bench_churn BENCH_CHURN. */
extern void **bench_block;
extern u16 *bench_size;			/* size of each slot, uniform on 1..BENCH_MAX */
extern u16 *bench_held;			/* current size in each slot while blocks are replaced */
extern u32 *bench_order;		/* a permutation, see bench_shuffle() */
extern struct bench_churn *bench_churn;

void bench_shuffle(unsigned int nr);
int bench_tables_init(void);
void bench_tables_exit(void);

/* Was the workload asked for? If so, print that it starts. */
bool bench_wanted(const char *workload);

/* Does the allocator support this workload? @size 0: mixed sizes, so not kmem_cache. */
bool bench_applies(enum bench_api api, size_t size);

/* Wait until background work of the system has ended. */
void bench_settle(void);

/* Create the kmem_cache for blocks of @size. */
int bench_cache_create(size_t size);
void bench_cache_destroy(void);

const char *bench_name(enum bench_api api);

/* Print "bench: <workload> <allocator> <metric> <value>"; _per: total / nr, with one decimal. */
void bench_print(const char *workload, enum bench_api api, const char *metric, s64 value);
void bench_print_per(const char *workload, enum bench_api api, const char *metric,
		     u64 total, u64 nr);

/* One function per mode. */
int bench_exact(void);
int bench_worst(void);
int bench_cache_misses(void);
int bench_memory(void);
int bench_smp(void);

#endif /* BENCH_BENCH_H */
