/* SPDX-License-Identifier: GPL-2.0 */
/* The demonstration: its measurements (demo.c) and its report (report.c). */
#ifndef KPOOL_DEMO_H
#define KPOOL_DEMO_H

#include <linux/types.h>

#include <kpool.h>

/* Moments of the measurements. */
enum demo_moment_id {
	DEMO_BEFORE,
	DEMO_PEAK,
	DEMO_FREED,
	DEMO_RECYCLED,
	DEMO_IDLE,
	DEMO_SHRUNK,
	DEMO_NR_MOMENTS,
};

#define DEMO_BYTES	(64ul << 20)
#define DEMO_SURVIVORS	32	/* one of this many objects outlives its set */

/**
 * struct demo_moment - figures of one moment
 * @asked: total size of the objects in use, bytes
 * @kmalloc: bytes by which the kernel's slabs grew for the same objects
 * @kpool: statistics of the default heap
 */
struct demo_moment {
	u64 asked;
	u64 kmalloc;
	struct kpool_stats kpool;
};

extern struct demo_moment demo_moments[DEMO_NR_MOMENTS];

void demo_report_start(void);
void demo_report_stop(void);

#endif /* KPOOL_DEMO_H */
