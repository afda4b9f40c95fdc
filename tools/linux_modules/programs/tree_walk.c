// SPDX-License-Identifier: GPL-2.0
/* Print the state of a tree, in the format of the expected state. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree.h"

/* Link counts are printed except for directories, sizes for files and symbolic links. */
void describe(FILE *out, const char *path, const struct node *node)
{
	bool dir = node->type == S_IFDIR;

	fprintf(out, "%s %o %o %u %u %016llx %016llx\n", path, node->type, node->mode,
		dir ? 0 : node->links, node->size,
		(unsigned long long)hash(node->data, node->size),
		(unsigned long long)hash(node->xattr, node->xattr_len));
}

static void read_file(const char *path, struct node *node)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW);

	if (fd < 0 || read(fd, node->data, node->size + 1) != (ssize_t)node->size)
		die("%s cannot be read: %m", path);
	close(fd);
}

static void look(const char *path, struct node *node)
{
	struct stat st;
	ssize_t len;

	if (lstat(path, &st))
		die("%s: %m", path);
	node->type = st.st_mode & S_IFMT;
	node->mode = st.st_mode & 07777;
	node->links = st.st_nlink;
	node->size = node->type == S_IFDIR ? 0 : st.st_size;
	node->data = malloc(node->size + 1);
	if (node->type == S_IFREG)
		read_file(path, node);
	else if (node->type == S_IFLNK &&
		 readlink(path, (char *)node->data, node->size + 1) != (ssize_t)node->size)
		die("%s: is no link of its size", path);
	len = lgetxattr(path, XATTR, node->xattr, sizeof(node->xattr));
	node->xattr_len = len < 0 ? 0 : len;
}

static void visit(const char *path)
{
	struct node node;

	look(path, &node);
	describe(stdout, path, &node);
	free(node.data);
	if (node.type == S_IFDIR)
		list(path);
}

/* A line for each entry below a directory, in no order. */
void list(const char *top)
{
	DIR *dir = opendir(top);
	struct dirent *found;
	char path[PATH_LEN];

	if (!dir)
		die("%s: %m", top);
	while ((found = readdir(dir))) {
		if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, ".."))
			continue;
		if (!strcmp(top, "."))
			strcpy(path, found->d_name);
		else
			snprintf(path, sizeof(path), "%s/%s", top, found->d_name);
		visit(path);
	}
	closedir(dir);
}
