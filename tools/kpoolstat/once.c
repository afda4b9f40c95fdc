// SPDX-License-Identifier: GPL-2.0
/* Modes that print text: a list once, or a line for each interval. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arenas.h"
#include "list.h"
#include "model.h"
#include "oneshot.h"
#include "util.h"

/* Lines after which the head is repeated. */
#define LINES_HEAD	20

/* Print a row, or the heads if @item is NULL, and then @more. */
static void print_row(const struct list *list, const struct item *item, const char *more)
{
	struct text line = { 0 };
	char cell[LIST_CELL];
	size_t col;

	for (col = 0; col < list->columns->nr; col++) {
		if (item)
			list_cell(list, item, col, cell);
		else
			list_head(list, col, cell);
		text_printf(&line, "%s%s", col ? " " : "", cell);
	}
	text_printf(&line, " %s", more);
	while (line.len && line.s[line.len - 1] == ' ')
		line.s[--line.len] = '\0';
	puts(line.s);
	free(line.s);
}

/* Width of a row and the blank after it. */
static int row_width(const struct list *list)
{
	size_t col;
	int width = 0;

	for (col = 0; col < list->columns->nr; col++)
		width += list_width(list, col) + 1;
	return width;
}

static size_t sort_column(const struct options *options, const struct columns *columns)
{
	size_t col = columns_find(columns, options->sort);

	if (col == TABLE_NONE)
		die_usage("there is no column \"%s\" here", options->sort);
	return col;
}

static void sort_list(const struct options *options, struct list *list)
{
	if (options->sort || options->reverse)
		list_sort(list, options->sort ? sort_column(options, list->columns) : 0,
			  options->reverse);
}

static void print_list(const struct options *options, const struct columns *columns,
		       const struct change *change)
{
	struct list list;
	size_t i;

	list_build(&list, columns, change);
	list_filter(&list, options->filter);
	sort_list(options, &list);
	print_row(&list, NULL, "");
	for (i = 0; i < list.nr; i++)
		print_row(&list, &list.item[i], "");
	list_free(&list);
}

/* The name of the heap to print: the one in @options, or the largest. */
static const char *one_heap(const struct options *options, const struct sample *sample)
{
	return options->heap ?: sample_largest(sample) ?: "";
}

static void print_fill(int left, const char *fill)
{
	printf("%*s", left, "");
	for (; *fill; fill++)
		putchar(fill_char(*fill));
	putchar('\n');
}

/* Print two lines for each arena: the classes of the pools, and their fill. */
static void once_map(const struct options *options, const struct sample *sample)
{
	const struct heap *heap = sample_heap(sample, one_heap(options, sample));
	struct change change = { .now = heap ? &heap->arenas : NULL };
	struct list list;
	size_t i;

	if (!heap)
		return;
	list_build(&list, &arena_columns, &change);
	list_filter_pools(&list, heap, options->filter);
	sort_list(options, &list);
	print_row(&list, NULL, "POOLS: class, and below fill (* full)");
	for (i = 0; i < list.nr; i++) {
		size_t row = list.item[i].row;

		print_row(&list, &list.item[i], table_get(&heap->arenas, row, "classes").text);
		print_fill(row_width(&list), table_get(&heap->arenas, row, "fill").text);
	}
	list_free(&list);
}

static void once_figures(const struct options *options, const struct sample *sample)
{
	const struct heap *heap = sample_heap(sample, one_heap(options, sample));
	size_t i, j;

	for (i = 0; heap && i < heap->stats.cols; i++)
		if (strstr(heap->stats.name[i], options->filter))
			printf("%-16s %20s\n", heap->stats.name[i], heap->stats.cell[i].text);
	for (i = 0; heap && i < heap->traces && !*options->filter; i++) {
		const struct trace *trace = &heap->trace[i];

		printf("%llu objects %llu bytes\n", trace->objects, trace->bytes);
		for (j = 0; j < trace->nr; j++)
			printf("  %s\n", trace->frame[j]);
	}
}

static void once_tables(const struct options *options, const struct sample *now,
			const struct sample *before, const struct columns *columns,
			struct table (*model)(const struct sample *, const char *))
{
	const char *heap = options->heap ?: ALL_HEAPS;
	struct table table = model(now, heap), old = { 0 };
	struct change change = { .now = &table, .seconds = sample_seconds(before, now) };

	if (before)
		old = model(before, heap);
	change.before = before ? &old : NULL;
	print_list(options, columns, &change);
	table_free(&table);
	table_free(&old);
}

static struct table one_or_all(const struct sample *sample, const char *heap)
{
	return strcmp(heap, ALL_HEAPS) ? model_total(sample, heap) : model_heaps_and_sum(sample);
}

void once_print(const struct options *options, const struct sample *now,
		const struct sample *before)
{
	char time[32];

	fmt_time(time, sizeof(time), now->snap->realtime);
	printf("kpool %s, %s\n", now->version, time);
	switch (options->view) {
	case VIEW_CLASSES:
		once_tables(options, now, before, &class_columns, model_classes);
		break;
	case VIEW_SLABS:
		once_tables(options, now, before, &slab_columns, model_slabs);
		break;
	case VIEW_MAP:
		once_map(options, now);
		break;
	case VIEW_FIGURES:
		once_figures(options, now);
		break;
	default:
		once_tables(options, now, before, &heap_columns, one_or_all);
	}
	flush_output();
}

/* Print a line about the time between two samples. */
static void print_line(const char *heap, const struct sample *now, const struct sample *before,
		       bool head)
{
	struct table table = model_total(now, heap), old = model_total(before, heap);
	struct change change = {
		.now = &table, .before = &old, .seconds = sample_seconds(before, now)
	};
	struct list list;

	/* Print dashes for a heap that is not there now. */
	if (!table.rows) {
		table_add_col(&table, "heap");
		table_add_row(&table);
	}
	if (!old.rows) {
		change.before = &table;
		change.seconds = 0;
	}
	list_build(&list, &line_columns, &change);
	if (head)
		print_row(&list, NULL, "");
	print_row(&list, &list.item[0], "");
	list_free(&list);
	table_free(&table);
	table_free(&old);
	flush_output();
}

void lines_run(const struct options *options, struct feed *feed)
{
	const char *heap = options->heap ?: ALL_HEAPS;
	unsigned long long start = clock_ns(CLOCK_MONOTONIC), nr;
	struct sample *before = feed_next(feed, 0), *now;

	for (nr = 0; !options->count || nr < options->count; nr++) {
		if (!feed_wait(feed, start, nr + 1, options->interval))
			break;
		now = feed_next(feed, 0);
		if (!now)
			break;
		print_line(heap, now, before, nr % LINES_HEAD == 0);
		sample_free(before);
		before = now;
	}
	sample_free(before);
}
