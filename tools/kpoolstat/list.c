// SPDX-License-Identifier: GPL-2.0
/* Lists of figures and rates. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "list.h"
#include "util.h"

/* A row now, and the same row before. */
struct pair {
	const struct change *change;
	size_t row;
	size_t old;	/* or TABLE_NONE */
};

/*
 * The growth of a counter. It is unknown for a new row. It is also unknown if the counter shrank:
 * then another heap has the name of an earlier one.
 */
static struct value growth(const struct pair *pair, const char *key)
{
	const struct change *change = pair->change;
	struct cell now = table_get(change->now, pair->row, key), before;

	if (!now.number)
		return (struct value){ 0 };
	if (change->totals || !change->before)
		return (struct value){ now.n, true };
	if (pair->old == TABLE_NONE)
		return (struct value){ 0 };
	before = table_get(change->before, pair->old, key);
	if (!before.number || before.n > now.n)
		return (struct value){ 0 };
	return (struct value){ now.n - before.n, true };
}

static struct value percent(struct value a, struct value b)
{
	bool known = a.known && b.known && b.n;

	return (struct value){ known ? 100 * a.n / b.n : 0, known };
}

static struct value figure(const struct pair *pair, const char *key)
{
	struct cell cell = table_get(pair->change->now, pair->row, key);

	return (struct value){ cell.n, cell.number };
}

static struct value rate(const struct pair *pair, const char *key)
{
	const struct change *change = pair->change;
	struct value value = growth(pair, key);

	if (change->totals)
		return value;
	if (!change->before || !change->seconds)
		return (struct value){ 0 };
	value.n /= change->seconds;
	return value;
}

static struct value compute(const struct column *column, const struct pair *pair)
{
	struct value a, b;

	switch (column->kind) {
	case COLUMN_SHARE:
		return percent(figure(pair, column->a), figure(pair, column->b));
	case COLUMN_RATE:
		return rate(pair, column->a);
	case COLUMN_PART:
		return percent(growth(pair, column->a), growth(pair, column->b));
	case COLUMN_HIT:
		a = growth(pair, column->a);
		b = growth(pair, column->b);
		b.n += a.n;
		return percent(a, b);
	default:
		return figure(pair, column->a);
	}
}

static int text_width(const char *s)
{
	wchar_t wide[LIST_CELL];
	size_t nr = mbstowcs(wide, s, LIST_CELL - 1);
	int width;

	if (nr == (size_t)-1)
		return strlen(s);
	width = wcswidth(wide, nr);
	return width < 0 ? (int)strlen(s) : width;
}

/* The sum of the other rows stays below them. A filter leaves it out. */
static bool is_sum(const struct item *item)
{
	return item->cell.text && !strcmp(item->cell.text, TABLE_SUM);
}

static void item_build(struct item *item, const struct columns *columns, const struct pair *pair)
{
	size_t col;

	item->value = xcalloc(columns->nr, sizeof(*item->value));
	for (col = 0; col < columns->nr; col++)
		item->value[col] = compute(&columns->column[col], pair);
}

void list_build(struct list *list, const struct columns *columns, const struct change *change)
{
	const char *key = columns->column[0].kind == COLUMN_NAME ? columns->column[0].a : NULL;
	size_t old_key = change->before && key ? table_col(change->before, key) : TABLE_NONE;
	struct pair pair = { .change = change };
	size_t hint = 0;

	*list = (struct list){ .columns = columns, .table = change->now, .totals = change->totals,
			       .nr = change->now->rows };
	list->item = xcalloc(list->nr, sizeof(*list->item));
	for (pair.row = 0; pair.row < list->nr; pair.row++) {
		struct item *item = &list->item[pair.row];

		item->row = pair.row;
		if (key)
			item->cell = table_get(change->now, pair.row, key);
		item->name = xstrndup(is_sum(item) ? "(all)" : item->cell.text ?: "",
				      LIST_CELL / 2 - 1);
		clean_name(item->name);
		/* A table without names has one row. */
		pair.old = !change->before ? TABLE_NONE : !key ? 0 : old_key == TABLE_NONE ?
			   TABLE_NONE : table_find(change->before, old_key, item->cell.text ?: "",
						   &hint);
		item_build(item, columns, &pair);
		if (text_width(item->name) > list->name_width)
			list->name_width = text_width(item->name);
	}
}

void list_keep(struct list *list, bool (*keep)(const struct item *item, const void *arg),
	       const void *arg)
{
	size_t i, kept = 0;

	for (i = 0; i < list->nr; i++) {
		struct item item = list->item[i];

		if (keep(&item, arg)) {
			list->item[kept++] = item;
		} else {
			free(item.name);
			free(item.value);
		}
	}
	list->nr = kept;
}

static bool has_text(const struct item *item, const void *text)
{
	return !is_sum(item) && strcasestr(item->name, text);
}

void list_filter(struct list *list, const char *text)
{
	if (*text)
		list_keep(list, has_text, text);
}

/* The order of a list. */
struct order {
	const struct list *list;
	size_t column;
	bool reverse;
};

static int compare_names(const struct cell *a, const struct cell *b)
{
	if (a->number && b->number)
		return (a->n > b->n) - (a->n < b->n);
	return strcmp(a->text ?: "", b->text ?: "");
}

static int compare_values(const struct value *a, const struct value *b)
{
	if (a->known != b->known)
		return b->known - a->known;
	return (a->n < b->n) - (a->n > b->n);
}

/* Equal rows stay in the order of the table, also in reverse. */
static int compare(const void *one, const void *two, void *arg)
{
	const struct item *a = one, *b = two;
	const struct order *order = arg;
	const struct column *column = &order->list->columns->column[order->column];
	int result = is_sum(a) - is_sum(b);

	if (result)
		return result;
	if (column->kind == COLUMN_NAME) {
		result = compare_names(&a->cell, &b->cell);
	} else if (column->kind == COLUMN_TEXT) {
		struct cell x = table_get(order->list->table, a->row, column->a);
		struct cell y = table_get(order->list->table, b->row, column->a);

		result = compare_names(&x, &y);
	} else {
		result = compare_values(&a->value[order->column], &b->value[order->column]);
	}
	if (order->reverse)
		result = -result;
	return result ?: (a->row > b->row) - (a->row < b->row);
}

void list_sort(struct list *list, size_t column, bool reverse)
{
	struct order order = { .list = list, .column = column, .reverse = reverse };

	qsort_r(list->item, list->nr, sizeof(*list->item), compare, &order);
}

void list_free(struct list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		free(list->item[i].name);
		free(list->item[i].value);
	}
	free(list->item);
	memset(list, 0, sizeof(*list));
}

int list_width(const struct list *list, size_t col)
{
	const struct column *column = &list->columns->column[col];

	if (column->kind == COLUMN_NAME && list->name_width > column->width)
		return list->name_width;
	return column->width;
}

/* Pad @s on the right if @left, else on the left. */
static void align(const struct list *list, size_t col, bool left, const char *s, char *out)
{
	int pad = list_width(list, col) - text_width(s);

	snprintf(out, LIST_CELL, "%*s%s%*s", left || pad < 0 ? 0 : pad, "", s,
		 left && pad > 0 ? pad : 0, "");
}

/* Names are aligned left, except numbers. All other columns are aligned right. */
static bool is_left(const struct list *list, size_t col)
{
	return list->columns->column[col].kind == COLUMN_NAME &&
	       !(list->nr && list->item[0].cell.number);
}

void list_head(const struct list *list, size_t col, char *out)
{
	const struct column *column = &list->columns->column[col];
	char head[LIST_CELL];

	snprintf(head, sizeof(head), "%s", column->head);
	if (list->totals && column->kind == COLUMN_RATE)
		head[strcspn(head, "/")] = '\0';
	align(list, col, is_left(list, col), head, out);
}

void list_cell(const struct list *list, const struct item *item, size_t col, char *out)
{
	const struct column *column = &list->columns->column[col];
	const struct value *value = &item->value[col];
	const char *text = table_get(list->table, item->row, column->a).text ?: "";
	char s[LIST_CELL];

	switch (column->kind) {
	case COLUMN_NAME:
		snprintf(s, sizeof(s), "%s", item->name);
		break;
	case COLUMN_TEXT:
		snprintf(s, sizeof(s), "%.8s", text);
		break;
	case COLUMN_BYTES:
		fmt_bytes(s, value->n);
		break;
	case COLUMN_COUNT:
	case COLUMN_RATE:
		fmt_count(s, value->n);
		break;
	default:
		snprintf(s, sizeof(s), "%.1f", value->n);
	}
	if (column->kind != COLUMN_NAME && column->kind != COLUMN_TEXT && !value->known)
		snprintf(s, sizeof(s), "-");
	align(list, col, is_left(list, col), s, out);
}
