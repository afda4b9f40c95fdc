/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations: four bytes each, decoded from scripts or the fuzzer's input and run on a freshly
 * initialised module, or chosen at random by threads. A model records which memory is
 * allocated, and its contents. Each thread has a model of its own blocks.
 */
#ifndef KPOOL_USER_OPS_H
#define KPOOL_USER_OPS_H

#include "harness.h"

/*
 * @op: an index into the table of operations, modulo its length
 * @how: heap in bits 0..2, variant in bits 3..7
 * @arg: a size, a number of things, ...
 */
struct ops_record {
	u8 op;
	u8 how;
	u16 arg;
} __packed;

#define OPS_MEMORY	(64UL << 20)
#define OPS_MEMORY_MAX	(256UL << 20)

/* Number of operations per validate. */
extern unsigned int ops_validate_period;
/* Counts of this thread. */
extern __thread unsigned long ops_steps;	/* operations done */
extern __thread unsigned long ops_calls;	/* requests and frees made by them */
extern bool ops_verbose;

/*
 * Run a sequence. Ends the program with a report if the module contradicts the model, or
 * if memory is lost. @fail_nth: this allocation of all fails, 0 for none.
 * Return: allocations that were made to fail.
 */
long ops_run(const struct ops_record *records, size_t nr, long fail_nth);

/*
 * Threads: call ops_load() first, and ops_unload() in the same thread after all others ended.
 * @flags: flags of the heaps that all threads use besides the default heap.
 */
void ops_load(const unsigned int *flags, unsigned int nr);
void ops_unload(void);
/* Threads are numbered from 1. */
void ops_thread_begin(unsigned int number, unsigned int seed);
/* Run a random operation, chosen so that the thread holds about @live blocks. */
void ops_thread_step(unsigned int live);
void ops_thread_end(void);
/* Allocate and free in the interrupted thread's model. */
void ops_irq_handler(void);

/* Convert a line of text into a record. Return: false for a comment or an empty line. */
bool ops_assemble(const char *line, struct ops_record *record);
void ops_show(const struct ops_record *record, char *line, size_t size);

#endif /* KPOOL_USER_OPS_H */
