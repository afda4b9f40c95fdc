// SPDX-License-Identifier: GPL-2.0
/*
 * kpoolstat: what kpool's heaps hold and do, live or once; see Documentation/kpoolstat.rst.
 *
 * snapshot.c   reads debugfs files as they are, and
 * recording.c  writes and reads files of them;
 * feed.c       gives one snapshot after the other from either.
 * sample.c     makes tables (table.c) of a snapshot, by the names in it;
 * model.c      derives tables for people from them, and
 * list.c       rows of figures and rates from those, with the columns of columns.c.
 * screen.c     is the live screen's loop: view.c shows lists, map.c (arenas.c) arenas, figures.c
 *              a heap and the help; keys.c steers them; draw.c draws.
 * once.c, json.c, diff.c and plot.c print and end; whole.c writes plot.c's picture.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oneshot.h"
#include "screen.h"
#include "util.h"

static void once_run(const struct options *options, struct feed *feed)
{
	struct sample *before = NULL, *now;

	/* Of a recording, its end. */
	if (feed->rec && recording_samples(feed->rec) > 1) {
		feed->next = recording_samples(feed->rec) - 2;
		before = feed_next(feed, WANT_ALL);
	}
	now = feed_next(feed, view_wants(options->view));
	sample_need_heap(now, options->heap);
	once_print(options, now, before);
	sample_free(before);
	sample_free(now);
}

static unsigned int data_wants(const struct options *options)
{
	if (options->mode == MODE_JSON)
		return WANT_ALL;
	return strcmp(options->csv, "arenas") ? 0 : WANT_ARENAS;
}

/* --json and --csv. */
static void data_run(const struct options *options, struct feed *feed)
{
	unsigned long long start = clock_ns(CLOCK_MONOTONIC), nr = 0;
	struct sample *sample;

	while (!options->count || nr < options->count) {
		if (nr && !feed_wait(feed, start, nr, options->interval))
			break;
		sample = feed_next(feed, data_wants(options));
		if (!sample)
			break;
		if (!nr)
			sample_need_heap(sample, options->heap);
		if (options->mode == MODE_JSON)
			json_print(stdout, sample, options->heap);
		else
			csv_print(stdout, sample, options->csv, options->heap, !nr);
		sample_free(sample);
		flush_output();
		nr++;
	}
}

static FILE *record_open(const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "we") : stdout;

	if (!file)
		die("%s: %s", path, strerror(errno));
	return file;
}

/* The samples before stay a recording: one that is cut off is refused. */
static void record_failed(FILE *file, const char *path, off_t whole, unsigned long long nr)
{
	const char *why = strerror(errno);

	if (file == stdout || ftruncate(fileno(file), whole))
		die("%s: %s", path, why);
	die("%s: %s; it has %llu samples", path, why, nr);
}

static void record_run(const struct options *options, struct feed *feed)
{
	unsigned long long start = clock_ns(CLOCK_MONOTONIC), nr = 0;
	struct sample *sample = feed_next(feed, WANT_ALL);
	FILE *file = record_open(options->out);
	off_t whole = 0;

	/* A signal ends the recording, but not within a sample. */
	feed_hold_signals();
	recording_head(file, sample->snap);
	while (sample) {
		recording_write(file, sample->snap, nr + 1);
		sample_free(sample);
		sample = NULL;
		if (fflush(file) || ferror(file))
			record_failed(file, options->out, whole, nr);
		nr++;
		whole = ftello(file);
		if ((!options->count || nr < options->count) &&
		    feed_wait(feed, start, nr, options->interval))
			sample = feed_next(feed, WANT_ALL);
	}
	if (file != stdout && fclose(file))
		die("%s: %s", options->out, strerror(errno));
}

int main(int argc, char **argv)
{
	struct options options;
	struct feed feed;

	signal(SIGXFSZ, SIG_IGN);	/* a limit on files is an error like others */
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	options_parse(&options, argc, argv);
	if (options.mode == MODE_DIFF) {
		diff_run(&options);
		close_output();
		return 0;
	}
	feed_open(&feed, options.root, options.slabinfo, options.replay);
	switch (options.mode) {
	case MODE_ONCE:
		once_run(&options, &feed);
		break;
	case MODE_LINES:
		lines_run(&options, &feed);
		break;
	case MODE_PLOT:
		plot_run(&options, &feed);
		break;
	case MODE_RECORD:
		record_run(&options, &feed);
		break;
	case MODE_SCREEN:
		screen_run(&options, &feed);
		break;
	default:
		data_run(&options, &feed);
	}
	feed_close(&feed);
	if (options.mode != MODE_SCREEN)
		close_output();
	return 0;
}
