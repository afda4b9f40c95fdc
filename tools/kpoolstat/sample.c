// SPDX-License-Identifier: GPL-2.0
/*
 * Parse the files of a snapshot into tables. Keys and columns have the names that the files give,
 * so new ones need no change here.
 */
#include <stdlib.h>
#include <string.h>

#include "sample.h"
#include "util.h"

/* A walk over the lines of a file, split into words. */
struct lines {
	const struct snapshot *snap;
	const struct raw *raw;
	char *next;
	const char *end;
	unsigned long line;	/* number of the line read last, in the recording or file */
};

static void __noreturn die_line(const struct lines *lines, const char *what)
{
	if (lines->snap->recorded)
		die("%s:%lu: %s (in %s)", lines->snap->from, lines->line, what, lines->raw->path);
	die("%s/%s:%lu: %s", lines->snap->from, lines->raw->path, lines->line, what);
}

static char *lines_start(struct lines *lines, const struct snapshot *snap, const struct raw *raw)
{
	char *store = xcalloc(raw->len + 1, 1);

	if (raw->len)
		memcpy(store, raw->data, raw->len);
	*lines = (struct lines){
		.snap = snap, .raw = raw, .next = store, .end = store + raw->len,
		.line = raw->line - 1
	};
	return store;
}

/*
 * Return: the next line without its newline, or NULL. The kernel writes ASCII. Refuse control
 * characters, because a recording from elsewhere could send them to the terminal.
 */
static char *lines_next(struct lines *lines)
{
	char *line = lines->next, *c;

	if (line == lines->end)
		return NULL;
	lines->line++;
	for (c = line; c < lines->end && *c != '\n'; c++)
		if ((*c < ' ' && *c != '\t') || *c > '~')
			die_line(lines, "unexpected character");
	lines->next = c + (c < lines->end);
	*c = '\0';
	return line;
}

/* Cut the first word off *line. Return: the word, or NULL at the end. */
static char *word_next(char **line)
{
	char *word = *line + strspn(*line, " \t");

	if (!*word)
		return NULL;
	*line = word + strcspn(word, " \t");
	if (**line)
		*(*line)++ = '\0';
	return word;
}

/* Parse "<key> <value>" in each line. */
static void parse_stats(const struct snapshot *snap, const struct raw *raw, struct table *out)
{
	struct cell *cell = NULL;
	struct lines lines;
	char *line;

	out->store = lines_start(&lines, snap, raw);
	while ((line = lines_next(&lines))) {
		char *key = word_next(&line), *value = word_next(&line);

		if (!value || word_next(&line))
			die_line(&lines, "expected a key and a figure");
		if (table_col(out, key) != TABLE_NONE)
			die_line(&lines, "duplicate key");
		cell = xrealloc(cell, out->cols + 1, sizeof(*cell));
		cell[out->cols] = cell_text(value);
		table_add_col(out, key);
	}
	if (!out->cols) {
		lines.line++;
		die_line(&lines, "the file is empty");
	}
	memcpy(table_add_row(out), cell, out->cols * sizeof(*cell));
	free(cell);
}

static void parse_row(struct lines *lines, struct table *out, char *line)
{
	struct cell *row = table_add_row(out);
	size_t col;
	char *word;

	for (col = 0; (word = word_next(&line)); col++) {
		if (col == out->cols)
			die_line(lines, "more figures than columns");
		row[col] = cell_text(word);
	}
	if (col < out->cols)
		die_line(lines, "fewer figures than columns");
}

/* Parse a line of names, then lines of figures. */
static void parse_columns(const struct snapshot *snap, const struct raw *raw, struct table *out)
{
	struct lines lines;
	char *line, *word;

	out->store = lines_start(&lines, snap, raw);
	line = lines_next(&lines);
	while (line && (word = word_next(&line))) {
		if (table_col(out, word) != TABLE_NONE)
			die_line(&lines, "two columns have the same name");
		table_add_col(out, word);
	}
	if (!out->cols) {
		lines.line = raw->line;
		die_line(&lines, "the names of the columns are missing");
	}
	while ((line = lines_next(&lines)))
		parse_row(&lines, out, line);
}

/* Exit if a column is missing that kpoolstat cannot do without. */
static void need_columns(const struct snapshot *snap, const struct raw *raw,
			 const struct table *table, const char *const *names)
{
	struct lines lines = { .snap = snap, .raw = raw, .line = raw->line };
	struct text what = { 0 };

	for (; *names; names++) {
		if (table_col(table, *names) != TABLE_NONE)
			continue;
		text_printf(&what, "there is no \"%s\"", *names);
		die_line(&lines, what.s);
	}
}

/* Words of slabinfo that are not columns: "# name <objsize> : tunables <limit> : slabdata ...". */
static bool slab_noise(const char *word)
{
	return !strcmp(word, "#") || !strcmp(word, ":") || !strcmp(word, "tunables") ||
	       !strcmp(word, "slabdata");
}

static void parse_slab_row(struct lines *lines, struct table *out, char *line, bool head)
{
	struct cell *row = head ? NULL : table_add_row(out);
	size_t col = 0;
	char *word;

	while ((word = word_next(&line))) {
		if (slab_noise(word))
			continue;
		if (head) {
			word += *word == '<';
			word[strcspn(word, ">")] = '\0';
			table_add_col(out, word);
		} else if (col < out->cols) {
			row[col++] = cell_text(word);
		}
	}
	if (!head && col < out->cols)
		die_line(lines, "fewer figures than columns");
}

static void parse_slabs(const struct snapshot *snap, const struct raw *raw, struct table *out)
{
	struct lines lines;
	char *line;

	out->store = lines_start(&lines, snap, raw);
	lines_next(&lines);	/* the version */
	while ((line = lines_next(&lines))) {
		if (!out->cols && *line != '#')
			die_line(&lines, "the names of the columns are missing");
		parse_slab_row(&lines, out, line, !out->cols);
	}
}

/* Parse "<n> objects <bytes> bytes". Indented frames follow. */
static struct trace parse_trace(struct lines *lines, char *line)
{
	char *n = word_next(&line), *objects = word_next(&line);
	char *sum = word_next(&line), *bytes = word_next(&line);
	struct trace trace = { 0 };

	if (!bytes || !parse_number(n, &trace.objects) || !parse_number(sum, &trace.bytes) ||
	    strcmp(objects, "objects") || strcmp(bytes, "bytes"))
		die_line(lines, "expected \"<n> objects <bytes> bytes\"");
	return trace;
}

static void parse_traces(const struct snapshot *snap, const struct raw *raw, struct heap *heap)
{
	struct lines lines;
	char *line;

	heap->has_traces = true;
	heap->trace_store = lines_start(&lines, snap, raw);
	while ((line = lines_next(&lines))) {
		if (strncmp(line, "  ", 2)) {
			heap->trace = xrealloc(heap->trace, heap->traces + 1,
					       sizeof(*heap->trace));
			heap->trace[heap->traces++] = parse_trace(&lines, line);
		} else if (heap->traces) {
			struct trace *trace = &heap->trace[heap->traces - 1];

			trace->frame = xrealloc(trace->frame, trace->nr + 1,
						sizeof(*trace->frame));
			trace->frame[trace->nr++] = line + 2;
		} else {
			die_line(&lines, "a frame without a trace");
		}
	}
}

static void parse_version(const struct snapshot *snap, const struct raw *raw,
			  struct sample *sample)
{
	struct lines lines;
	char *store = lines_start(&lines, snap, raw), *line = lines_next(&lines);
	char *name = line ? word_next(&line) : NULL, *format = name ? word_next(&line) : NULL;
	char *version = format ? word_next(&line) : NULL;

	if (!version || strcmp(name, "kpool") || !parse_number(format, &sample->format)) {
		lines.line = raw->line;
		die_line(&lines, "expected \"kpool <format> <version>\"");
	}
	if (sample->format != FORMAT_KNOWN)
		die("%s: kpool %s writes files of format %llu; this kpoolstat knows format %d",
		    snap->from, version, sample->format, FORMAT_KNOWN);
	sample->version = xstrndup(version, strlen(version));
	free(store);
}

struct heap *sample_heap(const struct sample *sample, const char *name)
{
	size_t i;

	for (i = 0; i < sample->nr; i++)
		if (!strcmp(sample->heap[i].name, name))
			return &sample->heap[i];
	return NULL;
}

const char *sample_largest(const struct sample *sample)
{
	unsigned long long most = 0;
	const char *name = NULL;
	size_t i;

	for (i = 0; i < sample->nr; i++) {
		unsigned long long bytes = table_number(&sample->heap[i].stats, 0, "bytes");

		if (!name || bytes > most) {
			name = sample->heap[i].name;
			most = bytes;
		}
	}
	return name;
}

void sample_need_heap(const struct sample *sample, const char *name)
{
	if (name && !sample_heap(sample, name))
		die("there is no heap \"%s\"", name);
}

/* Return: the heap that a path belongs to, added if new. Store the name of the file. */
static struct heap *heap_of(struct sample *sample, const char *path, const char **file)
{
	static const char top[] = "heaps/";
	struct heap *heap;
	const char *end;
	char *name;

	if (strncmp(path, top, sizeof(top) - 1))
		return NULL;
	path += sizeof(top) - 1;
	end = strchr(path, '/');
	if (!end || end == path)
		return NULL;
	*file = end + 1;
	name = xstrndup(path, end - path);
	heap = sample_heap(sample, name);
	if (heap) {
		free(name);
		return heap;
	}
	sample->heap = xrealloc(sample->heap, sample->nr + 1, sizeof(*sample->heap));
	heap = &sample->heap[sample->nr++];
	*heap = (struct heap){ .name = name };
	return heap;
}

static void parse_heap_file(const struct snapshot *snap, const struct raw *raw,
			    struct heap *heap, const char *file)
{
	static const char *const stats[] = { "bytes", "arena_size", "arenas", "allocs", NULL };
	static const char *const classes[] = { "class", "size", "pools", "used", NULL };
	static const char *const arenas[] = { "id", "used", "free", "classes", "fill", NULL };

	if (!strcmp(file, "stats")) {
		parse_stats(snap, raw, &heap->stats);
		need_columns(snap, raw, &heap->stats, stats);
	} else if (!strcmp(file, "classes")) {
		parse_columns(snap, raw, &heap->classes);
		need_columns(snap, raw, &heap->classes, classes);
	} else if (!strcmp(file, "arenas")) {
		parse_columns(snap, raw, &heap->arenas);
		need_columns(snap, raw, &heap->arenas, arenas);
	} else if (!strcmp(file, "traces")) {
		parse_traces(snap, raw, heap);
	}
}

struct sample *sample_parse(struct snapshot *snap)
{
	struct sample *sample = xcalloc(1, sizeof(*sample));
	const char *file;
	struct heap *heap;
	size_t i;

	sample->snap = snap;
	/* Parse the version first: the format of the other files depends on it. */
	for (i = 0; i < snap->nr; i++)
		if (!strcmp(snap->raw[i].path, "version"))
			parse_version(snap, &snap->raw[i], sample);
	if (!sample->version)
		die("%s: a sample has no file \"version\"", snap->from);
	for (i = 0; i < snap->nr; i++) {
		const struct raw *raw = &snap->raw[i];

		heap = heap_of(sample, raw->path, &file);
		if (heap)
			parse_heap_file(snap, raw, heap, file);
		else if (!strcmp(raw->path, "slabinfo"))
			parse_slabs(snap, raw, &sample->slabs);
	}
	for (i = 0; i < sample->nr; i++)
		if (!sample->heap[i].stats.rows || !sample->heap[i].classes.cols)
			die("%s: the heap \"%s\" lacks its file \"%s\"", snap->from,
			    sample->heap[i].name,
			    sample->heap[i].stats.rows ? "classes" : "stats");
	return sample;
}

static void heap_free(struct heap *heap)
{
	size_t i;

	table_free(&heap->stats);
	table_free(&heap->classes);
	table_free(&heap->arenas);
	for (i = 0; i < heap->traces; i++)
		free(heap->trace[i].frame);
	free(heap->trace);
	free(heap->trace_store);
	free((char *)heap->name);
}

void sample_free(struct sample *sample)
{
	size_t i;

	if (!sample)
		return;
	for (i = 0; i < sample->nr; i++)
		heap_free(&sample->heap[i]);
	free(sample->heap);
	table_free(&sample->slabs);
	free(sample->version);
	snapshot_free(sample->snap);
	free(sample);
}

double sample_seconds(const struct sample *from, const struct sample *to)
{
	if (!from || from->snap->monotonic >= to->snap->monotonic)
		return 0;
	return (double)(to->snap->monotonic - from->snap->monotonic) / NSEC_PER_SEC;
}
