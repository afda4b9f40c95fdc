/* SPDX-License-Identifier: GPL-2.0 */
/* Sources of arenas: the page allocator, a reserve behind it, or a test's backend. */
#ifndef KPOOL_PAGES_H
#define KPOOL_PAGES_H

#include "types.h"

/**
 * struct kpool_page_ops - page backend of a heap
 * @alloc: allocates a naturally aligned block of pages, as alloc_pages_node(); NULL if refused
 * @free: frees a block of @alloc, or, with @order 0, one page of a block that was split
 */
struct kpool_page_ops {
	struct page *(*alloc)(int nid, gfp_t gfp, unsigned int order);
	void (*free)(struct page *page, unsigned int order);
};

extern const struct kpool_page_ops kpool_page_ops_default;

/* Flags for kpool's own memory on behalf of a request, which kmalloc serves if there is none. */
static inline gfp_t kpool_pages_gfp(gfp_t gfp)
{
	return (gfp & (__GFP_RECLAIM | __GFP_IO | __GFP_FS)) | __GFP_NOWARN | __GFP_NORETRY |
	       __GFP_NOMEMALLOC;
}

/*
 * Flags for kpool's own memory on behalf of a free. They do not reclaim or wake kswapd, because a
 * caller of kfree() may hold a lock that waking a task takes.
 */
#define KPOOL_GFP_FREE	__GFP_NOWARN

int kpool_pages_init(void);
void kpool_pages_exit(void);
struct page *kpool_pages_alloc(struct kpool_heap *heap, int nid, gfp_t gfp);
struct page *kpool_pages_from_reserve(int nid);
void kpool_pages_note(struct kpool_heap *heap, int nid, gfp_t gfp, bool refused);
bool kpool_pages_scarce(const struct kpool_page_ops *ops, int nid, gfp_t gfp);
bool kpool_pages_back_off(struct kpool_heap *heap, int nid, gfp_t gfp);
unsigned long kpool_pages_reserve(void);

#endif /* KPOOL_PAGES_H */
