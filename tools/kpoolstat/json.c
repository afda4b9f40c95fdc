// SPDX-License-Identifier: GPL-2.0
/*
 * JSON and CSV: every figure of the files, digit by digit as it was read.
 */
#include <string.h>

#include "oneshot.h"
#include "util.h"

/* Bytes of the character of UTF-8 at @s, 0 if there is none. */
static size_t utf8_len(const unsigned char *s)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0x80 ? 1 : *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2, i;
	unsigned int c = len == 1 ? *s : *s & (0x7f >> len);

	if ((*s >= 0x80 && *s < 0xc2) || *s > 0xf4)
		return 0;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : len;
}

static void json_string(FILE *file, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	fputc('"', file);
	while (*s) {
		size_t len = utf8_len(s);

		if (!len)
			fputs("\\ufffd", file);
		else if (*s == '"' || *s == '\\')
			fprintf(file, "\\%c", *s);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(file, "\\u%04x", *s);
		else
			fwrite(s, 1, len, file);
		s += len ?: 1;
	}
	fputc('"', file);
}

/* A number as it was read, but for zeros in front, which JSON does not know. */
static void json_cell(FILE *file, const struct cell *cell)
{
	if (cell->number)
		fprintf(file, "%llu", cell->n);
	else
		json_string(file, cell->text ?: "");
}

static bool is_map(const char *name)
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
		/* A map of digits only is a text all the same. */
		if (is_map(table->name[col]))
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

/* A field is quoted where it could be taken for something else. */
static void csv_text(FILE *file, const char *s)
{
	if (!s[strcspn(s, ",\"\r\n")]) {
		fputs(s, file);
		return;
	}
	fputc('"', file);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', file);
		fputc(*s, file);
	}
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
			/* Their order is that of the first line. */
			for (col = 0; col < first->cols; col++) {
				fputc(',', file);
				csv_text(file, table_get(table, row, first->name[col]).text ?: "");
			}
			fputc('\n', file);
		}
	}
}
