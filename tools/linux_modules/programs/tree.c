// SPDX-License-Identifier: GPL-2.0
/* Create and change a tree of files with many processes, and print its expected state.
 *
 *	tree make DIR SEED PROCESSES	create its initial state
 *	tree work DIR SEED PROCESSES OPS MANIFEST
 *		run OPS operations in each process on such a tree, and check it now and then;
 *		write a line to MANIFEST for each entry that must exist at the end
 *	tree list DIR	print a line for each existing entry
 *
 * Each process has its own directory, and its own names in a shared directory. The result
 * depends on SEED only.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tree.h"

static void make(uint64_t seed, unsigned int processes)
{
	struct worker w;

	if (mkdir("shared", 0755))
		die("shared: %m");
	for (unsigned int id = 0; id < processes; id++) {
		start(&w, id, seed);
		if (mkdir(w.entries[0]->name, 0755))
			die("%s: %m", w.entries[0]->name);
		w.real = true;
		populate(&w);
	}
}

static void one_process(unsigned int id, uint64_t seed, unsigned int ops, const char *path)
{
	static char buffer[1 << 20];	/* one write, so that lines of processes do not mix */
	struct worker w;
	FILE *out;

	start(&w, id, seed);
	populate(&w);
	w.real = true;
	check_all(&w);
	work(&w, ops);
	out = fopen(path, "a");
	if (!out)
		die("%s: %m", path);
	setvbuf(out, buffer, _IOFBF, sizeof(buffer));
	manifest(&w, out);
	if (fclose(out))
		die("%s: %m", path);
	printf("process %u: %u operations, %u entries\n", id, w.ops, w.count);
}

static int all_processes(uint64_t seed, unsigned int processes, unsigned int ops,
			 const char *path)
{
	int failed = 0, status;

	for (unsigned int id = 0; id < processes; id++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork: %m");
		if (!pid) {
			one_process(id, seed, ops, path);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		failed += !!status;
	return failed > 0;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 0;
	unsigned int processes = argc > 4 ? atoi(argv[4]) : 0;
	int failed = 0;

	umask(0);
	if (argc < 3 || chdir(argv[2]))
		die("usage: tree make|work|list DIR [SEED PROCESSES [OPS MANIFEST]]");
	if (!strcmp(argv[1], "list") && argc == 3)
		list(".");
	else if (!strcmp(argv[1], "make") && argc == 5)
		make(seed, processes);
	else if (!strcmp(argv[1], "work") && argc == 7)
		failed = all_processes(seed, processes, atoi(argv[5]), argv[6]);
	else
		die("tree: not such arguments");
	return failed;
}
