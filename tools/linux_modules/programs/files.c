// SPDX-License-Identifier: GPL-2.0
/* Do an operation on many files, and print the time per file: files WHAT DIR COUNT */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "busy.h"

static int create(int i)
{
	char name[32];
	int fd;

	sprintf(name, "file-%d", i);
	fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
	return fd < 0 || write(fd, name, strlen(name)) < 0 || close(fd);
}

static int look(int i)
{
	struct stat st;
	char name[32];

	sprintf(name, "file-%d", i);
	return stat(name, &st);
}

static int copy_up(int i)
{
	char name[32];

	sprintf(name, "file-%d", i);
	return chmod(name, 0600);
}

static int move(int i)
{
	char name[32], other[32];

	sprintf(name, "file-%d", i);
	sprintf(other, "moved-%d", i);
	return rename(name, other);
}

static int list(int i)
{
	DIR *dir = opendir(".");
	int found = 0;

	(void)i;
	while (readdir(dir))
		found++;
	closedir(dir);
	return found < 3;
}

static int remove_moved(int i)
{
	char name[32];

	sprintf(name, "moved-%d", i);
	return unlink(name);
}

static const struct {
	const char *name;
	int (*run)(int i);
	int once;	/* one call handles all files */
} PHASES[] = {
	{"create", create, 0},	{"look", look, 0},	{"copy-up", copy_up, 0},
	{"move", move, 0},	{"list", list, 1},	{"remove", remove_moved, 0},
};

int main(int argc, char **argv)
{
	int count = argc == 4 ? atoi(argv[3]) : 0;
	unsigned long long before;

	for (unsigned int p = 0; count && p < sizeof(PHASES) / sizeof(PHASES[0]); p++) {
		if (strcmp(argv[1], PHASES[p].name))
			continue;
		if (chdir(argv[2]))
			break;
		before = busy();
		for (int i = 0; i < (PHASES[p].once ? 1 : count); i++) {
			if (PHASES[p].run(i)) {
				perror(argv[1]);
				return 1;
			}
		}
		printf("%llu\n", (busy() - before) / count);
		return 0;
	}
	fprintf(stderr, "files: no such thing, or place\n");
	return 1;
}
