// SPDX-License-Identifier: GPL-2.0
/*
 * Use heaps of the module itself, which runs in user space as in tools/userspace, and print its
 * debugfs files after each step, so that kpoolstat is tested with files that the module writes.
 */
#include <kpool.h>

#include "harness.h"

#define BLOCKS	20000

static void *block[BLOCKS];
static int step;

/* Print a file of debugfs, if it exists: "<step> <bytes> <path>", and its bytes. */
static void dump_file(const char *name)
{
	char path[128], *text;

	snprintf(path, sizeof(path), "kpool/%s", name);
	text = sim_debugfs_read(path);
	if (text)
		printf("%d %zu %s\n%s", step, strlen(text), name, text);
	free(text);
}

static void dump_heap(const char *heap)
{
	static const char *const files[] = { "stats", "classes", "arenas", "traces" };
	char name[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(name, sizeof(name), "heaps/%s/%s", heap, files[i]);
		dump_file(name);
	}
}

static void dump(bool more)
{
	dump_file("version");
	dump_heap("default");
	if (more) {
		dump_heap("mine");
		dump_heap("debug");
	}
	step++;
}

/* Allocate blocks of sizes around @size in all free places. */
static void fill(struct kpool_heap *heap, size_t size)
{
	size_t i;

	for (i = 0; i < BLOCKS; i++) {
		size_t bytes = size + 8 * (i % 5);

		if (block[i])
			continue;
		block[i] = heap ? kpool_heap_alloc(heap, bytes, GFP_KERNEL) :
				  kpool_alloc(bytes, GFP_KERNEL);
	}
}

/* Free the blocks, except one in @keep. */
static void drain(size_t keep)
{
	size_t i;

	for (i = 0; i < BLOCKS; i++) {
		if (keep && i % keep == 0)
			continue;
		kpool_free(block[i]);
		block[i] = NULL;
	}
}

int main(void)
{
	const struct kpool_heap_attr debug = { .flags = KPOOL_HEAP_DEBUG };
	const struct sim_machine machine = { .cpus = 2, .nodes = 2, .memory = 256UL << 20 };
	struct kpool_heap *heap[2];
	void *leak[3];

	sim_machine_init(&machine);
	sim_thread_start(0, true);
	if (sim_module_init())
		sim_bug("no module");
	dump(false);
	heap[0] = kpool_heap_create("mine", NULL);
	heap[1] = kpool_heap_create("debug", &debug);
	fill(NULL, 40);
	dump(true);
	drain(32);
	dump(true);
	fill(NULL, 300);
	leak[0] = kpool_heap_alloc(heap[1], 100, GFP_KERNEL);
	leak[1] = kpool_heap_alloc(heap[1], 5000, GFP_KERNEL);
	leak[2] = kpool_alloc(3000, GFP_KERNEL);
	dump(true);
	drain(0);
	fill(heap[0], 900);
	kpool_heap_shrink(NULL);
	dump(true);
	drain(64);
	kpool_heap_shrink(heap[0]);
	dump(true);
	drain(0);
	kpool_free(leak[0]);
	kpool_free(leak[1]);
	kpool_free(leak[2]);
	kpool_heap_destroy(heap[0]);
	kpool_heap_destroy(heap[1]);
	dump(false);
	sim_module_exit();
	return 0;
}
