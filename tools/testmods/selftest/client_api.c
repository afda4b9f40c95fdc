// SPDX-License-Identifier: GPL-2.0
/* The calls of the default heap beyond alloc and free. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "client.h"

#define CLIENT_MANY	200
#define CLIENT_FEW	50	/* pointers that fit on the stack */

/* Sizes up and down across classes, and across the limit to kmalloc(). */
static const size_t client_realloc_sizes[] = {
	8, 9, 16, 200, 1024, 1025, 4000, 1024, 100, 1, 9000, 64, 513, 8192, 40,
};

static void realloc_keeps_contents(void)
{
	size_t size = 24;
	void *p = kpool_alloc(size, GFP_KERNEL);
	unsigned int i;

	if (!client_expect(p))
		return;
	client_fill(p, size, 0);
	for (i = 0; i < ARRAY_SIZE(client_realloc_sizes); i++) {
		size_t new_size = client_realloc_sizes[i];
		void *q = kpool_realloc(p, new_size, GFP_KERNEL);

		if (!client_expect(q))
			break;
		p = q;
		client_expect(client_intact(p, min(size, new_size), i));
		client_expect(kpool_usable_size(p) >= new_size);
		size = new_size;
		client_fill(p, size, i + 1);
	}
	kpool_free(p);
}

static void realloc_edges(void)
{
	size_t huge = SIZE_MAX - 4096;
	void *p, *q;

	OPTIMIZER_HIDE_VAR(huge);
	p = kpool_realloc(NULL, 100, GFP_KERNEL);
	if (!client_expect(p))
		return;
	client_fill(p, 100, 1);
	/* A failure does not change the block. */
	client_expect(!kpool_realloc(p, huge, GFP_KERNEL | __GFP_NOWARN));
	client_expect(client_intact(p, 100, 1));
	client_expect(kpool_realloc(p, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
	client_expect(kpool_realloc(NULL, 0, GFP_KERNEL) == ZERO_SIZE_PTR);

	p = kpool_realloc(ZERO_SIZE_PTR, 50, GFP_KERNEL);
	client_expect(p);
	kpool_free(p);

	/* kpool_realloc() resizes kmalloc memory by krealloc(), which keeps the contents. */
	p = kmalloc(60, GFP_KERNEL);
	if (!client_expect(p))
		return;
	client_fill(p, 60, 2);
	q = kpool_realloc(p, 600, GFP_KERNEL);
	if (client_expect(q)) {
		client_expect(client_intact(q, 60, 2));
		p = q;
	}
	kpool_free(p);
}

/* If all calls have __GFP_ZERO, the added bytes of a block are zero. */
static void realloc_zeroes(void)
{
	static const size_t sizes[] = { 13, 60, 500, 1000, 1030, 6000 };
	void *p = kpool_zalloc(1, GFP_KERNEL);
	size_t size = 1;
	unsigned int i;

	for (i = 0; p && i < ARRAY_SIZE(sizes); i++) {
		void *q;

		client_fill(p, size, i);
		q = kpool_realloc(p, sizes[i], GFP_KERNEL | __GFP_ZERO);
		if (!client_expect(q))
			break;
		p = q;
		client_expect(client_intact(p, size, i));
		client_expect(!memchr_inv(p + size, 0, sizes[i] - size));
		size = sizes[i];
	}
	client_expect(p);
	kpool_free(p);
}

static void duplicates(void)
{
	static const char text[] = "a block, a pool, an arena";
	char *s = kpool_strdup(text, GFP_KERNEL);
	void *p = kpool_memdup(text, sizeof(text), GFP_KERNEL);

	client_expect(s && !strcmp(s, text));
	client_expect(p && !memcmp(p, text, sizeof(text)));
	client_expect(!kpool_strdup(NULL, GFP_KERNEL));
	kpool_free_sensitive(s);
	kpool_free_sensitive(p);
}

struct client_item {
	struct rcu_head rcu;
	u32 tag;
	u32 filled;
	char text[40];
};

/* If the kernel has cleanup.h, a block can be freed at the end of its pointer's scope. */
static void client_expect_scoped_free(void)
{
#ifdef DEFINE_FREE
	struct client_item *item __free(kpool_free) = kpool_zalloc_obj(struct client_item,
								       GFP_KERNEL);
	client_expect(item && !item->tag);
#endif
}

static void typed_objects(void)
{
	struct client_item *item = kpool_alloc_obj(struct client_item, GFP_KERNEL);
	struct client_item *zeroed = kpool_zalloc_obj(struct client_item, GFP_KERNEL);
	struct client_item *array = kpool_calloc(10, sizeof(*array), GFP_KERNEL);

	client_expect(item && zeroed && array);
	client_expect(zeroed && !memchr_inv(zeroed, 0, sizeof(*zeroed)));
	client_expect(array && !memchr_inv(array, 0, 10 * sizeof(*array)));
	client_expect(kpool_usable_size(item) >= sizeof(*item));
	kpool_free_sized(item, sizeof(*item));
	kpool_free(zeroed);
	kpool_free(array);
	client_expect_scoped_free();
}

static void free_sized(void)
{
	size_t size;

	for (size = 1; size <= 2 * KPOOL_MAX_SIZE; size++) {
		void *p = kpool_alloc(size, GFP_KERNEL);
		void *q = kpool_alloc(size, GFP_KERNEL);

		if (client_expect(p && q)) {
			client_fill(p, size, 1);
			client_fill(q, size, 2);
			client_expect(client_intact(p, size, 1));
		}
		if (p)
			kpool_free_sized(p, size);
		if (q)
			kpool_free_sized(q, size);
	}
}

static void client_bulk(size_t size, unsigned int nr, void **block)
{
	unsigned int i;

	if (!client_expect(kpool_alloc_bulk(size, GFP_KERNEL, nr, block) == nr))
		return;
	for (i = 0; i < nr; i++)
		client_fill(block[i], size, i);
	for (i = 0; i < nr; i++)
		client_expect(client_intact(block[i], size, i));
	kpool_free_bulk(nr, block);
}

static void bulk_of_one_size(void)
{
	static const size_t sizes[] = { 1, 16, 64, 100, 512, 1024, 1025, 3000 };
	static const unsigned int counts[] = { 1, 2, 16, 17, CLIENT_MANY, 5 * CLIENT_MANY };
	void **block = kpool_calloc(5 * CLIENT_MANY, sizeof(*block), GFP_KERNEL);
	unsigned int i, j;

	if (!client_expect(block))
		return;
	client_expect(!kpool_alloc_bulk(64, GFP_KERNEL, 0, block));
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (j = 0; j < ARRAY_SIZE(counts); j++)
			client_bulk(sizes[i], counts[j], block);
	/* __GFP_ZERO clears each block. */
	if (client_expect(kpool_alloc_bulk(96, GFP_KERNEL | __GFP_ZERO, CLIENT_MANY, block))) {
		for (i = 0; i < CLIENT_MANY; i++)
			client_expect(!memchr_inv(block[i], 0, 96));
		kpool_free_bulk(CLIENT_MANY, block);
	}
	kpool_free(block);
}

/* One call frees blocks of all sizes, of all heaps and of kmalloc(), and NULL. */
static void bulk_free_of_mixed_blocks(void)
{
	struct kpool_heap *heap = kpool_heap_create("client-bulk", NULL);
	void *block[CLIENT_FEW + CLIENT_FEW / 10];
	unsigned int i, nr = 0;

	if (!client_expect(!IS_ERR(heap)))
		return;
	for (i = 0; i < CLIENT_FEW; i++) {
		size_t size = 1 + i * 37 % 1500;
		void *p;

		if (i % 5 == 0)
			p = kmalloc(size, GFP_KERNEL);
		else if (i % 5 == 1)
			p = kpool_heap_alloc(heap, size, GFP_KERNEL);
		else
			p = kpool_alloc(size, GFP_KERNEL);
		client_expect(p);
		block[nr++] = p;
		if (i % 10 == 7)
			block[nr++] = NULL;
	}
	kpool_free_bulk(nr, block);
	client_expect_sane(heap);
	kpool_heap_destroy(heap);
}

/* While an RCU reader is active, its block keeps its contents and its address. */
static void client_expect_grace_period(struct kpool_heap *heap)
{
	struct client_item *seen = kpool_heap_alloc(heap, sizeof(*seen), GFP_KERNEL);
	void *other[CLIENT_FEW];
	unsigned int i;

	if (!client_expect(seen))
		return;
	seen->tag = 4711;
	rcu_read_lock();
	kpool_free_rcu(seen, rcu);
	for (i = 0; i < ARRAY_SIZE(other); i++) {
		other[i] = kpool_heap_zalloc(heap, sizeof(*seen), GFP_NOWAIT | __GFP_NOWARN);
		client_expect(other[i] != seen);
	}
	client_expect(seen->tag == 4711);
	rcu_read_unlock();
	for (i = 0; i < ARRAY_SIZE(other); i++)
		kpool_heap_free(heap, other[i]);
}

static void free_rcu(void)
{
	struct kpool_heap *heap = kpool_heap_create("client-rcu", NULL);
	struct client_item *item = NULL;
	struct kpool_stats s;
	unsigned int i;

	if (!client_expect(!IS_ERR(heap)))
		return;
	client_expect_grace_period(heap);
	kpool_free_rcu(item, rcu);
	for (i = 0; i < 5 * CLIENT_MANY; i++) {
		item = i % 10 ? kpool_heap_alloc(heap, sizeof(*item), GFP_KERNEL) :
				kmalloc(sizeof(*item), GFP_KERNEL);
		client_expect(item);
		kpool_free_rcu(item, rcu);
	}
	kpool_rcu_barrier();
	if (client_expect(!kpool_heap_stats(heap, &s)))
		client_expect(!s.blocks_used);
	client_expect_sane(heap);
	kpool_heap_destroy(heap);
}

static void free_rcu_mightsleep(void)
{
	struct kpool_heap *heap = kpool_heap_create("client-rcu-sleep", NULL);
	struct kpool_stats s;
	unsigned int i;

	if (!client_expect(!IS_ERR(heap)))
		return;
	kpool_free_rcu_mightsleep(NULL);
	for (i = 0; i < CLIENT_MANY; i++) {
		kpool_free_rcu_mightsleep(kpool_heap_alloc(heap, 8 + i, GFP_KERNEL));
		kpool_free_rcu_mightsleep(kmalloc(8 + i, GFP_KERNEL));
	}
	kpool_rcu_barrier();
	if (client_expect(!kpool_heap_stats(heap, &s)))
		client_expect(!s.blocks_used);
	kpool_heap_destroy(heap);
}

const struct client_case client_api_cases[] = {
	CLIENT_CASE(realloc_keeps_contents),
	CLIENT_CASE(realloc_edges),
	CLIENT_CASE(realloc_zeroes),
	CLIENT_CASE(duplicates),
	CLIENT_CASE(typed_objects),
	CLIENT_CASE(free_sized),
	CLIENT_CASE(bulk_of_one_size),
	CLIENT_CASE(bulk_free_of_mixed_blocks),
	CLIENT_CASE(free_rcu),
	CLIENT_CASE(free_rcu_mightsleep),
	{}
};
