// SPDX-License-Identifier: GPL-2.0
/*
 * KASAN's view of blocks: the requested bytes of a used block are accessible and no other bytes of
 * any block. Tests of KASAN reports run in their own guest, see tools/test/vm/scripts/faulty.sh.
 */
#include <linux/kasan.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include <kpool_inline.h>

#include "common.h"
#include "debug/sanitize.h"
#include "magazine.h"
#include "watch.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

#if KPOOL_SHADOW
/* Return true if the byte may be accessed. Not instrumented: shadow memory has no shadow. */
static noinline __no_sanitize_address bool kpool_test_open(const void *p)
{
	s8 shadow = *(const s8 *)kasan_mem_to_shadow(p);

	return !shadow || (s8)((unsigned long)p % KPOOL_CLASS_STEP) < shadow;
}
#else
static bool kpool_test_open(const void *p)
{
	return true;
}
#endif

static int kpool_sanitize_init(struct kunit *test)
{
	if (!KPOOL_SHADOW)
		kunit_skip(test, "no generic KASAN that modules can see");
	return kpool_test_init(test);
}

/* Return the number of accessible bytes of @room, or UINT_MAX if they are not the first bytes. */
static unsigned int kpool_test_opened(const void *block, unsigned int room)
{
	unsigned int size = 0, i;

	while (size < room && kpool_test_open(block + size))
		size++;
	for (i = size; i < room; i++)
		if (kpool_test_open(block + i))
			return UINT_MAX;
	return size;
}

static unsigned int kpool_test_room(struct kunit *test)
{
	return kpool_class_size(kpool_test_class(test));
}

/* Return the smallest size that the case's class serves. */
static unsigned int kpool_test_least(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);

	return class ? kpool_class_size(class - 1) + 1 : 1;
}

/**
 * struct kpool_test_way - a way to allocate and free a block
 * @alloc: allocates the block
 * @free: how it is freed
 */
struct kpool_test_way {
	void *(*alloc)(struct kpool_heap *heap, size_t size);
	enum misuse_way free;
};

static void *kpool_test_alloc(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_alloc(heap, size, GFP_KERNEL);
}

static void *kpool_test_zalloc(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_zalloc(heap, size, GFP_KERNEL);
}

static void *kpool_test_alloc_node(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_alloc_node(heap, size, GFP_KERNEL, numa_node_id());
}

static void *kpool_test_alloc_thisnode(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_alloc(heap, size, GFP_KERNEL | __GFP_THISNODE);
}

static void *kpool_test_realloc(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_realloc(heap, NULL, size, GFP_KERNEL);
}

static void *kpool_test_alloc_bulk(struct kpool_heap *heap, size_t size)
{
	void *p;

	return kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, 1, &p) ? p : NULL;
}

static void *kpool_test_alloc_default(struct kpool_heap *heap, size_t size)
{
	return kpool_alloc(size, GFP_KERNEL);
}

static void *kpool_test_alloc_inline(struct kpool_heap *heap, size_t size)
{
	return kpool_alloc_inline(size, GFP_KERNEL);
}

/* Instead of a way to free: by realloc to no bytes. */
#define KPOOL_TEST_TO_NOTHING	MISUSE_ALL_WAYS

static void kpool_test_free(enum misuse_way way, struct kpool_heap *heap, void *p, size_t size)
{
	if (way == KPOOL_TEST_TO_NOTHING)
		WARN_ON(kpool_heap_realloc(heap, p, 0, GFP_KERNEL) != ZERO_SIZE_PTR);
	else
		misuse_free_by(way, heap, p, size);
}

/* Allocate and free a block of each size of the case's class. */
static void kpool_test_lives(struct kunit *test, const struct kpool_test_way *way)
{
	unsigned int room = kpool_test_room(test), size;
	struct kpool_heap *heap = kpool_test_heap(test);

	for (size = kpool_test_least(test); size <= room; size++) {
		void *p = way->alloc(heap, size);

		KUNIT_ASSERT_TRUE(test, kpool_owns(p));
		KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), size);
		kpool_test_free(way->free, heap, p, size);
		KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), 0U);
	}
}

static void opens_what_was_asked_for(struct kunit *test)
{
	static const struct kpool_test_way ways[] = {
		{ kpool_test_alloc, MISUSE_HEAP_FREE },
		{ kpool_test_zalloc, MISUSE_ANY },
		{ kpool_test_alloc_node, MISUSE_HEAP_SIZED },
		{ kpool_test_alloc_thisnode, MISUSE_SENSITIVE },
		{ kpool_test_realloc, KPOOL_TEST_TO_NOTHING },
		{ kpool_test_alloc_bulk, MISUSE_HEAP_BULK },
		{ kpool_test_alloc, MISUSE_ANY_BULK },
		{ kpool_test_alloc_default, MISUSE_ANY },
		{ kpool_test_alloc_default, MISUSE_SIZED },
		{ kpool_test_alloc_inline, MISUSE_INLINE },
		{ kpool_test_alloc_inline, MISUSE_SIZED_INLINE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		kpool_test_lives(test, &ways[i]);
	kpool_test_consistent(test, kpool_test_heap(test));
}

/* Include blocks that pools, depots and magazines serve or take in batches. */
static void opens_all_of_many(struct kunit *test)
{
	unsigned int room = kpool_test_room(test), size = room - 1, i, wrong = 0;
	unsigned int nr = 3 * kpool_magazine_capacity(kpool_test_class(test)) + 5;
	void **blocks = kpool_test_pointers(test, nr), **copy = kpool_test_pointers(test, nr);
	struct kpool_heap *heap = kpool_test_heap(test);

	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL | __GFP_ZERO, nr,
						    blocks), nr);
	memcpy(copy, blocks, nr * sizeof(*copy));
	for (i = 0; i < nr; i++)
		wrong += kpool_test_opened(blocks[i], room) != size;
	kpool_heap_free_bulk(heap, nr, blocks);
	for (i = 0; i < nr; i++)
		wrong += kpool_test_opened(copy[i], room) != 0;
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	kpool_test_consistent(test, heap);
}

/* All other blocks of the pool are inaccessible, both cached and free ones. */
static void keeps_what_is_free_closed(struct kunit *test)
{
	const struct kpool_class_info *info = &kpool_class_info[kpool_test_class(test)];
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_heap_alloc(heap, info->size, GFP_KERNEL), *pool;
	unsigned int i, open = 0;

	KUNIT_ASSERT_NOT_NULL(test, p);
	pool = kpool_test_pool_start(p);
	for (i = info->start; i < KPOOL_POOL_SIZE; i++)
		open += kpool_test_open(pool + i);
	KUNIT_EXPECT_EQ(test, open, (unsigned int)info->size);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, info->size), (unsigned int)info->size);
	/* The pool of the smallest class begins with kpool's own bits. */
	for (i = 0; i < info->start; i++)
		KUNIT_EXPECT_TRUE(test, kpool_test_open(pool + i));
	kpool_heap_free(heap, p);
}

static void follows_a_block_that_changes_its_size(struct kunit *test)
{
	unsigned int room = kpool_test_room(test), least = kpool_test_least(test), size;
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_heap_alloc(heap, least, GFP_KERNEL), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	for (size = least; size <= room; size++) {
		q = kpool_heap_realloc(heap, p, size, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_PTR_EQ(test, q, p);
		KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), size);
	}
	q = kpool_heap_realloc(heap, p, least, GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, q, p);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), least);
	q = kpool_heap_realloc(heap, p, 2 * KPOOL_MAX_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), 0U);
	p = kpool_heap_realloc(heap, q, room, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), room);
	kpool_heap_free(heap, p);
}

/*
 * A sized free with too small a size puts a block into the magazine of a smaller class, which
 * serves it again.
 */
static void knows_a_block_by_its_own_class(struct kunit *test)
{
	unsigned int size = kpool_test_least(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_heap_alloc(heap, KPOOL_MAX_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_heap_free_sized(heap, p, size);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, KPOOL_MAX_SIZE), 0U);
	KUNIT_ASSERT_PTR_EQ(test, kpool_heap_alloc(heap, size, GFP_KERNEL), p);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, KPOOL_MAX_SIZE), size);
	kpool_heap_free(heap, p);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, KPOOL_MAX_SIZE), 0U);
}

static void stays_open_until_the_grace_period_is_over(struct kunit *test)
{
	unsigned int room = kpool_test_room(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p;

	if (room < sizeof(struct rcu_head))
		kunit_skip(test, "too small for an rcu_head");
	p = kpool_heap_alloc(heap, room, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	rcu_read_lock();
	kpool_rcu_free(p, p);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), room);
	rcu_read_unlock();
	kpool_rcu_barrier();
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), 0U);
}

/* The next class of a pool finds all of it inaccessible and opens only the blocks it serves. */
static void closes_what_changes_class(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), next = (class + 1) % KPOOL_NR_CLASSES, i;
	const struct kpool_class_info *info = &kpool_class_info[next];
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int capacity = kpool_class_info[class].capacity, open = 0;
	void **blocks = kpool_test_pointers(test, capacity), *p, *pool;

	kpool_test_take_many(test, heap, class, blocks, capacity);
	pool = kpool_test_pool_start(blocks[0]);
	kpool_test_put_many(heap, class, blocks, capacity);
	p = kpool_test_take(test, heap, next);
	KUNIT_ASSERT_PTR_EQ(test, kpool_test_pool_start(p), pool);
	for (i = 0; i < KPOOL_POOL_SIZE; i++)
		open += kpool_test_open(pool + i);
	KUNIT_EXPECT_EQ(test, open, (unsigned int)(info->start + info->size));
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, info->size), (unsigned int)info->size);
	kpool_test_put(heap, next, p);
	kpool_test_consistent(test, heap);
}

/* A used block stays accessible after the destruction of its heap, until it is freed. */
static void stays_open_after_the_end_of_the_heap(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "mortal", 0);
	unsigned int room = kpool_test_room(test), size = kpool_test_least(test);
	void *p = kpool_heap_alloc(heap, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_heap_destroy(heap);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), size);
	kpool_free(p);
}

/* kpool does not mark kmalloc memory, even after it passed through a magazine. */
static void leaves_the_memory_of_kmalloc_alone(struct kunit *test)
{
	unsigned int room = kpool_test_room(test), size = kpool_test_least(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p, *q;

	kpool_test_backend_fail(0, LONG_MAX);
	p = kpool_heap_alloc(heap, size, GFP_KERNEL);
	kpool_test_backend_fail(0, 0);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p));
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), room);
	kpool_heap_free_sized(heap, p, size);
	q = kpool_heap_alloc(heap, size, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(q, room), room);
	kpool_heap_free(heap, q);
}

static void leaves_debug_heaps_alone(struct kunit *test)
{
	unsigned int room = kpool_test_room(test), i;
	struct kpool_heap *heap;
	void *p;

	kpool_test_replace_heap(test, KPOOL_HEAP_DEBUG);
	heap = kpool_test_heap(test);
	p = kpool_heap_alloc(heap, room, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	if (kpool_map_byte(p) != KPOOL_BYTE_FOREIGN)
		for (i = 0; i < KPOOL_POOL_SIZE; i++)
			KUNIT_ASSERT_TRUE(test, kpool_test_open(kpool_test_pool_start(p) + i));
	kpool_heap_free(heap, p);
}

/* Run a program, with a whole block as the victim. KASAN's report would fail the case. */
static void kpool_test_refused(struct kunit *test, const struct misuse_program *program,
			       enum misuse_way again)
{
	unsigned int room = kpool_test_room(test), used;
	struct kpool_heap *heap = kpool_test_heap(test);
	u64 before = kpool_test_stats(test, heap).corruptions;
	struct misuse_object object[4];
	struct misuse_scene s = kpool_test_scene(test, object, room, again % MISUSE_WAYS, again);
	void *p = s.victim;

	kasan_disable_current();
	program->run(&s);
	kasan_enable_current();
	used = kpool_test_stats(test, heap).blocks_used;
	KUNIT_EXPECT_EQ_MSG(test, kpool_test_stats(test, heap).corruptions, before + 1, "%s, %d",
			    program->name, again);
	KUNIT_EXPECT_EQ_MSG(test, used, program->vary & MISUSE_LATE ? 0U : 1U, "%s, %d",
			    program->name, again);
	KUNIT_EXPECT_EQ(test, kpool_test_opened(p, room), used ? room : 0U);
	if (used)
		kpool_heap_free(heap, p);
	kpool_test_scene_end(&s, p);
}

static void refuses_wrong_frees_at_once(struct kunit *test)
{
	const struct misuse_program *program = kpool_test_programs;
	enum misuse_way again;

	for (; program < kpool_test_programs + kpool_test_nr_programs; program++)
		for (again = 0; again < MISUSE_ALL_WAYS; again++)
			if (program->vary & MISUSE_REFUSED &&
			    !(program->vary & MISUSE_NAMED && again >= MISUSE_NAMING &&
			      again < MISUSE_WAYS))
				kpool_test_refused(test, program, again);
	kpool_test_consistent(test, kpool_test_heap(test));
}

static void refuses_what_lies_in_a_free_pool(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_test_take(test, heap, class);

	kpool_test_put(heap, class, p);
	KUNIT_ASSERT_TRUE(test, kpool_byte_is_free(kpool_map_byte(p)));
	kasan_disable_current();
	kpool_heap_free_sized(heap, p, kpool_test_room(test));
	kasan_enable_current();
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 1ULL);
	kpool_test_consistent(test, heap);
}

static struct kunit_case kpool_sanitize_cases[] = {
	KUNIT_CASE_PARAM(opens_what_was_asked_for, class_gen_params),
	KUNIT_CASE_PARAM(opens_all_of_many, class_gen_params),
	KUNIT_CASE_PARAM(keeps_what_is_free_closed, class_gen_params),
	KUNIT_CASE_PARAM(follows_a_block_that_changes_its_size, class_gen_params),
	KUNIT_CASE_PARAM(knows_a_block_by_its_own_class, class_gen_params),
	KUNIT_CASE_PARAM(stays_open_until_the_grace_period_is_over, class_gen_params),
	KUNIT_CASE_PARAM(closes_what_changes_class, class_gen_params),
	KUNIT_CASE_PARAM(stays_open_after_the_end_of_the_heap, class_gen_params),
	KUNIT_CASE_PARAM(leaves_the_memory_of_kmalloc_alone, class_gen_params),
	KUNIT_CASE_PARAM(leaves_debug_heaps_alone, class_gen_params),
	KUNIT_CASE_PARAM(refuses_wrong_frees_at_once, class_gen_params),
	KUNIT_CASE_PARAM(refuses_what_lies_in_a_free_pool, class_gen_params),
	{}
};

struct kunit_suite kpool_sanitize_suite = {
	.name = "kpool_sanitize",
	.init = kpool_sanitize_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_sanitize_cases,
};
