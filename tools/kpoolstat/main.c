// SPDX-License-Identifier: GPL-2.0
/*
 * kpoolstat: show the memory and activity of kpool's heaps; see Documentation/kpoolstat.rst.
 *
 * snapshot.c   reads the files of debugfs
 * recording.c  writes and reads recordings of snapshots
 * feed.c       gives samples one by one, from the files or from a recording
 * sample.c     parses a snapshot into tables (table.c)
 * model.c      derives further tables
 * list.c       makes rows of figures and rates, with the columns of columns.c
 * screen.c     the loop of the live screen: view.c draws lists, map.c (with arenas.c) the map,
 *              figures.c figures and help; keys.c handles keys; draw.c wraps ncurses
 * once.c, json.c, diff.c, plot.c  print and exit; whole.c writes the picture of plot.c
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

	/* Show the end of a recording. */
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

/* Cut off the last sample, because an incomplete recording is refused. */
static void record_failed(FILE *file, const char *path, off_t whole, unsigned long long nr)
{
	const char *why = strerror(errno);

	if (file == stdout || ftruncate(fileno(file), whole))
		die("%s: %s", path, why);
	die("%s: %s; it has %llu sample%s", path, why, nr, nr == 1 ? "" : "s");
}

static void record_run(const struct options *options, struct feed *feed)
{
	unsigned long long start = clock_ns(CLOCK_MONOTONIC), nr = 0;
	struct sample *sample = feed_next(feed, WANT_ALL);
	FILE *file = record_open(options->out);
	off_t whole = 0;

	/* A signal ends the recording after a whole sample. */
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

	signal(SIGXFSZ, SIG_IGN);	/* writes beyond a limit fail instead */
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
