// SPDX-License-Identifier: GPL-2.0
/*
 * Magazines: the slow path of frees, draining, and the exchange of magazines with CPUs.
 *
 * Each CPU has, per class, a loaded and a previous magazine, so that a caller at the end of the
 * loaded one only swaps the two. When both are full (or empty, see refill.c), one of them is
 * detached from the CPU. With preemption on, it is exchanged in the depot, drained to the pools or
 * refilled from them, and then attached to the CPU that the caller runs on by that time.
 *
 * A magazine belongs to exactly one of: a CPU's slot, a depot, the function
 * that detached it.
 */
#include <linux/cpu.h>
#include <linux/topology.h>

#include "class.h"
#include "compat.h"
#include "debug/report.h"
#include "depot.h"
#include "magazine.h"
#include "pages.h"
#include "pool.h"

void *kpool_no_magazine[1];

/* Not read-only after init: see kpool_free_rcu_cpus in free_rcu.c. */
struct kpool_slot __percpu *kpool_magazine_no_room __read_mostly;

/* Push a block into the loaded magazine unless it is full. Caller has claimed the slot. */
static bool kpool_magazine_push(struct kpool_slot *slot, void *block)
{
	void **top = slot->top;

	if (top == slot->end)
		return false;
	top[1] = block;
	WRITE_ONCE(slot->top, top + 1);
	return true;
}

/* Rounds in both magazines of a CPU, read from any CPU. Approximate while that CPU uses them. */
unsigned long kpool_magazine_cached(struct kpool_heap *heap, int cpu, unsigned int class)
{
	struct kpool_cpu *pcpu = per_cpu_ptr(heap->cpu, cpu);
	void **end = READ_ONCE(pcpu->slot[class].end);
	void **top = READ_ONCE(pcpu->slot[class].top);
	unsigned int capacity = READ_ONCE(pcpu->slot[class].capacity);
	unsigned long rounds = capacity - (end - top);

	/* The three values do not match if the magazine changed meanwhile. */
	if (rounds > capacity)
		rounds = 0;
	return rounds + READ_ONCE(pcpu->cold[class].previous_rounds);
}
KPOOL_EXPORT_TEST(kpool_magazine_cached);

/*
 * Give a detached magazine to the depot: full as it is, otherwise drained. Delete it if the depot
 * has no room.
 */
static void kpool_magazine_dispose(struct kpool_heap *heap, unsigned int class,
				   struct kpool_magazine *mag)
{
	if (mag->rounds == mag->capacity)
		mag = kpool_depot_put_full(heap, class, mag);
	if (!mag)
		return;
	if (mag->rounds)
		kpool_depot_empty(heap, class, mag);
	kpool_depot_put_empty(heap, class, mag);
}

/* Attach a detached magazine to this CPU as loaded. The loaded one becomes the previous one. */
void kpool_magazine_attach(struct kpool_heap *heap, unsigned int class,
			   struct kpool_magazine *mag)
{
	struct kpool_cpu *cpu = kpool_magazine_enter(heap, class);
	bool attached = false;

	if (cpu) {
		struct kpool_slot_cold *cold = &cpu->cold[class];

		/* Magazines may have been turned off while this one was detached. */
		if (!cold->previous && heap->capacity[class]) {
			WRITE_ONCE(cold->previous_rounds, kpool_slot_rounds(&cpu->slot[class]));
			cold->previous = cold->loaded;
			kpool_magazine_load(cpu, class, mag, mag->rounds);
			attached = true;
		}
		kpool_magazine_leave(heap, class);
	}
	if (!attached)
		kpool_magazine_dispose(heap, class, mag);
}

/*
 * Is the block on top of either magazine, so that this is a double free? (Each magazine has a NULL
 * below its blocks, and kpool_no_magazine is a NULL.) Caller has claimed the slot.
 */
static bool kpool_magazine_has_on_top(const struct kpool_cpu *cpu, unsigned int class,
				      const void *block)
{
	const struct kpool_slot_cold *cold = &cpu->cold[class];

	return *cpu->slot[class].top == block ||
	       (cold->previous &&
		cold->previous->round[(int)cold->previous_rounds - 1] == block);
}

static unsigned int kpool_magazine_previous_room(const struct kpool_slot_cold *cold)
{
	return cold->previous ? cold->previous->capacity - cold->previous_rounds : 0;
}

/* Take up to @nr blocks from this CPU's two magazines. Return: blocks taken. */
unsigned int kpool_magazine_alloc_many(struct kpool_heap *heap, unsigned int class,
				       unsigned int nr, void **blocks)
{
	struct kpool_cpu *cpu = kpool_magazine_enter(heap, class);
	unsigned int done;

	if (!cpu)
		return 0;
	/* Take all from one magazine if possible: the next request then finds it loaded. */
	if (kpool_slot_rounds(&cpu->slot[class]) < nr && cpu->cold[class].previous_rounds >= nr)
		kpool_magazine_swap(cpu, class);
	done = kpool_slot_pop_many(&cpu->slot[class], nr, blocks);
	if (done < nr && cpu->cold[class].previous_rounds) {
		kpool_magazine_swap(cpu, class);
		done += kpool_slot_pop_many(&cpu->slot[class], nr - done, blocks + done);
	}
	kpool_magazine_leave(heap, class);
	return done;
}

/* Push blocks of one class byte into this CPU's two magazines. Return: blocks pushed. */
unsigned int kpool_magazine_free_many(struct kpool_heap *heap, u8 byte, unsigned int nr,
				      void *const *blocks)
{
	unsigned int class = byte & KPOOL_BYTE_CLASS, done;
	struct kpool_cpu *cpu = kpool_magazine_enter(heap, class);

	if (!cpu)
		return 0;
	if (kpool_magazine_previous_room(&cpu->cold[class]) >= nr)
		kpool_magazine_swap(cpu, class);
	done = kpool_slot_push_many(&cpu->slot[class], byte, nr, blocks);
	if (done < nr && kpool_magazine_previous_room(&cpu->cold[class])) {
		kpool_magazine_swap(cpu, class);
		done += kpool_slot_push_many(&cpu->slot[class], byte, nr - done, blocks + done);
	}
	kpool_magazine_leave(heap, class);
	return done;
}

/*
 * Get a detached magazine with room. @mag: a full one to exchange, or NULL. Return: NULL without
 * memory or if magazines are off.
 */
static struct kpool_magazine *kpool_magazine_make_room(struct kpool_heap *heap,
						       unsigned int class,
						       struct kpool_magazine *mag)
{
	if (mag)
		mag = kpool_depot_put_full(heap, class, mag);
	if (!mag)
		return kpool_depot_get_empty(heap, class, KPOOL_GFP_FREE);
	if (mag->rounds == mag->capacity)
		kpool_depot_empty(heap, class, mag);
	return mag;
}

/**
 * kpool_magazine_free_slow() - free a block when the loaded magazine has no room
 * @heap: the heap
 * @class: size class
 * @block: the block
 *
 * Context: any, no lock held.
 */
noinline void kpool_magazine_free_slow(struct kpool_heap *heap, unsigned int class, void *block)
{
	struct kpool_cpu *cpu = kpool_magazine_enter(heap, class);
	struct kpool_magazine *mag;

	if (cpu) {
		struct kpool_slot_cold *cold = &cpu->cold[class];
		bool done;

		if (unlikely(kpool_magazine_has_on_top(cpu, class, block))) {
			kpool_magazine_leave(heap, class);
			kpool_report_double_free(heap, block, kpool_class_size(class));
			return;
		}
		if (kpool_magazine_previous_room(cold))
			kpool_magazine_swap(cpu, class);
		done = kpool_magazine_push(&cpu->slot[class], block);
		mag = done ? NULL : kpool_magazine_detach(cold);
		kpool_magazine_leave(heap, class);
		if (done)
			return;
		mag = kpool_magazine_make_room(heap, class, mag);
		kpool_heap_arm_trim(heap);
		if (mag) {
			mag->round[mag->rounds++] = block;
			kpool_magazine_attach(heap, class, mag);
			return;
		}
	}
	kpool_pool_put(heap, class, &block, 1);
}

/* Take both magazines of a class from a CPU. Caller has claimed the slot. */
static void kpool_magazine_detach_both(struct kpool_cpu *cpu, unsigned int class,
				       struct kpool_magazine *mag[2])
{
	mag[0] = kpool_magazine_detach(&cpu->cold[class]);
	kpool_magazine_swap(cpu, class);
	mag[1] = kpool_magazine_detach(&cpu->cold[class]);
}

static void kpool_magazine_drain_pair(struct kpool_heap *heap, unsigned int class,
				      struct kpool_magazine *mag[2])
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (mag[i] && mag[i]->rounds)
			kpool_depot_empty(heap, class, mag[i]);
		kpool_depot_delete(heap, mag[i]);
	}
}

/* Drain the magazines of a CPU. The CPU is offline, or the heap is not in use. */
void kpool_magazine_drain_cpu(struct kpool_heap *heap, int cpu)
{
	struct kpool_magazine *mag[2];
	unsigned int class;

	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		kpool_magazine_detach_both(per_cpu_ptr(heap->cpu, cpu), class, mag);
		kpool_magazine_drain_pair(heap, class, mag);
	}
}

/* Was the slot unused since the last call? Record its state for the next call. */
static bool kpool_magazine_idle(struct kpool_slot *slot, struct kpool_slot_cold *cold)
{
	bool idle = slot->top == cold->seen_top && slot->allocs == cold->seen_allocs;

	cold->seen_top = slot->top;
	cold->seen_allocs = slot->allocs;
	return idle;
}

/* Drain this CPU's magazines: all with @all, otherwise those that were idle since the last call. */
void kpool_magazine_drain_here(struct kpool_heap *heap, bool all)
{
	unsigned int class;

	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		struct kpool_magazine *mag[2] = {};
		struct kpool_cpu *cpu;

		if (!raw_cpu_read(heap->cpu->cold[class].loaded))
			continue;
		/* Never busy: a task leaves its slot before it can be preempted. */
		cpu = kpool_magazine_enter(heap, class);
		if (!cpu)
			return;
		if (kpool_magazine_idle(&cpu->slot[class], &cpu->cold[class]) || all)
			kpool_magazine_detach_both(cpu, class, mag);
		kpool_magazine_leave(heap, class);
		kpool_magazine_drain_pair(heap, class, mag);
		cond_resched();
	}
}

static void kpool_magazine_drain_work(struct work_struct *work)
{
	struct kpool_cpu *cpu = container_of(work, struct kpool_cpu, drain);

	kpool_magazine_drain_here(cpu->heap, xchg(&cpu->drain_all, 0));
}

/* Let a slot serve no call. It is busy for ever, so that calls find that out at once. */
static void kpool_magazine_close_slot(struct kpool_slot *slot)
{
	slot->busy = true;
	slot->top = kpool_no_magazine;
	slot->end = kpool_no_magazine;
}

int __init kpool_magazine_init(void)
{
	unsigned int class;
	int cpu;

	kpool_magazine_no_room = __alloc_percpu(KPOOL_NR_CLASSES * sizeof(struct kpool_slot),
						__alignof__(struct kpool_slot));
	if (!kpool_magazine_no_room)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		for (class = 0; class < KPOOL_NR_CLASSES; class++)
			kpool_magazine_close_slot(per_cpu_ptr(kpool_magazine_no_room, cpu) + class);
	return 0;
}

void kpool_magazine_exit(void)
{
	free_percpu(kpool_magazine_no_room);
}

void kpool_magazine_init_cpus(struct kpool_heap *heap)
{
	unsigned int class;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct kpool_cpu *pcpu = per_cpu_ptr(heap->cpu, cpu);

		pcpu->heap = heap;
		INIT_WORK(&pcpu->drain, kpool_magazine_drain_work);
		kpool_magazine_close_slot(&pcpu->slot[KPOOL_NR_CLASSES]);
		for (class = 0; class < KPOOL_NR_CLASSES; class++)
			kpool_magazine_load(pcpu, class, NULL, 0);
	}
}

/* Has this CPU a magazine of any class? */
static bool kpool_magazine_cpu_cached(struct kpool_heap *heap, int cpu)
{
	unsigned int class;

	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		if (READ_ONCE(per_cpu_ptr(heap->cpu, cpu)->cold[class].loaded))
			return true;
	return false;
}

/*
 * Start the drain of every online CPU that has magazines, without waiting. The hotplug callback
 * drains a CPU that goes offline meanwhile. Return: whether any CPU had magazines.
 */
bool kpool_magazine_kick(struct kpool_heap *heap, bool all)
{
	bool any = false;
	int cpu;

	for_each_online_cpu(cpu) {
		struct kpool_cpu *pcpu = per_cpu_ptr(heap->cpu, cpu);

		if (!kpool_magazine_cpu_cached(heap, cpu))
			continue;
		if (all)
			xchg(&pcpu->drain_all, 1);
		queue_work_on(cpu, kpool_wq, &pcpu->drain);
		any = true;
	}
	return any;
}

/* Drain all CPUs' magazines, and wait for that. May sleep. */
void kpool_magazine_drain_all(struct kpool_heap *heap)
{
	int cpu;

	kpool_magazine_kick(heap, true);
	for_each_possible_cpu(cpu)
		flush_work(&per_cpu_ptr(heap->cpu, cpu)->drain);
}
KPOOL_EXPORT_TEST(kpool_magazine_drain_all);
