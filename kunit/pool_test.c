// SPDX-License-Identifier: GPL-2.0
/* Pools in use: order of blocks, order of pools, bad blocks. */
#include <linux/kasan.h>

#include "common.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

/* Take all blocks of one new pool. */
static void **kpool_test_whole_pool(struct kunit *test, unsigned int class)
{
	unsigned int capacity = kpool_class_info[class].capacity;
	void **blocks = kpool_test_pointers(test, capacity);

	kpool_test_take_many(test, kpool_test_heap(test), class, blocks, capacity);
	return blocks;
}

static void carves_a_pool_upwards(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	unsigned int capacity = kpool_class_info[class].capacity;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, capacity), *start;

	for (i = 0; i < capacity; i++)
		blocks[i] = kpool_test_take(test, heap, class);
	start = kpool_test_pool_start(blocks[0]);
	for (i = 0; i < capacity; i++)
		KUNIT_ASSERT_PTR_EQ(test, blocks[i], start + kpool_class_info[class].start +
				    i * kpool_class_info[class].stride);
	kpool_test_put_many(heap, class, blocks, capacity);
}

static void serves_a_batch_as_it_serves_single_blocks(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	unsigned int capacity = kpool_class_info[class].capacity;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **batch = kpool_test_whole_pool(test, class);
	void **single = kpool_test_pointers(test, capacity);

	/* Take the blocks of the same free list one at a time. */
	kpool_test_put_many(heap, class, batch, capacity);
	kpool_test_take_many(test, heap, class, batch, capacity);
	kpool_test_put_many(heap, class, batch, capacity);
	for (i = 0; i < capacity; i++)
		single[i] = kpool_test_take(test, heap, class);
	kpool_test_put_many(heap, class, single, capacity);
	kpool_test_take_many(test, heap, class, batch, capacity);
	for (i = 0; i < capacity; i++)
		KUNIT_EXPECT_PTR_EQ(test, single[i], batch[i]);
	kpool_test_put_many(heap, class, batch, capacity);
	kpool_test_consistent(test, heap);
}

static void aligns_blocks_to_their_size(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_test_sizes[class], i;
	unsigned int capacity = kpool_class_info[class].capacity;
	void **blocks = kpool_test_whole_pool(test, class);

	/* Alignment is the largest power of two that divides the size, as kmalloc promises. */
	for (i = 0; i < capacity; i++)
		KUNIT_ASSERT_TRUE(test, IS_ALIGNED((unsigned long)blocks[i], size & -size));
	kpool_test_put_many(kpool_test_heap(test), class, blocks, capacity);
}

static void keeps_blocks_apart(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_test_sizes[class];
	unsigned int nr = kpool_class_info[class].capacity + 1;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);

	kpool_test_take_many(test, heap, class, blocks, nr);
	kpool_test_fill_many(blocks, nr, size, 0x11);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, 0x11), 0U);
	/* Used blocks stay intact while half of the blocks are freed and taken again. */
	kpool_test_put_many(heap, class, blocks, nr / 2);
	kpool_test_take_many(test, heap, class, blocks, nr / 2);
	kpool_test_fill_many(blocks, nr / 2, size, 0x22);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr / 2, size, 0x22), 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks + nr / 2, nr - nr / 2, size, 0x11), 0U);
	kpool_test_put_many(heap, class, blocks, nr);
}

/* The order in which blocks are put back does not matter. */
static void serves_the_lowest_free_block_first(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i, step, last;
	unsigned int capacity = kpool_class_info[class].capacity;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_whole_pool(test, class);

	/* blocks[] is in the order of service, so its addresses ascend. */
	for (step = 1; step < capacity; step += step < 4 ? 1 : capacity / 3) {
		for (i = 1; i < capacity; i += step)
			kpool_test_put(heap, class, blocks[i]);
		for (i = 1; i < capacity; i += step)
			KUNIT_EXPECT_PTR_EQ(test, kpool_test_take(test, heap, class), blocks[i]);
		last = 1 + (capacity - 2) / step * step;
		for (i = 1; i < capacity; i += step)
			kpool_test_put(heap, class, blocks[last + 1 - i]);
		for (i = 1; i < capacity; i += step)
			KUNIT_EXPECT_PTR_EQ(test, kpool_test_take(test, heap, class), blocks[i]);
	}
	kpool_test_put_many(heap, class, blocks, capacity);
}

static void counts_blocks_out(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	unsigned int capacity = kpool_class_info[class].capacity;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, capacity);

	for (i = 0; i < capacity; i++) {
		blocks[i] = kpool_test_take(test, heap, class);
		KUNIT_ASSERT_EQ(test, kpool_test_pool(blocks[0])->used, i + 1);
	}
	while (--i) {
		kpool_test_put(heap, class, blocks[i]);
		KUNIT_ASSERT_EQ(test, kpool_test_pool(blocks[0])->used, i);
	}
	kpool_test_put(heap, class, blocks[0]);
}

static void opens_a_second_pool_only_when_the_first_is_full(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	unsigned int capacity = kpool_class_info[class].capacity;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_whole_pool(test, class), *more;

	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).pools, 1ULL);
	more = kpool_test_take(test, heap, class);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).pools, 2ULL);
	KUNIT_EXPECT_PTR_NE(test, kpool_test_pool(more), kpool_test_pool(blocks[0]));
	kpool_test_put(heap, class, more);
	kpool_test_put_many(heap, class, blocks, capacity);
}

static void names_its_class_and_its_state_in_the_class_byte(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *block = kpool_test_take(test, heap, class);

	KUNIT_EXPECT_EQ(test, kpool_map_byte(block), KPOOL_BYTE_PRIVATE | class);
	kpool_test_put(heap, class, block);
	KUNIT_EXPECT_EQ(test, kpool_map_byte(block), KPOOL_BYTE_FREE | class);
}

/*
 * Three pools with one, half, and all but one of their blocks free serve in this order, each until
 * it is full.
 */
static void serves_the_fullest_pool_first(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	unsigned int capacity = kpool_class_info[class].capacity, nr;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, 3 * capacity);
	void **half = blocks + capacity, **fullest = blocks + 2 * capacity;

	if (capacity < 3)
		kunit_skip(test, "one fullness is all there is");
	kpool_test_take_many(test, heap, class, blocks, 3 * capacity);
	kpool_test_put_many(heap, class, blocks, capacity - 1);
	kpool_test_put_many(heap, class, fullest, 1);
	kpool_test_put_many(heap, class, half, capacity / 2);

	nr = 1 + capacity / 2 + capacity - 1;
	for (i = 0; i < nr; i++) {
		struct kpool_pool *pool = kpool_test_pool(kpool_test_take(test, heap, class));
		void *expected = i == 0 ? fullest[0] : i <= capacity / 2 ? half[0] : blocks[0];

		KUNIT_ASSERT_PTR_EQ(test, pool, kpool_test_pool(expected));
	}
	kpool_test_put_many(heap, class, blocks, 3 * capacity);
	kpool_test_consistent(test, heap);
}

static void writes_nothing_into_a_free_block(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_test_sizes[class], i;
	unsigned int capacity = kpool_class_info[class].capacity, bad = 0;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_whole_pool(test, class);

	for (i = 0; i < capacity; i++)
		memset(blocks[i], 0x5a, size);
	kpool_test_put_many(heap, class, blocks, capacity);
	kasan_disable_current(); /* memchr_inv() reads free blocks */
	for (i = 0; i < capacity; i++)
		bad += !!memchr_inv(blocks[i], 0x5a, size);
	kasan_enable_current();
	KUNIT_EXPECT_EQ(test, bad, 0U);
}

/*
 * Overwrite the free list of a pool: the pool's blocks go out of service, no wild pointer is
 * served, other pools serve on, and the damage is counted.
 */
static void contains_a_damaged_free_list(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i, word;
	const struct kpool_class_info *info = &kpool_class_info[class];
	struct kpool_heap *heap;
	void *anchor, *block;

	/* The lost blocks would count as used. A region frees them at its end. */
	kpool_test_replace_heap(test, KPOOL_HEAP_REGION);
	heap = kpool_test_heap(test);
	anchor = kpool_test_take(test, heap, class);
	for (word = 0; word < info->words; word++)
		*kpool_freelist_word(kpool_arena_of(anchor), kpool_pool_index(anchor), info,
				     word) = 0;

	for (i = 0; i < 3; i++) {
		block = kpool_test_take(test, heap, class);
		KUNIT_EXPECT_PTR_EQ(test, kpool_test_arena(block), kpool_arena_of(anchor));
		KUNIT_EXPECT_PTR_NE(test, kpool_test_pool(block), kpool_test_pool(anchor));
	}
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 1ULL);
	kpool_test_put(heap, class, anchor);
}

/* Put bad blocks before, between and after good ones in one batch. */
static void refuses_bad_blocks_among_good_ones(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), nr = kpool_class_info[class].capacity - 1;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_whole_pool(test, class), *anchor = blocks[nr];
	void **batch = kpool_test_pointers(test, nr + 3);

	memcpy(batch + 1, blocks, nr * sizeof(*batch));
	batch[0] = anchor + 4;
	batch[nr + 1] = blocks[0];
	batch[nr + 2] = anchor + kpool_class_size(class);
	kpool_test_put_many(heap, class, batch, nr + 3);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 3ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_pool(anchor)->used, 1);
	kpool_test_consistent(test, heap);
	kpool_test_put(heap, class, anchor);
}

static void refuses_a_block_that_is_free_already(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *anchor = kpool_test_take(test, heap, class);
	void *block = kpool_test_take(test, heap, class);

	kpool_test_put(heap, class, block);
	kpool_test_put(heap, class, block);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 1ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_pool(anchor)->used, 1);
	/* Blocks of a free pool, and pointers into the middle of a block, are refused, too. */
	kpool_test_put(heap, class, anchor + 4);
	kpool_test_put(heap, class, anchor);
	kpool_test_put(heap, class, anchor);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 3ULL);
	kpool_test_consistent(test, heap);
}

/* Before the batch, the pool is full in the first round and partial in the second. */
static void refuses_blocks_twice_in_the_batch_that_empties_their_pool(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), nr = kpool_class_info[class].capacity, i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **batch = kpool_test_pointers(test, nr + 3);
	void *anchor, *other;

	for (i = 0; i < 2; i++) {
		kpool_test_take_many(test, heap, class, batch, nr);
		anchor = kpool_test_take(test, heap, class);
		batch[nr] = batch[i];
		batch[nr + 1] = batch[nr - 1];
		batch[nr + 2] = batch[i];
		if (i)
			kpool_test_put(heap, class, batch[0]);
		kpool_test_put_many(heap, class, batch + i, nr + 3 - i);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 3ULL * (i + 1));
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).pools, 1ULL);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 1ULL);
		kpool_test_consistent(test, heap);
		/* The next class claims the pool with all its blocks free. */
		other = kpool_test_take(test, heap, (class + 1) % KPOOL_NR_CLASSES);
		kpool_test_consistent(test, heap);
		kpool_test_put(heap, (class + 1) % KPOOL_NR_CLASSES, other);
		kpool_test_put(heap, class, anchor);
		kpool_test_consistent(test, heap);
	}
}

static void refuses_a_block_of_another_class(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	struct kpool_heap *heap = kpool_test_heap(test);

	/* A block of the next smaller class, then of the next larger one. */
	for (i = 0; i < 2; i++) {
		unsigned int own = (class + (i ? 1 : KPOOL_NR_CLASSES - 1)) % KPOOL_NR_CLASSES;
		void *block = kpool_test_take(test, heap, own);

		kpool_test_put(heap, class, block);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, i + 1ULL);
		KUNIT_EXPECT_EQ(test, kpool_test_pool(block)->used, 1);
		kpool_test_put(heap, own, block);
		kpool_test_consistent(test, heap);
	}
}

static void refuses_a_block_of_another_heap(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_heap *other = kpool_test_heap_create(test, "other", 0);
	void *block = kpool_test_take(test, heap, class);

	kpool_test_put(other, class, block);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 1ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_pool(block)->used, 1);
	kpool_test_put(heap, class, block);
	kpool_heap_destroy(other);
}

/* A pool serves each block once, neither in ascending order nor in the order of another pool. */
static void a_random_heap_serves_in_no_order(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), capacity, i, up = 0, same = 0;
	unsigned int size = kpool_class_size(class);
	void **blocks, **again, *start;
	struct kpool_heap *heap;

	kpool_test_replace_heap(test, KPOOL_HEAP_RANDOM);
	heap = kpool_test_heap(test);
	blocks = kpool_test_whole_pool(test, class);
	again = kpool_test_whole_pool(test, class);
	capacity = kpool_class_info[class].capacity;
	start = kpool_test_pool_start(blocks[0]);
	for (i = 0; i < capacity; i++) {
		KUNIT_ASSERT_PTR_EQ(test, kpool_test_pool_start(blocks[i]), start);
		up += i && blocks[i] == blocks[i - 1] + kpool_class_info[class].stride;
		same += blocks[i] - start == again[i] - kpool_test_pool_start(again[i]);
	}
	kpool_test_fill_many(blocks, capacity, size, 0x51);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, capacity, size, 0x51), 0U);
	/* The chance of such an order is at most 1 in 20!. */
	if (capacity > 20) {
		KUNIT_EXPECT_LT(test, up, capacity - 1);
		KUNIT_EXPECT_LT(test, same, capacity);
	}
	kpool_test_put_many(heap, class, blocks, capacity);
	kpool_test_put_many(heap, class, again, capacity);
	kpool_test_consistent(test, heap);
}

/* Pointers that an overflow may leave behind. */
static const unsigned long kpool_test_strays[] = { 1, 8, 0x41414141, ULONG_MAX - 7, ULONG_MAX / 3 };

static void kpool_test_stray_desc(const unsigned long *stray, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%#lx", *stray);
}

KUNIT_ARRAY_PARAM(stray, kpool_test_strays, kpool_test_stray_desc);

/* Make three partial pools and return the list link of the middle one, for the case to damage. */
static struct hlist_node *kpool_test_stray_scene(struct kunit *test, void **blocks,
						 unsigned int class)
{
	unsigned int capacity = kpool_class_info[class].capacity, i;
	struct kpool_heap *heap;

	/* A region frees the blocks of pools out of service. Another heap would report them. */
	kpool_test_replace_heap(test, KPOOL_HEAP_REGION);
	heap = kpool_test_heap(test);
	kpool_test_take_many(test, heap, class, blocks, 3 * capacity);
	for (i = 0; i < 3; i++)
		kpool_test_put(heap, class, blocks[i * capacity]);
	return kpool_arena_link(kpool_arena_of(blocks[capacity]),
				kpool_pool_index(blocks[capacity]));
}

/* Take more blocks: none is still in use, and none is served twice. */
static void kpool_test_still_serves(struct kunit *test, unsigned int class, void **out,
				    unsigned int nr_out)
{
	unsigned int size = kpool_class_size(class), nr = 3 * kpool_class_info[class].capacity;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **more = kpool_test_pointers(test, nr);

	kpool_test_fill_many(out, nr_out, size, 0x61);
	kpool_test_take_many(test, heap, class, more, nr);
	kpool_test_fill_many(more, nr, size, 0x62);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(out, nr_out, size, 0x61), 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(more, nr, size, 0x62), 0U);
	kpool_test_put_many(heap, class, more, nr);
}

static void contains_links_that_lead_astray(struct kunit *test)
{
	unsigned long stray = *(const unsigned long *)test->param_value;
	unsigned int class = 20, capacity = kpool_class_info[class].capacity, i;
	void **blocks = kpool_test_pointers(test, 3 * capacity);
	struct kpool_heap *heap;
	struct hlist_node *link;

	for (i = 0; i < 2; i++) {
		link = kpool_test_stray_scene(test, blocks, class);
		heap = kpool_test_heap(test);
		if (i)
			link->pprev = (struct hlist_node **)stray;
		else
			link->next = (struct hlist_node *)stray;
		kpool_test_still_serves(test, class, blocks + 2 * capacity + 1, capacity - 1);
		/* Free the other blocks of two pools: the frees meet the damage. */
		kpool_test_put_many(heap, class, blocks + capacity + 1, capacity - 1);
		kpool_test_put_many(heap, class, blocks + 1, capacity - 1);
		kpool_test_still_serves(test, class, blocks + 2 * capacity + 1, capacity - 1);
		KUNIT_EXPECT_GE(test, kpool_test_stats(test, heap).corruptions, 1ULL);
	}
}

static void contains_a_fullness_that_cannot_be(struct kunit *test)
{
	unsigned int class = 20, capacity = kpool_class_info[class].capacity;
	void **blocks = kpool_test_pointers(test, 3 * capacity);

	kpool_test_stray_scene(test, blocks, class);
	kpool_test_pool(blocks[capacity])->fullness = 100;
	kpool_test_put_many(kpool_test_heap(test), class, blocks + capacity + 1, capacity - 1);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, kpool_test_heap(test)).corruptions, 1ULL);
	kpool_test_still_serves(test, class, blocks + 2 * capacity + 1, capacity - 1);
}

/* A used count above the capacity, and one below the number of used blocks. */
static void contains_a_count_that_cannot_be(struct kunit *test)
{
	unsigned int class = 20, capacity = kpool_class_info[class].capacity, i;
	const u16 counts[] = { U16_MAX, capacity + 2, 1 };
	void **blocks = kpool_test_pointers(test, 3 * capacity);
	struct kpool_heap *heap;
	u8 byte;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		kpool_test_stray_scene(test, blocks, class);
		heap = kpool_test_heap(test);
		byte = kpool_map_byte(blocks[capacity]);
		kpool_test_pool(blocks[capacity])->used = counts[i];
		/* In the last case the count drops to 0 while other blocks are in use. */
		kpool_test_put(heap, class, blocks[capacity + 1]);
		KUNIT_EXPECT_EQ(test, kpool_map_byte(blocks[capacity]), byte);
		kpool_test_still_serves(test, class, blocks + capacity + 2, capacity - 2);
		KUNIT_EXPECT_GE(test, kpool_test_stats(test, heap).corruptions, 1ULL);
	}
}

/* A block for a bit beyond the last block would reach into the next pool. */
static void contains_bits_beyond_the_last_block(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), word;
	const struct kpool_class_info *info = &kpool_class_info[class];
	unsigned int capacity = info->capacity;
	void **blocks = kpool_test_pointers(test, 3 * capacity);

	word = capacity / KPOOL_WORD_BITS;
	if (word == info->words)
		kunit_skip(test, "no bit is beyond the last block");
	kpool_test_stray_scene(test, blocks, class);
	*kpool_freelist_word(kpool_arena_of(blocks[capacity]), kpool_pool_index(blocks[capacity]),
			     info, word) |= ~0ULL << capacity % KPOOL_WORD_BITS;
	kpool_test_still_serves(test, class, blocks + 2 * capacity + 1, capacity - 1);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, kpool_test_heap(test)).corruptions, 1ULL);
}

/* How far an overflow from the memory before an arena reaches into its header. */
static const size_t kpool_test_overruns[] = {
	sizeof(long), offsetof(struct kpool_arena, all), offsetof(struct kpool_arena, bucket),
	offsetof(struct kpool_arena, table),
};

static void kpool_test_overrun_desc(const size_t *overrun, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu bytes", *overrun);
}

KUNIT_ARRAY_PARAM(overrun, kpool_test_overruns, kpool_test_overrun_desc);

struct kpool_test_overrun {
	struct kpool_arena *arena;
	size_t size;
	u8 before[offsetof(struct kpool_arena, table)];
};

static void kpool_test_overrun(struct kunit *test, struct kpool_test_overrun *overrun,
			       struct kpool_arena *arena)
{
	overrun->arena = arena;
	overrun->size = *(const size_t *)test->param_value;
	memcpy(overrun->before, arena, overrun->size);
	memset(arena, 0x41, overrun->size);
}

static void kpool_test_overrun_undo(struct kpool_test_overrun *overrun)
{
	memcpy(overrun->arena, overrun->before, overrun->size);
}

/* A drain, refills and walks meet the damaged header and follow none of its pointers. */
static void follows_nothing_of_a_header_that_was_overwritten(struct kunit *test)
{
	unsigned int class = KPOOL_NR_CLASSES - 1, capacity = kpool_class_info[class].capacity;
	unsigned int nr = kpool_test_blocks(class, KPOOL_USABLE_POOLS), i, bad = 0;
	struct kpool_test_overrun *overrun = kunit_kzalloc(test, sizeof(*overrun), GFP_KERNEL);
	void **blocks = kpool_test_pointers(test, nr + capacity), *batch[3];
	struct kpool_stats stats;
	struct kpool_heap *heap;

	KUNIT_ASSERT_NOT_NULL(test, overrun);
	kpool_test_replace_heap(test, KPOOL_HEAP_REGION);
	heap = kpool_test_heap(test);
	heap->byte = 0; /* like the default heap: finds a pool without the header */
	kpool_test_take_many(test, heap, class, blocks, nr + 1);
	/* Leave a free pool, a pool with one used block, and full pools. */
	kpool_test_put_many(heap, class, blocks, 2 * capacity - 1);
	batch[0] = blocks[nr];
	batch[1] = blocks[2 * capacity - 1];
	batch[2] = blocks[2 * capacity];
	kpool_test_overrun(test, overrun, kpool_arena_of(batch[1]));
	KUNIT_ASSERT_PTR_NE(test, kpool_arena_of(batch[0]), overrun->arena);
	kpool_test_put_many(heap, class, batch, 3);
	kpool_test_take_many(test, heap, class, blocks, 2 * capacity);
	for (i = 0; i < 2 * capacity; i++)
		bad += kpool_arena_of(blocks[i]) == overrun->arena;
	KUNIT_EXPECT_EQ(test, bad, 0U);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, kpool_heap_stats(heap, &stats), 0);
	kpool_test_put_many(heap, class, blocks, 2 * capacity);
	kpool_heap_shrink(heap);
	/* The heap has dropped the arena. Put it back, so that its memory is released. */
	kpool_test_overrun_undo(overrun);
	list_add(&overrun->arena->all, &overrun->arena->node->arenas);
}

/* An overflow from the memory before the arena has damaged the header: frees follow none of it. */
static void refuses_blocks_of_an_arena_whose_header_is_damaged(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	u8 before[offsetof(struct kpool_arena, all)];
	struct kpool_arena *arena;
	struct kpool_stats was, is;
	void *block;

	block = kpool_test_take(test, heap, 20);
	arena = kpool_arena_of(block);
	memcpy(before, arena, sizeof(before));
	KUNIT_ASSERT_EQ(test, kpool_heap_stats(NULL, &was), 0);
	memset(arena, 0x41, sizeof(before));
	kpool_free(block);
	kpool_test_put(heap, 20, block);
	kpool_test_put(heap, 21, block);
	memcpy(arena, before, sizeof(before));
	KUNIT_ASSERT_EQ(test, kpool_heap_stats(NULL, &is), 0);
	KUNIT_EXPECT_EQ(test, is.corruptions, was.corruptions + 3);
	kpool_test_put(heap, 20, block);
	kpool_test_consistent(test, heap);
}

static struct kunit_case kpool_pool_cases[] = {
	KUNIT_CASE_PARAM(carves_a_pool_upwards, class_gen_params),
	KUNIT_CASE_PARAM(serves_a_batch_as_it_serves_single_blocks, class_gen_params),
	KUNIT_CASE_PARAM(aligns_blocks_to_their_size, class_gen_params),
	KUNIT_CASE_PARAM(keeps_blocks_apart, class_gen_params),
	KUNIT_CASE_PARAM(serves_the_lowest_free_block_first, class_gen_params),
	KUNIT_CASE_PARAM(counts_blocks_out, class_gen_params),
	KUNIT_CASE_PARAM(opens_a_second_pool_only_when_the_first_is_full, class_gen_params),
	KUNIT_CASE_PARAM(names_its_class_and_its_state_in_the_class_byte, class_gen_params),
	KUNIT_CASE_PARAM(serves_the_fullest_pool_first, class_gen_params),
	KUNIT_CASE_PARAM(writes_nothing_into_a_free_block, class_gen_params),
	KUNIT_CASE_PARAM(contains_a_damaged_free_list, class_gen_params),
	KUNIT_CASE_PARAM(refuses_bad_blocks_among_good_ones, class_gen_params),
	KUNIT_CASE_PARAM(refuses_a_block_that_is_free_already, class_gen_params),
	KUNIT_CASE_PARAM(refuses_blocks_twice_in_the_batch_that_empties_their_pool,
			 class_gen_params),
	KUNIT_CASE_PARAM(refuses_a_block_of_another_class, class_gen_params),
	KUNIT_CASE_PARAM(refuses_a_block_of_another_heap, class_gen_params),
	KUNIT_CASE_PARAM(a_random_heap_serves_in_no_order, class_gen_params),
	KUNIT_CASE_PARAM(contains_links_that_lead_astray, stray_gen_params),
	KUNIT_CASE(contains_a_fullness_that_cannot_be),
	KUNIT_CASE(contains_a_count_that_cannot_be),
	KUNIT_CASE_PARAM(contains_bits_beyond_the_last_block, class_gen_params),
	KUNIT_CASE_PARAM(follows_nothing_of_a_header_that_was_overwritten, overrun_gen_params),
	KUNIT_CASE(refuses_blocks_of_an_arena_whose_header_is_damaged),
	{}
};

struct kunit_suite kpool_pool_suite = {
	.name = "kpool_pool",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_pool_cases,
};
