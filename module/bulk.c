// SPDX-License-Identifier: GPL-2.0
/*
 * Several blocks at a time: one entry into the magazines for a whole run, and
 * what they lack straight from the pools.
 */
#include <linux/slab.h>
#include <linux/topology.h>

#include "api.h"
#include "heap.h"
#include "magazine.h"
#include "map.h"
#include "pool.h"

/* Blocks that are moved in one go, with preemption or interrupts off. */
#define KPOOL_BULK_RUN	64

/* Pops up to @nr blocks of a class off the loaded magazine. Return: how many. */
static unsigned int kpool_bulk_pop(struct kpool_heap *heap, unsigned int class,
				   unsigned int nr, void **blocks)
{
	struct kpool_cpu *cpu;
	unsigned int i = 0;

	preempt_disable();
	cpu = this_cpu_ptr(heap->cpu);
	if (likely(kpool_magazine_claim(cpu))) {
		while (i < nr && (blocks[i] = kpool_magazine_pop(&cpu->slot[class])))
			i++;
		kpool_magazine_release(cpu);
	}
	preempt_enable();
	return i;
}

/* Fills @blocks from the pools. Return: how many. */
static unsigned int kpool_bulk_take(struct kpool_heap *heap, unsigned int class, gfp_t gfp,
				    unsigned int nr, void **blocks)
{
	unsigned int done = 0, got;

	do {
		got = kpool_pool_take(heap, numa_mem_id(), class, blocks + nr - done,
				      min_t(unsigned int, nr - done, KPOOL_BULK_RUN), gfp);
		done += got;
	} while (got && done < nr);
	this_cpu_add(heap->cpu->cold[class].slow_allocs, done);
	return done;
}

/**
 * kpool_heap_alloc_bulk() - allocate several blocks of one size from a heap
 * @heap: the heap
 * @size: bytes of each
 * @gfp: as for kmalloc()
 * @nr: how many
 * @blocks: the blocks
 *
 * Context: as kpool_alloc().
 * Return: @nr, or 0 if there is not memory for all of them.
 */
unsigned int kpool_heap_alloc_bulk(struct kpool_heap *heap, size_t size, gfp_t gfp,
				   unsigned int nr, void **blocks)
{
	unsigned int class, done = 0, rest, i;

	if (kpool_api_small(size) && !(gfp & KPOOL_GFP_SPECIAL)) {
		class = kpool_class_of(size);
		done = kpool_bulk_pop(heap, class, nr, blocks);
		/* The pools fill from the end: what they lack is a hole in the middle. */
		rest = nr - done;
		i = rest ? kpool_bulk_take(heap, class, gfp, rest, blocks + done) : 0;
		if (i && i < rest)
			memmove(blocks + done, blocks + nr - i, i * sizeof(*blocks));
		done += i;
		for (i = 0; i < done; i++)
			kpool_api_init(blocks[i], class, gfp);
	}
	for (; done < nr; done++) {
		blocks[done] = kpool_heap_alloc(heap, size, gfp);
		if (unlikely(!blocks[done])) {
			kpool_free_bulk(done, blocks);
			return 0;
		}
	}
	return nr;
}
EXPORT_SYMBOL_GPL(kpool_heap_alloc_bulk);

/**
 * kpool_alloc_bulk() - allocate several blocks of one size from the default heap
 * @size: bytes of each
 * @gfp: as for kmalloc()
 * @nr: how many
 * @blocks: the blocks
 *
 * Context: as kpool_alloc().
 * Return: @nr, or 0 if there is not memory for all of them.
 */
unsigned int kpool_alloc_bulk(size_t size, gfp_t gfp, unsigned int nr, void **blocks)
{
	return kpool_heap_alloc_bulk(kpool_default_heap, size, gfp, nr, blocks);
}
EXPORT_SYMBOL_GPL(kpool_alloc_bulk);

/*
 * Frees up to @nr blocks of one heap into loaded magazines, until one does not
 * fit or is not the heap's. @private: the heap's class byte. Return: how many.
 */
static unsigned int kpool_bulk_push(struct kpool_cpu __percpu *pcpu, u8 private,
				    void *const *blocks, unsigned int nr)
{
	struct kpool_cpu *cpu;
	unsigned int i = 0;

	preempt_disable();
	cpu = this_cpu_ptr(pcpu);
	if (likely(kpool_magazine_claim(cpu))) {
		for (; i < nr; i++) {
			unsigned int class = kpool_map_byte(blocks[i]) ^ private;

			if (unlikely(class >= KPOOL_NR_CLASSES || want_init_on_free()) ||
			    unlikely(!kpool_magazine_push(&cpu->slot[class], blocks[i])))
				break;
		}
		kpool_magazine_release(cpu);
	}
	preempt_enable();
	return i;
}

static void kpool_bulk_free(struct kpool_heap *heap, unsigned int nr, void *const *blocks)
{
	unsigned int i = 0;

	while (i < nr) {
		unsigned int run = min_t(unsigned int, nr - i, KPOOL_BULK_RUN);
		unsigned int done = kpool_bulk_push(heap->cpu, heap->byte, blocks + i, run);

		i += done;
		if (done < run)
			kpool_api_free_slow(blocks[i++]);
	}
}

/**
 * kpool_free_bulk() - free several pieces of memory
 * @nr: how many
 * @blocks: what kpool_free() takes, in any mix
 *
 * Context: any that kfree() may be called from.
 */
void kpool_free_bulk(unsigned int nr, void **blocks)
{
	kpool_bulk_free(kpool_default_heap, nr, blocks);
}
EXPORT_SYMBOL_GPL(kpool_free_bulk);

/**
 * kpool_heap_free_bulk() - free several pieces of memory of a heap
 * @heap: the heap that they came from
 * @nr: how many
 * @blocks: what kpool_heap_free() takes
 *
 * Context: any that kfree() may be called from.
 */
void kpool_heap_free_bulk(struct kpool_heap *heap, unsigned int nr, void **blocks)
{
	kpool_bulk_free(heap, nr, blocks);
}
EXPORT_SYMBOL_GPL(kpool_heap_free_bulk);
