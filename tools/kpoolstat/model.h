/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables for people, made from a sample: figures of the files, under their names, and what
 * follows from them. No text in them outlives the sample, but ALL_HEAPS.
 */
#ifndef KPOOLSTAT_MODEL_H
#define KPOOLSTAT_MODEL_H

#include "sample.h"

/* In place of a heap's name: all of them together. No heap's name begins with ".". */
#define ALL_HEAPS	TABLE_SUM

/* A row for each heap: "heap", its "stats", "asked". And below several, their sum. */
struct table model_heaps_and_sum(const struct sample *sample);
/* The sum of those, or the row of a heap; without rows if there is no such heap. */
struct table model_total(const struct sample *sample, const char *heap);
/* A row for each class of a heap: its "classes", "held", "bytes_used". */
struct table model_classes(const struct sample *sample, const char *heap);
/*
 * The classes beside the caches of kmalloc() that serve the same sizes: "size", "used",
 * "bytes_used", "held", "as_kmalloc", "cache", "objects", "cache_used", "cache_held".
 */
struct table model_slabs(const struct sample *sample, const char *heap);
/* Bytes of a pool, 0 if there is none to tell it by. */
unsigned long long model_pool_size(const struct heap *heap);

#endif /* KPOOLSTAT_MODEL_H */
