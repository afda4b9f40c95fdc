/* SPDX-License-Identifier: GPL-2.0 */
/* The live screen: its state, and who draws and steers it. */
#ifndef KPOOLSTAT_SCREEN_H
#define KPOOLSTAT_SCREEN_H

#include "feed.h"
#include "list.h"
#include "options.h"

#define FILTER_SIZE	32

/**
 * struct place_in - where a view stands
 * @sort: column that it is sorted by
 * @reverse: the other way round
 * @filter: text that rows must have
 * @cursor: row that the cursor is on
 * @top: row that is the first to be seen
 */
struct place_in {
	size_t sort;
	bool reverse;
	char filter[FILTER_SIZE];
	size_t cursor;
	size_t top;
};

/* What a pool of the map is drawn as: how full it is, or the letter of its class. */
enum strip {
	STRIP_FILL,
	STRIP_CLASS,
};

/**
 * struct screen - state of the live screen
 * @options: from the command line
 * @feed: where samples come from
 * @now: the sample that is shown
 * @before: the one before, or NULL
 * @view: what is shown of it
 * @at: where each view stands
 * @help_at: where the help stands
 * @heap: name of the heap looked at, or ALL_HEAPS; in the list of heaps, the one under the cursor
 * @seek: the cursor has yet to move to @heap in the list of heaps
 * @strip: how the map draws
 * @interval: seconds between samples
 * @speed: of a replay
 * @due: when the next sample is, in ns of the monotonic clock
 * @rows: rows that the view has
 * @page: rows of them that fit
 * @totals: counts since the beginning instead of rates
 * @paused: no next sample
 * @help: the help is shown instead of the view
 * @prompt: a filter is being typed
 * @saved: the filter before that
 * @quit: it is over
 * @message: for the last line, until the next key
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
/* Take the next sample; a replay is paused at its end. */
void screen_next(struct screen *screen);
/* Show sample @nr of a replay, 0 being the first. */
void screen_goto(struct screen *screen, size_t nr);
/* The files that the view needs, in @now. */
void screen_refresh(struct screen *screen, unsigned int want);
/* How long the next sample is away, from now on. */
void screen_schedule(struct screen *screen);

void keys_handle(struct screen *screen, int key);

/* Where the view that is shown stands. */
struct place_in *screen_at(struct screen *screen);
/* The files that a view shows, beside stats and classes: WANT_* of snapshot.h. */
unsigned int view_wants(enum view view);
/* Columns of a view; none of the figures. */
const struct columns *view_columns(enum view view);

/* Draw all. */
void view_draw(struct screen *screen);
/* Rows from @y on to the last line but one. */
void view_list(struct screen *screen, int y);
void map_draw(struct screen *screen, int y);
void figures_draw(struct screen *screen, int y);
void help_draw(struct screen *screen, int y);

/* Move @top so that the cursor is within @page rows of @rows, and the cursor among them. */
void place_clamp(struct screen *screen, struct place_in *at, size_t rows, size_t page);

#endif /* KPOOLSTAT_SCREEN_H */
