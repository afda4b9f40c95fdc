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

/* The parsed command line. */
struct options {
	enum mode mode;			/* live screen, or one of the modes that print */
	enum view view;			/* the first screen, or the list that --once prints */
	const char *root;		/* kpool's directory */
	const char *slabinfo;		/* the file to compare with, or NULL */
	const char *replay;		/* a recording to read instead of @root, or NULL */
	const char *out;		/* the file that --plot and record write */
	const char *csv;		/* the file of a heap that --csv prints */
	const char *operand[2];		/* the files of --diff */
	const char *heap;		/* a heap's name, or NULL */
	const char *sort;		/* head of the column to sort by, or NULL */
	const char *filter;		/* text that names must have */
	double interval;		/* seconds between samples */
	unsigned long long count;	/* samples or lines to print; 0 for no limit */
	bool reverse;			/* reverse the order */
	bool ascii;			/* draw ASCII characters only */
	bool no_color;			/* draw without colours */
};

/* Parse the command line. Exit on wrong use, and after --help and --version. */
void options_parse(struct options *options, int argc, char **argv);

#endif /* KPOOLSTAT_OPTIONS_H */
