/* SPDX-License-Identifier: GPL-2.0 */
/* A tree of files that processes change, and each process's model of its expected state. */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#define PATH_LEN 4096
#define SIZE_MAX_FILE 24576
#define LIVE_MAX 260	/* most entries of a process */
#define DEPTH_MAX 12
#define XATTR "trusted.kpool"

/* The expected state of an inode. The data of a symbolic link are its target. */
struct node {
	mode_t type;
	mode_t mode;
	unsigned int links;
	unsigned int size;
	unsigned char *data;
	unsigned int xattr_len;	/* 0: no attribute */
	char xattr[256];
};

struct entry {
	struct entry *parent;
	struct node *node;
	char name[80];
};

/* A process, or one that is not started yet. Its entries are below the first two: its own
 * directory, and the shared one, in which its names begin with its number.
 */
struct worker {
	unsigned int id;
	uint64_t random;
	unsigned int serial;
	bool real;	/* do operations, not only record them in the model */
	unsigned int ops;
	unsigned int count;
	struct entry *entries[LIVE_MAX + 8];
};

#define ROOTS 2

/* tree_util.c */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
uint64_t hash(const void *data, size_t size);

/* tree_model.c */
unsigned int draw(struct worker *w, unsigned int below);
void path_of(const struct entry *e, char *path);
struct entry *add(struct worker *w, struct entry *parent, struct node *node);
struct node *new_node(mode_t type, mode_t mode);
void forget(struct worker *w, struct entry *e);
bool is_dir(const struct entry *e);
bool is_within(const struct entry *e, const struct entry *top);
unsigned int depth(const struct entry *e);
bool is_empty(const struct worker *w, const struct entry *dir);
void start(struct worker *w, unsigned int id, uint64_t seed);
void manifest(const struct worker *w, FILE *out);

/* tree_ops.c */
void populate(struct worker *w);
void work(struct worker *w, unsigned int ops);

/* tree_check.c */
void check_entry(struct worker *w, const struct entry *e);
void check_names(struct worker *w, const struct entry *dir);
void check_all(struct worker *w);

/* tree_walk.c */
void describe(FILE *out, const char *path, const struct node *node);
void list(const char *top);

#endif
