// SPDX-License-Identifier: GPL-2.0
/* JSON and CSV: every figure of the files, with all digits that were read. */
#include <string.h>

#include "oneshot.h"
#include "util.h"

static void json_string(FILE *file, const char *s)
{
	unsigned int c;
	size_t len;

	fputc('"', file);
	for (; *s; s += len ?: 1) {
		len = utf8_char(s, &c);
		if (!len)
			fputs("\\ufffd", file);
		else if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (!is_plain(c))
			fprintf(file, "\\u%04x", c);
		else
			fwrite(s, 1, len, file);
	}
	fputc('"', file);
}

/* Print a number as it was read, except leading zeros, which JSON forbids. */
static void json_cell(FILE *file, const struct cell *cell)
{
	if (cell->number)
		fprintf(file, "%llu", cell->n);
	else
		json_string(file, cell->text ?: "");
}

static bool is_strip(const char *name)
{
	return !strcmp(name, "classes") || !strcmp(name, "fill") || !strcmp(name, "class");
}

static void json_row(FILE *file, const struct table *table, size_t row)
{
	size_t col;

	fputc('{', file);
	for (col = 0; col < table->cols; col++) {
		const struct cell *cell = &table->cell[row * table->cols + col];

		if (col)
			fputc(',', file);
		json_string(file, table->name[col]);
		fputc(':', file);
		/* A strip is a text, even one that consists of digits. */
		if (is_strip(table->name[col]))
			json_string(file, cell->text ?: "");
		else
			json_cell(file, cell);
	}
	fputc('}', file);
}

static void json_rows(FILE *file, const char *name, const struct table *table)
{
	size_t row;

	fprintf(file, ",\"%s\":[", name);
	for (row = 0; row < table->rows; row++) {
		if (row)
			fputc(',', file);
		json_row(file, table, row);
	}
	fputc(']', file);
}

static void json_traces(FILE *file, const struct heap *heap)
{
	size_t i, j;

	fputs(",\"traces\":[", file);
	for (i = 0; i < heap->traces; i++) {
		const struct trace *trace = &heap->trace[i];

		fprintf(file, "%s{\"objects\":%llu,\"bytes\":%llu,\"trace\":[", i ? "," : "",
			trace->objects, trace->bytes);
		for (j = 0; j < trace->nr; j++) {
			if (j)
				fputc(',', file);
			json_string(file, trace->frame[j]);
		}
		fputs("]}", file);
	}
	fputc(']', file);
}

static void json_heap(FILE *file, const struct heap *heap)
{
	json_string(file, heap->name);
	fputs(":{\"stats\":", file);
	json_row(file, &heap->stats, 0);
	json_rows(file, "classes", &heap->classes);
	if (heap->arenas.cols)
		json_rows(file, "arenas", &heap->arenas);
	if (heap->has_traces)
		json_traces(file, heap);
	fputc('}', file);
}

void json_print(FILE *file, const struct sample *sample, const char *only)
{
	const struct snapshot *snap = sample->snap;
	const char *comma = "";
	size_t i;

	fprintf(file, "{\"kpoolstat\":1,\"format\":%llu,\"version\":", sample->format);
	json_string(file, sample->version);
	fprintf(file, ",\"realtime_ns\":%llu,\"monotonic_ns\":%llu,\"page_size\":%llu,\"heaps\":{",
		snap->realtime, snap->monotonic, snap->page_size);
	for (i = 0; i < sample->nr; i++) {
		if (only && strcmp(only, sample->heap[i].name))
			continue;
		fputs(comma, file);
		json_heap(file, &sample->heap[i]);
		comma = ",";
	}
	fputc('}', file);
	if (sample->slabs.cols)
		json_rows(file, "slabinfo", &sample->slabs);
	fputs("}\n", file);
}

/*
 * Quote a field with a comma or a quote in it. Escape characters that are not plain as in JSON,
 * because CSV is often printed on a terminal.
 */
static void csv_text(FILE *file, const char *s)
{
	bool quote = s[strcspn(s, ",\"")];
	unsigned int c;
	size_t len;

	if (quote)
		fputc('"', file);
	for (; *s; s += len ?: 1) {
		len = utf8_char(s, &c);
		if (!len)
			fprintf(file, "\\x%02x", (unsigned char)*s);
		else if (!is_plain(c))
			fprintf(file, "\\u%04x", c);
		else if (c == '"')
			fputs("\"\"", file);
		else
			fwrite(s, 1, len, file);
	}
	if (quote)
		fputc('"', file);
}

static const struct table *csv_table(const struct heap *heap, const char *name)
{
	if (!strcmp(name, "classes"))
		return &heap->classes;
	return !strcmp(name, "arenas") ? &heap->arenas : &heap->stats;
}

void csv_print(FILE *file, const struct sample *sample, const char *name, const char *only,
	       bool head)
{
	const struct table *first = sample->nr ? csv_table(&sample->heap[0], name) : NULL;
	size_t i, row, col;

	if (head && first) {
		fputs("realtime_ns,monotonic_ns,heap", file);
		for (col = 0; col < first->cols; col++)
			fprintf(file, ",%s", first->name[col]);
		fputc('\n', file);
	}
	for (i = 0; i < sample->nr; i++) {
		const struct table *table = csv_table(&sample->heap[i], name);

		for (row = 0; row < table->rows; row++) {
			if (only && strcmp(only, sample->heap[i].name))
				continue;
			fprintf(file, "%llu,%llu,", sample->snap->realtime,
				sample->snap->monotonic);
			csv_text(file, sample->heap[i].name);
			/* Columns are in the order of the first line. */
			for (col = 0; col < first->cols; col++) {
				fputc(',', file);
				csv_text(file, table_get(table, row, first->name[col]).text ?: "");
			}
			fputc('\n', file);
		}
	}
}
