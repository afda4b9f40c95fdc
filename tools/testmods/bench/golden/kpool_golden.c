// SPDX-License-Identifier: GPL-2.0
/*
 * Calls every fast function between two markers. tools/test/measure/qemu_plugin/counts.c
 * counts the instructions between them, and tools/test/measure/golden.py compares.
 *
 *   insmod kpool_golden.ko
 *   golden: <entry> <regions> <blocks per region>
 *
 * Regions come in the order of these lines. Each holds a single call, so there is no
 * loop to subtract. The calls are repeated: the cheapest one is the hot path, warmed up
 * and without interrupts. The count has all that the call costs its caller: arguments,
 * call, body.
 */
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include <kpool.h>
#include <kpool_inline.h>
#include <kpool_redirect.h>

#include "../mark.h"

#define GOLDEN_ROUNDS	64
#define GOLDEN_BLOCK	64		/* bytes */
#define GOLDEN_LARGE	1488		/* bytes that kmalloc serves */
#define GOLDEN_BULK	16		/* blocks of a bulk call */
#define GOLDEN_MANY	4096		/* blocks: more than magazines and depot hold */
#define GOLDEN_STEP	1021		/* visits all of them, none beside the last */
#define GOLDEN_LINE	64		/* bytes of a line of the plugin's modelled cache */
#define GOLDEN_CACHE	(32 * 1024)	/* bytes of the modelled cache */
#define GOLDEN_BUFFER	(2 * GOLDEN_CACHE)

static struct kpool_heap *golden_heap;
static struct kmem_cache *golden_cache;
static void *golden_blocks[GOLDEN_BULK];
static void *golden_held[GOLDEN_ROUNDS];
static void *golden_many[GOLDEN_MANY];
static char *golden_buffer;

/* Printed at the end: the compiler treats code that leads to a printk() as cold. */
static struct golden_row {
	const char *entry;
	unsigned int regions;
	unsigned int blocks;
} golden_rows[48];
static unsigned int golden_nr;

static void golden_add(const char *entry, unsigned int regions, unsigned int blocks)
{
	if (golden_nr < ARRAY_SIZE(golden_rows))
		golden_rows[golden_nr++] = (struct golden_row){ entry, regions, blocks };
}

/*
 * @call is measured; @before and @after make it repeatable. @p, the block allocated or
 * freed, is in a fixed register at both marks. Otherwise a move of @p between
 * registers could be inside the region in one build and outside in another.
 */
#define GOLDEN(entry, blocks, p, reg, before, call, after)		\
do {									\
	unsigned int round;						\
									\
	for (round = 0; round < GOLDEN_ROUNDS; round++) {		\
		before;							\
		asm volatile(BENCH_MARK : reg(p) : : "memory");		\
		call;							\
		asm volatile(BENCH_MARK : reg(p) : : "memory");		\
		after;							\
	}								\
	golden_add(entry, GOLDEN_ROUNDS, blocks);			\
} while (0)

/* +a: the register of a function's return value. */
#define GOLDEN_ALLOC(entry, p, call, after)				\
	GOLDEN(entry, 1, p, "+a", (void)0, p = (call), after)

/* +b: a register that is preserved across function calls. */
#define GOLDEN_FREE(entry, p, before, call)				\
	GOLDEN(entry, 1, p, "+b", p = (before), call, (void)0)

#define GOLDEN_CALL(entry, p, call)					\
	GOLDEN(entry, 1, p, "+b", (void)0, call, (void)0)

static void golden_default(void)
{
	const size_t size = GOLDEN_BLOCK;
	const gfp_t gfp = GFP_KERNEL;
	int node = numa_node_id();
	void *p = NULL;

	GOLDEN_ALLOC("kpool_alloc", p, kpool_alloc(size, gfp), kpool_free(p));
	GOLDEN_ALLOC("kpool_zalloc", p, kpool_zalloc(size, gfp), kpool_free(p));
	GOLDEN_ALLOC("kpool_alloc_node", p, kpool_alloc_node(size, gfp, node), kpool_free(p));
	GOLDEN_FREE("kpool_free", p, kpool_alloc(size, gfp), kpool_free(p));
	GOLDEN_FREE("kpool_free_sized", p, kpool_alloc(size, gfp), kpool_free_sized(p, size));

	p = kpool_alloc(size, gfp);
	GOLDEN_CALL("kpool_realloc", p, p = kpool_realloc(p, size - 1, gfp));
	GOLDEN_CALL("kpool_usable_size", p, kpool_usable_size(p));
	GOLDEN_CALL("kpool_owns", p, kpool_owns(p));
	kpool_free(p);
}

static void golden_inline(void)
{
	const size_t size = GOLDEN_BLOCK;
	const gfp_t gfp = GFP_KERNEL;
	void *p = NULL;

	GOLDEN_ALLOC("kpool_alloc_inline", p, kpool_alloc_inline(size, gfp), kpool_free(p));
	GOLDEN_FREE("kpool_free_inline", p, kpool_alloc(size, gfp), kpool_free_inline(p));
	GOLDEN_FREE("kpool_free_sized_inline", p, kpool_alloc(size, gfp),
		    kpool_free_sized_inline(p, size));
}

static void golden_private(struct kpool_heap *heap)
{
	const size_t size = GOLDEN_BLOCK;
	const gfp_t gfp = GFP_KERNEL;
	void *p = NULL;

	GOLDEN_ALLOC("kpool_heap_alloc", p, kpool_heap_alloc(heap, size, gfp),
		     kpool_heap_free(heap, p));
	GOLDEN_FREE("kpool_heap_free", p, kpool_heap_alloc(heap, size, gfp),
		    kpool_heap_free(heap, p));
	GOLDEN_FREE("kpool_free_private", p, kpool_heap_alloc(heap, size, gfp), kpool_free(p));
	GOLDEN_FREE("kpool_redirect_free", p, kpool_heap_alloc(heap, size, gfp),
		    kpool_redirect_free(heap, p));
	GOLDEN_FREE("kpool_heap_free_sized", p, kpool_heap_alloc(heap, size, gfp),
		    kpool_heap_free_sized(heap, p, size));
}

/* Hold one block more each time, so that each fill level of a magazine occurs once. */
static void golden_bulk(void **blocks)
{
	const size_t size = GOLDEN_BLOCK;
	const gfp_t gfp = GFP_KERNEL;
	void **held = golden_held;
	unsigned int n = 0;

	GOLDEN("kpool_alloc_bulk", GOLDEN_BULK, n, "+a",
	       *held++ = kpool_alloc(size, gfp),
	       n = kpool_alloc_bulk(size, gfp, GOLDEN_BULK, blocks),
	       kpool_free_bulk(n, blocks));
	kpool_free_bulk(GOLDEN_ROUNDS, golden_held);

	held = golden_held;
	GOLDEN("kpool_free_bulk", GOLDEN_BULK, n, "+b",
	       *held++ = kpool_alloc(size, gfp);
	       n = kpool_alloc_bulk(size, gfp, GOLDEN_BULK, blocks),
	       kpool_free_bulk(n, blocks),
	       (void)0);
	kpool_free_bulk(GOLDEN_ROUNDS, golden_held);
}

/* Requests that kpool passes to kmalloc(). */
static void golden_large(struct kpool_heap *heap)
{
	const size_t size = GOLDEN_LARGE;
	const gfp_t gfp = GFP_KERNEL;
	void *p = NULL;

	GOLDEN_ALLOC("kpool_alloc_large", p, kpool_alloc(size, gfp), kpool_free(p));
	GOLDEN_FREE("kpool_free_large", p, kpool_alloc(size, gfp), kpool_free(p));
	GOLDEN_ALLOC("kpool_heap_alloc_large", p, kpool_heap_alloc(heap, size, gfp),
		     kpool_heap_free(heap, p));
	GOLDEN_FREE("kpool_heap_free_large", p, kpool_heap_alloc(heap, size, gfp),
		    kpool_heap_free(heap, p));
	GOLDEN_ALLOC("kmalloc_large", p, kmalloc(size, gfp), kfree(p));
	GOLDEN_FREE("kfree_large", p, kmalloc(size, gfp), kfree(p));
}

static void golden_scatter(void **blocks)
{
	unsigned int i, j = 0;

	for (i = 0; i < GOLDEN_MANY; i++) {
		j = (j + GOLDEN_STEP) % GOLDEN_MANY;
		swap(blocks[i], blocks[j]);
	}
}

/* Blocks that leave pools and return to them, in the order of allocation and in another. */
static void golden_pools(void **blocks)
{
	const gfp_t gfp = GFP_KERNEL;
	unsigned int n = 0;

	GOLDEN("refill", GOLDEN_MANY, n, "+a",
	       (void)0,
	       n = kpool_alloc_bulk(GOLDEN_BLOCK, gfp, GOLDEN_MANY, blocks),
	       kpool_free_bulk(n, blocks));
	GOLDEN("drain", GOLDEN_MANY, n, "+b",
	       n = kpool_alloc_bulk(GOLDEN_BLOCK, gfp, GOLDEN_MANY, blocks),
	       kpool_free_bulk(n, blocks),
	       (void)0);
	GOLDEN("drain_scattered", GOLDEN_MANY, n, "+b",
	       n = kpool_alloc_bulk(GOLDEN_BLOCK, gfp, GOLDEN_MANY, blocks);
	       golden_scatter(blocks),
	       kpool_free_bulk(n, blocks),
	       (void)0);
}

/* Measure kmem_cache and kmalloc() for comparison. */
static void golden_slab(struct kmem_cache *cache)
{
	const size_t size = GOLDEN_BLOCK;
	const gfp_t gfp = GFP_KERNEL;
	void *p = NULL;

	GOLDEN_ALLOC("kmalloc", p, kmalloc(size, gfp), kfree(p));
	GOLDEN_FREE("kfree", p, kmalloc(size, gfp), kfree(p));
	GOLDEN_ALLOC("kmem_cache_alloc", p, kmem_cache_alloc(cache, gfp),
		     kmem_cache_free(cache, p));
	GOLDEN_FREE("kmem_cache_free", p, kmem_cache_alloc(cache, gfp),
		    kmem_cache_free(cache, p));
}

/* Load from each of the first @bytes / GOLDEN_LINE lines, which were last used in this order. */
static void golden_sweep(const char *entry, unsigned long bytes)
{
	unsigned long lines = bytes / GOLDEN_LINE;
	char *line = golden_buffer;

	memset(golden_buffer, 0, bytes);
	asm volatile(BENCH_MARK
		     "1: movb (%0), %%al\n\t"
		     "addq $64, %0\n\t"
		     "decq %1\n\t"
		     "jnz 1b\n\t"
		     BENCH_MARK : "+r" (line), "+r" (lines) : : "rax", "memory", "cc");
	golden_add(entry, 1, 1);
}

/*
 * Regions with known counts: golden.py checks the plugin by them. Each region occurs only
 * once: interrupts are off, because no repetition would show their share.
 */
static void golden_selftest(void)
{
	char *line = golden_buffer;
	unsigned long flags;

	local_irq_save(flags);
	golden_sweep("selftest_all_miss", GOLDEN_BUFFER);
	golden_sweep("selftest_all_hit", GOLDEN_CACHE / 2);

	memset(golden_buffer, 0, GOLDEN_BUFFER);
	asm volatile(BENCH_MARK
		     "movl $0, 62(%0)\n\t"	/* across two lines */
		     "movl 62(%0), %%eax\n\t"
		     "lock incl (%0)\n\t"
		     BENCH_MARK : : "r" (line) : "rax", "memory", "cc");
	golden_add("selftest_straddle", 1, 1);

	/* Lines of one set. The first is used again and again and stays, the others are evicted. */
	memset(golden_buffer, 0, GOLDEN_BUFFER);
	asm volatile("lea 0x8000(%0), %%rcx\n\t"
		     BENCH_MARK
		     "1: movb (%0), %%al\n\t"
		     "movb (%%rcx), %%al\n\t"
		     "addq $0x1000, %0\n\t"
		     "cmpq %0, %%rcx\n\t"
		     "jne 1b\n\t"
		     "movb -0x8000(%%rcx), %%al\n\t"
		     "movb (%%rcx), %%al\n\t"
		     "movb -0x7000(%%rcx), %%al\n\t"
		     BENCH_MARK : "+r" (line) : : "rax", "rcx", "memory", "cc");
	golden_add("selftest_lru", 1, 1);

	bench_mark();
	bench_mark();
	golden_add("selftest_nothing", 1, 1);
	local_irq_restore(flags);
}

static void golden_print(void)
{
	unsigned int i;

	for (i = 0; i < golden_nr; i++)
		pr_info("golden: %s %u %u\n", golden_rows[i].entry, golden_rows[i].regions,
			golden_rows[i].blocks);
}

/* Not __init: the compiler treats __init code as cold. */
static int golden_init(void)
{
	int err = -ENOMEM;

	golden_buffer = (char *)__get_free_pages(GFP_KERNEL, get_order(GOLDEN_BUFFER));
	golden_cache = kmem_cache_create("kpool_golden", GOLDEN_BLOCK, 0, 0, NULL);
	golden_heap = kpool_heap_create("golden", NULL);
	if (golden_buffer && golden_cache && !IS_ERR(golden_heap)) {
		golden_default();
		golden_inline();
		golden_private(golden_heap);
		golden_bulk(golden_blocks);
		golden_pools(golden_many);
		golden_large(golden_heap);
		golden_slab(golden_cache);
		golden_selftest();
		golden_print();
		err = 0;
	}
	if (!IS_ERR(golden_heap))
		kpool_heap_destroy(golden_heap);
	kmem_cache_destroy(golden_cache);
	free_pages((unsigned long)golden_buffer, get_order(GOLDEN_BUFFER));
	return err;
}

static void __exit golden_exit(void)
{
}

module_init(golden_init);
module_exit(golden_exit);

MODULE_DESCRIPTION("Calls kpool's fast paths between markers, to be counted");
MODULE_LICENSE("GPL");
