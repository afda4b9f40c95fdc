// SPDX-License-Identifier: GPL-2.0
/* Size classes: the tables, computed once from the list in kpool_inline.h. */
#include <linux/cache.h>
#include <linux/math.h>
#include <linux/minmax.h>

#include "class.h"
#include "compat.h"
#include "debug/sanitize.h"

#define KPOOL_CLASS_SIZE(bytes)	{ .size = (bytes) },
struct kpool_class_info kpool_class_info[KPOOL_NR_CLASSES] __ro_after_init = {
	KPOOL_CLASSES(KPOOL_CLASS_SIZE)
};
#undef KPOOL_CLASS_SIZE
KPOOL_EXPORT_TEST(kpool_class_info);

u8 kpool_class_index[KPOOL_MAX_SIZE / KPOOL_CLASS_STEP] __ro_after_init;
KPOOL_EXPORT_TEST(kpool_class_index);

static void __init kpool_class_init_index(void)
{
	unsigned int class = 0, i;

	for (i = 0; i < ARRAY_SIZE(kpool_class_index); i++) {
		if ((i + 1) * KPOOL_CLASS_STEP > kpool_class_info[class].size)
			class++;
		kpool_class_index[i] = class;
	}
}

/* More lists for more blocks. 3, 4 or 8 for all classes held no more memory after ageing. */
static unsigned int __init kpool_class_lists(unsigned int capacity)
{
	return clamp_t(unsigned int, capacity / 16, 3, KPOOL_FULLNESS_LISTS);
}

/* With KASAN each block is followed by the smallest red zone that keeps the next block aligned. */
static unsigned int __init kpool_class_stride(unsigned int size)
{
	return size + (KPOOL_SHADOW ? size & -size : 0);
}

void __init kpool_class_init(void)
{
	unsigned int class;

	kpool_class_init_index();
	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		struct kpool_class_info *info = &kpool_class_info[class];

		info->start = info->size == KPOOL_CLASS_STEP ? KPOOL_POOL_START : 0;
		info->stride = kpool_class_stride(info->size);
		info->capacity = (KPOOL_POOL_SIZE - info->start) / info->stride;
		info->words = DIV_ROUND_UP(info->capacity, KPOOL_WORD_BITS);
		/* Rounded down: used < capacity always gives a list number below the last. */
		info->fullness_mul = (kpool_class_lists(info->capacity) << 16) / info->capacity;
		info->div_mul = DIV_ROUND_UP_ULL(1ULL << 32, info->stride);
	}
}
