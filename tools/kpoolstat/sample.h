/* SPDX-License-Identifier: GPL-2.0 */
/* A parsed snapshot: heaps with their figures, by name. */
#ifndef KPOOLSTAT_SAMPLE_H
#define KPOOLSTAT_SAMPLE_H

#include "snapshot.h"
#include "table.h"

/* The supported format of the debugfs files: the number in the file "version". */
#define FORMAT_KNOWN	1

/**
 * struct trace - allocated objects of a debug heap with the same place of allocation
 * @objects: number of objects
 * @bytes: bytes requested for them
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
 * struct heap - a heap at the time of a sample
 * @name: name
 * @stats: file "stats", one row
 * @classes: a row for each size class
 * @arenas: a row for each arena; without columns if the file was not read
 * @trace: traces of a debug heap
 * @traces: number of traces
 * @has_traces: the heap has a file "traces"
 * @trace_store: text that the traces point into
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
 * struct sample - all heaps at one time
 * @snap: the files
 * @format: format of the files
 * @version: version of the module
 * @heap: the heaps
 * @nr: number of heaps
 * @slabs: the caches of slabinfo that serve kmalloc(); without columns if there is no slabinfo
 */
struct sample {
	struct snapshot *snap;
	unsigned long long format;
	char *version;
	struct heap *heap;
	size_t nr;
	struct table slabs;
};

/* Parse a snapshot, which the sample then owns. Exit, naming file and line, if that fails. */
struct sample *sample_parse(struct snapshot *snap);
void sample_free(struct sample *sample);
struct heap *sample_heap(const struct sample *sample, const char *name);
/* Return: the name of the heap that holds most bytes, or NULL if there is no heap. */
const char *sample_largest(const struct sample *sample);
/* Exit with an error unless there is a heap @name, or @name is NULL. */
void sample_need_heap(const struct sample *sample, const char *name);
/* Return: seconds between two samples, or 0 if @from is NULL. */
double sample_seconds(const struct sample *from, const struct sample *to);

#endif /* KPOOLSTAT_SAMPLE_H */
