// SPDX-License-Identifier: GPL-2.0
/* Drawing on the terminal, with ncurses. */
#include <langinfo.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <termcap.h>
#include <wchar.h>

#include "draw.h"
#include "util.h"

/* Colour pairs of ncurses: first the parts, then the classes. */
#define PAIR_PART	1
#define PAIR_CLASS	16
#define CLASSES		42

static bool utf8, color;

/* A colour of the 6x6x6 cube on a ring of hues between two levels. */
static int ring(unsigned int at, int low, int high)
{
	int steps = high - low, f = at % steps;
	int up = low + f, down = high - f;
	static const char order[6][3] = { "hul", "dhl", "lhu", "ldh", "ulh", "hld" };
	int level[3], i;

	for (i = 0; i < 3; i++) {
		char c = order[at / steps % 6][i];

		level[i] = c == 'h' ? high : c == 'l' ? low : c == 'u' ? up : down;
	}
	/* Blue by itself is hard to see on black. */
	if (level[0] <= 1 && !level[1] && level[2] == high) {
		level[0]++;
		level[1]++;
	}
	return 16 + 36 * level[0] + 6 * level[1] + level[2];
}

/* Give neighbouring classes hues that are far apart. */
static int class_color(unsigned int class)
{
	if (COLORS < 256)
		return 1 + class % 6;
	/* 30 strong colours, then 12 pale ones. */
	if (class < 30)
		return ring(class * 7, 0, 5);
	return ring((class - 30) * 5, 3, 5);
}

static void start_colors(void)
{
	static const short parts[PARTS] = {
		COLOR_BLUE, COLOR_YELLOW, COLOR_GREEN, COLOR_MAGENTA, COLOR_CYAN
	};
	int i;

	start_color();
	use_default_colors();
	color = PAIR_CLASS + CLASSES <= COLOR_PAIRS;
	for (i = 0; color && i < PARTS; i++)
		init_pair(PAIR_PART + i, parts[i], -1);
	for (i = 0; color && i < CLASSES; i++)
		init_pair(PAIR_CLASS + i, class_color(i), -1);
}

/* newterm() fails for an unknown terminal, and for one with too many columns or lines. */
static void die_bad_terminal(void)
{
	const char *term = getenv("TERM") ?: "";

	if (tgetent(NULL, term) == 1)
		die("the terminal \"%s\" has too many columns or lines (COLUMNS, LINES)", term);
	die("the terminal \"%s\" is not known (set TERM)", term);
}

void draw_start(bool ascii, bool no_color)
{
	const char *none = getenv("NO_COLOR");

	if (!newterm(NULL, stdout, stdin))
		die_bad_terminal();
	on_die(draw_end);
	utf8 = !ascii && !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (has_colors() && !no_color && !(none && *none))
		start_colors();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
}

void draw_end(void)
{
	if (stdscr && !isendwin())
		endwin();
	on_die(NULL);
}

bool draw_is_utf8(void)
{
	return utf8;
}

bool draw_is_color(void)
{
	return color;
}

int draw_text(int y, int x, int width, unsigned int attr, const char *s)
{
	wchar_t wide[512];
	size_t nr = mbstowcs(wide, s, ARRAY_SIZE(wide)), fit;
	int used = 0;

	if (nr == (size_t)-1 || y < 0 || y >= LINES || x >= COLS)
		return 0;
	if (width > COLS - x)
		width = COLS - x;
	for (fit = 0; fit < nr; fit++) {
		int columns = wcwidth(wide[fit]);

		if (columns < 0 || !is_plain(wide[fit])) {
			wide[fit] = '?';
			columns = 1;
		}
		if (used + columns > width)
			break;
		used += columns;
	}
	attrset(attr);
	mvaddnwstr(y, x, wide, fit);
	attrset(A_NORMAL);
	return used;
}

void draw_line(int y, unsigned int attr, const char *s)
{
	attrset(attr);
	if (y >= 0 && y < LINES)
		mvhline(y, 0, ' ' | attr, COLS);
	draw_text(y, 0, COLS, attr, s);
}

unsigned int draw_class(unsigned int class)
{
	return color ? COLOR_PAIR(PAIR_CLASS + class % CLASSES) : A_NORMAL;
}

unsigned int draw_cursor(void)
{
	return color ? COLOR_PAIR(PAIR_PART + PART_HEADER) | A_REVERSE : A_BOLD | A_UNDERLINE;
}

unsigned int draw_part(enum part part)
{
	return color ? COLOR_PAIR(PAIR_PART + part) : A_NORMAL;
}
