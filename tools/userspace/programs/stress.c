// SPDX-License-Identifier: GPL-2.0
/*
 * Threads run random operations (ops.h) on the module, are interrupted, and hand blocks to
 * each other. Meanwhile memory is released, heaps are created and destroyed, CPUs go offline
 * and everything is validated. The program ends by itself and requires that nothing is lost.
 */
#include <kpool.h>

#include "ops.h"

#define STRESS_THREADS_MAX	32
#define STRESS_LIVE		512	/* blocks that a thread holds in two of three phases */
#define STRESS_FEW		32	/* blocks that it holds in the third phase */
#define STRESS_PHASE		5000	/* operations of a phase */

static struct {
	unsigned int threads, cpus, nodes, seed, fail_every, irq_period;
	unsigned long ops, seconds;
} option = {
	.threads = 4, .cpus = 3, .nodes = 1, .seed = 1, .irq_period = 300, .ops = 100000,
};

/* The heaps that all threads use besides the default heap. */
static const unsigned int stress_flags[] = {
	0, KPOOL_HEAP_PIN_CLASSES, KPOOL_HEAP_DEBUG, KPOOL_HEAP_RANDOM,
	KPOOL_HEAP_TYPESAFE_RCU | KPOOL_HEAP_ACCOUNT,
};

static time_t stress_end;
static unsigned long stress_done;

static bool stress_goes_on(unsigned long i)
{
	if (!option.seconds)
		return i < option.ops;
	return i % 256 || time(NULL) < stress_end;
}

static void *stress_thread(void *arg)
{
	unsigned int id = (unsigned long)arg;
	unsigned long i;

	sim_thread_start(id % option.cpus, true);
	sim_thread_seed(option.seed * 1000 + id);
	ops_thread_begin(id + 1, option.seed * 1000 + id);
	for (i = 0; stress_goes_on(i); i++)
		ops_thread_step(i / STRESS_PHASE % 3 ? STRESS_LIVE : STRESS_FEW);
	ops_thread_end();
	__atomic_add_fetch(&stress_done, ops_steps, __ATOMIC_RELAXED);
	return NULL;
}

static void stress_run(void)
{
	pthread_t thread[STRESS_THREADS_MAX];
	unsigned long i;

	sim_irq_arm(ops_irq_handler, option.irq_period);
	sim_fail_set(0, option.fail_every);
	sim_workers_start(2);
	for (i = 0; i < option.threads; i++)
		if (pthread_create(&thread[i], NULL, stress_thread, (void *)i))
			sim_bug("no thread");
	for (i = 0; i < option.threads; i++)
		pthread_join(thread[i], NULL);
	sim_workers_stop();
	sim_fail.every = 0;
}

static const char stress_usage[] =
	"usage: stress [-t threads] [-c CPUs] [-N nodes] [-s seed]\n"
	"              [-n operations of a thread, or -T seconds]\n"
	"              [-f N: every N-th allocation fails]\n"
	"              [-i N: an interrupt in about N places]\n";

static void stress_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "t:c:n:N:s:f:i:T:")) > 0) {
		unsigned long value = strtoul(optarg ?: "", NULL, 0);

		switch (c) {
		case 't':
			option.threads = clamp_t(unsigned long, value, 1, STRESS_THREADS_MAX);
			break;
		case 'c':
			option.cpus = clamp_t(unsigned long, value, 1, NR_CPUS);
			break;
		case 'n':
			option.ops = value;
			break;
		case 'N':
			option.nodes = clamp_t(unsigned long, value, 1, MAX_NUMNODES);
			break;
		case 's':
			option.seed = value;
			break;
		case 'f':
			option.fail_every = value;
			break;
		case 'i':
			option.irq_period = value;
			break;
		case 'T':
			option.seconds = value;
			break;
		default:
			fputs(stress_usage, stderr);
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	struct sim_machine machine = { .memory = OPS_MEMORY_MAX };

	stress_options(argc, argv);
	machine.cpus = option.cpus;
	machine.nodes = option.nodes;
	stress_end = time(NULL) + option.seconds;
	sim_machine_init(&machine);
	sim_thread_start(0, true);
	sim_thread_seed(option.seed);
	if (sim_param_set("trim_ms", "10"))
		sim_bug("no parameter");
	ops_load(stress_flags, ARRAY_SIZE(stress_flags));
	stress_run();
	ops_unload();
	printf("stress: %lu operations, %u threads, %u CPUs, %u nodes, seed %u, %ld failed\n",
	       stress_done, option.threads, option.cpus, option.nodes, option.seed,
	       sim_fail.failed);
	return 0;
}
