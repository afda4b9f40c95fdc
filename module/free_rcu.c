// SPDX-License-Identifier: GPL-2.0
/*
 * Freeing after a grace period.
 *
 * Objects wait in per-CPU lists, threaded through their rcu_heads, and one grace period frees a
 * whole list (the idea of the kernel's kvfree_rcu()). Nothing is allocated. The frees run in a work
 * item, not in softirq, because a list may be long.
 *
 *   pending   objects that no grace period was started for
 *   waiting   objects that the grace period under way is for
 */
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "debug/debug.h"
#include "free_rcu.h"

/**
 * struct kpool_free_rcu_cpu - objects of one CPU that wait for a grace period
 * @pending: see above
 * @waiting: see above; used only by the work item
 * @active: the work item is or will be queued
 * @rounds: grace periods done
 * @work: frees @waiting after a grace period
 */
struct kpool_free_rcu_cpu {
	struct llist_head pending;
	struct llist_node *waiting;
	int active;
	unsigned long rounds;
	struct rcu_work work;
};

/* Note in place of an object without an rcu_head. */
struct kpool_free_rcu_note {
	struct rcu_head rcu;
	const void *p;
};

/* Instead of the rcu_head's offset: the head is that of a kpool_free_rcu_note. */
#define KPOOL_FREE_RCU_NOTE	ULONG_MAX

/* Not read-only after init: kmemleak must find this pointer, and does not scan such data. */
static struct kpool_free_rcu_cpu __percpu *kpool_free_rcu_cpus __read_mostly;

/*
 * Start a grace period for the pending objects, unless one is under way. Preemption is off from the
 * time an object is pending until the work is queued, because kpool_rcu_barrier() may spin
 * meanwhile.
 */
static void kpool_free_rcu_start(struct kpool_free_rcu_cpu *rcu)
{
	if (xchg(&rcu->active, 1))
		return;
	rcu->waiting = llist_del_all(&rcu->pending);
	queue_rcu_work(kpool_wq, &rcu->work);
}

static void kpool_free_rcu_queue(struct rcu_head *head, unsigned long offset)
{
	struct kpool_free_rcu_cpu *rcu = get_cpu_ptr(kpool_free_rcu_cpus);

	head->func = (rcu_callback_t)offset;
	llist_add((struct llist_node *)head, &rcu->pending);
	if (!READ_ONCE(rcu->active))
		kpool_free_rcu_start(rcu);
	put_cpu_ptr(kpool_free_rcu_cpus);
}

static void kpool_free_rcu_object(const void *p)
{
	if (unlikely(READ_ONCE(kpool_debug_any)))
		kpool_debug_rcu_end(p);
	kpool_free(p);
}

static void kpool_free_rcu_one(struct rcu_head *head)
{
	unsigned long offset = (unsigned long)head->func;
	struct kpool_free_rcu_note *note;

	if (offset != KPOOL_FREE_RCU_NOTE) {
		kpool_free_rcu_object((void *)head - offset);
		return;
	}
	note = container_of(head, struct kpool_free_rcu_note, rcu);
	kpool_free_rcu_object(note->p);
	kpool_free(note);
}

static void kpool_free_rcu_work(struct work_struct *work)
{
	struct kpool_free_rcu_cpu *rcu = container_of(to_rcu_work(work), struct kpool_free_rcu_cpu,
						      work);
	struct llist_node *node, *next;

	llist_for_each_safe(node, next, rcu->waiting) {
		kpool_free_rcu_one((struct rcu_head *)node);
		cond_resched();
	}
	rcu->waiting = NULL;
	/* A waiter that sees the new count also sees the objects freed. */
	smp_store_release(&rcu->rounds, rcu->rounds + 1);
	/*
	 * Pairs with llist_add() in kpool_free_rcu_queue(): either that function finds @active
	 * clear, or this one finds @pending not empty.
	 */
	preempt_disable();
	xchg(&rcu->active, 0);
	if (!llist_empty(&rcu->pending))
		kpool_free_rcu_start(rcu);
	preempt_enable();
}

/**
 * kpool_rcu_free() - implementation of kpool_free_rcu()
 * @head: the object's rcu_head
 * @p: the object
 *
 * Context: any that call_rcu() allows.
 */
void kpool_rcu_free(struct rcu_head *head, const void *p)
{
	if (unlikely(READ_ONCE(kpool_debug_any)) && !kpool_debug_rcu_begin(p))
		return;
	kpool_free_rcu_queue(head, (unsigned long)head - (unsigned long)p);
}
EXPORT_SYMBOL_GPL(kpool_rcu_free);

/**
 * kpool_rcu_free_mightsleep() - implementation of kpool_free_rcu_mightsleep()
 * @p: the object, NULL is ignored
 *
 * Without memory for a note of the object, this function waits for the grace period itself.
 *
 * Context: process context, may sleep.
 */
void kpool_rcu_free_mightsleep(const void *p)
{
	struct kpool_free_rcu_note *note;

	might_sleep();
	if (ZERO_OR_NULL_PTR(p) ||
	    (unlikely(READ_ONCE(kpool_debug_any)) && !kpool_debug_rcu_begin(p)))
		return;
	note = kpool_alloc(sizeof(*note), GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (note) {
		note->p = p;
		kpool_free_rcu_queue(&note->rcu, KPOOL_FREE_RCU_NOTE);
		return;
	}
	synchronize_rcu();
	kpool_free_rcu_object(p);
}
EXPORT_SYMBOL_GPL(kpool_rcu_free_mightsleep);

/**
 * kpool_free_rcu_headless() - free an object after a grace period, and write nothing to it
 * @p: the object
 *
 * For hand-overs: from 7.x on, the head that the kernel was given may have only one word.
 *
 * Context: any that call_rcu() allows.
 * Return: false without memory for a note of the object. The object is then unchanged.
 */
bool kpool_free_rcu_headless(const void *p)
{
	struct kpool_free_rcu_note *note = kpool_alloc(sizeof(*note), GFP_NOWAIT | __GFP_NOWARN);

	if (!note)
		return false;
	if (unlikely(READ_ONCE(kpool_debug_any)) && !kpool_debug_rcu_begin(p)) {
		kpool_free(note);
		return true;
	}
	note->p = p;
	kpool_free_rcu_queue(&note->rcu, KPOOL_FREE_RCU_NOTE);
	return true;
}

static bool kpool_free_rcu_idle(struct kpool_free_rcu_cpu *rcu)
{
	if (!llist_empty(&rcu->pending))
		return false;
	smp_rmb(); /* pairs with xchg() in kpool_free_rcu_start(): active is set first */
	return !READ_ONCE(rcu->active);
}

/**
 * kpool_rcu_barrier() - wait until everything passed to kpool_free_rcu() is freed
 *
 * Objects passed while this function runs may or may not be waited for.
 *
 * Context: process context, may sleep.
 */
void kpool_rcu_barrier(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct kpool_free_rcu_cpu *rcu = per_cpu_ptr(kpool_free_rcu_cpus, cpu);
		/* Pairs, like the one below, with the release in kpool_free_rcu_work(). */
		unsigned long start = smp_load_acquire(&rcu->rounds);

		/* Two rounds: the one under way, and the one for the objects pending now. */
		while (!kpool_free_rcu_idle(rcu) && smp_load_acquire(&rcu->rounds) - start < 2) {
			flush_rcu_work(&rcu->work);
			cond_resched();
		}
	}
}
EXPORT_SYMBOL_GPL(kpool_rcu_barrier);

int __init kpool_free_rcu_init(void)
{
	int cpu;

	kpool_free_rcu_cpus = alloc_percpu_gfp(struct kpool_free_rcu_cpu, GFP_KERNEL |
					       __GFP_NOWARN);
	if (!kpool_free_rcu_cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		INIT_RCU_WORK(&per_cpu_ptr(kpool_free_rcu_cpus, cpu)->work, kpool_free_rcu_work);
	return 0;
}

void kpool_free_rcu_exit(void)
{
	kpool_rcu_barrier();
	rcu_barrier();
	free_percpu(kpool_free_rcu_cpus);
}
