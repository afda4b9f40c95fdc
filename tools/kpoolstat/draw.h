/* SPDX-License-Identifier: GPL-2.0 */
/* Drawing on the terminal: text that stays within bounds, colours where there are some. */
#ifndef KPOOLSTAT_DRAW_H
#define KPOOLSTAT_DRAW_H

#include <stdbool.h>
#include <stddef.h>

/* What bytes held are: the parts of the bar. */
enum part {
	PART_USED,
	PART_CACHED,
	PART_FREE,
	PART_TAIL,
	PART_HEADER,
	PARTS,
};

void draw_start(bool ascii, bool no_color);
/* Gives the terminal back as it was; may be called at any time. */
void draw_end(void);

/* May characters beyond ASCII be drawn? Are there colours? */
bool draw_is_utf8(void);
bool draw_is_color(void);

/* Text in at most @width columns; how many it took. Attributes are those of ncurses. */
int draw_text(int y, int x, int width, unsigned int attr, const char *s);
/* A whole line of that attribute. */
void draw_line(int y, unsigned int attr, const char *s);

/* The colours of a size class, 0 being the first, and of a part. */
unsigned int draw_class(unsigned int class);
unsigned int draw_part(enum part part);
/* Of the row that the cursor is on. */
unsigned int draw_cursor(void);

#endif /* KPOOLSTAT_DRAW_H */
