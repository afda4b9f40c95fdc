// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoints, and the helpers of the alloc and free events. Other modules may attach probes to any
 * tracepoint.
 */
#include "header.h"
#include "map.h"

#define CREATE_TRACE_POINTS
#include "observe/trace.h"

EXPORT_TRACEPOINT_SYMBOL_GPL(kpool_alloc);
EXPORT_TRACEPOINT_SYMBOL_GPL(kpool_free);
EXPORT_TRACEPOINT_SYMBOL_GPL(kpool_pool_recycle);
EXPORT_TRACEPOINT_SYMBOL_GPL(kpool_arena_create);
EXPORT_TRACEPOINT_SYMBOL_GPL(kpool_arena_release);
EXPORT_TRACEPOINT_SYMBOL_GPL(kpool_refill);
EXPORT_TRACEPOINT_SYMBOL_GPL(kpool_drain);
EXPORT_TRACEPOINT_SYMBOL_GPL(kpool_fallback);
EXPORT_TRACEPOINT_SYMBOL_GPL(kpool_shrink);

/* Trace an allocation of @size bytes at @p, or NULL. @heap: NULL for the default heap. */
void kpool_trace_alloc(const struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp,
		       int node, unsigned long call_site)
{
	heap = heap ?: kpool_default_heap;
	trace_kpool_alloc(heap->name, call_site, p, size, kpool_usable_size(p), gfp, node);
}

/* Name of the heap that @p belongs to, or "-". @p may be any pointer. */
static const char *kpool_trace_heap(const void *p)
{
	const struct kpool_arena *arena = kpool_arena_of(p);

	return kpool_owns(p) && kpool_header_is_whole(arena) ? arena->heap->name : "-";
}

/* Trace a free. @p may be any pointer. */
void kpool_trace_free(const void *p, unsigned long call_site)
{
	if (!ZERO_OR_NULL_PTR(p))
		trace_kpool_free(kpool_trace_heap(p), call_site, p, kpool_usable_size(p));
}
