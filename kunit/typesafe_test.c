// SPDX-License-Identifier: GPL-2.0
/* Type-safe heaps: memory does not change its class or heap while a reader may look at it. */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "load.h"
#include "typesafe.h"
#include "trim.h"

/* Cases that wait for grace periods run with these sizes only. */
static const u16 kpool_test_few_sizes[] = { 16, 32, 96, 256, 512, KPOOL_MAX_SIZE };

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);
KUNIT_ARRAY_PARAM(few, kpool_test_few_sizes, kpool_test_size_desc);

static int kpool_test_typesafe_init(struct kunit *test)
{
	int err = kpool_test_init(test);

	if (!err)
		kpool_test_replace_heap(test, KPOOL_HEAP_TYPESAFE_RCU);
	return err;
}

static struct kpool_node *kpool_test_typesafe_node(struct kunit *test)
{
	return kpool_test_heap(test)->node[numa_mem_id()];
}

/* Return a used block of the class. The class has freed @pools other pools. */
static void *kpool_test_emptied(struct kunit *test, unsigned int class, unsigned int pools)
{
	unsigned int nr = kpool_test_blocks(class, pools) + 1;
	void **blocks = kpool_test_pointers(test, nr);

	kpool_test_take_many(test, kpool_test_heap(test), class, blocks, nr);
	kpool_test_put_many(kpool_test_heap(test), class, blocks, nr - 1);
	return blocks[nr - 1];
}

static unsigned int kpool_test_other_class(struct kunit *test)
{
	return (kpool_test_class(test) + 1) % KPOOL_NR_CLASSES;
}

static void a_free_pool_is_kept_from_other_classes(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other = kpool_test_other_class(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *first = kpool_test_take(test, heap, class);
	void *pool = kpool_test_pool_start(first), *block;

	kpool_test_put(heap, class, first);
	KUNIT_EXPECT_EQ(test, kpool_test_typesafe_node(test)->nr_waiting, 1UL);
	kpool_test_consistent(test, heap);
	block = kpool_test_take(test, heap, other);
	KUNIT_EXPECT_PTR_NE(test, kpool_test_pool_start(block), pool);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).recycled_other, 0ULL);
	kpool_test_put(heap, other, block);
}

static void a_free_pool_serves_its_class_at_once(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int class = kpool_test_class(test);
	void *first = kpool_test_take(test, heap, class);

	kpool_test_put(heap, class, first);
	KUNIT_EXPECT_PTR_EQ(test, kpool_test_take(test, heap, class), first);
	KUNIT_EXPECT_EQ(test, kpool_test_typesafe_node(test)->nr_waiting, 0UL);
	kpool_test_consistent(test, heap);
	kpool_test_put(heap, class, first);
}

static void a_free_pool_goes_to_others_after_a_grace_period(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other = kpool_test_other_class(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *anchor = kpool_test_emptied(test, class, 1), *block;

	KUNIT_EXPECT_EQ(test, kpool_test_typesafe_node(test)->nr_waiting, 1UL);
	synchronize_rcu();
	KUNIT_EXPECT_FALSE(test, kpool_typesafe_end(kpool_test_typesafe_node(test)));
	kpool_test_consistent(test, heap);
	block = kpool_test_take(test, heap, other);
	KUNIT_EXPECT_PTR_EQ(test, kpool_arena_of(block), kpool_arena_of(anchor));
	kpool_test_put(heap, other, block);
	kpool_test_put(heap, class, anchor);
	kpool_test_consistent(test, heap);
}

/* Grace periods are expedited during boot and with rcupdate.rcu_expedited. */
static void an_expedited_grace_period_does(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	void *anchor = kpool_test_emptied(test, class, 1);

	KUNIT_EXPECT_EQ(test, kpool_test_typesafe_node(test)->nr_waiting, 1UL);
	synchronize_rcu_expedited();
	KUNIT_EXPECT_FALSE(test, kpool_typesafe_end(kpool_test_typesafe_node(test)));
	kpool_test_put(kpool_test_heap(test), class, anchor);
}

/* Pools that become free later wait for a grace period of their own. */
static void pools_wait_in_two_generations(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), capacity = kpool_class_info[class].capacity;
	struct kpool_node *node = kpool_test_typesafe_node(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, 2 * capacity);
	struct kpool_arena *arena;

	kpool_test_take_many(test, heap, class, blocks, 2 * capacity);
	arena = kpool_arena_of(blocks[0]);
	kpool_test_put_many(heap, class, blocks, capacity);
	synchronize_rcu();
	kpool_test_put_many(heap, class, blocks + capacity, capacity);
	KUNIT_EXPECT_EQ(test, node->nr_waiting, 2UL);
	KUNIT_EXPECT_EQ(test, hweight64(arena->aging_mask), 1UL);
	KUNIT_EXPECT_TRUE(test, kpool_typesafe_end(node));
	KUNIT_EXPECT_EQ(test, node->nr_waiting, 1UL);
	kpool_test_consistent(test, heap);
	synchronize_rcu();
	KUNIT_EXPECT_FALSE(test, kpool_typesafe_end(node));
	KUNIT_EXPECT_EQ(test, node->nr_waiting, 0UL);
	kpool_test_consistent(test, heap);
}

/* A reader that started before the free still sees the object. */
static void an_arena_stays_as_long_as_a_reader(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	unsigned int nr = kpool_test_blocks(class, 2 * KPOOL_USABLE_POOLS), i, bad = 0;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks;
	long held;

	if (KPOOL_TEST_SLOWNESS > 1 && size < 128)
		kunit_skip(test, "too many blocks where each access is watched");
	blocks = kpool_test_pointers(test, nr);
	kpool_test_take_many(test, heap, class, blocks, nr);
	kpool_test_fill_many(blocks, nr, size, 0x41);
	held = atomic_long_read(&kpool_test_backend.pages);
	rcu_read_lock();
	for (i = 0; i < nr; i++)
		kpool_test_put(heap, class, blocks[i]);
	KUNIT_EXPECT_EQ(test, kpool_test_typesafe_node(test)->nr_arenas, 1UL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.pages), held);
	for (i = 0; i < nr; i++)
		bad += !kpool_test_intact(blocks[i], size, 0x41);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, bad, 0U);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.pages), held / 2);
}

/* A reader on another CPU, inside its read-side section until @leave is set. */
struct kpool_test_reader {
	struct completion in;
	bool leave;
};

static int kpool_test_reader_thread(void *data)
{
	struct kpool_test_reader *reader = data;

	rcu_read_lock();
	complete(&reader->in);
	while (!READ_ONCE(reader->leave))
		cpu_relax();
	rcu_read_unlock();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static void pages_are_not_returned_before(struct kunit *test)
{
	struct kpool_test_reader reader = { .in = COMPLETION_INITIALIZER_ONSTACK(reader.in) };
	unsigned int class = kpool_test_class(test), pools = 8 * KPOOL_PAGE_POOLS;
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_node *node = kpool_test_typesafe_node(test);
	int cpu = kpool_test_other_cpu();
	struct task_struct *task;
	void *anchor;

	if (pools >= KPOOL_USABLE_POOLS || cpu < 0)
		kunit_skip(test, "one CPU only, or pools that make no page");
	task = kthread_run_on_cpu(kpool_test_reader_thread, &reader, cpu, "kpool_reader/%u");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&reader.in);
	anchor = kpool_test_emptied(test, class, pools);
	KUNIT_EXPECT_EQ(test, node->nr_waiting, (unsigned long)pools);
	KUNIT_EXPECT_GT(test, kpool_trim_reclaim(heap, ULONG_MAX), 0UL);
	KUNIT_EXPECT_EQ(test, node->nr_waiting, (unsigned long)pools);
	/* Other pools of the last pool's page may be free, too. */
	KUNIT_EXPECT_GE(test, node->nr_free, (unsigned long)pools);
	KUNIT_EXPECT_LE(test, node->nr_free, pools + KPOOL_PAGE_POOLS - 1UL);
	kpool_test_consistent(test, heap);

	WRITE_ONCE(reader.leave, true);
	KUNIT_EXPECT_GT(test, kpool_heap_shrink(heap), 0UL);
	KUNIT_EXPECT_EQ(test, node->nr_waiting, 0UL);
	/* The pages of the anchor and of the header are not returned. */
	KUNIT_EXPECT_LE(test, node->nr_free, 2 * (KPOOL_PAGE_POOLS - 1UL));
	kthread_stop(task);
	kpool_test_put(heap, class, anchor);
}

/* The block is cleared only if the caller requests it, whatever the kernel parameters say. */
static void a_freed_block_keeps_what_is_in_it(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_heap_alloc(heap, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_test_fill(p, size, 0x21);
	rcu_read_lock();
	kpool_heap_free(heap, p);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 0x21));
	KUNIT_EXPECT_PTR_EQ(test, kpool_heap_alloc(heap, size, GFP_NOWAIT), p);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 0x21));
	kpool_heap_free_sized(heap, p, size);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 0x21));
	KUNIT_EXPECT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_NOWAIT, 1, &p), 1U);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 0x21));
	kpool_free(p);
	KUNIT_EXPECT_PTR_EQ(test, kpool_heap_zalloc(heap, size, GFP_NOWAIT), p);
	rcu_read_unlock();
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
	kpool_heap_free(heap, p);
}

/* kmalloc memory waits for a grace period, too. */
static void large_requests_wait_as_well(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_heap_alloc(heap, 5000, GFP_KERNEL), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_test_fill(p, 5000, 0x31);
	rcu_read_lock();
	q = kpool_heap_realloc(heap, p, 6000, GFP_NOWAIT);
	KUNIT_EXPECT_PTR_NE(test, p, q);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, 5000, 0x31));
	if (q)
		memset(q, 0, 6000);
	kpool_free(q);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, 5000, 0x31));
	rcu_read_unlock();
	rcu_barrier();
	kpool_test_backend_fail(0, LONG_MAX);
	p = kpool_heap_alloc(heap, 64, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p));
	kpool_test_fill(p, 64, 0x32);
	rcu_read_lock();
	kpool_free(p);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, 64, 0x32));
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, list_empty(&heap->records));
}

static void pinned_classes_stay_pinned(struct kunit *test)
{
	struct kpool_heap *heap;
	void *anchor, *block;

	kpool_test_replace_heap(test, KPOOL_HEAP_TYPESAFE_RCU | KPOOL_HEAP_PIN_CLASSES);
	heap = kpool_test_heap(test);
	anchor = kpool_test_emptied(test, 3, 4);
	synchronize_rcu();
	KUNIT_EXPECT_FALSE(test, kpool_typesafe_end(kpool_test_typesafe_node(test)));
	KUNIT_EXPECT_EQ(test, hweight64(kpool_arena_of(anchor)->pinned_mask), 4UL);
	kpool_test_consistent(test, heap);
	block = kpool_test_take(test, heap, 4);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).recycled_other, 0ULL);
	kpool_test_put(heap, 4, block);
	kpool_test_put(heap, 3, anchor);
}

static void a_region_ends_after_its_readers(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "region", KPOOL_HEAP_REGION |
							 KPOOL_HEAP_TYPESAFE_RCU);

	KUNIT_EXPECT_NOT_NULL(test, kpool_heap_alloc(heap, 100, GFP_KERNEL));
	KUNIT_EXPECT_NOT_NULL(test, kpool_heap_alloc(heap, 10000, GFP_KERNEL));
	kpool_heap_destroy(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

/* Make arenas with a full first pool and all other pools waiting. Return: their first blocks. */
static void **kpool_test_anchors(struct kunit *test, unsigned int class, unsigned int arenas)
{
	unsigned int per_arena = kpool_test_blocks(class, KPOOL_USABLE_POOLS), i;
	void **blocks = kpool_test_pointers(test, arenas * per_arena);
	void **anchors = kpool_test_pointers(test, arenas);

	kpool_test_take_many(test, kpool_test_heap(test), class, blocks, arenas * per_arena);
	for (i = 0; i < arenas; i++) {
		anchors[i] = blocks[i * per_arena];
		kpool_test_put_many(kpool_test_heap(test), class,
				    blocks + i * per_arena + kpool_test_blocks(class, 1),
				    per_arena - kpool_test_blocks(class, 1));
	}
	return anchors;
}

static void kpool_test_put_anchors(struct kunit *test, unsigned int class, void **anchors,
				   unsigned int nr)
{
	unsigned int size = kpool_class_info[class].stride, i, k;

	for (i = 0; i < nr; i++)
		for (k = 0; k < kpool_class_info[class].capacity; k++)
			kpool_test_put(kpool_test_heap(test), class, anchors[i] + k * size);
}

/* Before it adds an arena, an allocation ends the wait in a limited number of arenas. */
static void a_look_before_an_arena_is_added_is_bounded(struct kunit *test)
{
	unsigned int class = KPOOL_NR_CLASSES - 1, arenas = 20;
	struct kpool_node *node = kpool_test_typesafe_node(test);
	void **anchors = kpool_test_anchors(test, class, arenas);
	unsigned long nr = node->nr_waiting;

	KUNIT_EXPECT_EQ(test, nr, arenas * (KPOOL_USABLE_POOLS - 1UL));
	synchronize_rcu();
	kpool_typesafe_end_some(node);
	KUNIT_EXPECT_LT(test, node->nr_waiting, nr);
	KUNIT_EXPECT_GT(test, node->nr_waiting, 0UL);
	kpool_test_consistent(test, kpool_test_heap(test));
	synchronize_rcu();
	KUNIT_EXPECT_FALSE(test, kpool_typesafe_end(node));
	KUNIT_EXPECT_EQ(test, node->nr_waiting, 0UL);
	kpool_test_put_anchors(test, class, anchors, arenas);
}

/* The walk follows the node's list of waiting arenas, so other arenas cost nothing. */
static void only_arenas_with_waiting_pools_are_looked_at(struct kunit *test)
{
	unsigned int class = KPOOL_NR_CLASSES - 1, arenas = 16;
	struct kpool_node *node = kpool_test_typesafe_node(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int nr = kpool_test_blocks(class, arenas * KPOOL_USABLE_POOLS);
	void **blocks = kpool_test_pointers(test, nr), *first;

	kpool_test_take_many(test, heap, class, blocks, nr);
	first = kpool_test_take(test, heap, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&node->waiting));
	kpool_test_put(heap, 0, first);
	KUNIT_EXPECT_EQ(test, node->nr_waiting, 1UL);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&node->waiting));
	KUNIT_EXPECT_PTR_EQ(test, node->waiting.next, &kpool_arena_of(first)->waiting);
	synchronize_rcu();
	kpool_typesafe_end(node);
	KUNIT_EXPECT_TRUE(test, list_empty(&node->waiting));
	kpool_test_put_many(heap, class, blocks, nr);
}

static void works_under_load(struct kunit *test)
{
	struct kpool_test_load *load;
	struct kpool_test_threads *threads;
	unsigned int i;

	load = kpool_test_load_begin(test);
	threads = kpool_test_threads_start(test, load, -1);
	/* On a single CPU, the threads may be waiting for this task to yield. */
	for (i = 0; i < 20 || atomic_long_read(&load->steps) <= 100; i++) {
		kpool_heap_shrink(load->heap);
		kpool_typesafe_end(kpool_test_typesafe_node(test));
		cond_resched();
	}
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_GT(test, atomic_long_read(&load->steps), 100L);
	kpool_test_load_end(test, load);
}

static struct kunit_case kpool_typesafe_cases[] = {
	KUNIT_CASE_PARAM(a_free_pool_is_kept_from_other_classes, class_gen_params),
	KUNIT_CASE_PARAM(a_free_pool_serves_its_class_at_once, class_gen_params),
	KUNIT_CASE_PARAM(a_free_pool_goes_to_others_after_a_grace_period, few_gen_params),
	KUNIT_CASE_PARAM(an_expedited_grace_period_does, few_gen_params),
	KUNIT_CASE_PARAM(pools_wait_in_two_generations, few_gen_params),
	KUNIT_CASE_PARAM(an_arena_stays_as_long_as_a_reader, few_gen_params),
	KUNIT_CASE_PARAM(pages_are_not_returned_before, few_gen_params),
	KUNIT_CASE_PARAM(a_freed_block_keeps_what_is_in_it, class_gen_params),
	KUNIT_CASE(large_requests_wait_as_well),
	KUNIT_CASE(pinned_classes_stay_pinned),
	KUNIT_CASE(a_region_ends_after_its_readers),
	KUNIT_CASE(a_look_before_an_arena_is_added_is_bounded),
	KUNIT_CASE(only_arenas_with_waiting_pools_are_looked_at),
	KUNIT_CASE(works_under_load),
	{}
};

struct kunit_suite kpool_typesafe_suite = {
	.name = "kpool_typesafe",
	.init = kpool_test_typesafe_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_typesafe_cases,
};
