// SPDX-License-Identifier: GPL-2.0
/*
 * Runs scripts of operations: once, or repeatedly with the 1st, 2nd, ... allocation
 * failing until none fails. Also converts scripts into the fuzzer's seeds, and the
 * fuzzer's inputs into scripts.
 */
#include "ops.h"

#define SCRIPT_MAX	65536

static struct ops_record script[SCRIPT_MAX];

static void script_die(const char *what, const char *name)
{
	fprintf(stderr, "error: %s: %s\n", what, name);
	exit(1);
}

static size_t script_read(const char *name)
{
	FILE *file = fopen(name, "r");
	char line[256];
	size_t nr = 0;

	if (!file)
		script_die("cannot be read", name);
	while (fgets(line, sizeof(line), file) && nr < SCRIPT_MAX)
		nr += ops_assemble(line, &script[nr]);
	fclose(file);
	return nr;
}

static void script_write(const char *name, size_t nr)
{
	FILE *file = fopen(name, "w");

	if (!file || fwrite(script, sizeof(*script), nr, file) != nr || fclose(file))
		script_die("cannot be written", name);
}

static void script_show(const char *name)
{
	FILE *file = fopen(name, "r");
	size_t nr, i;
	char line[64];

	if (!file)
		script_die("cannot be read", name);
	nr = fread(script, sizeof(*script), SCRIPT_MAX, file);
	fclose(file);
	for (i = 0; i < nr; i++) {
		ops_show(&script[i], line, sizeof(line));
		if (i)
			puts(line);
		else
			printf("machine %u\n", script[0].arg);
	}
}

static void script_run(const char *name, bool fail_each)
{
	size_t nr = script_read(name);
	long n = 1;

	if (fail_each) {
		sim_log_shown = ops_verbose;
		while (ops_run(script, nr, n))
			n++;
		printf("%s: %zu operations, each of %ld allocations failed\n", name, nr, n - 1);
	} else {
		ops_run(script, nr, 0);
		printf("%s: %zu operations, %ld allocations\n", name, nr, sim_fail.calls);
	}
}

static const char script_usage[] =
	"usage: script [-v] [-p PERIOD] [-f] SCRIPT...    run; validate every PERIOD operations;\n"
	"                                                 with -f each allocation fails once\n"
	"       script -a SCRIPT SEED                     make a fuzzer's input\n"
	"       script -s SEED                            show one as text\n";

int main(int argc, char **argv)
{
	const struct sim_machine machine = { .cpus = 1, .nodes = 1, .memory = OPS_MEMORY };
	bool fail_each = false;
	int option;

	while ((option = getopt(argc, argv, "vfp:a:s:")) > 0) {
		switch (option) {
		case 'v':
			ops_verbose = true;
			break;
		case 'f':
			fail_each = true;
			break;
		case 'p':
			ops_validate_period = strtoul(optarg, NULL, 0) ?: 1;
			break;
		case 'a':
			if (optind == argc)
				script_die("no file to write", script_usage);
			script_write(argv[optind], script_read(optarg));
			return 0;
		case 's':
			script_show(optarg);
			return 0;
		default:
			fputs(script_usage, stderr);
			return 1;
		}
	}
	if (optind == argc) {
		fputs(script_usage, stderr);
		return 1;
	}
	setlinebuf(stdout);
	sim_machine_init(&machine);
	sim_thread_start(0, false);
	for (; optind < argc; optind++)
		script_run(argv[optind], fail_each);
	if (fail_each)
		sim_sites_print();
	return 0;
}
