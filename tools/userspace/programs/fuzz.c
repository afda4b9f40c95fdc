// SPDX-License-Identifier: GPL-2.0
/*
 * The target of libFuzzer: inputs are sequences of operations, see ops.h.
 * In the environment, KPOOL_FUZZ_STEPS is the number of operations after which the
 * program ends, and KPOOL_FUZZ_VALIDATE the number of operations per validate.
 */

#include "ops.h"


static unsigned long fuzz_inputs, fuzz_steps_max = ULONG_MAX;
static time_t fuzz_start;

static void fuzz_report(void)
{
	unsigned long seconds = max_t(unsigned long, time(NULL) - fuzz_start, 1);

	fprintf(stderr, "fuzz: %lu operations, %lu calls, %lu inputs, %lu s, %lu operations/s\n",
		ops_steps, ops_calls, fuzz_inputs, seconds, ops_steps / seconds);
}

static unsigned long fuzz_number(const char *name, unsigned long value)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : value;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct sim_machine machine = { .cpus = 1, .nodes = 1, .memory = OPS_MEMORY };

	fuzz_steps_max = fuzz_number("KPOOL_FUZZ_STEPS", ULONG_MAX);
	ops_validate_period = fuzz_number("KPOOL_FUZZ_VALIDATE", 1) ?: 1;
	fuzz_start = time(NULL);
	sim_log_shown = false;
	sim_machine_init(&machine);
	sim_thread_start(0, false);
	atexit(fuzz_report);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct ops_record records[65536];
	size_t nr = min(size / sizeof(*records), ARRAY_SIZE(records));

	memcpy(records, data, nr * sizeof(*records));
	ops_run(records, nr, 0);
	fuzz_inputs++;
	if (ops_steps >= fuzz_steps_max) {
		fuzz_report();
		_exit(0);	/* libFuzzer treats exit() as a crash */
	}
	return 0;
}
