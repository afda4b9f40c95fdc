// SPDX-License-Identifier: GPL-2.0
/* Helpers for every part. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "util.h"

static void (*leave_screen)(void);

void on_die(void (*leave)(void))
{
	leave_screen = leave;
}

/* Clean the message: names in it may come from a recording, with control characters. */
static void vmessage(const char *format, va_list args)
{
	char *message = NULL;

	if (leave_screen)
		leave_screen();
	fflush(stdout);
	if (vasprintf(&message, format, args) < 0)
		return;
	clean_name(message);
	fprintf(stderr, "kpoolstat: %s\n", message);
	free(message);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vmessage(format, args);
	va_end(args);
	_exit(1);	/* without a report of leaks */
}

void die_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vmessage(format, args);
	va_end(args);
	fputs("Try `kpoolstat --help'.\n", stderr);
	_exit(2);
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ?: 1, size ?: 1);

	if (!p)
		die("out of memory");
	return p;
}

void *xrealloc(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n ?: 1, size ?: 1);
	if (!p)
		die("out of memory");
	return p;
}

char *xstrndup(const char *s, size_t len)
{
	char *copy = strndup(s, len);

	if (!copy)
		die("out of memory");
	return copy;
}

char *text_room(struct text *text, size_t more)
{
	if (text->len + more + 1 > text->room) {
		text->room = 2 * text->room + more + 1;
		text->s = xrealloc(text->s, text->room, 1);
	}
	return text->s + text->len;
}

void text_add(struct text *text, const char *s, size_t len)
{
	memcpy(text_room(text, len), s, len);
	text->len += len;
	text->s[text->len] = '\0';
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	va_start(args, format);
	vsnprintf(text_room(text, len), len + 1, format, args);
	va_end(args);
	text->len += len;
}

bool parse_number(const char *s, unsigned long long *value)
{
	unsigned long long n = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *s - '0', &n))
			return false;
	}
	*value = n;
	return true;
}

/* Write three digits and the unit: 1.5M, 66.5M, 512M. */
static void fmt_scaled(char *out, double value, double step, const char *units)
{
	while (value >= step - 0.5 && units[1]) {
		value /= step;
		units++;
	}
	snprintf(out, FMT_SIZE, value < 99.95 ? "%.1f%c" : "%.0f%c", value, *units);
}

void fmt_bytes(char *out, double bytes)
{
	if (bytes < 1024)
		snprintf(out, FMT_SIZE, "%.0f", bytes);
	else
		fmt_scaled(out, bytes, 1024, " KMGTPE");
}

void fmt_count(char *out, double count)
{
	if (count > 0 && count < 9.95)
		snprintf(out, FMT_SIZE, count == (int)count ? "%.0f" : "%.1f", count);
	else if (count < 99999.5)
		snprintf(out, FMT_SIZE, "%.0f", count);
	else
		fmt_scaled(out, count, 1000, " kMGTPE");
}

void clean_name(char *s)
{
	size_t left = strlen(s);
	mbstate_t state = { 0 };

	while (left) {
		wchar_t c;
		size_t len = mbrtowc(&c, s, left, &state);

		if (len == (size_t)-1 || len == (size_t)-2) {
			memset(&state, 0, sizeof(state));
			len = 1;
			c = 0;
		}
		left -= len;
		if (iswprint(c) && is_plain(c)) {
			s += len;
		} else {
			*s++ = '?';
			memmove(s, s + len - 1, left + 1);
		}
	}
}

bool is_plain(unsigned int c)
{
	static const struct { unsigned int first, last; } not[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(not); i++)
		if (c >= not[i].first && c <= not[i].last)
			return false;
	return true;
}

size_t utf8_char(const char *text, unsigned int *c)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t len = *s < 0x80 ? 1 : *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2, i;

	*c = len == 1 ? *s : *s & (0x7f >> len);
	if ((*s >= 0x80 && *s < 0xc2) || *s > 0xf4)
		return 0;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	return *c < least[len] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? 0 : len;
}

unsigned long long clock_ns(int clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

void fmt_time(char *out, size_t size, unsigned long long realtime_ns)
{
	time_t seconds = realtime_ns / NSEC_PER_SEC;
	struct tm tm;

	localtime_r(&seconds, &tm);
	if (!strftime(out, size, "%Y-%m-%d %H:%M:%S", &tm))
		*out = '\0';
}

void flush_output(void)
{
	if (fflush(stdout) || ferror(stdout))
		die("standard output: %s", strerror(errno));
}

void close_output(void)
{
	flush_output();
	if (fclose(stdout))
		die("standard output: %s", strerror(errno));
}
