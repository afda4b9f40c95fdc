// SPDX-License-Identifier: GPL-2.0
/* kmem_caches of a redirected module. This file is built as one. */
#include <linux/cache.h>
#include <linux/log2.h>
#include <linux/mempool.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "watch.h"

#define KPOOL_TEST_LONG		"a-name-of-exactly-31-charact"
#define KPOOL_TEST_LONGEST	KPOOL_TEST_LONG "ers"

struct kpool_test_object {
	u64 state;
	u32 contents[17];
	struct rcu_head rcu;
};

/**
 * struct kpool_test_kind - a kind of cache
 * @desc: its special property
 * @size: bytes of an object
 * @align: alignment of an object
 * @flags: SLAB_*
 * @pooled: kpool serves the cache, not the kernel's own kmem_cache
 */
struct kpool_test_kind {
	const char *desc;
	unsigned int size;
	unsigned int align;
	slab_flags_t flags;
	bool pooled;
};

static const struct kpool_test_kind kpool_test_kinds[] = {
	{ "plain", 100, 0, 0, true },
	{ "largest", KPOOL_MAX_SIZE, 0, 0, true },
	{ "cache line", 100, 0, SLAB_HWCACHE_ALIGN, true },
	{ "type-safe", 120, 0, SLAB_TYPESAFE_BY_RCU, true },
	{ "many flags", 96, 0, SLAB_PANIC | SLAB_RECLAIM_ACCOUNT, true },
	{ "too large", KPOOL_MAX_SIZE + 1, 0, 0, false },
	{ "much too large", 5000, 0, SLAB_HWCACHE_ALIGN, false },
	{ "large and type-safe", 3000, 0, SLAB_TYPESAFE_BY_RCU, false },
	{ "page alignment", 200, 4096, 0, false },
	{ "accounted", 100, 0, SLAB_ACCOUNT, !SLAB_ACCOUNT },
	{ "zone", 100, 0, SLAB_CACHE_DMA, !SLAB_CACHE_DMA },
};

static void kpool_test_kind_desc(const struct kpool_test_kind *kind, char *desc)
{
	strscpy(desc, kind->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kpool_test_kinds, kpool_test_kind_desc);

/* Disable the trim of the cache's heap, so that only the case moves its memory. */
static struct kmem_cache *kpool_test_settle(struct kunit *test, struct kmem_cache *cache)
{
	KUNIT_ASSERT_NOT_NULL(test, cache);
	if (cache->heap)
		WRITE_ONCE(cache->heap->trim_armed, 1);
	return cache;
}

static struct kmem_cache *kpool_test_cache(struct kunit *test, unsigned int size,
					   unsigned int align, slab_flags_t flags,
					   void (*ctor)(void *object))
{
	return kpool_test_settle(test, kmem_cache_create("kunit_cache", size, align, flags, ctor));
}

static struct kmem_cache *kpool_test_cache_of_kind(struct kunit *test)
{
	const struct kpool_test_kind *kind = test->param_value;

	return kpool_test_cache(test, kind->size, kind->align, kind->flags, NULL);
}

/* Destroy the cache. All its objects must be free. */
static void kpool_test_end_cache(struct kunit *test, struct kmem_cache *cache)
{
	if (cache->heap) {
		kpool_rcu_barrier();
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, cache->heap).blocks_used, 0ULL);
		kpool_test_consistent(test, cache->heap);
	}
	kmem_cache_destroy(cache);
}

static void objects_come_and_go(struct kunit *test)
{
	const struct kpool_test_kind *kind = test->param_value;
	struct kmem_cache *cache = kpool_test_cache_of_kind(test);
	void *p[5];
	unsigned int i, round;

	KUNIT_EXPECT_EQ(test, kmem_cache_size(cache), kind->size);
	for (round = 0; round < 3; round++) {
		p[0] = kmem_cache_alloc(cache, GFP_KERNEL);
		p[1] = kmem_cache_zalloc(cache, GFP_KERNEL);
		p[2] = kmem_cache_alloc_node(cache, GFP_KERNEL, numa_mem_id());
		p[3] = kmem_cache_alloc_node(cache, GFP_ATOMIC, NUMA_NO_NODE);
		p[4] = kmem_cache_alloc_lru(cache, NULL, GFP_KERNEL);
		for (i = 0; i < ARRAY_SIZE(p); i++) {
			KUNIT_ASSERT_NOT_NULL(test, p[i]);
			KUNIT_EXPECT_EQ(test, kpool_owns(p[i]), kind->pooled);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p[i], kind->align ?: 8));
		}
		KUNIT_EXPECT_NULL(test, memchr_inv(p[1], 0, kind->size));
		kpool_test_fill_many(p, ARRAY_SIZE(p), kind->size, round);
		KUNIT_EXPECT_EQ(test, kpool_test_count_bad(p, ARRAY_SIZE(p), kind->size, round),
				0U);
		for (i = 0; i < ARRAY_SIZE(p); i++)
			kmem_cache_free(cache, p[i]);
		kmem_cache_shrink(cache);
	}
	kpool_test_end_cache(test, cache);
}

static void objects_come_and_go_in_bulk(struct kunit *test)
{
	const struct kpool_test_kind *kind = test->param_value;
	struct kmem_cache *cache = kpool_test_cache_of_kind(test);
	void *p[70];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, (int)kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_ZERO,
							 ARRAY_SIZE(p), p), (int)ARRAY_SIZE(p));
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		KUNIT_EXPECT_EQ(test, kpool_owns(p[i]), kind->pooled);
		KUNIT_EXPECT_NULL(test, memchr_inv(p[i], 0, kind->size));
	}
	kpool_test_fill_many(p, ARRAY_SIZE(p), kind->size, 1);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(p, ARRAY_SIZE(p), kind->size, 1), 0U);
	kmem_cache_free_bulk(cache, 40, p);
	kmem_cache_free_bulk(NULL, ARRAY_SIZE(p) - 40, p + 40);
	kpool_test_end_cache(test, cache);
}

/* kfree() accepts an object of any cache, as the kernel's own does. */
static void objects_may_be_passed_to_kfree(struct kunit *test)
{
	const struct kpool_test_kind *kind = test->param_value;
	struct kmem_cache *cache = kpool_test_cache_of_kind(test);
	void *p[4];

	KUNIT_ASSERT_EQ(test, (int)kmem_cache_alloc_bulk(cache, GFP_KERNEL, 4, p), 4);
	kpool_test_fill_many(p, 4, kind->size, 2);
	kfree(p[0]);
	kvfree(p[1]);
	kfree_bulk(2, p + 2);
	kpool_test_end_cache(test, cache);
}

/* kmem_cache_destroy() waits for pending frees. */
static void objects_may_be_passed_to_kfree_rcu(struct kunit *test)
{
	struct kmem_cache *cache = kpool_test_cache_of_kind(test);
	struct kpool_test_watch watch = kpool_test_watch(test, kpool_test_heap(test));
	struct kpool_test_object *p[8];
	unsigned int i;

	KUNIT_ASSERT_LE(test, sizeof(**p), (size_t)kmem_cache_size(cache));
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		p[i]->state = i;
	}
	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(p); i++)
		kfree_rcu(p[i], rcu);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		KUNIT_EXPECT_EQ(test, p[i]->state, (u64)i);
	rcu_read_unlock();
	kmem_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "bjects remaining"), 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "still has objects"), 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "leaked"), 0U);
}

static void a_mempool_may_have_them(struct kunit *test)
{
	const struct kpool_test_kind *kind = test->param_value;
	struct kmem_cache *cache = kpool_test_cache_of_kind(test);
	mempool_t *pool = mempool_create_slab_pool(4, cache), inner;
	void *p[10];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = mempool_alloc(pool, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		KUNIT_EXPECT_EQ(test, kpool_owns(p[i]), kind->pooled);
	}
	kpool_test_fill_many(p, ARRAY_SIZE(p), kind->size, 3);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(p, ARRAY_SIZE(p), kind->size, 3), 0U);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		mempool_free(p[i], pool);
	mempool_destroy(pool);
	KUNIT_ASSERT_EQ(test, mempool_init_slab_pool(&inner, 4, cache), 0);
	p[0] = mempool_alloc(&inner, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kpool_owns(p[0]), kind->pooled);
	mempool_free(p[0], &inner);
	mempool_exit(&inner);
	kpool_test_end_cache(test, cache);
}

/* Alignment that the kernel's own kmem_cache would guarantee. */
static unsigned int kpool_test_alignment(unsigned int size, unsigned int align, slab_flags_t flags)
{
	unsigned int line = cache_line_size();

	if (!(flags & SLAB_HWCACHE_ALIGN))
		return max(align, 8U);
	while (size <= line / 2)
		line /= 2;
	return max3(align, line, 8U);
}

/* Size of the block of an object, in bytes. */
static unsigned int kpool_test_block(const struct kmem_cache *cache)
{
	return kpool_class_size(kpool_class_of(cache->block));
}

/* Try each pair of a size and an alignment, with and without SLAB_HWCACHE_ALIGN. */
static void objects_are_aligned(struct kunit *test)
{
	static const unsigned int sizes[] = {
		1, 8, 9, 24, 33, 64, 72, 96, 100, 129, 192, 200, 320, 500, 640, 777, 1000, 1024,
	};
	static const unsigned int aligns[] = { 0, 4, 8, 16, 32, 64, 128, 256, 512, 1024 };
	unsigned int i, j, k, align, served = 0;
	struct kmem_cache *cache;
	slab_flags_t flags;
	void *p[20];

	for (i = 0; i < 2 * ARRAY_SIZE(sizes) * ARRAY_SIZE(aligns); i++) {
		flags = i % 2 ? SLAB_HWCACHE_ALIGN : 0;
		j = i / 2 % ARRAY_SIZE(sizes);
		k = i / 2 / ARRAY_SIZE(sizes);
		align = kpool_test_alignment(sizes[j], aligns[k], flags);
		cache = kpool_test_cache(test, sizes[j], aligns[k], flags, NULL);
		KUNIT_EXPECT_EQ(test, kmem_cache_size(cache), sizes[j]);
		for (k = 0; k < ARRAY_SIZE(p); k++) {
			p[k] = kmem_cache_alloc(cache, GFP_KERNEL);
			KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED((unsigned long)p[k], align),
					      "%u bytes, aligned to %u", sizes[j], align);
			served += kpool_owns(p[k]);
		}
		kpool_test_fill_many(p, ARRAY_SIZE(p), sizes[j], i);
		KUNIT_EXPECT_EQ(test, kpool_test_count_bad(p, ARRAY_SIZE(p), sizes[j], i), 0U);
		kmem_cache_free_bulk(cache, ARRAY_SIZE(p), p);
		kpool_test_end_cache(test, cache);
	}
	/* kpool serves all these objects: each pair has a class. */
	KUNIT_EXPECT_EQ(test, served, (unsigned int)(2 * ARRAY_SIZE(sizes) * ARRAY_SIZE(aligns) *
						     ARRAY_SIZE(p)));
}

/*
 * SLUB rounds the size up to a multiple of the alignment. A pool must hold at least as many objects
 * as it would at that size.
 */
static void alignment_takes_no_more_than_it_must(struct kunit *test)
{
	static const unsigned int aligns[] = { 0, 16, 32, 64, 128, 256 };
	unsigned int i, size, align;
	struct kmem_cache *cache;

	for (size = 30; size <= KPOOL_MAX_SIZE; size += 30) {
		for (i = 0; i < ARRAY_SIZE(aligns); i++) {
			cache = kpool_test_cache(test, size, aligns[i],
						 aligns[i] ? 0 : SLAB_HWCACHE_ALIGN, NULL);
			align = kpool_test_alignment(size, aligns[i],
						     aligns[i] ? 0 : SLAB_HWCACHE_ALIGN);
			KUNIT_EXPECT_GE_MSG(test, KPOOL_POOL_SIZE / kpool_test_block(cache),
					    KPOOL_POOL_SIZE / ALIGN(size, align),
					    "%u bytes, aligned to %u", size, align);
			if (size == 270 && align == 64)
				KUNIT_EXPECT_EQ(test, kpool_test_block(cache), 320U);
			kpool_test_end_cache(test, cache);
		}
	}
}

static void objects_are_aligned_without_an_arena(struct kunit *test)
{
	static const unsigned int sizes[] = { 24, 40, 64, 72, 96, 129, 192, 320, 640, 768 };
	static const unsigned int aligns[] = { 8, 16, 32, 64, 128, 256 };
	struct kmem_cache *cache;
	unsigned int i, j, k;
	void *p[10];

	for (i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(aligns); i++) {
		j = i % ARRAY_SIZE(sizes);
		k = aligns[i / ARRAY_SIZE(sizes)];
		cache = kpool_test_cache(test, sizes[j], k, 0, NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache->heap);
		cache->heap->ops = &kpool_test_page_ops;
		kpool_test_backend_fail(0, LONG_MAX);
		KUNIT_ASSERT_EQ(test, (int)kmem_cache_alloc_bulk(cache, GFP_KERNEL, ARRAY_SIZE(p),
								 p), (int)ARRAY_SIZE(p));
		KUNIT_EXPECT_FALSE(test, kpool_owns(p[0]));
		for (j = 0; j < ARRAY_SIZE(p); j++)
			KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED((unsigned long)p[j], k),
					      "%u bytes, aligned to %u", kmem_cache_size(cache),
					      k);
		for (j = 0; j < ARRAY_SIZE(p); j++)
			kmem_cache_free(cache, p[j]);
		kmem_cache_destroy(cache);
	}
}

static atomic_t kpool_test_constructed;

static void kpool_test_construct(void *p)
{
	struct kpool_test_object *object = p;

	object->state = (unsigned long)p ^ 0x6361636865ULL;
	atomic_inc(&kpool_test_constructed);
}

static bool kpool_test_is_constructed(const struct kpool_test_object *object)
{
	return object && object->state == ((unsigned long)object ^ 0x6361636865ULL);
}

static void constructors_are_called_once(struct kunit *test)
{
	struct kmem_cache *cache = kpool_test_cache(test, sizeof(struct kpool_test_object), 0, 0,
						    kpool_test_construct);
	struct kpool_test_object *p[100];
	unsigned int i, round;
	u64 blocks;

	KUNIT_ASSERT_NOT_NULL(test, cache->heap);
	atomic_set(&kpool_test_constructed, 0);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < ARRAY_SIZE(p); i++) {
			p[i] = kmem_cache_alloc(cache, GFP_KERNEL);
			KUNIT_EXPECT_TRUE(test, kpool_owns(p[i]));
			KUNIT_ASSERT_TRUE(test, kpool_test_is_constructed(p[i]));
			memset(p[i]->contents, round, sizeof(p[i]->contents));
		}
		blocks = kpool_test_blocks(kpool_class_of(cache->block),
					   kpool_test_stats(test, cache->heap).pools_fresh);
		KUNIT_EXPECT_EQ(test, (u64)atomic_read(&kpool_test_constructed), blocks);
		for (i = 0; i < ARRAY_SIZE(p); i++)
			kmem_cache_free(cache, p[i]);
	}
	kpool_test_end_cache(test, cache);
}

static void constructed_objects_are_not_cleared(struct kunit *test)
{
	static const unsigned int sizes[] = { sizeof(struct kpool_test_object), 1000, 2000 };
	struct kpool_test_object *p, *again;
	struct kmem_cache *cache;
	unsigned int i;
	void *many[3];

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		cache = kpool_test_cache(test, sizes[i], 0, 0, kpool_test_construct);
		p = kmem_cache_zalloc(cache, GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p));
		memset(p->contents, 0x5c, sizeof(p->contents));
		kmem_cache_free(cache, p);
		again = kmem_cache_zalloc(cache, GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(again));
		if (again == p)
			KUNIT_EXPECT_NULL(test, memchr_inv(p->contents, 0x5c,
							   sizeof(p->contents)));
		else
			KUNIT_EXPECT_NULL(test, cache->heap);
		kmem_cache_free(cache, again);
		KUNIT_ASSERT_EQ(test, (int)kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_ZERO, 3,
								 many), 3);
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(many[0]));
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(many[1]));
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(many[2]));
		kmem_cache_free_bulk(cache, 3, many);
		again = kmem_cache_alloc_node(cache, GFP_KERNEL | __GFP_ZERO, numa_mem_id());
		KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(again));
		kmem_cache_free(cache, again);
		kpool_test_end_cache(test, cache);
	}
}

/* kmalloc memory that replaces a block is constructed, too. */
static void accounted_requests_are_constructed(struct kunit *test)
{
	struct kmem_cache *cache = kpool_test_cache(test, sizeof(struct kpool_test_object), 0, 0,
						    kpool_test_construct);
	struct kpool_test_object *p = kmem_cache_alloc(cache, GFP_KERNEL_ACCOUNT);

	KUNIT_EXPECT_FALSE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p));
	kmem_cache_free(cache, p);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p));
	kmem_cache_free(cache, p);
	kmem_cache_destroy(cache);
}

static void readers_see_what_was_freed(struct kunit *test)
{
	static void (*const ctors[])(void *object) = { NULL, kpool_test_construct };
	struct kpool_test_object *p;
	struct kmem_cache *cache;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ctors); i++) {
		cache = kpool_test_cache(test, sizeof(*p), 0, SLAB_TYPESAFE_BY_RCU, ctors[i]);
		p = kmem_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_TRUE(test, kpool_owns(p));
		kpool_test_fill(p, sizeof(*p), 4);
		rcu_read_lock();
		kmem_cache_free(cache, p);
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, sizeof(*p), 4));
		KUNIT_EXPECT_PTR_EQ(test, kmem_cache_alloc(cache, GFP_NOWAIT), (void *)p);
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, sizeof(*p), 4));
		kfree(p);
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, sizeof(*p), 4));
		rcu_read_unlock();
		kpool_test_end_cache(test, cache);
	}
}

/**
 * struct kpool_test_naming - caches with one name
 * @desc: special property of the name
 * @name: name of the caches
 * @heap: names of their heaps
 */
struct kpool_test_naming {
	const char *desc;
	const char *name;
	const char *heap[3];
};

static const struct kpool_test_naming kpool_test_namings[] = {
	{ "plain", "twins", { "twins", "twins.2", "twins.3" } },
	{ "slash", "a/b", { "a!b", "a!b.2", "a!b.3" } },
	{ "longest", KPOOL_TEST_LONGEST,
	  { KPOOL_TEST_LONGEST, KPOOL_TEST_LONG "e.2", KPOOL_TEST_LONG "e.3" } },
	{ "too long", KPOOL_TEST_LONGEST "-and-more",
	  { KPOOL_TEST_LONGEST, KPOOL_TEST_LONG "e.2", KPOOL_TEST_LONG "e.3" } },
	{ "dot", ".a", { "!a", "!a.2", "!a.3" } },
	{ "control characters", "\ta\033b\177\n", { "!a!b!!", "!a!b!!.2", "!a!b!!.3" } },
	{ "name of the case's heap", "kunit", { "kunit.2", "kunit.3", "kunit.4" } },
};

static void kpool_test_naming_desc(const struct kpool_test_naming *naming, char *desc)
{
	strscpy(desc, naming->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(naming, kpool_test_namings, kpool_test_naming_desc);

static void each_cache_has_a_heap_of_its_name(struct kunit *test)
{
	const struct kpool_test_naming *naming = test->param_value;
	struct kmem_cache *cache[3];
	void *p[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cache); i++) {
		cache[i] = kmem_cache_create(naming->name, 64, 0, 0, NULL);
		kpool_test_settle(test, cache[i]);
		KUNIT_ASSERT_NOT_NULL(test, cache[i]->heap);
		KUNIT_EXPECT_STREQ(test, cache[i]->heap->name, naming->heap[i]);
		KUNIT_EXPECT_TRUE(test, kpool_heap_is_named(naming->heap[i]));
		p[i] = kmem_cache_alloc(cache[i], GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, kpool_owns(p[i]));
	}
	KUNIT_EXPECT_PTR_NE(test, kpool_arena_of(p[0]), kpool_arena_of(p[1]));
	KUNIT_EXPECT_PTR_NE(test, kpool_arena_of(p[1]), kpool_arena_of(p[2]));
	for (i = 0; i < ARRAY_SIZE(cache); i++) {
		kmem_cache_free(cache[i], p[i]);
		kpool_test_end_cache(test, cache[i]);
	}
	for (i = 0; i < ARRAY_SIZE(cache); i++)
		KUNIT_EXPECT_FALSE(test, kpool_heap_is_named(naming->heap[i]));
	kmem_cache_destroy(NULL);
}

/* A module that creates a cache for each device or mount may have this many. */
static void many_caches_may_have_one_name(struct kunit *test)
{
	struct kmem_cache **cache;
	unsigned int i, nr = 120;

	cache = kunit_kcalloc(test, nr, sizeof(*cache), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < nr; i++) {
		cache[i] = kmem_cache_create("kunit_many", 64, 0, 0, NULL);
		if (!cache[i])
			break;
	}
	KUNIT_EXPECT_EQ(test, i, nr);
	if (i == nr) {
		KUNIT_EXPECT_NOT_NULL(test, cache[nr - 1]->heap);
		KUNIT_EXPECT_TRUE(test, kpool_heap_is_named("kunit_many.120"));
	}
	while (i--)
		kmem_cache_destroy(cache[i]);
}

/* An invalid heap flag stands for any failure to create the heap. */
static void a_cache_without_a_heap_is_the_kernels(struct kunit *test)
{
	const struct kpool_cache_attr attr = {
		.name = "kunit_no_heap", .size = 100, .gfp = GFP_KERNEL, .heap_flags = 1U << 31,
	};
	struct kpool_test_watch watch = kpool_test_watch(test, kpool_test_heap(test));
	struct kmem_cache *cache = kpool_cache_create(NULL, &attr);
	void *p[3];

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_NULL(test, cache->heap);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "cache kunit_no_heap: no heap"), 1U);
	KUNIT_EXPECT_EQ(test, kmem_cache_size(cache), 100U);
	KUNIT_ASSERT_EQ(test, (int)kmem_cache_alloc_bulk(cache, GFP_KERNEL, 3, p), 3);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p[0]));
	kpool_test_fill_many(p, 3, 100, 1);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(p, 3, 100, 1), 0U);
	kmem_cache_free(cache, p[0]);
	kmem_cache_free_bulk(cache, 2, p + 1);
	KUNIT_EXPECT_EQ(test, kmem_cache_shrink(cache), 0);
	kmem_cache_destroy(cache);
}

static void structs_have_caches(struct kunit *test)
{
	struct kmem_cache *cache = KMEM_CACHE(kpool_test_object, SLAB_HWCACHE_ALIGN);
	struct kmem_cache *copied = KMEM_CACHE_USERCOPY(kpool_test_object, 0, contents);
	struct kmem_cache *other = kmem_cache_create_usercopy("kunit_usercopy", 2000, 8, 0, 100,
							      200, NULL);
	struct kpool_test_object *p;

	kpool_test_settle(test, cache);
	kpool_test_settle(test, copied);
	kpool_test_settle(test, other);
	KUNIT_EXPECT_EQ(test, kmem_cache_size(cache), (unsigned int)sizeof(*p));
	KUNIT_EXPECT_EQ(test, kmem_cache_size(copied), (unsigned int)sizeof(*p));
	KUNIT_EXPECT_STREQ(test, cache->heap->name, "kpool_test_object");
	KUNIT_EXPECT_STREQ(test, copied->heap->name, "kpool_test_object.2");
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, cache_line_size()));
	kmem_cache_free(cache, p);
	p = kmem_cache_alloc(copied, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	kmem_cache_free(copied, p);
	p = kmem_cache_alloc(other, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p));
	kmem_cache_free(other, p);
	kpool_test_end_cache(test, cache);
	kpool_test_end_cache(test, copied);
	kpool_test_end_cache(test, other);
}

#ifdef kpool_cache_create_args
static void arguments_may_come_in_a_struct(struct kunit *test)
{
	struct kmem_cache_args args = { .align = 256, .ctor = kpool_test_construct };
	struct kmem_cache *cache = kmem_cache_create("kunit_args", 100, &args, 0);
	struct kmem_cache *plain = kmem_cache_create("kunit_plain", 100, NULL,
						     SLAB_TYPESAFE_BY_RCU);
	struct kpool_test_object *p;

	kpool_test_settle(test, cache);
	kpool_test_settle(test, plain);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, 256));
	KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p));
	kmem_cache_free(cache, p);
	KUNIT_EXPECT_TRUE(test, plain->heap->flags & KPOOL_HEAP_TYPESAFE_RCU);
	KUNIT_EXPECT_EQ(test, kmem_cache_size(plain), 100U);
	kpool_test_end_cache(test, cache);
	kpool_test_end_cache(test, plain);
}
#else
static void arguments_may_come_in_a_struct(struct kunit *test)
{
	kunit_skip(test, "no struct kmem_cache_args");
}
#endif

/* Caches that share a heap, as in a module with its own heap. */
static void plain_caches_share_a_heap(struct kunit *test)
{
	struct kpool_cache_attr attr = { .name = "kunit_shared", .size = 100, .gfp = GFP_KERNEL };
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kmem_cache *shared = kpool_cache_create(heap, &attr), *apart;
	struct kmem_cache *typesafe, *constructed;
	void *p;

	attr.flags = SLAB_TYPESAFE_BY_RCU;
	typesafe = kpool_cache_create(heap, &attr);
	attr.flags = SLAB_NO_MERGE;
	apart = kpool_cache_create(heap, &attr);
	attr.flags = 0;
	attr.ctor = kpool_test_construct;
	constructed = kpool_cache_create(heap, &attr);
	KUNIT_ASSERT_NOT_NULL(test, shared);
	kpool_test_settle(test, apart);
	kpool_test_settle(test, typesafe);
	kpool_test_settle(test, constructed);
	KUNIT_EXPECT_PTR_EQ(test, shared->heap, heap);
	KUNIT_EXPECT_PTR_NE(test, typesafe->heap, heap);
	KUNIT_EXPECT_PTR_NE(test, constructed->heap, heap);
	KUNIT_EXPECT_EQ(test, apart->heap == heap, !SLAB_NO_MERGE);
	p = kmem_cache_alloc(shared, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 1ULL);
	kmem_cache_free(shared, p);
	kpool_test_end_cache(test, shared);
	kpool_test_end_cache(test, typesafe);
	kpool_test_end_cache(test, constructed);
	kpool_test_end_cache(test, apart);
	kpool_test_consistent(test, heap);
}

/* A module may use objects after it destroyed their cache, even if the cache asked for a region. */
static void objects_outlive_the_cache_of_a_region(struct kunit *test)
{
	const struct kpool_cache_attr attr = {
		.name = "kunit_region", .size = 100, .gfp = GFP_KERNEL,
		.heap_flags = KPOOL_HEAP_REGION,
	};
	struct kpool_test_watch watch = kpool_test_watch(test, kpool_test_heap(test));
	struct kmem_cache *cache = kpool_cache_create(NULL, &attr);
	void *p;

	kpool_test_settle(test, cache);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_test_fill(p, 100, 1);
	kmem_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "kunit_region: leaked 1 block of"), 1U);
	KUNIT_ASSERT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, 100, 1));
	kfree(p);
}

/* A debug heap, and KASAN, must know the end of each object. */
static void a_debug_caches_objects_have_their_size(struct kunit *test)
{
	const struct kpool_cache_attr attr = {
		.name = "kunit_debug", .size = 100, .gfp = GFP_KERNEL,
		.heap_flags = KPOOL_HEAP_DEBUG,
	};
	struct kmem_cache *cache = kpool_cache_create(NULL, &attr);
	void *p;

	kpool_test_settle(test, cache);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_EQ(test, kpool_usable_size(p), (size_t)100);
	kmem_cache_free(cache, p);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(cache->heap), 0);
	kmem_cache_destroy(cache);
}

static void a_type_safe_cache_says_that_it_is_no_debug_heap(struct kunit *test)
{
	const struct kpool_cache_attr attr = {
		.name = "kunit_safe", .size = 100, .gfp = GFP_KERNEL,
		.flags = SLAB_TYPESAFE_BY_RCU, .heap_flags = KPOOL_HEAP_DEBUG,
	};
	struct kpool_test_watch watch = kpool_test_watch(test, kpool_test_heap(test));
	struct kmem_cache *cache = kpool_cache_create(NULL, &attr);

	kpool_test_settle(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, cache->heap);
	KUNIT_EXPECT_EQ(test, cache->heap->flags & KPOOL_HEAP_DEBUG, 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_logged(&watch, "cache kunit_safe: type-safe"), 1U);
	kmem_cache_destroy(cache);
}

static void shrinking_gives_memory_back(struct kunit *test)
{
	struct kmem_cache *cache = kpool_test_cache(test, 64, 0, 0, NULL);
	void *p = kmem_cache_alloc(cache, GFP_KERNEL);

	kmem_cache_free(cache, p);
	KUNIT_EXPECT_GT(test, kpool_test_stats(test, cache->heap).bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, kmem_cache_shrink(cache), 0);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, cache->heap).bytes, 0ULL);
	kpool_test_end_cache(test, cache);
}

/* A redirected module passes the kernel's own caches to the same functions. */
static void the_kernels_caches_are_told_apart(struct kunit *test)
{
	struct kmem_cache *cache = kpool_test_cache(test, 2000, 0, 0, kpool_test_construct);
	void *p[6];

	KUNIT_ASSERT_NOT_NULL(test, cache->slab);
	KUNIT_EXPECT_EQ(test, kmem_cache_size(cache->slab), 2000U);
	p[0] = kmem_cache_alloc(cache->slab, GFP_KERNEL);
	p[1] = kmem_cache_alloc_node(cache->slab, GFP_KERNEL, numa_mem_id());
	p[2] = kmem_cache_alloc_lru(cache->slab, NULL, GFP_KERNEL);
	KUNIT_ASSERT_EQ(test, (int)kmem_cache_alloc_bulk(cache->slab, GFP_KERNEL, 3, p + 3), 3);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p[0]));
	KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p[0]));
	KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p[1]));
	KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p[2]));
	KUNIT_EXPECT_TRUE(test, kpool_test_is_constructed(p[5]));
	kmem_cache_free(cache->slab, p[0]);
	kmem_cache_free_bulk(cache->slab, 5, p + 1);
	kmem_cache_shrink(cache->slab);
	kmem_cache_destroy(cache);
}

/* KASAN reports an access to a cache after its destruction. */
static void the_kernels_caches_are_destroyed_too(struct kunit *test)
{
	struct kmem_cache *cache = kpool_test_cache(test, 2000, 0, 0, kpool_test_construct);
	union kpool_any_cache kernels = { .kernel = cache->slab };

	cache->slab = NULL;
	kmem_cache_destroy(cache);
	KUNIT_ASSERT_NOT_NULL(test, kernels.ours);
	kmem_cache_destroy(kernels);
}

static struct kunit_case kpool_cache_cases[] = {
	KUNIT_CASE_PARAM(objects_come_and_go, kind_gen_params),
	KUNIT_CASE_PARAM(objects_come_and_go_in_bulk, kind_gen_params),
	KUNIT_CASE_PARAM(objects_may_be_passed_to_kfree, kind_gen_params),
	KUNIT_CASE_PARAM(objects_may_be_passed_to_kfree_rcu, kind_gen_params),
	KUNIT_CASE_PARAM(a_mempool_may_have_them, kind_gen_params),
	KUNIT_CASE(objects_are_aligned),
	KUNIT_CASE(alignment_takes_no_more_than_it_must),
	KUNIT_CASE(objects_are_aligned_without_an_arena),
	KUNIT_CASE(constructors_are_called_once),
	KUNIT_CASE(constructed_objects_are_not_cleared),
	KUNIT_CASE(accounted_requests_are_constructed),
	KUNIT_CASE(readers_see_what_was_freed),
	KUNIT_CASE_PARAM(each_cache_has_a_heap_of_its_name, naming_gen_params),
	KUNIT_CASE(many_caches_may_have_one_name),
	KUNIT_CASE(a_cache_without_a_heap_is_the_kernels),
	KUNIT_CASE(structs_have_caches),
	KUNIT_CASE(arguments_may_come_in_a_struct),
	KUNIT_CASE(plain_caches_share_a_heap),
	KUNIT_CASE(objects_outlive_the_cache_of_a_region),
	KUNIT_CASE(a_debug_caches_objects_have_their_size),
	KUNIT_CASE(a_type_safe_cache_says_that_it_is_no_debug_heap),
	KUNIT_CASE(shrinking_gives_memory_back),
	KUNIT_CASE(the_kernels_caches_are_told_apart),
	KUNIT_CASE(the_kernels_caches_are_destroyed_too),
	{}
};

struct kunit_suite kpool_cache_suite = {
	.name = "kpool_cache",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_cache_cases,
};
