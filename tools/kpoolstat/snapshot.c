// SPDX-License-Identifier: GPL-2.0
/*
 * Read the files of kpool's debugfs directory, or of a copy of it.
 *
 * Heaps are created and destroyed while their files are read, and files appear and vanish one by
 * one. A heap that lacks a file is read again a little later. A heap that vanishes is left out. Its
 * directory is held open, so that a new heap of that name is not mistaken for it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "snapshot.h"
#include "util.h"

/* Times that a heap is read again. */
#define HEAP_TRIES	20

struct raw *snapshot_add(struct snapshot *snap, const char *path, size_t path_len)
{
	struct raw *raw;

	snap->raw = xrealloc(snap->raw, snap->nr + 1, sizeof(*snap->raw));
	raw = &snap->raw[snap->nr++];
	*raw = (struct raw){ .path = xstrndup(path, path_len), .line = 1 };
	return raw;
}

static void snapshot_drop(struct snapshot *snap, size_t nr)
{
	while (snap->nr > nr) {
		snap->nr--;
		free(snap->raw[snap->nr].path);
		free(snap->raw[snap->nr].data);
	}
}

void snapshot_free(struct snapshot *snap)
{
	if (!snap)
		return;
	snapshot_drop(snap, 0);
	free(snap->raw);
	free(snap);
}

/* Is debugfs mounted at @dir? */
static bool is_debugfs(const char *dir)
{
	struct statfs fs;

	return !statfs(dir, &fs) && fs.f_type == DEBUGFS_MAGIC;
}

/* Exit with the reason why kpool's directory cannot be read. */
static void die_missing(const char *root, int err)
{
	char *copy = xstrndup(root, strlen(root)), *parent = dirname(copy);
	bool usual = !strcmp(root, ROOT_DEFAULT);

	if (err == EACCES || err == EPERM)
		die("%s: %s; only root may read debugfs%s", root, strerror(err),
		    geteuid() ? " (try sudo)" : "");
	if (err == ENOENT && is_debugfs(parent))
		die("%s is not there: the module kpool is not loaded", root);
	if (err == ENOENT && usual)
		die("debugfs is not mounted on %s (mount -t debugfs none %s)", parent, parent);
	die("%s: %s", root, strerror(err));
}

/* Read all of a file. The size of a debugfs file is unknown. Return: 0 or a negative errno. */
static int read_all(int dir, const char *name, struct text *text)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, text_room(text, 65536), 65536);
		if (got > 0)
			text->len += got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	got = got < 0 ? -errno : 0;
	close(fd);
	text_add(text, "", 0);
	return got;
}

static int snapshot_file(struct snapshot *snap, int dir, const char *name, const char *path)
{
	struct text text = { 0 };
	int err = read_all(dir, name, &text);
	struct raw *raw;

	if (err) {
		free(text.s);
		return err;
	}
	raw = snapshot_add(snap, path, strlen(path));
	raw->data = text.s;
	raw->len = text.len;
	return 0;
}

/* Has the directory that is held open been removed or replaced? */
static bool is_gone(int dir, int heaps, const char *name)
{
	struct stat held, now;

	return fstat(dir, &held) || fstatat(heaps, name, &now, 0) ||
	       held.st_ino != now.st_ino || held.st_dev != now.st_dev;
}

static int heap_files(struct snapshot *snap, int dir, const char *name, unsigned int want,
		      char *path, size_t size)
{
	static const struct { const char *name; unsigned int want; bool optional; } files[] = {
		{ "stats", 0, false }, { "classes", 0, false },
		{ "arenas", WANT_ARENAS, false }, { "traces", WANT_TRACES, true },
	};
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if ((want & files[i].want) != files[i].want)
			continue;
		snprintf(path, size, "heaps/%s/%s", name, files[i].name);
		err = snapshot_file(snap, dir, files[i].name, path);
		/* Normal heaps have no traces, and the kernel may lack memory for them. */
		if (err && !(files[i].optional && (err == -ENOENT || err == -ENOMEM)))
			return err;
	}
	return 0;
}

/* Add the files of a heap. Return: false if it may be half created or half destroyed. */
static bool try_heap(struct snapshot *snap, int heaps, const char *name, unsigned int want,
		     bool last)
{
	int dir = openat(heaps, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;
	char path[2 * NAME_MAX];
	size_t before = snap->nr;
	bool gone;

	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR))
		return true;
	if (dir < 0)
		die("%s/heaps/%s: %s", snap->from, name, strerror(errno));
	err = heap_files(snap, dir, name, want, path, sizeof(path));
	gone = err && is_gone(dir, heaps, name);
	close(dir);
	if (err)
		snapshot_drop(snap, before);
	if (gone || !err)
		return true;
	if (last || (err != -ENOENT && err != -EIO))
		die("%s/%s: %s", snap->from, path, strerror(-err));
	return false;
}

static void read_heap(struct snapshot *snap, int heaps, const char *name, unsigned int want)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	int tries;

	for (tries = 0; !try_heap(snap, heaps, name, want, tries == HEAP_TRIES); tries++)
		nanosleep(&pause, NULL);
}

/* Sort the default heap first, and the others by name. */
static int heap_order(const struct dirent **a, const struct dirent **b)
{
	bool a_first = !strcmp((*a)->d_name, "default"), b_first = !strcmp((*b)->d_name, "default");

	return a_first != b_first ? b_first - a_first : strcmp((*a)->d_name, (*b)->d_name);
}

static int heap_filter(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void read_heaps(struct snapshot *snap, int root, unsigned int want)
{
	int heaps = openat(root, "heaps", O_RDONLY | O_DIRECTORY | O_CLOEXEC), nr, i;
	struct dirent **entry = NULL;

	if (heaps < 0)
		die("%s/heaps: %s", snap->from, strerror(errno));
	nr = scandirat(heaps, ".", &entry, heap_filter, heap_order);
	if (nr < 0)
		die("%s/heaps: %s", snap->from, strerror(errno));
	for (i = 0; i < nr; i++) {
		read_heap(snap, heaps, entry[i]->d_name, want);
		free(entry[i]);
	}
	free(entry);
	close(heaps);
}

/* Add the head of slabinfo and the lines of caches that serve kmalloc(). */
static void read_slabinfo(struct snapshot *snap, const char *path)
{
	struct text all = { 0 }, kept = { 0 };
	char *line, *end;
	struct raw *raw;

	if (read_all(AT_FDCWD, path, &all)) {
		free(all.s);
		return;
	}
	for (line = all.s; *line; line = end) {
		end = strchrnul(line, '\n');
		end += *end == '\n';
		if (line == all.s || *line == '#' || memmem(line, end - line, "kmalloc-", 8))
			text_add(&kept, line, end - line);
	}
	free(all.s);
	raw = snapshot_add(snap, "slabinfo", strlen("slabinfo"));
	text_add(&kept, "", 0);
	raw->data = kept.s;
	raw->len = kept.len;
}

struct snapshot *snapshot_read(const char *root, const char *slabinfo, unsigned int want)
{
	struct snapshot *snap = xcalloc(1, sizeof(*snap));
	int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (dir < 0)
		die_missing(root, errno);
	snap->from = root;
	snap->page_size = sysconf(_SC_PAGESIZE);
	err = snapshot_file(snap, dir, "version", "version");
	if (err == -ENOENT)
		die("%s has no file \"version\": it is not kpool's directory", root);
	if (err)
		die_missing(root, -err);
	snap->realtime = clock_ns(CLOCK_REALTIME);
	snap->monotonic = clock_ns(CLOCK_MONOTONIC);
	read_heaps(snap, dir, want);
	if (slabinfo && (want & WANT_SLABS))
		read_slabinfo(snap, slabinfo);
	close(dir);
	return snap;
}
