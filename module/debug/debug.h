/* SPDX-License-Identifier: GPL-2.0 */
/* Debug heaps: red zones, poison and stack traces. Misuse is reported and contained. */
#ifndef KPOOL_DEBUG_H
#define KPOOL_DEBUG_H

#include "record.h"
#include "types.h"

/* For kpool_debug_free(): the caller passes no size. */
#define KPOOL_DEBUG_ANY_SIZE	SIZE_MAX

/* Was there ever a debug heap? Until then, no checks or lookups are made. */
extern bool kpool_debug_any;

/* Empty arenas that a destroyed debug heap keeps on each node. */
#define KPOOL_DEBUG_KEEP_ARENAS	2

void kpool_debug_init(void);
void kpool_debug_start(struct kpool_heap *heap);

void *kpool_debug_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid);
void kpool_debug_free(struct kpool_heap *heap, const void *p, size_t size);
void kpool_debug_cut(const void *p, size_t old, size_t size);
bool kpool_debug_rcu_begin(const void *p);
void kpool_debug_rcu_end(const void *p);
size_t kpool_debug_size(const void *p);
bool kpool_debug_owns(const void *p);

size_t kpool_debug_large_room(size_t size);
void kpool_debug_large_init(struct kpool_record *large, void *p, gfp_t gfp);
void kpool_debug_large_check(struct kpool_record *large);
void kpool_debug_large_let_go(struct kpool_record *large);
bool kpool_debug_free_large(struct kpool_heap *heap, const void *p, size_t size);

void kpool_debug_poison_arena(struct kpool_arena *arena);
const char *kpool_debug_examine(struct kpool_arena *arena, unsigned int index,
				unsigned int class, unsigned int *number);
void kpool_debug_report_owner(struct kpool_arena *arena, unsigned int index, unsigned int class,
			      unsigned int number);
void kpool_debug_leave(struct kpool_arena *arena, u64 pools);
void kpool_debug_destroyed_twice(struct kpool_heap *heap);
void kpool_debug_end(struct kpool_heap *heap, bool all);
void kpool_debug_report_leftover(struct kpool_heap *heap);
int kpool_debug_traces(struct kpool_heap *heap, struct seq_file *m);

#endif /* KPOOL_DEBUG_H */
