// SPDX-License-Identifier: GPL-2.0
/*
 * The functions that other modules call.
 *
 * Each function is its fast path and tail calls, so that the fast path saves no register.
 * kpool_api_alloc_miss() serves a request that the loaded magazine cannot serve.
 * kpool_api_alloc_slow() serves a request that is not plain: for zeroed, large or zone-bound
 * memory, or for a node.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "api.h"
#include "class.h"
#include "compat.h"
#include "debug/debug.h"
#include "debug/report.h"
#include "debug/sanitize.h"
#include "fallback.h"
#include "header.h"
#include "heap.h"
#include "magazine.h"
#include "map.h"
#include "observe/trace.h"
#include "pool.h"
#include "refill.h"

/* Fallback: kpool has no block, so kmalloc serves the request. */
static void *kpool_api_fallback(struct kpool_heap *heap, unsigned int class, gfp_t gfp, int nid)
{
	void *p = kpool_fallback_alloc(heap, kpool_class_size(class), gfp, nid);

	if (p) {
		kpool_event(heap, KPOOL_EVENT_FALLBACK);
		trace_kpool_fallback(heap, p, kpool_class_size(class), gfp, nid);
	}
	return p;
}

/*
 * Functions off the fast path take NULL for the default heap, so that the fast path need not load
 * kpool_default_heap.
 */
static noinline void *kpool_api_alloc_miss(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	unsigned int class = kpool_class_of(size);
	void *block;

	heap = heap ?: kpool_default_heap;
	if (unlikely(heap->flags & KPOOL_HEAP_DEBUG))
		return kpool_debug_alloc(heap, size, gfp, numa_mem_id());
	block = kpool_refill_alloc(heap, class, gfp);
	if (unlikely(!block))
		return kpool_api_fallback(heap, class, gfp, NUMA_NO_NODE);
	return kpool_api_init(heap, block, class, gfp);
}

/* Allocate from the pools of node @nid. */
static void *kpool_api_alloc_from_node(struct kpool_heap *heap, size_t size, gfp_t gfp, int nid)
{
	unsigned int class = kpool_class_of(size);
	void *block;

	if (unlikely(heap->flags & KPOOL_HEAP_DEBUG))
		return kpool_debug_alloc(heap, size, gfp, nid);
	if (!kpool_refill_take(heap, nid, class, &block + 1, 1, gfp))
		return kpool_api_fallback(heap, class, gfp, nid);
	this_cpu_inc(heap->cpu->cold[class].slow_allocs);
	return kpool_api_init(heap, block, class, gfp);
}

/* Pass a request above KPOOL_MAX_SIZE on to kmalloc(), or serve one for 0 bytes. */
static noinline void *kpool_api_alloc_large(struct kpool_heap *heap, size_t size, gfp_t gfp,
					    int nid)
{
	if (!size)
		return ZERO_SIZE_PTR;
	heap = heap ?: kpool_default_heap;
	kpool_event(heap, KPOOL_EVENT_LARGE);
	return kpool_fallback_alloc(heap, size, gfp, nid);
}

/* Serve a request that magazines must not serve. */
static noinline void *kpool_api_alloc_uncached(struct kpool_heap *heap, size_t size, gfp_t gfp,
					       int nid)
{
	if (!kpool_size_is_small(size))
		return kpool_api_alloc_large(heap, size, gfp, nid);
	heap = heap ?: kpool_default_heap;
	if (!(gfp & KPOOL_GFP_ZONE))
		return kpool_api_alloc_from_node(heap, size, gfp,
						 nid == NUMA_NO_NODE ? numa_mem_id() : nid);
	kpool_event(heap, KPOOL_EVENT_ZONE);
	if (!(heap->flags & KPOOL_HEAP_DEBUG))
		size = kpool_api_kmalloc_size(size);
	return kpool_fallback_alloc(heap, size, gfp, nid);
}

/* Serve a request that is not plain: mostly one for zeroed memory. */
static noinline void *kpool_api_alloc_slow(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	void *block;

	gfp = kpool_api_gfp(heap, gfp);
	if (!kpool_size_is_small(size))
		return kpool_api_alloc_large(heap, size, gfp, NUMA_NO_NODE);
	if (unlikely(gfp & KPOOL_GFP_SPECIAL))
		return kpool_api_alloc_uncached(heap, size, gfp, NUMA_NO_NODE);
	block = kpool_slot_alloc(kpool_api_slot(heap, size));
	if (unlikely(!block))
		return kpool_api_alloc_miss(heap, size, gfp);
	return kpool_api_init(heap, block, kpool_class_of(size), gfp);
}

static __always_inline void *kpool_api_alloc_fast(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	void *block;

	if (!kpool_api_is_plain(size, gfp))
		return kpool_api_alloc_slow(heap, size, gfp);
	block = kpool_slot_alloc(kpool_api_slot(heap, size));
	if (unlikely(!block))
		return kpool_api_alloc_miss(heap, size, gfp);
	return block;
}

static __always_inline void *kpool_api_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	return kpool_sanitize_alloc(kpool_api_alloc_fast(heap, size, gfp), size, gfp);
}

/* kpool_api_alloc() as a function call, without a trace event. */
void *kpool_api_alloc_untraced(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	return kpool_api_alloc(heap, size, gfp);
}

/*
 * A disabled tracepoint is one nop in the fast path. An enabled one leads to the functions below.
 * They take the caller's parameters in the same order: room for another parameter would need
 * register moves before the nop.
 */
static noinline void *kpool_api_heap_alloc_traced(struct kpool_heap *heap, size_t size, gfp_t gfp,
						  unsigned long call_site)
{
	void *p = kpool_api_alloc_untraced(heap, size, gfp);

	kpool_trace_alloc(heap, p, size, gfp, NUMA_NO_NODE, call_site);
	return p;
}

static noinline void *kpool_api_alloc_traced(size_t size, gfp_t gfp, unsigned long call_site)
{
	return kpool_api_heap_alloc_traced(NULL, size, gfp, call_site);
}

/**
 * kpool_heap_alloc() - allocate from a heap
 * @heap: the heap
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: memory aligned as for kpool_alloc(), ZERO_SIZE_PTR for size 0, or NULL.
 */
void *kpool_heap_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	if (tracepoint_enabled(kpool_alloc))
		return kpool_api_heap_alloc_traced(heap, size, gfp, _RET_IP_);
	return kpool_api_alloc(heap, size, gfp);
}
EXPORT_SYMBOL_GPL(kpool_heap_alloc);

/**
 * kpool_alloc() - allocate from the default heap
 * @size: bytes wanted
 * @gfp: as for kmalloc(). Requests above KPOOL_MAX_SIZE, for a zone or with __GFP_ACCOUNT are
 *	passed to kmalloc(), and so is any request when there is no memory for an arena
 *
 * The memory is aligned to the largest power of two that divides @size, and to 8 bytes at least,
 * in every heap and also where kmalloc() serves the request.
 *
 * Context: any that kmalloc() may be called from; may sleep if @gfp says so.
 * Return: memory, ZERO_SIZE_PTR for size 0, or NULL.
 */
void *kpool_alloc(size_t size, gfp_t gfp)
{
	if (tracepoint_enabled(kpool_alloc))
		return kpool_api_alloc_traced(size, gfp, _RET_IP_);
	return kpool_api_alloc(NULL, size, gfp);
}
EXPORT_SYMBOL_GPL(kpool_alloc);

static __always_inline void *kpool_api_alloc_node(struct kpool_heap *heap, size_t size, gfp_t gfp,
						  int node)
{
	if (node < 0 || node >= nr_node_ids || !node_online(node) || nr_online_nodes == 1)
		return kpool_api_alloc(heap, size, gfp);
	return kpool_sanitize_alloc(kpool_api_alloc_uncached(heap, size, kpool_api_gfp(heap, gfp),
							     node), size, gfp);
}

static noinline void *kpool_api_alloc_node_traced(struct kpool_heap *heap, size_t size, gfp_t gfp,
						  int node, unsigned long call_site)
{
	void *p = kpool_api_alloc_node(heap, size, gfp, node);

	kpool_trace_alloc(heap, p, size, gfp, node, call_site);
	return p;
}

/**
 * kpool_heap_alloc_node() - allocate from a heap, near a NUMA node
 * @heap: the heap
 * @size: bytes wanted
 * @gfp: as for kmalloc(); with __GFP_THISNODE from that node or not at all
 * @node: the node; NUMA_NO_NODE or an offline one stands for the local node
 *
 * Context: as kpool_alloc().
 * Return: memory, ZERO_SIZE_PTR for size 0, or NULL.
 */
void *kpool_heap_alloc_node(struct kpool_heap *heap, size_t size, gfp_t gfp, int node)
{
	if (tracepoint_enabled(kpool_alloc))
		return kpool_api_alloc_node_traced(heap, size, gfp, node, _RET_IP_);
	return kpool_api_alloc_node(heap, size, gfp, node);
}
EXPORT_SYMBOL_GPL(kpool_heap_alloc_node);

/**
 * kpool_alloc_node() - allocate from the default heap, near a NUMA node
 * @size: bytes wanted
 * @gfp: as for kmalloc(); with __GFP_THISNODE from that node or not at all
 * @node: the node; NUMA_NO_NODE or an offline one stands for the local node
 *
 * Context: as kpool_alloc().
 * Return: memory, ZERO_SIZE_PTR for size 0, or NULL.
 */
void *kpool_alloc_node(size_t size, gfp_t gfp, int node)
{
	return kpool_heap_alloc_node(kpool_default_heap, size, gfp, node);
}
EXPORT_SYMBOL_GPL(kpool_alloc_node);

/**
 * kpool_alloc_array() - allocate an array from the default heap
 * @n: number of elements
 * @size: bytes of one element
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: memory, or NULL, also when @n times @size overflows.
 */
void *kpool_alloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	if (tracepoint_enabled(kpool_alloc))
		return kpool_api_alloc_traced(bytes, gfp, _RET_IP_);
	return kpool_api_alloc(NULL, bytes, gfp);
}
EXPORT_SYMBOL_GPL(kpool_alloc_array);

/*
 * Clear a block that is about to be freed. Return: false if @block is no block of the class. The
 * pools report that.
 */
static bool kpool_api_clear(unsigned int class, const void *block)
{
	const struct kpool_class_info *info = &kpool_class_info[class];

	if (kpool_class_block(info, block) == KPOOL_NOT_A_BLOCK)
		return false;
	kpool_sanitize_clear((void *)block, info->size);
	return true;
}

static void kpool_api_free_class(struct kpool_heap *heap, unsigned int class, const void *block)
{
	if (unlikely(want_init_on_free()) && !kpool_heap_keeps_contents(heap) &&
	    !kpool_api_clear(class, block))
		kpool_pool_put(heap, class, (void **)&block, 1);
	else if (!kpool_slot_free(kpool_cpu_slot(heap->cpu, class), block))
		kpool_magazine_free_slow(heap, class, (void *)block);
}

/* Free a pointer into an arena, with class byte @byte, that no loaded magazine took. */
static noinline void kpool_api_free_checked(const void *p, u8 byte)
{
	struct kpool_arena *arena = kpool_arena_of(p);

	if (unlikely(!kpool_header_check(arena)))
		return;
	if (unlikely(arena->heap->flags & KPOOL_HEAP_DEBUG)) {
		kpool_debug_free(NULL, p, KPOOL_DEBUG_ANY_SIZE);
		return;
	}
	byte ^= arena->heap->byte;
	if (unlikely(byte >= KPOOL_NR_CLASSES))
		kpool_report_bad_free(arena->heap, p, 0, "not in use");
	else if (want_init_on_free())
		kpool_api_free_class(arena->heap, byte, p);
	else
		kpool_magazine_free_slow(arena->heap, byte, (void *)p);
}

/*
 * Free a block of a private heap, with class byte @class. The arena's header names the heap.
 * Return: false if not freed.
 */
static __always_inline bool kpool_api_free_private(const void *p, u8 class)
{
	const struct kpool_arena *arena = kpool_arena_of(p);
	struct kpool_heap *heap;

	if (want_init_on_free() || !kpool_header_is_whole(arena))
		return false;
	heap = arena->heap;
	class ^= heap->byte;
	return heap->byte && class < KPOOL_NR_CLASSES &&
	       kpool_slot_free(kpool_cpu_slot(heap->cpu, class), p);
}

/*
 * Free what the default heap's slot did not take. This looks up the class byte again, because to
 * keep it cost the fast paths an instruction.
 */
noinline void kpool_api_free_slow(const void *p)
{
	u8 byte = kpool_map_byte(p);

	if (unlikely(byte == KPOOL_BYTE_FOREIGN))
		kpool_fallback_free(p);
	else if (unlikely(!kpool_api_free_private(p, byte)))
		kpool_api_free_checked(p, byte);
}

/* kpool_api_free_slow() for memory that the caller says is @heap's; NULL for any heap. */
noinline void kpool_api_heap_free_slow(struct kpool_heap *heap, const void *p)
{
	u8 byte = kpool_map_byte(p);

	if (unlikely(heap && (heap->flags & KPOOL_HEAP_DEBUG || kpool_byte_is_debug(byte))))
		kpool_debug_free(heap, p, KPOOL_DEBUG_ANY_SIZE);
	else
		kpool_api_free_slow(p);
}

static __always_inline void kpool_api_free(const void *p)
{
	if (!kpool_sanitize_free(NULL, p, 1))
		return;
	if (unlikely(!kpool_slot_free(kpool_byte_slot[kpool_map_byte(p)], p)))
		kpool_api_free_slow(p);
}

static noinline void kpool_api_free_traced(const void *p, unsigned long call_site)
{
	kpool_trace_free(p, call_site);
	kpool_api_free(p);
}

/**
 * kpool_free() - free memory
 * @p: a block of any heap, or memory from kmalloc(); NULL and ZERO_SIZE_PTR are ignored
 *
 * Context: any that kfree() may be called from.
 */
void kpool_free(const void *p)
{
	if (tracepoint_enabled(kpool_free))
		kpool_api_free_traced(p, _RET_IP_);
	else
		kpool_api_free(p);
}
EXPORT_SYMBOL_GPL(kpool_free);

static __always_inline void kpool_api_heap_free(struct kpool_heap *heap, const void *p)
{
	u8 class = kpool_map_byte(p) ^ heap->byte;

	if (!kpool_sanitize_free(heap, p, 1))
		return;
	if (unlikely(class >= KPOOL_NR_CLASSES) || want_init_on_free() ||
	    unlikely(!kpool_slot_free(kpool_cpu_slot(heap->cpu, class), p)))
		kpool_api_heap_free_slow(heap, p);
}

static noinline void kpool_api_heap_free_traced(struct kpool_heap *heap, const void *p,
						unsigned long call_site)
{
	kpool_trace_free(p, call_site);
	kpool_api_heap_free(heap, p);
}

/**
 * kpool_heap_free() - free memory of a heap
 * @heap: the heap that it came from
 * @p: memory from this heap's functions; NULL and ZERO_SIZE_PTR are ignored
 *
 * Context: any that kfree() may be called from.
 */
void kpool_heap_free(struct kpool_heap *heap, const void *p)
{
	if (tracepoint_enabled(kpool_free))
		kpool_api_heap_free_traced(heap, p, _RET_IP_);
	else
		kpool_api_heap_free(heap, p);
}
EXPORT_SYMBOL_GPL(kpool_heap_free);

/* Free by size what the fast path did not free. */
static noinline void kpool_api_free_sized_slow(struct kpool_heap *heap, const void *p,
					       size_t size)
{
	heap = heap ?: kpool_default_heap;
	if (unlikely(heap->flags & KPOOL_HEAP_DEBUG))
		kpool_debug_free(heap, p, size);
	/* Clear by the block's own class: a wrong @size could clear its neighbours. */
	else if (!kpool_size_is_small(size) || ZERO_OR_NULL_PTR(p) || want_init_on_free() ||
		 !kpool_heap_trusts_sizes(heap))
		kpool_api_free_slow(p);
	else
		kpool_api_free_class(heap, kpool_class_of(size), p);
}

static __always_inline void kpool_api_free_sized(struct kpool_heap *heap, const void *p,
						 size_t size)
{
	if (!kpool_sanitize_free(heap ?: kpool_default_heap, p, size))
		return;
	if (!kpool_size_is_small(size) || unlikely(ZERO_OR_NULL_PTR(p)) || want_init_on_free() ||
	    unlikely(!kpool_slot_free(kpool_api_sized_slot(heap, size), p)))
		kpool_api_free_sized_slow(heap, p, size);
}

static noinline void kpool_api_heap_free_sized_traced(struct kpool_heap *heap, const void *p,
						      size_t size, unsigned long call_site)
{
	kpool_trace_free(p, call_site);
	kpool_api_free_sized(heap, p, size);
}

static noinline void kpool_api_free_sized_traced(const void *p, size_t size,
						 unsigned long call_site)
{
	kpool_trace_free(p, call_site);
	kpool_api_free_sized(NULL, p, size);
}

/**
 * kpool_heap_free_sized() - free memory of a heap, with its size
 * @heap: the heap that it came from
 * @p: the memory; NULL and ZERO_SIZE_PTR are ignored
 * @size: the size that was asked for last. Bytes
 *
 * Reads no metadata, unless kpool_realloc() once had no memory to move a block of the heap to a
 * smaller class.
 *
 * Context: any that kfree() may be called from.
 */
void kpool_heap_free_sized(struct kpool_heap *heap, const void *p, size_t size)
{
	if (tracepoint_enabled(kpool_free))
		kpool_api_heap_free_sized_traced(heap, p, size, _RET_IP_);
	else
		kpool_api_free_sized(heap, p, size);
}
EXPORT_SYMBOL_GPL(kpool_heap_free_sized);

/**
 * kpool_free_sized() - free memory of the default heap, with its size
 * @p: memory from the default heap's functions; NULL and ZERO_SIZE_PTR are ignored
 * @size: the size that was asked for last. Bytes
 *
 * Reads no metadata, as kpool_heap_free_sized(). Pass memory that was requested for a zone or with
 * __GFP_ACCOUNT to kpool_free(): this function may cache it, and then it serves other requests
 * before kfree() gets it.
 *
 * Context: any that kfree() may be called from.
 */
void kpool_free_sized(const void *p, size_t size)
{
	if (tracepoint_enabled(kpool_free))
		kpool_api_free_sized_traced(p, size, _RET_IP_);
	else
		kpool_api_free_sized(NULL, p, size);
}
EXPORT_SYMBOL_GPL(kpool_free_sized);

/* Size of a debug heap's object, or of kmalloc's memory. 0 for other memory. */
static noinline size_t kpool_api_usable_size_slow(const void *p, u8 byte)
{
	if (byte == KPOOL_BYTE_FOREIGN)
		return kpool_fallback_size(p);
	return kpool_byte_is_debug(byte) ? kpool_debug_size(p) : 0;
}

/**
 * kpool_owns() - does a pointer point into a kpool block?
 * @p: any allocated memory
 *
 * Context: any.
 * Return: true for a block of any heap, false for other memory. Memory from kmalloc() in a block's
 * stead is other memory.
 */
bool kpool_owns(const void *p)
{
	u8 byte = kpool_map_byte(p);

	return !(byte & KPOOL_BYTE_FREE) || kpool_byte_is_debug(byte);
}
EXPORT_SYMBOL_GPL(kpool_owns);

/**
 * kpool_usable_size() - bytes that an allocation holds
 * @p: what kpool_free() takes
 *
 * As with ksize(), the compiler and the sanitizers allow only the size asked for. To use more, call
 * kpool_realloc(): it stays in place up to the usable size. In a debug heap the usable size is the
 * size asked for.
 *
 * Context: any.
 * Return: bytes, at least those asked for; 0 for NULL and ZERO_SIZE_PTR.
 */
size_t kpool_usable_size(const void *p)
{
	u8 byte = kpool_map_byte(p);

	if (unlikely(byte & KPOOL_BYTE_FREE))
		return kpool_api_usable_size_slow(p, byte);
	return kpool_class_size(byte & KPOOL_BYTE_CLASS);
}
EXPORT_SYMBOL_GPL(kpool_usable_size);

/**
 * kpool_free_sensitive() - overwrite memory with zeroes and free it
 * @p: what kpool_free() takes
 *
 * Context: any that kfree() may be called from.
 */
void kpool_free_sensitive(const void *p)
{
	if (tracepoint_enabled(kpool_free))
		kpool_trace_free(p, _RET_IP_);
	if (kpool_map_byte(p) == KPOOL_BYTE_FOREIGN) {
		kpool_fallback_free_sensitive(p);
		return;
	}
	if (!kpool_sanitize_free(NULL, p, 1))
		return;
	kpool_sanitize_clear((void *)p, kpool_usable_size(p));
	barrier_data(p); /* as memzero_explicit() */
	kpool_api_free_slow(p);
}
EXPORT_SYMBOL_GPL(kpool_free_sensitive);

/**
 * kpool_memdup() - copy memory into a new allocation
 * @src: the memory
 * @len: its length. Bytes
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: the copy, ZERO_SIZE_PTR for length 0, or NULL.
 */
void *kpool_memdup(const void *src, size_t len, gfp_t gfp)
{
	void *p;

	if (tracepoint_enabled(kpool_alloc))
		p = kpool_api_alloc_traced(len, gfp, _RET_IP_);
	else
		p = kpool_api_alloc_untraced(NULL, len, gfp);
	if (!ZERO_OR_NULL_PTR(p))
		memcpy(p, src, len);
	return p;
}
EXPORT_SYMBOL_GPL(kpool_memdup);

/**
 * kpool_strdup() - copy a string into a new allocation
 * @s: the string, or NULL
 * @gfp: as for kmalloc()
 *
 * Context: as kpool_alloc().
 * Return: the copy, or NULL, also for @s NULL.
 */
char *kpool_strdup(const char *s, gfp_t gfp)
{
	return s ? kpool_memdup(s, strlen(s) + 1, gfp) : NULL;
}
EXPORT_SYMBOL_GPL(kpool_strdup);
