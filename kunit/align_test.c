// SPDX-License-Identifier: GPL-2.0
/*
 * Alignment: memory is aligned to the largest power of two that divides its size, in blocks and in
 * kmalloc memory. kmalloc() promises this since 6.12; earlier, and with slub_debug, it gives less.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include <kpool_inline.h>

#include "common.h"
#include "typesafe.h"

/*
 * Number of objects of one size allocated at once. One is not enough: the first block of a pool is
 * always aligned.
 */
#define KPOOL_TEST_AT_ONCE	3

/**
 * struct kpool_test_origin - where memory comes from
 * @desc: its name
 * @flags: KPOOL_HEAP_* of the heap
 * @no_arena: every request falls back to kmalloc
 */
struct kpool_test_origin {
	const char *desc;
	unsigned int flags;
	bool no_arena;
};

static const struct kpool_test_origin kpool_test_origins[] = {
	{ "plain", 0, false },
	{ "plain, no arena", 0, true },
	{ "region", KPOOL_HEAP_REGION, false },
	{ "region, no arena", KPOOL_HEAP_REGION, true },
	{ "pinned", KPOOL_HEAP_PIN_CLASSES, false },
	{ "type-safe", KPOOL_HEAP_TYPESAFE_RCU, false },
	{ "type-safe, no arena", KPOOL_HEAP_TYPESAFE_RCU, true },
	{ "debug", KPOOL_HEAP_DEBUG, false },
	{ "debug, no arena", KPOOL_HEAP_DEBUG, true },
#ifdef CONFIG_MEMCG
	{ "account", KPOOL_HEAP_ACCOUNT, false },
	{ "account, no arena", KPOOL_HEAP_ACCOUNT, true },
#endif
};

static void kpool_test_origin_desc(const struct kpool_test_origin *origin, char *desc)
{
	strscpy(desc, origin->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(origin, kpool_test_origins, kpool_test_origin_desc);

static void *kpool_test_plain(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_alloc(heap, size, GFP_KERNEL);
}

static void *kpool_test_zeroed(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_zalloc(heap, size, GFP_KERNEL);
}

static void *kpool_test_near(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_alloc_node(heap, size, GFP_KERNEL | __GFP_THISNODE, numa_mem_id());
}

static void *kpool_test_charged(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_alloc(heap, size, GFP_KERNEL_ACCOUNT);
}

static void *kpool_test_grown(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_realloc(heap, kpool_heap_alloc(heap, size / 2 + 1, GFP_KERNEL), size,
				  GFP_KERNEL);
}

static void *kpool_test_shrunk(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_realloc(heap, kpool_heap_alloc(heap, size + size / 2 + 8, GFP_KERNEL),
				  size, GFP_KERNEL);
}

static void *kpool_test_shrunk_a_bit(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_realloc(heap, kpool_heap_alloc(heap, size + 8, GFP_KERNEL), size,
				  GFP_KERNEL);
}

static void *kpool_test_grown_kmalloc(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_realloc(heap, kmalloc(size / 2 + 1, GFP_KERNEL), size, GFP_KERNEL);
}

static void *kpool_test_shrunk_kmalloc(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_realloc(heap, kmalloc(size + 8, GFP_KERNEL), size, GFP_KERNEL);
}

static void *kpool_test_kept_kmalloc(struct kpool_heap *heap, size_t size)
{
	return kpool_heap_realloc(heap, kmalloc(size, GFP_KERNEL), size, GFP_KERNEL);
}

/* Bulk-allocate two blocks and return the first. */
static void *kpool_test_bulk(struct kpool_heap *heap, size_t size)
{
	void *blocks[2];

	if (kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, 2, blocks) != 2)
		return NULL;
	kpool_free(blocks[1]);
	return blocks[0];
}

/* Allocate by functions that only the default heap has. */
static void *kpool_test_array(struct kpool_heap *heap, size_t size)
{
	return kpool_calloc(1, size, GFP_KERNEL);
}

static void *kpool_test_copy(struct kpool_heap *heap, size_t size)
{
	static const u8 contents[8192];

	return kpool_memdup(contents, size, GFP_KERNEL);
}

static void *kpool_test_inline(struct kpool_heap *heap, size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	return kpool_alloc_inline(size, GFP_KERNEL);
}

/**
 * struct kpool_test_route - a way to allocate
 * @desc: its name
 * @alloc: allocates a block
 */
struct kpool_test_route {
	const char *desc;
	void *(*alloc)(struct kpool_heap *heap, size_t size);
};

static const struct kpool_test_route kpool_test_routes[] = {
	{ "alloc", kpool_test_plain },
	{ "zalloc", kpool_test_zeroed },
	{ "alloc_node", kpool_test_near },
	{ "alloc with __GFP_ACCOUNT", kpool_test_charged },
	{ "realloc to more", kpool_test_grown },
	{ "realloc to less", kpool_test_shrunk },
	{ "realloc to a bit less", kpool_test_shrunk_a_bit },
	{ "realloc of kmalloc memory to more", kpool_test_grown_kmalloc },
	{ "realloc of kmalloc memory to less", kpool_test_shrunk_kmalloc },
	{ "realloc of kmalloc memory to its size", kpool_test_kept_kmalloc },
	{ "alloc_bulk", kpool_test_bulk },
};

static const struct kpool_test_route kpool_test_default_routes[] = {
	{ "calloc", kpool_test_array },
	{ "memdup", kpool_test_copy },
	{ "alloc_inline", kpool_test_inline },
};

/* Return the number of objects that are misaligned or NULL. */
static unsigned int kpool_test_astray(struct kpool_heap *heap, const struct kpool_test_route *route,
				      size_t size)
{
	void *p[KPOOL_TEST_AT_ONCE];
	unsigned int i, bad = 0;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = route->alloc(heap, size);
		bad += !p[i] || !kpool_test_is_aligned(p[i], size);
	}
	while (i--)
		kpool_free(p[i]);
	return bad;
}

/*
 * Try every size from the default heap. From other heaps, and on a slow kernel, try only multiples
 * of 16, which promise more alignment than the 8 bytes of any memory.
 */
static void kpool_test_all_sizes(struct kunit *test, struct kpool_heap *heap,
				 const struct kpool_test_route *route)
{
	unsigned int step = heap || KPOOL_TEST_SLOWNESS > 1 ? 16 : 1, bad = 0;
	size_t size, first = 0;

	for (size = step; size <= KPOOL_TEST_ALIGNED_MAX; size += step) {
		/* Large requests of a type-safe heap wait for a grace period. */
		if (heap && kpool_heap_is_typesafe(heap) && size % 512 == 0)
			rcu_barrier();
		if (!kpool_test_astray(heap, route, size))
			continue;
		first = first ?: size;
		bad++;
	}
	KUNIT_EXPECT_EQ_MSG(test, bad, 0U, "sizes by %s are not aligned, first %zu", route->desc,
			    first);
}

static void aligns_every_size(struct kunit *test)
{
	const struct kpool_test_origin *origin = test->param_value;
	unsigned int i;

	kpool_test_replace_heap(test, origin->flags);
	if (origin->no_arena)
		kpool_test_backend_fail(0, LONG_MAX);
	for (i = 0; i < ARRAY_SIZE(kpool_test_routes); i++)
		kpool_test_all_sizes(test, kpool_test_heap(test), &kpool_test_routes[i]);
	kpool_test_consistent(test, kpool_test_heap(test));
}

static void aligns_every_size_of_the_default_heap(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kpool_test_routes); i++)
		kpool_test_all_sizes(test, NULL, &kpool_test_routes[i]);
	for (i = 0; i < ARRAY_SIZE(kpool_test_default_routes); i++)
		kpool_test_all_sizes(test, NULL, &kpool_test_default_routes[i]);
}

/* Compare with the alignment of the kernel's own kmalloc(), up to its promise. */
static void promises_what_kmalloc_promises(struct kunit *test)
{
	unsigned long kernel, kpool;
	size_t size;
	void *p[8];
	int i;

	for (size = 8; size <= KPOOL_TEST_ALIGNED_MAX; size += 8) {
		kernel = size & -size;
		kpool = kernel;
		for (i = 0; i < ARRAY_SIZE(p); i++) {
			p[i] = kmalloc(size, GFP_KERNEL);
			kernel |= (unsigned long)p[i];
		}
		while (i--)
			kfree(p[i]);
		for (i = 0; i < ARRAY_SIZE(p); i++) {
			p[i] = kpool_alloc(size, GFP_KERNEL);
			kpool |= (unsigned long)p[i];
		}
		while (i--)
			kpool_free(p[i]);
		KUNIT_ASSERT_GE_MSG(test, kpool & -kpool, kernel & -kernel, "%zu bytes", size);
	}
}

static struct kunit_case kpool_align_cases[] = {
	KUNIT_CASE_PARAM(aligns_every_size, origin_gen_params),
	KUNIT_CASE(aligns_every_size_of_the_default_heap),
	KUNIT_CASE(promises_what_kmalloc_promises),
	{}
};

struct kunit_suite kpool_align_suite = {
	.name = "kpool_align",
	.init = kpool_test_default_init,
	.exit = kpool_test_default_exit,
	.test_cases = kpool_align_cases,
};
