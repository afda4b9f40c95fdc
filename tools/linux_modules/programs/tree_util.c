// SPDX-License-Identifier: GPL-2.0
/* Used by all parts. */
#include <stdarg.h>
#include <stdlib.h>

#include "tree.h"

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* FNV-1a. */
uint64_t hash(const void *data, size_t size)
{
	const unsigned char *byte = data;
	uint64_t sum = 0xcbf29ce484222325;

	while (size--)
		sum = (sum ^ *byte++) * 0x100000001b3;
	return sum;
}
