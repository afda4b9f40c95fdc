// SPDX-License-Identifier: GPL-2.0
/* --plot: draw a run with gnuplot. The script and its data go through a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "list.h"
#include "model.h"
#include "oneshot.h"
#include "util.h"
#include "whole.h"

#define MIB	(1024.0 * 1024)

static const char script[] =
	"set terminal svg size 900,1000 dynamic background '#ffffff' font 'sans-serif,12'\n"
	"set multiplot layout 4,1 margins 0.09,0.76,0.06,0.95 spacing 0,0.07\n"
	"set key outside right top Left reverse samplen 1.5\n"
	"set grid ytics lc '#dddddd'\n"
	"set border 3 lc '#888888'\n"
	"set tics nomirror out tc '#333333'\n"
	"set datafile missing '-'\n"
	"set yrange [0:*]\n"
	"set style fill solid 0.9 noborder\n"
	"set title heap.': parts of the bytes held' noenhanced\n"
	"set ylabel 'MiB'\n"
	"plot $d u 1:($2+$3+$4+$5+$6) w filledcurves y1=0 lc '#bbbbbb' t 'headers', \\\n"
	"     $d u 1:($2+$3+$4+$5) w filledcurves y1=0 lc '#666666' t 'tails', \\\n"
	"     $d u 1:($2+$3+$4) w filledcurves y1=0 lc '#a6cee3' t 'free', \\\n"
	"     $d u 1:($2+$3) w filledcurves y1=0 lc '#ff7f00' t 'cached', \\\n"
	"     $d u 1:2 w filledcurves y1=0 lc '#1f78b4' t 'used'\n"
	"set title 'blocks per second'\n"
	"set ylabel ''\n"
	"set format y '%.0s%c'\n"
	"plot $d u 1:7 w fsteps lw 2 lc '#1f78b4' t 'allocated', \\\n"
	"     $d u 1:8 w fsteps lw 2 lc '#ff7f00' t 'freed'\n"
	"set title 'served by'\n"
	"set ylabel 'percent'\n"
	"set format y '%g'\n"
	"set yrange [0:105]\n"
	"plot $d u 1:9 w linespoints pt 7 ps 0.3 lw 2 lc '#1f78b4' t 'magazines', \\\n"
	"     $d u 1:10 w linespoints pt 7 ps 0.3 lw 2 lc '#ff7f00' t 'depots, of refills'\n"
	"set title 'pools taken per second'\n"
	"set xlabel 'seconds'\n"
	"set ylabel ''\n"
	"set yrange [0:*]\n"
	"plot $d u 1:11 w fsteps lw 2 lc '#888888' t 'never used before', \\\n"
	"     $d u 1:12 w fsteps lw 2 lc '#1f78b4' t 'by the same class', \\\n"
	"     $d u 1:13 w fsteps lw 2 lc '#ff7f00' t 'by another class'\n"
	"unset multiplot\n";

static const struct column column[] = {
	{ "used", COLUMN_BYTES, "bytes_used", NULL, 0 },
	{ "cached", COLUMN_BYTES, "bytes_cached", NULL, 0 },
	{ "free", COLUMN_BYTES, "bytes_free", NULL, 0 },
	{ "tail", COLUMN_BYTES, "bytes_tail", NULL, 0 },
	{ "header", COLUMN_BYTES, "bytes_header", NULL, 0 },
	{ "allocs", COLUMN_RATE, "allocs", NULL, 0 },
	{ "frees", COLUMN_RATE, "frees", NULL, 0 },
	{ "magazines", COLUMN_PART, "magazine_hits", "allocs", 0 },
	{ "depots", COLUMN_HIT, "depot_hits", "refills", 0 },
	{ "fresh", COLUMN_RATE, "pools_fresh", NULL, 0 },
	{ "same", COLUMN_RATE, "recycled_same", NULL, 0 },
	{ "other", COLUMN_RATE, "recycled_other", NULL, 0 },
};

static const struct columns columns = { column, ARRAY_SIZE(column) };

/* Add a line to the data: seconds, then the columns; "-" for an unknown value. */
static void plot_sample(struct text *data, const char *heap, double at,
			const struct sample *now, const struct sample *before)
{
	struct table table = model_total(now, heap), old = { 0 };
	struct change change = { .now = &table };
	struct list list;
	size_t col;

	if (before)
		old = model_total(before, heap);
	/* Without a sample before, growth is unknown. */
	change.before = before && old.rows ? &old : &table;
	change.seconds = before && old.rows ? sample_seconds(before, now) : 0;
	list_build(&list, &columns, &change);
	if (list.nr) {
		text_printf(data, "%.3f", at);
		for (col = 0; col < columns.nr; col++) {
			struct value value = list.item[0].value[col];

			/* gnuplot draws the interval that ends at this sample. */
			if (!before && column[col].kind == COLUMN_RATE)
				text_add(data, " 0", 2);
			else if (value.known)
				text_printf(data, " %.9g", column[col].kind == COLUMN_BYTES ?
					    value.n / MIB : value.n);
			else
				text_add(data, " -", 2);
		}
		text_add(data, "\n", 1);
	}
	list_free(&list);
	table_free(&table);
	table_free(&old);
}

/* Collect the data of a run. Return: the number of samples. */
static unsigned long long plot_collect(const struct options *options, struct feed *feed,
				       struct text *data, double *seconds)
{
	unsigned long long start = clock_ns(CLOCK_MONOTONIC), first = 0, nr = 0;
	struct sample *before = NULL, *now;

	while (!options->count || nr < options->count) {
		if (nr && !feed_wait(feed, start, nr, options->interval))
			break;
		now = feed_next(feed, 0);
		if (!now)
			break;
		if (!nr++)
			first = now->snap->monotonic;
		*seconds = ((double)now->snap->monotonic - first) / NSEC_PER_SEC;
		plot_sample(data, options->heap ?: ALL_HEAPS, *seconds, now, before);
		sample_free(before);
		before = now;
	}
	sample_free(before);
	return nr;
}

/**
 * struct gnuplot - a running gnuplot
 * @pid: the process
 * @in: pipe to write the script to
 * @out: pipe to read the picture from
 * @messages: file of messages, shown only after a failure, because gnuplot warns about figures
 *	that are always 0
 */
struct gnuplot {
	pid_t pid;
	FILE *in;
	int out;
	int messages;
};

static void gnuplot_child(int in, int out, int messages)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(messages, STDERR_FILENO);
	execlp("gnuplot", "gnuplot", "-d", (char *)NULL);
	_exit(errno == ENOENT ? 127 : 126);
}

static struct gnuplot gnuplot_start(void)
{
	struct gnuplot plot = { .messages = memfd_create("gnuplot", MFD_CLOEXEC) };
	int in[2], out[2];

	if (plot.messages < 0 || pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("gnuplot: %s", strerror(errno));
	signal(SIGPIPE, SIG_IGN);	/* report the exit status of gnuplot instead */
	plot.pid = fork();
	if (plot.pid < 0)
		die("fork: %s", strerror(errno));
	if (!plot.pid)
		gnuplot_child(in[0], out[1], plot.messages);
	close(in[0]);
	close(out[1]);
	plot.out = out[0];
	plot.in = fdopen(in[1], "w");
	if (!plot.in)
		die("fdopen: %s", strerror(errno));
	return plot;
}

static void show_messages(int fd)
{
	char line[512];
	FILE *file;

	if (lseek(fd, 0, SEEK_SET))
		return;
	file = fdopen(fd, "r");
	while (file && fgets(line, sizeof(line), file))
		fputs(line, stderr);
}

/*
 * End the script and read the picture. gnuplot writes to a pipe, because it does not notice when
 * it cannot write a file. The pipe to gnuplot has room for the rest of the script when the picture
 * begins.
 */
static struct text gnuplot_end(struct gnuplot *plot)
{
	struct text picture = { 0 };
	int status = 0;
	ssize_t got;

	fclose(plot->in);
	while ((got = read(plot->out, text_room(&picture, 1 << 16), 1 << 16)) > 0 ||
	       (got < 0 && errno == EINTR))
		picture.len += got > 0 ? got : 0;
	close(plot->out);
	while (waitpid(plot->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		die("--plot needs gnuplot, which is not installed (apt-get install gnuplot-nox)");
	if (status)
		show_messages(plot->messages);
	if (WIFSIGNALED(status))
		die("gnuplot was killed by signal %d; nothing is drawn", WTERMSIG(status));
	if (status || got < 0)
		die("gnuplot failed, exit status %d; nothing is drawn", WEXITSTATUS(status));
	close(plot->messages);
	return picture;
}

/* Exit if no gnuplot draws SVG. A run may take hours, so check before it. */
static void gnuplot_try(void)
{
	struct gnuplot plot = gnuplot_start();

	fputs("set terminal svg\n", plot.in);
	free(gnuplot_end(&plot).s);
}

/* Write the heap's name as a string of gnuplot, which writes it into XML. */
static void plot_name(FILE *file, const char *heap)
{
	char *name, *c;

	if (!strcmp(heap, ALL_HEAPS))
		heap = "all heaps";
	name = xstrndup(heap, strlen(heap));
	clean_name(name);
	for (c = name; (c = strpbrk(c, "\"\\`$")); )
		*c = '?';
	fprintf(file, "heap = \"%s\"\n", name);
	free(name);
}

static struct text plot_draw(const char *heap, const char *data, double seconds)
{
	struct gnuplot plot = gnuplot_start();

	fprintf(plot.in, "$d << EOD\n%sEOD\nset xrange [0:%.3f]\n", data, seconds);
	plot_name(plot.in, heap);
	fputs(script, plot.in);
	return gnuplot_end(&plot);
}

void plot_run(const struct options *options, struct feed *feed)
{
	struct text data = { 0 }, picture;
	double seconds = 0;

	feed_hold_signals();
	gnuplot_try();
	whole_open(options->out);
	if (plot_collect(options, feed, &data, &seconds) < 2 || !seconds)
		die("a plot needs at least two samples");
	if (!data.s)
		die("there is no heap \"%s\"", options->heap);
	picture = plot_draw(options->heap ?: ALL_HEAPS, data.s, seconds);
	whole_write(picture.s, picture.len);
	free(picture.s);
	free(data.s);
}
