/* SPDX-License-Identifier: GPL-2.0 */
/* Lists: columns of figures, computed from a table and the one before, filtered and sorted. */
#ifndef KPOOLSTAT_LIST_H
#define KPOOLSTAT_LIST_H

#include "table.h"

/* How a column is computed from the figures @a and @b of a row. */
enum column_kind {
	COLUMN_NAME,	/* a, which identifies the row */
	COLUMN_TEXT,	/* a */
	COLUMN_COUNT,	/* a */
	COLUMN_BYTES,	/* a */
	COLUMN_SHARE,	/* a in percent of b */
	COLUMN_RATE,	/* growth of a per second */
	COLUMN_PART,	/* growth of a in percent of the growth of b */
	COLUMN_HIT,	/* growth of a in percent of the growth of a + b */
};

struct column {
	const char *head;
	enum column_kind kind;
	const char *a;
	const char *b;
	int width;
};

struct columns {
	const struct column *column;
	size_t nr;
};

extern const struct columns heap_columns, class_columns, arena_columns, slab_columns,
	line_columns;

/* A figure of a list, if known. */
struct value {
	double n;
	bool known;
};

/**
 * struct item - a row of a list
 * @row: row of the table
 * @name: name to display
 * @cell: cell of the column COLUMN_NAME
 * @value: figures, by column
 */
struct item {
	size_t row;
	char *name;
	struct cell cell;
	struct value *value;
};

/**
 * struct list - rows to display
 * @columns: columns of the list
 * @table: source of the rows
 * @totals: show growth since the heap was created instead of rates
 * @item: the rows
 * @nr: number of rows
 * @name_width: width of the longest name
 */
struct list {
	const struct columns *columns;
	const struct table *table;
	bool totals;
	struct item *item;
	size_t nr;
	int name_width;
};

/**
 * struct change - figures that rates are computed from
 * @now: figures now
 * @before: figures before, or NULL: then rates are unknown, and hit rates count from the
 *	creation of the heap
 * @seconds: time between the two
 * @totals: compute growth since the heap was created instead of rates
 */
struct change {
	const struct table *now;
	const struct table *before;
	double seconds;
	bool totals;
};

void list_build(struct list *list, const struct columns *columns, const struct change *change);
/* Keep the rows with @text in their name. */
void list_filter(struct list *list, const char *text);
/* Keep the rows for which @keep returns true. */
void list_keep(struct list *list, bool (*keep)(const struct item *item, const void *arg),
	       const void *arg);
/* Sort: largest first, names from a to z; or in reverse. */
void list_sort(struct list *list, size_t column, bool reverse);
void list_free(struct list *list);

/* Size of a buffer for a head or a figure. */
#define LIST_CELL	64

/* The width of a column in this list. */
int list_width(const struct list *list, size_t column);
/* Write a head, or a figure, padded to the width of the column. */
void list_head(const struct list *list, size_t column, char *out);
void list_cell(const struct list *list, const struct item *item, size_t column, char *out);
/* Return: the column with this head, in any case, "/s" and "%" optional; or TABLE_NONE. */
size_t columns_find(const struct columns *columns, const char *head);

#endif /* KPOOLSTAT_LIST_H */
