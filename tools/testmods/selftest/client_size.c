// SPDX-License-Identifier: GPL-2.0
/* Properties of each size: contents, zeroing, alignment, edges, foreign pointers. */
#include <linux/align.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "client.h"

#define CLIENT_LARGEST_SIZE	9000
#define CLIENT_ALIGNED_MAX	8192
#define CLIENT_FEW		16

static void client_free_intact(void **block, size_t sizes)
{
	size_t size;

	for (size = 1; size <= sizes; size++) {
		if (!block[size])
			continue;
		client_expect(client_intact(block[size], size, size));
		kpool_free(block[size]);
		cond_resched();
	}
}

/* Hold a block of each size at the same time, so that overlaps show. */
static void client_hold_all_sizes(gfp_t gfp)
{
	void **block = kvcalloc(CLIENT_LARGEST_SIZE + 1, sizeof(*block), GFP_KERNEL);
	size_t size;

	if (!client_expect(block))
		return;
	for (size = 1; size <= CLIENT_LARGEST_SIZE; size++) {
		void *p = kpool_alloc(size, GFP_KERNEL | gfp);

		if (!client_expect(p))
			break;
		if (gfp & __GFP_ZERO)
			client_expect(!memchr_inv(p, 0, size));
		client_expect(kpool_usable_size(p) >= size);
		client_expect(size <= KPOOL_MAX_SIZE || !kpool_owns(p));
		client_fill(p, size, size);
		block[size] = p;
		cond_resched();
	}
	client_free_intact(block, CLIENT_LARGEST_SIZE);
	kvfree(block);
}

static void all_sizes(void)
{
	client_hold_all_sizes(0);
}

static void all_sizes_zeroed(void)
{
	/* The first round leaves memory that is not zero. */
	client_hold_all_sizes(0);
	client_hold_all_sizes(__GFP_ZERO);
}

static void client_expect_aligned(size_t size)
{
	size_t align = max_t(size_t, size & -size, 8);
	void *block[CLIENT_FEW];
	unsigned int i;

	for (i = 0; i < CLIENT_FEW; i++) {
		block[i] = kpool_alloc(size, GFP_KERNEL);
		if (!client_expect(block[i]))
			break;
		client_expect(IS_ALIGNED((unsigned long)block[i], align));
	}
	while (i--)
		kpool_free(block[i]);
}

/* Blocks are aligned to the largest power of two that divides the size. */
static void every_size_is_aligned(void)
{
	size_t size;

	for (size = 1; size <= CLIENT_ALIGNED_MAX; size++) {
		client_expect_aligned(size);
		cond_resched();
	}
}

static void size_zero_and_null(void)
{
	client_expect(kpool_alloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
	client_expect(kpool_zalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
	client_expect(kpool_alloc_node(0, GFP_KERNEL, NUMA_NO_NODE) == ZERO_SIZE_PTR);
	client_expect(kpool_alloc_array(0, 8, GFP_KERNEL) == ZERO_SIZE_PTR);
	client_expect(kpool_calloc(8, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
	client_expect(!kpool_usable_size(NULL));
	client_expect(!kpool_usable_size(ZERO_SIZE_PTR));
	client_expect(!kpool_owns(NULL));
	client_expect(!kpool_owns(ZERO_SIZE_PTR));
	kpool_free(NULL);
	kpool_free(ZERO_SIZE_PTR);
	kpool_free_sized(ZERO_SIZE_PTR, 0);
	kpool_free_sensitive(NULL);
	kpool_free_sensitive(ZERO_SIZE_PTR);
	kpool_free_bulk(0, NULL);
}

static void overflow_gives_null(void)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	size_t half = SIZE_MAX / 2 + 1, max = SIZE_MAX, large = KMALLOC_MAX_SIZE + 1;
	void *block[2];

	/* The compiler would warn about constants. */
	OPTIMIZER_HIDE_VAR(half);
	OPTIMIZER_HIDE_VAR(max);
	OPTIMIZER_HIDE_VAR(large);
	client_expect(!kpool_alloc_array(half, 2, gfp));
	client_expect(!kpool_alloc_array(2, half + 8, gfp));
	client_expect(!kpool_calloc(max, max, gfp));
	client_expect(!kpool_alloc(max, gfp));
	client_expect(!kpool_zalloc(half, gfp));
	client_expect(!kpool_alloc(large, gfp));
	client_expect(!kpool_alloc_node(max, gfp, numa_node_id()));
	client_expect(!kpool_alloc_bulk(max, gfp, ARRAY_SIZE(block), block));
}

static const size_t client_foreign_sizes[] = { 1, 8, 64, 1000, 1024, 5000, 100000 };

static void foreign_pointers(void)
{
	void *block[ARRAY_SIZE(client_foreign_sizes)];
	void *area = vmalloc(PAGE_SIZE);
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(block); i++) {
		size_t size = client_foreign_sizes[i];
		void *p = kmalloc(size, GFP_KERNEL);

		block[nr] = kmalloc(size, GFP_KERNEL);
		if (!client_expect(p) || !client_expect(block[nr])) {
			kfree(p);
			kfree(block[nr]);
			break;
		}
		client_expect(!kpool_owns(p));
		client_expect(kpool_usable_size(p) >= size);
		if (i & 1)
			kpool_free(p);
		else
			kpool_free_sensitive(p);
		nr++;
	}
	kpool_free_bulk(nr, block);
	/* Neither of these is in the direct map. */
	client_expect(!kpool_owns(&client_seed));
	client_expect(!kpool_owns(area));
	vfree(area);
}

const struct client_case client_size_cases[] = {
	CLIENT_CASE(all_sizes),
	CLIENT_CASE(all_sizes_zeroed),
	CLIENT_CASE(every_size_is_aligned),
	CLIENT_CASE(size_zero_and_null),
	CLIENT_CASE(overflow_gives_null),
	CLIENT_CASE(foreign_pointers),
	{}
};
