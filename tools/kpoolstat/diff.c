// SPDX-License-Identifier: GPL-2.0
/* --diff: print every figure that changed between two snapshots, exactly. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "oneshot.h"
#include "util.h"

/* Read one side: the last or the first sample of a recording, or a directory. */
static struct sample *diff_side(const struct options *options, const char *path, bool first,
				struct feed *feed)
{
	bool recorded = is_recording(path);

	feed_open(feed, path, options->slabinfo, recorded ? path : NULL);
	if (recorded && !first)
		feed->next = recording_samples(feed->rec) - 1;
	return feed_next(feed, 0);
}

/* Print the change as "+5" or "-5". It may need all 64 bits. */
static void diff_line(const char *heap, const char *class, const char *key,
		      unsigned long long a, unsigned long long b)
{
	printf("%-20s %5s %-15s %20llu %20llu %c%llu\n", heap, class, key, a, b,
	       b < a ? '-' : '+', b < a ? a - b : b - a);
}

static void diff_row(const char *heap, const char *class, const struct table *a, size_t row_a,
		     const struct table *b, size_t row_b)
{
	size_t col;

	for (col = 0; col < b->cols; col++) {
		struct cell after = b->cell[row_b * b->cols + col];
		struct cell before = table_get(a, row_a, b->name[col]);

		if (after.number && (before.n != after.n || !before.number))
			diff_line(heap, class, b->name[col], before.n, after.n);
	}
}

static void diff_classes(const char *name, const struct table *a, const struct table *b)
{
	size_t hint = 0, row, old;

	for (row = 0; row < b->rows; row++) {
		const char *size = table_get(b, row, "size").text ?: "";

		old = table_find(a, table_col(a, "size"), size, &hint);
		if (old != TABLE_NONE)
			diff_row(name, size, a, old, b, row);
	}
}

static char *printable(const char *name)
{
	char *copy = xstrndup(name, strlen(name));

	clean_name(copy);
	return copy;
}

static bool chosen(const struct options *options, const struct heap *heap)
{
	return !options->heap || !strcmp(options->heap, heap->name);
}

static void diff_only(const struct options *options, const struct sample *in,
		      const struct sample *not_in, const char *which)
{
	size_t i;

	for (i = 0; i < in->nr; i++) {
		char *name = printable(in->heap[i].name);

		if (chosen(options, &in->heap[i]) && !sample_heap(not_in, in->heap[i].name))
			printf("%-20s only in the %s\n", name, which);
		free(name);
	}
}

static void diff_print(const struct options *options, const struct sample *a,
		       const struct sample *b)
{
	size_t i;

	printf("%-20s %5s %-15s %20s %20s %s\n", "HEAP", "CLASS", "FIGURE", "BEFORE", "AFTER",
	       "CHANGE");
	for (i = 0; i < b->nr; i++) {
		const struct heap *heap = &b->heap[i], *old = sample_heap(a, heap->name);
		char *name = printable(heap->name);

		if (old && chosen(options, heap)) {
			diff_row(name, "-", &old->stats, 0, &heap->stats, 0);
			diff_classes(name, &old->classes, &heap->classes);
		}
		free(name);
	}
	diff_only(options, a, b, "first");
	diff_only(options, b, a, "second");
}

static void diff_head(const char *what, const struct sample *sample)
{
	char time[32] = "";

	/* A copied directory has no time of its own: do not print the time of reading it. */
	if (sample->snap->recorded)
		fmt_time(time, sizeof(time), sample->snap->realtime);
	printf("# %s: %s %s\n", what, sample->snap->from, time);
}

void diff_run(const struct options *options)
{
	const char *path_a = options->operand[0], *path_b = options->operand[1] ?: path_a;
	struct sample *a, *b;
	struct feed from, to;

	if (!options->operand[1] && !is_recording(path_a))
		die_usage("%s is one directory; --diff needs another one to compare", path_a);
	a = diff_side(options, path_a, !options->operand[1], &from);
	b = diff_side(options, path_b, false, &to);
	if (options->heap && !sample_heap(a, options->heap) && !sample_heap(b, options->heap))
		die("there is no heap \"%s\"", options->heap);
	diff_head("first", a);
	diff_head("second", b);
	diff_print(options, a, b);
	sample_free(a);
	sample_free(b);
	feed_close(&from);
	feed_close(&to);
	flush_output();
}
