// SPDX-License-Identifier: GPL-2.0
/* A file that gets its name when it is complete. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"
#include "whole.h"

static const char *given;	/* name on the command line */
static char *target;		/* name after following links */
static char *beside;		/* temporary file; NULL for a device */
static int out;

static void whole_discard(void)
{
	unlink(beside);
}

static void open_beside(mode_t mode)
{
	struct text name = { 0 };

	text_printf(&name, "%s.XXXXXX", target);
	out = mkostemp(name.s, O_CLOEXEC);
	if (out < 0)
		die("%s: %s", given, strerror(errno));
	beside = name.s;
	on_die(whole_discard);
	if (fchmod(out, mode))
		die("%s: %s", given, strerror(errno));
}

void whole_open(const char *path)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	given = path;
	target = realpath(path, NULL) ?: xstrndup(path, strlen(path));
	if (stat(target, &st)) {
		open_beside(0666 & ~mask);
	} else if (S_ISREG(st.st_mode) && !access(target, W_OK)) {
		open_beside(st.st_mode & 0777);
	} else {
		out = open(target, O_WRONLY | O_CLOEXEC);
		if (out < 0)
			die("%s: %s", path, strerror(errno));
	}
}

void whole_write(const char *data, size_t len)
{
	ssize_t got;

	for (; len; len -= got, data += got) {
		got = write(out, data, len);
		if (got < 0)
			die("%s: %s", given, strerror(errno));
	}
	/* Without fsync() the file could be empty after a crash. */
	if (beside && fsync(out))
		die("%s: %s", given, strerror(errno));
	if (close(out) || (beside && rename(beside, target)))
		die("%s: %s", given, strerror(errno));
	on_die(NULL);
	free(beside);
	free(target);
}
