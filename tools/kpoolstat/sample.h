/* SPDX-License-Identifier: GPL-2.0 */
/* A snapshot understood: heaps with their figures, by name. */
#ifndef KPOOLSTAT_SAMPLE_H
#define KPOOLSTAT_SAMPLE_H

#include "snapshot.h"
#include "table.h"

/* The format of debugfs files that is known here: the number in the file "version". */
#define FORMAT_KNOWN	1

/**
 * struct trace - where objects that are out of a debug heap were allocated
 * @objects: their number
 * @bytes: sum of the sizes asked for
 * @frame: lines of the stack trace
 * @nr: number of lines
 */
struct trace {
	unsigned long long objects;
	unsigned long long bytes;
	const char **frame;
	size_t nr;
};

/**
 * struct heap - a heap at one moment
 * @name: its name
 * @stats: one row
 * @classes: a row for each size class
 * @arenas: a row for each arena; without columns if it was not asked for
 * @trace: traces of a debug heap
 * @traces: their number
 * @has_traces: is there a file of them?
 * @trace_store: the text that they point into
 */
struct heap {
	const char *name;
	struct table stats;
	struct table classes;
	struct table arenas;
	struct trace *trace;
	size_t traces;
	bool has_traces;
	char *trace_store;
};

/**
 * struct sample - all heaps at one moment
 * @snap: the files that this was made from
 * @format: of the files
 * @version: of the module
 * @heap: the heaps
 * @nr: their number
 * @slabs: of slabinfo, the caches that serve kmalloc(); without columns if there is none
 */
struct sample {
	struct snapshot *snap;
	unsigned long long format;
	char *version;
	struct heap *heap;
	size_t nr;
	struct table slabs;
};

/* Takes the snapshot over. Ends the program, naming file and line, if it cannot be understood. */
struct sample *sample_parse(struct snapshot *snap);
void sample_free(struct sample *sample);
struct heap *sample_heap(const struct sample *sample, const char *name);
/* The name of the heap that holds most bytes, or NULL if there is no heap. */
const char *sample_largest(const struct sample *sample);
/* End with an error unless there is a heap of that name; NULL asks for none. */
void sample_need_heap(const struct sample *sample, const char *name);
/* Seconds from one to the next, 0 if there is no first. */
double sample_seconds(const struct sample *from, const struct sample *to);

#endif /* KPOOLSTAT_SAMPLE_H */
