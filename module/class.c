// SPDX-License-Identifier: GPL-2.0
/* Size classes: the tables, computed once from the list in geometry.h. */
#include <linux/cache.h>
#include <linux/math.h>

#include "class.h"
#include "compat.h"

#define KPOOL_CLASS_SIZE(bytes)	{ .size = (bytes) },
struct kpool_class_info kpool_class_info[KPOOL_NR_CLASSES] __ro_after_init = {
	KPOOL_CLASSES(KPOOL_CLASS_SIZE)
};
#undef KPOOL_CLASS_SIZE
KPOOL_EXPORT_TEST(kpool_class_info);

u8 kpool_class_index[KPOOL_MAX_SIZE / KPOOL_CLASS_STEP + 1] __ro_after_init;
KPOOL_EXPORT_TEST(kpool_class_index);

void __init kpool_class_init(void)
{
	unsigned int class = 0, size;

	for (size = KPOOL_CLASS_STEP; size <= KPOOL_MAX_SIZE; size += KPOOL_CLASS_STEP) {
		if (size > kpool_class_info[class].size)
			class++;
		kpool_class_index[size / KPOOL_CLASS_STEP] = class;
	}
	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		struct kpool_class_info *info = &kpool_class_info[class];

		info->capacity = KPOOL_POOL_SIZE / info->size;
		/* Rounded down: used < capacity always gives a list number below the last. */
		info->fullness_mul = (KPOOL_FULLNESS_LISTS << 16) / info->capacity;
		info->div_mul = DIV_ROUND_UP(1U << 24, info->size);
	}
}
