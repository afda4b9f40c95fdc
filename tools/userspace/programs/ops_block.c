// SPDX-License-Identifier: GPL-2.0
/* Operations: allocate, free and resize memory. */
#include "ops_model.h"

/* Requests. */
enum {
	OPS_PLAIN, OPS_ATOMIC, OPS_ZERO, OPS_NOWAIT, OPS_NODE, OPS_THISNODE, OPS_DMA, OPS_ACCOUNT,
	OPS_ARRAY, OPS_CALLOC, OPS_INLINE, OPS_INLINE_CONST, OPS_MEMDUP, OPS_STRDUP, OPS_HEAP_ZERO,
	OPS_OBJECT, OPS_INLINE_ZERO, OPS_NOFAIL, OPS_NOFS,
};

static const gfp_t ops_gfp[] = {
	[OPS_PLAIN] = GFP_KERNEL, [OPS_ATOMIC] = GFP_ATOMIC, [OPS_ZERO] = GFP_KERNEL | __GFP_ZERO,
	[OPS_NOWAIT] = GFP_NOWAIT | __GFP_NOWARN, [OPS_NODE] = GFP_KERNEL,
	[OPS_THISNODE] = GFP_KERNEL | __GFP_THISNODE, [OPS_DMA] = GFP_KERNEL | __GFP_DMA,
	[OPS_ACCOUNT] = GFP_KERNEL_ACCOUNT, [OPS_CALLOC] = GFP_KERNEL | __GFP_ZERO,
	[OPS_INLINE_ZERO] = GFP_KERNEL | __GFP_ZERO, [OPS_NOFAIL] = GFP_KERNEL | __GFP_NOFAIL,
	[OPS_NOFS] = GFP_NOFS, [OPS_HEAP_ZERO] = GFP_KERNEL | __GFP_ZERO,
};

/* Requests that exist for the default heap only. */
static void *ops_alloc_default(unsigned int variant, size_t *size, gfp_t gfp)
{
	static const char text[OPS_BULK] = "what kpool_memdup() copies";
	char *copy;

	switch (variant) {
	case OPS_ARRAY:
		if (kpool_alloc_array(SIZE_MAX / 2, *size + 3, gfp))
			ops_bug("an overflowing array");
		return kpool_alloc_array(1, *size, gfp);
	case OPS_CALLOC:
		return kpool_calloc(*size, 1, GFP_KERNEL);
	case OPS_INLINE:
		return kpool_alloc_inline(*size, gfp);
	case OPS_INLINE_CONST:
		*size = 64;
		return kpool_alloc_inline(64, gfp);
	case OPS_INLINE_ZERO:
		*size = 200;
		return kpool_alloc_inline(200, gfp);
	case OPS_MEMDUP:
		*size = *size % sizeof(text) + 1;
		copy = kpool_memdup(text, *size, gfp);
		if (copy && memcmp(copy, text, *size))
			ops_bug("kpool_memdup() did not copy");
		return copy ? memset(copy, 0, *size) : NULL;
	case OPS_STRDUP:
		*size = strlen(text) + 1;
		copy = kpool_strdup(text, gfp);
		if (kpool_strdup(NULL, gfp) || (copy && strcmp(copy, text)))
			ops_bug("kpool_strdup() did not copy");
		return copy ? memset(copy, 0, *size) : NULL;
	case OPS_OBJECT:
		*size = sizeof(struct ops_object);
		return kpool_alloc_obj(struct ops_object, gfp);
	default:
		return kpool_alloc(*size, gfp);
	}
}

void ops_alloc(struct ops_record record)
{
	unsigned int variant = ops_variant(record) % ARRAY_SIZE(ops_gfp), heap = ops_heap(record);
	gfp_t gfp = ops_gfp[variant] ?: GFP_KERNEL;
	size_t size = ops_size(record.arg);
	long failed = ops_failed();
	void *p;

	if (!ops_room(1) || (variant == OPS_NOFAIL && size > PAGE_SIZE))
		return;
	if (variant == OPS_NODE || variant == OPS_THISNODE)
		p = kpool_heap_alloc_node(ops_heap_ptr(heap), size, gfp, ops_random() % 4 - 1);
	else if (variant == OPS_HEAP_ZERO)
		p = kpool_heap_zalloc(ops_heap_ptr(heap), size, GFP_KERNEL);
	else if (heap)
		p = kpool_heap_alloc(ops_heap_ptr(heap), size, gfp);
	else
		p = ops_alloc_default(variant, &size, gfp);
	if (!size && p != ZERO_SIZE_PTR)
		ops_bug("no bytes at %p", p);
	if (!p)
		ops_expect_failure(failed, size);
	else if (size)
		ops_add(p, size, heap, gfp & __GFP_ZERO);
	else
		kpool_free(p);
}

/* Make many requests of one size, until one fails. */
void ops_burst(struct ops_record record)
{
	unsigned int heap = ops_heap(record), nr = (ops_variant(record) + 1) * 16;
	size_t size = clamp(ops_size(record.arg), (size_t)1, (size_t)KPOOL_MAX_SIZE);
	long failed = ops_failed();
	void *p;

	if (!ops_room(nr))
		return;
	while (nr--) {
		p = kpool_heap_alloc(ops_heap_ptr(heap), size, GFP_KERNEL);
		if (!p) {
			ops_expect_failure(failed, size);
			break;
		}
		ops_add(p, size, heap, false);
	}
}

void ops_bulk_alloc(struct ops_record record)
{
	static const unsigned int numbers[] = { 1, 2, 3, 8, 16, 17, 60, 64, 65, 124, 128, 250 };
	unsigned int nr = numbers[ops_variant(record) % ARRAY_SIZE(numbers)];
	unsigned int heap = ops_heap(record), got, i;
	size_t size = ops_size(record.arg);
	bool zero = ops_variant(record) & 16;
	gfp_t gfp = zero ? GFP_ATOMIC | __GFP_ZERO : GFP_KERNEL;
	long failed = ops_failed();
	void *blocks[OPS_BULK];

	if (!ops_room(nr) || size > 10000 || !size)
		return;
	if (heap)
		got = kpool_heap_alloc_bulk(ops_heap_ptr(heap), size, gfp, nr, blocks);
	else
		got = kpool_alloc_bulk(size, gfp, nr, blocks);
	if (!got)
		ops_expect_failure(failed, size);
	else if (got != nr)
		ops_bug("%u blocks of %u in bulk", got, nr);
	for (i = 0; i < got; i++)
		ops_add(blocks[i], size, heap, zero);
}

/* Frees. */
unsigned int ops_pick(u16 arg)
{
	return arg % model.nr;
}

/* All ways to free a block except kpool_free_rcu_mightsleep(). */
static void ops_free_anywhere(const struct ops_block *block, unsigned int variant)
{
	struct kpool_heap *heap = block->heap == OPS_NO_HEAP ? NULL : ops_heap_ptr(block->heap);
	struct rcu_head *rcu = (struct rcu_head *)block->p;

	switch (variant) {
	case 1:
		if (heap) {
			kpool_heap_free(heap, block->p);
			return;
		}
		break;
	case 2:
		if (heap) {
			kpool_heap_free_sized(heap, block->p, block->size);
			return;
		}
		break;
	case 3:
		if (!block->heap) {
			kpool_free_sized(block->p, block->size);
			return;
		}
		break;
	case 4:
		kpool_free_inline(block->p);
		return;
	case 5:
		if (!block->heap) {
			kpool_free_sized_inline(block->p, block->size);
			return;
		}
		break;
	case 6:
		kpool_free_sensitive(block->p);
		return;
	case 7:
		if (block->size >= sizeof(*rcu)) {
			kpool_rcu_free(rcu, block->p);
			return;
		}
		break;
	case 9:
		if (block->size >= sizeof(struct ops_object)) {
			kpool_free_rcu((struct ops_object *)block->p, rcu);
			return;
		}
		break;
	}
	kpool_free(block->p);
}

void ops_free_block(const struct ops_block *block, unsigned int variant)
{
	if (variant == 8 && !current->in_irq) {
		kpool_free_rcu_mightsleep(block->p);
		return;
	}
	sim_free_begin();
	ops_free_anywhere(block, variant);
	sim_free_end();
}

void ops_free(struct ops_record record)
{
	struct ops_block block;

	if (!model.nr)
		return;
	block = ops_remove(ops_pick(record.arg));
	ops_free_block(&block, ops_variant(record) % 10);
}

void ops_drop(struct ops_record record)
{
	unsigned int nr = (ops_variant(record) % 8 + 1) * 32, order = ops_variant(record) / 8;

	while (nr-- && model.nr) {
		struct ops_block block = ops_remove(order == 0 ? 0 : order == 1 ? model.nr - 1 :
						    ops_pick(ops_random()));

		ops_free_block(&block, record.arg % 7);
	}
}

void ops_bulk_free(struct ops_record record)
{
	unsigned int nr = ops_variant(record) * 8 + 1, heap = ops_heap(record), i, done = 0;
	bool any = record.arg & 1;
	void *blocks[OPS_BULK];

	for (i = model.nr; i-- && done < nr;) {
		if (any || model.block[i].heap == heap)
			blocks[done++] = ops_remove(i).p;
	}
	sim_free_begin();
	if (any)
		kpool_free_bulk(done, blocks);
	else
		kpool_heap_free_bulk(ops_heap_ptr(heap), done, blocks);
	sim_free_end();
}

/* Does a debug heap take over in place kmalloc memory that no heap has recorded? */
static bool ops_adopts(const struct ops_block *block, unsigned int heap)
{
	unsigned int flags = block->heap == OPS_NO_HEAP ? 0 : model.heap[block->heap].flags;

	return model.heap[heap].flags & KPOOL_HEAP_DEBUG && !kpool_owns(block->p) &&
	       !(flags & (KPOOL_HEAP_REGION | KPOOL_HEAP_DEBUG | KPOOL_HEAP_TYPESAFE_RCU));
}

void ops_realloc(struct ops_record record)
{
	unsigned int variant = ops_variant(record) % 8, heap = ops_heap(record);
	gfp_t gfp = variant & 4 ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;
	size_t size = ops_size(record.arg);
	long failed = ops_failed();
	struct ops_block block;
	bool moved;
	u8 *p;

	if (!model.nr)
		return;
	block = ops_remove(ops_pick(ops_random()));
	/* A block that moves also changes its heap. */
	if (variant & 1 || (!model.heap[block.heap % OPS_HEAPS].heap && block.heap))
		heap = 0;
	p = variant & 2 ? kpool_heap_realloc(ops_heap_ptr(heap), block.p, size, gfp) :
			  kpool_realloc(block.p, size, gfp);
	heap = variant & 2 ? heap : 0;
	if (!size) {
		if (p != ZERO_SIZE_PTR)
			ops_bug("no bytes at %p", p);
		return;
	}
	moved = p && p != block.p;
	if (!moved && !(p && ops_adopts(&block, heap)))
		heap = block.heap;
	if (!p) {
		ops_expect_failure(failed, size);
		p = block.p;
		size = block.size;
	}
	block.p = p;
	ops_expect(&block, min(size, block.size));
	if (gfp & __GFP_ZERO && block.zeroed && size > block.size &&
	    memchr_inv(p + block.size, 0, size - block.size))
		ops_bug("bytes beyond %zu of %zu at %p are not zero", block.size, size, p);
	block.zeroed &= !!(gfp & __GFP_ZERO);
	/* kmalloc memory that a shrinking realloc kept. */
	if (size <= KPOOL_MAX_SIZE && !kpool_owns(p))
		model.misfits = true;
	/* Memory that realloc failed to move to a smaller size may be freed by that size. */
	if (!ops_is_aligned(p, size) && !READ_ONCE(ops_unaligned) && !model.misused) {
		if (moved || !(ops_failed() + model.limited))
			ops_bug("%zu bytes at %p are not aligned after a realloc", size, p);
		WRITE_ONCE(ops_unaligned, true);
	}
	block.heap = heap;
	block.size = size;
	model.block[model.nr++] = block;
	ops_own(&block);
	ops_fill(&model.block[model.nr - 1]);
}
