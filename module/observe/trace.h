/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints. Fields have the names of the kernel's kmem events. heap is the heap's name, "-" for
 * memory in no arena. Documentation/tracing.rst explains each event and when it occurs.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kpool

#if !defined(KPOOL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KPOOL_TRACE_H

#include <linux/tracepoint.h>
#include <trace/events/mmflags.h>

#include "compat.h"
#include "types.h"

TRACE_EVENT(kpool_alloc,
	TP_PROTO(const char *heap, unsigned long call_site, const void *ptr, size_t bytes_req,
		 size_t bytes_alloc, gfp_t gfp_flags, int node),
	TP_ARGS(heap, call_site, ptr, bytes_req, bytes_alloc, gfp_flags, node),

	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__field(size_t, bytes_req)
		__field(size_t, bytes_alloc)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__string(heap, heap)
	),

	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		__entry->bytes_req = bytes_req;
		__entry->bytes_alloc = bytes_alloc;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = node;
		kpool_compat_assign_str(heap, heap);
	),

	TP_printk("call_site=%pS ptr=%p bytes_req=%zu bytes_alloc=%zu gfp_flags=%s node=%d heap=%s",
		  (void *)__entry->call_site, __entry->ptr, __entry->bytes_req,
		  __entry->bytes_alloc, show_gfp_flags(__entry->gfp_flags), __entry->node,
		  __get_str(heap))
);

TRACE_EVENT(kpool_free,
	TP_PROTO(const char *heap, unsigned long call_site, const void *ptr, size_t bytes_alloc),
	TP_ARGS(heap, call_site, ptr, bytes_alloc),

	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__field(size_t, bytes_alloc)
		__string(heap, heap)
	),

	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		__entry->bytes_alloc = bytes_alloc;
		kpool_compat_assign_str(heap, heap);
	),

	TP_printk("call_site=%pS ptr=%p bytes_alloc=%zu heap=%s", (void *)__entry->call_site,
		  __entry->ptr, __entry->bytes_alloc, __get_str(heap))
);

TRACE_EVENT(kpool_pool_recycle,
	TP_PROTO(const struct kpool_arena *arena, unsigned int pool, size_t bytes_old,
		 size_t bytes_alloc),
	TP_ARGS(arena, pool, bytes_old, bytes_alloc),

	TP_STRUCT__entry(
		__field(unsigned long, arena)
		__field(unsigned int, pool)
		__field(size_t, bytes_old)
		__field(size_t, bytes_alloc)
		__string(heap, arena->heap->name)
	),

	TP_fast_assign(
		__entry->arena = arena->id;
		__entry->pool = pool;
		__entry->bytes_old = bytes_old;
		__entry->bytes_alloc = bytes_alloc;
		kpool_compat_assign_str(heap, arena->heap->name);
	),

	TP_printk("arena=%lu pool=%u bytes_old=%zu bytes_alloc=%zu heap=%s", __entry->arena,
		  __entry->pool, __entry->bytes_old, __entry->bytes_alloc, __get_str(heap))
);

DECLARE_EVENT_CLASS(kpool_arena,
	TP_PROTO(const struct kpool_arena *arena, size_t bytes),
	TP_ARGS(arena, bytes),

	TP_STRUCT__entry(
		__field(unsigned long, arena)
		__field(size_t, bytes)
		__field(int, node)
		__string(heap, arena->heap->name)
	),

	TP_fast_assign(
		__entry->arena = arena->id;
		__entry->bytes = bytes;
		__entry->node = arena->node->nid;
		kpool_compat_assign_str(heap, arena->heap->name);
	),

	TP_printk("arena=%lu bytes=%zu node=%d heap=%s", __entry->arena, __entry->bytes,
		  __entry->node, __get_str(heap))
);

DEFINE_EVENT(kpool_arena, kpool_arena_create,
	TP_PROTO(const struct kpool_arena *arena, size_t bytes), TP_ARGS(arena, bytes));
DEFINE_EVENT(kpool_arena, kpool_arena_release,
	TP_PROTO(const struct kpool_arena *arena, size_t bytes), TP_ARGS(arena, bytes));

DECLARE_EVENT_CLASS(kpool_magazine,
	TP_PROTO(const struct kpool_heap *heap, size_t bytes_alloc, unsigned int nr, bool depot),
	TP_ARGS(heap, bytes_alloc, nr, depot),

	TP_STRUCT__entry(
		__field(size_t, bytes_alloc)
		__field(unsigned int, nr)
		__field(bool, depot)
		__string(heap, heap->name)
	),

	TP_fast_assign(
		__entry->bytes_alloc = bytes_alloc;
		__entry->nr = nr;
		__entry->depot = depot;
		kpool_compat_assign_str(heap, heap->name);
	),

	TP_printk("bytes_alloc=%zu nr=%u depot=%d heap=%s", __entry->bytes_alloc, __entry->nr,
		  __entry->depot, __get_str(heap))
);

DEFINE_EVENT(kpool_magazine, kpool_refill,
	TP_PROTO(const struct kpool_heap *heap, size_t bytes_alloc, unsigned int nr, bool depot),
	TP_ARGS(heap, bytes_alloc, nr, depot));
DEFINE_EVENT(kpool_magazine, kpool_drain,
	TP_PROTO(const struct kpool_heap *heap, size_t bytes_alloc, unsigned int nr, bool depot),
	TP_ARGS(heap, bytes_alloc, nr, depot));

TRACE_EVENT(kpool_fallback,
	TP_PROTO(const struct kpool_heap *heap, const void *ptr, size_t bytes_alloc,
		 gfp_t gfp_flags, int node),
	TP_ARGS(heap, ptr, bytes_alloc, gfp_flags, node),

	TP_STRUCT__entry(
		__field(const void *, ptr)
		__field(size_t, bytes_alloc)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__string(heap, heap->name)
	),

	TP_fast_assign(
		__entry->ptr = ptr;
		__entry->bytes_alloc = bytes_alloc;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = node;
		kpool_compat_assign_str(heap, heap->name);
	),

	TP_printk("ptr=%p bytes_alloc=%zu gfp_flags=%s node=%d heap=%s", __entry->ptr,
		  __entry->bytes_alloc, show_gfp_flags(__entry->gfp_flags), __entry->node,
		  __get_str(heap))
);

TRACE_EVENT(kpool_shrink,
	TP_PROTO(const struct kpool_heap *heap, bool reclaim, unsigned long target,
		 unsigned long pages),
	TP_ARGS(heap, reclaim, target, pages),

	TP_STRUCT__entry(
		__field(bool, reclaim)
		__field(unsigned long, target)
		__field(unsigned long, pages)
		__string(heap, heap->name)
	),

	TP_fast_assign(
		__entry->reclaim = reclaim;
		__entry->target = target;
		__entry->pages = pages;
		kpool_compat_assign_str(heap, heap->name);
	),

	TP_printk("reclaim=%d target=%ld pages=%lu heap=%s", __entry->reclaim,
		  (long)__entry->target, __entry->pages, __get_str(heap))
);

/* Called only while the tracepoint is enabled. */
void kpool_trace_alloc(const struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp,
		       int node, unsigned long call_site);
void kpool_trace_free(const void *p, unsigned long call_site);

#endif /* KPOOL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH observe
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
