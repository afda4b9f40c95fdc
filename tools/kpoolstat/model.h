/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables to display, made from a sample: figures of the files, under their names, and derived
 * figures. Texts in them belong to the sample, except ALL_HEAPS.
 */
#ifndef KPOOLSTAT_MODEL_H
#define KPOOLSTAT_MODEL_H

#include "sample.h"

/* In place of a heap's name: all heaps together. No name begins with ".". */
#define ALL_HEAPS	TABLE_SUM

/* A row for each heap: "heap", its "stats", "asked". The sum of several heaps comes last. */
struct table model_heaps_and_sum(const struct sample *sample);
/* The sum of all heaps, or the row of one heap; without rows if there is no such heap. */
struct table model_total(const struct sample *sample, const char *heap);
/* A row for each class of a heap: its "classes", "held", "bytes_used". */
struct table model_classes(const struct sample *sample, const char *heap);
/*
 * The classes beside the caches of kmalloc() that serve the same sizes: "size", "used",
 * "bytes_used", "held", "as_kmalloc", "cache", "objects", "cache_used", "cache_held".
 */
struct table model_slabs(const struct sample *sample, const char *heap);
/* Return: bytes of a pool, or 0 for a heap without pools. */
unsigned long long model_pool_size(const struct heap *heap);

#endif /* KPOOLSTAT_MODEL_H */
