// SPDX-License-Identifier: GPL-2.0
/*
 * Depots: capacity of magazines. Most cases write the contention into the depot and run the trims
 * themselves, so every step is exact.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "load.h"
#include "depot.h"
#include "magazine.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

static struct kpool_node *kpool_test_node(struct kunit *test)
{
	return kpool_test_heap(test)->node[numa_mem_id()];
}

static struct kpool_depot *kpool_test_depot(struct kunit *test)
{
	return &kpool_test_node(test)->depot[kpool_test_class(test)];
}

static unsigned int kpool_test_capacity(struct kunit *test)
{
	return kpool_test_heap(test)->capacity[kpool_test_class(test)];
}

/* Run a trim that finds @contended contentions of the case's class. */
static void kpool_test_trim(struct kunit *test, unsigned long contended)
{
	kpool_test_depot(test)->contended = contended;
	kpool_depot_trim_all(kpool_test_node(test), false);
	KUNIT_EXPECT_EQ(test, kpool_test_depot(test)->contended, 0UL);
}

/* Return the largest capacity of a magazine of the case's class. */
static unsigned int kpool_test_capacity_max(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));

	return clamp_t(unsigned int, KPOOL_MAGAZINE_BYTES / size, KPOOL_MAGAZINE_ROUNDS_MIN,
		       KPOOL_MAGAZINE_ROUNDS_MAX);
}

static void kpool_test_grow(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		kpool_test_trim(test, KPOOL_DEPOT_CONTENDED);
	KUNIT_EXPECT_EQ(test, kpool_test_capacity(test), kpool_test_capacity_max(test));
}

/* Allocate @nr blocks through the magazines and fill them. */
static void **kpool_test_alloc_many(struct kunit *test, unsigned int nr, u8 seed)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	void **blocks = kpool_test_pointers(test, nr);

	for (i = 0; i < nr; i++) {
		blocks[i] = kpool_heap_alloc(kpool_test_heap(test), size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
	}
	kpool_test_fill_many(blocks, nr, size, seed);
	return blocks;
}

static void kpool_test_free_many(struct kunit *test, void **blocks, unsigned int nr, u8 seed)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;

	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, seed), 0U);
	for (i = 0; i < nr; i++)
		kpool_heap_free(kpool_test_heap(test), blocks[i]);
}

static void kpool_test_cycle(struct kunit *test, unsigned int nr)
{
	kpool_test_free_many(test, kpool_test_alloc_many(test, nr, 0x61), nr, 0x61);
	kpool_test_consistent(test, kpool_test_heap(test));
}

/**
 * struct kpool_test_count - magazines that a walk found
 * @nr: number of magazines
 * @of_size: number of magazines with the requested capacity
 * @bytes: bytes of all magazines
 */
struct kpool_test_count {
	unsigned long nr;
	unsigned long of_size;
	unsigned long bytes;
};

static void kpool_test_count_one(struct kpool_test_count *count,
				 const struct kpool_magazine *mag, unsigned int capacity)
{
	if (!mag)
		return;
	count->nr++;
	count->of_size += mag->capacity == capacity;
	count->bytes += struct_size(mag, round, mag->capacity);
}

/* Count all magazines of the case's class on this CPU and in the depot of its node. */
static struct kpool_test_count kpool_test_count(struct kunit *test, unsigned int capacity)
{
	const struct kpool_slot_cold *cold =
		&per_cpu_ptr(kpool_test_heap(test)->cpu,
			     raw_smp_processor_id())->cold[kpool_test_class(test)];
	const struct kpool_magazine *mag;
	struct kpool_test_count count = {};

	kpool_test_count_one(&count, cold->loaded, capacity);
	kpool_test_count_one(&count, cold->previous, capacity);
	for (mag = kpool_test_depot(test)->full; mag; mag = mag->next)
		kpool_test_count_one(&count, mag, capacity);
	for (mag = kpool_test_depot(test)->empty; mag; mag = mag->next)
		kpool_test_count_one(&count, mag, capacity);
	return count;
}

/* Expect that these magazines are all of the heap. Return: the number with @capacity. */
static unsigned long kpool_test_expect_counted(struct kunit *test, unsigned int capacity)
{
	struct kpool_test_count count = kpool_test_count(test, capacity);
	struct kpool_heap *heap = kpool_test_heap(test);

	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->magazines), (long)count.nr);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->magazine_bytes), (long)count.bytes);
	return count.of_size;
}

static void grows_with_contention(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), step;
	unsigned int max = kpool_test_capacity_max(test), last = kpool_test_capacity(test);

	/* The capacity about doubles in each step, up to the limits of rounds and bytes. */
	for (step = 0; step < 5; step++) {
		kpool_test_cycle(test, 3 * last);
		kpool_test_trim(test, KPOOL_DEPOT_CONTENDED);
		KUNIT_EXPECT_EQ(test, kpool_test_capacity(test), min(2 * last + 4, max));
		last = kpool_test_capacity(test);
		if (last > KPOOL_MAGAZINE_ROUNDS_MIN)
			KUNIT_EXPECT_LE(test, last * size, (unsigned int)KPOOL_MAGAZINE_BYTES);
	}
	KUNIT_EXPECT_EQ(test, last, max);
	KUNIT_EXPECT_LE(test, last, KPOOL_MAGAZINE_ROUNDS_MAX);
	if (kpool_magazine_capacity(kpool_test_class(test)) < KPOOL_MAGAZINE_ROUNDS)
		KUNIT_EXPECT_EQ(test, last, kpool_magazine_capacity(kpool_test_class(test)));
	kpool_test_cycle(test, 6 * last);
}

static void a_little_contention_is_no_reason(struct kunit *test)
{
	unsigned int base = kpool_test_capacity(test), i;

	/* Contention of several intervals does not add up. */
	for (i = 0; i < 4; i++)
		kpool_test_trim(test, KPOOL_DEPOT_CONTENDED - 1);
	KUNIT_EXPECT_EQ(test, kpool_test_capacity(test), base);
}

static void other_classes_stay_as_they_are(struct kunit *test)
{
	unsigned int class;

	kpool_test_grow(test);
	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		if (class != kpool_test_class(test))
			KUNIT_EXPECT_EQ(test, kpool_test_heap(test)->capacity[class],
					kpool_magazine_capacity(class));
}

static void shrinks_after_rest(struct kunit *test)
{
	unsigned int base = kpool_magazine_capacity(kpool_test_class(test)), last, i;

	kpool_test_grow(test);
	/* The first trim after this cycle sees the depot in use; the next sees it idle. */
	kpool_test_cycle(test, 6 * kpool_test_capacity(test));
	KUNIT_EXPECT_GT(test, kpool_test_depot(test)->nr_full, 2U);
	kpool_test_trim(test, 0);
	KUNIT_EXPECT_EQ(test, kpool_test_capacity(test), kpool_test_capacity_max(test));
	for (i = 0; i < 5; i++) {
		last = kpool_test_capacity(test);
		kpool_test_trim(test, 0);
		KUNIT_EXPECT_EQ(test, kpool_test_depot(test)->nr_full, 0U);
		KUNIT_EXPECT_EQ(test, kpool_test_capacity(test), max((last - 4) / 2, base));
		kpool_test_consistent(test, kpool_test_heap(test));
	}
	KUNIT_EXPECT_EQ(test, kpool_test_capacity(test), base);
	kpool_test_cycle(test, 6 * base);
}

/* Magazines of the old capacity serve once more. They are freed when they become empty. */
static void magazines_of_the_old_size_go(struct kunit *test)
{
	unsigned int base = kpool_test_capacity(test), max = kpool_test_capacity_max(test);
	unsigned int nr = 6 * base;
	void **blocks;

	kpool_test_cycle(test, nr);
	KUNIT_EXPECT_GE(test, kpool_test_expect_counted(test, base), 6UL);
	kpool_test_trim(test, KPOOL_DEPOT_CONTENDED);
	KUNIT_EXPECT_GE(test, kpool_test_expect_counted(test, base), 6UL);
	if (kpool_test_capacity(test) == base) {
		KUNIT_EXPECT_EQ(test, base, max);
		return;
	}

	/* Requests use up the depot's magazines before they take blocks from pools. */
	blocks = kpool_test_alloc_many(test, nr, 0x52);
	KUNIT_EXPECT_LE(test, kpool_test_expect_counted(test, base), 2UL);
	KUNIT_EXPECT_EQ(test, kpool_test_depot(test)->nr_empty, 0U);
	kpool_test_free_many(test, blocks, nr, 0x52);
	KUNIT_EXPECT_LE(test, kpool_test_expect_counted(test, base), 2UL);
	KUNIT_EXPECT_GT(test, kpool_test_expect_counted(test, kpool_test_capacity(test)), 0UL);

	/* The last magazines of the old capacity are freed when this CPU is drained. */
	kpool_magazine_drain_all(kpool_test_heap(test));
	kpool_depot_trim_all(kpool_test_node(test), true);
	KUNIT_EXPECT_EQ(test, kpool_test_expect_counted(test, base), 0UL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, kpool_test_heap(test)).blocks_cached, 0ULL);
}

/* No block is lost while the depot changes its magazines from small to large and back. */
static void nothing_is_lost_on_the_way(struct kunit *test)
{
	unsigned int nr = 5 * kpool_test_capacity_max(test), i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **kept = kpool_test_alloc_many(test, nr, 0x77), **blocks;

	for (i = 0; i < 8; i++) {
		blocks = kpool_test_alloc_many(test, nr - i, i);
		kpool_test_trim(test, i < 4 ? KPOOL_DEPOT_CONTENDED : 0);
		kpool_test_free_many(test, blocks, nr - i, i);
		kpool_test_expect_counted(test, 0);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, (u64)nr);
		kpool_test_consistent(test, heap);
	}
	kpool_test_free_many(test, kept, nr, 0x77);
}

/* Capacity 0 means that the heap is being destroyed or has no magazines. */
static void a_heap_without_magazines_gets_none_back(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int nr = 4 * kpool_test_capacity(test);
	void **blocks = kpool_test_alloc_many(test, nr, 0x13);

	memset(heap->capacity, 0, sizeof(heap->capacity));
	kpool_test_trim(test, 100 * KPOOL_DEPOT_CONTENDED);
	kpool_test_trim(test, 0);
	kpool_depot_trim_all(kpool_test_node(test), true);
	KUNIT_EXPECT_NULL(test, memchr_inv(heap->capacity, 0, sizeof(heap->capacity)));
	kpool_test_free_many(test, blocks, nr, 0x13);
	KUNIT_EXPECT_EQ(test, kpool_test_depot(test)->nr_full, 0U);
	kpool_magazine_drain_all(heap);
	kpool_test_cycle(test, nr);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->magazines), 0L);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_cached, 0ULL);
}

/* A used block keeps part of a destroyed heap alive. That part has no magazines. */
static void a_destroyed_heap_gets_none_back(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	struct kpool_heap *heap = kpool_test_heap_create(test, "destroyed", 0);
	struct kpool_depot *depot = &heap->node[numa_mem_id()]->depot[class];
	void *p = kpool_heap_alloc(heap, kpool_class_size(class), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	depot->contended = 100 * KPOOL_DEPOT_CONTENDED;
	kpool_heap_destroy(heap);
	KUNIT_EXPECT_NULL(test, memchr_inv(heap->capacity, 0, sizeof(heap->capacity)));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->magazines), 0L);
	kpool_free(p);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
}

/* Thread on another CPU of the node that keeps using the depot. */
static int kpool_test_visitor(void *data)
{
	struct kunit *test = data;
	unsigned int size = kpool_test_sizes[0], nr = 4 * KPOOL_MAGAZINE_ROUNDS, i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kcalloc(nr, sizeof(*blocks), GFP_KERNEL);

	while (!kthread_should_stop()) {
		for (i = 0; blocks && i < nr; i++)
			blocks[i] = kpool_heap_alloc(heap, size, GFP_KERNEL);
		for (i = 0; blocks && i < nr; i++)
			kpool_heap_free(heap, blocks[i]);
		cond_resched();
	}
	kfree(blocks);
	return 0;
}

/* Add a magazine with one block to the depot's full magazines, even beyond their limit. */
static void kpool_test_add_full(struct kunit *test, unsigned int class, void *block)
{
	struct kpool_depot *depot = &kpool_test_node(test)->depot[class];
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int capacity = heap->capacity[class];
	struct kpool_magazine *mag = kmalloc(struct_size(mag, round, capacity), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mag);
	*mag = (struct kpool_magazine) {
		.next = depot->full, .rounds = 1, .capacity = capacity,
	};
	mag->round[0] = block;
	depot->full = mag;
	depot->nr_full++;
	depot->rounds++;
	atomic_long_inc(&heap->magazines);
	atomic_long_add(struct_size(mag, round, capacity), &heap->magazine_bytes);
}

/* Add more magazines than the limit, as if other CPUs kept filling the depot meanwhile. */
static void scavenging_is_bounded(struct kunit *test)
{
	unsigned int class = 20, nr = kpool_class_info[class].capacity - 1, i, full;
	unsigned int other = KPOOL_NR_CLASSES - 1, nr_others;
	struct kpool_node *node = kpool_test_node(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr + 1), **others;

	KUNIT_ASSERT_GT(test, nr, 2U * KPOOL_DEPOT_FULL_MAX);
	/* One pool is full, and no pool is free. */
	kpool_test_take_many(test, heap, class, blocks, nr + 1);
	nr_others = kpool_test_blocks(other, KPOOL_USABLE_POOLS - 1);
	others = kpool_test_pointers(test, nr_others);
	kpool_test_take_many(test, heap, other, others, nr_others);
	KUNIT_ASSERT_FALSE(test, kpool_arena_any_free(node));
	for (i = 0; i < nr; i++)
		kpool_test_add_full(test, class, blocks[i]);
	for (full = nr; full > KPOOL_DEPOT_FULL_MAX; full -= KPOOL_DEPOT_FULL_MAX) {
		KUNIT_EXPECT_FALSE(test, kpool_depot_scavenge(node));
		KUNIT_EXPECT_EQ(test, node->depot[class].nr_full, full - KPOOL_DEPOT_FULL_MAX);
	}
	kpool_depot_trim_all(node, true);
	kpool_test_put(heap, class, blocks[nr]);
	kpool_test_put_many(heap, other, others, nr_others);
	kpool_test_consistent(test, heap);
}

static void counts_those_who_wait_for_the_lock(struct kunit *test)
{
	struct kpool_depot *depot = &kpool_test_node(test)->depot[0];
	unsigned long end = jiffies + KPOOL_TEST_PATIENCE, flags;
	int cpu = kpool_test_other_cpu();
	struct task_struct *task;

	if (cpu < 0)
		kunit_skip(test, "one CPU only on this node");
	task = kthread_create(kpool_test_visitor, test, "kpool_visitor");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, cpu);
	wake_up_process(task);
	while (READ_ONCE(depot->contended) < KPOOL_DEPOT_CONTENDED && time_before(jiffies, end)) {
		spin_lock_irqsave(&depot->lock, flags);
		mdelay(1); /* holds a lock */
		spin_unlock_irqrestore(&depot->lock, flags);
		cond_resched();
	}
	kthread_stop(task);
	KUNIT_EXPECT_GE(test, depot->contended, (unsigned long)KPOOL_DEPOT_CONTENDED);
	kpool_depot_trim_all(kpool_test_node(test), false);
	KUNIT_EXPECT_GT(test, kpool_test_heap(test)->capacity[0],
			(unsigned int)KPOOL_MAGAZINE_ROUNDS);
	kpool_test_consistent(test, kpool_test_heap(test));
}

/* All CPUs allocate while the capacity of their magazines grows and shrinks. */
static void grows_and_shrinks_under_load(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	struct kpool_test_threads *threads = kpool_test_threads_start(test, load, -1);
	unsigned int i, class;

	for (i = 0; i < 100; i++) {
		for (class = 0; class < KPOOL_NR_CLASSES; class++)
			WRITE_ONCE(kpool_test_node(test)->depot[class].contended,
				   i / 4 % 2 ? 0 : KPOOL_DEPOT_CONTENDED);
		kpool_depot_trim_all(kpool_test_node(test), i % 4 == 3);
		usleep_range(2000, 5000);
	}
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_GT(test, atomic_long_read(&load->steps), 100L);
	kpool_test_load_end(test, load);
}

static struct kunit_case kpool_depot_cases[] = {
	KUNIT_CASE_PARAM(grows_with_contention, class_gen_params),
	KUNIT_CASE_PARAM(a_little_contention_is_no_reason, class_gen_params),
	KUNIT_CASE_PARAM(other_classes_stay_as_they_are, class_gen_params),
	KUNIT_CASE_PARAM(shrinks_after_rest, class_gen_params),
	KUNIT_CASE_PARAM(magazines_of_the_old_size_go, class_gen_params),
	KUNIT_CASE_PARAM(nothing_is_lost_on_the_way, class_gen_params),
	KUNIT_CASE_PARAM(a_heap_without_magazines_gets_none_back, class_gen_params),
	KUNIT_CASE_PARAM(a_destroyed_heap_gets_none_back, class_gen_params),
	KUNIT_CASE(scavenging_is_bounded),
	KUNIT_CASE(counts_those_who_wait_for_the_lock),
	KUNIT_CASE(grows_and_shrinks_under_load),
	{}
};

struct kunit_suite kpool_depot_suite = {
	.name = "kpool_depot",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_depot_cases,
};
