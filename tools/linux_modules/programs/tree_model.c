// SPDX-License-Identifier: GPL-2.0
/* A process's model of its part of the tree. */
#include <stdlib.h>
#include <string.h>

#include "tree.h"

/* Return a random number less than @below. */
unsigned int draw(struct worker *w, unsigned int below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (w->random >> 11) % below;
}

void path_of(const struct entry *e, char *path)
{
	if (e->parent) {
		path_of(e->parent, path);
		strcat(path, "/");
		strcat(path, e->name);
	} else {
		strcpy(path, e->name);
	}
}

struct node *new_node(mode_t type, mode_t mode)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		die("no memory");
	node->type = type;
	node->mode = mode;
	return node;
}

/* Names have any length, so that the kernel's objects with names have any size. */
static void choose_name(struct worker *w, char *name)
{
	int used = sprintf(name, "w%u_%u", w->id, w->serial++);
	unsigned int more = draw(w, 4) ? draw(w, 8) : draw(w, 60);

	memset(name + used, 'a' + draw(w, 26), more);
	name[used + more] = '\0';
}

/* Choose a name and add an entry with that name for @node. */
struct entry *add(struct worker *w, struct entry *parent, struct node *node)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		die("no memory");
	e->parent = parent;
	e->node = node;
	node->links++;
	if (parent)
		choose_name(w, e->name);
	w->entries[w->count++] = e;
	return e;
}

static void put_node(struct node *node)
{
	if (--node->links)
		return;
	free(node->data);
	free(node);
}

void forget(struct worker *w, struct entry *e)
{
	unsigned int i;

	for (i = 0; w->entries[i] != e; i++)
		;
	w->entries[i] = w->entries[--w->count];
	put_node(e->node);
	free(e);
}

bool is_dir(const struct entry *e)
{
	return e->node->type == S_IFDIR;
}

/* Is @e the entry @top, or below it? */
bool is_within(const struct entry *e, const struct entry *top)
{
	while (e && e != top)
		e = e->parent;
	return e;
}

unsigned int depth(const struct entry *e)
{
	unsigned int found = 0;

	for (; e->parent; e = e->parent)
		found++;
	return found;
}

bool is_empty(const struct worker *w, const struct entry *dir)
{
	for (unsigned int i = 0; i < w->count; i++) {
		if (w->entries[i]->parent == dir)
			return false;
	}
	return true;
}

/* Start with the two directories that are never removed. */
void start(struct worker *w, unsigned int id, uint64_t seed)
{
	memset(w, 0, sizeof(*w));
	w->id = id;
	w->random = seed * 0x9e3779b97f4a7c15 + id + 1;
	for (int i = 0; i < 20; i++)
		draw(w, 2);
	sprintf(add(w, NULL, new_node(S_IFDIR, 0755))->name, "p%u", id);
	strcpy(add(w, NULL, new_node(S_IFDIR, 0755))->name, "shared");
}

/* Print a line for each entry of the process. The first process includes the shared directory. */
void manifest(const struct worker *w, FILE *out)
{
	char path[PATH_LEN];

	for (unsigned int i = 0; i < w->count; i++) {
		if (i == 1 && w->id)
			continue;
		path_of(w->entries[i], path);
		describe(out, path, w->entries[i]->node);
	}
}
