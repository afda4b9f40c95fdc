// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the programs of kunit/misuse_rows.h, each in a process of its own, on a normal and on a
 * debug heap: undisturbed, with interrupts, and with each allocation of the fault failing. The
 * outcome must be the table's. AddressSanitizer stands in for KASAN: it may end the process.
 */
#include <sys/wait.h>

#include "harness.h"
#include "misuse.h"

#define MISUSE_TIME	60	/* seconds until a process is ended */
#define MISUSE_PERIOD	20	/* an interrupt comes in at one of so many places */

#define MISUSE_KERNEL(...)
#define MISUSE_GUEST(...)
static const struct misuse_program programs[] = {
#include "misuse_rows.h"
};

enum trouble { UNDISTURBED, INTERRUPTS, FAILURES, TROUBLES };
static const char * const trouble_names[] = { "undisturbed", "interrupts", "failures" };

/* The findings of a process, in memory that it shares with its parent. */
static struct result {
	bool done;
	bool stopped;	/* by AddressSanitizer */
	long failures;	/* of allocations */
	char outcome[MISUSE_OUTCOME];
	char failed[MISUSE_OUTCOME];
} *result;

static struct misuse_scene scene;
static struct kpool_heap *irq_heap;
static bool verbose;

/* A program may leave memory behind. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* The sanitizer calls this before it reports. */
void __asan_on_error(void)
{
	scene.found = min(scene.found, scene.phase);
	misuse_outcome(&scene, result->outcome);
	result->failures = sim_fail.failed;
	result->stopped = true;
}

static unsigned long count_lines(void)
{
	return sim_logged[SIM_ERR] + sim_logged[SIM_WARN];
}

static void interrupt(void)
{
	void *p = kpool_heap_alloc(irq_heap, scene.size, GFP_ATOMIC);
	void *q = kpool_alloc(scene.size, GFP_ATOMIC);

	kpool_heap_free(irq_heap, p);
	kpool_free(q);
}

static void commit(const struct misuse_program *program, enum trouble trouble)
{
	sim_irq_arm(interrupt, trouble == INTERRUPTS ? MISUSE_PERIOD : 0);
	sim_fail_set(0, trouble == FAILURES ? 1 : 0);
	program->run(&scene);
	result->failures = sim_fail.failed;
	sim_fail_set(0, 0);
}

/* The process: load the module, run the program. */
static void run_program(const struct misuse_program *program, bool debug, enum trouble trouble)
{
	alarm(MISUSE_TIME);
	if (!verbose && !freopen("/dev/null", "w", stderr))
		sim_bug("/dev/null cannot be opened");
	sim_param_set("reserve", "0");
	if (sim_module_init())
		sim_bug("no module");
	irq_heap = kpool_heap_create("interrupts", NULL);
	scene = (struct misuse_scene) {
		.create = kpool_heap_create, .debug = debug, .cpu = 1, .next = MISUSE_NEXT,
		.lines = count_lines, .spot = program->spot[0],
		.object = calloc(MISUSE_OBJECTS, sizeof(*scene.object)),
	};
	if (!misuse_begin(&scene, program))
		sim_bug("no heap");
	if (!scene.failed)
		commit(program, trouble);
	misuse_observe(&scene);
	misuse_end(&scene);
	sim_irq_arm(interrupt, 0);
	misuse_outcome(&scene, result->outcome);
	snprintf(result->failed, sizeof(result->failed), "%s", scene.failed ?: "");
	result->done = true;
	exit(0);
}

/*
 * Is the outcome the expected one? Which of kpool and KASAN speaks first is not compared. The harm
 * is unknown if the sanitizer ended the process. Without memory a program may commit no fault, or
 * one that is detected earlier.
 */
static bool is_expected(const char *expected, enum trouble trouble)
{
	const char *by = " by KASAN", *found = strstr(expected, by);
	char want[MISUSE_OUTCOME];
	bool earlier;

	snprintf(want, sizeof(want), "%s", expected);
	if (found)
		strcpy(want + (found - expected), found + strlen(by));
	if (result->stopped)
		want[strcspn(want, ";")] = '\0';
	if (!result->done && !result->stopped)
		return false;
	earlier = !strcmp(result->outcome, CONTAINED) || strstr(result->outcome, "at once");
	if (trouble == FAILURES && result->failures && (*result->failed || earlier))
		return true;
	return !*result->failed && !strcmp(want, result->outcome);
}

static const char *expected_of(const struct misuse_program *program, bool debug)
{
	if (debug)
		return program->debug;
	return IS_ENABLED(CONFIG_KASAN_GENERIC) ? program->kasan : program->normal;
}

/* Return: whether the outcome is as expected. */
static bool try_program(const struct misuse_program *program, bool debug, enum trouble trouble)
{
	const char *expected = expected_of(program, debug);
	int status = 0;
	pid_t pid;

	memset(result, 0, sizeof(*result));
	fflush(stdout);
	pid = fork();
	if (!pid)
		run_program(program, debug, trouble);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		sim_bug("no process");
	if (is_expected(expected, trouble))
		return true;
	printf("BUG: %s on a %s heap, %s: \"%s\" (status %x, %s), expected \"%s\"\n",
	       program->name, debug ? "debug" : "normal", trouble_names[trouble],
	       result->outcome, status, *result->failed ? result->failed : "ran", expected);
	return false;
}

int main(int argc, char **argv)
{
	const struct sim_machine machine = { .cpus = 2, .nodes = 1, .memory = 64UL << 20 };
	unsigned int i, variant, runs = 0, stopped = 0, wrong = 0;

	verbose = argc > 1;
	sim_log_shown = verbose;
	sim_machine_init(&machine);
	sim_thread_start(0, false);
	result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		if (argc > 1 && strcmp(argv[1], programs[i].name))
			continue;
		for (variant = 0; variant < 2 * TROUBLES; variant++) {
			bool debug = variant % 2;

			/* A second kfree() is found by the simulation, not by the sanitizer. */
			if (programs[i].only && !(debug && programs[i].only & MISUSE_DEBUG_HEAP))
				continue;
			wrong += !try_program(&programs[i], debug, variant / 2);
			stopped += result->stopped;
			runs++;
		}
	}
	printf("misuse: %u programs, %u runs, %u ended by the sanitizer, %u wrong\n", i, runs,
	       stopped, wrong);
	return wrong || !runs;
}
