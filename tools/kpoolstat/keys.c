// SPDX-License-Identifier: GPL-2.0
/* Keys of the live screen. */
#include <ncurses.h>
#include <string.h>

#include "model.h"
#include "screen.h"
#include "util.h"

#define KEY_ESC		27
#define KEY_CTRL_L	12
#define SPEED_MAX	1024.0

static void set_view(struct screen *screen, enum view view)
{
	screen->help = false;
	screen->seek = view == VIEW_HEAPS && screen->view != view;
	screen->view = view;
	/* A paused screen has all files. */
	if (!screen->paused)
		screen_refresh(screen, view_wants(screen->view));
}

static void set_paused(struct screen *screen, bool paused)
{
	if (paused && !screen->paused)
		screen_refresh(screen, WANT_ALL);
	screen->paused = paused;
	if (!paused)
		screen_schedule(screen);
}

static void sort_by(struct screen *screen, int step)
{
	const struct columns *columns = view_columns(screen->view);
	struct place_in *at = screen_at(screen);

	if (columns && !screen->help)
		at->sort = (at->sort + columns->nr + step) % columns->nr;
}

/* Return: the interval that follows, or precedes, @from. */
static double next_step(double from, bool up)
{
	static const double steps[] = {
		0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600,
	};
	size_t i;

	if (up) {
		for (i = 0; i < ARRAY_SIZE(steps) && steps[i] <= from; i++)
			;
		return i < ARRAY_SIZE(steps) ? steps[i] : from;
	}
	for (i = ARRAY_SIZE(steps); i && steps[i - 1] >= from; i--)
		;
	return i ? steps[i - 1] : from;
}

static void change_pace(struct screen *screen, bool plus)
{
	if (screen->feed->rec) {
		screen->speed *= plus ? 2 : 0.5;
		if (screen->speed > SPEED_MAX)
			screen->speed = SPEED_MAX;
		if (screen->speed < 1 / SPEED_MAX)
			screen->speed = 1 / SPEED_MAX;
	} else {
		screen->interval = next_step(screen->interval, plus);
	}
	screen_schedule(screen);
}

static void move_cursor(struct screen *screen, long by)
{
	struct place_in *at = screen_at(screen);

	/* Pages of text show no cursor: scroll at once. */
	if (screen->help || screen->view == VIEW_FIGURES) {
		if (by > 0 && at->cursor < at->top + screen->page - 1)
			at->cursor = at->top + screen->page - 1;
		else if (by < 0)
			at->cursor = at->top;
	}
	if (by < 0 && (size_t)-by > at->cursor)
		at->cursor = 0;
	else
		at->cursor += by;
	if (at->cursor >= screen->rows)
		at->cursor = screen->rows ? screen->rows - 1 : 0;
}

/* Select the heap before or after the one that is shown. All heaps together come first. */
static void other_heap(struct screen *screen, int step)
{
	const struct sample *now = screen->now;
	size_t nr = now->nr + 1, at = 0, i;

	if (screen->view == VIEW_HEAPS) {
		move_cursor(screen, step);
		return;
	}
	for (i = 0; i < now->nr; i++)
		if (!strcmp(now->heap[i].name, screen->heap))
			at = i + 1;
	at = (at + nr + step) % nr;
	snprintf(screen->heap, sizeof(screen->heap), "%s",
		 at ? now->heap[at - 1].name : ALL_HEAPS);
}

/* Step through a replay, and pause it. */
static void step(struct screen *screen, int key)
{
	const struct recording *rec = screen->feed->rec;
	size_t at = screen->feed->next - 1, last;

	if (!rec) {
		snprintf(screen->message, sizeof(screen->message), "%c works in a replay only",
			 key);
		return;
	}
	last = recording_samples(rec) - 1;
	screen->paused = true;
	if (key == 'b')
		at = at ? at - 1 : 0;
	else if (key == 'f')
		at = at < last ? at + 1 : last;
	else
		at = key == 'g' ? 0 : last;
	screen_goto(screen, at);
}

static void prompt_start(struct screen *screen)
{
	struct place_in *at = screen_at(screen);

	if (screen->help)
		return;
	memcpy(screen->saved, at->filter, sizeof(screen->saved));
	at->filter[0] = '\0';
	screen->prompt = true;
}

static void prompt_key(struct screen *screen, int key)
{
	struct place_in *at = screen_at(screen);
	size_t len = strlen(at->filter);

	if (key == KEY_ESC) {
		memcpy(at->filter, screen->saved, sizeof(at->filter));
		screen->prompt = false;
	} else if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		screen->prompt = false;
	} else if (key == KEY_BACKSPACE || key == 127 || key == 8) {
		at->filter[len ? len - 1 : 0] = '\0';
	} else if (key >= ' ' && key < 127 && len + 1 < sizeof(at->filter)) {
		at->filter[len] = key;
		at->filter[len + 1] = '\0';
	}
}

static void open_heap(struct screen *screen)
{
	if (screen->view == VIEW_HEAPS && !screen->help && screen->rows)
		set_view(screen, VIEW_CLASSES);
}

static void go_back(struct screen *screen)
{
	if (screen->help)
		screen->help = false;
	else if (screen->view != VIEW_HEAPS)
		set_view(screen, VIEW_HEAPS);
}

/* Handle keys that move. Return: false for other keys. */
static bool move_key(struct screen *screen, int key)
{
	switch (key) {
	case KEY_UP:
	case 'k':
		move_cursor(screen, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		move_cursor(screen, 1);
		return true;
	case KEY_PPAGE:
		move_cursor(screen, -(long)screen->page);
		return true;
	case KEY_NPAGE:
		move_cursor(screen, screen->page);
		return true;
	case KEY_HOME:
		move_cursor(screen, -(long)screen->rows);
		return true;
	case KEY_END:
		move_cursor(screen, screen->rows);
		return true;
	}
	return false;
}

/* Handle keys that choose the screen, its order and its contents. Return: false for others. */
static bool view_key(struct screen *screen, int key)
{
	switch (key) {
	case '1' ... '0' + VIEWS:
		set_view(screen, key - '1');
		return true;
	case '\t':
		set_view(screen, (screen->view + 1) % VIEWS);
		return true;
	case KEY_BTAB:
		set_view(screen, (screen->view + VIEWS - 1) % VIEWS);
		return true;
	case 's':
	case '>':
	case KEY_RIGHT:
		sort_by(screen, 1);
		return true;
	case '<':
	case KEY_LEFT:
		sort_by(screen, -1);
		return true;
	case 'r':
		screen_at(screen)->reverse = !screen_at(screen)->reverse;
		return true;
	case '[':
	case ']':
		other_heap(screen, key == ']' ? 1 : -1);
		return true;
	case 't':
		screen->totals = !screen->totals;
		return true;
	case 'm':
		screen->strip = screen->strip == STRIP_FILL ? STRIP_CLASS : STRIP_FILL;
		return true;
	case KEY_CTRL_L:
		clearok(curscr, TRUE);
		return true;
	}
	return false;
}

static void other_key(struct screen *screen, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		screen->quit = true;
		break;
	case 'h':
	case '?':
		screen->help = !screen->help;
		break;
	case 'p':
	case ' ':
		set_paused(screen, !screen->paused);
		break;
	case '+':
	case '=':
	case '-':
		change_pace(screen, key != '-');
		break;
	case '/':
		prompt_start(screen);
		break;
	case '\r':
	case '\n':
	case KEY_ENTER:
		open_heap(screen);
		break;
	case KEY_ESC:
	case KEY_BACKSPACE:
	case 127:
		go_back(screen);
		break;
	case 'b':
	case 'f':
	case 'g':
	case 'G':
		step(screen, key);
		break;
	}
}

void keys_handle(struct screen *screen, int key)
{
	if (key == KEY_RESIZE)
		return;
	screen->message[0] = '\0';
	if (screen->prompt)
		prompt_key(screen, key);
	else if (!move_key(screen, key) && !view_key(screen, key))
		other_key(screen, key);
}
