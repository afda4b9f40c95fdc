// SPDX-License-Identifier: GPL-2.0
/* Several objects at a time: where nothing may sleep, and in bulk. */
#include <linux/bottom_half.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include "contents.h"
#include "stress.h"

#define STRESS_SECTION_OBJECTS	8
#define STRESS_BULK_MAX		32

/* PREEMPT_RT allocates in threads only, with preemption on. */
#define STRESS_SECTIONS		(IS_ENABLED(CONFIG_PREEMPT_RT) ? 2 : 4)

static DEFINE_SPINLOCK(stress_section_lock);

static void stress_section_work(struct stress_actor *actor)
{
	struct stress_object object[STRESS_SECTION_OBJECTS];
	unsigned int i, first = stress_random(actor, STRESS_SECTION_OBJECTS);

	for (i = 0; i < STRESS_SECTION_OBJECTS; i++)
		stress_object_make(actor, &object[i], i % 2 ? GFP_ATOMIC | __GFP_NOWARN :
							      GFP_NOWAIT | __GFP_NOWARN);
	for (i = 0; i < STRESS_SECTION_OBJECTS; i++) {
		struct stress_object *o = &object[(first + i) % STRESS_SECTION_OBJECTS];

		if (o->p)
			stress_object_end(actor, o);
	}
	actor->tally.sections++;
}

void stress_section(struct stress_actor *actor)
{
	unsigned long flags;

	switch (stress_random(actor, STRESS_SECTIONS)) {
	case 0:
		local_bh_disable();
		stress_section_work(actor);
		local_bh_enable();
		break;
	case 1:
		spin_lock_irqsave(&stress_section_lock, flags);
		stress_section_work(actor);
		spin_unlock_irqrestore(&stress_section_lock, flags);
		break;
	case 2:
		preempt_disable();
		stress_section_work(actor);
		preempt_enable();
		break;
	default:
		local_irq_save(flags);
		stress_section_work(actor);
		local_irq_restore(flags);
	}
}

static unsigned int stress_bulk_alloc(struct stress_actor *actor, struct kpool_heap *heap,
				      u32 size, void **block)
{
	unsigned int nr = 1 + stress_random(actor, STRESS_BULK_MAX);
	unsigned int got = heap ? kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, block) :
				  kpool_alloc_bulk(size, GFP_KERNEL, nr, block);

	actor->tally.allocs += got;
	actor->tally.refused += !got;
	return got;
}

/* Two batches, of two sizes and heaps perhaps, that are freed as one. */
void stress_bulk(struct stress_actor *actor)
{
	u8 heap = stress_heap_any(actor), other = stress_heap_any(actor);
	u32 size = stress_size(actor), other_size = stress_size(actor);
	void *block[2 * STRESS_BULK_MAX];
	unsigned int nr, all, i;

	nr = stress_bulk_alloc(actor, stress_heap[heap], size, block);
	all = nr + stress_bulk_alloc(actor, stress_heap[other], other_size, block + nr);
	for (i = 0; i < all; i++)
		contents_fill(block[i], i < nr ? size : other_size, i);
	for (i = 0; i < all; i++)
		stress_look_at(block[i], i < nr ? size : other_size, i,
			       stress_heap_name(i < nr ? heap : other));
	if (heap == other && stress_heap[heap])
		kpool_heap_free_bulk(stress_heap[heap], all, block);
	else
		kpool_free_bulk(all, block);
	actor->tally.frees += all;
	actor->tally.bulks++;
}
