/* SPDX-License-Identifier: GPL-2.0 */
/* Lists: columns of figures, computed from a table and the one before, filtered and sorted. */
#ifndef KPOOLSTAT_LIST_H
#define KPOOLSTAT_LIST_H

#include "table.h"

/* How a column is computed from the figures @a and @b of a row. */
enum column_kind {
	COLUMN_NAME,	/* a, what the row is; rows are told apart by it */
	COLUMN_TEXT,	/* a */
	COLUMN_COUNT,	/* a */
	COLUMN_BYTES,	/* a */
	COLUMN_SHARE,	/* a in percent of b */
	COLUMN_RATE,	/* how a grows, per second */
	COLUMN_PART,	/* how a grows, in percent of how b does */
	COLUMN_HIT,	/* how a grows, in percent of how a and b do */
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

/* A figure of a list, if it is known. */
struct value {
	double n;
	bool known;
};

/**
 * struct item - a row of a list
 * @row: of the table
 * @name: for people
 * @cell: of the column COLUMN_NAME
 * @value: by column
 */
struct item {
	size_t row;
	char *name;
	struct cell cell;
	struct value *value;
};

/**
 * struct list - rows as they are shown
 * @columns: what is shown
 * @table: where it is from
 * @totals: growth since the beginning instead of rates
 * @item: the rows
 * @nr: their number
 * @name_width: columns that the longest name takes
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
 * struct change - what rates are computed from
 * @now: figures now
 * @before: and before, or NULL; rates are then unknown, and hits since the beginning
 * @seconds: time between
 * @totals: growth since the beginning instead of rates
 */
struct change {
	const struct table *now;
	const struct table *before;
	double seconds;
	bool totals;
};

void list_build(struct list *list, const struct columns *columns, const struct change *change);
/* Keep the rows whose name has the text in it. */
void list_filter(struct list *list, const char *text);
/* Keep the rows for which @keep says so. */
void list_keep(struct list *list, bool (*keep)(const struct item *item, const void *arg),
	       const void *arg);
/* Largest first, names from a to z; or the other way round. */
void list_sort(struct list *list, size_t column, bool reverse);
void list_free(struct list *list);

/* Bytes for a head or figure. */
#define LIST_CELL	64

/* The width of a column in this list. */
int list_width(const struct list *list, size_t column);
/* Head and figure, as wide as the column is but for what names take in bytes. */
void list_head(const struct list *list, size_t column, char *out);
void list_cell(const struct list *list, const struct item *item, size_t column, char *out);
/* The column with that head, in any case and with or without "/s" and "%"; or TABLE_NONE. */
size_t columns_find(const struct columns *columns, const char *head);

#endif /* KPOOLSTAT_LIST_H */
