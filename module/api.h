/* SPDX-License-Identifier: GPL-2.0 */
/* What the files with public functions share. */
#ifndef KPOOL_API_H
#define KPOOL_API_H

#include <linux/mm.h>
#include <linux/string.h>

#include "class.h"

void kpool_api_free_slow(const void *p);

static __always_inline void *kpool_api_init(void *block, unsigned int class, gfp_t gfp)
{
	if (unlikely(want_init_on_alloc(gfp)))
		return memset(block, 0, kpool_class_size(class));
	return block;
}

#endif /* KPOOL_API_H */
