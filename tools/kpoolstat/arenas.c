// SPDX-License-Identifier: GPL-2.0
/* Shared by the map on the screen and the printed map. */
#include <string.h>

#include "arenas.h"
#include "util.h"

/* Store the letters of the classes that have the filter's size or letter. */
static void filter_letters(const struct heap *heap, const char *filter, char *letters, size_t size)
{
	const struct table *classes = &heap->classes;
	size_t row, nr = 0;

	for (row = 0; row < classes->rows && nr + 1 < size; row++) {
		const char *letter = table_get(classes, row, "class").text;
		const char *bytes = table_get(classes, row, "size").text;

		if (!strcmp(letter, filter) || !strcmp(bytes, filter))
			letters[nr++] = *letter;
	}
	letters[nr] = '\0';
}

char fill_char(char fill)
{
	return fill == 'F' ? '*' : fill;
}

struct has_letters {
	const struct table *arenas;
	const char *letters;
};

static bool has_letters(const struct item *item, const void *arg)
{
	const struct has_letters *has = arg;

	return strpbrk(table_get(has->arenas, item->row, "classes").text, has->letters);
}

void list_filter_pools(struct list *arenas, const struct heap *heap, const char *filter)
{
	char letters[8];
	const struct has_letters has = { .arenas = &heap->arenas, .letters = letters };

	if (!*filter)
		return;
	filter_letters(heap, filter, letters, sizeof(letters));
	list_keep(arenas, has_letters, &has);
}
