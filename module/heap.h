/* SPDX-License-Identifier: GPL-2.0 */
/* Heaps: creation and destruction. */
#ifndef KPOOL_HEAP_H
#define KPOOL_HEAP_H

#include "magazine.h"
#include "pages.h"
#include "types.h"

extern struct list_head kpool_heaps;
extern struct mutex kpool_heaps_lock;

/* If set, called for each heap that a caller destroys. */
extern void (*kpool_heap_on_destroy)(const struct kpool_heap *heap);

int kpool_heap_init(void);
void kpool_heap_exit(void);
struct kpool_heap *kpool_heap_create_with(const char *name, const struct kpool_heap_attr *attr,
					  const struct kpool_page_ops *ops);
struct kpool_heap *kpool_heap_create_numbered(const char *name, const struct kpool_heap_attr *attr);
bool kpool_heap_is_named(const char *name);
void kpool_heap_forget_all(void);
typedef void kpool_heap_fn(struct kpool_heap *heap, void *arg);
void kpool_heap_each_destroyed(kpool_heap_fn *fn, void *arg);
void kpool_heap_distrust_sizes(struct kpool_heap *heap);

/* Has each allocated block of the heap the class that serves its size? */
static inline bool kpool_heap_trusts_sizes(const struct kpool_heap *heap)
{
	/* Pairs with the release in kpool_heap_distrust_sizes(). */
	return smp_load_acquire(&heap->sized) != kpool_magazine_no_room;
}

/*
 * May a heap's name contain @c? The name is used for a directory, in logs and on terminals. Bytes
 * above 0x7f are parts of UTF-8 characters.
 */
static inline bool kpool_heap_name_char(char c)
{
	return c != '/' && (u8)c >= ' ' && c != 0x7f;
}

#endif /* KPOOL_HEAP_H */
