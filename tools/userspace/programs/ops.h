/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operation sequences: four bytes an operation, decoded from scripts or from
 * the fuzzer's input, run on a freshly initialised module, against a model that
 * knows which bytes belong to whom and what is in them.
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

/* How often to validate, in operations. */
extern unsigned int ops_validate_period;
extern unsigned long ops_steps;	/* operations done */
extern unsigned long ops_calls;	/* requests and frees among them and within them */
extern bool ops_verbose;

/*
 * Runs a sequence; ends the program with a report when anything is not as the
 * model says, or when anything is lost. @fail_nth: the n-th allocation of all fails, 0 for none.
 * Return: allocations that were made to fail.
 */
long ops_run(const struct ops_record *records, size_t nr, long fail_nth);

/* A line of text as a record. False if it has none, for a comment or an empty line. */
bool ops_assemble(const char *line, struct ops_record *record);
void ops_show(const struct ops_record *record, char *line, size_t size);

#endif /* KPOOL_USER_OPS_H */
