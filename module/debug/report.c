// SPDX-License-Identifier: GPL-2.0
/*
 * Reports of misuse. A normal heap logs one line, rate-limited, with the caller's stack if the
 * caller is at fault. A debug heap logs all that it knows.
 *
 * The kernel's stack depot stores each stack trace once, so that an object refers to two of them in
 * a word each. Reports show code addresses as symbols. The dump of a damaged object shows raw
 * memory, as SLUB does: the log then has the object's contents, including kernel addresses.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "debug/report.h"
#include "map.h"

/* Most frames of a stack trace to keep. */
#define KPOOL_TRACK_FRAMES	16

/* Bytes in a line of a dump, and lines before and after the damaged one. */
#define KPOOL_DUMP_BYTES	16
#define KPOOL_DUMP_LINES	3

/* Longest symbol, with offset and module, that is printed whole. */
#define KPOOL_SYMBOL_MAX	160

/* Serialises reports. A leaf: only printk() is called under it. */
static DEFINE_SPINLOCK(kpool_report_lock);

static bool kpool_track_is_ours(unsigned long address)
{
#ifdef MODULE
	return within_module(address, THIS_MODULE);
#else
	return false;
#endif
}

/* Has the stack depot been initialised? */
static bool kpool_tracks;

/* Save this task's stack, from the public function of kpool that was called. Return: frames. */
static unsigned int kpool_track_save(unsigned long *frames)
{
	unsigned int nr = kpool_compat_stack_trace(frames, KPOOL_TRACK_FRAMES), skip = 0;

	while (skip + 1 < nr && kpool_track_is_ours(frames[skip + 1]))
		skip++;
	memmove(frames, frames + skip, (nr - skip) * sizeof(*frames));
	return nr - skip;
}

/**
 * kpool_track_init() - prepare kpool_track_here()
 *
 * Call this before saving stack traces, because the stack depot of most kernels has no tables until
 * its first user asks for them.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM. After a failure, traces are empty.
 */
int kpool_track_init(void)
{
	unsigned long frames[KPOOL_TRACK_FRAMES];
	int err = kpool_compat_depot_init();

	WRITE_ONCE(kpool_tracks, true);
	/* Newer depots allocate nothing for a free's trace: this one makes room for many. */
	if (!err)
		kpool_compat_depot_save(frames, kpool_track_save(frames), GFP_KERNEL, true);
	return err;
}

/*
 * Drop the frames before @caller. If the unwinder did not find @caller, keep all frames: the number
 * of frames of the probe is not known.
 */
static unsigned int kpool_track_cut(unsigned long *frames, unsigned int nr, unsigned long caller)
{
	unsigned int skip = 0;

	while (skip < nr && frames[skip] != caller)
		skip++;
	if (skip == nr)
		return nr;
	memmove(frames, frames + skip, (nr - skip) * sizeof(*frames));
	return nr - skip;
}

static void kpool_track_store(struct kpool_track *track, unsigned long *frames, unsigned int nr,
			      gfp_t gfp)
{
	bool atomic = IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible();

	gfp = (gfp & __GFP_KSWAPD_RECLAIM) | __GFP_NOWARN;
	track->pid = task_pid_nr(current);
	track->stack = 0;
	if (!WARN_ON_ONCE(!READ_ONCE(kpool_tracks)))
		track->stack = kpool_compat_depot_save(frames, nr, gfp, !atomic);
}

/*
 * Record the task and its stack. The depot may have to allocate pages, without waiting. Where even
 * that is not allowed, a trace that is new to the depot is lost. From 6.15 on, this is also so with
 * KPOOL_GFP_FREE while the depot has no room.
 */
void kpool_track_here(struct kpool_track *track, gfp_t gfp)
{
	unsigned long frames[KPOOL_TRACK_FRAMES];

	kpool_track_store(track, frames, kpool_track_save(frames), gfp);
}

/* kpool_track_here() in a probe of a function that @caller called, without the probe's frames. */
void kpool_track_probed(struct kpool_track *track, unsigned long caller, gfp_t gfp)
{
	unsigned long frames[KPOOL_TRACK_FRAMES];
	unsigned int nr = kpool_compat_stack_trace(frames, KPOOL_TRACK_FRAMES);

	kpool_track_store(track, frames, kpool_track_cut(frames, nr, caller), gfp);
}

/* Name a code address by its symbol. An address in an unloaded module has none: hide it. */
static void kpool_report_symbol(char *name, size_t size, unsigned long address)
{
	snprintf(name, size, "%pS", (void *)address);
	if (!strncmp(name, "0x", 2))
		strscpy(name, "(code that is gone)", size);
}

/* Write a trace, a line for each frame, to @m, or to the log if @m is NULL. */
void kpool_report_trace(struct seq_file *m, u32 stack)
{
	unsigned long *frames;
	unsigned int nr = kpool_compat_depot_fetch(stack, &frames), i;
	char name[KPOOL_SYMBOL_MAX];

	for (i = 0; i < nr; i++) {
		kpool_report_symbol(name, sizeof(name), frames[i]);
		if (m)
			seq_printf(m, "  %s\n", name);
		else
			pr_err("    %s\n", name);
	}
	if (!nr && m)
		seq_puts(m, "  (no trace)\n");
	else if (!nr)
		pr_err("    (no trace)\n");
}

/*
 * Write "heap <name>" to @title, which has room for KPOOL_REPORT_TITLE characters. A destroyed heap
 * is marked, with its number in the debugfs file "destroyed", because another heap may have its
 * name. Return: @title.
 */
const char *kpool_report_title(char *title, const struct kpool_heap *heap)
{
	if (kpool_heap_is_destroyed(heap))
		snprintf(title, KPOOL_REPORT_TITLE, "destroyed heap %s (number %lu)", heap->name,
			 heap->number);
	else
		snprintf(title, KPOOL_REPORT_TITLE, "heap %s", heap->name);
	return title;
}

void kpool_report_begin(struct kpool_heap *heap, unsigned long *flags, const char *fmt, ...)
	__acquires(&kpool_report_lock)
{
	struct va_format vaf = { .fmt = fmt };
	char title[KPOOL_REPORT_TITLE];
	va_list args;

	kpool_event(heap, KPOOL_EVENT_CORRUPTION);
	spin_lock_irqsave(&kpool_report_lock, *flags);
	va_start(args, fmt);
	vaf.va = &args;
	pr_err("%s: %pV\n", kpool_report_title(title, heap), &vaf);
	va_end(args);
}

void kpool_report_line(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	pr_err("  %pV\n", &vaf);
	va_end(args);
}

/* Report a code address. */
void kpool_report_place(const char *what, unsigned long address)
{
	char name[KPOOL_SYMBOL_MAX];

	kpool_report_symbol(name, sizeof(name), address);
	kpool_report_line("%s %s", what, name);
}

/* Write a code address as a line of a file. */
void kpool_report_show_place(struct seq_file *m, unsigned long address)
{
	char name[KPOOL_SYMBOL_MAX];

	kpool_report_symbol(name, sizeof(name), address);
	seq_printf(m, "%s\n", name);
}

/* Report the current task and its stack. */
void kpool_report_here(const char *what)
{
	unsigned long frames[KPOOL_TRACK_FRAMES];
	unsigned int nr = kpool_track_save(frames), i;
	char name[KPOOL_SYMBOL_MAX];

	kpool_report_line("%s by task %d (%s) on CPU %d:", what, task_pid_nr(current),
			  current->comm, raw_smp_processor_id());
	for (i = 0; i < nr; i++) {
		kpool_report_symbol(name, sizeof(name), frames[i]);
		pr_err("    %s\n", name);
	}
}

/* Report the recorded task and its stack. */
void kpool_report_track(const char *what, const struct kpool_track *track)
{
	if (!track->stack && !track->pid)
		return;
	kpool_report_line("%s by task %u:", what, track->pid);
	kpool_report_trace(NULL, track->stack);
}

/*
 * Dump lines of memory around @bad, or around the start of the object, within [@from, @to). Offsets
 * count from the object.
 */
void kpool_report_dump(const void *from, const void *to, const void *object, const void *bad)
{
	const void *of_interest = bad ?: object;
	const void *line = object + round_down((long)(of_interest - object), KPOOL_DUMP_BYTES);
	const void *end = line + (KPOOL_DUMP_LINES + 1) * KPOOL_DUMP_BYTES;

	line -= KPOOL_DUMP_LINES * KPOOL_DUMP_BYTES;
	kpool_report_line("Memory by offset from the object%s:",
			  bad ? ", > where it is damaged" : "");
	for (; line < end; line += KPOOL_DUMP_BYTES) {
		int lead = max_t(long, from - line, 0);
		int nr = min_t(long, to - line, KPOOL_DUMP_BYTES) - lead;
		bool here = bad && bad >= line && bad < line + KPOOL_DUMP_BYTES;

		if (nr > 0)
			pr_err("  %c %5ld: %*ph\n", here ? '>' : ' ',
			       (long)(line + lead - object), nr, line + lead);
	}
}

/* Limit for the lines of normal heaps. */
DEFINE_RATELIMIT_STATE(kpool_report_limit, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);
KPOOL_EXPORT_TEST(kpool_report_limit);

/* Count a fault and log it, rate-limited. Return: whether it was logged. */
static bool kpool_report_line_of_free(struct kpool_heap *heap, const void *p, unsigned int size,
				      const char *why)
{
	char title[KPOOL_REPORT_TITLE];

	kpool_event(heap, KPOOL_EVENT_CORRUPTION);
	if (!__ratelimit(&kpool_report_limit))
		return false;
	kpool_report_title(title, heap);
	if (kpool_map_byte(p) == KPOOL_BYTE_FOREIGN)
		pr_err("%s: bad free: %s (class %u, outside of arenas)\n", title, why, size);
	else
		pr_err("%s: bad free: %s (class %u, arena %lu, offset %lu)\n", title, why,
		       size, kpool_arena_of(p)->id, (unsigned long)p & (KPOOL_ARENA_SIZE - 1));
	return true;
}

/**
 * kpool_report_bad_free() - report an invalid free
 * @heap: the heap that the caller named, or that the memory belongs to
 * @p: the pointer that was passed
 * @size: bytes of the class that the caller named; 0 if none
 * @why: what is wrong
 *
 * Context: any. The caller may hold class->lock.
 */
noinline void kpool_report_bad_free(struct kpool_heap *heap, const void *p, unsigned int size,
				    const char *why)
{
	kpool_report_line_of_free(heap, p, size, why);
}

/* Report a free of a block that is on top of a magazine already: the current caller is at fault. */
noinline void kpool_report_double_free(struct kpool_heap *heap, const void *p, unsigned int size)
{
	if (kpool_report_line_of_free(heap, p, size, "freed twice in a row"))
		kpool_report_here("Caused");
}

void kpool_report_end(struct kpool_heap *heap, unsigned long flags, const char *outcome)
	__releases(&kpool_report_lock)
{
	char title[KPOOL_REPORT_TITLE];

	pr_err("%s: %s\n", kpool_report_title(title, heap), outcome);
	spin_unlock_irqrestore(&kpool_report_lock, flags);
}
