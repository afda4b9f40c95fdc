// SPDX-License-Identifier: GPL-2.0
/* Columns of the lists. The first column names the row. */
#include <string.h>
#include <strings.h>

#include "list.h"
#include "util.h"

static const struct column heap[] = {
	{ "HEAP", COLUMN_NAME, "heap", NULL, 8 },
	{ "HELD", COLUMN_BYTES, "bytes", NULL, 6 },
	{ "USED", COLUMN_BYTES, "bytes_used", NULL, 6 },
	{ "USED%", COLUMN_SHARE, "bytes_used", "bytes", 5 },
	{ "CACH%", COLUMN_SHARE, "bytes_cached", "bytes", 5 },
	{ "FREE%", COLUMN_SHARE, "bytes_free", "bytes", 5 },
	{ "CORRUPT", COLUMN_COUNT, "corruptions", NULL, 7 },
	{ "ALLOC/s", COLUMN_RATE, "allocs", NULL, 7 },
	{ "FREED/s", COLUMN_RATE, "frees", NULL, 7 },
	{ "MAG%", COLUMN_PART, "magazine_hits", "allocs", 5 },
	{ "DEPOT%", COLUMN_HIT, "depot_hits", "refills", 6 },
	{ "ARENAS", COLUMN_COUNT, "arenas", NULL, 6 },
	{ "TAIL%", COLUMN_SHARE, "bytes_tail", "bytes", 5 },
	{ "HEAD%", COLUMN_SHARE, "bytes_header", "bytes", 5 },
	{ "ASKED", COLUMN_BYTES, "asked", NULL, 6 },
	{ "REFILL/s", COLUMN_RATE, "refills", NULL, 8 },
	{ "DRAIN/s", COLUMN_RATE, "drains", NULL, 7 },
	{ "FRESH/s", COLUMN_RATE, "pools_fresh", NULL, 7 },
	{ "SAME/s", COLUMN_RATE, "recycled_same", NULL, 6 },
	{ "OTHER/s", COLUMN_RATE, "recycled_other", NULL, 7 },
	{ "LARGE/s", COLUMN_RATE, "large", NULL, 7 },
	{ "FALLB/s", COLUMN_RATE, "fallbacks", NULL, 7 },
	{ "META", COLUMN_BYTES, "metadata_bytes", NULL, 6 },
};

static const struct column class[] = {
	{ "SIZE", COLUMN_NAME, "size", NULL, 5 },
	{ "C", COLUMN_TEXT, "class", NULL, 1 },
	{ "POOLS", COLUMN_COUNT, "pools", NULL, 5 },
	{ "HELD", COLUMN_BYTES, "held", NULL, 6 },
	{ "BLOCKS", COLUMN_COUNT, "used", NULL, 6 },
	{ "CACHED", COLUMN_COUNT, "cached", NULL, 6 },
	{ "FREE", COLUMN_COUNT, "free", NULL, 6 },
	{ "USED%", COLUMN_SHARE, "bytes_used", "held", 5 },
	{ "ALLOC/s", COLUMN_RATE, "allocs", NULL, 7 },
	{ "FREED/s", COLUMN_RATE, "frees", NULL, 7 },
	{ "MAG%", COLUMN_PART, "magazine_hits", "allocs", 5 },
	{ "DEPOT%", COLUMN_HIT, "depot_hits", "refills", 6 },
	{ "REFILL/s", COLUMN_RATE, "refills", NULL, 8 },
	{ "DRAIN/s", COLUMN_RATE, "drains", NULL, 7 },
	{ "FRESH/s", COLUMN_RATE, "fresh", NULL, 7 },
	{ "SAME/s", COLUMN_RATE, "recycled_same", NULL, 6 },
	{ "OTHER/s", COLUMN_RATE, "recycled_other", NULL, 7 },
};

/* The strip of pools follows these columns. */
static const struct column arena[] = {
	{ "ARENA", COLUMN_NAME, "id", NULL, 5 },
	{ "US", COLUMN_COUNT, "used", NULL, 2 },
	{ "FR", COLUMN_COUNT, "free", NULL, 2 },
	{ "RE", COLUMN_COUNT, "returned", NULL, 2 },
	{ "NODE", COLUMN_COUNT, "node", NULL, 4 },
};

static const struct column slab[] = {
	{ "SIZE", COLUMN_NAME, "size", NULL, 5 },
	{ "BLOCKS", COLUMN_COUNT, "used", NULL, 6 },
	{ "USED", COLUMN_BYTES, "bytes_used", NULL, 6 },
	{ "HELD", COLUMN_BYTES, "held", NULL, 6 },
	{ "USED%", COLUMN_SHARE, "bytes_used", "held", 5 },
	{ "ASKMALLOC", COLUMN_BYTES, "as_kmalloc", NULL, 9 },
	{ "KMALLOC", COLUMN_COUNT, "cache", NULL, 7 },
	{ "OBJECTS", COLUMN_COUNT, "objects", NULL, 7 },
	{ "KHELD", COLUMN_BYTES, "cache_held", NULL, 6 },
	{ "KUSED%", COLUMN_SHARE, "cache_used", "cache_held", 6 },
};

/* A line for each interval, like vmstat; at most 80 columns wide. */
static const struct column line[] = {
	{ "ARENAS", COLUMN_COUNT, "arenas", NULL, 6 },
	{ "HELD", COLUMN_BYTES, "bytes", NULL, 6 },
	{ "USED%", COLUMN_SHARE, "bytes_used", "bytes", 5 },
	{ "CACH%", COLUMN_SHARE, "bytes_cached", "bytes", 5 },
	{ "FREE%", COLUMN_SHARE, "bytes_free", "bytes", 5 },
	{ "ALLOC/s", COLUMN_RATE, "allocs", NULL, 7 },
	{ "FREED/s", COLUMN_RATE, "frees", NULL, 7 },
	{ "MAG%", COLUMN_PART, "magazine_hits", "allocs", 5 },
	{ "DEPOT%", COLUMN_HIT, "depot_hits", "refills", 6 },
	{ "SAME/s", COLUMN_RATE, "recycled_same", NULL, 6 },
	{ "OTHER/s", COLUMN_RATE, "recycled_other", NULL, 7 },
};

const struct columns heap_columns = { heap, ARRAY_SIZE(heap) };
const struct columns class_columns = { class, ARRAY_SIZE(class) };
const struct columns arena_columns = { arena, ARRAY_SIZE(arena) };
const struct columns slab_columns = { slab, ARRAY_SIZE(slab) };
const struct columns line_columns = { line, ARRAY_SIZE(line) };

size_t columns_find(const struct columns *columns, const char *head)
{
	size_t col;

	for (col = 0; col < columns->nr; col++)
		if (!strcasecmp(columns->column[col].head, head))
			return col;
	for (col = 0; col < columns->nr; col++) {
		const char *name = columns->column[col].head;
		size_t len = strcspn(name, "/%");

		if (strlen(head) == len && !strncasecmp(name, head, len))
			return col;
	}
	return TABLE_NONE;
}
