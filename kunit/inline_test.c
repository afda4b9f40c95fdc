// SPDX-License-Identifier: GPL-2.0
/* The inlined fast path, over the default heap. */
#include <linux/slab.h>

#include <kpool_inline.h>

#include "common.h"
#include "debug/sanitize.h"
#include "magazine.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

/**
 * struct kpool_test_site - callers with a constant size
 * @size: the constant
 * @alloc: allocates @size bytes
 * @free_sized: frees a block with @size as its size
 */
struct kpool_test_site {
	size_t size;
	void *(*alloc)(gfp_t gfp);
	void (*free_sized)(const void *p);
};

#define KPOOL_TEST_SITE_FUNCTIONS(name, bytes)					\
static noinline void *kpool_test_alloc_##name(gfp_t gfp)			\
{										\
	return kpool_alloc_inline(bytes, gfp);					\
}										\
										\
static noinline void kpool_test_free_sized_##name(const void *p)		\
{										\
	kpool_free_sized_inline(p, bytes);					\
}

#define KPOOL_TEST_SITE(name, bytes)						\
	{ bytes, kpool_test_alloc_##name, kpool_test_free_sized_##name },

/* Largest size of each class, and smallest size of the last step of the class. */
#define KPOOL_TEST_CLASS_FUNCTIONS(bytes)					\
	KPOOL_TEST_SITE_FUNCTIONS(bytes, bytes)					\
	KPOOL_TEST_SITE_FUNCTIONS(bytes##_less, (bytes) - KPOOL_CLASS_STEP + 1)
#define KPOOL_TEST_CLASS_SITES(bytes)						\
	KPOOL_TEST_SITE(bytes, bytes)						\
	KPOOL_TEST_SITE(bytes##_less, (bytes) - KPOOL_CLASS_STEP + 1)

KPOOL_CLASSES(KPOOL_TEST_CLASS_FUNCTIONS)
static const struct kpool_test_site kpool_test_sites[] = {
	KPOOL_CLASSES(KPOOL_TEST_CLASS_SITES)
};

/* Sizes that no class serves. */
KPOOL_TEST_SITE_FUNCTIONS(1025, 1025)
KPOOL_TEST_SITE_FUNCTIONS(4096, 4096)
KPOOL_TEST_SITE_FUNCTIONS(300000, 300000)
static const struct kpool_test_site kpool_test_large_sites[] = {
	KPOOL_TEST_SITE(1025, 1025)
	KPOOL_TEST_SITE(4096, 4096)
	KPOOL_TEST_SITE(300000, 300000)
};

KPOOL_TEST_SITE_FUNCTIONS(nothing, 0)

static void kpool_test_site_desc(const struct kpool_test_site *site, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu bytes", site->size);
}

KUNIT_ARRAY_PARAM(site, kpool_test_sites, kpool_test_site_desc);
KUNIT_ARRAY_PARAM(large_site, kpool_test_large_sites, kpool_test_site_desc);

/* Callers with a variable size. */
static noinline void *kpool_test_alloc_variable(size_t size, gfp_t gfp)
{
	OPTIMIZER_HIDE_VAR(size);
	return kpool_alloc_inline(size, gfp);
}

static noinline void kpool_test_free_sized_variable(const void *p, size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	kpool_free_sized_inline(p, size);
}

/* Free by one of the functions in turn. */
static void kpool_test_free_by(unsigned int i, const struct kpool_test_site *site, void *p)
{
	switch (i % 5) {
	case 0:
		kpool_free_inline(p);
		break;
	case 1:
		site->free_sized(p);
		break;
	case 2:
		kpool_test_free_sized_variable(p, site->size);
		break;
	case 3:
		kpool_free_sized(p, site->size);
		break;
	default:
		kpool_free(p);
	}
}

static struct kpool_slot __percpu *kpool_test_slot(unsigned int class)
{
	return kpool_cpu_slot(kpool_default_heap->cpu, class);
}

static void compilers_class_is_the_tables(struct kunit *test)
{
	unsigned int size, class;

	for (size = 1; size <= KPOOL_MAX_SIZE; size++) {
		class = kpool_class_of(size);
		KUNIT_EXPECT_EQ(test, kpool_class_of_const(size), class);
		KUNIT_EXPECT_EQ(test, kpool_class_size_const(size),
				(size_t)kpool_class_size(class));
		KUNIT_EXPECT_TRUE(test, kpool_slot_of(size) == kpool_test_slot(class));
		KUNIT_EXPECT_TRUE(test, kpool_byte_slot[class] ==
				  kpool_test_slot(want_init_on_free() ? KPOOL_NR_CLASSES : class));
	}
}

static void serves_constant_sizes(struct kunit *test)
{
	const struct kpool_test_site *site = test->param_value;
	unsigned int class = kpool_class_of(site->size), i;
	unsigned int nr = 4 * kpool_magazine_capacity(class) + 5;
	struct kpool_stats before = kpool_test_stats(test, NULL), after;
	void **blocks = kpool_test_pointers(test, nr);

	for (i = 0; i < nr; i++) {
		blocks[i] = site->alloc(GFP_KERNEL);
		KUNIT_ASSERT_TRUE(test, kpool_owns(blocks[i]));
		KUNIT_ASSERT_EQ(test, kpool_usable_size(blocks[i]),
				(size_t)kpool_class_size(class));
	}
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs + nr);
	KUNIT_EXPECT_EQ(test, after.blocks_used, before.blocks_used + nr);
	KUNIT_EXPECT_GT(test, after.magazine_hits, before.magazine_hits);

	kpool_test_fill_many(blocks, nr, site->size, 0x19);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, site->size, 0x19), 0U);
	for (i = 0; i < nr; i++)
		kpool_test_free_by(i, site, blocks[i]);
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.frees, before.frees + nr);
	KUNIT_EXPECT_EQ(test, after.blocks_used, before.blocks_used);
	kpool_test_consistent(test, NULL);
}

static void serves_variable_sizes(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), last = kpool_class_size(class);
	unsigned int size = class ? kpool_class_size(class - 1) + 1 : 1, nr = 0;
	struct kpool_stats before = kpool_test_stats(test, NULL), after;
	void *p[2];

	for (; size <= last; size++, nr += 2) {
		p[0] = kpool_test_alloc_variable(size, GFP_KERNEL);
		p[1] = kpool_test_alloc_variable(size, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, kpool_usable_size(p[0]), (size_t)last);
		KUNIT_EXPECT_PTR_NE(test, p[0], p[1]);
		kpool_test_fill_many(p, 2, size, size);
		KUNIT_EXPECT_EQ(test, kpool_test_count_bad(p, 2, size, size), 0U);
		kpool_test_free_sized_variable(p[0], size);
		kpool_free_inline(p[1]);
	}
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs + nr);
	KUNIT_EXPECT_EQ(test, after.blocks_used, before.blocks_used);
	kpool_test_consistent(test, NULL);
}

/* Trust sizes again for the next cases: no block is larger than its size says. */
static void kpool_test_trust_sizes(void)
{
	unsigned int size;

	for (size = KPOOL_CLASS_STEP; size <= KPOOL_MAX_SIZE; size += KPOOL_CLASS_STEP)
		kpool_sized_slot[(size - 1) / KPOOL_CLASS_STEP] = kpool_slot_of(size);
	kpool_default_heap->sized = kpool_test_slot(0);
}

/* kpool_realloc() leaves such a block if it cannot move an object that it shrinks. */
static void frees_larger_blocks_than_their_size_says(struct kunit *test)
{
	const struct kpool_test_site *site = test->param_value;
	struct kpool_stats before;
	void *p, *q, *again;
	unsigned int i;

	if (kpool_class_of(site->size) == KPOOL_NR_CLASSES - 1)
		kunit_skip(test, "no block is larger");
	/* Make sure that both classes have magazines. */
	kpool_free(kpool_alloc(KPOOL_MAX_SIZE, GFP_KERNEL));
	site->free_sized(site->alloc(GFP_KERNEL));
	before = kpool_test_stats(test, NULL);
	for (i = 0; i < 5; i++) {
		p = kpool_alloc(KPOOL_MAX_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_TRUE(test, kpool_owns(p));
		kpool_heap_distrust_sizes(kpool_default_heap);
		kpool_test_free_by(i, site, p);
		q = site->alloc(GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, kpool_usable_size(q),
				(size_t)kpool_class_size(kpool_class_of(site->size)));
		again = kpool_alloc(KPOOL_MAX_SIZE, GFP_KERNEL);
		KUNIT_EXPECT_PTR_EQ(test, again, p);
		kpool_free(again);
		kpool_test_free_by(i, site, q);
		kpool_test_trust_sizes();
	}
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, NULL).blocks_used, before.blocks_used);
	kpool_test_consistent(test, NULL);
}

/* All functions share one magazine: the block freed last is served next. */
static void mixes_with_the_exported_functions(struct kunit *test)
{
	const struct kpool_test_site *site = test->param_value;
	struct kpool_stats before, after;
	unsigned int i;
	void *p;

	kpool_free(site->alloc(GFP_KERNEL));
	p = kpool_alloc(site->size, GFP_KERNEL);
	before = kpool_test_stats(test, NULL);
	for (i = 0; i < 15; i++) {
		kpool_test_free_by(i, site, p);
		if (i % 3 == 0)
			KUNIT_EXPECT_PTR_EQ(test, site->alloc(GFP_KERNEL), p);
		else if (i % 3 == 1)
			KUNIT_EXPECT_PTR_EQ(test, kpool_alloc(site->size, GFP_KERNEL), p);
		else
			KUNIT_EXPECT_PTR_EQ(test, kpool_test_alloc_variable(site->size, GFP_KERNEL),
					    p);
	}
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs + 15);
	KUNIT_EXPECT_EQ(test, after.magazine_hits, before.magazine_hits + 15);
	KUNIT_EXPECT_EQ(test, after.refills, before.refills);
	kpool_free_inline(p);
}

static void zeroes_the_whole_block(struct kunit *test)
{
	const struct kpool_test_site *site = test->param_value;
	unsigned int size = kpool_class_size(kpool_class_of(site->size)), i;
	void *p[2];

	/* The second round takes blocks from the magazine. */
	for (i = 0; i < 2; i++) {
		p[0] = site->alloc(GFP_KERNEL | __GFP_ZERO);
		p[1] = kpool_test_alloc_variable(site->size, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p[0]);
		KUNIT_ASSERT_NOT_NULL(test, p[1]);
		kpool_sanitize_allow_all(p[0]);
		kpool_sanitize_allow_all(p[1]);
		KUNIT_EXPECT_NULL(test, memchr_inv(p[0], 0, size));
		KUNIT_EXPECT_NULL(test, memchr_inv(p[1], 0, size));
		memset(p[0], 0xff, size);
		memset(p[1], 0xff, size);
		kpool_free_inline(p[0]);
		site->free_sized(p[1]);
	}
}

static void passes_large_requests_on(struct kunit *test)
{
	const struct kpool_test_site *site = test->param_value;
	struct kpool_stats before = kpool_test_stats(test, NULL), after;
	unsigned int i;
	void *p;

	for (i = 0; i < 10; i++) {
		p = i % 2 ? site->alloc(GFP_KERNEL | __GFP_ZERO) :
			    kpool_test_alloc_variable(site->size, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_FALSE(test, kpool_owns(p));
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, site->size));
		kpool_test_fill(p, site->size, i);
		KUNIT_EXPECT_TRUE(test, kpool_test_intact(p, site->size, i));
		kpool_test_free_by(i, site, p);
	}
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.large, before.large + 10);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs);
}

static void takes_and_gives_nothing(struct kunit *test)
{
	struct kpool_stats before = kpool_test_stats(test, NULL), after;

	KUNIT_EXPECT_PTR_EQ(test, kpool_test_alloc_nothing(GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kpool_test_alloc_variable(0, GFP_KERNEL), ZERO_SIZE_PTR);
	kpool_free_inline(NULL);
	kpool_free_inline(ZERO_SIZE_PTR);
	kpool_test_free_sized_nothing(NULL);
	kpool_test_free_sized_nothing(ZERO_SIZE_PTR);
	kpool_test_free_sized_variable(NULL, 0);
	kpool_test_free_sized_variable(ZERO_SIZE_PTR, 0);
	kpool_test_free_sized_variable(NULL, 64);
	kpool_test_free_sized_64(NULL);
	kpool_test_free_sized_4096(NULL);
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs);
	KUNIT_EXPECT_EQ(test, after.large, before.large);
	KUNIT_EXPECT_EQ(test, after.blocks_cached, before.blocks_cached);
	KUNIT_EXPECT_EQ(test, after.magazines, before.magazines);
	KUNIT_EXPECT_EQ(test, after.corruptions, before.corruptions);
}

static void frees_kmallocs_memory(struct kunit *test)
{
	struct kpool_stats before = kpool_test_stats(test, NULL), after;
	unsigned int size;

	for (size = 8; size <= 4 * PAGE_SIZE; size += size / 2)
		kpool_free_inline(kmalloc(size, GFP_KERNEL));
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.blocks_cached, before.blocks_cached);
	KUNIT_EXPECT_EQ(test, after.corruptions, before.corruptions);
}

static void frees_blocks_of_private_heaps(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	unsigned int nr = 3 * kpool_magazine_capacity(class);
	struct kpool_stats before = kpool_test_stats(test, NULL), after;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);

	for (i = 0; i < nr; i++)
		blocks[i] = kpool_heap_alloc(heap, kpool_class_size(class), GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, (u64)nr);
	for (i = 0; i < nr; i++)
		kpool_free_inline(blocks[i]);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).corruptions, 0ULL);
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.blocks_cached, before.blocks_cached);
	KUNIT_EXPECT_EQ(test, after.blocks_used, before.blocks_used);
	kpool_test_consistent(test, heap);
	kpool_test_consistent(test, NULL);
}

static void passes_zone_requests_on(struct kunit *test)
{
	static const gfp_t flags[] = { GFP_KERNEL | __GFP_DMA, GFP_KERNEL_ACCOUNT };
	const struct kpool_test_site *site = test->param_value;
	unsigned int size = kpool_class_size(kpool_class_of(site->size)), i, j;
	struct kpool_stats before, after;
	void *p;

	/* A block in the magazine does not serve these requests. */
	kpool_free_inline(site->alloc(GFP_KERNEL));
	before = kpool_test_stats(test, NULL);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		for (j = 0; j < 2; j++) {
			p = j ? site->alloc(flags[i] | __GFP_ZERO) :
				kpool_test_alloc_variable(site->size, flags[i] | __GFP_ZERO);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_FALSE(test, kpool_owns(p));
			KUNIT_EXPECT_GE(test, kpool_usable_size(p), (size_t)size);
			KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, site->size));
			kpool_free_inline(p);
		}
	}
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.zone, before.zone + 4);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs);
	KUNIT_EXPECT_EQ(test, after.blocks_cached, before.blocks_cached);
}

/* Set the busy byte, as an interrupt would find it in the middle of the fast path. */
static void leaves_a_busy_magazine_alone(struct kunit *test)
{
	const struct kpool_test_site *site = test->param_value;
	unsigned int class = kpool_class_of(site->size);
	struct kpool_slot *slot = per_cpu_ptr(kpool_test_slot(class), raw_smp_processor_id());
	void *p[2] = { site->alloc(GFP_KERNEL), site->alloc(GFP_KERNEL) }, *q;
	struct kpool_stats before, after;
	void **top;

	kpool_free_inline(p[0]);
	before = kpool_test_stats(test, NULL);
	top = slot->top;
	WRITE_ONCE(slot->busy, 1);
	q = site->alloc(GFP_KERNEL);
	kpool_free_inline(p[1]);
	KUNIT_EXPECT_PTR_EQ(test, slot->top, top);
	site->free_sized(q);
	KUNIT_EXPECT_PTR_EQ(test, slot->top, top);
	WRITE_ONCE(slot->busy, 0);
	after = kpool_test_stats(test, NULL);
	KUNIT_EXPECT_EQ(test, after.magazine_hits, before.magazine_hits);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs + 1);
	KUNIT_EXPECT_EQ(test, after.drains, before.drains + 2);
	KUNIT_EXPECT_EQ(test, after.blocks_used, before.blocks_used - 1);
	kpool_test_consistent(test, NULL);
}

static struct kunit_case kpool_inline_cases[] = {
	KUNIT_CASE(compilers_class_is_the_tables),
	KUNIT_CASE_PARAM(serves_constant_sizes, site_gen_params),
	KUNIT_CASE_PARAM(serves_variable_sizes, class_gen_params),
	KUNIT_CASE_PARAM(frees_larger_blocks_than_their_size_says, site_gen_params),
	KUNIT_CASE_PARAM(mixes_with_the_exported_functions, site_gen_params),
	KUNIT_CASE_PARAM(zeroes_the_whole_block, site_gen_params),
	KUNIT_CASE_PARAM(passes_large_requests_on, large_site_gen_params),
	KUNIT_CASE(takes_and_gives_nothing),
	KUNIT_CASE(frees_kmallocs_memory),
	KUNIT_CASE_PARAM(frees_blocks_of_private_heaps, class_gen_params),
	KUNIT_CASE_PARAM(passes_zone_requests_on, site_gen_params),
	KUNIT_CASE_PARAM(leaves_a_busy_magazine_alone, site_gen_params),
	{}
};

struct kunit_suite kpool_inline_suite = {
	.name = "kpool_inline",
	.init = kpool_test_default_init,
	.exit = kpool_test_default_exit,
	.test_cases = kpool_inline_cases,
};
