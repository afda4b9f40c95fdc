// SPDX-License-Identifier: GPL-2.0
/*
 * Commits faults with kpool's blocks, each in a function named after it. A kernel with
 * KASAN and kmemleak, or with KMSAN, must report them. Boot with kasan_multi_shot, because
 * KASAN reports only the first fault by default. tools/test/jobs/faulty.py lists the
 * expected reports.
 *
 * Each fault has its own heap, so the memory around the block was never used.
 */
#define pr_fmt(fmt) "kpool_faulty: " fmt

#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include <kpool.h>

static unsigned int faulty_lost;
module_param_named(lost, faulty_lost, uint, 0444);
MODULE_PARM_DESC(lost, "commit no fault but to lose so many blocks (default 0)");

static noinline void faulty_write_right(struct kpool_heap *heap, u8 *p, size_t size)
{
	WRITE_ONCE(p[size], 1);
	kpool_heap_free(heap, p);
}

static noinline void faulty_read_right(struct kpool_heap *heap, u8 *p, size_t size)
{
	READ_ONCE(p[size]);
	kpool_heap_free(heap, p);
}

static noinline void faulty_read_left(struct kpool_heap *heap, u8 *p, size_t size)
{
	READ_ONCE(p[-1]);
	kpool_heap_free(heap, p);
}

/* The block behind is in use, too. */
static noinline void faulty_write_neighbour(struct kpool_heap *heap, u8 *p, size_t size)
{
	u8 *q = kpool_heap_alloc(heap, size, GFP_KERNEL | __GFP_NOFAIL);

	WRITE_ONCE(min(p, q)[size], 1);
	kpool_heap_free(heap, q);
	kpool_heap_free(heap, p);
}

static noinline void faulty_read_freed(struct kpool_heap *heap, u8 *p, size_t size)
{
	kpool_heap_free(heap, p);
	READ_ONCE(p[size / 2]);
}

static noinline void faulty_write_freed(struct kpool_heap *heap, u8 *p, size_t size)
{
	kpool_heap_free_sized(heap, p, size);
	WRITE_ONCE(p[size - 1], 1);
}

static noinline void faulty_read_moved(struct kpool_heap *heap, u8 *p, size_t size)
{
	void *q = kpool_heap_realloc(heap, p, 2 * size, GFP_KERNEL);

	READ_ONCE(p[0]);
	kpool_heap_free(heap, q);
}

static noinline void faulty_read_shrunk(struct kpool_heap *heap, u8 *p, size_t size)
{
	void *q = kpool_heap_realloc(heap, p, size - 1, GFP_KERNEL);

	if (q == p)
		READ_ONCE(p[size - 1]);
	kpool_heap_free(heap, q);
}

static noinline void faulty_read_after_rcu(struct kpool_heap *heap, u8 *p, size_t size)
{
	kpool_rcu_free((struct rcu_head *)p, p);
	kpool_rcu_barrier();
	READ_ONCE(p[size / 2]);
}

static noinline void faulty_free_twice(struct kpool_heap *heap, u8 *p, size_t size)
{
	kpool_free(p);
	kpool_free(p);
}

static noinline void faulty_free_twice_at_once(struct kpool_heap *heap, u8 *p, size_t size)
{
	void *blocks[] = { p, p };

	kpool_free_bulk(ARRAY_SIZE(blocks), blocks);
}

static noinline void faulty_free_more(struct kpool_heap *heap, u8 *p, size_t size)
{
	kpool_heap_free_sized(heap, p, size + 1);
	kpool_heap_free_sized(heap, p, size);
}

static noinline void faulty_resize_freed(struct kpool_heap *heap, u8 *p, size_t size)
{
	kpool_heap_free(heap, p);
	kpool_heap_free(heap, kpool_heap_realloc(heap, p, size - 1, GFP_KERNEL));
}

/* KASAN does not check this fault; kpool itself reports it at once. */
static noinline void faulty_free_middle(struct kpool_heap *heap, u8 *p, size_t size)
{
	kpool_heap_free(heap, p + 8);
	kpool_heap_free(heap, p);
}

/* KMSAN reports a read of uninitialised memory that decides a branch. */
static __always_inline void faulty_look(const u8 *p)
{
	if (READ_ONCE(*p) == 0xa5)
		pr_info("a byte is 0xa5\n");
}

static noinline void faulty_look_at_new(struct kpool_heap *heap, u8 *p, size_t size)
{
	faulty_look(&p[size - 1]);
	kpool_heap_free(heap, p);
}

/* The contents that the last owner wrote do not count as initialised. */
static noinline void faulty_look_at_reused(struct kpool_heap *heap, u8 *p, size_t size)
{
	memset(p, 1, size);
	kpool_heap_free(heap, p);
	p = kpool_heap_alloc(heap, size, GFP_KERNEL | __GFP_NOFAIL);
	faulty_look(p);
	kpool_heap_free(heap, p);
}

static noinline void faulty_look_at_bulk(struct kpool_heap *heap, u8 *p, size_t size)
{
	void *q;

	memset(p, 1, size);
	if (kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, 1, &q)) {
		faulty_look(q);
		kpool_heap_free(heap, q);
	}
	kpool_heap_free(heap, p);
}

static noinline void faulty_look_at_grown(struct kpool_heap *heap, u8 *p, size_t size)
{
	memset(p, 1, size);
	p = kpool_heap_realloc(heap, p, 2 * size, GFP_KERNEL | __GFP_NOFAIL);
	faulty_look(&p[size - 1]);
	faulty_look(&p[size]);
	kpool_heap_free(heap, p);
}

/* Reads of initialised memory: no faults. */
static noinline void faulty_look_at_written(struct kpool_heap *heap, u8 *p, size_t size)
{
	memset(p, 1, size);
	faulty_look(&p[size - 1]);
	kpool_heap_free(heap, p);
	p = kpool_heap_alloc(heap, size, GFP_KERNEL | __GFP_NOFAIL | __GFP_ZERO);
	faulty_look(&p[size - 1]);
	p = kpool_heap_realloc(heap, p, 2 * size, GFP_KERNEL | __GFP_NOFAIL | __GFP_ZERO);
	faulty_look(&p[2 * size - 1]);
	kpool_heap_free(heap, p);
}

/**
 * struct faulty - a fault
 * @size: requested size of the block
 * @commit: commits the fault and frees the block
 * @corruptions: number of corruptions that kpool must count
 */
struct faulty {
	size_t size;
	void (*commit)(struct kpool_heap *heap, u8 *p, size_t size);
	u64 corruptions;
};

/* Faults for KMSAN to report. */
static const struct faulty faulty_looks[] = {
	{ 100, faulty_look_at_new },
	{ 1024, faulty_look_at_new },
	{ 64, faulty_look_at_reused },
	{ 200, faulty_look_at_bulk },
	{ 100, faulty_look_at_grown },
	{ 100, faulty_look_at_written },
	{}
};

/* Faults for KASAN to report. */
static const struct faulty faulty_uses[] = {
	{ 100, faulty_write_right },
	{ 500, faulty_write_right },
	{ 512, faulty_read_right },
	{ 64, faulty_read_left },
	{ 64, faulty_write_neighbour },
	{ 1024, faulty_write_neighbour },
	{ 100, faulty_read_freed },
	{ 8, faulty_write_freed },
	{ 100, faulty_read_moved },
	{ 500, faulty_read_shrunk },
	{ 100, faulty_read_after_rcu },
	{ 100, faulty_free_twice, 1 },
	{ 1024, faulty_free_twice_at_once, 1 },
	{ 100, faulty_free_more, 1 },
	{ 100, faulty_resize_freed, 1 },
	{ 100, faulty_free_middle, 1 },
	{}
};

static int faulty_run(const struct faulty *fault)
{
	struct kpool_heap *heap = kpool_heap_create("faulty", NULL);
	struct kpool_stats stats;
	bool good;
	u8 *p;

	if (IS_ERR(heap))
		return heap == ERR_PTR(-EEXIST) ? -EBUSY : PTR_ERR(heap); /* for module_init() */
	p = kpool_heap_alloc(heap, fault->size, GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(p); /* avoids a compiler warning */
	fault->commit(heap, p, fault->size);
	good = !kpool_heap_stats(heap, &stats) && stats.corruptions == fault->corruptions &&
	       !stats.blocks_used && !kpool_heap_validate(heap);
	kpool_heap_destroy(heap);
	if (!good)
		pr_err("%ps: kpool is not as it should be afterwards\n", fault->commit);
	return good ? 0 : -EINVAL;
}

/* A list of objects: kmemleak must find all of them through the first. */
struct faulty_node {
	struct faulty_node *next;
	void *memory;
};

static struct faulty_node *faulty_kept;

/* A block that points to another block and to kmalloc memory; neither is lost. */
static noinline struct faulty_node *faulty_keep(struct faulty_node *next)
{
	struct faulty_node *node = kpool_alloc(sizeof(*node), GFP_KERNEL);

	if (node) {
		node->next = next;
		node->memory = kmalloc(sizeof(*node), GFP_KERNEL);
	}
	return node ?: next;
}

/* Returns a result: otherwise the call is a tail call, and the function is not in the trace. */
static noinline bool faulty_lose(size_t size)
{
	return !!kpool_alloc(size, GFP_KERNEL);
}

static int faulty_lose_some(void)
{
	unsigned int i;

	for (i = 0; i < faulty_lost; i++) {
		faulty_kept = faulty_keep(faulty_kept);
		if (!faulty_lose(8 + 16 * i))
			return -ENOMEM;
	}
	return 0;
}

static int __init faulty_init(void)
{
	const struct faulty *fault = IS_ENABLED(CONFIG_KMSAN) ? faulty_looks : faulty_uses;
	int err = 0;

	if (faulty_lost)
		return faulty_lose_some();
	for (; fault->commit; fault++)
		err = faulty_run(fault) ?: err;
	return err;
}

static void __exit faulty_exit(void)
{
	struct faulty_node *next;

	for (; faulty_kept; faulty_kept = next) {
		next = faulty_kept->next;
		kfree(faulty_kept->memory);
		kpool_free(faulty_kept);
	}
}

module_init(faulty_init);
module_exit(faulty_exit);

MODULE_DESCRIPTION("Faults with kpool's blocks");
MODULE_LICENSE("GPL");
