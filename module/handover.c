// SPDX-License-Identifier: GPL-2.0
/*
 * Hand-overs: blocks of kpool's that are passed to the kernel's own kfree() and its like.
 *
 * 6.1 and 6.12 would give the block's pages to others, newer kernels would lose it. With the
 * parameter "handovers" there is a kprobe on each of these functions. A pointer into a block is
 * noted and the function is left at once; soon after, the note is reported and the block freed
 * as it should have been. The probe may hit with preemption off in any context, so it
 * takes no lock and prints nothing; what comes after runs where kpool_free() may.
 *
 * Only blocks are recognised. What kmalloc() gave in their stead is kfree()'s own, unless it
 * is of a region, debug or type-safe heap, which goes on looking for it.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "arena.h"
#include "class.h"
#include "compat.h"
#include "handover.h"
#include "heap.h"
#include "map.h"
#include "report.h"

static bool kpool_handovers __ro_after_init;
module_param_named(handovers, kpool_handovers, bool, 0444);
MODULE_PARM_DESC(handovers, "report blocks that are passed to the kernel's own kfree(), and free them (default off)");

#if defined(CONFIG_KPROBES) && \
	(defined(CONFIG_X86) || defined(CONFIG_ARM64) || defined(CONFIG_S390) || \
	 defined(CONFIG_PPC64))
/* Where registers are, when a function begins, for the architectures that are tested. */
#if defined(CONFIG_X86)
static unsigned long kpool_handover_arg(struct pt_regs *regs, unsigned int nr)
{
	return regs_get_kernel_argument(regs, nr);
}

static unsigned long kpool_handover_caller(struct pt_regs *regs)
{
	return *(unsigned long *)kernel_stack_pointer(regs);
}
#elif defined(CONFIG_ARM64)
static unsigned long kpool_handover_arg(struct pt_regs *regs, unsigned int nr)
{
	return regs->regs[nr];
}

static unsigned long kpool_handover_caller(struct pt_regs *regs)
{
	return regs->regs[30];
}
#elif defined(CONFIG_S390)
static unsigned long kpool_handover_arg(struct pt_regs *regs, unsigned int nr)
{
	return regs->gprs[2 + nr];
}

static unsigned long kpool_handover_caller(struct pt_regs *regs)
{
	return regs->gprs[14];
}
#else
static unsigned long kpool_handover_arg(struct pt_regs *regs, unsigned int nr)
{
	return regs->gpr[3 + nr];
}

static unsigned long kpool_handover_caller(struct pt_regs *regs)
{
	return regs->link;
}
#endif

/* How the function that was called frees. */
enum kpool_handover_kind {
	KPOOL_HANDOVER_FREE,
	KPOOL_HANDOVER_SENSITIVE,
	KPOOL_HANDOVER_RCU,
};

/**
 * struct kpool_handover - a function of the kernel's that is watched
 * @kp: the probe
 * @kind: how it frees
 * @arg: number of its parameter that is the memory
 */
struct kpool_handover {
	struct kprobe kp;
	enum kpool_handover_kind kind;
	unsigned int arg;
};

/**
 * struct kpool_handover_note - a block that was handed over
 * @busy: bit 0 while the note is in use
 * @ready: it is complete
 * @from: the function
 * @p: the block
 * @head: its rcu_head, or NULL
 * @caller: where the function was called, which @by need not have: it has just begun
 * @by: who did it
 * @rcu: where it has none
 */
struct kpool_handover_note {
	unsigned long busy;
	bool ready;
	const struct kpool_handover *from;
	const void *p;
	struct rcu_head *head;
	unsigned long caller;
	struct kpool_track by;
	struct rcu_head rcu;
};

/* Blocks that are on their way. Those beyond are lost, and counted. */
#define KPOOL_HANDOVER_NOTES	64

static struct kpool_handover_note kpool_handover_notes[KPOOL_HANDOVER_NOTES];
static atomic_long_t kpool_handovers_lost;

/* Where execution goes on instead of in the function. */
static noinline notrace void kpool_handover_skip(void)
{
	barrier();
}

static void kpool_handover_done(struct kpool_handover_note *note)
{
	clear_bit_unlock(0, &note->busy);
}

static void kpool_handover_grace(struct rcu_head *rcu)
{
	struct kpool_handover_note *note = container_of(rcu, struct kpool_handover_note, rcu);

	kpool_free(note->p);
	kpool_handover_done(note);
}

static void kpool_handover_free(struct kpool_handover_note *note)
{
	enum kpool_handover_kind kind = note->from->kind;

	if (kind == KPOOL_HANDOVER_RCU && !note->head) {
		call_rcu(&note->rcu, kpool_handover_grace);
		return;
	}
	if (kind == KPOOL_HANDOVER_RCU)
		kpool_rcu_free(note->head, note->p);
	else if (kind == KPOOL_HANDOVER_SENSITIVE)
		kpool_free_sensitive(note->p);
	else
		kpool_free(note->p);
	kpool_handover_done(note);
}

static void kpool_handover_report(const struct kpool_handover_note *note)
{
	struct kpool_heap *heap = kpool_arena_of(note->p)->heap;
	unsigned long flags;

	kpool_report_begin(heap, &flags, "a block was passed to the kernel's %s()",
			   note->from->kp.symbol_name);
	kpool_report_line("Block of %zu bytes", kpool_usable_size(note->p));
	kpool_report_place("Called from", note->caller);
	kpool_report_track("Handed over", &note->by);
	kpool_report_end(heap, flags, "end of report, the block was freed as it should have been");
}

static void kpool_handover_work(struct irq_work *work)
{
	struct kpool_handover_note *note;
	long lost = atomic_long_xchg(&kpool_handovers_lost, 0);

	for (note = kpool_handover_notes; note < kpool_handover_notes + KPOOL_HANDOVER_NOTES;
	     note++) {
		if (!smp_load_acquire(&note->ready)) /* pairs with the release in the probe */
			continue;
		WRITE_ONCE(note->ready, false);
		kpool_handover_report(note);
		kpool_handover_free(note);
	}
	if (lost)
		pr_err("%ld more blocks were passed to the kernel's kfree(), and are lost\n", lost);
}

/* On PREEMPT_RT in a thread. */
static DEFINE_IRQ_WORK(kpool_handover_irq_work, kpool_handover_work);

static struct kpool_handover_note *kpool_handover_claim(void)
{
	struct kpool_handover_note *note;

	for (note = kpool_handover_notes; note < kpool_handover_notes + KPOOL_HANDOVER_NOTES;
	     note++)
		if (!test_and_set_bit_lock(0, &note->busy))
			return note;
	return NULL;
}

/* The rcu_head of kvfree_call_rcu()'s first parameter; the second was an offset in 6.1. */
static const void *kpool_handover_object(struct rcu_head *head, unsigned long arg)
{
	return head && arg < PAGE_SIZE ? (void *)head - arg : (void *)arg;
}

static int kpool_handover_pre(struct kprobe *kp, struct pt_regs *regs)
{
	const struct kpool_handover *from = container_of(kp, struct kpool_handover, kp);
	unsigned long arg = kpool_handover_arg(regs, from->arg);
	struct rcu_head *head = NULL;
	struct kpool_handover_note *note;
	const void *p = (void *)arg;

	if (from->kind == KPOOL_HANDOVER_RCU) {
		head = (struct rcu_head *)kpool_handover_arg(regs, 0);
		p = kpool_handover_object(head, arg);
	}
	if (likely(!kpool_owns(p)))
		return 0;
	note = kpool_handover_claim();
	if (note) {
		note->from = from;
		note->p = p;
		note->head = head;
		note->caller = kpool_handover_caller(regs);
		kpool_track_here(&note->by, GFP_NOWAIT);
		smp_store_release(&note->ready, true); /* the work sees all of it */
	} else {
		atomic_long_inc(&kpool_handovers_lost);
	}
	irq_work_queue(&kpool_handover_irq_work);
	instruction_pointer_set(regs, (unsigned long)kpool_handover_skip);
	return 1;
}

/* A probe that changes where execution goes on must have one, lest it becomes a jump. */
static void kpool_handover_post(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

#define KPOOL_HANDOVER(function, how, parameter) {	\
	.kp.symbol_name	= function,			\
	.kp.pre_handler	= kpool_handover_pre,		\
	.kp.post_handler = kpool_handover_post,		\
	.kind		= how,				\
	.arg		= parameter,			\
}

static struct kpool_handover kpool_handover_probes[] = {
	KPOOL_HANDOVER("kfree", KPOOL_HANDOVER_FREE, 0),
	KPOOL_HANDOVER("kfree_sensitive", KPOOL_HANDOVER_SENSITIVE, 0),
	KPOOL_HANDOVER("kmem_cache_free", KPOOL_HANDOVER_FREE, 1),
	KPOOL_HANDOVER("kvfree_call_rcu", KPOOL_HANDOVER_RCU, 1),
};

static void kpool_handover_unregister(unsigned int nr)
{
	while (nr)
		unregister_kprobe(&kpool_handover_probes[--nr].kp);
	irq_work_sync(&kpool_handover_irq_work);
	rcu_barrier(); /* notes that wait for a grace period */
}

int __init kpool_handover_init(void)
{
	unsigned int nr;
	int err;

	if (!kpool_handovers)
		return 0;
	if (kpool_track_init())
		pr_err("parameter handovers: no memory for stack traces\n");
	for (nr = 0; nr < ARRAY_SIZE(kpool_handover_probes); nr++) {
		err = register_kprobe(&kpool_handover_probes[nr].kp);
		if (!err)
			continue;
		pr_err("parameter handovers: no probe on %s(): %pe\n",
		       kpool_handover_probes[nr].kp.symbol_name, ERR_PTR(err));
		kpool_handover_unregister(nr);
		return err;
	}
	return 0;
}

void kpool_handover_exit(void)
{
	if (kpool_handovers)
		kpool_handover_unregister(ARRAY_SIZE(kpool_handover_probes));
}
#else
int __init kpool_handover_init(void)
{
	if (!kpool_handovers)
		return 0;
	pr_err("parameter handovers: this kernel has no kprobes that could find them\n");
	return -EOPNOTSUPP;
}

void kpool_handover_exit(void)
{
}
#endif
