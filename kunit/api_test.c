// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation and free of single blocks, from a caller's view. The functions of the default heap use
 * the real page allocator; cases that read statistics use their private heap.
 */
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "debug/report.h"
#include "debug/sanitize.h"
#include "watch.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

/* Sizes around the limits of kpool's classes, of kmalloc's caches, and of pages. */
static const u32 kpool_test_edges[] = {
	1, 2, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 127, 128, 129, 192, 193, 255, 256, 257, 511,
	512, 513, 576, 577, 584, 585, 768, 769, 816, 817, 1023, 1024, 1025, 2047, 2048, 2049,
	4095, 4096, 4097, 8191, 8192, 8193, 9000, 65536, 65537, 1 << 20,
};

static void kpool_test_edge_desc(const u32 *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u bytes", *size);
}

KUNIT_ARRAY_PARAM(edge, kpool_test_edges, kpool_test_edge_desc);

static u32 kpool_test_edge(struct kunit *test)
{
	return *(const u32 *)test->param_value;
}

static void gives_memory_of_the_size(struct kunit *test)
{
	u32 size = kpool_test_edge(test);
	void *p = kpool_alloc(size, GFP_KERNEL);
	size_t usable;

	KUNIT_ASSERT_NOT_NULL(test, p);
	usable = kpool_usable_size(p);
	KUNIT_EXPECT_GE(test, usable, (size_t)size);
	KUNIT_EXPECT_EQ(test, kpool_owns(p), size <= KPOOL_MAX_SIZE);
	if (size <= KPOOL_MAX_SIZE)
		KUNIT_EXPECT_EQ(test, usable, (size_t)kpool_class_size(kpool_class_of(size)));
	kpool_test_fill(p, size, 1);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, size, 1));
	kpool_free(p);
}

static void takes_back_by_size(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	u32 size = kpool_test_edge(test);

	kpool_free_sized(kpool_alloc(size, GFP_KERNEL), size);
	kpool_heap_free_sized(heap, kpool_heap_alloc(heap, size, GFP_KERNEL), size);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(NULL), 0);
	kpool_test_consistent(test, heap);
}

static void zeroes_a_large_request_too(struct kunit *test)
{
	u32 size = kpool_test_edge(test);
	void *p = kpool_zalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
	kpool_free(p);
}

static void takes_back_what_kmalloc_gave(struct kunit *test)
{
	u32 size = kpool_test_edge(test);
	void *p = kmalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p));
	KUNIT_EXPECT_EQ(test, kpool_usable_size(p), ksize(p));
	kpool_free(p);
	kpool_free_sensitive(kmalloc(size, GFP_KERNEL));
	kpool_heap_free(kpool_test_heap(test), kmalloc(size, GFP_KERNEL));
}

/*
 * Pass @p, which is not kpool or kmalloc memory, to each function that frees or resizes: each call
 * is counted as a corruption and changes nothing.
 */
static void kpool_test_refuses(struct kunit *test, void *p)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_test_watch watch = kpool_test_watch(test, NULL);
	enum misuse_way way;
	struct kpool_stats now;

	for (way = 0; way < MISUSE_WAYS; way++)
		misuse_free_by(way, heap, p, 2 * KPOOL_MAX_SIZE);
	KUNIT_EXPECT_EQ(test, kpool_usable_size(p), (size_t)0);
	KUNIT_EXPECT_NULL(test, kpool_realloc(p, 100, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kpool_heap_realloc(heap, p, 2000, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, kpool_heap_stats(NULL, &now), 0);
	KUNIT_EXPECT_EQ(test, now.corruptions - watch.before.corruptions,
			MISUSE_WAYS + 2ULL);
}

static void refuses_what_neither_kpool_nor_kmalloc_gave(struct kunit *test)
{
	struct kpool_test_watch watch = kpool_test_watch(test, NULL);
	char *page = (char *)__get_free_page(GFP_KERNEL);
	char *area = vmalloc(PAGE_SIZE);
	static char data[64];

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_NOT_NULL(test, area);
	kpool_test_fill(page, PAGE_SIZE, 1);
	kpool_test_fill(data, sizeof(data), 1);
	kpool_test_fill(area, PAGE_SIZE, 1);
	kpool_test_refuses(test, page);
	kpool_test_refuses(test, page + 64);
	kpool_test_refuses(test, data);
	kpool_test_refuses(test, area);
	kpool_test_refuses(test, (void *)8192);
	kpool_test_refuses(test, ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_GE(test, kpool_test_logged(&watch, "memory that neither kpool nor kmalloc"),
			1U);
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(page, PAGE_SIZE, 1));
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(data, sizeof(data), 1));
	KUNIT_EXPECT_TRUE(test, kpool_test_intact(area, PAGE_SIZE, 1));
	KUNIT_EXPECT_EQ(test, page_count(virt_to_page(page)), 1);
	vfree(area);
	free_page((unsigned long)page);
}

/* Return an address below high_memory that has no struct page, or NULL. */
static void *kpool_test_hole(void)
{
	unsigned long address = kpool_map.first << KPOOL_LEAF_SHIFT;

	for (; address < (unsigned long)high_memory; address += BIT(KPOOL_LEAF_SHIFT))
		if (!virt_addr_valid((void *)address))
			return (void *)address + 64;
	return NULL;
}

static void refuses_addresses_in_a_hole_of_memory(struct kunit *test)
{
	struct kpool_test_watch watch = kpool_test_watch(test, NULL);
	void *p = kpool_test_hole();
	int interval;

	if (!p)
		kunit_skip(test, "memory has no hole");
	/* The case before this one used up the rate limit of reports. */
	interval = xchg(&kpool_report_limit.interval, 0);
	kpool_test_refuses(test, p);
	kpool_report_limit.interval = interval;
	KUNIT_EXPECT_GE(test, kpool_test_logged(&watch, "memory that neither kpool nor kmalloc"),
			1U);
}

static void counts_large_requests(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	u32 size = kpool_test_edge(test);
	void *p = kpool_heap_alloc(heap, size, GFP_KERNEL);
	struct kpool_stats stats = kpool_test_stats(test, heap);

	KUNIT_EXPECT_EQ(test, stats.large, size > KPOOL_MAX_SIZE ? 1ULL : 0ULL);
	KUNIT_EXPECT_EQ(test, stats.blocks_used, size > KPOOL_MAX_SIZE ? 0ULL : 1ULL);
	KUNIT_EXPECT_EQ(test, stats.fallbacks, 0ULL);
	kpool_heap_free(heap, p);
}

/* Try all sizes of the class, each in a block that was freed dirty. */
static void zeroes_dirty_blocks(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	unsigned int low = class ? kpool_class_size(class - 1) : 0, dirty = 0;
	void *p, *q;

	for (; size > low; size--) {
		p = kpool_alloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		kpool_sanitize_allow_all(p);
		kpool_test_fill(p, kpool_usable_size(p), 0xa5);
		kpool_free(p);
		q = kpool_zalloc(size, GFP_KERNEL);
		dirty += p == q;
		KUNIT_ASSERT_NOT_NULL(test, q);
		KUNIT_ASSERT_NULL(test, memchr_inv(q, 0, size));
		memset(q, 0x5a, size);
		kpool_free(q);
		q = kpool_calloc(1, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, q);
		KUNIT_ASSERT_NULL(test, memchr_inv(q, 0, size));
		kpool_free(q);
	}
	/* At least one zeroed block was the dirty one. */
	KUNIT_EXPECT_GT(test, dirty, 0U);
}

static void zeroes_blocks_of_a_reused_pool(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other = (class + 5) % KPOOL_NR_CLASSES;
	unsigned int nr = kpool_test_blocks(other, 1), i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr), *p;

	kpool_test_take_many(test, heap, other, blocks, nr);
	kpool_test_fill_many(blocks, nr, kpool_class_size(other), 0x99);
	kpool_test_put_many(heap, other, blocks, nr);
	for (i = 0; i < 4; i++) {
		p = kpool_heap_zalloc(heap, kpool_class_size(class), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, kpool_class_size(class)));
		kpool_heap_free(heap, p);
	}
}

static void overwrites_sensitive_contents(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	void *p = kpool_alloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0xa5, size);
	kpool_free_sensitive(p);
	/* Magazines do not write into blocks, so the block comes back with its last contents. */
	KUNIT_ASSERT_PTR_EQ(test, kpool_alloc(size, GFP_KERNEL), p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
	kpool_free(p);
	kpool_free_sensitive(NULL);
	kpool_free_sensitive(ZERO_SIZE_PTR);
}

static void serves_zone_requests_by_kmalloc(struct kunit *test)
{
	static const gfp_t flags[] = { GFP_KERNEL | __GFP_DMA, GFP_KERNEL_ACCOUNT };
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		p = kpool_heap_alloc(heap, size, flags[i] | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_FALSE(test, kpool_owns(p));
		KUNIT_EXPECT_GE(test, kpool_usable_size(p), (size_t)size);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).zone, i + 1ULL);
		if (i)
			kpool_heap_free(heap, p);
		else
			kpool_heap_free_sized(heap, p, size);
	}
	kpool_heap_shrink(heap);
	kpool_test_consistent(test, heap);
}

/*
 * kmalloc memory larger than the class passes through a magazine. realloc copies all of it, so the
 * bytes beyond the class size must be zero too.
 */
static void kmallocs_memory_is_zero_beyond_its_class(struct kunit *test)
{
	unsigned int size = kpool_class_size(kpool_test_class(test));
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_heap_alloc(heap, size, GFP_KERNEL | __GFP_DMA), *q;
	size_t held = kpool_usable_size(p);

	KUNIT_ASSERT_NOT_NULL(test, p);
	/* The compiler knows the size of each result. */
	q = kpool_heap_realloc(heap, p, held, GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, q, p);
	memset(q, 0xa5, held);
	p = kpool_heap_realloc(heap, q, size, GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, p, q);
	kpool_heap_free_sized(heap, p, size);
	q = kpool_heap_alloc(heap, size, GFP_KERNEL | __GFP_ZERO);
	/* With init_on_free the size of a free is not trusted, and the memory goes to kfree(). */
	if (!want_init_on_free())
		KUNIT_EXPECT_PTR_EQ(test, q, p);
	q = kpool_heap_realloc(heap, q, 2 * KPOOL_MAX_SIZE, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0, 2 * KPOOL_MAX_SIZE));
	kpool_heap_free(heap, q);
	kpool_heap_shrink(heap);
	kpool_test_consistent(test, heap);
}

/*
 * kpool_realloc() leaves such a block if it cannot move an object that it shrinks. A smaller class
 * must never serve the block.
 */
static void frees_larger_blocks_than_their_size_says(struct kunit *test)
{
	static const unsigned int flags[] = {
		0, KPOOL_HEAP_PIN_CLASSES, KPOOL_HEAP_TYPESAFE_RCU, KPOOL_HEAP_REGION,
	};
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), i;
	struct kpool_heap *heap;
	void *p, *q;

	if (class == KPOOL_NR_CLASSES - 1)
		kunit_skip(test, "no block is larger");
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		kpool_test_replace_heap(test, flags[i]);
		heap = kpool_test_heap(test);
		p = kpool_heap_alloc(heap, KPOOL_MAX_SIZE, GFP_KERNEL);
		q = kpool_heap_alloc(heap, size, GFP_KERNEL);
		kpool_heap_free_sized(heap, q, size);
		kpool_heap_distrust_sizes(heap);
		kpool_heap_free_sized(heap, p, size);
		q = kpool_heap_alloc(heap, size, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, kpool_usable_size(q), (size_t)size);
		KUNIT_EXPECT_PTR_EQ(test, kpool_heap_alloc(heap, KPOOL_MAX_SIZE, GFP_KERNEL), p);
		kpool_heap_free_sized(heap, p, KPOOL_MAX_SIZE);
		kpool_heap_free_sized(heap, q, size);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
		kpool_test_consistent(test, heap);
	}
}

static void size_zero_has_a_pointer_of_its_own(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);

	KUNIT_EXPECT_PTR_EQ(test, kpool_alloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kpool_zalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kpool_calloc(0, 8, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kpool_calloc(8, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kpool_alloc_node(0, GFP_KERNEL, numa_mem_id()), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kpool_memdup("", 0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kpool_heap_alloc(heap, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kpool_heap_alloc(heap, 0, GFP_KERNEL | __GFP_DMA),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, kpool_usable_size(ZERO_SIZE_PTR), (size_t)0);
	KUNIT_EXPECT_FALSE(test, kpool_owns(ZERO_SIZE_PTR));
	kpool_free(ZERO_SIZE_PTR);
	kpool_free_sized(ZERO_SIZE_PTR, 0);
	kpool_heap_free(heap, ZERO_SIZE_PTR);
	kpool_heap_free_sized(heap, ZERO_SIZE_PTR, 0);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas, 0ULL);
}

static void null_is_ignored(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *null = NULL;

	kpool_free(NULL);
	kpool_free_sized(NULL, 64);
	kpool_free_sized(NULL, 4096);
	kpool_heap_free(heap, NULL);
	kpool_heap_free_sized(heap, NULL, 64);
	kpool_free_bulk(1, &null);
	kpool_heap_free_bulk(heap, 1, &null);
	kpool_free_rcu_mightsleep(NULL);
	KUNIT_EXPECT_EQ(test, kpool_usable_size(NULL), (size_t)0);
	KUNIT_EXPECT_FALSE(test, kpool_owns(NULL));
	KUNIT_EXPECT_NULL(test, kpool_strdup(NULL, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
	kpool_test_consistent(test, heap);
}

static void impossible_sizes_are_refused(struct kunit *test)
{
	size_t half = SIZE_MAX / 2 + 1, all = SIZE_MAX;

	OPTIMIZER_HIDE_VAR(half);
	OPTIMIZER_HIDE_VAR(all);
	KUNIT_EXPECT_NULL(test, kpool_alloc(all, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, kpool_alloc(half, GFP_KERNEL | __GFP_NOWARN));
	/* The products, modulo SIZE_MAX + 1, are 0, 2, SIZE_MAX and 1. */
	KUNIT_EXPECT_NULL(test, kpool_calloc(half, 2, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kpool_calloc(2, half + 1, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kpool_alloc_array(all, 1, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, kpool_alloc_array(all, all, GFP_KERNEL));
}

static void arrays_have_room_for_all_elements(struct kunit *test)
{
	u64 *p = kpool_alloc_array(13, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_GE(test, kpool_usable_size(p), 13 * sizeof(*p));
	kpool_free(p);
	p = kpool_calloc(100, 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 100 * 100));
	kpool_free(p);
}

struct kpool_test_object {
	u32 value[5];
	void *pointer;
};

static void typed_objects_have_their_type_and_size(struct kunit *test)
{
	struct kpool_test_object *object = kpool_alloc_obj(struct kpool_test_object, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_GE(test, kpool_usable_size(object), sizeof(*object));
	memset(object, 0xff, sizeof(*object));
	kpool_free(object);
	object = kpool_zalloc_obj(struct kpool_test_object, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_NULL(test, memchr_inv(object, 0, sizeof(*object)));
	kpool_free(object);
}

static void copies_memory_and_strings(struct kunit *test)
{
	static const char text[] = "one block, one object";
	char *copy = kpool_memdup(text, sizeof(text), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_EXPECT_PTR_NE(test, (const char *)copy, (const char *)text);
	KUNIT_EXPECT_STREQ(test, copy, text);
	kpool_free(copy);
	copy = kpool_strdup(text, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_EXPECT_STREQ(test, copy, text);
	kpool_free(copy);
	copy = kpool_strdup("", GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_EXPECT_STREQ(test, copy, "");
	kpool_free(copy);
}

static void allocates_on_every_node(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	int nid;
	void *p;

	for_each_node_state(nid, N_MEMORY) {
		p = kpool_heap_alloc_node(heap, 100, GFP_KERNEL | __GFP_THISNODE, nid);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, page_to_nid(virt_to_page(p)), nid);
		KUNIT_EXPECT_TRUE(test, kpool_owns(p));
		kpool_heap_free(heap, p);
		p = kpool_alloc_node(5000, GFP_KERNEL, nid);
		KUNIT_EXPECT_NOT_NULL(test, p);
		kpool_free(p);
	}
	p = kpool_alloc_node(100, GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kpool_free(p);
	p = kpool_heap_alloc_node(heap, 100, GFP_KERNEL, MAX_NUMNODES + 1);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kpool_heap_free(heap, p);
	kpool_test_consistent(test, heap);
}

#ifdef DEFINE_FREE
static void frees_at_the_end_of_the_scope(struct kunit *test)
{
	u64 corruptions = kpool_test_stats(test, NULL).corruptions;
	struct kpool_heap *heap = kpool_test_heap(test);

	{
		void *p __free(kpool_free) = kpool_heap_alloc(heap, 100, GFP_KERNEL);
		void *none __free(kpool_free) = NULL;
		void *error __free(kpool_free) = ERR_PTR(-ENOMEM);

		KUNIT_EXPECT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, none);
		KUNIT_EXPECT_EQ(test, PTR_ERR(error), (long)-ENOMEM);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 1ULL);
	}
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, NULL).corruptions, corruptions);
}
#endif

static struct kunit_case kpool_api_cases[] = {
	KUNIT_CASE_PARAM(gives_memory_of_the_size, edge_gen_params),
	KUNIT_CASE_PARAM(takes_back_by_size, edge_gen_params),
	KUNIT_CASE_PARAM(zeroes_a_large_request_too, edge_gen_params),
	KUNIT_CASE_PARAM(takes_back_what_kmalloc_gave, edge_gen_params),
	KUNIT_CASE(refuses_what_neither_kpool_nor_kmalloc_gave),
	KUNIT_CASE(refuses_addresses_in_a_hole_of_memory),
	KUNIT_CASE_PARAM(counts_large_requests, edge_gen_params),
	KUNIT_CASE_PARAM(zeroes_dirty_blocks, class_gen_params),
	KUNIT_CASE_PARAM(zeroes_blocks_of_a_reused_pool, class_gen_params),
	KUNIT_CASE_PARAM(overwrites_sensitive_contents, class_gen_params),
	KUNIT_CASE_PARAM(serves_zone_requests_by_kmalloc, class_gen_params),
	KUNIT_CASE_PARAM(kmallocs_memory_is_zero_beyond_its_class, class_gen_params),
	KUNIT_CASE_PARAM(frees_larger_blocks_than_their_size_says, class_gen_params),
	KUNIT_CASE(size_zero_has_a_pointer_of_its_own),
	KUNIT_CASE(null_is_ignored),
	KUNIT_CASE(impossible_sizes_are_refused),
	KUNIT_CASE(arrays_have_room_for_all_elements),
	KUNIT_CASE(typed_objects_have_their_type_and_size),
	KUNIT_CASE(copies_memory_and_strings),
	KUNIT_CASE(allocates_on_every_node),
#ifdef DEFINE_FREE
	KUNIT_CASE(frees_at_the_end_of_the_scope),
#endif
	{}
};

struct kunit_suite kpool_api_suite = {
	.name = "kpool_api",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_api_cases,
};
