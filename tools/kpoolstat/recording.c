// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings, written and read.
 *
 * recording_open() reads the whole recording and walks over all samples, so that it refuses a
 * recording that is cut off or malformed at once. The files in a sample are parsed later.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "recording.h"
#include "util.h"

/**
 * struct place - a place in a recording
 * @offset: byte, counted from 0
 * @line: line, counted from 1
 */
struct place {
	size_t offset;
	unsigned long line;
};

struct recording {
	const char *path;
	struct text text;
	unsigned long long page_size;
	struct place *sample;
	size_t nr;
};

/* A walk over the lines between the files. */
struct reader {
	const struct recording *rec;
	struct place at;
	unsigned long line;	/* number of the line read last */
};

#define die_at(reader, format, ...)	\
	die("%s:%lu: " format, (reader)->rec->path, (reader)->line, ##__VA_ARGS__)

/* Write a path. A name may have any character except "/", so escape newline and backslash. */
static void write_path(FILE *file, const char *path)
{
	for (; *path; path++) {
		if (*path == '\n')
			fputs("\\n", file);
		else if (*path == '\\')
			fputs("\\\\", file);
		else
			fputc(*path, file);
	}
}

static char *read_path(const char *s)
{
	char *path = xcalloc(strlen(s) + 1, 1), *out = path;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			*out++ = *++s == 'n' ? '\n' : *s;
		else
			*out++ = *s;
	}
	return path;
}

void recording_head(FILE *file, const struct snapshot *first)
{
	fprintf(file, "%s %d\npage_size %llu\n", RECORDING_MAGIC, RECORDING_FORMAT,
		first->page_size);
}

void recording_write(FILE *file, const struct snapshot *snap, size_t nr)
{
	size_t i;

	fprintf(file, "sample %zu %llu %llu\n", nr, snap->realtime, snap->monotonic);
	for (i = 0; i < snap->nr; i++) {
		const struct raw *raw = &snap->raw[i];

		fprintf(file, "file %zu ", raw->len);
		write_path(file, raw->path);
		fputc('\n', file);
		fwrite(raw->data, 1, raw->len, file);
		if (raw->len && raw->data[raw->len - 1] != '\n')
			fputc('\n', file);
	}
	fprintf(file, "end %zu\n", nr);
}

/* Return: a copy of the next line, or NULL at the end. Exit if the line has no newline. */
static char *reader_line(struct reader *reader)
{
	const struct text *text = &reader->rec->text;
	const char *start = text->s + reader->at.offset, *end;

	reader->line = reader->at.line;
	if (reader->at.offset == text->len)
		return NULL;
	end = memchr(start, '\n', text->len - reader->at.offset);
	if (!end)
		die_at(reader, "the recording is cut off here");
	reader->at.offset = end + 1 - text->s;
	reader->at.line++;
	return xstrndup(start, end - start);
}

/* Match "<word> <number>..." with @nr numbers. Return: the rest of the line, or NULL. */
static const char *match(const char *line, const char *word, unsigned long long *n, size_t nr)
{
	size_t i, len = strlen(word);

	if (strncmp(line, word, len))
		return NULL;
	line += len;
	for (i = 0; i < nr; i++) {
		size_t digits;
		char *text;
		bool ok;

		if (*line++ != ' ')
			return NULL;
		digits = strspn(line, "0123456789");
		text = xstrndup(line, digits);
		ok = parse_number(text, &n[i]);
		free(text);
		if (!ok)
			return NULL;
		line += digits;
	}
	return line;
}

static bool matches(const char *line, const char *word, unsigned long long *n, size_t nr)
{
	const char *rest = match(line, word, n, nr);

	return rest && !*rest;
}

static size_t count_lines(const char *s, size_t len)
{
	const char *end = s + len;
	size_t nr = 0;

	while ((s = memchr(s, '\n', end - s))) {
		nr++;
		s++;
	}
	return nr;
}

/* Step over the bytes of a file. Return: the first of them. */
static const char *reader_bytes(struct reader *reader, size_t len)
{
	const struct text *text = &reader->rec->text;
	const char *data = text->s + reader->at.offset;
	size_t left = text->len - reader->at.offset;

	if (left < len) {
		reader->line = reader->at.line + count_lines(data, left);
		die_at(reader, "the recording is cut off here, %zu bytes short of a file's end",
		       len - left);
	}
	reader->at.line += count_lines(data, len);
	reader->at.offset += len;
	if (len && data[len - 1] != '\n') {
		reader->line = reader->at.line;
		if (left == len)
			die_at(reader, "the recording is cut off here");
		if (data[len] != '\n')
			die_at(reader, "the file does not end where its length says");
		reader->at.line++;
		reader->at.offset++;
	}
	return data;
}

/* Read a file of a sample. Add it to @snap, unless that is NULL. */
static void reader_file(struct reader *reader, unsigned long long len, const char *path,
			struct snapshot *snap)
{
	unsigned long line = reader->at.line;
	const char *data = reader_bytes(reader, len);
	struct raw *raw;
	char *name;

	if (!snap)
		return;
	name = read_path(path);
	raw = snapshot_add(snap, name, strlen(name));
	raw->data = xcalloc(len + 1, 1);
	memcpy(raw->data, data, len);
	raw->len = len;
	raw->line = line;
	free(name);
}

/* Read the files of a sample and its end. */
static void reader_files(struct reader *reader, size_t nr, struct snapshot *snap)
{
	unsigned long long n;
	bool end = false;

	while (!end) {
		char *line = reader_line(reader);
		const char *path;

		if (!line)
			die_at(reader, "the recording is cut off here, in sample %zu", nr);
		path = match(line, "file", &n, 1);
		if (path && *path == ' ' && path[1])
			reader_file(reader, n, path + 1, snap);
		else if (matches(line, "end", &n, 1) && n == nr)
			end = true;
		else
			die_at(reader, "expected \"file <bytes> <path>\" or \"end %zu\"", nr);
		free(line);
	}
}

/* Read a sample. Return: false at the end of the recording. */
static bool reader_sample(struct reader *reader, size_t nr, struct snapshot *snap)
{
	char *line = reader_line(reader);
	unsigned long long n[3];

	if (!line)
		return false;
	if (!matches(line, "sample", n, 3) || n[0] != nr)
		die_at(reader, "expected \"sample %zu <realtime ns> <monotonic ns>\"", nr);
	free(line);
	if (snap) {
		snap->realtime = n[1];
		snap->monotonic = n[2];
	}
	reader_files(reader, nr, snap);
	return true;
}

static void reader_head(struct reader *reader, struct recording *rec)
{
	unsigned long long format;
	char *line = reader_line(reader);

	if (!line || !matches(line, RECORDING_MAGIC, &format, 1))
		die_at(reader, "this is not a recording of kpoolstat");
	if (format != RECORDING_FORMAT)
		die_at(reader, "the recording has format %llu; this kpoolstat knows format %d",
		       format, RECORDING_FORMAT);
	free(line);
	line = reader_line(reader);
	if (!line || !matches(line, "page_size", &rec->page_size, 1))
		die_at(reader, "expected \"page_size <bytes>\"");
	free(line);
}

static void read_file(const char *path, struct text *text)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	size_t got;

	if (!file)
		die("%s: %s", path, strerror(errno));
	while ((got = fread(text_room(text, 1 << 20), 1, 1 << 20, file)))
		text->len += got;
	if (ferror(file))
		die("%s: %s", path, strerror(errno));
	text_add(text, "", 0);
	if (!is_stdin)
		fclose(file);
}

struct recording *recording_open(const char *path)
{
	struct recording *rec = xcalloc(1, sizeof(*rec));
	struct reader reader = { .rec = rec, .at.line = 1 };
	struct place place;

	rec->path = path;
	read_file(path, &rec->text);
	reader_head(&reader, rec);
	while (place = reader.at, reader_sample(&reader, rec->nr + 1, NULL)) {
		rec->sample = xrealloc(rec->sample, rec->nr + 1, sizeof(*rec->sample));
		rec->sample[rec->nr++] = place;
	}
	if (!rec->nr)
		die_at(&reader, "the recording has no samples");
	return rec;
}

void recording_close(struct recording *rec)
{
	if (!rec)
		return;
	free(rec->text.s);
	free(rec->sample);
	free(rec);
}

size_t recording_samples(const struct recording *rec)
{
	return rec->nr;
}

struct snapshot *recording_read(const struct recording *rec, size_t nr)
{
	struct reader reader = { .rec = rec, .at = rec->sample[nr] };
	struct snapshot *snap = xcalloc(1, sizeof(*snap));

	snap->from = rec->path;
	snap->recorded = true;
	snap->page_size = rec->page_size;
	reader_sample(&reader, nr + 1, snap);
	return snap;
}

bool is_recording(const char *path)
{
	struct stat st;

	return !strcmp(path, "-") || (!stat(path, &st) && !S_ISDIR(st.st_mode));
}
