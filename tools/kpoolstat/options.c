// SPDX-License-Identifier: GPL-2.0
/* The command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"
#include "options.h"
#include "util.h"

const char *const view_names[VIEWS] = { "heaps", "classes", "map", "slabs", "figures" };

static const char usage[] =
	"usage: kpoolstat [OPTION]...                 show the live screen\n"
	"       kpoolstat record [OPTION]... FILE     write samples to a file (- for standard output)\n"
	"       kpoolstat replay [OPTION]... FILE     show samples of a recording, in any mode\n"
	"       kpoolstat --diff A [B]                compare two recordings or copied directories,\n"
	"                                             or the first sample of a recording with its last\n"
	"\n"
	"Modes other than the live screen:\n"
	"  -1, --once              print a list once; the default if standard output is no terminal\n"
	"  -i, --interval SECONDS  print a line for each interval, as vmstat does (default 1)\n"
	"  -n, --count N           end after N lines or samples\n"
	"  -j, --json              print a JSON object for each sample; one without -i and -n\n"
	"  -c, --csv[=FILE]        print stats, classes or arenas as CSV (default stats); likewise\n"
	"      --plot FILE.svg     draw a picture of a run with gnuplot\n"
	"\n"
	"Options:\n"
	"  -d, --delay SECONDS     time between updates of the live screen (default 1); else as -i\n"
	"  -v, --view NAME         heaps, classes, map, slabs or figures (default heaps)\n"
	"  -H, --heap NAME         one heap; without it the largest heap, or all of them\n"
	"  -s, --sort COLUMN       sort by the column with this head\n"
	"  -r, --reverse           reverse the order\n"
	"  -f, --filter TEXT       only rows with TEXT in their name; on the map, only arenas with\n"
	"                          pools of this block size\n"
	"      --ascii             ASCII characters only\n"
	"      --no-color          no colours, as with NO_COLOR in the environment\n"
	"      --root DIR          kpool's directory, or a copy (default " ROOT_DEFAULT ")\n"
	"      --slabinfo FILE     slabinfo to compare with (default /proc/slabinfo; with --root,\n"
	"                          DIR/slabinfo)\n"
	"  -h, --help              print this help\n"
	"  -V, --version           print the version\n"
	"\n"
	"Keys of the live screen: press h there. More: `man kpoolstat' where kpool is installed, or\n"
	"Documentation/kpoolstat.rst in its sources.\n";

enum { OPT_PLOT = 256, OPT_DIFF, OPT_ROOT, OPT_SLABINFO, OPT_ASCII, OPT_NO_COLOR };

static const struct option longs[] = {
	{ "once", no_argument, NULL, '1' },
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "csv", optional_argument, NULL, 'c' },
	{ "plot", required_argument, NULL, OPT_PLOT },
	{ "diff", no_argument, NULL, OPT_DIFF },
	{ "delay", required_argument, NULL, 'd' },
	{ "view", required_argument, NULL, 'v' },
	{ "heap", required_argument, NULL, 'H' },
	{ "sort", required_argument, NULL, 's' },
	{ "reverse", no_argument, NULL, 'r' },
	{ "filter", required_argument, NULL, 'f' },
	{ "ascii", no_argument, NULL, OPT_ASCII },
	{ "no-color", no_argument, NULL, OPT_NO_COLOR },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "slabinfo", required_argument, NULL, OPT_SLABINFO },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ }
};

/* Options given that matter for the choice of a mode. */
struct seen {
	bool interval;
	bool count;
	bool delay;
	bool root;
};

static double parse_seconds(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0.1 && seconds <= 86400))
		die_usage("an interval is 0.1 to 86400 seconds, not \"%s\"", text);
	return seconds;
}

static void set_mode(struct options *options, enum mode mode)
{
	if (options->mode != MODE_SCREEN && options->mode != mode)
		die_usage("options name two modes; only one is possible");
	options->mode = mode;
}

static enum view parse_view(const char *name)
{
	int view;

	for (view = 0; view < VIEWS; view++)
		if (!strcmp(name, view_names[view]))
			return view;
	die_usage("there is no view \"%s\"", name);
}

static const char *parse_csv(const char *name)
{
	if (!name)
		return "stats";
	if (strcmp(name, "stats") && strcmp(name, "classes") && strcmp(name, "arenas"))
		die_usage("--csv takes stats, classes or arenas, not \"%s\"", name);
	return name;
}

static void parse_numbers(struct options *options, struct seen *seen, int option)
{
	if (option == 'n') {
		seen->count = true;
		if (!parse_number(optarg, &options->count) || !options->count)
			die_usage("a count is a number above 0, not \"%s\"", optarg);
		return;
	}
	options->interval = parse_seconds(optarg);
	seen->interval |= option == 'i';
	seen->delay |= option == 'd';
}

/* Handle options that name a mode. Return: false for other options. */
static bool parse_mode(struct options *options, int option)
{
	switch (option) {
	case '1':
		set_mode(options, MODE_ONCE);
		return true;
	case 'j':
		set_mode(options, MODE_JSON);
		return true;
	case 'c':
		set_mode(options, MODE_CSV);
		options->csv = parse_csv(optarg);
		return true;
	case OPT_PLOT:
		set_mode(options, MODE_PLOT);
		options->out = optarg;
		return true;
	case OPT_DIFF:
		set_mode(options, MODE_DIFF);
		return true;
	case 'h':
		fputs(usage, stdout);
		flush_output();
		exit(0);
	case 'V':
		puts("kpoolstat " KPOOLSTAT_VERSION);
		flush_output();
		exit(0);
	}
	return false;
}

static void parse_other(struct options *options, struct seen *seen, int option)
{
	switch (option) {
	case 'v':
		options->view = parse_view(optarg);
		break;
	case 'H':
		options->heap = optarg;
		break;
	case 's':
		options->sort = optarg;
		break;
	case 'r':
		options->reverse = true;
		break;
	case 'f':
		options->filter = optarg;
		break;
	case OPT_ASCII:
		options->ascii = true;
		break;
	case OPT_NO_COLOR:
		options->no_color = true;
		break;
	case OPT_ROOT:
		options->root = optarg;
		seen->root = true;
		break;
	case OPT_SLABINFO:
		options->slabinfo = optarg;
		break;
	default:
		parse_numbers(options, seen, option);
	}
}

/* Handle "record", "replay", and names of files. */
static void parse_operands(struct options *options, int nr, char **operand)
{
	bool record = nr && !strcmp(*operand, "record");
	bool replay = nr && !strcmp(*operand, "replay");

	if (options->mode == MODE_DIFF) {
		if (nr < 1 || nr > 2)
			die_usage("--diff takes one recording, or two recordings or directories");
		options->operand[0] = operand[0];
		options->operand[1] = nr > 1 ? operand[1] : NULL;
		return;
	}
	if (!nr)
		return;
	if (!record && !replay)
		die_usage("there is no command \"%s\"", *operand);
	if (nr != 2)
		die_usage("%s takes the name of one file", *operand);
	if (replay) {
		options->replay = operand[1];
	} else {
		set_mode(options, MODE_RECORD);
		options->out = operand[1];
	}
}

static void find_slabinfo(struct options *options, const struct seen *seen)
{
	static char path[4096];

	if (options->slabinfo)
		return;
	options->slabinfo = "/proc/slabinfo";
	if (seen->root) {
		snprintf(path, sizeof(path), "%s/slabinfo", options->root);
		options->slabinfo = path;
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	struct seen seen = { 0 };
	int option;

	*options = (struct options){ .root = ROOT_DEFAULT, .filter = "", .interval = 1 };
	while ((option = getopt_long(argc, argv, "1i:n:jc::d:v:H:s:rf:hV", longs, NULL)) != -1) {
		if (option == '?')
			die_usage("that option is not understood");
		if (!parse_mode(options, option))
			parse_other(options, &seen, option);
	}
	parse_operands(options, argc - optind, argv + optind);
	find_slabinfo(options, &seen);
	if (options->mode == MODE_SCREEN && (seen.interval || seen.count))
		options->mode = MODE_LINES;
	if (options->mode == MODE_SCREEN && !isatty(STDOUT_FILENO))
		options->mode = seen.delay ? MODE_LINES : MODE_ONCE;
	/* The delay of the live screen is the interval of everything else. */
	if (options->mode != MODE_SCREEN)
		seen.interval |= seen.delay;
	if (options->mode == MODE_ONCE && (seen.interval || seen.count))
		die_usage("--once has neither interval nor count");
	/* Most scripts want one sample. */
	if ((options->mode == MODE_JSON || options->mode == MODE_CSV) && !options->replay &&
	    !seen.interval && !seen.count)
		options->count = 1;
}
