/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings: snapshots one after the other in a file of text, every byte of the debugfs files
 * in it. Documentation/kpoolstat.rst describes the format.
 */
#ifndef KPOOLSTAT_RECORDING_H
#define KPOOLSTAT_RECORDING_H

#include <stdio.h>

#include "snapshot.h"

/* The first line: this and the format's number. */
#define RECORDING_MAGIC		"kpoolstat recording"
#define RECORDING_FORMAT	1

struct recording;

/* Ends the program, naming the line, if the file is no whole recording. "-" is standard input. */
struct recording *recording_open(const char *path);
void recording_close(struct recording *rec);
/* How many samples there are, at least one. */
size_t recording_samples(const struct recording *rec);
/* One of them; the caller's to free. */
struct snapshot *recording_read(const struct recording *rec, size_t nr);

/* Is that path a recording, as far as its beginning tells? */
bool is_recording(const char *path);

void recording_head(FILE *file, const struct snapshot *first);
void recording_write(FILE *file, const struct snapshot *snap, size_t nr);

#endif /* KPOOLSTAT_RECORDING_H */
