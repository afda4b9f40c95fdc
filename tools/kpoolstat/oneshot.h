/* SPDX-License-Identifier: GPL-2.0 */
/* What prints and ends. */
#ifndef KPOOLSTAT_ONESHOT_H
#define KPOOLSTAT_ONESHOT_H

#include <stdio.h>

#include "feed.h"
#include "options.h"

/* A sample as a JSON object in one line; of one heap, if it is named. */
void json_print(FILE *file, const struct sample *sample, const char *heap);
/* A line for each row of the file @name of each heap; with the names in front, if @head. */
void csv_print(FILE *file, const struct sample *sample, const char *name, const char *heap,
	       bool head);
/* --once */
void once_print(const struct options *options, const struct sample *now,
		const struct sample *before);
/* Lines for intervals, until the feed or the count ends. */
void lines_run(const struct options *options, struct feed *feed);
void diff_run(const struct options *options);
void plot_run(const struct options *options, struct feed *feed);

#endif /* KPOOLSTAT_ONESHOT_H */
