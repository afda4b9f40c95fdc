/* SPDX-License-Identifier: GPL-2.0 */
/* The demonstration: what is measured (client_demo.c) and shown (client_report.c). */
#ifndef KPOOL_CLIENT_DEMO_H
#define KPOOL_CLIENT_DEMO_H

#include <linux/types.h>

#include <kpool.h>

/* When the figures are taken. */
enum client_moment_id {
	CLIENT_BEFORE,
	CLIENT_PEAK,
	CLIENT_FREED,
	CLIENT_RECYCLED,
	CLIENT_IDLE,
	CLIENT_SHRUNK,
	CLIENT_NR_MOMENTS,
};

#define CLIENT_DEMO_BYTES	(64ul << 20)
#define CLIENT_SURVIVORS	32	/* one of so many outlives its set */

/**
 * struct client_moment - figures of one moment
 * @asked: bytes that the client holds by its own account
 * @kmalloc: bytes by which the kernel's slabs grew for the same objects
 * @kpool: statistics of the default heap
 */
struct client_moment {
	u64 asked;
	u64 kmalloc;
	struct kpool_stats kpool;
};

extern struct client_moment client_moments[CLIENT_NR_MOMENTS];

void client_report_start(void);
void client_report_stop(void);

#endif /* KPOOL_CLIENT_DEMO_H */
