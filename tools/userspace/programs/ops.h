/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations: four bytes each, decoded from scripts or the fuzzer's input and run on a freshly
 * initialised module, or drawn at random by threads. A model knows which bytes are allocated and
 * what is in them. Each thread has a model of what it holds itself.
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

/* How often to validate, in operations. */
extern unsigned int ops_validate_period;
/* Of this thread. */
extern __thread unsigned long ops_steps;	/* operations done */
extern __thread unsigned long ops_calls;	/* requests and frees among them and within them */
extern bool ops_verbose;

/*
 * Runs a sequence; ends the program with a report when anything is not as the
 * model says, or when anything is lost. @fail_nth: the n-th allocation of all fails, 0 for none.
 * Return: allocations that were made to fail.
 */
long ops_run(const struct ops_record *records, size_t nr, long fail_nth);

/*
 * Threads: ops_load() first, in the thread that calls ops_unload() when all others have ended.
 * @flags: of heaps that all threads use, beside the default heap.
 */
void ops_load(const unsigned int *flags, unsigned int nr);
void ops_unload(void);
/* Numbered from 1. */
void ops_thread_begin(unsigned int number, unsigned int seed);
/* A random operation, such that the thread holds about @live blocks. */
void ops_thread_step(unsigned int live);
void ops_thread_end(void);
/* Allocates and frees on behalf of the thread that is interrupted. */
void ops_irq_handler(void);

/* A line of text as a record. False if it has none, for a comment or an empty line. */
bool ops_assemble(const char *line, struct ops_record *record);
void ops_show(const struct ops_record *record, char *line, size_t size);

#endif /* KPOOL_USER_OPS_H */
