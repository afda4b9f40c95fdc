/* SPDX-License-Identifier: GPL-2.0 */
/* Drawing on the terminal: clipped text, and colours if the terminal has them. */
#ifndef KPOOLSTAT_DRAW_H
#define KPOOLSTAT_DRAW_H

#include <stdbool.h>
#include <stddef.h>

/* Parts of the bytes held, as the bar shows them. */
enum part {
	PART_USED,
	PART_CACHED,
	PART_FREE,
	PART_TAIL,
	PART_HEADER,
	PARTS,
};

void draw_start(bool ascii, bool no_color);
/* Restore the terminal. May be called at any time. */
void draw_end(void);

/* May characters beyond ASCII be drawn? Does the terminal have colours? */
bool draw_is_utf8(void);
bool draw_is_color(void);

/* Draw @s in at most @width columns. @attr: attributes of ncurses. Return: columns used. */
int draw_text(int y, int x, int width, unsigned int attr, const char *s);
/* Fill line @y with @attr, and draw @s on it. */
void draw_line(int y, unsigned int attr, const char *s);

/* Attributes of a size class, counted from 0, and of a part. */
unsigned int draw_class(unsigned int class);
unsigned int draw_part(enum part part);
/* Attributes of the row under the cursor. */
unsigned int draw_cursor(void);

#endif /* KPOOLSTAT_DRAW_H */
