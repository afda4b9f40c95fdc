/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's checkers of memory (KASAN, kmemleak, KMSAN) are told about blocks.
 * On kernels without them all of this is nothing.
 *
 * The functions that callers use tell it, at their outermost: between them, magazines
 * and pools hand on blocks that are out of bounds for everybody.
 */
#ifndef KPOOL_SANITIZE_H
#define KPOOL_SANITIZE_H

#include <linux/kasan.h>
#include <linux/kasan-checks.h>
#include <linux/string.h>

#include "types.h"

/*
 * Is there shadow memory of KASAN's to write? Some architectures find out while they boot,
 * and do not tell modules.
 */
#if defined(CONFIG_KASAN_GENERIC) && !defined(kasan_arch_is_ready) && \
	!defined(CONFIG_ARCH_DEFER_KASAN)
#define KPOOL_SHADOW	1
#else
#define KPOOL_SHADOW	0
#endif

/* For the functions below. */
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

/* @p, whatever it is, becomes a caller's, @size bytes of it. Return: @p. */
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

/* Is @p a block of which at least @size bytes are in use, or none of ours? If not: reported. */
static __always_inline bool kpool_sanitize_check(const void *p, size_t size)
{
	if (!KPOOL_SANITIZED || likely(kpool_sanitized_live(p, size)))
		return true;
	kasan_check_read(p, size); /* its report names the function that this is inlined in */
	return false;
}

/*
 * A caller gives @p, whatever it is, back; at least @size bytes of it were his. If it is a
 * block, it is of @heap, NULL for any. False if it must not be freed, and has been reported.
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

/* The same for several. In the place of those that must not be freed there is NULL afterwards. */
static __always_inline void kpool_sanitize_free_many(struct kpool_heap *heap, unsigned int nr,
						     void **blocks)
{
	for (; KPOOL_SANITIZED && nr; nr--, blocks++)
		if (!kpool_sanitize_free(heap, *blocks, 1))
			*blocks = NULL;
}

/* All of a block in use is accessible until it is freed or resized. */
static __always_inline void kpool_sanitize_allow_all(const void *p)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_allow_all(p);
}

/* A block in use changes its size in place. */
static __always_inline void kpool_sanitize_resize(void *p, size_t size, gfp_t gfp)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_resize(p, size, gfp);
}

/* Clears what may be out of bounds. Return: @p. */
static __always_inline void *kpool_sanitize_clear(void *p, size_t size)
{
	return KPOOL_SHADOW ? kpool_sanitized_clear(p, size) : memset(p, 0, size);
}

/* A new arena of a heap that is not a debug heap. */
static __always_inline void kpool_sanitize_arena(struct kpool_arena *arena)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_arena(arena);
}

/* An arena is about to go, perhaps with blocks out. */
static __always_inline void kpool_sanitize_release(struct kpool_arena *arena)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_release(arena);
}

/* A free pool is about to be another class's. */
static __always_inline void kpool_sanitize_pool(struct kpool_arena *arena, unsigned int index,
						unsigned int class)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_pool(arena, index, class);
}

/* A block that is free has its constructor called. */
static __always_inline void kpool_sanitize_construct(void (*ctor)(void *block), void *block,
						     size_t size)
{
	if (KPOOL_SANITIZED)
		kpool_sanitized_construct(ctor, block, size);
	else
		ctor(block);
}

#endif /* KPOOL_SANITIZE_H */
