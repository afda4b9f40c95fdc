/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notes to the kernel's memory checkers (KASAN, kmemleak, KMSAN) about blocks. On a kernel without
 * checkers they cost nothing.
 *
 * Public functions of kpool tell the checkers of each block, at entry or exit. In between, in
 * magazines and pools, no code may access a block.
 */
#ifndef KPOOL_SANITIZE_H
#define KPOOL_SANITIZE_H

#include <linux/kasan.h>
#include <linux/kasan-checks.h>
#include <linux/string.h>

#include "types.h"

/*
 * Has KASAN shadow memory to write? Some architectures decide this at boot and do not tell modules:
 * these architectures count as having none.
 */
#if defined(CONFIG_KASAN_GENERIC) && !defined(kasan_arch_is_ready) && \
	!defined(CONFIG_ARCH_DEFER_KASAN)
#define KPOOL_SHADOW	1
#else
#define KPOOL_SHADOW	0
#endif

/* Called by the functions below. */
void kpool_sanitized_alloc(void *p, size_t size, gfp_t gfp);
bool kpool_sanitized_live(const void *p, size_t size);
bool kpool_sanitized_free(struct kpool_heap *heap, const void *p);
void kpool_sanitized_reject(const void *p);
void kpool_sanitized_allow_all(const void *p);
void kpool_sanitized_resize(void *p, size_t size, gfp_t gfp);
void *kpool_sanitized_clear(void *p, size_t size);
void kpool_sanitized_arena(struct kpool_arena *arena);
void kpool_sanitized_release(struct kpool_arena *arena);
void kpool_sanitized_pool(struct kpool_arena *arena, unsigned int index, unsigned int class);
void kpool_sanitized_construct(void (*ctor)(void *block), void *block, size_t size);

/* Give a caller @size bytes at @p. @p may be NULL or no block. Return: @p. */
static __always_inline void *kpool_sanitize_alloc(void *p, size_t size, gfp_t gfp)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_alloc(p, size, gfp);
	return p;
}

static __always_inline void kpool_sanitize_alloc_many(size_t size, gfp_t gfp, unsigned int nr,
						      void **blocks)
{
	while (KPOOL_SANITIZED && nr)
		kpool_sanitized_alloc(blocks[--nr], size, gfp);
}

/* Is @p a block with at least @size bytes in use, or no block of kpool's? If not, report it. */
static __always_inline bool kpool_sanitize_check(const void *p, size_t size)
{
	if (!KPOOL_SANITIZED || likely(kpool_sanitized_live(p, size)))
		return true;
	kasan_check_read(p, size); /* KASAN's report names the function with this inlined call */
	return false;
}

/*
 * Take @p back from a caller that had at least @size bytes of it. @p may be no block. A block must
 * be of @heap; NULL for any heap. Return: false if @p must not be freed. This has been reported.
 */
static __always_inline bool kpool_sanitize_free(struct kpool_heap *heap, const void *p, size_t size)
{
	if (!KPOOL_SANITIZED)
		return true;
	if (!kpool_sanitize_check(p, size))
		return false;
	if (likely(kpool_sanitized_free(heap, p)))
		return true;
	kpool_sanitized_reject(p);
	return false;
}

/* kpool_sanitize_free() for several blocks. Blocks that must not be freed are replaced by NULL. */
static __always_inline void kpool_sanitize_free_many(struct kpool_heap *heap, unsigned int nr,
						     void **blocks)
{
	for (; KPOOL_SANITIZED && nr; nr--, blocks++)
		if (!kpool_sanitize_free(heap, *blocks, 1))
			*blocks = NULL;
}

/* Make all of a block in use accessible until it is freed or resized. */
static __always_inline void kpool_sanitize_allow_all(const void *p)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_allow_all(p);
}

/* Change the size of a block in use, in place. */
static __always_inline void kpool_sanitize_resize(void *p, size_t size, gfp_t gfp)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_resize(p, size, gfp);
}

/* Clear memory that may be out of bounds for KASAN. Return: @p. */
static __always_inline void *kpool_sanitize_clear(void *p, size_t size)
{
	return KPOOL_SHADOW ? kpool_sanitized_clear(p, size) : memset(p, 0, size);
}

/* Mark a new arena of a normal heap. */
static __always_inline void kpool_sanitize_arena(struct kpool_arena *arena)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_arena(arena);
}

/* Mark an arena before its release. Blocks may still be out. */
static __always_inline void kpool_sanitize_release(struct kpool_arena *arena)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_release(arena);
}

/* Mark a free pool before another class uses it. */
static __always_inline void kpool_sanitize_pool(struct kpool_arena *arena, unsigned int index,
						unsigned int class)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_pool(arena, index, class);
}

/* Call the constructor of a free block. */
static __always_inline void kpool_sanitize_construct(void (*ctor)(void *block), void *block,
						     size_t size)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_construct(ctor, block, size);
	else
		ctor(block);
}

#endif /* KPOOL_SANITIZE_H */
