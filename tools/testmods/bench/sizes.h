/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms of object sizes, as rows of (bytes, objects in 1,000).
 *
 * "kernel": sizes of the kernel's structures. The sizes are those of the caches in
 * /proc/slabinfo of a stock 6.12 (object_size below /sys/kernel/slab), and of common
 * kmalloc() requests. The weights are chosen, not counted, because an idle guest holds
 * two or three caches and little else. The weights are highest for the most common sizes
 * between powers of two (a list node with a few fields, a credential, an skb head, ...).
 *
 * "slabinfo": counted. Active objects of 16 to 512 bytes in the named caches of a stock 6.12
 * (Debian, 2 CPUs, initramfs), after one walk through all of /proc and /sys (find -type f):
 * 90,000 objects, most of them dentries, security blobs of inodes and kernfs nodes. The
 * caches of kmalloc() are left out, because they show the rounded size only.
 */
#ifndef BENCH_SIZES_H
#define BENCH_SIZES_H

#include <linux/types.h>

struct bench_weight {
	u16 size;
	u16 weight;
};

static const struct bench_weight bench_sizes_kernel[] = {
	{ 16, 60 }, { 24, 80 }, { 32, 60 }, { 40, 90 }, { 48, 30 }, { 56, 90 },
	{ 64, 60 }, { 72, 90 }, { 80, 20 }, { 88, 20 }, { 96, 30 }, { 104, 90 },
	{ 112, 10 }, { 120, 10 }, { 128, 30 }, { 136, 80 }, { 144, 10 }, { 160, 10 },
	{ 176, 10 }, { 192, 25 }, { 200, 40 }, { 216, 5 }, { 232, 30 }, { 256, 10 },
	{ 312, 2 }, { 384, 4 }, { 512, 4 },
};

static const struct bench_weight bench_sizes_slabinfo[] = {
	{ 24, 2 }, { 40, 2 }, { 48, 6 }, { 56, 43 }, { 64, 4 }, { 72, 9 }, { 80, 2 },
	{ 88, 380 }, { 96, 18 }, { 128, 1 }, { 136, 139 }, { 176, 2 }, { 184, 2 }, { 192, 383 },
	{ 224, 2 }, { 256, 3 }, { 512, 2 },
};

#endif /* BENCH_SIZES_H */
