// SPDX-License-Identifier: GPL-2.0
/* Operations of the processes on the tree. Each must succeed, or fail with the expected
 * error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree.h"

/* Check that a call failed with @reason; 0: that it succeeded. */
static void expect(int status, int reason, const char *what, const char *path)
{
	int got = status < 0 ? errno : 0;

	if (got != reason)
		die("%s %s: %s, not %s", what, path, strerror(got), strerror(reason));
}

/* Return any entry except the first two, or NULL. */
static struct entry *any(struct worker *w)
{
	return w->count > ROOTS ? w->entries[ROOTS + draw(w, w->count - ROOTS)] : NULL;
}

static struct entry *any_dir(struct worker *w)
{
	for (int i = 0; i < 8; i++) {
		struct entry *e = w->entries[draw(w, w->count)];

		if (is_dir(e) && depth(e) < DEPTH_MAX)
			return e;
	}
	return w->entries[draw(w, ROOTS)];
}

static struct entry *any_file(struct worker *w)
{
	for (int i = 0; i < 12; i++) {
		struct entry *e = any(w);

		if (e && e->node->type == S_IFREG)
			return e;
	}
	return NULL;
}

static unsigned int any_size(struct worker *w)
{
	return draw(w, 6) ? draw(w, 300) : draw(w, 12000);
}

/* Fill a part of a file, which may make it grow. */
static void fill(struct worker *w, struct node *node, unsigned int at, unsigned int len)
{
	if (at + len > node->size) {
		node->data = realloc(node->data, at + len);
		node->size = at + len;
	}
	for (unsigned int i = 0; i < len; i++)
		node->data[at + i] = draw(w, 256);
}

static void write_part(struct worker *w, const char *path, const struct node *node,
		       unsigned int at, unsigned int len, int flags)
{
	int fd;

	if (!w->real)
		return;
	fd = open(path, flags, node->mode);
	expect(fd, 0, "open", path);
	if (pwrite(fd, node->data + at, len, at) != (ssize_t)len)
		die("%s: %m", path);
	expect(close(fd), 0, "close", path);
}

static void create(struct worker *w)
{
	struct node *node = new_node(S_IFREG, 0600 | draw(w, 0100));
	struct entry *e = add(w, any_dir(w), node);
	char path[PATH_LEN];

	path_of(e, path);
	fill(w, node, 0, any_size(w));
	write_part(w, path, node, 0, node->size, O_CREAT | O_EXCL | O_WRONLY);
}

static void make_dir(struct worker *w)
{
	struct entry *e = add(w, any_dir(w), new_node(S_IFDIR, 0700 | draw(w, 0100)));
	char path[PATH_LEN];

	path_of(e, path);
	if (w->real)
		expect(mkdir(path, e->node->mode), 0, "mkdir", path);
}

static void make_symlink(struct worker *w)
{
	struct node *node = new_node(S_IFLNK, 0777);
	struct entry *e = add(w, any_dir(w), node);
	char path[PATH_LEN];

	path_of(e, path);
	node->size = 1 + draw(w, 200);
	node->data = malloc(node->size + 1);
	memset(node->data, 'a' + draw(w, 26), node->size);
	node->data[node->size] = '\0';
	if (w->real)
		expect(symlink((char *)node->data, path), 0, "symlink", path);
}

static void make_link(struct worker *w)
{
	struct entry *file = any_file(w), *e;
	char from[PATH_LEN], to[PATH_LEN];

	if (!file)
		return;
	e = add(w, any_dir(w), file->node);
	path_of(file, from);
	path_of(e, to);
	expect(link(from, to), 0, "link", to);
}

static void overwrite(struct worker *w)
{
	struct entry *file = any_file(w);
	unsigned int at, len;
	char path[PATH_LEN];

	if (!file)
		return;
	at = draw(w, file->node->size + 1);
	len = any_size(w);
	if (at + len > SIZE_MAX_FILE)
		return;
	path_of(file, path);
	fill(w, file->node, at, len);
	write_part(w, path, file->node, at, len, O_WRONLY);
}

static void change_size(struct worker *w)
{
	struct entry *file = any_file(w);
	char path[PATH_LEN];
	unsigned int size;

	if (!file)
		return;
	size = draw(w, 2 * file->node->size + 2);
	if (size > SIZE_MAX_FILE)
		return;
	path_of(file, path);
	expect(truncate(path, size), 0, "truncate", path);
	file->node->data = realloc(file->node->data, size + 1);
	if (size > file->node->size)
		memset(file->node->data + file->node->size, 0, size - file->node->size);
	file->node->size = size;
}

static void change_mode(struct worker *w)
{
	struct entry *e = any(w);
	char path[PATH_LEN];

	if (!e || e->node->type == S_IFLNK)
		return;
	e->node->mode = (is_dir(e) ? 0700 : 0400) | draw(w, 01000);
	path_of(e, path);
	if (w->real)
		expect(chmod(path, e->node->mode), 0, "chmod", path);
}

static void change_xattr(struct worker *w)
{
	struct entry *e = any(w);
	char path[PATH_LEN];

	if (!e)
		return;
	path_of(e, path);
	if (e->node->xattr_len && !draw(w, 3)) {
		e->node->xattr_len = 0;
		if (w->real)
			expect(lremovexattr(path, XATTR), 0, "removexattr", path);
		return;
	}
	e->node->xattr_len = 1 + draw(w, 200);
	memset(e->node->xattr, 'A' + draw(w, 26), e->node->xattr_len);
	if (w->real)
		expect(lsetxattr(path, XATTR, e->node->xattr, e->node->xattr_len, 0), 0,
		       "setxattr", path);
}

/* The error of a rename of @from over @to; 0: the rename is allowed. */
static int refusal(struct worker *w, const struct entry *from, const struct entry *to)
{
	if (is_dir(from) && !is_dir(to))
		return ENOTDIR;
	if (!is_dir(from) && is_dir(to))
		return EISDIR;
	return is_dir(to) && !is_empty(w, to) ? ENOTEMPTY : 0;
}

/* Rename an entry over another one, which is removed by that. */
static void rename_over(struct worker *w)
{
	struct entry *from = any(w), *to = any(w);
	char old[PATH_LEN], new[PATH_LEN];
	int reason;

	if (!from || from->node == to->node || is_within(from, to) || is_within(to, from))
		return;
	path_of(from, old);
	path_of(to, new);
	reason = refusal(w, from, to);
	expect(rename(old, new), reason, "rename over", new);
	if (reason)
		return;
	from->parent = to->parent;
	strcpy(from->name, to->name);
	forget(w, to);
}

/* Rename an entry to a new name. */
static void rename_away(struct worker *w)
{
	struct entry *e = any(w), *dir = any_dir(w), *new;
	char old[PATH_LEN], path[PATH_LEN];

	if (!e || is_within(dir, e))
		return;
	path_of(e, old);
	new = add(w, dir, e->node);
	path_of(new, path);
	expect(renameat2(AT_FDCWD, old, AT_FDCWD, path, draw(w, 2) ? RENAME_NOREPLACE : 0), 0,
	       "rename", path);
	e->parent = dir;
	strcpy(e->name, new->name);
	forget(w, new);
}

static void exchange(struct worker *w)
{
	struct entry *a = any(w), *b = any(w);
	char old[PATH_LEN], new[PATH_LEN];
	struct node *node;
	struct entry *e;

	if (!a || a == b || is_within(a, b) || is_within(b, a))
		return;
	path_of(a, old);
	path_of(b, new);
	expect(renameat2(AT_FDCWD, old, AT_FDCWD, new, RENAME_EXCHANGE), 0, "exchange", new);
	node = a->node;
	a->node = b->node;
	b->node = node;
	for (unsigned int i = ROOTS; i < w->count; i++) {
		e = w->entries[i];
		if (e->parent == a || e->parent == b)
			e->parent = e->parent == a ? b : a;
	}
}

static void take_away(struct worker *w)
{
	struct entry *e = any(w);
	char path[PATH_LEN];
	int reason;

	if (!e)
		return;
	path_of(e, path);
	reason = is_dir(e) && !is_empty(w, e) ? ENOTEMPTY : 0;
	expect(is_dir(e) ? rmdir(path) : unlink(path), reason, "remove", path);
	if (!reason)
		forget(w, e);
}

static void look(struct worker *w)
{
	struct entry *e = any(w);

	if (e)
		check_entry(w, e);
}

static void look_for_missing(struct worker *w)
{
	char path[PATH_LEN];
	struct stat st;

	path_of(any_dir(w), path);
	sprintf(path + strlen(path), "/w%u_missing%u", w->id, draw(w, 20));
	expect(lstat(path, &st), ENOENT, "stat", path);
}

/* All processes compete for a few names; a process that created one removes it again. */
static void race(struct worker *w)
{
	char path[32];
	int fd;

	sprintf(path, "shared/race%u", draw(w, 4));
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	if (fd < 0) {
		expect(fd, EEXIST, "create", path);
		return;
	}
	close(fd);
	expect(unlink(path), 0, "unlink", path);
}

static void list_names(struct worker *w)
{
	check_names(w, any_dir(w));
}

static const struct {
	void (*run)(struct worker *w);
	unsigned int weight;
	bool adds;
	bool populates;
} OPS[] = {
	{create, 14, true, true},	{make_dir, 7, true, true},
	{make_symlink, 4, true, true},	{make_link, 4, true, false},
	{overwrite, 10, false, false},	{change_size, 4, false, false},
	{change_mode, 5, false, true},	{change_xattr, 5, false, true},
	{rename_over, 8, false, false},	{rename_away, 10, true, false},
	{exchange, 3, false, false},	{take_away, 12, false, false},
	{look, 8, false, false},	{look_for_missing, 3, false, false},
	{race, 4, false, false},	{list_names, 4, false, false},
};

#define N_OPS (sizeof(OPS) / sizeof(OPS[0]))

static unsigned int choose(struct worker *w)
{
	unsigned int total = 0, i, at;

	for (i = 0; i < N_OPS; i++)
		total += OPS[i].weight;
	at = draw(w, total);
	for (i = 0; at >= OPS[i].weight; i++)
		at -= OPS[i].weight;
	return i;
}

/* Create the initial part of the tree, for the lower layer. */
void populate(struct worker *w)
{
	while (w->count < LIVE_MAX * 2 / 3) {
		unsigned int op = choose(w);

		if (OPS[op].populates)
			OPS[op].run(w);
	}
}

void work(struct worker *w, unsigned int ops)
{
	for (w->ops = 0; w->ops < ops; w->ops++) {
		unsigned int op = choose(w);

		if (OPS[op].adds && w->count >= LIVE_MAX)
			take_away(w);
		else
			OPS[op].run(w);
		if (w->ops % 500 == 499)
			check_all(w);
	}
	check_all(w);
}
