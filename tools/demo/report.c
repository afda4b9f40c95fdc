// SPDX-License-Identifier: GPL-2.0
/* The demonstration's report: /sys/kernel/debug/kpool_demo/report. */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "demo.h"

static struct dentry *demo_debugfs;

static const struct {
	const char *name;
	const char *story;	/* the events before it */
} demo_moment_text[DEMO_NR_MOMENTS] = {
	[DEMO_BEFORE] = { "before", "nothing allocated yet" },
	[DEMO_PEAK] = { "at the peak", "64 MiB of objects of 24, 64, 136, 200, 500 bytes" },
	[DEMO_FREED] = { "after the free", "31 of 32 of them freed, picked at random" },
	[DEMO_RECYCLED] = { "recycled", "up to 64 MiB again, of 40, 96, 168, 312, 680 bytes" },
	[DEMO_IDLE] = { "left alone", "those freed, and nothing done for 2 seconds" },
	[DEMO_SHRUNK] = { "after shrink", "kpool_heap_shrink(); 1 of 32 remain" },
};

/* Print bytes as MiB with one decimal, nine columns wide. */
static void demo_show_mib(struct seq_file *m, u64 bytes)
{
	u64 tenths = div_u64(bytes * 10 + SZ_1M / 2, SZ_1M);
	u32 rest;
	u64 whole = div_u64_rem(tenths, 10, &rest);

	seq_printf(m, "%7llu.%u", whole, rest);
}

/* Print a count with thousands separators, in at least @width columns. */
static void demo_show_count(struct seq_file *m, u64 count, int width)
{
	char text[32];
	char *p = text + sizeof(text) - 1;
	unsigned int digits = 0;

	*p = '\0';
	do {
		u32 digit;

		if (digits && digits % 3 == 0)
			*--p = ',';
		count = div_u64_rem(count, 10, &digit);
		*--p = '0' + digit;
		digits++;
	} while (count && digits < 18);
	seq_printf(m, "%*s", width, p);
}

/* Print kpool's bytes for each byte of kmalloc. */
static void demo_show_ratio(struct seq_file *m, u64 kpool, u64 kmalloc)
{
	u64 hundredths;
	u32 rest;

	/* Below 1 MiB, the slabs of other users dominate the figures. */
	if (kmalloc < SZ_1M) {
		seq_printf(m, "%8s", "-");
		return;
	}
	hundredths = div64_u64(kpool * 100 + kmalloc / 2, kmalloc);
	kpool = div_u64_rem(hundredths, 100, &rest);
	seq_printf(m, "%5llu.%02u", kpool, rest);
}

static void demo_show_moment(struct seq_file *m, enum demo_moment_id id)
{
	const struct demo_moment *moment = &demo_moments[id];

	seq_printf(m, "%-14s", demo_moment_text[id].name);
	demo_show_mib(m, moment->asked);
	demo_show_mib(m, moment->kmalloc);
	demo_show_mib(m, moment->kpool.bytes);
	demo_show_ratio(m, moment->kpool.bytes, moment->kmalloc);
	demo_show_count(m, moment->kpool.blocks_used, 9);
	demo_show_count(m, moment->kpool.arenas, 6);
	demo_show_count(m, moment->kpool.recycled_same, 7);
	demo_show_count(m, moment->kpool.recycled_other, 7);
	seq_putc(m, '\n');
}

static int report_show(struct seq_file *m, void *unused)
{
	unsigned int id;

	seq_puts(m, "The same objects from kmalloc and from kpool: what each holds for them\n\n");
	seq_puts(m, "                  asked  kmalloc    kpool  kpool/   blocks        pools recycled\n");
	seq_puts(m, "                    MiB      MiB      MiB kmalloc     used arenas   same  other\n");
	for (id = 0; id < DEMO_NR_MOMENTS; id++)
		demo_show_moment(m, id);
	seq_putc(m, '\n');
	for (id = 0; id < DEMO_NR_MOMENTS; id++)
		seq_printf(m, "%-14s %s\n", demo_moment_text[id].name,
			   demo_moment_text[id].story);
	seq_puts(m, "\nkpool, blocks, arenas and pools are bytes, blocks_used, arenas, recycled_same\n");
	seq_puts(m, "and recycled_other of debugfs kpool/heaps/default/stats. kmalloc is the growth\n");
	seq_puts(m, "of the kernel's slabs; it has no shrink call. A recycled pool became free and\n");
	seq_puts(m, "was given to the size class that it had (same) or to another one (other).\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(report);

void demo_report_start(void)
{
	demo_debugfs = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("report", 0444, demo_debugfs, NULL, &report_fops);
}

void demo_report_stop(void)
{
	debugfs_remove(demo_debugfs);
}
