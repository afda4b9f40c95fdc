// SPDX-License-Identifier: GPL-2.0
/* Constructors: called once for the memory of each block. The block then keeps its state. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "common.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

#define KPOOL_TEST_TOKEN	0x6b636f6e73747275ULL

static atomic_t kpool_test_constructed;

/* Return a value that depends on the address, so that no other block has it. */
static u64 kpool_test_token(const void *block)
{
	return KPOOL_TEST_TOKEN ^ (unsigned long)block;
}

static void kpool_test_construct(void *block)
{
	*(u64 *)block = kpool_test_token(block);
	atomic_inc(&kpool_test_constructed);
}

static unsigned int kpool_test_nr_constructed(void)
{
	return atomic_read(&kpool_test_constructed);
}

static bool kpool_test_is_constructed(const void *block)
{
	return block && *(const u64 *)block == kpool_test_token(block);
}

/* Give the block a state that only its user can produce. */
static void kpool_test_mark(void *block)
{
	*(u64 *)block = ~kpool_test_token(block);
}

static bool kpool_test_is_marked(const void *block)
{
	return block && *(const u64 *)block == ~kpool_test_token(block);
}

static void kpool_test_ctor_heap(struct kunit *test, unsigned int flags)
{
	const struct kpool_heap_attr attr = { .flags = flags, .ctor = kpool_test_construct };

	kpool_test_replace_heap_with(test, &attr);
	atomic_set(&kpool_test_constructed, 0);
}

static int kpool_test_ctor_init(struct kunit *test)
{
	int err = kpool_test_init(test);

	if (!err)
		kpool_test_ctor_heap(test, 0);
	return err;
}

/* Allocate @nr blocks of the case's class and expect @is of each. */
static void kpool_test_alloc_all(struct kunit *test, void **blocks, unsigned int nr,
				 bool (*is)(const void *block))
{
	size_t size = kpool_class_size(kpool_test_class(test));
	unsigned int i, bad = 0;

	for (i = 0; i < nr; i++) {
		blocks[i] = kpool_heap_alloc(kpool_test_heap(test), size, GFP_KERNEL);
		KUNIT_ASSERT_TRUE(test, kpool_owns(blocks[i]));
		bad += !is(blocks[i]);
	}
	KUNIT_EXPECT_EQ(test, bad, 0U);
}

static void kpool_test_mark_and_free_all(struct kunit *test, void **blocks, unsigned int nr)
{
	while (nr--) {
		kpool_test_mark(blocks[nr]);
		kpool_heap_free(kpool_test_heap(test), blocks[nr]);
	}
}

static bool kpool_test_is_either(const void *block)
{
	return kpool_test_is_constructed(block) || kpool_test_is_marked(block);
}

/* Return the number of blocks in the fresh pools that the class claimed since the case began. */
static unsigned int kpool_test_nr_claimed(struct kunit *test)
{
	return kpool_test_blocks(kpool_test_class(test),
				 kpool_test_stats(test, kpool_test_heap(test)).pools_fresh);
}

static void each_block_is_constructed_once(struct kunit *test)
{
	unsigned int nr = kpool_test_blocks(kpool_test_class(test), 3) + 1;
	void **blocks = kpool_test_pointers(test, nr);

	KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), 0U);
	kpool_test_alloc_all(test, blocks, nr, kpool_test_is_constructed);
	KUNIT_EXPECT_GE(test, kpool_test_nr_claimed(test), nr);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), kpool_test_nr_claimed(test));
	kpool_test_consistent(test, kpool_test_heap(test));
	kpool_test_mark_and_free_all(test, blocks, nr);
}

/* Blocks keep their state in magazines, in depots, and in pools that became free meanwhile. */
static void what_is_freed_keeps_its_state(struct kunit *test)
{
	unsigned int nr = kpool_test_blocks(kpool_test_class(test), 3), constructed;
	void **blocks = kpool_test_pointers(test, nr);
	struct kpool_heap *heap = kpool_test_heap(test);

	/* Take all blocks of these pools, so that no constructed but unmarked block is left. */
	kpool_test_alloc_all(test, blocks, nr, kpool_test_is_constructed);
	while (kpool_test_nr_claimed(test) > nr) {
		kpool_test_mark_and_free_all(test, blocks, nr);
		nr = kpool_test_nr_claimed(test);
		blocks = kpool_test_pointers(test, nr);
		kpool_test_alloc_all(test, blocks, nr, kpool_test_is_either);
	}
	constructed = kpool_test_nr_constructed();
	kpool_test_mark_and_free_all(test, blocks, nr);
	kpool_test_alloc_all(test, blocks, nr, kpool_test_is_marked);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, (u64)nr);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), constructed);
	kpool_test_mark_and_free_all(test, blocks, nr);
	kpool_test_consistent(test, heap);
}

static void an_empty_pool_is_not_constructed_again(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), nr = kpool_test_blocks(class, 2), i, bad = 0;
	void **blocks = kpool_test_pointers(test, nr);
	struct kpool_heap *heap = kpool_test_heap(test);

	kpool_test_take_many(test, heap, class, blocks, nr);
	for (i = 0; i < nr; i++)
		kpool_test_mark(blocks[i]);
	kpool_test_put_many(heap, class, blocks, nr);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).pools, 0ULL);
	kpool_test_take_many(test, heap, class, blocks, nr);
	for (i = 0; i < nr; i++)
		bad += !kpool_test_is_marked(blocks[i]);
	KUNIT_EXPECT_EQ(test, bad, 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).recycled_same, 2ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), nr);
	kpool_test_put_many(heap, class, blocks, nr);
}

static void an_empty_pool_is_no_other_classs(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other = (class + 1) % KPOOL_NR_CLASSES;
	struct kpool_heap *heap = kpool_test_heap(test);
	void *first = kpool_test_take(test, heap, class), *block;

	kpool_test_put(heap, class, first);
	block = kpool_test_take(test, heap, other);
	KUNIT_EXPECT_PTR_NE(test, kpool_test_pool_start(block), kpool_test_pool_start(first));
	KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(block));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).recycled_other, 0ULL);
	kpool_test_put(heap, other, block);
}

/* The block keeps its state through each function that allocates or frees. */
static void one_block_keeps_its_state(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_heap_alloc_node(heap, size, GFP_KERNEL, numa_mem_id()), *again;

	KUNIT_ASSERT_TRUE(test, kpool_test_is_constructed(p));
	for (i = 0; i < 8; i++) {
		kpool_test_fill(p, size, i);
		if (i % 4 == 0)
			kpool_heap_free(heap, p);
		else if (i % 4 == 1)
			kpool_heap_free_sized(heap, p, size);
		else if (i % 4 == 2)
			kpool_free(p);
		else
			kpool_heap_free_bulk(heap, 1, &p);
		if (i % 2)
			again = kpool_heap_alloc(heap, size, GFP_KERNEL);
		else
			KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, 1,
								    &again), 1U);
		KUNIT_ASSERT_PTR_EQ(test, again, p);
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, i));
	}
	KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), kpool_test_nr_claimed(test));
	kpool_heap_free(heap, p);
}

static void bulk_gives_constructed_blocks(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), i, bad = 0;
	unsigned int nr = kpool_test_blocks(class, 2) + 1;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);

	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, blocks), nr);
	for (i = 0; i < nr; i++)
		bad += !kpool_test_is_constructed(blocks[i]);
	KUNIT_EXPECT_EQ(test, bad, 0U);
	for (i = 0; i < nr; i++)
		kpool_test_mark(blocks[i]);
	kpool_heap_free_bulk(heap, nr, blocks);
	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, blocks), nr);
	for (i = 0; i < nr; i++)
		bad += !kpool_test_is_either(blocks[i]);
	KUNIT_EXPECT_EQ(test, bad, 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), kpool_test_nr_claimed(test));
	kpool_heap_free_bulk(heap, nr, blocks);
}

static void memory_that_went_is_constructed_anew(struct kunit *test)
{
	unsigned int nr = kpool_test_blocks(kpool_test_class(test), 2);
	void **blocks = kpool_test_pointers(test, nr);
	unsigned int before;

	kpool_test_alloc_all(test, blocks, nr, kpool_test_is_constructed);
	kpool_test_mark_and_free_all(test, blocks, nr);
	KUNIT_EXPECT_GT(test, kpool_heap_shrink(kpool_test_heap(test)), 0UL);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
	before = kpool_test_nr_constructed();
	kpool_test_alloc_all(test, blocks, nr, kpool_test_is_constructed);
	KUNIT_EXPECT_GE(test, kpool_test_nr_constructed(), before + nr);
	kpool_test_mark_and_free_all(test, blocks, nr);
}

/* Only single pages of the arena are returned; the arena stays. */
static void pages_that_went_are_constructed_anew(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i, bad = 0, nr;
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats stats;
	void **blocks;

	nr = kpool_test_blocks(class, min_t(unsigned int, 8 * KPOOL_PAGE_POOLS,
					    KPOOL_USABLE_POOLS));
	blocks = kpool_test_pointers(test, nr);
	kpool_test_take_many(test, heap, class, blocks, nr);
	for (i = 0; i < nr; i++)
		kpool_test_mark(blocks[i]);
	kpool_test_put_many(heap, class, blocks + 1, nr - 1);
	kpool_heap_shrink(heap);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, stats.arenas, 1ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), nr);
	kpool_test_take_many(test, heap, class, blocks + 1, nr - 1);
	for (i = 0; i < nr; i++)
		bad += !kpool_test_is_either(blocks[i]);
	KUNIT_EXPECT_EQ(test, bad, 0U);
	KUNIT_EXPECT_TRUE(test, kpool_test_is_marked(blocks[0]));
	if (stats.pools_returned)
		KUNIT_EXPECT_GT(test, kpool_test_nr_constructed(), nr);
	kpool_test_consistent(test, heap);
	kpool_test_put_many(heap, class, blocks, nr);
}

static void what_kmalloc_serves_is_constructed(struct kunit *test)
{
	static const size_t sizes[] = { 8, 100, KPOOL_MAX_SIZE, KPOOL_MAX_SIZE + 1, 5000, 300000 };
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int i;
	void *p[3];

	kpool_test_backend_fail(0, LONG_MAX);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p[0] = kpool_heap_alloc(heap, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, sizes[i], GFP_KERNEL, 2, p + 1),
				2U);
		KUNIT_EXPECT_FALSE(test, kpool_owns(p[0]));
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p[0]));
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p[1]));
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p[2]));
		KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), 3 * (i + 1));
		kpool_heap_free_bulk(heap, 3, p);
	}
}

/* kmalloc serves requests for zones and accounted requests. */
static void zone_requests_are_constructed(struct kunit *test)
{
	static const gfp_t flags[] = { GFP_KERNEL | __GFP_DMA, GFP_KERNEL_ACCOUNT };
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		p = kpool_heap_alloc(kpool_test_heap(test), size, flags[i]);
		KUNIT_EXPECT_FALSE(test, kpool_owns(p));
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p));
		kpool_free(p);
	}
}

/* Fallback memory that a sized free put into a magazine is served again with its last state. */
static void what_kmalloc_served_keeps_its_state(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p, *again;

	/* Use the class once, then leave the heap without an arena. */
	kpool_heap_free(heap, kpool_heap_alloc(heap, size, GFP_KERNEL));
	kpool_heap_shrink(heap);
	kpool_test_backend_fail(0, LONG_MAX);
	p = kpool_heap_alloc(heap, size, GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, kpool_owns(p));
	kpool_test_mark(p);
	kpool_heap_free_sized(heap, p, size);
	again = kpool_heap_alloc(heap, size, GFP_KERNEL);
	/* With init_on_free, the memory goes back to kmalloc, which may serve it again. */
	KUNIT_EXPECT_TRUE(test, kpool_test_is_either(again));
	if (again == p && !want_init_on_free())
		KUNIT_EXPECT_TRUE(test, kpool_test_is_marked(again));
	kpool_free(again);
}

static void a_debug_heap_constructs_each_time(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	struct kpool_heap *heap;
	void *p;

	kpool_test_ctor_heap(test, KPOOL_HEAP_DEBUG);
	heap = kpool_test_heap(test);
	for (i = 1; i <= 10; i++) {
		p = kpool_heap_alloc(heap, size, GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p));
		KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), i);
		kpool_test_fill(p, size, i);
		kpool_heap_free(heap, p);
	}
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).quarantined, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), 0);
}

static void readers_see_what_the_owner_left(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), nr;
	struct kpool_heap *heap;
	void *p;

	kpool_test_ctor_heap(test, KPOOL_HEAP_TYPESAFE_RCU);
	heap = kpool_test_heap(test);
	p = kpool_heap_alloc(heap, size, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, kpool_test_is_constructed(p));
	nr = kpool_test_nr_constructed();
	kpool_test_fill(p, size, 0x51);
	rcu_read_lock();
	kpool_heap_free(heap, p);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 0x51));
	KUNIT_EXPECT_PTR_EQ(test, kpool_heap_alloc(heap, size, GFP_NOWAIT), p);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 0x51));
	kpool_heap_free_sized(heap, p, size);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 0x51));
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), nr);
}

static void readers_see_an_empty_pools_blocks(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), nr = kpool_test_blocks(class, 1), i, bad = 0;
	void **blocks = kpool_test_pointers(test, nr);
	struct kpool_heap *heap;

	kpool_test_ctor_heap(test, KPOOL_HEAP_TYPESAFE_RCU);
	heap = kpool_test_heap(test);
	kpool_test_take_many(test, heap, class, blocks, nr);
	for (i = 0; i < nr; i++)
		kpool_test_mark(blocks[i]);
	rcu_read_lock();
	kpool_test_put_many(heap, class, blocks, nr);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).pools, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_refill_take(heap, numa_mem_id(), class, blocks + nr, nr,
						GFP_NOWAIT), nr);
	for (i = 0; i < nr; i++)
		bad += !kpool_test_is_marked(blocks[i]);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, bad, 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), nr);
	kpool_test_put_many(heap, class, blocks, nr);
}

static void works_with_other_flags(struct kunit *test)
{
	static const unsigned int flags[] = {
		KPOOL_HEAP_RANDOM, KPOOL_HEAP_REGION, KPOOL_HEAP_PIN_CLASSES,
		KPOOL_HEAP_RANDOM | KPOOL_HEAP_REGION | KPOOL_HEAP_TYPESAFE_RCU,
	};
	unsigned int nr = kpool_test_blocks(kpool_test_class(test), 2), i;
	void **blocks = kpool_test_pointers(test, nr);

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		kpool_test_ctor_heap(test, flags[i]);
		kpool_test_alloc_all(test, blocks, nr, kpool_test_is_constructed);
		KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), kpool_test_nr_claimed(test));
		kpool_test_mark_and_free_all(test, blocks, nr);
		kpool_test_alloc_all(test, blocks, nr, kpool_test_is_either);
		KUNIT_EXPECT_EQ(test, kpool_test_nr_constructed(), kpool_test_nr_claimed(test));
		kpool_test_mark_and_free_all(test, blocks, nr);
		kpool_test_consistent(test, kpool_test_heap(test));
	}
}

/* State that the constructors below share with their case. */
static struct kpool_test_ctor_around {
	struct kpool_heap *heap[2];
	unsigned int calls;
	unsigned int locked;	/* calls with interrupts or preemption off */
	unsigned int failed;	/* failed allocations from the other heap */
	unsigned int depth;
} kpool_test_around;

static void kpool_test_look_around(void *block)
{
	kpool_test_around.calls++;
	kpool_test_around.locked += irqs_disabled() || preempt_count();
	kpool_test_construct(block);
}

static void constructors_are_called_without_locks(struct kunit *test)
{
	const struct kpool_heap_attr attr = { .ctor = kpool_test_look_around };
	unsigned int class = kpool_test_class(test), nr = kpool_test_blocks(class, 3);
	void **blocks = kpool_test_pointers(test, nr);

	kpool_test_replace_heap_with(test, &attr);
	kpool_test_around.calls = 0;
	kpool_test_around.locked = 0;
	kpool_test_alloc_all(test, blocks, nr, kpool_test_is_constructed);
	KUNIT_EXPECT_GE(test, kpool_test_around.calls, nr);
	KUNIT_EXPECT_EQ(test, kpool_test_around.locked, 0U);
	kpool_test_mark_and_free_all(test, blocks, nr);
}

/* Allocate from the other heap. Its constructor allocates from this one, to a depth of 2. */
static void kpool_test_construct_with(struct kpool_heap *other, void *block)
{
	unsigned int size = kpool_class_size(5);
	void *p;

	kpool_test_around.calls++;
	kpool_test_construct(block);
	if (kpool_test_around.depth >= 2)
		return;
	kpool_test_around.depth++;
	p = kpool_heap_alloc(other, size, GFP_KERNEL);
	kpool_test_around.failed += !p || !kpool_test_is_constructed(p);
	kpool_heap_free(other, p);
	kpool_test_around.depth--;
}

static void kpool_test_construct_first(void *block)
{
	kpool_test_construct_with(kpool_test_around.heap[1], block);
}

static void kpool_test_construct_second(void *block)
{
	kpool_test_construct_with(kpool_test_around.heap[0], block);
}

/* If constructors ran with a lock of their heap held, two such heaps could deadlock. */
static void constructors_may_allocate_from_other_heaps(struct kunit *test)
{
	const struct kpool_heap_attr first = { .ctor = kpool_test_construct_first };
	const struct kpool_heap_attr second = { .ctor = kpool_test_construct_second };
	unsigned int class = 5, nr = kpool_test_blocks(class, 2);
	void **blocks = kpool_test_pointers(test, nr);
	struct kpool_heap *other;

	kpool_test_replace_heap_with(test, &first);
	other = kpool_heap_create("kunit_other", &second);
	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	kpool_test_around = (struct kpool_test_ctor_around) {
		.heap = { kpool_test_heap(test), other },
	};
	kpool_test_take_many(test, kpool_test_heap(test), class, blocks, nr);
	KUNIT_EXPECT_GT(test, kpool_test_around.calls, nr);
	KUNIT_EXPECT_EQ(test, kpool_test_around.failed, 0U);
	kpool_test_put_many(kpool_test_heap(test), class, blocks, nr);
	kpool_test_consistent(test, kpool_test_heap(test));
	kpool_test_consistent(test, other);
	kpool_heap_destroy(other);
}

/* First error when the constructor validates its own heap, or 0: the pool counts as full then. */
static int kpool_test_valid;

static void kpool_test_validate_heap(void *block)
{
	kpool_test_valid = kpool_test_valid ?: kpool_heap_validate(kpool_test_around.heap[0]);
	kpool_test_construct(block);
}

static void a_heap_is_whole_while_blocks_are_constructed(struct kunit *test)
{
	const struct kpool_heap_attr attr = { .ctor = kpool_test_validate_heap };
	unsigned int class = KPOOL_NR_CLASSES - 1, nr = kpool_test_blocks(class, 2) + 1;
	void **blocks = kpool_test_pointers(test, nr);

	kpool_test_replace_heap_with(test, &attr);
	kpool_test_around.heap[0] = kpool_test_heap(test);
	kpool_test_valid = 0;
	kpool_test_take_many(test, kpool_test_heap(test), class, blocks, nr);
	KUNIT_EXPECT_EQ(test, kpool_test_valid, 0);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, kpool_test_heap(test)).blocks_used, (u64)nr);
	kpool_test_put_many(kpool_test_heap(test), class, blocks, nr);
	kpool_test_consistent(test, kpool_test_heap(test));
}

static struct kunit_case kpool_ctor_cases[] = {
	KUNIT_CASE_PARAM(constructors_are_called_without_locks, class_gen_params),
	KUNIT_CASE(constructors_may_allocate_from_other_heaps),
	KUNIT_CASE(a_heap_is_whole_while_blocks_are_constructed),
	KUNIT_CASE_PARAM(each_block_is_constructed_once, class_gen_params),
	KUNIT_CASE_PARAM(what_is_freed_keeps_its_state, class_gen_params),
	KUNIT_CASE_PARAM(an_empty_pool_is_not_constructed_again, class_gen_params),
	KUNIT_CASE_PARAM(an_empty_pool_is_no_other_classs, class_gen_params),
	KUNIT_CASE_PARAM(one_block_keeps_its_state, class_gen_params),
	KUNIT_CASE_PARAM(bulk_gives_constructed_blocks, class_gen_params),
	KUNIT_CASE_PARAM(memory_that_went_is_constructed_anew, class_gen_params),
	KUNIT_CASE_PARAM(pages_that_went_are_constructed_anew, class_gen_params),
	KUNIT_CASE(what_kmalloc_serves_is_constructed),
	KUNIT_CASE_PARAM(zone_requests_are_constructed, class_gen_params),
	KUNIT_CASE_PARAM(what_kmalloc_served_keeps_its_state, class_gen_params),
	KUNIT_CASE_PARAM(a_debug_heap_constructs_each_time, class_gen_params),
	KUNIT_CASE_PARAM(readers_see_what_the_owner_left, class_gen_params),
	KUNIT_CASE_PARAM(readers_see_an_empty_pools_blocks, class_gen_params),
	KUNIT_CASE_PARAM(works_with_other_flags, class_gen_params),
	{}
};

struct kunit_suite kpool_ctor_suite = {
	.name = "kpool_ctor",
	.init = kpool_test_ctor_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_ctor_cases,
};
