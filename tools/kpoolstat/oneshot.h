/* SPDX-License-Identifier: GPL-2.0 */
/* Modes that print and exit. */
#ifndef KPOOLSTAT_ONESHOT_H
#define KPOOLSTAT_ONESHOT_H

#include <stdio.h>

#include "feed.h"
#include "options.h"

/* Print a sample as a JSON object in one line: all heaps, or the heap @heap. */
void json_print(FILE *file, const struct sample *sample, const char *heap);
/* Print a line for each row of the file @name of each heap, after a line of names if @head. */
void csv_print(FILE *file, const struct sample *sample, const char *name, const char *heap,
	       bool head);
/* --once */
void once_print(const struct options *options, const struct sample *now,
		const struct sample *before);
/* Print lines for intervals, until the feed or the count ends. */
void lines_run(const struct options *options, struct feed *feed);
void diff_run(const struct options *options);
void plot_run(const struct options *options, struct feed *feed);

#endif /* KPOOLSTAT_ONESHOT_H */
