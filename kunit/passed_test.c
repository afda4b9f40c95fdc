// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of both origins in a redirected module: kernel memory goes to the kernel's functions and
 * kpool memory to kpool. This also holds for functions that free their arguments.
 */
#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>
#include <net/sock.h>

#include "common.h"
#include "compat.h"

#define KPOOL_TEST_OBJECTS	20

struct kpool_test_object {
	struct rcu_head rcu;
	u64 contents[11];
};

struct kpool_test_large {
	struct rcu_head rcu;
	char rest[3000];
};

static u64 kpool_test_used(struct kunit *test)
{
	return kpool_test_stats(test, NULL).blocks_used;
}

/* kmem_cache_destroy() taints the kernel if an object is still allocated. */
static void a_cache_waits_for_its_objects(struct kunit *test)
{
	bool tainted = test_taint(TAINT_WARN);
	struct kmem_cache *cache;
	struct kpool_test_object *object;
	unsigned int i;

	if (!kpool_compat_destroy_waits())
		kunit_skip(test, "kmem_cache_destroy() does not wait for kfree_rcu()");
	/* The kernel does not merge a type-safe cache with another one. */
	cache = kmem_cache_create("kpool_test_passed", sizeof(*object), 0, SLAB_TYPESAFE_BY_RCU,
				  NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < KPOOL_TEST_OBJECTS; i++) {
		object = kmem_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, object);
		KUNIT_ASSERT_FALSE(test, kpool_owns(object));
		if (i % 2)
			kfree_rcu(object, rcu);
		else
			kfree_rcu_mightsleep(object);
	}
	kmem_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, test_taint(TAINT_WARN), tainted);
}

/* A heap that tracks its kmalloc() memory must see the frees of that memory. */
static void tracked_memory_is_kpools(struct kunit *test)
{
	static const unsigned int flags[] = {
		KPOOL_HEAP_REGION, KPOOL_HEAP_DEBUG, KPOOL_HEAP_TYPESAFE_RCU
	};
	struct kpool_heap *heap;
	struct kpool_test_large *object, *other;
	struct kpool_stats stats;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		heap = kpool_test_heap_create(test, "kpool_test_tracked", flags[i]);
		object = kpool_heap_alloc(heap, sizeof(*object), GFP_KERNEL);
		other = kpool_heap_alloc(heap, sizeof(*other), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, object);
		KUNIT_ASSERT_NOT_NULL(test, other);
		KUNIT_EXPECT_FALSE(test, list_empty(&heap->records));
		kfree_rcu(object, rcu);
		kfree_rcu_mightsleep(other);
		kvfree_rcu_barrier();
		KUNIT_EXPECT_TRUE(test, list_empty(&heap->records));
		stats = kpool_test_stats(test, heap);
		KUNIT_EXPECT_EQ(test, stats.corruptions, 0ULL);
		kpool_heap_destroy(heap);
	}
}

static void functions_by_address_take_blocks(struct kunit *test)
{
	void (*free_atomic)(const void *p) = kvfree_atomic;
	typeof(kvrealloc) *resize = kvrealloc;
	u64 used = kpool_test_used(test);
	void *p = kvmalloc(50, GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, kpool_owns(p));
	p = kpool_compat_call_kvrealloc(resize, p, 50, 500, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, kpool_owns(p));
	KUNIT_EXPECT_EQ(test, ksize(p), kmalloc_size_roundup(500));
	free_atomic(p);
	KUNIT_EXPECT_EQ(test, kpool_test_used(test), used);
}

static void links_are_blocks(struct kunit *test)
{
	u64 used = kpool_test_used(test);
	struct delayed_call done = {};

	set_delayed_call(&done, kfree_link, kstrdup("where a link points to", GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kpool_test_used(test), used + 1);
	do_delayed_call(&done);
	KUNIT_EXPECT_EQ(test, kpool_test_used(test), used);
}

static int kpool_test_show(struct seq_file *seq, void *p)
{
	return 0;
}

static void a_files_iterator_is_a_block(struct kunit *test)
{
	static const struct seq_operations ops = { .show = kpool_test_show };
	u64 used = kpool_test_used(test);
	struct file *file = KPOOL_EXEMPT(kzalloc)(sizeof(*file), GFP_KERNEL);
	struct seq_file *seq;

	KUNIT_ASSERT_NOT_NULL(test, file);
	KUNIT_ASSERT_EQ(test, seq_open(file, &ops), 0);
	seq = file->private_data;
	seq->private = kzalloc(100, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kpool_test_used(test), used + 1);
	KUNIT_EXPECT_EQ(test, seq_release_private(NULL, file), 0);
	KUNIT_EXPECT_EQ(test, kpool_test_used(test), used);
	kfree(file);
}

static void functions_that_free_take_blocks(struct kunit *test)
{
	u64 used = kpool_test_used(test);
	struct sock *sk = KPOOL_EXEMPT(kzalloc)(sizeof(*sk), GFP_KERNEL);
	char **array = kcalloc(3, sizeof(*array), GFP_KERNEL);
	unsigned int i;
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, sk);
	KUNIT_ASSERT_TRUE(test, kpool_owns(array));
	for (i = 0; i < 3; i++)
		array[i] = kasprintf(GFP_KERNEL, "%u", i);
	kfree_strarray(array, 3);
	kfree_strarray(NULL, 3);
	array = kasprintf_strarray(GFP_KERNEL, "name", 3);
	kfree_strarray(array, 3);
	bitmap_free(kcalloc(BITS_TO_LONGS(200), sizeof(long), GFP_KERNEL));
	bitmap_free(bitmap_zalloc(200, GFP_KERNEL));
	mempool_kfree(kmalloc(30, GFP_KERNEL), NULL);
	mempool_kfree(mempool_kmalloc(GFP_KERNEL, (void *)30), NULL);
	mempool_kvfree(kmalloc(30, GFP_KERNEL), NULL);
	atomic_set(&sk->sk_omem_alloc, 130);
	p = kmalloc(30, GFP_KERNEL);
	sock_kfree_s(sk, p, 30);
	KUNIT_EXPECT_EQ(test, atomic_read(&sk->sk_omem_alloc), 100);
	p = kmalloc(100, GFP_KERNEL);
	sock_kzfree_s(sk, p, 100);
	KUNIT_EXPECT_EQ(test, atomic_read(&sk->sk_omem_alloc), 0);
	KUNIT_EXPECT_EQ(test, kpool_test_used(test), used);
	kfree(sk);
}

/* A mempool frees with the function it was created with, which may be the module's own. */
static void mempools_take_blocks(struct kunit *test)
{
	u64 used = kpool_test_used(test);
	mempool_t *pool = mempool_create_kmalloc_pool(2, 64);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	p = mempool_alloc(pool, GFP_KERNEL);
	mempool_free(p, pool);
	mempool_destroy(pool);
	KUNIT_EXPECT_EQ(test, kpool_test_used(test), used);
}

static struct kunit_case kpool_passed_cases[] = {
	KUNIT_CASE(a_cache_waits_for_its_objects),
	KUNIT_CASE(tracked_memory_is_kpools),
	KUNIT_CASE(functions_by_address_take_blocks),
	KUNIT_CASE(links_are_blocks),
	KUNIT_CASE(a_files_iterator_is_a_block),
	KUNIT_CASE(functions_that_free_take_blocks),
	KUNIT_CASE(mempools_take_blocks),
	{}
};

struct kunit_suite kpool_passed_suite = {
	.name = "kpool_passed",
	.init = kpool_test_default_init,
	.exit = kpool_test_default_exit,
	.test_cases = kpool_passed_cases,
};
