/* SPDX-License-Identifier: GPL-2.0 */
/* What the files said at one moment, byte by byte. Nothing is understood here. */
#ifndef KPOOLSTAT_SNAPSHOT_H
#define KPOOLSTAT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#define ROOT_DEFAULT	"/sys/kernel/debug/kpool"

/* Files that cost the kernel more to write than "stats" and "classes" do. */
#define WANT_ARENAS	1u
#define WANT_TRACES	2u
#define WANT_SLABS	4u
#define WANT_ALL	7u

/**
 * struct raw - a file as it was read
 * @path: below the root, "heaps/default/stats" for one
 * @data: its bytes, with a NUL behind
 * @len: their number
 * @line: line of a recording that its first one is, or 1
 */
struct raw {
	char *path;
	char *data;
	size_t len;
	unsigned long line;
};

/**
 * struct snapshot - the files at one moment
 * @from: the root, or the recording, for messages
 * @recorded: is @from a recording?
 * @realtime: when they were read, in ns since 1970
 * @monotonic: the same in ns of the clock that nobody sets
 * @page_size: bytes of a page of that machine
 * @raw: the files
 * @nr: their number
 */
struct snapshot {
	const char *from;
	bool recorded;
	unsigned long long realtime;
	unsigned long long monotonic;
	unsigned long long page_size;
	struct raw *raw;
	size_t nr;
};

struct raw *snapshot_add(struct snapshot *snap, const char *path, size_t path_len);
void snapshot_free(struct snapshot *snap);

/* Read the files below @root now. @slabinfo may be NULL. Ends the program on failure. */
struct snapshot *snapshot_read(const char *root, const char *slabinfo, unsigned int want);

#endif /* KPOOLSTAT_SNAPSHOT_H */
