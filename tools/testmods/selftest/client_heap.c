// SPDX-License-Identifier: GPL-2.0
/* Private heaps: their calls and their flags. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "client.h"

#define CLIENT_HEAP_BLOCKS	48
#define CLIENT_PINNED_BYTES	SZ_2M

/* Allocate, resize and free a block of a private heap. */
static void client_heap_block(struct kpool_heap *heap)
{
	void *p = kpool_heap_alloc(heap, 100, GFP_KERNEL), *q;

	if (!client_expect(p))
		return;
	client_expect(kpool_owns(p));
	client_fill(p, 100, 1);
	q = kpool_heap_realloc(heap, p, 1000, GFP_KERNEL);
	if (client_expect(q))
		p = q;
	client_expect(client_intact(p, 100, 1));
	/* kpool_free() takes blocks of any heap. */
	kpool_free(p);

	p = kpool_heap_realloc(heap, NULL, 30, GFP_KERNEL);
	if (client_expect(p))
		kpool_heap_free_sized(heap, p, 30);
	p = kpool_heap_zalloc(heap, 300, GFP_KERNEL);
	client_expect(p && !memchr_inv(p, 0, 300));
	kpool_heap_free(heap, p);
	p = kpool_heap_alloc_node(heap, 5000, GFP_KERNEL, numa_mem_id());
	client_expect(p);
	kpool_heap_free(heap, p);
	client_expect(kpool_heap_alloc(heap, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
	kpool_heap_free(heap, ZERO_SIZE_PTR);
	kpool_heap_free(heap, NULL);
}

static void heap_calls(void)
{
	struct kpool_heap *heap = kpool_heap_create("client", NULL);
	void *block[CLIENT_HEAP_BLOCKS];
	struct kpool_stats s;

	if (!client_expect(!IS_ERR(heap)))
		return;
	client_expect(IS_ERR(kpool_heap_create("client", NULL)));
	client_heap_block(heap);
	if (client_expect(kpool_heap_alloc_bulk(heap, 72, GFP_KERNEL, ARRAY_SIZE(block), block) ==
			  ARRAY_SIZE(block))) {
		if (client_expect(!kpool_heap_stats(heap, &s))) {
			client_expect(s.blocks_used == ARRAY_SIZE(block));
			client_expect(s.arenas);
		}
		kpool_heap_free_bulk(heap, ARRAY_SIZE(block), block);
	}
	if (client_expect(!kpool_heap_stats(heap, &s)))
		client_expect(!s.blocks_used && !s.bytes_used);
	client_expect_sane(heap);
	kpool_heap_destroy(heap);
}

/* The end of a region heap frees all its memory, including used blocks and large requests. */
static void heap_region(void)
{
	static const struct kpool_heap_attr attr = { .flags = KPOOL_HEAP_REGION };
	struct kpool_heap *heap = kpool_heap_create("client-region", &attr);
	size_t huge = SIZE_MAX;
	unsigned int i;
	void *p;

	if (!client_expect(!IS_ERR(heap)))
		return;
	OPTIMIZER_HIDE_VAR(huge);
	client_expect(!kpool_heap_alloc(heap, huge, GFP_KERNEL | __GFP_NOWARN));
	for (i = 0; i < 40 * CLIENT_HEAP_BLOCKS; i++) {
		size_t size = 1 + i * 7 % 3000;

		p = kpool_heap_alloc(heap, size, GFP_KERNEL);
		if (!client_expect(p))
			break;
		client_fill(p, size, i);
		if (i % 3)
			continue;
		client_expect(client_intact(p, size, i));
		kpool_heap_free(heap, p);
	}
	p = kpool_heap_realloc(heap, NULL, 2000, GFP_KERNEL);
	if (client_expect(p)) {
		client_fill(p, 2000, 1);
		p = kpool_heap_realloc(heap, p, 20000, GFP_KERNEL);
		client_expect(p && client_intact(p, 2000, 1));
	}
	client_expect_sane(heap);
	kpool_heap_destroy(heap);
}

/* Fill the heap with blocks of one size and free them all. */
static void client_fill_and_free(struct kpool_heap *heap, size_t size)
{
	size_t i, nr = CLIENT_PINNED_BYTES / size;
	void **block = kvcalloc(nr, sizeof(*block), GFP_KERNEL);

	if (!client_expect(block))
		return;
	for (i = 0; i < nr; i++) {
		block[i] = kpool_heap_alloc(heap, size, GFP_KERNEL);
		if (!client_expect(block[i]))
			break;
		client_fill(block[i], size, i);
	}
	while (i--) {
		client_expect(client_intact(block[i], size, i));
		kpool_heap_free(heap, block[i]);
	}
	kvfree(block);
	cond_resched();
}

static void heap_pin_classes(void)
{
	static const struct kpool_heap_attr attr = { .flags = KPOOL_HEAP_PIN_CLASSES };
	static const size_t sizes[] = { 64, 200, 64, 512, 24, 200 };
	struct kpool_heap *heap = kpool_heap_create("client-pin", &attr);
	struct kpool_stats s;
	unsigned int i;

	if (!client_expect(!IS_ERR(heap)))
		return;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		client_fill_and_free(heap, sizes[i]);
		client_expect_sane(heap);
	}
	if (client_expect(!kpool_heap_stats(heap, &s)))
		client_expect(!s.recycled_other);
	kpool_heap_shrink(heap);
	client_expect_sane(heap);
	kpool_heap_destroy(heap);
}

static void client_expect_no_heap(const char *name, const struct kpool_heap_attr *attr)
{
	struct kpool_heap *heap = kpool_heap_create(name, attr);

	if (!client_expect(IS_ERR(heap)))
		kpool_heap_destroy(heap);
}

static void heap_bad_arguments(void)
{
	static const struct kpool_heap_attr unknown = { .flags = 1u << 31 };
	char name[KPOOL_HEAP_NAME_MAX + 2];
	struct kpool_heap *heap;

	client_expect_no_heap("client-flags", &unknown);
	client_expect_no_heap(NULL, NULL);
	client_expect_no_heap("", NULL);
	client_expect_no_heap("default", NULL);
	client_expect_no_heap("client/slash", NULL);
	client_expect_no_heap("..", NULL);

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	client_expect_no_heap(name, NULL);
	name[KPOOL_HEAP_NAME_MAX] = '\0';
	heap = kpool_heap_create(name, NULL);
	if (client_expect(!IS_ERR(heap)))
		kpool_heap_destroy(heap);
}

const struct client_case client_heap_cases[] = {
	CLIENT_CASE(heap_calls),
	CLIENT_CASE(heap_region),
	CLIENT_CASE(heap_pin_classes),
	CLIENT_CASE(heap_bad_arguments),
	{}
};
