// SPDX-License-Identifier: GPL-2.0
/*
 * Hand-overs: blocks that are passed to the kernel's own kfree() and similar functions.
 *
 * Kernels 6.1 and 6.12 would free the block's pages to the page allocator, newer kernels would lose
 * the block. With the parameter "handovers" there is a kprobe on each of these functions. If the
 * pointer leads into a block, the probe notes it and skips the function. Soon after, an irq_work
 * reports the note and frees the block correctly. The probe may hit with preemption off in any
 * context, so it takes no lock and prints nothing. The irq_work runs in a context that kpool_free()
 * allows.
 *
 * Each call site gets one report for each heap. Further hand-overs there are only counted.
 *
 * The kernel runs one probe at a time on a CPU. A call in an interrupt meanwhile is missed: the
 * kernel's function gets the block. Missed calls are counted, whatever memory they were for.
 *
 * Only blocks are recognised. Memory from kmalloc() in a block's stead may be passed to kfree(),
 * except memory of a region, debug or type-safe heap: its record would stay.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/debugfs.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "debug/report.h"
#include "dropin/handover.h"
#include "free_rcu.h"
#include "header.h"
#include "heap.h"
#include "map.h"
#include "observe/debugfs.h"
#include "pages.h"

static bool kpool_handovers __ro_after_init;
module_param_named(handovers, kpool_handovers, bool, 0444);
MODULE_PARM_DESC(handovers, "report most blocks that are passed to the kernel's own kfree(), and free them (default off)");

#if defined(CONFIG_KPROBES) && \
	(defined(CONFIG_X86) || defined(CONFIG_ARM64) || defined(CONFIG_S390) || \
	 defined(CONFIG_PPC64))
/* Registers at the start of a function, for the tested architectures. */
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

/* How the called function frees. */
enum kpool_handover_kind {
	KPOOL_HANDOVER_FREE,
	KPOOL_HANDOVER_SENSITIVE,
	KPOOL_HANDOVER_RCU,
};

/**
 * struct kpool_handover - a probed function of the kernel
 * @kp: the probe
 * @kind: how it frees
 * @arg: number of the parameter with the memory
 */
struct kpool_handover {
	struct kprobe kp;
	enum kpool_handover_kind kind;
	unsigned int arg;
};

/* Bits of a note's state. */
enum kpool_handover_state {
	KPOOL_HANDOVER_BUSY,	/* in use */
	KPOOL_HANDOVER_READY,	/* complete, and not yet taken by the irq_work */
};

/**
 * struct kpool_handover_note - a block that was handed over
 * @state: KPOOL_HANDOVER_* bits
 * @from: the function
 * @p: the block
 * @caller: call site of the function; @by may lack it, because the function has just begun
 * @by: task and stack of the call
 * @rcu: for the grace period, if free_rcu.c has no memory for its own note
 */
struct kpool_handover_note {
	unsigned long state;
	const struct kpool_handover *from;
	const void *p;
	unsigned long caller;
	struct kpool_track by;
	struct rcu_head rcu;
};

/* Most notes at a time. Further blocks are lost, and counted. */
#define KPOOL_HANDOVER_NOTES	64

static struct kpool_handover_note kpool_handover_notes[KPOOL_HANDOVER_NOTES];
static atomic_long_t kpool_handovers_unnoted; /* since the irq_work last ran */
static atomic_long_t kpool_handovers_lost;
static atomic_long_t kpool_handovers_found;

/**
 * struct kpool_handover_place - call site that handed over blocks of a heap
 * @heap: the heap, NULL once it is destroyed
 * @from: the function
 * @caller: call site
 * @count: number of hand-overs
 */
struct kpool_handover_place {
	const struct kpool_heap *heap;
	const struct kpool_handover *from;
	unsigned long caller;
	unsigned long count;
};

/* Most call sites with a count. At further ones each hand-over is reported. */
#define KPOOL_HANDOVER_PLACES	64

static struct kpool_handover_place kpool_handover_places[KPOOL_HANDOVER_PLACES];
static DEFINE_SPINLOCK(kpool_handover_lock); /* leaf; guards places */

/* Execution continues here instead of in the function. */
static noinline notrace void kpool_handover_skip(void)
{
	barrier();
}

static void kpool_handover_done(struct kpool_handover_note *note)
{
	clear_bit_unlock(KPOOL_HANDOVER_BUSY, &note->state);
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

	if (kind == KPOOL_HANDOVER_RCU && !kpool_free_rcu_headless(note->p)) {
		call_rcu(&note->rcu, kpool_handover_grace);
		return;
	}
	if (kind == KPOOL_HANDOVER_SENSITIVE)
		kpool_free_sensitive(note->p);
	else if (kind == KPOOL_HANDOVER_FREE)
		kpool_free(note->p);
	kpool_handover_done(note);
}

/*
 * Find the row of a call site, or take a free row. Return: NULL if there is neither. Caller holds
 * kpool_handover_lock.
 */
static struct kpool_handover_place *kpool_handover_place(const struct kpool_handover_note *note,
							 const struct kpool_heap *heap)
{
	struct kpool_handover_place *place, *spare = NULL;

	for (place = kpool_handover_places;
	     place < kpool_handover_places + KPOOL_HANDOVER_PLACES; place++) {
		if (place->heap == heap && place->caller == note->caller &&
		    place->from == note->from)
			return place;
		/* Prefer a row that was never used, so that counts of destroyed heaps stay. */
		if (!place->heap && (!spare || (spare->count && !place->count)))
			spare = place;
	}
	if (spare)
		*spare = (struct kpool_handover_place) {
			.heap = heap, .from = note->from, .caller = note->caller,
		};
	return spare;
}

/* Count a hand-over. Return: whether to report it. */
static bool kpool_handover_count(const struct kpool_handover_note *note,
				 const struct kpool_heap *heap)
{
	struct kpool_handover_place *place;
	unsigned long flags;
	bool first;

	atomic_long_inc(&kpool_handovers_found);
	spin_lock_irqsave(&kpool_handover_lock, flags);
	place = kpool_handover_place(note, heap);
	first = !place || !place->count++;
	spin_unlock_irqrestore(&kpool_handover_lock, flags);
	return first;
}

static void kpool_handover_report(const struct kpool_handover_note *note)
{
	struct kpool_heap *heap = kpool_header_heap(note->p);
	unsigned long flags;

	if (!kpool_handover_count(note, heap)) {
		kpool_event(heap, KPOOL_EVENT_CORRUPTION);
		return;
	}
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
	long lost = atomic_long_xchg(&kpool_handovers_unnoted, 0);

	for (note = kpool_handover_notes; note < kpool_handover_notes + KPOOL_HANDOVER_NOTES;
	     note++) {
		/* The irq_work may run on two CPUs at once. Only one of them takes the note. */
		if (!test_bit(KPOOL_HANDOVER_READY, &note->state) ||
		    !test_and_clear_bit(KPOOL_HANDOVER_READY, &note->state))
			continue;
		kpool_handover_report(note);
		kpool_handover_free(note);
	}
	if (!lost)
		return;
	atomic_long_add(lost, &kpool_handovers_lost);
	pr_err("%ld more block%s passed to the kernel's kfree() and lost\n", lost,
	       kpool_plural(lost));
}

/* Runs in a thread on PREEMPT_RT. */
static DEFINE_IRQ_WORK(kpool_handover_irq_work, kpool_handover_work);

static struct kpool_handover_note *kpool_handover_claim(void)
{
	struct kpool_handover_note *note;

	for (note = kpool_handover_notes; note < kpool_handover_notes + KPOOL_HANDOVER_NOTES;
	     note++)
		if (!test_and_set_bit_lock(KPOOL_HANDOVER_BUSY, &note->state))
			return note;
	return NULL;
}

/* The object of kvfree_call_rcu(), from its two parameters. In 6.1 the second one is an offset. */
static const void *kpool_handover_object(const void *head, unsigned long arg)
{
	return head && arg < PAGE_SIZE ? head - arg : (void *)arg;
}

static int kpool_handover_pre(struct kprobe *kp, struct pt_regs *regs)
{
	const struct kpool_handover *from = container_of(kp, struct kpool_handover, kp);
	unsigned long arg = kpool_handover_arg(regs, from->arg);
	struct kpool_handover_note *note;
	const void *p = (void *)arg;

	if (from->kind == KPOOL_HANDOVER_RCU)
		p = kpool_handover_object((void *)kpool_handover_arg(regs, 0), arg);
	if (likely(!kpool_owns(p)))
		return 0;
	note = kpool_handover_claim();
	if (note) {
		note->from = from;
		note->p = p;
		note->caller = kpool_handover_caller(regs);
		kpool_track_probed(&note->by, note->caller, KPOOL_GFP_FREE);
		smp_mb__before_atomic(); /* the irq_work that takes READY sees the whole note */
		set_bit(KPOOL_HANDOVER_READY, &note->state);
	} else {
		atomic_long_inc(&kpool_handovers_unnoted);
	}
	irq_work_queue(&kpool_handover_irq_work);
	instruction_pointer_set(regs, (unsigned long)kpool_handover_skip);
	return 1;
}

/* A probe with a post_handler is not optimised to a jump, which could not skip the function. */
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

/* Number of calls missed because a probe ran on that CPU. */
static unsigned long kpool_handover_missed(void)
{
	unsigned long missed = 0;
	unsigned int nr;

	for (nr = 0; nr < ARRAY_SIZE(kpool_handover_probes); nr++)
		missed += READ_ONCE(kpool_handover_probes[nr].kp.nmissed);
	return missed;
}

/* The debugfs file "handovers". */
static int handovers_show(struct seq_file *m, void *v)
{
	struct kpool_handover_place place;
	unsigned long flags;
	unsigned int i;

	seq_printf(m, "found %ld\n", atomic_long_read(&kpool_handovers_found));
	seq_printf(m, "lost %ld\n", atomic_long_read(&kpool_handovers_lost));
	seq_printf(m, "missed %lu\n", kpool_handover_missed());
	seq_puts(m, "count function caller\n");
	for (i = 0; i < KPOOL_HANDOVER_PLACES; i++) {
		spin_lock_irqsave(&kpool_handover_lock, flags);
		place = kpool_handover_places[i];
		spin_unlock_irqrestore(&kpool_handover_lock, flags);
		if (!place.count)
			continue;
		seq_printf(m, "%lu %s ", place.count, place.from->kp.symbol_name);
		kpool_report_show_place(m, place.caller);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(handovers);

/* Forget a destroyed heap: a new heap may get its address, and needs its own reports. */
static void kpool_handover_forget(const struct kpool_heap *heap)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&kpool_handover_lock, flags);
	for (i = 0; i < KPOOL_HANDOVER_PLACES; i++)
		if (kpool_handover_places[i].heap == heap)
			kpool_handover_places[i].heap = NULL;
	spin_unlock_irqrestore(&kpool_handover_lock, flags);
}

static void kpool_handover_unregister(unsigned int nr)
{
	while (nr)
		unregister_kprobe(&kpool_handover_probes[--nr].kp);
	irq_work_sync(&kpool_handover_irq_work);
	rcu_barrier(); /* for notes that wait for a grace period */
}

int __init kpool_handover_init(void)
{
	unsigned int nr;
	int err;

	if (!kpool_handovers)
		return 0;
	if (kpool_track_init())
		pr_err("parameter handovers: no memory for the stack depot: reports have no stack traces\n");
	for (nr = 0; nr < ARRAY_SIZE(kpool_handover_probes); nr++) {
		err = register_kprobe(&kpool_handover_probes[nr].kp);
		if (!err)
			continue;
		pr_err("parameter handovers: cannot probe %s(): %pe\n",
		       kpool_handover_probes[nr].kp.symbol_name, ERR_PTR(err));
		kpool_handover_unregister(nr);
		return err;
	}
	kpool_heap_on_destroy = kpool_handover_forget;
	debugfs_create_file("handovers", 0400, kpool_debugfs_root, NULL, &handovers_fops);
	return 0;
}

void kpool_handover_exit(void)
{
	unsigned long missed;

	if (!kpool_handovers)
		return;
	kpool_handover_unregister(ARRAY_SIZE(kpool_handover_probes));
	missed = kpool_handover_missed();
	if (missed)
		pr_warn("parameter handovers: missed %lu call%s because a probe was running\n",
			missed, kpool_plural(missed));
}
#else
int __init kpool_handover_init(void)
{
	if (!kpool_handovers)
		return 0;
	pr_err("parameter handovers: this kernel lacks the kprobes that find handovers\n");
	return -EOPNOTSUPP;
}

void kpool_handover_exit(void)
{
}
#endif
