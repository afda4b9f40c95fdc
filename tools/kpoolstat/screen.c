// SPDX-License-Identifier: GPL-2.0
/*
 * The loop of the live screen: wait for samples, keys and signals.
 *
 * Signals that end the program are read from a descriptor. The loop restores the terminal and then
 * ends the program by the same signal.
 */
#include <errno.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "draw.h"
#include "model.h"
#include "screen.h"
#include "util.h"

/* Longest wait for a sample in seconds. A recording may contain any number. */
#define WAIT_MAX	1000000.0

struct place_in *screen_at(struct screen *screen)
{
	return screen->help ? &screen->help_at : &screen->at[screen->view];
}

void screen_schedule(struct screen *screen)
{
	const struct recording *rec = screen->feed->rec;
	double seconds = screen->interval;
	struct snapshot *next;

	if (rec && screen->feed->next < recording_samples(rec)) {
		next = recording_read(rec, screen->feed->next);
		seconds = next->monotonic > screen->now->snap->monotonic ?
			  (double)(next->monotonic - screen->now->snap->monotonic) /
			  NSEC_PER_SEC / screen->speed : 0;
		snapshot_free(next);
	}
	if (seconds > WAIT_MAX)
		seconds = WAIT_MAX;
	screen->due = clock_ns(CLOCK_MONOTONIC) + seconds * NSEC_PER_SEC;
}

void screen_next(struct screen *screen)
{
	struct sample *next = feed_next(screen->feed, view_wants(screen->view));

	if (!next) {
		screen->paused = true;
		snprintf(screen->message, sizeof(screen->message), "the recording ends here");
		return;
	}
	sample_free(screen->before);
	screen->before = screen->now;
	screen->now = next;
	screen_schedule(screen);
}

void screen_goto(struct screen *screen, size_t nr)
{
	sample_free(screen->before);
	sample_free(screen->now);
	screen->before = NULL;
	screen->feed->next = nr ? nr - 1 : 0;
	if (nr)
		screen->before = feed_next(screen->feed, WANT_ALL);
	screen->now = feed_next(screen->feed, WANT_ALL);
	screen_schedule(screen);
}

void screen_refresh(struct screen *screen, unsigned int want)
{
	struct sample *fresh;

	/* A recording has all files. */
	if (screen->feed->rec)
		return;
	fresh = feed_next(screen->feed, want);
	sample_free(screen->now);
	screen->now = fresh;
}

/* Return: the column that a view is sorted by at first. */
static size_t first_sort(const struct options *options, enum view view)
{
	const struct columns *columns = view_columns(view);
	size_t col;

	if (!columns)
		return 0;
	if (options->sort && view == options->view) {
		col = columns_find(columns, options->sort);
		if (col == TABLE_NONE)
			die_usage("the view %s has no column \"%s\"", view_names[view],
				  options->sort);
		return col;
	}
	col = columns_find(columns, "HELD");
	return col == TABLE_NONE ? 0 : col;
}

static void screen_start(struct screen *screen, const struct options *options, struct feed *feed)
{
	struct place_in *at;
	int view;

	*screen = (struct screen){ .options = options, .feed = feed, .view = options->view,
				   .interval = options->interval, .speed = 1 };
	for (view = 0; view < VIEWS; view++)
		screen->at[view].sort = first_sort(options, view);
	at = &screen->at[screen->view];
	at->reverse = options->reverse;
	snprintf(at->filter, sizeof(at->filter), "%s", options->filter);
	screen->now = feed_next(feed, view_wants(screen->view));
	sample_need_heap(screen->now, options->heap);
	snprintf(screen->heap, sizeof(screen->heap), "%s",
		 options->heap ?: sample_largest(screen->now) ?: ALL_HEAPS);
	screen->seek = options->heap;
	screen_schedule(screen);
}

static int signals_open(sigset_t *set)
{
	int fd;

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGQUIT);
	sigprocmask(SIG_BLOCK, set, NULL);
	fd = signalfd(-1, set, SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd: %s", strerror(errno));
	return fd;
}

/* Read a signal, and end the program by it. */
static void die_by_signal(int fd, const sigset_t *set)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return;
	draw_end();
	signal(info.ssi_signo, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, set, NULL);
	raise(info.ssi_signo);
}

/* Return: milliseconds until the next sample, or -1 for none. */
static int time_left(const struct screen *screen)
{
	unsigned long long now = clock_ns(CLOCK_MONOTONIC);

	if (screen->paused)
		return -1;
	return screen->due > now ? (screen->due - now + 999999) / 1000000 : 0;
}

/* Wait for keys, signals, or the next sample. */
static void screen_wait(struct screen *screen, int signals, const sigset_t *set)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int ready = poll(fds, ARRAY_SIZE(fds), time_left(screen)), key;

	if (ready < 0 && errno != EINTR)
		die("poll: %s", strerror(errno));
	if (ready > 0 && fds[1].revents)
		die_by_signal(signals, set);
	/* Read keys in any case, because ncurses reports a resize as a key. */
	while ((key = getch()) != ERR) {
		keys_handle(screen, key);
		/* Draw before the next key, which acts on the rows drawn. */
		view_draw(screen);
	}
	/* The terminal was closed. */
	if (ready > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
		screen->quit = true;
	if (!screen->paused && !time_left(screen))
		screen_next(screen);
}

void screen_run(const struct options *options, struct feed *feed)
{
	struct screen screen;
	sigset_t set;
	int signals;

	if (!isatty(STDIN_FILENO))
		die("standard input is no terminal; the live screen reads its keys from there");
	screen_start(&screen, options, feed);
	signals = signals_open(&set);
	draw_start(options->ascii, options->no_color);
	screen.strip = draw_is_color() ? STRIP_FILL : STRIP_CLASS;
	while (!screen.quit) {
		view_draw(&screen);
		screen_wait(&screen, signals, &set);
	}
	draw_end();
	close(signals);
	sample_free(screen.before);
	sample_free(screen.now);
}
