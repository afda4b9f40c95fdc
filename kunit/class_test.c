// SPDX-License-Identifier: GPL-2.0
/* Size classes: compare the tables with the values that they are derived from. */
#include <linux/bitops.h>

#include "common.h"
#include "debug/sanitize.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

static void has_the_listed_size(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_test_sizes[class];

	KUNIT_EXPECT_EQ(test, kpool_class_size(class), size);
	KUNIT_EXPECT_EQ(test, kpool_class_of(size), class);
	KUNIT_EXPECT_EQ(test, size % KPOOL_CLASS_STEP, 0U);
	if (class)
		KUNIT_EXPECT_GT(test, size, kpool_class_size(class - 1));
}

static void serves_the_sizes_above_the_class_below(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	unsigned int size = class ? kpool_class_size(class - 1) + 1 : 1;

	for (; size <= kpool_class_size(class); size++)
		KUNIT_ASSERT_EQ(test, kpool_class_of(size), class);
}

static void fills_a_pool(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_test_sizes[class];
	unsigned int capacity = kpool_class_info[class].capacity;
	unsigned int stride = kpool_class_info[class].stride;
	unsigned int start = kpool_class_info[class].start;

	KUNIT_EXPECT_EQ(test, (unsigned long)capacity, (KPOOL_POOL_SIZE - start) / stride);
	/* Only the 8-byte class has too many blocks for a free list in the header. */
	KUNIT_EXPECT_EQ(test, start, class ? 0U : DIV_ROUND_UP(KPOOL_POOL_SIZE / size, 64U) * 8);
	KUNIT_EXPECT_EQ(test, kpool_class_tail(class) + capacity * size,
			(unsigned int)KPOOL_POOL_SIZE);
	KUNIT_EXPECT_LT(test, kpool_class_tail(class) - capacity * (stride - size),
			start + stride);
}

/* KASAN's red zone behind a block is as large as the alignment that it preserves. */
static void keeps_blocks_apart(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_test_sizes[class];
	unsigned int zone = kpool_class_info[class].stride - size;

	KUNIT_EXPECT_EQ(test, zone, KPOOL_SHADOW ? 1U << __ffs(size) : 0);
}

/* A larger class with at least this alignment has fewer blocks, so every class saves memory. */
static void saves_memory(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), other;
	unsigned int align = 1U << __ffs(kpool_class_size(class));

	if (KPOOL_SHADOW)
		kunit_skip(test, "KASAN's red zones are of several sizes");
	if (class == KPOOL_NR_CLASSES - 1)
		KUNIT_EXPECT_EQ(test, kpool_class_size(class), (unsigned int)KPOOL_MAX_SIZE);
	for (other = class + 1; other < KPOOL_NR_CLASSES; other++) {
		if (kpool_class_size(other) % align)
			continue;
		KUNIT_EXPECT_LT(test, kpool_class_info[other].capacity,
				kpool_class_info[class].capacity);
	}
}

static void numbers_blocks_by_every_offset(struct kunit *test)
{
	const struct kpool_class_info *info = &kpool_class_info[kpool_test_class(test)];
	unsigned int offset;

	for (offset = 0; offset < KPOOL_POOL_SIZE; offset++) {
		u64 product = (u64)offset * info->div_mul;

		KUNIT_ASSERT_EQ(test, (unsigned int)(product >> 32), offset / info->stride);
		KUNIT_ASSERT_EQ(test, (u32)product < info->div_mul, offset % info->stride == 0);
	}
}

static void files_fuller_pools_higher(struct kunit *test)
{
	const struct kpool_class_info *info = &kpool_class_info[kpool_test_class(test)];
	unsigned int used, list, last = 0;

	for (used = 1; used < info->capacity; used++) {
		list = kpool_class_fullness(info, used);
		KUNIT_ASSERT_GE(test, list, last);
		KUNIT_ASSERT_LT(test, list, (unsigned int)KPOOL_FULLNESS_LISTS);
		last = list;
	}
	/* The lists tell an almost full pool from an almost free one. */
	if (info->capacity > 2)
		KUNIT_EXPECT_GT(test, last, kpool_class_fullness(info, 1));
}

static void has_a_class_of_its_own_for_powers_of_two(struct kunit *test)
{
	unsigned int size;

	for (size = KPOOL_CLASS_STEP; size <= KPOOL_MAX_SIZE; size *= 2)
		KUNIT_EXPECT_EQ(test, kpool_class_size(kpool_class_of(size)), size);
}

/*
 * Each size gets a class that is a multiple of its alignment: the largest power of two that divides
 * the size, as kmalloc() promises.
 */
static void aligns_every_size(struct kunit *test)
{
	unsigned int size, class;

	for (size = 1; size <= KPOOL_MAX_SIZE; size++) {
		class = kpool_class_of(size);
		KUNIT_EXPECT_EQ(test, kpool_class_size(class) % (1U << __ffs(size)), 0U);
		KUNIT_EXPECT_EQ(test, kpool_class_info[class].stride % (1U << __ffs(size)), 0U);
		KUNIT_EXPECT_EQ(test, kpool_class_info[class].start % (1U << __ffs(size)), 0U);
	}
}

/* For each size and alignment, the smallest suitable class has as many blocks as fit in a pool. */
static void wastes_no_block_for_any_alignment(struct kunit *test)
{
	unsigned int size, align, class;

	if (KPOOL_SHADOW)
		kunit_skip(test, "KASAN's red zones take room, too");
	for (align = KPOOL_CLASS_STEP; align <= KPOOL_MAX_SIZE; align *= 2) {
		for (size = KPOOL_CLASS_STEP + 1; size <= KPOOL_MAX_SIZE; size++) {
			for (class = kpool_class_of(size); kpool_class_size(class) % align;)
				class++;
			KUNIT_ASSERT_EQ_MSG(test, (unsigned long)kpool_class_info[class].capacity,
					    KPOOL_POOL_SIZE / ALIGN(size, align),
					    "%u bytes, aligned to %u", size, align);
		}
	}
}

/*
 * Return the bytes held per 1000 requested bytes if all sizes from 1 to @max are requested equally
 * often. A block's share of the whole arena counts as held.
 */
static unsigned int kpool_test_overhead(unsigned int max)
{
	u64 held = 0, asked = 0;
	unsigned int size;

	for (size = 1; size <= max; size++) {
		unsigned int pool = kpool_class_info[kpool_class_of(size)].capacity;

		held += KPOOL_ARENA_SIZE * 1000 / (pool * KPOOL_USABLE_POOLS);
		asked += size;
	}
	return div64_u64(held, asked);
}

static void holds_at_most_1071_bytes_for_1000(struct kunit *test)
{
	if (KPOOL_SHADOW)
		kunit_skip(test, "KASAN's red zones are held, too");
	KUNIT_EXPECT_LE(test, kpool_test_overhead(512), 1071U);
	KUNIT_EXPECT_LE(test, kpool_test_overhead(KPOOL_MAX_SIZE), 1104U);
	/* The header of the arena alone costs this much: a smaller result would be a wrong sum. */
	KUNIT_EXPECT_GE(test, kpool_test_overhead(512), 1015U);
}

static struct kunit_case kpool_class_cases[] = {
	KUNIT_CASE_PARAM(has_the_listed_size, class_gen_params),
	KUNIT_CASE_PARAM(serves_the_sizes_above_the_class_below, class_gen_params),
	KUNIT_CASE_PARAM(fills_a_pool, class_gen_params),
	KUNIT_CASE_PARAM(keeps_blocks_apart, class_gen_params),
	KUNIT_CASE_PARAM(saves_memory, class_gen_params),
	KUNIT_CASE_PARAM(numbers_blocks_by_every_offset, class_gen_params),
	KUNIT_CASE_PARAM(files_fuller_pools_higher, class_gen_params),
	KUNIT_CASE(has_a_class_of_its_own_for_powers_of_two),
	KUNIT_CASE(aligns_every_size),
	KUNIT_CASE(wastes_no_block_for_any_alignment),
	KUNIT_CASE(holds_at_most_1071_bytes_for_1000),
	{}
};

struct kunit_suite kpool_class_suite = {
	.name = "kpool_class",
	.test_cases = kpool_class_cases,
};
