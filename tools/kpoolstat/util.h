/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers for every part: errors, memory, growing text, formatted figures, time. */
#ifndef KPOOLSTAT_UTIL_H
#define KPOOLSTAT_UTIL_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_SEC	1000000000ULL

#define __noreturn	__attribute__((noreturn))
#define __printf(a, b)	__attribute__((format(printf, a, b)))

/* Size of a buffer for fmt_bytes() and fmt_count(). */
#define FMT_SIZE	32

/* Have die() call @leave before it prints, to leave the live screen. NULL for no call. */
void on_die(void (*leave)(void));

/* Print "kpoolstat: ..." and exit with status 1, or 2 for wrong use. */
void die(const char *format, ...) __printf(1, 2) __noreturn;
void die_usage(const char *format, ...) __printf(1, 2) __noreturn;

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrndup(const char *s, size_t len);

/**
 * struct text - text that grows
 * @s: the text and a NUL, or NULL before the first byte
 * @len: bytes without the NUL
 * @room: bytes allocated
 */
struct text {
	char *s;
	size_t len;
	size_t room;
};

void text_add(struct text *text, const char *s, size_t len);
void text_printf(struct text *text, const char *format, ...) __printf(2, 3);
/* Return: room for @more bytes after the text, which the caller fills. */
char *text_room(struct text *text, size_t more);

/* Store the value if @s has digits only and fits into 64 bits. Return: whether it does. */
bool parse_number(const char *s, unsigned long long *value);

/* Format 1536 bytes as "1.5K", a count of 1500000 as "1.5M". */
void fmt_bytes(char *out, double bytes);
void fmt_count(char *out, double count);

/* False for control characters, and for characters that reorder, join or hide others. */
bool is_plain(unsigned int c);
/* Replace each character of a name that is not plain by "?". */
void clean_name(char *s);
/* Store the UTF-8 character at @s. Return: its bytes, or 0 if there is none. */
size_t utf8_char(const char *s, unsigned int *c);

unsigned long long clock_ns(int clock);
/* Format as local time, "2026-11-26 12:00:00". */
void fmt_time(char *out, size_t size, unsigned long long realtime_ns);

/* Write out what was printed, or exit with a message. */
void flush_output(void);
/* Close standard output, or exit with a message: some file systems report a full disk now. */
void close_output(void);

#endif /* KPOOLSTAT_UTIL_H */
