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

/* State of the live screen. */
struct screen {
	const struct options *options;	/* command line */
	struct feed *feed;		/* source of samples */
	struct sample *now;		/* the sample on the screen */
	struct sample *before;		/* the sample before, or NULL */
	enum view view;			/* the view on the screen */
	struct place_in at[VIEWS];	/* positions of the views */
	struct place_in help_at;	/* position in the help */
	char heap[LIST_CELL];		/* heap shown or under the cursor, or ALL_HEAPS */
	bool seek;			/* move the cursor to @heap in the list of heaps */
	enum strip strip;		/* contents of the strips on the map */
	double interval;		/* seconds between samples */
	double speed;			/* speed of a replay */
	unsigned long long due;		/* time of the next sample, in ns of the monotonic clock */
	size_t rows;			/* number of rows of the view */
	size_t page;			/* number of rows that fit on the screen */
	bool totals;			/* show counts since the heap's creation, not rates */
	bool paused;			/* take no samples */
	bool help;			/* show the help instead of the view */
	bool prompt;			/* a filter is being typed */
	char saved[FILTER_SIZE];	/* the filter before the prompt */
	bool quit;			/* leave the loop */
	char message[LIST_CELL];	/* text for the last line, until the next key */
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
