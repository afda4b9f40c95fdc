// SPDX-License-Identifier: GPL-2.0
/* See ops.h. */
#include "ops_model.h"

unsigned int ops_validate_period = 1;
__thread unsigned long ops_steps, ops_calls;
bool ops_verbose;

#define OPS_MACHINE_DEBUG	4096

/* The first record of a sequence configures the machine, before the module is loaded. */
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

/* Name in scripts, and share of OPS_SHARES in threads, which allocate in the other cases. */
static const struct ops_table {
	const char *name;
	void (*run)(struct ops_record record);
	unsigned int share;
} ops_table[] = {
	{ "alloc", ops_alloc }, { "free", ops_free, 9000 }, { "realloc", ops_realloc, 1000 },
	{ "burst", ops_burst, 20 }, { "drop", ops_drop, 20 },
	{ "bulk_alloc", ops_bulk_alloc, 100 }, { "bulk_free", ops_bulk_free, 100 },
	{ "heap", ops_heap_op, 2 }, { "shrink", ops_shrink, 1 }, { "reclaim", ops_reclaim, 2 },
	{ "time", ops_time }, { "rcu", ops_rcu, 1 }, { "cpu", ops_cpu, 1 },
	{ "stats", ops_stats, 1 }, { "files", ops_files, 1 }, { "contents", ops_contents, 1 },
	{ "validate", ops_validate, 2 }, { "exchange", ops_exchange, 3000 },
	{ "publish", ops_publish, 250 }, { "fail", ops_fail }, { "limit", ops_limit },
	{ "irq", ops_irq }, { "odd", ops_odd }, { "misuse", ops_misuse },
	{ "damage", ops_damage },
};

#define OPS_SHARES	24000

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

static void ops_do(const struct ops_table *op, struct ops_record record)
{
	current->what = (unsigned long)op->run;
	op->run(record);
	if (current->preempt || current->irqs_off || current->spinlocks)
		ops_bug("%s leaves a lock held", op->name);
	ops_steps++;
}

static void ops_step(struct ops_record record)
{
	char line[64];

	if (ops_verbose) {
		ops_show(&record, line, sizeof(line));
		sim_log(SIM_INFO, "%s\n", line);
	}
	ops_do(&ops_table[record.op % ARRAY_SIZE(ops_table)], record);
	if (ops_steps % ops_validate_period == 0)
		ops_validate_step();
	ops_no_errors();
}

/* Initialises the module and an empty model. Return: 0 or an error. */
static int ops_init(void)
{
	int err;

	ops_pattern_init();
	model.nr = 0;
	model.random = 1;
	model.fixed = 1;
	memset(&model.heap, 0, sizeof(model.heap));
	ops_unaligned = false;
	err = sim_module_init();
	ops_errors_are_fine();
	model.heap[0].heap = err ? NULL : kpool_default_heap;
	return err;
}

static bool ops_begin(struct ops_record machine, long fail_nth)
{
	int cpu, err;

	model.limited = false;
	model.misfits = false;
	model.misused = false;
	model.orphans = false;
	ops_machine(machine);
	for_each_possible_cpu(cpu)
		sim_cpu_online(cpu);
	current->cpu = 0;
	sim_thread_seed(1);
	model.fail_nth = fail_nth;
	sim_fail_set(fail_nth, 0);
	sim_fail.page_limit = 0;
	err = ops_init();
	if (err) {
		if (!sim_fail.failed)
			ops_bug("no module: error %d", err);
		return false;
	}
	model.heap[0].flags = machine.arg & OPS_MACHINE_DEBUG ? KPOOL_HEAP_DEBUG : 0;
	return true;
}

static void ops_free_all(void)
{
	while (model.nr) {
		struct ops_block block = ops_remove(model.nr - 1);

		ops_free_block(&block, model.nr % 10);
	}
}

/* The model has no block of the heap, so the heap must have no memory. */
static void ops_expect_empty(unsigned int slot)
{
	struct kpool_heap *heap = ops_heap_ptr(slot);
	struct kpool_stats stats;

	kpool_heap_shrink(heap);
	ops_check_stats(slot);
	kpool_heap_stats(heap, &stats);
	if (stats.arenas && !model.misfits && !ops_out_of_service(slot))
		ops_bug("heap %u: %llu arenas after everything is free", slot, stats.arenas);
}

/* Free everything, and expect all memory back. */
static void ops_end(void)
{
	unsigned int i;

	sim_irq_arm(ops_irq_handler, 0);
	sim_fail.page_limit = 0;
	ops_free_all();
	ops_unshare();
	ops_free_all();
	kpool_rcu_barrier();
	for (i = 1; i < OPS_HEAPS; i++)
		if (model.heap[i].heap) {
			ops_expect_empty(i);
			ops_heap_destroy(i);
		}
	kpool_heap_shrink(NULL);
	model.misfits = false;
	ops_expect_empty(0);
	ops_validate_all();
	ops_no_errors();
	sim_module_exit();
}

static void ops_nothing_is_lost(void)
{
	if (!sim_usage_none())
		ops_bug("lost: %ld pages, %ld charged to %ld, %ld objects, %ld per CPU, %ld files",
			sim_usage.pages, sim_usage.charged, sim_usage.memcgs, sim_usage.objects,
			sim_usage.percpu, sim_usage.dentries);
}

/* The running operations, for a report that can be replayed. */
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
	ops_now = records;
	sim_bug_hook = ops_report;
	if (ops_begin(records[0], fail_nth)) {
		for (i = 1; i < nr; i++) {
			ops_now_nr = i + 1;
			ops_step(records[i]);
		}
		ops_end();
	}
	ops_nothing_is_lost();
	return sim_fail.failed;
}

/* Threads. */
static const struct ops_model *ops_first;	/* of the thread that called ops_load() */

void ops_load(const unsigned int *flags, unsigned int nr)
{
	if (ops_init())
		ops_bug("no module");
	for (model.fixed = 1; model.fixed <= nr; model.fixed++)
		ops_heap_create(model.fixed, flags[model.fixed - 1]);
	ops_first = &model;
}

void ops_unload(void)
{
	ops_end();
	ops_nothing_is_lost();
}

void ops_thread_begin(unsigned int number, unsigned int seed)
{
	memcpy(model.heap, ops_first->heap, sizeof(model.heap));
	model.random = seed;
	model.seed = seed;
	model.thread = number;
	model.fixed = ops_first->fixed;
}

/* Sizes of objects are mostly small. */
static u16 ops_thread_size(void)
{
	if (ops_random() % 500 == 0)
		return 0xff00 + ops_random() % 7;
	return 1 + ops_random() % (ops_random() % 4 ? 128 : KPOOL_MAX_SIZE);
}

void ops_thread_step(unsigned int live)
{
	struct ops_record record = { .how = ops_random(), .arg = ops_random() };
	unsigned int draw = ops_random() % OPS_SHARES, i;
	const struct ops_table *op = ops_table;

	for (i = 0; i < ARRAY_SIZE(ops_table); i++) {
		if (draw < ops_table[i].share) {
			op = &ops_table[i];
			break;
		}
		draw -= ops_table[i].share;
	}
	if (op->run == ops_alloc || op->run == ops_burst || op->run == ops_bulk_alloc) {
		if (model.nr >= live)
			op = &ops_table[1];
		else
			record.arg = ops_thread_size();
	} else if (op->run == ops_realloc) {
		record.arg = ops_thread_size();
	}
	ops_do(op, record);
}

void ops_thread_end(void)
{
	unsigned int i;

	for (i = model.fixed; i < OPS_HEAPS; i++)
		if (model.heap[i].heap)
			ops_heap_destroy(i);
	model.irqs_held = true;
	ops_free_all();
}
