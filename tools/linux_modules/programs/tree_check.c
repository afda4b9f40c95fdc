// SPDX-License-Identifier: GPL-2.0
/* Compare a process's part of the tree with its model. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree.h"

static void check_stat(const char *path, const struct node *node)
{
	struct stat st;

	if (lstat(path, &st))
		die("%s: %m", path);
	if ((st.st_mode & S_IFMT) != node->type)
		die("%s: its mode is %o, its type should be %o", path, st.st_mode, node->type);
	if (node->type != S_IFLNK && (st.st_mode & 07777) != node->mode)
		die("%s: its mode is %o, not %o", path, st.st_mode, node->mode);
	if (node->type != S_IFDIR && st.st_nlink != node->links)
		die("%s: has %lu links, not %u", path, (unsigned long)st.st_nlink, node->links);
	if (node->type != S_IFDIR && st.st_size != node->size)
		die("%s: has %ld bytes, not %u", path, (long)st.st_size, node->size);
}

static void check_data(const char *path, const struct node *node)
{
	char data[SIZE_MAX_FILE + 1];
	ssize_t got;

	if (node->type == S_IFLNK) {
		got = readlink(path, data, sizeof(data));
	} else {
		int fd = open(path, O_RDONLY);

		got = fd < 0 ? -1 : read(fd, data, sizeof(data));
		close(fd);
	}
	if (got != (ssize_t)node->size || memcmp(data, node->data, node->size))
		die("%s: not the data that were written", path);
}

static void check_xattr(const char *path, const struct node *node)
{
	char value[sizeof(node->xattr)];
	ssize_t got = lgetxattr(path, XATTR, value, sizeof(value));

	if ((got < 0 ? 0 : got) != node->xattr_len || (got > 0 && memcmp(value, node->xattr, got)))
		die("%s: not the attribute that was set", path);
}

void check_entry(struct worker *w, const struct entry *e)
{
	char path[PATH_LEN];

	if (!w->real)
		return;
	path_of(e, path);
	check_stat(path, e->node);
	check_xattr(path, e->node);
	if (!is_dir(e))
		check_data(path, e->node);
}

static bool is_child(const struct worker *w, const struct entry *dir, const char *name)
{
	for (unsigned int i = ROOTS; i < w->count; i++) {
		if (w->entries[i]->parent == dir && !strcmp(w->entries[i]->name, name))
			return true;
	}
	return false;
}

static unsigned int children(const struct worker *w, const struct entry *dir)
{
	unsigned int found = 0;

	for (unsigned int i = ROOTS; i < w->count; i++)
		found += w->entries[i]->parent == dir;
	return found;
}

/* Does a directory list all expected names, and no others? */
void check_names(struct worker *w, const struct entry *dir)
{
	char path[PATH_LEN], mine[16];
	struct dirent *found;
	unsigned int seen = 0;
	DIR *stream;

	path_of(dir, path);
	sprintf(mine, "w%u_", w->id);
	stream = opendir(path);
	if (!stream)
		die("%s: %m", path);
	while ((found = readdir(stream))) {
		if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, ".."))
			continue;
		if (dir == w->entries[1] && strncmp(found->d_name, mine, strlen(mine)))
			continue;
		if (!is_child(w, dir, found->d_name))
			die("%s: lists %s, which should not be there", path, found->d_name);
		seen++;
	}
	closedir(stream);
	if (seen != children(w, dir))
		die("%s: lists %u names, not %u", path, seen, children(w, dir));
}

void check_all(struct worker *w)
{
	for (unsigned int i = 0; i < w->count; i++) {
		if (is_dir(w->entries[i]))
			check_names(w, w->entries[i]);
		if (i >= ROOTS)
			check_entry(w, w->entries[i]);
	}
}
