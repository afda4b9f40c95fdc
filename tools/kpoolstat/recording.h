/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings: snapshots in a text file, with every byte of the debugfs files.
 * Documentation/kpoolstat.rst describes the format.
 */
#ifndef KPOOLSTAT_RECORDING_H
#define KPOOLSTAT_RECORDING_H

#include <stdio.h>

#include "snapshot.h"

/* The first line: this text and the number of the format. */
#define RECORDING_MAGIC		"kpoolstat recording"
#define RECORDING_FORMAT	1

struct recording;

/* Read a recording; "-" is standard input. Exit, naming the line, if it is incomplete. */
struct recording *recording_open(const char *path);
void recording_close(struct recording *rec);
/* Return: the number of samples, at least 1. */
size_t recording_samples(const struct recording *rec);
/* Return: sample @nr, counted from 0. The caller frees it. */
struct snapshot *recording_read(const struct recording *rec, size_t nr);

/* Is @path a recording, and not a directory? */
bool is_recording(const char *path);

void recording_head(FILE *file, const struct snapshot *first);
void recording_write(FILE *file, const struct snapshot *snap, size_t nr);

#endif /* KPOOLSTAT_RECORDING_H */
