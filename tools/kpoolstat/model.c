// SPDX-License-Identifier: GPL-2.0
/* Tables derived from the figures of a sample. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "util.h"

/* Figures that are not added up: constants, and figures shared by all heaps. */
static bool is_common(const char *key)
{
	return !strcmp(key, "arena_size") || !strcmp(key, "reserve") || !strcmp(key, "size");
}

static void set(struct table *table, size_t row, const char *name, struct cell cell)
{
	table->cell[row * table->cols + table_col(table, name)] = cell;
}

/* Bytes requested from a debug heap, added up from its traces. */
static struct cell heap_asked(const struct heap *heap)
{
	unsigned long long bytes = 0;
	size_t i;

	for (i = 0; i < heap->traces; i++)
		bytes += heap->trace[i].bytes;
	return heap->has_traces ? cell_number(bytes) : (struct cell){ 0 };
}

static struct table model_heaps(const struct sample *sample)
{
	struct table out = { 0 };
	size_t i, col;

	table_add_col(&out, "heap");
	table_add_col(&out, "asked");
	/* All heaps have the same keys. */
	for (col = 0; sample->nr && col < sample->heap[0].stats.cols; col++)
		table_add_col(&out, sample->heap[0].stats.name[col]);
	for (i = 0; i < sample->nr; i++) {
		const struct heap *heap = &sample->heap[i];
		struct cell *row = table_add_row(&out);

		row[0].text = heap->name;
		row[1] = heap_asked(heap);
		for (col = 2; col < out.cols; col++)
			row[col] = table_get(&heap->stats, 0, out.name[col]);
	}
	return out;
}

/* One row with the sums of all rows of @table. */
static struct table sum_rows(const struct table *table)
{
	struct table out = { 0 };
	struct cell *sum;
	size_t row, col;

	for (col = 0; col < table->cols; col++)
		table_add_col(&out, table->name[col]);
	sum = table_add_row(&out);
	for (col = 0; col < out.cols; col++) {
		bool common = is_common(out.name[col]);

		for (row = 0; row < table->rows; row++) {
			const struct cell *cell = &table->cell[row * table->cols + col];

			sum[col].number |= cell->number;
			sum[col].n = common ? cell->n : sum[col].n + cell->n;
		}
	}
	return out;
}

static struct table sum_of_heaps(const struct table *heaps)
{
	struct table sum = sum_rows(heaps);

	sum.cell[0] = (struct cell){ .text = ALL_HEAPS };
	return sum;
}

static void copy_row(struct table *to, const struct table *from, size_t row)
{
	memcpy(table_add_row(to), &from->cell[row * from->cols], from->cols * sizeof(*from->cell));
}

struct table model_heaps_and_sum(const struct sample *sample)
{
	struct table out = model_heaps(sample), sum;

	if (out.rows > 1) {
		sum = sum_of_heaps(&out);
		copy_row(&out, &sum, 0);
		table_free(&sum);
	}
	return out;
}

struct table model_total(const struct sample *sample, const char *name)
{
	struct table heaps = model_heaps(sample), out = { 0 };
	bool all = !strcmp(name, ALL_HEAPS);
	size_t hint = 0, row, col;

	if (all)
		out = sum_of_heaps(&heaps);
	row = all ? TABLE_NONE : table_find(&heaps, 0, name, &hint);
	if (row != TABLE_NONE) {
		for (col = 0; col < heaps.cols; col++)
			table_add_col(&out, heaps.name[col]);
		copy_row(&out, &heaps, row);
	}
	table_free(&heaps);
	return out;
}

unsigned long long model_pool_size(const struct heap *heap)
{
	const struct table *stats = &heap->stats;
	unsigned long long pools = table_number(stats, 0, "pools") +
				   table_number(stats, 0, "pools_free") +
				   table_number(stats, 0, "pools_returned");
	unsigned long long bytes = table_number(stats, 0, "arenas") *
				   table_number(stats, 0, "arena_size") -
				   table_number(stats, 0, "bytes_header");

	return pools ? bytes / pools : 0;
}

static void add_class(struct table *out, const struct heap *heap, size_t from, size_t row)
{
	const struct table *classes = &heap->classes;
	struct cell *to;
	size_t col;

	/* Add up the rows of several heaps. */
	to = row < out->rows ? &out->cell[row * out->cols] : table_add_row(out);
	for (col = 0; col + 2 < out->cols; col++) {
		struct cell cell = table_get(classes, from, out->name[col]);
		bool sum = to[col].number && !is_common(out->name[col]);

		cell.n += sum ? to[col].n : 0;
		to[col] = cell;
	}
	to[col].number = true;
	to[col].n += table_number(classes, from, "pools") * model_pool_size(heap);
	to[col + 1].number = true;
	to[col + 1].n += table_number(classes, from, "used") * table_number(classes, from, "size");
}

struct table model_classes(const struct sample *sample, const char *name)
{
	bool all = !strcmp(name, ALL_HEAPS);
	struct table out = { 0 };
	size_t i, row, col;

	for (i = 0; i < sample->nr; i++) {
		const struct heap *heap = &sample->heap[i];

		if (!all && strcmp(heap->name, name))
			continue;
		for (col = 0; !out.rows && col < heap->classes.cols; col++)
			table_add_col(&out, heap->classes.name[col]);
		if (!out.rows) {
			table_add_col(&out, "held");
			table_add_col(&out, "bytes_used");
		}
		for (row = 0; row < heap->classes.rows; row++)
			add_class(&out, heap, row, row);
		if (!out.rows)
			table_free(&out);
	}
	return out;
}

/* Return: the object size of a cache of kmalloc(), 2048 for "kmalloc-rcl-2k"; 0 for others. */
static unsigned long long cache_size(const char *name)
{
	const char *dash = strrchr(name, '-');
	unsigned long long size;
	char *digits;
	size_t len;

	if (!dash || !strstr(name, "kmalloc-"))
		return 0;
	len = strspn(dash + 1, "0123456789");
	digits = xstrndup(dash + 1, len);
	if (!parse_number(digits, &size))
		size = 0;
	free(digits);
	dash += 1 + len;
	if (*dash == 'k')
		size <<= 10;
	else if (*dash == 'M')
		size <<= 20;
	return size;
}

/* Return: the smallest object size of a cache of kmalloc() that fits @bytes, or 0. */
static unsigned long long cache_for(const struct table *slabs, unsigned long long bytes)
{
	unsigned long long best = ULLONG_MAX;
	size_t row;

	for (row = 0; row < slabs->rows; row++) {
		unsigned long long size = cache_size(table_get(slabs, row, "name").text ?: "");

		if (size >= bytes && size && size < best)
			best = size;
	}
	return best == ULLONG_MAX ? 0 : best;
}

/* Add up all caches of a size: normal, reclaimable, accounted, random. */
static void add_caches(struct table *out, size_t row, const struct sample *sample,
		       unsigned long long size)
{
	const struct table *slabs = &sample->slabs;
	unsigned long long objects = 0, used = 0, pages = 0;
	size_t i;

	for (i = 0; i < slabs->rows; i++) {
		unsigned long long active = table_number(slabs, i, "active_objs");

		if (cache_size(table_get(slabs, i, "name").text ?: "") != size)
			continue;
		objects += active;
		used += active * size;
		pages += table_number(slabs, i, "num_slabs") *
			 table_number(slabs, i, "pagesperslab");
	}
	set(out, row, "cache", cell_number(size));
	set(out, row, "objects", cell_number(objects));
	set(out, row, "cache_used", cell_number(used));
	set(out, row, "cache_held", cell_number(pages * sample->snap->page_size));
}

struct table model_slabs(const struct sample *sample, const char *heap)
{
	static const char *const names[] = {
		"size", "used", "held", "bytes_used", "as_kmalloc", "cache", "objects",
		"cache_used", "cache_held",
	};
	struct table classes = model_classes(sample, heap), out = { 0 };
	size_t row, i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		table_add_col(&out, names[i]);
	for (row = 0; row < classes.rows; row++) {
		unsigned long long size, used = table_number(&classes, row, "used");

		table_add_row(&out);
		for (i = 0; i < 4; i++)
			set(&out, row, names[i], table_get(&classes, row, names[i]));
		size = cache_for(&sample->slabs, table_number(&classes, row, "size"));
		if (!size)
			continue;
		set(&out, row, "as_kmalloc", cell_number(used * size));
		add_caches(&out, row, sample, size);
	}
	table_free(&classes);
	return out;
}
