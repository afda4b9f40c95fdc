/* SPDX-License-Identifier: GPL-2.0 */
/* Reports of misuse, and the records of allocations and frees that debug heaps report. */
#ifndef KPOOL_REPORT_H
#define KPOOL_REPORT_H

#include "types.h"

/**
 * struct kpool_track - task and stack of an allocation or free
 * @stack: handle of the stack depot; 0 without a trace
 * @pid: the task, or the task that was interrupted; 0 if nothing was recorded
 */
struct kpool_track {
	u32 stack;
	u32 pid;
};

int kpool_track_init(void);
void kpool_track_here(struct kpool_track *track, gfp_t gfp);
void kpool_track_probed(struct kpool_track *track, unsigned long caller, gfp_t gfp);

extern struct ratelimit_state kpool_report_limit;
void kpool_report_bad_free(struct kpool_heap *heap, const void *p, unsigned int size,
			   const char *why);
void kpool_report_double_free(struct kpool_heap *heap, const void *p, unsigned int size);

struct seq_file;
void kpool_report_trace(struct seq_file *m, u32 stack);
void kpool_report_show_place(struct seq_file *m, unsigned long address);

/* Plural ending of a noun for @nr things. */
static inline const char *kpool_plural(unsigned long nr)
{
	return nr == 1 ? "" : "s";
}

/* Room for kpool_report_title(). */
#define KPOOL_REPORT_TITLE	(KPOOL_HEAP_NAME_MAX + 48)

const char *kpool_report_title(char *title, const struct kpool_heap *heap);

/*
 * A report is one piece of the log: begin, any of the other functions, end. kpool_report_begin()
 * counts the report as a corruption of the heap.
 */
__printf(3, 4)
void kpool_report_begin(struct kpool_heap *heap, unsigned long *flags, const char *fmt, ...);
__printf(1, 2)
void kpool_report_line(const char *fmt, ...);
void kpool_report_place(const char *what, unsigned long address);
void kpool_report_here(const char *what);
void kpool_report_track(const char *what, const struct kpool_track *track);
void kpool_report_dump(const void *from, const void *to, const void *object, const void *bad);
void kpool_report_end(struct kpool_heap *heap, unsigned long flags, const char *outcome);

#endif /* KPOOL_REPORT_H */
