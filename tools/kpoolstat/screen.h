/* SPDX-License-Identifier: GPL-2.0 */
/* The live screen: state, drawing and keys. */
#ifndef KPOOLSTAT_SCREEN_H
#define KPOOLSTAT_SCREEN_H

#include "feed.h"
#include "list.h"
#include "options.h"

#define FILTER_SIZE	32

/**
 * struct place_in - order, filter and position of a view
 * @sort: column to sort by
 * @reverse: reverse the order
 * @filter: text that rows must have
 * @cursor: row under the cursor
 * @top: first row on the screen
 */
struct place_in {
	size_t sort;
	bool reverse;
	char filter[FILTER_SIZE];
	size_t cursor;
	size_t top;
};

/* Contents of the strips of pools on the map: the fill, or the letter of the class. */
enum strip {
	STRIP_FILL,
	STRIP_CLASS,
};

/**
 * struct screen - state of the live screen
 * @options: command line
 * @feed: source of samples
 * @now: the sample on the screen
 * @before: the sample before, or NULL
 * @view: the view on the screen
 * @at: positions of the views
 * @help_at: position in the help
 * @heap: name of the heap shown, or ALL_HEAPS; in the list of heaps, the heap under the cursor
 * @seek: move the cursor to @heap in the list of heaps
 * @strip: contents of the strips on the map
 * @interval: seconds between samples
 * @speed: speed of a replay
 * @due: time of the next sample, in ns of the monotonic clock
 * @rows: number of rows of the view
 * @page: number of rows that fit on the screen
 * @totals: show counts since the heap was created instead of rates
 * @paused: take no samples
 * @help: show the help instead of the view
 * @prompt: a filter is being typed
 * @saved: the filter before the prompt
 * @quit: leave the loop
 * @message: text for the last line, until the next key
 */
struct screen {
	const struct options *options;
	struct feed *feed;
	struct sample *now;
	struct sample *before;
	enum view view;
	struct place_in at[VIEWS];
	struct place_in help_at;
	char heap[LIST_CELL];
	bool seek;
	enum strip strip;
	double interval;
	double speed;
	unsigned long long due;
	size_t rows;
	size_t page;
	bool totals;
	bool paused;
	bool help;
	bool prompt;
	char saved[FILTER_SIZE];
	bool quit;
	char message[LIST_CELL];
};

void screen_run(const struct options *options, struct feed *feed);
/* Take the next sample. Pause at the end of a replay. */
void screen_next(struct screen *screen);
/* Show sample @nr of a replay, counted from 0. */
void screen_goto(struct screen *screen, size_t nr);
/* Read the files @want into @now. */
void screen_refresh(struct screen *screen, unsigned int want);
/* Set the time of the next sample, counted from now. */
void screen_schedule(struct screen *screen);

void keys_handle(struct screen *screen, int key);

/* Return: the position of the view on the screen, or of the help. */
struct place_in *screen_at(struct screen *screen);
/* Return: the files that a view needs besides stats and classes: WANT_* of snapshot.h. */
unsigned int view_wants(enum view view);
/* Return: the columns of a view, or NULL for the figures. */
const struct columns *view_columns(enum view view);

/* Draw the whole screen. */
void view_draw(struct screen *screen);
/* Draw a list from line @y to the last line but one. */
void view_list(struct screen *screen, int y);
void map_draw(struct screen *screen, int y);
void figures_draw(struct screen *screen, int y);
void help_draw(struct screen *screen, int y);

/* Keep the cursor within @rows, and move @top so that it is on the screen of @page rows. */
void place_clamp(struct screen *screen, struct place_in *at, size_t rows, size_t page);

#endif /* KPOOLSTAT_SCREEN_H */
