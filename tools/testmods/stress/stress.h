/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files of the stress module: parameters, findings, heaps. */
#ifndef KPOOL_STRESS_H
#define KPOOL_STRESS_H

#include <linux/printk.h>
#include <linux/types.h>

#include "churn.h"

#define STRESS_THREADS_MAX	256

/* Module parameters. */
extern unsigned long long stress_ops;
extern unsigned int stress_threads;
extern unsigned int stress_live;
extern unsigned int stress_tick_us;
extern bool stress_plentiful;

/* Shared by all actors. Has the parameters seed and max_size. */
extern struct churn stress_churn;

/* Prints a line for readers of the log, which parsers ignore. */
#define stress_note(fmt, ...)	pr_info("# " fmt "\n", ##__VA_ARGS__)

/*
 * Properties that must hold at the end, in the order of the results. A violation is
 * reported and counted as a finding at once.
 */
#define STRESS_PROPERTIES(X)			\
	X(DONE, all_operations_done)		\
	X(KINDS, every_kind_of_operation_done)	\
	X(INTACT, contents_intact)		\
	X(FREED, every_object_freed)		\
	X(SUMS, statistics_add_up)		\
	X(VALID, heaps_validate)		\
	X(SOUND, no_corruption_reported)	\
	X(PAGES, all_pages_back)		\
	X(MEMORY, memory_always_sufficed)

#define STRESS_PROPERTY(id, name)	STRESS_##id,
enum stress_property { STRESS_PROPERTIES(STRESS_PROPERTY) STRESS_NR_PROPERTIES };
#undef STRESS_PROPERTY

/* Report a finding against a property, from any context. */
#define stress_found(property, fmt, ...)					\
do {										\
	if (stress_count_finding(property))					\
		stress_note("%s: " fmt, __func__, ##__VA_ARGS__);		\
} while (0)
bool stress_count_finding(enum stress_property property);

/* Print a KTAP document with the results of the properties in @mask. Return: 0 or -EINVAL. */
int stress_report(unsigned long mask);

/* The heaps that all actors share. */
int stress_heaps_start(void);
void stress_heaps_stop(void);
/* Create a heap, use it, and destroy it. */
void stress_heap_life(struct churn_actor *actor);
/* stress_heap_end() expects the state of the default heap at stress_heap_begin(). */
void stress_heap_begin(void);
void stress_heap_end(void);
/* Check the statistics and the structure of a heap. */
void stress_heap_check(struct kpool_heap *heap, const char *name);
/* Operations on one of the shared heaps. */
void stress_heap_validate(struct churn_actor *actor);
void stress_heap_sums(struct churn_actor *actor);
void stress_heap_shrink(struct churn_actor *actor);

/* Run the threads to their end. */
int stress_threads_run(struct churn_tally *total);

/* Allocate all memory, and free most of it; stress_exhaust_stop() frees the rest. */
int stress_exhaust_start(void);
void stress_exhaust_stop(void);

#endif /* KPOOL_STRESS_H */
