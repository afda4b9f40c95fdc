/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures by name: rows and columns of any file, with any number and order of columns. A file of
 * keys and values is a table of one row.
 */
#ifndef KPOOLSTAT_TABLE_H
#define KPOOLSTAT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_NONE	((size_t)-1)

/* Name of a row that is the sum of the others. */
#define TABLE_SUM	".all"

/**
 * struct cell - one figure
 * @text: text that was read; NULL for a missing or computed figure
 * @n: value
 * @number: the figure is a number
 */
struct cell {
	const char *text;
	unsigned long long n;
	bool number;
};

/**
 * struct table - rows and columns
 * @name: names of the columns
 * @cell: cells, row by row
 * @cols: number of columns
 * @rows: number of rows
 * @store: text that names and cells point into, or NULL if the table does not own it
 */
struct table {
	const char **name;
	struct cell *cell;
	size_t cols;
	size_t rows;
	char *store;
};

size_t table_add_col(struct table *table, const char *name);	/* before the first row */
struct cell *table_add_row(struct table *table);
struct cell cell_number(unsigned long long n);
struct cell cell_text(const char *text);
void table_free(struct table *table);

size_t table_col(const struct table *table, const char *name);	/* or TABLE_NONE */
/* Return: the cell of column @name in a row; not a number if there is no such column. */
struct cell table_get(const struct table *table, size_t row, const char *name);
/* Return: the figure in column @name of a row, or 0. */
unsigned long long table_number(const struct table *table, size_t row, const char *name);
/* Return: the row with @text in a column, searched from *@hint on; or TABLE_NONE. */
size_t table_find(const struct table *table, size_t col, const char *text, size_t *hint);

#endif /* KPOOLSTAT_TABLE_H */
