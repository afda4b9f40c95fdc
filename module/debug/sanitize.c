// SPDX-License-Identifier: GPL-2.0
/*
 * Notes to KASAN, kmemleak and KMSAN about blocks.
 *
 * KASAN (generic): the shadow of a block in use allows the bytes that were asked for. The rest of
 * the block is a red zone. A free block is "freed", in pools, magazines and depots, and its memory
 * stays so when its pool changes class. Memory that was never handed out is a red zone. The page
 * allocator marks the pages that it gives and takes. The functions and values for shadow memory are
 * private to mm/kasan, so this file repeats them, and is not instrumented.
 *
 *   pool of 104-byte blocks       100 bytes asked for   free          never used
 *   shadow, a byte for 8 bytes    00 * 12, 04           fb * 13       fc * 13
 *
 * kmemleak knows every block in use, so that it finds a lost block, and does not report memory that
 * a block points to.
 *
 * KMSAN treats a block that is handed out as uninitialised, unless it was cleared.
 *
 * All functions recognise a block by its address and the class byte of its pool alone. So they
 * ignore kmalloc's memory in a block's stead, and blocks of debug heaps, which check themselves.
 */
#include <linux/kmemleak.h>
#include <linux/kmsan-checks.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "class.h"
#include "compat.h"
#include "debug/report.h"
#include "debug/sanitize.h"
#include "header.h"
#include "map.h"

/* Is @byte the class byte of a pool in use by a normal heap? */
static bool kpool_sanitize_byte_is_used(u8 byte)
{
	return !(byte & KPOOL_BYTE_FREE);
}

/* KASAN_SLAB_REDZONE and KASAN_SLAB_FREE of mm/kasan/kasan.h. */
#define KPOOL_SHADOW_ZONE	0xfc
#define KPOOL_SHADOW_FREED	0xfb

#if KPOOL_SHADOW
#define KPOOL_SHADOW_GRANULE	BIT(KASAN_SHADOW_SCALE_SHIFT)
static_assert(KPOOL_CLASS_STEP % KPOOL_SHADOW_GRANULE == 0);
static_assert(KPOOL_POOL_START % KPOOL_SHADOW_GRANULE == 0);

static u8 *kpool_shadow_of(const void *p)
{
	return kasan_mem_to_shadow(p);
}

static void kpool_shadow_fill(const void *p, size_t size, u8 value)
{
	memset(kpool_shadow_of(p), value, size / KPOOL_SHADOW_GRANULE);
}

/* Allow the first @size bytes of a block of @room bytes. */
static void kpool_shadow_allow(const void *p, size_t size, size_t room)
{
	size_t whole = round_down(size, KPOOL_SHADOW_GRANULE);

	kpool_shadow_fill(p, whole, 0);
	kpool_shadow_fill(p + whole, room - whole, KPOOL_SHADOW_ZONE);
	if (size != whole)
		*kpool_shadow_of(p + whole) = size - whole;
}

/* May all of @size bytes be accessed? */
static bool kpool_shadow_allows(const void *p, size_t size)
{
	const s8 *shadow = (const s8 *)kpool_shadow_of(p);

	size += (unsigned long)p % KPOOL_SHADOW_GRANULE;
	for (; size > KPOOL_SHADOW_GRANULE; size -= KPOOL_SHADOW_GRANULE)
		if (*shadow++)
			return false;
	return !*shadow || *shadow >= (s8)size;
}
#else
static void kpool_shadow_fill(const void *p, size_t size, u8 value)
{
}

static void kpool_shadow_allow(const void *p, size_t size, size_t room)
{
}

static bool kpool_shadow_allows(const void *p, size_t size)
{
	return true;
}
#endif

/*
 * Are at least @size bytes at @p in use, if @p is a block? If not, the caller triggers a KASAN
 * report. By default KASAN reports only its first fault.
 */
bool kpool_sanitized_live(const void *p, size_t size)
{
	u8 byte = kpool_map_byte(p);
	unsigned int room = 0;

	if (kpool_sanitize_byte_is_used(byte)) {
		room = kpool_class_size(byte & KPOOL_BYTE_CLASS);
		if (size <= room && kpool_shadow_allows(p, size))
			return true;
	} else if (!kpool_byte_is_free(byte) || kpool_shadow_allows(p, 1)) {
		return true;
	}
	kpool_report_bad_free(kpool_header_heap(p), p, room,
			      "not in use, or smaller than the given size");
	return false;
}

/* Tell KMSAN whether a block that is handed out is initialised. */
static void kpool_sanitize_contents(struct kpool_heap *heap, void *p, size_t size, gfp_t gfp)
{
	bool kept = kpool_heap_keeps_contents(heap);	/* does the block keep its old contents? */

	if (kept ? gfp & __GFP_ZERO : want_init_on_alloc(gfp))
		kmsan_unpoison_memory(p, size);
	else if (!kept)
		kmsan_poison_memory(p, size, gfp);
}

void kpool_sanitized_alloc(void *p, size_t size, gfp_t gfp)
{
	u8 byte = kpool_map_byte(p);
	size_t room;

	if (!kpool_sanitize_byte_is_used(byte))
		return;
	/* May be a block of a larger class than the request's, after a free with a smaller size. */
	room = kpool_class_size(byte & KPOOL_BYTE_CLASS);
	kpool_shadow_allow(p, size, room);
	kpool_sanitize_contents(kpool_header_heap(p), p, room, gfp);
	kmemleak_alloc(p, size, 1, gfp);
}

/* Take a block back. Return: false if @p is in a pool in use, but no block of @heap. */
bool kpool_sanitized_free(struct kpool_heap *heap, const void *p)
{
	struct kpool_arena *arena = kpool_arena_of(p);
	const struct kpool_class_info *info;
	u8 byte = kpool_map_byte(p);

	/* A debug heap itself reports a block that is not its own. */
	if (!kpool_sanitize_byte_is_used(byte) || (heap && heap->flags & KPOOL_HEAP_DEBUG))
		return true;
	/* The free itself reports an overwritten header. The block's heap is not known then. */
	if (unlikely(!kpool_header_is_whole(arena)))
		return true;
	info = &kpool_class_info[byte & KPOOL_BYTE_CLASS];
	if (kpool_class_block(info, p) == KPOOL_NOT_A_BLOCK || (heap && heap != arena->heap))
		return false;
	/* RCU readers may still read a type-safe heap's block after its free. */
	if (!kpool_heap_is_typesafe(arena->heap))
		kpool_shadow_fill(p, info->size, KPOOL_SHADOW_FREED);
	kmemleak_free(p);
	return true;
}
KPOOL_EXPORT_TEST(kpool_sanitized_free);

/* Report a pointer that is no block of the heap. It must not enter a magazine. */
void kpool_sanitized_reject(const void *p)
{
	kpool_report_bad_free(kpool_header_heap(p), p,
			      kpool_class_size(kpool_map_byte(p) & KPOOL_BYTE_CLASS),
			      "not a block, or of another heap");
}

void kpool_sanitized_allow_all(const void *p)
{
	u8 byte = kpool_map_byte(p);

	if (kpool_sanitize_byte_is_used(byte))
		kpool_shadow_fill(p, kpool_class_size(byte & KPOOL_BYTE_CLASS), 0);
}
KPOOL_EXPORT_TEST(kpool_sanitized_allow_all);

void kpool_sanitized_resize(void *p, size_t size, gfp_t gfp)
{
	kpool_shadow_allow(p, size, kpool_class_size(kpool_map_byte(p) & KPOOL_BYTE_CLASS));
	kmemleak_free(p);
	kmemleak_alloc(p, size, 1, gfp);
}

/* KASAN does not check this memset(), because this file is not instrumented. */
void *kpool_sanitized_clear(void *p, size_t size)
{
	return memset(p, 0, size);
}

void kpool_sanitized_arena(struct kpool_arena *arena)
{
	size_t header = round_up(sizeof(*arena), KPOOL_CLASS_STEP);

	kpool_shadow_fill((void *)arena + header, KPOOL_ARENA_SIZE - header, KPOOL_SHADOW_ZONE);
}

/* The page allocator marks released pages, but kmemleak has to forget blocks that are still out. */
void kpool_sanitized_release(struct kpool_arena *arena)
{
	const struct kpool_class_info *info;
	unsigned int index, number;

	for (index = KPOOL_HEADER_POOLS; arena->used && index < KPOOL_ARENA_POOLS; index++) {
		if (!kpool_sanitize_byte_is_used(arena->bytes[index]))
			continue;
		info = &kpool_class_info[arena->bytes[index] & KPOOL_BYTE_CLASS];
		for (number = 0; number < info->capacity; number++)
			kmemleak_free(kpool_arena_pool(arena, index) + info->start +
				      number * info->stride);
	}
}

/* Allow only the constructor to touch a block that was never handed out. */
void kpool_sanitized_construct(void (*ctor)(void *block), void *block, size_t size)
{
	kpool_shadow_fill(block, size, 0);
	ctor(block);
	kpool_shadow_fill(block, size, KPOOL_SHADOW_ZONE);
}

/* Allow kpool to use the free list that a pool of the 8-byte class begins with. */
void kpool_sanitized_pool(struct kpool_arena *arena, unsigned int index, unsigned int class)
{
	unsigned int last = arena->bytes[index] & KPOOL_BYTE_CLASS;
	const void *pool = kpool_arena_pool(arena, index);

	/* The grace period is over: no RCU reader still reads freed blocks of the pool. */
	if (kpool_heap_is_typesafe(arena->heap))
		kpool_shadow_fill(pool, KPOOL_POOL_SIZE, KPOOL_SHADOW_FREED);
	if (last < KPOOL_NR_CLASSES)
		kpool_shadow_fill(pool, kpool_class_info[last].start, KPOOL_SHADOW_ZONE);
	kpool_shadow_fill(pool, kpool_class_info[class].start, 0);
}
