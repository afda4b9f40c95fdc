/* SPDX-License-Identifier: GPL-2.0 */
/* Sources of samples: kpool's files, or a recording. */
#ifndef KPOOLSTAT_FEED_H
#define KPOOLSTAT_FEED_H

#include "recording.h"
#include "sample.h"

/**
 * struct feed - a source of samples
 * @root: directory to read if there is no recording
 * @slabinfo: file to compare with, or NULL
 * @rec: the recording, or NULL
 * @next: number of the next sample of the recording
 */
struct feed {
	const char *root;
	const char *slabinfo;
	struct recording *rec;
	size_t next;
};

void feed_open(struct feed *feed, const char *root, const char *slabinfo, const char *replay);
void feed_close(struct feed *feed);
/* Return: the next sample, or NULL at the end of a recording. */
struct sample *feed_next(struct feed *feed, unsigned int want);
/*
 * Wait until sample @nr is due; sample 0 was due at @start. Return: false if a signal of
 * feed_hold_signals() ended the wait.
 */
bool feed_wait(const struct feed *feed, unsigned long long start, unsigned long long nr,
	       double interval);
/* Make SIGINT, SIGTERM and SIGHUP end the next wait instead of the program. */
void feed_hold_signals(void);

#endif /* KPOOLSTAT_FEED_H */
