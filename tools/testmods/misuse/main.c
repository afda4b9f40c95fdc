// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the programs of kunit/misuse_rows.h, each on its own heap. tools/test/jobs/misuse.py checks
 * the results, and tools/test/jobs/faulty.py the reports of sanitizers.
 *
 *   insmod kpool_misuse.ko heap=debug			all of them
 *   insmod kpool_misuse.ko only=double_free		one
 *   insmod kpool_misuse.ko bugs=1			those that KASAN or KMSAN reports once
 *   insmod kpool_misuse.ko lost=16			none; loses blocks, for kmemleak to find
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

static bool misuse_bugs;
module_param_named(bugs, misuse_bugs, bool, 0444);
MODULE_PARM_DESC(bugs, "only programs that a sanitizer reports once (default: no)");

static unsigned int misuse_size;
module_param_named(size, misuse_size, uint, 0444);
MODULE_PARM_DESC(size, "bytes of objects, where a program does not say (default: 64)");

static unsigned int misuse_lost;
module_param_named(lost, misuse_lost, uint, 0444);
MODULE_PARM_DESC(lost, "run no program but lose so many blocks (default: 0)");

#define MISUSE_GROUP(describe)	{ .text = (describe) },
static const struct misuse_program misuse_programs[] = {
#include "misuse_rows.h"
};

static bool misuse_is_chosen(const struct misuse_program *program)
{
	if (*misuse_only)
		return program->name && !strcmp(misuse_only, program->name);
	if (misuse_bugs)
		return program->sanitizer &&
		       IS_ENABLED(CONFIG_KMSAN) == (program->only == MISUSE_KMSAN);
	return program->name && !program->unlisted;
}

/* Run a program in a cleared scene. Return: name of the harm. */
static const char *misuse_run(struct misuse_scene *s, const struct misuse_program *program)
{
	const char *harm;

	if (!misuse_begin(s, program))
		return "failed";
	if (!s->failed)
		program->run(s);
	misuse_observe(s);
	harm = misuse_end(s);
	if (!s->failed)
		return harm;
	pr_err("%s: %s\n", program->name, s->failed);
	return "failed";
}

static void misuse_run_program(const struct misuse_program *program, const char *group,
			       struct misuse_scene *scene)
{
	unsigned int round;

	for (round = 0; round < (program->rounds ?: 1); round++) {
		struct misuse_scene s = *scene;

		s.spot = program->spot[0];
		pr_info("begin %s: %s: %s\n", program->name, group, program->text);
		pr_info("end %s: %s\n", program->name,
			misuse_may_run(program, s.debug) ? misuse_run(&s, program) : "skipped");
		cond_resched();
	}
}

/* Return: number of programs that were chosen. */
static unsigned int misuse_run_chosen(struct misuse_scene *scene)
{
	const char *group = "";
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(misuse_programs); i++) {
		if (!misuse_programs[i].run)
			group = misuse_programs[i].text;
		if (!misuse_is_chosen(&misuse_programs[i]))
			continue;
		misuse_run_program(&misuse_programs[i], group, scene);
		nr++;
	}
	return nr;
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

/* A list of objects: kmemleak must find all of them through the first, but report lost blocks. */
struct misuse_node {
	struct misuse_node *next;
	void *memory;
};

static struct misuse_node *misuse_kept;

/* A block that points to another block and to kmalloc memory; neither is lost. */
static noinline struct misuse_node *misuse_keep(struct misuse_node *next)
{
	struct misuse_node *node = kpool_alloc(sizeof(*node), GFP_KERNEL);

	if (node) {
		node->next = next;
		node->memory = kmalloc(sizeof(*node), GFP_KERNEL);
	}
	return node ?: next;
}

/* Returns a result: otherwise the call is a tail call, and the function is not in the trace. */
static noinline bool misuse_lose(size_t size)
{
	return !!kpool_alloc(size, GFP_KERNEL);
}

static int misuse_lose_some(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		misuse_kept = misuse_keep(misuse_kept);
		if (!misuse_lose(8 + 16 * i))
			return -ENOMEM;
	}
	return 0;
}

static int __init misuse_init(void)
{
	struct misuse_scene scene = { .create = kpool_heap_create, .next = MISUSE_NEXT };
	int err = 0;

	if (misuse_lost)
		return misuse_lose_some(misuse_lost);
	scene.debug = !strcmp(misuse_heap, "debug");
	if (!scene.debug && strcmp(misuse_heap, "normal")) {
		pr_err("parameter heap: \"%s\" is neither normal nor debug\n", misuse_heap);
		return -EINVAL;
	}
	scene.object = kvcalloc(MISUSE_OBJECTS, sizeof(*scene.object), GFP_KERNEL);
	if (!scene.object)
		return -ENOMEM;
	scene.cpu = misuse_stay();
	scene.size = misuse_size;
	if (!misuse_run_chosen(&scene)) {
		pr_err("parameter only: there is no program \"%s\"\n", misuse_only);
		err = -EINVAL;
	}
	kvfree(scene.object);
	return err;
}

static void __exit misuse_exit(void)
{
	struct misuse_node *next;

	for (; misuse_kept; misuse_kept = next) {
		next = misuse_kept->next;
		kfree(misuse_kept->memory);
		kpool_free(misuse_kept);
	}
}

module_init(misuse_init);
module_exit(misuse_exit);

MODULE_DESCRIPTION("Programs that misuse kpool");
MODULE_LICENSE("GPL");
