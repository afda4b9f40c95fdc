// SPDX-License-Identifier: GPL-2.0
/* Figures by name. */
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "util.h"

size_t table_add_col(struct table *table, const char *name)
{
	table->name = xrealloc(table->name, table->cols + 1, sizeof(*table->name));
	table->name[table->cols] = name;
	return table->cols++;
}

/* Allocate rows in steps that double. */
struct cell *table_add_row(struct table *table)
{
	size_t rows = table->rows++;
	struct cell *row;

	if (!(rows & (rows - 1)))
		table->cell = xrealloc(table->cell, (2 * rows ?: 1) * table->cols,
				       sizeof(*table->cell));
	row = &table->cell[rows * table->cols];
	memset(row, 0, table->cols * sizeof(*row));
	return row;
}

struct cell cell_number(unsigned long long n)
{
	return (struct cell){ .n = n, .number = true };
}

struct cell cell_text(const char *text)
{
	struct cell cell = { .text = text };

	cell.number = parse_number(text, &cell.n);
	return cell;
}

void table_free(struct table *table)
{
	free(table->name);
	free(table->cell);
	free(table->store);
	memset(table, 0, sizeof(*table));
}

size_t table_col(const struct table *table, const char *name)
{
	size_t col;

	for (col = 0; col < table->cols; col++)
		if (!strcmp(table->name[col], name))
			return col;
	return TABLE_NONE;
}

struct cell table_get(const struct table *table, size_t row, const char *name)
{
	size_t col = table_col(table, name);

	if (col == TABLE_NONE || row >= table->rows)
		return (struct cell){ 0 };
	return table->cell[row * table->cols + col];
}

unsigned long long table_number(const struct table *table, size_t row, const char *name)
{
	return table_get(table, row, name).n;
}

size_t table_find(const struct table *table, size_t col, const char *text, size_t *hint)
{
	size_t i, row;

	for (i = 0; i < table->rows; i++) {
		row = (*hint + i) % table->rows;
		if (!strcmp(table->cell[row * table->cols + col].text ?: "", text)) {
			*hint = row + 1;
			return row;
		}
	}
	return TABLE_NONE;
}
