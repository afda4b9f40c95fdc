// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that misuse kpool, each on its own heap. tools/test/jobs/misuse.py checks the
 * results.
 *
 *   insmod kpool_misuse.ko heap=debug			all of them
 *   insmod kpool_misuse.ko only=double_free		one
 *
 * Use a throw-away guest. Load kpool with trim_ms=3600000, so that no trim drains
 * magazines before a program does, and with reserve=0, so that arenas go to the page
 * allocator, where programs can allocate their pages again.
 */
#define pr_fmt(fmt) "misuse: " fmt

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "misuse.h"

static char *misuse_heap = "normal";
module_param_named(heap, misuse_heap, charp, 0444);
MODULE_PARM_DESC(heap, "what the programs are run on, normal or debug (default: normal)");

static char *misuse_only = "";
module_param_named(only, misuse_only, charp, 0444);
MODULE_PARM_DESC(only, "the program to run (default: all of them)");

static const struct {
	const char *name;
	const struct misuse_program *programs;
} misuse_groups[] = {
	{ "Double free", misuse_double_frees },
	{ "Invalid free", misuse_invalid_frees },
	{ "Out of bounds", misuse_bounds },
	{ "Use after free", misuse_late_uses },
	{ "Contents of another", misuse_leaks },
	{ "Sizes", misuse_sizes },
	{ "Heaps", misuse_heaps },
};

/* Can the program run here without crashing the kernel? */
static bool misuse_may_run(const struct misuse_program *program, bool debug)
{
	return !program->only || (debug && program->only & MISUSE_DEBUG_HEAP) ||
	       (IS_ENABLED(CONFIG_KASAN_GENERIC) && program->only & MISUSE_KASAN);
}

/* Run a program in a cleared scene. Return: name of the harm. */
static const char *misuse_run(struct misuse_scene *s, const struct misuse_program *program)
{
	const char *harm;

	if (!misuse_begin(s, program))
		return "failed";
	misuse_phase(s, "fault");
	if (!s->failed)
		program->run(s);
	misuse_observe(s);
	harm = misuse_end(s);
	if (!s->failed)
		return harm;
	pr_err("%s: %s\n", program->name, s->failed);
	return "failed";
}

static void misuse_run_group(unsigned int group, bool debug, struct misuse_object *object, int cpu)
{
	const struct misuse_program *program;
	unsigned int round;

	for (program = misuse_groups[group].programs; program->name; program++) {
		if (*misuse_only && strcmp(misuse_only, program->name))
			continue;
		for (round = 0; round < (program->rounds ?: 1); round++) {
			struct misuse_scene s = { .debug = debug, .object = object, .cpu = cpu };

			pr_info("begin %s: %s: %s\n", program->name, misuse_groups[group].name,
				program->text);
			pr_info("end %s: %s\n", program->name,
				misuse_may_run(program, debug) ? misuse_run(&s, program) :
				"skipped");
			cond_resched();
		}
	}
}

static bool misuse_is_known(const char *name)
{
	const struct misuse_program *program;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(misuse_groups); i++)
		for (program = misuse_groups[i].programs; program->name; program++)
			if (!strcmp(program->name, name))
				return true;
	return false;
}

/* Bind this task, and so its allocations and frees, to its CPU. Return: another CPU, or -1. */
static int misuse_stay(void)
{
	int cpu;

	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	for_each_online_cpu(cpu)
		if (cpu != raw_smp_processor_id())
			return cpu;
	return -1;
}

static int __init misuse_init(void)
{
	bool debug = !strcmp(misuse_heap, "debug");
	struct misuse_object *object;
	unsigned int i;
	int cpu;

	if (!debug && strcmp(misuse_heap, "normal")) {
		pr_err("parameter heap: \"%s\" is neither normal nor debug\n", misuse_heap);
		return -EINVAL;
	}
	if (*misuse_only && !misuse_is_known(misuse_only)) {
		pr_err("parameter only: there is no program \"%s\"\n", misuse_only);
		return -EINVAL;
	}
	object = kvcalloc(MISUSE_OBJECTS, sizeof(*object), GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	cpu = misuse_stay();
	for (i = 0; i < ARRAY_SIZE(misuse_groups); i++)
		misuse_run_group(i, debug, object, cpu);
	kvfree(object);
	return 0;
}

static void __exit misuse_exit(void)
{
}

module_init(misuse_init);
module_exit(misuse_exit);

MODULE_DESCRIPTION("Programs that misuse kpool");
MODULE_LICENSE("GPL");
