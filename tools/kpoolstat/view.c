// SPDX-License-Identifier: GPL-2.0
/* The parts of all views (head, tabs, last line), and the views that are lists. */
#include <ncurses.h>
#include <string.h>

#include "draw.h"
#include "model.h"
#include "screen.h"
#include "util.h"

/* Fewest lines of a screen with a summary. */
#define SUMMARY_LINES	14
#define BAR_WIDTH	14

unsigned int view_wants(enum view view)
{
	switch (view) {
	case VIEW_MAP:
		return WANT_ARENAS;
	case VIEW_SLABS:
		return WANT_SLABS;
	case VIEW_CLASSES:
		return 0;
	default:
		return WANT_TRACES;
	}
}

const struct columns *view_columns(enum view view)
{
	static const struct columns *const columns[VIEWS] = {
		[VIEW_HEAPS] = &heap_columns, [VIEW_CLASSES] = &class_columns,
		[VIEW_MAP] = &arena_columns, [VIEW_SLABS] = &slab_columns,
	};

	return columns[view];
}

/* Draw ASCII at the end of a line, over its contents. */
static void draw_right(int y, unsigned int attr, const char *s)
{
	int len = strlen(s);

	draw_text(y, COLS > len ? COLS - len : 0, COLS, attr, s);
}

static void draw_title(const struct screen *screen)
{
	const struct recording *rec = screen->feed->rec;
	char title[128], time[32], state[64];

	fmt_time(time, sizeof(time), screen->now->snap->realtime);
	snprintf(title, sizeof(title), "kpoolstat  kpool %.20s  %s", screen->now->version, time);
	if (rec)
		snprintf(state, sizeof(state), " replay %zu/%zu x%g%s", screen->feed->next,
			 recording_samples(rec), screen->speed, screen->paused ? " PAUSED" : "");
	else if (screen->paused)
		snprintf(state, sizeof(state), " PAUSED");
	else
		snprintf(state, sizeof(state), " every %g s", screen->interval);
	draw_line(0, A_BOLD, title);
	draw_right(0, A_BOLD, state);
}

/*
 * Draw the bar with the parts of the bytes held, and the parts in percent. Without colours, the
 * characters of the bar precede the names.
 */
static void draw_bar(const struct table *total, int y)
{
	static const struct { const char *key, *name; char c; } parts[PARTS] = {
		{ "bytes_used", "used", '#' }, { "bytes_cached", "cached", '+' },
		{ "bytes_free", "free", '.' }, { "bytes_tail", "tail", 't' },
		{ "bytes_header", "head", 'h' },
	};
	double bytes = table_number(total, 0, "bytes"), sum = 0;
	bool blocks = draw_is_utf8() && draw_is_color();
	int x = 0, end, text = BAR_WIDTH + 1, i;

	for (i = 0; i < PARTS; i++) {
		double share = bytes ? table_number(total, 0, parts[i].key) / bytes : 0;
		char c[2] = { parts[i].c }, label[32];

		/* Figures of a recording may add up to more than a bar. */
		sum = sum + share < 1 ? sum + share : 1;
		end = BAR_WIDTH * sum + 0.5;
		for (; x < end && x < BAR_WIDTH; x++)
			draw_text(y, x, 1, draw_part(i), blocks ? "\u2588" : c);
		snprintf(label, sizeof(label), "%s%s%s %.1f%%", blocks ? "" : c, blocks ? "" : "=",
			 parts[i].name, 100 * share);
		text += draw_text(y, text, COLS, draw_part(i), label) + 1 + blocks;
	}
}

static void draw_summary(const struct screen *screen, const char *heap, int y)
{
	struct table total = model_total(screen->now, heap);
	unsigned long long bad = table_number(&total, 0, "corruptions");
	char bytes[FMT_SIZE], meta[FMT_SIZE], line[160];

	fmt_bytes(bytes, table_number(&total, 0, "bytes"));
	fmt_bytes(meta, table_number(&total, 0, "metadata_bytes"));
	snprintf(line, sizeof(line),
		 "held %s in %llu arenas, %llu empty; %llu created, %llu released%s%s",
		 bytes, table_number(&total, 0, "arenas"), table_number(&total, 0, "arenas_empty"),
		 table_number(&total, 0, "arenas_created"),
		 table_number(&total, 0, "arenas_released"), bad ? "" : "; metadata ",
		 bad ? "" : meta);
	draw_line(y, A_NORMAL, line);
	if (bad) {
		snprintf(line, sizeof(line), " %llu CORRUPTION%s ", bad, bad == 1 ? "" : "S");
		draw_right(y, A_BOLD | A_REVERSE, line);
	}
	draw_bar(&total, y + 1);
	table_free(&total);
}

static void draw_tabs(const struct screen *screen, int y)
{
	char text[LIST_CELL + 16];
	int view, x = 0;

	for (view = 0; view < VIEWS; view++) {
		snprintf(text, sizeof(text), COLS < 60 ? "%d%s" : " %d %s ", view + 1,
			 view_names[view]);
		x += draw_text(y, x, COLS, view == (int)screen->view ? A_REVERSE : A_NORMAL, text);
		x++;
	}
	if (screen->view == VIEW_HEAPS)
		return;
	snprintf(text, sizeof(text), "heap: %s",
		 strcmp(screen->heap, ALL_HEAPS) ? screen->heap : "(all)");
	clean_name(text);
	draw_text(y, x + 1, COLS, A_BOLD, text);
}

static void draw_foot(struct screen *screen)
{
	const struct place_in *at = screen_at(screen);
	char line[128];

	if (screen->prompt)
		snprintf(line, sizeof(line), "filter: %s_  (Enter: apply, Esc: cancel)",
			 at->filter);
	else if (*screen->message)
		snprintf(line, sizeof(line), "%s", screen->message);
	else if (screen->help)
		snprintf(line, sizeof(line), "h back  q quit  up down PgUp PgDn more");
	else if (*at->filter)
		snprintf(line, sizeof(line), "filter: %s  (/ Enter: remove)", at->filter);
	else
		snprintf(line, sizeof(line),
			 "q quit  h help  %s  Tab view  s sort  %s  / filter  p pause",
			 screen->view == VIEW_HEAPS ? "Enter open" : "[ ] heap",
			 screen->feed->rec ? "b f step" : "r reverse");
	draw_line(LINES - 1, A_REVERSE, line);
}

void view_draw(struct screen *screen)
{
	int y = 1;

	erase();
	draw_title(screen);
	if (LINES >= SUMMARY_LINES) {
		draw_summary(screen, screen->view == VIEW_HEAPS ? ALL_HEAPS : screen->heap, y);
		y += 2;
	}
	draw_tabs(screen, y++);
	if (screen->help)
		help_draw(screen, y);
	else if (screen->view == VIEW_MAP)
		map_draw(screen, y);
	else if (screen->view == VIEW_FIGURES)
		figures_draw(screen, y);
	else
		view_list(screen, y);
	draw_foot(screen);
	refresh();
}

void place_clamp(struct screen *screen, struct place_in *at, size_t rows, size_t page)
{
	screen->rows = rows;
	screen->page = page ?: 1;
	if (at->cursor >= rows)
		at->cursor = rows ? rows - 1 : 0;
	if (at->top > at->cursor)
		at->top = at->cursor;
	if (at->cursor >= at->top + screen->page)
		at->top = at->cursor - screen->page + 1;
	/* Leave no empty lines at the end while there are rows above. */
	if (at->top + screen->page > rows)
		at->top = rows > screen->page ? rows - screen->page : 0;
}

/*
 * The first column is always shown. The others move to the left until the column of the order is
 * on the screen. Return: the first of these.
 */
static size_t first_column(const struct list *list, size_t sort)
{
	size_t first = 1, col;

	for (; first < sort; first++) {
		int width = list_width(list, 0);

		for (col = first; col <= sort; col++)
			width += 1 + list_width(list, col);
		if (width <= COLS)
			break;
	}
	return first;
}

/* Draw the columns of a row that fit, or the heads if @item is NULL. */
static void draw_row(const struct list *list, const struct item *item, size_t sort, int y,
		     unsigned int attr)
{
	size_t col = 0, first = first_column(list, sort);
	char cell[LIST_CELL];
	int x = 0;

	draw_line(y, attr, "");
	while (col < list->columns->nr && (!col || x + list_width(list, col) <= COLS)) {
		if (item)
			list_cell(list, item, col, cell);
		else
			list_head(list, col, cell);
		draw_text(y, x, COLS, !item && col == sort ? attr | A_BOLD | A_UNDERLINE : attr,
			  cell);
		x += list_width(list, col) + 1;
		col = col ? col + 1 : first;
	}
}

/* Move the cursor of the list of heaps to the heap that was shown last. */
static void seek_heap(struct screen *screen, const struct list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (!strcmp(list->item[i].cell.text, screen->heap))
			screen_at(screen)->cursor = i;
	screen->seek = false;
}

/* The other screens show the heap under the cursor. */
static void note_heap(struct screen *screen, const struct list *list)
{
	const struct place_in *at = screen_at(screen);

	if (at->cursor < list->nr)
		snprintf(screen->heap, sizeof(screen->heap), "%s",
			 list->item[at->cursor].cell.text);
}

static void draw_list(struct screen *screen, struct list *list, int y)
{
	struct place_in *at = screen_at(screen);
	bool heaps = screen->view == VIEW_HEAPS;
	size_t i;

	list_filter(list, at->filter);
	list_sort(list, at->sort, at->reverse);
	if (heaps && screen->seek)
		seek_heap(screen, list);
	place_clamp(screen, at, list->nr, LINES - y > 2 ? LINES - y - 2 : 0);
	if (heaps)
		note_heap(screen, list);
	draw_row(list, NULL, at->sort, y, A_REVERSE);
	for (i = at->top; i < list->nr && i < at->top + screen->page; i++)
		draw_row(list, &list->item[i], at->sort, y + 1 + i - at->top,
			 i == at->cursor ? draw_cursor() : A_NORMAL);
	if (!list->nr)
		draw_text(y + 1, 0, COLS, A_NORMAL, *at->filter ? "no name has this text" :
			  "this heap is not there now");
}

static struct table model_all(const struct sample *sample, const char *heap)
{
	(void)heap;
	return model_heaps_and_sum(sample);
}

void view_list(struct screen *screen, int y)
{
	struct table (*model)(const struct sample *, const char *) =
		screen->view == VIEW_HEAPS ? model_all :
		screen->view == VIEW_CLASSES ? model_classes : model_slabs;
	struct table now = model(screen->now, screen->heap), before = { 0 };
	struct change change = { .now = &now, .totals = screen->totals };
	struct list list;

	if (screen->before) {
		before = model(screen->before, screen->heap);
		change.before = &before;
		change.seconds = sample_seconds(screen->before, screen->now);
	}
	if (screen->view == VIEW_SLABS && !screen->now->slabs.cols && !*screen->message)
		snprintf(screen->message, sizeof(screen->message),
			 "there is no slabinfo to compare with (--slabinfo)");
	list_build(&list, view_columns(screen->view), &change);
	draw_list(screen, &list, y);
	list_free(&list);
	table_free(&now);
	table_free(&before);
}
