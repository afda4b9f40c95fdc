/* SPDX-License-Identifier: GPL-2.0 */
/* Small things that every part needs: errors, memory, growing text, figures for people, time. */
#ifndef KPOOLSTAT_UTIL_H
#define KPOOLSTAT_UTIL_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_SEC	1000000000ULL

#define __noreturn	__attribute__((noreturn))
#define __printf(a, b)	__attribute__((format(printf, a, b)))

/* Room for any figure as fmt_bytes() and fmt_count() write it. */
#define FMT_SIZE	32

/* What has to happen before a message may be printed: the live screen is left. */
void on_die(void (*leave)(void));

/* Print "kpoolstat: ..." and end, with exit status 1, or 2 for wrong use. */
void die(const char *format, ...) __printf(1, 2) __noreturn;
void die_usage(const char *format, ...) __printf(1, 2) __noreturn;

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrndup(const char *s, size_t len);

/**
 * struct text - text that grows
 * @s: it, with a NUL behind, or NULL while there is none
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
/* Room for @more bytes behind the text, to be filled by the caller. */
char *text_room(struct text *text, size_t more);

/* All digits, and no more than 64 bits? Then the value is stored. */
bool parse_number(const char *s, unsigned long long *value);

/* 1536 is "1.5K" as bytes, 1500000 "1.5M" as a count. */
void fmt_bytes(char *out, double bytes);
void fmt_count(char *out, double count);

/* Is the character neither a control character nor one that orders, joins or hides others? */
bool is_plain(unsigned int c);
/* A name for a terminal or a picture: "?" for each character that is not plain. */
void clean_name(char *s);
/* Bytes of the UTF-8 character at @s, and the character; 0 if there is none. */
size_t utf8_char(const char *s, unsigned int *c);

unsigned long long clock_ns(int clock);
/* Local time, "2026-11-26 12:00:00". */
void fmt_time(char *out, size_t size, unsigned long long realtime_ns);

/* All printed so far is out, or the program ends with a message. */
void flush_output(void);
/* The same, at the end: some file systems report a full disk only now. */
void close_output(void);

#endif /* KPOOLSTAT_UTIL_H */
