/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures by name: rows and columns of any of the files, in whatever order and number the
 * columns are. A file of keys and values is a table of one row.
 */
#ifndef KPOOLSTAT_TABLE_H
#define KPOOLSTAT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_NONE	((size_t)-1)

/* The name of a row that is the sum of the others. */
#define TABLE_SUM	".all"

/**
 * struct cell - one figure
 * @text: as it was read; NULL for none, and for one that was computed
 * @n: its value
 * @number: is it a number?
 */
struct cell {
	const char *text;
	unsigned long long n;
	bool number;
};

/**
 * struct table - rows and columns
 * @name: of the columns
 * @cell: row by row
 * @cols: number of columns
 * @rows: number of rows
 * @store: the text that names and cells point into, or NULL if that is somebody else's
 */
struct table {
	const char **name;
	struct cell *cell;
	size_t cols;
	size_t rows;
	char *store;
};

size_t table_add_col(struct table *table, const char *name);	/* before there is a row */
struct cell *table_add_row(struct table *table);
struct cell cell_number(unsigned long long n);
struct cell cell_text(const char *text);
void table_free(struct table *table);

size_t table_col(const struct table *table, const char *name);	/* or TABLE_NONE */
/* The cell of that name in a row; one that is no number when there is none. */
struct cell table_get(const struct table *table, size_t row, const char *name);
/* The same for a figure; 0 when there is none. */
unsigned long long table_number(const struct table *table, size_t row, const char *name);
/* The row with that text in a column, looked for from *@hint on; or TABLE_NONE. */
size_t table_find(const struct table *table, size_t col, const char *text, size_t *hint);

#endif /* KPOOLSTAT_TABLE_H */
