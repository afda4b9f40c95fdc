// SPDX-License-Identifier: GPL-2.0
/*
 * The arena map: a strip of pools for each arena. The colour is the class. The height of a block,
 * or a digit, is the fill of the pool. A letter in reverse is the class that claimed this pool
 * since the last sample, from another class or from the free pools.
 */
#include <ncurses.h>
#include <string.h>

#include "arenas.h"
#include "draw.h"
#include "model.h"
#include "screen.h"
#include "util.h"

/* Most lines of the legend, which gives the size of each class. */
#define LEGEND_LINES	4
/* Fewest arenas that must fit above the legend. */
#define ARENAS_MIN	4

/* The map of one heap while it is drawn. */
struct map {
	struct screen *screen;
	const struct heap *heap;
	const struct heap *old;		/* the same heap in the last sample, or NULL */
	struct list list;
	size_t pools;			/* pools of an arena */
	size_t shown;			/* columns in front of the strip */
	int left;			/* width of these columns */
	size_t per_line;		/* pools in a line */
	size_t lines;			/* lines of an arena */
	size_t hint;			/* row of the old arenas to search first */
};

/* Return: the number of the class with this letter, or -1. */
static int class_number(unsigned char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= 'A' && c <= 'Z' ? c - 'A' + 26 : -1;
}

static const char *glyph_fill(char fill)
{
	static const char *const blocks[] = {
		"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588",
	};

	return fill == 'F' ? blocks[7] : blocks[(fill - '0') * 7 / 10];
}

static unsigned int fill_attr(char fill)
{
	return fill == 'F' ? A_BOLD : fill < '4' ? A_DIM : A_NORMAL;
}

static void draw_pool(struct map *map, int y, int x, char class, char fill, char old)
{
	bool letters = map->screen->strip == STRIP_CLASS, changed = old && old != class;
	char s[2] = { letters || changed ? class : fill_char(fill) };
	const char *glyph = s;
	unsigned int attr = A_NORMAL;
	int number = class_number(class);

	if (number >= 0) {
		attr = draw_class(number);
		if (changed)
			attr |= A_REVERSE;
		else if (letters)
			attr |= fill_attr(fill);
		else if (draw_is_utf8() && ((fill >= '0' && fill <= '9') || fill == 'F'))
			glyph = glyph_fill(fill);
	} else if (class == '.' && draw_is_utf8()) {
		glyph = "\u00b7";
	} else if (class == '#') {
		attr = A_DIM;
	}
	draw_text(y, x, 1, attr, glyph);
}

/* Return: the classes of this arena in the last sample, or NULL. */
static const char *old_classes(struct map *map, size_t row)
{
	size_t old, col;

	if (!map->old || !map->old->arenas.cols)
		return NULL;
	col = table_col(&map->old->arenas, "id");
	old = table_find(&map->old->arenas, col, table_get(&map->heap->arenas, row, "id").text,
			 &map->hint);
	return old == TABLE_NONE ? NULL : table_get(&map->old->arenas, old, "classes").text;
}

static void draw_strip(struct map *map, size_t row, int y)
{
	const char *classes = table_get(&map->heap->arenas, row, "classes").text;
	const char *fill = table_get(&map->heap->arenas, row, "fill").text;
	const char *old = old_classes(map, row);
	size_t i, nr = strnlen(classes, strlen(fill));

	if (old && strlen(old) < nr)
		old = NULL;
	for (i = 0; i < nr && (int)(y + i / map->per_line) < LINES - 1; i++)
		draw_pool(map, y + i / map->per_line, map->left + i % map->per_line, classes[i],
			  fill[i], old ? old[i] : 0);
}

/* Choose the columns in front of the strip: those that leave room for it, at least the first. */
static void map_layout(struct map *map)
{
	size_t col;
	int width = 0;

	map->shown = 1;
	map->left = list_width(&map->list, 0) + 1;
	for (col = 0; col < map->list.columns->nr; col++) {
		width += list_width(&map->list, col) + 1;
		if (width + (int)map->pools > COLS)
			break;
		map->shown = col + 1;
		map->left = width;
	}
	map->per_line = map->left < COLS ? COLS - map->left : 1;
	if (map->per_line > map->pools)
		map->per_line = map->pools;
	map->lines = (map->pools + map->per_line - 1) / map->per_line;
}

static void draw_columns(struct map *map, const struct item *item, int y, unsigned int attr)
{
	size_t sort = screen_at(map->screen)->sort, col;
	char cell[LIST_CELL];
	int x = 0;

	for (col = 0; col < map->shown; col++) {
		if (item)
			list_cell(&map->list, item, col, cell);
		else
			list_head(&map->list, col, cell);
		draw_text(y, x, COLS, !item && col == sort ? attr | A_BOLD | A_UNDERLINE : attr,
			  cell);
		x += list_width(&map->list, col) + 1;
	}
}

/* The sizes of the classes in use, drawn from line @y on if @draw. Return: lines needed. */
static int legend(const struct map *map, int y, bool draw)
{
	const struct table *classes = &map->heap->classes;
	int x = 0, lines = 0;
	size_t row;

	for (row = 0; row < classes->rows; row++) {
		const char *letter = table_get(classes, row, "class").text;
		char text[LIST_CELL];
		int len;

		if (class_number(*letter) < 0 || !table_number(classes, row, "pools"))
			continue;
		len = snprintf(text, sizeof(text), "%c:%.8s", *letter,
			       table_get(classes, row, "size").text);
		if (!lines || x + len > COLS) {
			if (lines == LEGEND_LINES)
				break;
			lines++;
			x = 0;
		}
		if (draw)
			draw_text(y + lines - 1, x, COLS, draw_class(class_number(*letter)), text);
		x += len + 1;
	}
	return lines;
}

/* Explain the strips. Name the column that orders them if it is not shown. */
static void draw_strip_head(const struct map *map, int y)
{
	size_t sort = screen_at(map->screen)->sort;
	bool hidden = sort >= map->shown;
	char head[LIST_CELL];

	snprintf(head, sizeof(head), "pools: %s%s%s", map->screen->strip == STRIP_CLASS ?
		 "class; bold full, dim below 40%" : draw_is_utf8() ?
		 "colour class, height fill" : "colour class, digit fill, * full",
		 hidden ? "; by " : "", hidden ? arena_columns.column[sort].head : "");
	draw_text(y, map->left, COLS, A_REVERSE, head);
}

static void map_body(struct map *map, int y)
{
	struct place_in *at = screen_at(map->screen);
	int room = LINES - 1 - (y + 1), below = legend(map, 0, false);
	size_t i;

	if (room - below < ARENAS_MIN * (int)map->lines)
		below = 0;
	room -= below;
	place_clamp(map->screen, at, map->list.nr, room > 0 ? room / map->lines : 0);
	draw_line(y, A_REVERSE, "");
	draw_columns(map, NULL, y, A_REVERSE);
	draw_strip_head(map, y);
	for (i = at->top; i < map->list.nr && i < at->top + map->screen->page; i++) {
		int line = y + 1 + (i - at->top) * map->lines;
		const struct item *item = &map->list.item[i];

		draw_columns(map, item, line, i == at->cursor ? draw_cursor() : A_NORMAL);
		draw_strip(map, item->row, line);
	}
	if (!map->list.nr)
		draw_text(y + 1, 0, COLS, A_NORMAL, *at->filter ?
			  "no arena has pools of that size" : "this heap has no arenas now");
	if (below)
		legend(map, LINES - 1 - below, true);
}

void map_draw(struct screen *screen, int y)
{
	struct map map = { .screen = screen, .heap = sample_heap(screen->now, screen->heap) };
	struct place_in *at = screen_at(screen);
	struct change change = { 0 };

	if (!map.heap || !map.heap->arenas.cols) {
		draw_text(y + 1, 0, COLS, A_NORMAL,
			  strcmp(screen->heap, ALL_HEAPS) ? "this heap is not there now" :
			  "the map shows one heap: choose it with [ ]");
		return;
	}
	if (screen->before)
		map.old = sample_heap(screen->before, screen->heap);
	if (map.heap->arenas.rows)
		map.pools = strlen(table_get(&map.heap->arenas, 0, "classes").text);
	map.pools = map.pools ?: 1;
	change.now = &map.heap->arenas;
	list_build(&map.list, &arena_columns, &change);
	list_filter_pools(&map.list, map.heap, at->filter);
	list_sort(&map.list, at->sort, at->reverse);
	map_layout(&map);
	map_body(&map, y);
	list_free(&map.list);
}
