// SPDX-License-Identifier: GPL-2.0
/* Operations: heaps, shrinking, time, statistics and files, injected failures. */
#include "ops_model.h"

/* Heaps. */
void ops_errors_are_fine(void)
{
	model.errors = sim_logged[SIM_ERR];
}

/* Drop the slot's blocks from the model if @freed; else keep them without a heap. */
static void ops_forget(unsigned int heap, bool freed)
{
	unsigned int i = 0;

	while (i < model.nr) {
		if (model.block[i].heap == heap && freed) {
			ops_remove(i);
			continue;
		}
		if (model.block[i].heap == heap)
			model.block[i].heap = OPS_NO_HEAP;
		i++;
	}
}

/* A thread's private heaps have its number in their names. */
static void ops_heap_name(char *name, size_t size, unsigned int slot)
{
	if (!slot)
		scnprintf(name, size, "default");
	else if (slot < model.fixed || !model.thread)
		scnprintf(name, size, "heap%u", slot);
	else
		scnprintf(name, size, "heap%u.%u", slot, model.thread);
}

/* Threads use region heaps: destroying another heap with blocks logs an error for all threads. */
static unsigned int ops_heap_flags(u16 arg)
{
	unsigned int flags = arg & OPS_HEAP_FLAGS;

	if (!model.thread)
		return flags;
	return (flags | KPOOL_HEAP_REGION) &
	       ~(flags & KPOOL_HEAP_DEBUG ? KPOOL_HEAP_TYPESAFE_RCU : 0);
}

void ops_heap_create(unsigned int slot, unsigned int flags)
{
	bool excluded = flags & KPOOL_HEAP_DEBUG && flags & KPOOL_HEAP_TYPESAFE_RCU;
	struct kpool_heap_attr attr = { .flags = flags };
	long failed = ops_failed();
	struct kpool_heap *heap;
	char name[32];

	ops_heap_name(name, sizeof(name), slot);
	heap = kpool_heap_create(name, &attr);
	if (IS_ERR(heap) || excluded) {
		if (excluded ? PTR_ERR(heap) != -EINVAL : ops_failed() == failed)
			ops_bug("heap %s: error %ld", name, PTR_ERR(heap));
		ops_errors_are_fine();
		return;
	}
	model.heap[slot] = (struct ops_heap) { .heap = heap, .flags = flags };
	if (!model.thread && PTR_ERR(kpool_heap_create(name, &attr)) != -EEXIST &&
	    ops_failed() == failed)
		ops_bug("heap %s twice", name);
	ops_errors_are_fine();
}

void ops_heap_destroy(unsigned int slot)
{
	struct ops_heap heap = model.heap[slot];

	model.irqs_held = true;
	model.heap[slot].heap = NULL;
	model.orphans |= heap.flags & KPOOL_HEAP_DEBUG;
	ops_forget(slot, heap.flags & KPOOL_HEAP_REGION);
	kpool_heap_destroy(heap.heap);
	ops_errors_are_fine();
	model.irqs_held = false;
}

void ops_heap_op(struct ops_record record)
{
	unsigned int slot = record.how & (OPS_HEAPS - 1);

	if (slot < model.fixed)
		return;
	if (model.heap[slot].heap)
		ops_heap_destroy(slot);
	else
		ops_heap_create(slot, ops_heap_flags(record.arg));
}

/* Shrinking, time, work. */
void ops_shrink(struct ops_record record)
{
	kpool_heap_shrink(ops_heap_ptr(ops_heap(record)));
}

void ops_reclaim(struct ops_record record)
{
	sim_reclaim(record.arg % 512 + 1);
	if (ops_variant(record) & 1)
		sim_run_work();
}

void ops_time(struct ops_record record)
{
	unsigned int n = ops_variant(record) % 8 + 1;

	while (n--) {
		sim_advance(record.arg % 600);
		sim_run_work();
	}
}

void ops_rcu(struct ops_record record)
{
	if (record.arg & 1)
		kpool_rcu_barrier();
	else
		sim_run_work();
}

void ops_cpu(struct ops_record record)
{
	int cpu = record.arg % nr_cpu_ids;

	if (model.thread) {
		sim_cpu_offline(cpu);
		sim_cpu_online(cpu);
		return;
	}
	switch (ops_variant(record) % 3) {
	case 0:
		if (cpu_online(cpu))
			current->cpu = cpu;
		break;
	case 1:
		sim_cpu_offline(cpu);
		break;
	case 2:
		sim_cpu_online(cpu);
		break;
	}
}

/* Statistics and files. */
/* May a debug heap have taken blocks out of service? */
bool ops_out_of_service(unsigned int slot)
{
	return model.misused && model.heap[slot].flags & KPOOL_HEAP_DEBUG;
}

void ops_check_stats(unsigned int slot)
{
	struct kpool_heap *heap = ops_heap_ptr(slot);
	u64 used = ops_shared(slot), bytes;
	struct kpool_stats s;
	unsigned int i;

	model.irqs_held = true;
	kpool_rcu_barrier();
	kpool_heap_stats(heap, &s);
	bytes = s.bytes_used + s.bytes_cached + s.bytes_free + s.bytes_tail + s.bytes_header +
		s.bytes_returned;
	if (bytes != s.arenas * s.arena_size || s.bytes != bytes - s.bytes_returned)
		ops_bug("heap %u: the bytes of all rows are %llu of %llu arenas", slot, bytes,
			s.arenas);
	for (i = 0; i < model.nr; i++)
		used += model.block[i].heap == slot && kpool_owns(model.block[i].p);
	/* Until a drain, a block in the wrong magazine cannot be told from a used one. */
	if (used != s.blocks_used && !model.thread && !model.misfits && !ops_out_of_service(slot))
		ops_bug("heap %u: %llu blocks are out, counted %llu", slot, used, s.blocks_used);
	if (s.corruptions && !model.misused)
		ops_bug("heap %u: corruptions", slot);
	model.irqs_held = false;
}

void ops_stats(struct ops_record record)
{
	ops_check_stats(ops_heap(record));
}

static void ops_path(char *path, size_t size, unsigned int heap, const char *file)
{
	char name[32];

	ops_heap_name(name, sizeof(name), heap);
	scnprintf(path, size, "kpool/heaps/%s/%s", name, file);
}

/* A bad value must fail and log an error. The file may be missing if memory was short. */
static void ops_write_badly(const char *path)
{
	long errors = sim_logged[SIM_ERR];
	int err = sim_debugfs_write(path, "2\n");

	if (err != -ENOENT && (err != -EINVAL || sim_logged[SIM_ERR] != errors + 1))
		ops_bug("%s took a bad value, or said nothing", path);
	ops_errors_are_fine();
}

void ops_files(struct ops_record record)
{
	static const char *const names[] = { "stats", "classes", "arenas", "traces" };
	unsigned int heap = ops_heap(record), i;
	char path[64], *text;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ops_path(path, sizeof(path), heap, names[i]);
		text = sim_debugfs_read(path);
		if (text && *text && text[strlen(text) - 1] != '\n')
			ops_bug("%s ends amid a line", path);
		free(text);
	}
	ops_path(path, sizeof(path), heap, record.arg & 1 ? "shrink" : "validate");
	if (record.arg & 2)
		sim_debugfs_write(path, "1\n");
	else
		ops_write_badly(path);
	free(sim_debugfs_read("kpool/version"));
	free(sim_debugfs_read("kpool/destroyed"));
}

void ops_contents(struct ops_record record)
{
	unsigned int i;

	for (i = 0; i < model.nr; i++)
		ops_expect(&model.block[i], model.block[i].size);
}

void ops_validate_all(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < OPS_HEAPS; i++) {
		if (!model.heap[i].heap)
			continue;
		err = kpool_heap_validate(model.heap[i].heap);
		if (err && (err != -ENOMEM || !(ops_failed() + model.limited)) &&
		    !model.heap[i].damaged)
			ops_bug("heap %u: validate says %d", i, err);
	}
}

void ops_validate(struct ops_record record)
{
	ops_validate_all();
}

/* Validate after an operation, without shortage of memory: no failures, no page limit. */
void ops_validate_step(void)
{
	struct sim_fail fail = sim_fail;

	sim_fail.nth = 0;
	sim_fail.every = 0;
	sim_fail.page_limit = 0;
	ops_validate_all();
	sim_fail = fail;
}

/* Injected failures. */
void ops_fail(struct ops_record record)
{
	unsigned int every = ops_variant(record);

	if (!model.fail_nth)
		sim_fail_set(record.arg % 256, every);
}

void ops_limit(struct ops_record record)
{
	sim_fail.page_limit = record.arg ? sim_usage.pages + record.arg % 256 : 0;
	model.limited |= record.arg;
}

void ops_irq_handler(void)
{
	unsigned int heap = ops_random() % OPS_HEAPS;
	long failed = ops_failed();
	struct ops_block block;
	size_t size;
	void *p;

	/* Worker threads have an empty model. */
	if (model.irqs_held || !model.fixed)
		return;
	if (ops_random() & 1 || !model.nr) {
		heap = model.heap[heap].heap ? heap : 0;
		size = ops_random() % KPOOL_MAX_SIZE + 1;
		if (!ops_room(OPS_BULK * 2))
			return;
		p = kpool_heap_alloc(ops_heap_ptr(heap), size, GFP_ATOMIC);
		if (p)
			ops_add(p, size, heap, false);
		else
			ops_expect_failure(failed, size);
	} else {
		block = ops_remove(ops_pick(ops_random()));
		ops_free_block(&block, ops_random() % 8);
	}
}

void ops_irq(struct ops_record record)
{
	sim_irq_arm(ops_irq_handler, record.arg % 300);
}
