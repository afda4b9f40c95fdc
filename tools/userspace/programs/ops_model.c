// SPDX-License-Identifier: GPL-2.0
/* The model: allocated memory and its contents, and the meaning of an operation's fields. */
#include "ops_model.h"

__thread struct ops_model model;
bool ops_unaligned;

/* For each granule of memory: has any thread allocated it? */
static u8 ops_owned_map[OPS_MEMORY_MAX / OPS_GRANULE];

u32 ops_random(void)
{
	model.random = model.random * 1664525 + 1013904223;
	return model.random >> 8;
}

/* Ownership of memory. */
static u8 *ops_owned(const u8 *p)
{
	return ops_owned_map + (p - (u8 *)sim_memory_start()) / OPS_GRANULE;
}

void ops_own(const struct ops_block *block)
{
	size_t granules = DIV_ROUND_UP(block->size, OPS_GRANULE);

	if (!sim_is_page_memory(block->p))
		return;
	if ((unsigned long)block->p % OPS_GRANULE)
		ops_bug("%p is not aligned", block->p);
	if (memchr_inv(ops_owned(block->p), 0, granules))
		ops_bug("%zu bytes at %p are allocated already", block->size, block->p);
	memset(ops_owned(block->p), 1, granules);
}

static void ops_disown(const struct ops_block *block)
{
	if (sim_is_page_memory(block->p))
		memset(ops_owned(block->p), 0, DIV_ROUND_UP(block->size, OPS_GRANULE));
}

/* Is memory aligned to the largest power of two that divides its size? */
bool ops_is_aligned(const void *p, size_t size)
{
	return !((unsigned long)p & (min_t(size_t, size & -size, PAGE_SIZE) - 1));
}

/* Contents: bytes that count up from the block's seed. */
static u8 ops_pattern[OPS_SIZE_MAX + U8_MAX];

void ops_pattern_init(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(ops_pattern); i++)
		ops_pattern[i] = i;
}

void ops_fill(struct ops_block *block)
{
	block->seed = ++model.seed;
	memcpy(block->p, ops_pattern + block->seed, min_t(size_t, block->size, OPS_SIZE_MAX));
}

void ops_expect(const struct ops_block *block, size_t size)
{
	const u8 *want = ops_pattern + block->seed, *p = block->p;
	size_t i = 0;

	size = min_t(size_t, size, OPS_SIZE_MAX);
	if (!memcmp(p, want, size))
		return;
	while (p[i] == want[i])
		i++;
	ops_bug("contents of %zu bytes of heap %u at %p changed: byte %zu is %#x, not %#x",
		block->size, block->heap, p, i, p[i], want[i]);
}

/* Add newly allocated memory to the model. */
void ops_add(void *p, size_t size, unsigned int heap, bool zero)
{
	struct ops_block *block;

	if (IS_ERR_OR_NULL(p) || !size)
		ops_bug("%p is no memory", p);
	if ((zero || (sim_init_on_alloc && !(model.heap[heap].flags & KPOOL_HEAP_TYPESAFE_RCU))) &&
	    memchr_inv(p, 0, size))
		ops_bug("%zu bytes at %p are not zero", size, p);
	if (!ops_is_aligned(p, size) && !READ_ONCE(ops_unaligned) && !model.misused)
		ops_bug("%zu bytes at %p are not aligned", size, p);
	if (kpool_usable_size(p) < size)
		ops_bug("%zu bytes at %p, usable are %zu", size, p, kpool_usable_size(p));
	if (size <= KPOOL_MAX_SIZE && kpool_owns(p) &&
	    !(model.heap[heap].flags & KPOOL_HEAP_DEBUG) &&
	    kpool_usable_size(p) != kpool_class_size(kpool_class_of(size)))
		ops_bug("%zu bytes at %p are a block of %zu", size, p, kpool_usable_size(p));
	if (size <= KPOOL_MAX_SIZE && !kpool_owns(p))
		model.misfits = true;
	/* No interrupt can come in below. */
	block = &model.block[model.nr++];
	*block = (struct ops_block) { .p = p, .size = size, .heap = heap, .zeroed = zero };
	ops_calls++;
	ops_own(block);
	ops_fill(block);
}

/* Remove a block from the model; its contents must be intact. */
struct ops_block ops_remove(unsigned int nr)
{
	struct ops_block block = model.block[nr];

	ops_expect(&block, block.size);
	ops_disown(&block);
	ops_calls++;
	model.block[nr] = model.block[--model.nr];
	return block;
}

bool ops_room(unsigned int nr)
{
	return model.nr + nr <= OPS_BLOCKS;
}

/* Allocations that were made to fail, in all threads. */
long ops_failed(void)
{
	return __atomic_load_n(&sim_fail.failed, __ATOMIC_RELAXED);
}

/* Did a request fail without a reason? */
void ops_expect_failure(long failed, size_t size)
{
	if (ops_failed() == failed && !model.limited && size <= 1UL << 20)
		ops_bug("the request for %zu bytes failed without a reason", size);
}

/* Decoding. */
unsigned int ops_heap(struct ops_record record)
{
	unsigned int heap = record.how & (OPS_HEAPS - 1);

	return model.heap[heap].heap ? heap : 0;
}

unsigned int ops_variant(struct ops_record record)
{
	return record.how >> 3;
}

size_t ops_size(u16 arg)
{
	static const size_t large[] = { 1025, 2000, 4096, 8192, 8193, 20000, 70000, 8UL << 20 };

	if (arg <= 10 * KPOOL_MAX_SIZE)
		return arg;
	if (arg >= 0xff00)
		return large[arg % ARRAY_SIZE(large)];
	return arg % KPOOL_MAX_SIZE + 1;
}

struct kpool_heap *ops_heap_ptr(unsigned int heap)
{
	return model.heap[heap].heap;
}
