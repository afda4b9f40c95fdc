// SPDX-License-Identifier: GPL-2.0
/* See ops.h. */
#include "ops_model.h"

unsigned int ops_validate_period = 1;
unsigned long ops_steps, ops_calls;
bool ops_verbose;

#define OPS_MACHINE_DEBUG	4096

/* The first record of a sequence sets up the machine, before the module comes. */
static void ops_machine(struct ops_record record)
{
	static const char *const kib[] = { "24", "4", "128", "24" };
	static const char *const reserve[] = { "1", "0", "2", "1" };
	unsigned int bits = record.arg;

	sim_machine_cpus(bits % OPS_CPUS + 1);
	sim_machine_nodes(bits & 4 ? 2 : 1, bits & 8 ? 1 : 0);
	sim_init_on_alloc = bits & 16;
	sim_init_on_free = bits & 32;
	sim_slab_max = bits & 64 ? 0 : 8192;
	sim_contended = bits & 128;
	sim_param_set("magazine_kib", kib[bits >> 8 & 3]);
	sim_param_set("reserve", reserve[bits >> 10 & 3]);
	sim_param_set("debug", bits & OPS_MACHINE_DEBUG ? "1" : "0");
}

static const struct ops_table {
	const char *name;
	void (*run)(struct ops_record record);
} ops_table[] = {
	{ "alloc", ops_alloc }, { "free", ops_free }, { "realloc", ops_realloc },
	{ "burst", ops_burst }, { "drop", ops_drop }, { "bulk_alloc", ops_bulk_alloc },
	{ "bulk_free", ops_bulk_free }, { "heap", ops_heap_op }, { "shrink", ops_shrink },
	{ "reclaim", ops_reclaim }, { "time", ops_time }, { "rcu", ops_rcu }, { "cpu", ops_cpu },
	{ "stats", ops_stats }, { "files", ops_files }, { "contents", ops_contents },
	{ "validate", ops_validate }, { "fail", ops_fail }, { "limit", ops_limit },
	{ "irq", ops_irq }, { "odd", ops_odd }, { "misuse", ops_misuse },
	{ "damage", ops_damage },
};

bool ops_assemble(const char *line, struct ops_record *record)
{
	unsigned int arg = 0, heap = 0, variant = 0, i;
	char name[16];

	if (sscanf(line, " %15[a-z_] %u %u %u", name, &arg, &heap, &variant) < 1)
		return false;
	for (i = 0; i < ARRAY_SIZE(ops_table) && strcmp(ops_table[i].name, name); i++)
		;
	if (i == ARRAY_SIZE(ops_table) && strcmp(name, "machine"))
		ops_bug("no operation %s", name);
	if (arg > U16_MAX || heap >= OPS_HEAPS || variant > 31)
		ops_bug("too large a number: %s", line);
	*record = (struct ops_record) { .op = i, .how = heap | variant << 3, .arg = arg };
	return true;
}

void ops_show(const struct ops_record *record, char *line, size_t size)
{
	scnprintf(line, size, "%s %u %u %u", ops_table[record->op % ARRAY_SIZE(ops_table)].name,
		  record->arg, record->how & (OPS_HEAPS - 1), record->how >> 3);
}

static void ops_no_errors(void)
{
	if (sim_logged[SIM_ERR] != model.errors && !model.orphans)
		ops_bug("an error was logged: %s", sim_log_last);
}

static void ops_step(struct ops_record record)
{
	char line[64];

	if (ops_verbose) {
		ops_show(&record, line, sizeof(line));
		sim_log(SIM_INFO, "%s\n", line);
	}
	current->what = (unsigned long)ops_table[record.op % ARRAY_SIZE(ops_table)].run;
	ops_table[record.op % ARRAY_SIZE(ops_table)].run(record);
	if (current->preempt || current->irqs_off || current->spinlocks)
		ops_bug("a lock is left held");
	if (++ops_steps % ops_validate_period == 0)
		ops_validate_step();
	ops_no_errors();
}

static bool ops_begin(struct ops_record machine, long fail_nth)
{
	int cpu, err;

	memset(&model.heap, 0, sizeof(model.heap));
	model.nr = 0;
	model.random = 1;
	model.limited = false;
	model.misfits = false;
	model.misused = false;
	model.unaligned = false;
	model.orphans = false;
	ops_machine(machine);
	for_each_possible_cpu(cpu)
		sim_cpu_online(cpu);
	current->cpu = 0;
	sim_thread_seed(1);
	model.fail_nth = fail_nth;
	sim_fail_set(fail_nth, 0);
	sim_fail.page_limit = 0;
	err = sim_module_init();
	ops_errors_are_fine();
	if (err) {
		if (!sim_fail.failed)
			ops_bug("no module: error %d", err);
		return false;
	}
	model.heap[0].heap = kpool_default_heap;
	model.heap[0].flags = machine.arg & OPS_MACHINE_DEBUG ? KPOOL_HEAP_DEBUG : 0;
	return true;
}

/* Everything comes back. */
static void ops_end(void)
{
	struct kpool_stats stats;
	unsigned int i;

	sim_irq_arm(ops_irq_handler, 0);
	sim_fail.page_limit = 0;
	while (model.nr) {
		struct ops_block block = ops_remove(model.nr - 1);

		ops_free_block(&block, model.nr % 10);
	}
	for (i = 1; i < OPS_HEAPS; i++)
		if (model.heap[i].heap) {
			kpool_heap_shrink(model.heap[i].heap);
			ops_check_stats(i);
			ops_heap_destroy(i);
		}
	kpool_rcu_barrier();
	kpool_heap_shrink(NULL);
	model.misfits = false;
	ops_check_stats(0);
	kpool_heap_stats(NULL, &stats);
	if (stats.arenas && !ops_out_of_service(0))
		ops_bug("%llu arenas after everything is free", stats.arenas);
	ops_validate_all();
	ops_no_errors();
	sim_module_exit();
}

/* What is running, for a report that can be run again. */
static const struct ops_record *ops_now;
static size_t ops_now_nr;

static void ops_report(void)
{
	char line[64];
	size_t i;

	sim_log_shown = true;
	sim_log(SIM_INFO, "# the operations, the last of which did not end well:\nmachine %u\n",
		ops_now[0].arg);
	for (i = 1; i < ops_now_nr; i++) {
		ops_show(&ops_now[i], line, sizeof(line));
		sim_log(SIM_INFO, "%s\n", line);
	}
}

long ops_run(const struct ops_record *records, size_t nr, long fail_nth)
{
	size_t i;

	if (!nr)
		return 0;
	ops_pattern_init();
	ops_now = records;
	sim_bug_hook = ops_report;
	if (ops_begin(records[0], fail_nth)) {
		for (i = 1; i < nr; i++) {
			ops_now_nr = i + 1;
			ops_step(records[i]);
		}
		ops_end();
	}
	if (!sim_usage_none())
		ops_bug("lost: %ld pages, %ld charged to %ld, %ld objects, %ld per CPU, %ld files",
			sim_usage.pages, sim_usage.charged, sim_usage.memcgs, sim_usage.objects,
			sim_usage.percpu, sim_usage.dentries);
	return sim_fail.failed;
}
