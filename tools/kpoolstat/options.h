/* SPDX-License-Identifier: GPL-2.0 */
/* The command line. */
#ifndef KPOOLSTAT_OPTIONS_H
#define KPOOLSTAT_OPTIONS_H

#include <stdbool.h>

#define KPOOLSTAT_VERSION	"1.0"

enum mode {
	MODE_SCREEN,
	MODE_ONCE,
	MODE_LINES,
	MODE_JSON,
	MODE_CSV,
	MODE_DIFF,
	MODE_PLOT,
	MODE_RECORD,
};

enum view {
	VIEW_HEAPS,
	VIEW_CLASSES,
	VIEW_MAP,
	VIEW_SLABS,
	VIEW_FIGURES,
	VIEWS,
};

extern const char *const view_names[VIEWS];

/**
 * struct options - the parsed command line
 * @mode: live screen, or one of the modes that print
 * @view: the first screen, or the list that --once prints
 * @root: kpool's directory
 * @slabinfo: the file to compare with, or NULL
 * @replay: a recording to read instead of @root, or NULL
 * @out: the file that --plot and record write
 * @csv: the file of a heap that --csv prints
 * @operand: the files of --diff
 * @heap: a heap's name, or NULL
 * @sort: head of the column to sort by, or NULL
 * @filter: text that names must have
 * @interval: seconds between samples
 * @count: samples or lines to print; 0 for no limit
 * @reverse: reverse the order
 * @ascii: draw ASCII characters only
 * @no_color: draw without colours
 */
struct options {
	enum mode mode;
	enum view view;
	const char *root;
	const char *slabinfo;
	const char *replay;
	const char *out;
	const char *csv;
	const char *operand[2];
	const char *heap;
	const char *sort;
	const char *filter;
	double interval;
	unsigned long long count;
	bool reverse;
	bool ascii;
	bool no_color;
};

/* Parse the command line. Exit on wrong use, and after --help and --version. */
void options_parse(struct options *options, int argc, char **argv);

#endif /* KPOOLSTAT_OPTIONS_H */
