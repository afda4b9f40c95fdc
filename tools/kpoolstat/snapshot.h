/* SPDX-License-Identifier: GPL-2.0 */
/* The contents of the files at one time, byte by byte and not parsed. */
#ifndef KPOOLSTAT_SNAPSHOT_H
#define KPOOLSTAT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#define ROOT_DEFAULT	"/sys/kernel/debug/kpool"

/* Files that are read on request only, because they cost the kernel time. */
#define WANT_ARENAS	1u
#define WANT_TRACES	2u
#define WANT_SLABS	4u
#define WANT_ALL	7u

/**
 * struct raw - a file that was read
 * @path: path below the root, such as "heaps/default/stats"
 * @data: contents, and a NUL
 * @len: length without the NUL
 * @line: number of the first line in the recording, or 1
 */
struct raw {
	char *path;
	char *data;
	size_t len;
	unsigned long line;
};

/**
 * struct snapshot - the files at one time
 * @from: the root or the recording, for messages
 * @recorded: @from is a recording
 * @realtime: time of reading, in ns since 1970
 * @monotonic: time of reading, in ns of the monotonic clock
 * @page_size: bytes of a page of the machine
 * @raw: the files
 * @nr: number of files
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

/* Read the files below @root. @slabinfo may be NULL. Exit on failure. */
struct snapshot *snapshot_read(const char *root, const char *slabinfo, unsigned int want);

#endif /* KPOOLSTAT_SNAPSHOT_H */
