// SPDX-License-Identifier: GPL-2.0
/* Tracepoints: each call emits one event with its result, and none without a listener. */
#include <linux/kallsyms.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kpool_inline.h>

#include "common.h"
#include "observe/trace.h"

#define KPOOL_TEST_EVENTS(X)							\
	X(alloc) X(free) X(pool_recycle) X(arena_create) X(arena_release)		\
	X(refill) X(drain) X(fallback) X(shrink)

#define KPOOL_TEST_EVENT(name)	KPOOL_TEST_##name,
enum { KPOOL_TEST_EVENTS(KPOOL_TEST_EVENT) KPOOL_TEST_NR_EVENTS };
#undef KPOOL_TEST_EVENT

/*
 * Events since the case began. Allocation and free events count if the case's task caused them,
 * the others if they are of the case's heap.
 */
static struct kpool_test_heard {
	struct task_struct *task;		/* the case's task */
	const struct kpool_heap *heap;		/* the case's heap */
	atomic_t nr[KPOOL_TEST_NR_EVENTS];	/* number of events of each kind */
	unsigned int refilled;			/* blocks refilled, from pools or depots */
	unsigned int drained;			/* blocks drained into pools */
	long arena_bytes;			/* created arenas minus released arenas */
	unsigned long shrunk;			/* pages that shrinks returned or released */
	struct {
		char heap[KPOOL_HEAP_NAME_MAX + 1];
		unsigned long call_site;
		const void *ptr;
		size_t bytes_req;
		size_t bytes_alloc;
		gfp_t gfp_flags;
	} alloc, free;				/* fields of the last event */
} kpool_test_heard;

static unsigned int kpool_test_nr_heard(unsigned int event)
{
	return atomic_read(&kpool_test_heard.nr[event]);
}

/* Count an event if it is one of the case's. Return: @ours. */
static bool kpool_test_hear(unsigned int event, bool ours)
{
	if (ours)
		atomic_inc(&kpool_test_heard.nr[event]);
	return ours;
}

static bool kpool_test_hear_caller(unsigned int event)
{
	return kpool_test_hear(event, current == kpool_test_heard.task && in_task());
}

static bool kpool_test_hear_heap(unsigned int event, const struct kpool_heap *heap)
{
	return kpool_test_hear(event, heap == kpool_test_heard.heap);
}

static void kpool_test_hear_alloc(void *data, const char *heap, unsigned long call_site,
				  const void *ptr, size_t bytes_req, size_t bytes_alloc,
				  gfp_t gfp_flags, int node)
{
	if (!kpool_test_hear_caller(KPOOL_TEST_alloc))
		return;
	strscpy(kpool_test_heard.alloc.heap, heap, sizeof(kpool_test_heard.alloc.heap));
	kpool_test_heard.alloc.call_site = call_site;
	kpool_test_heard.alloc.ptr = ptr;
	kpool_test_heard.alloc.bytes_req = bytes_req;
	kpool_test_heard.alloc.bytes_alloc = bytes_alloc;
	kpool_test_heard.alloc.gfp_flags = gfp_flags;
}

static void kpool_test_hear_free(void *data, const char *heap, unsigned long call_site,
				 const void *ptr, size_t bytes_alloc)
{
	if (!kpool_test_hear_caller(KPOOL_TEST_free))
		return;
	strscpy(kpool_test_heard.free.heap, heap, sizeof(kpool_test_heard.free.heap));
	kpool_test_heard.free.call_site = call_site;
	kpool_test_heard.free.ptr = ptr;
	kpool_test_heard.free.bytes_alloc = bytes_alloc;
}

static void kpool_test_hear_pool_recycle(void *data, const struct kpool_arena *arena,
					 unsigned int pool, size_t bytes_old, size_t bytes_alloc)
{
	kpool_test_hear_heap(KPOOL_TEST_pool_recycle, arena->heap);
}

static void kpool_test_hear_arena_create(void *data, const struct kpool_arena *arena, size_t bytes)
{
	if (kpool_test_hear_heap(KPOOL_TEST_arena_create, arena->heap))
		kpool_test_heard.arena_bytes += bytes;
}

static void kpool_test_hear_arena_release(void *data, const struct kpool_arena *arena,
					  size_t bytes)
{
	if (kpool_test_hear_heap(KPOOL_TEST_arena_release, arena->heap))
		kpool_test_heard.arena_bytes -= bytes;
}

static void kpool_test_hear_refill(void *data, const struct kpool_heap *heap, size_t bytes_alloc,
				   unsigned int nr, bool depot)
{
	if (kpool_test_hear_heap(KPOOL_TEST_refill, heap))
		kpool_test_heard.refilled += nr;
}

static void kpool_test_hear_drain(void *data, const struct kpool_heap *heap, size_t bytes_alloc,
				  unsigned int nr, bool depot)
{
	if (kpool_test_hear_heap(KPOOL_TEST_drain, heap))
		kpool_test_heard.drained += depot ? 0 : nr;
}

static void kpool_test_hear_fallback(void *data, const struct kpool_heap *heap, const void *ptr,
				     size_t bytes_alloc, gfp_t gfp_flags, int node)
{
	kpool_test_hear_heap(KPOOL_TEST_fallback, heap);
}

static void kpool_test_hear_shrink(void *data, const struct kpool_heap *heap, bool reclaim,
				   unsigned long target, unsigned long pages)
{
	if (kpool_test_hear_heap(KPOOL_TEST_shrink, heap))
		kpool_test_heard.shrunk += pages;
}

static void kpool_test_deafen(void)
{
#define KPOOL_TEST_DEAFEN(name)	| unregister_trace_kpool_##name(kpool_test_hear_##name, NULL)
	(void)(0 KPOOL_TEST_EVENTS(KPOOL_TEST_DEAFEN));
#undef KPOOL_TEST_DEAFEN
	tracepoint_synchronize_unregister();
}

static int kpool_test_listen(struct kunit *test)
{
	int err;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "the kernel has no tracepoints");
	memset(&kpool_test_heard, 0, sizeof(kpool_test_heard));
	kpool_test_heard.task = current;
	kpool_test_heard.heap = kpool_test_heap(test);
#define KPOOL_TEST_LISTEN(name)	?: register_trace_kpool_##name(kpool_test_hear_##name, NULL)
	err = 0 KPOOL_TEST_EVENTS(KPOOL_TEST_LISTEN);
#undef KPOOL_TEST_LISTEN
	if (err)
		kpool_test_deafen();
	return err;
}

static int kpool_trace_test_init(struct kunit *test)
{
	return kpool_test_init(test) ?: kpool_test_listen(test);
}

static void kpool_trace_test_exit(struct kunit *test)
{
	kpool_test_deafen();
	kpool_test_exit(test);
}

/* Return true if the call site is in @function. */
static bool kpool_test_is_in(unsigned long call_site, const char *function)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol_no_offset(name, call_site);
	return str_has_prefix(name, function);
}

static noinline void *kpool_test_traced_alloc(struct kpool_heap *heap, size_t size, gfp_t gfp)
{
	void *p = kpool_heap_alloc(heap, size, gfp);

	OPTIMIZER_HIDE_VAR(p); /* prevents a tail call */
	return p;
}

static noinline void kpool_test_traced_free(struct kpool_heap *heap, const void *p)
{
	kpool_heap_free(heap, p);
	barrier();
}

static void an_allocation_tells_all_of_it(struct kunit *test)
{
	void *p = kpool_test_traced_alloc(kpool_test_heap(test), 100, GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(KPOOL_TEST_alloc), 1U);
	KUNIT_EXPECT_STREQ(test, kpool_test_heard.alloc.heap, "kunit");
	KUNIT_EXPECT_PTR_EQ(test, kpool_test_heard.alloc.ptr, (const void *)p);
	KUNIT_EXPECT_EQ(test, kpool_test_heard.alloc.bytes_req, (size_t)100);
	KUNIT_EXPECT_EQ(test, kpool_test_heard.alloc.bytes_alloc, kpool_usable_size(p));
	KUNIT_EXPECT_EQ(test, (__force u32)kpool_test_heard.alloc.gfp_flags,
			(__force u32)(GFP_KERNEL | __GFP_ZERO));
	KUNIT_EXPECT_TRUE(test, kpool_test_is_in(kpool_test_heard.alloc.call_site,
						 "kpool_test_traced_alloc"));
	kpool_test_traced_free(kpool_test_heap(test), p);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(KPOOL_TEST_free), 1U);
	KUNIT_EXPECT_STREQ(test, kpool_test_heard.free.heap, "kunit");
	KUNIT_EXPECT_PTR_EQ(test, kpool_test_heard.free.ptr, (const void *)p);
	KUNIT_EXPECT_EQ(test, kpool_test_heard.free.bytes_alloc,
			kpool_test_heard.alloc.bytes_alloc);
	KUNIT_EXPECT_TRUE(test, kpool_test_is_in(kpool_test_heard.free.call_site,
						 "kpool_test_traced_free"));
}

static void what_kmalloc_serves_tells_it_too(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_heap_alloc(heap, 5000, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, kpool_test_heard.alloc.heap, "kunit");
	KUNIT_EXPECT_EQ(test, kpool_test_heard.alloc.bytes_req, (size_t)5000);
	KUNIT_EXPECT_GE(test, kpool_test_heard.alloc.bytes_alloc, (size_t)5000);
	kpool_free(p);
	KUNIT_EXPECT_STREQ(test, kpool_test_heard.free.heap, "-");
	KUNIT_EXPECT_EQ(test, kpool_test_heard.free.bytes_alloc,
			kpool_test_heard.alloc.bytes_alloc);
}

static void to_free_nothing_tells_nothing(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, kpool_alloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(KPOOL_TEST_alloc), 1U);
	KUNIT_EXPECT_EQ(test, kpool_test_heard.alloc.bytes_alloc, (size_t)0);
	kpool_free(ZERO_SIZE_PTR);
	kpool_free(NULL);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(KPOOL_TEST_free), 0U);
}

/* Expect these numbers of allocation and free events since the case began. */
static void kpool_test_expect_heard(struct kunit *test, unsigned int allocs, unsigned int frees)
{
	KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(KPOOL_TEST_alloc), allocs);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(KPOOL_TEST_free), frees);
}

static void each_way_over_the_default_heap_tells_once(struct kunit *test)
{
	void *p[8];

	kpool_free(kpool_alloc(40, GFP_KERNEL));
	kpool_test_expect_heard(test, 1, 1);
	KUNIT_EXPECT_STREQ(test, kpool_test_heard.alloc.heap, "default");
	kpool_free_sized(kpool_zalloc(40, GFP_KERNEL), 40);
	kpool_test_expect_heard(test, 2, 2);
	kpool_free_inline(kpool_alloc_inline(40, GFP_KERNEL));
	kpool_test_expect_heard(test, 3, 3);
	kpool_free_sized_inline(kpool_alloc_inline(40, GFP_KERNEL | __GFP_ZERO), 40);
	kpool_test_expect_heard(test, 4, 4);
	kpool_free_sensitive(kpool_alloc_array(4, 10, GFP_KERNEL));
	kpool_test_expect_heard(test, 5, 5);
	kpool_free(kpool_memdup("kpool", 6, GFP_KERNEL));
	kpool_test_expect_heard(test, 6, 6);
	kpool_free(kpool_strdup("kpool", GFP_KERNEL));
	kpool_test_expect_heard(test, 7, 7);
	kpool_free(kpool_alloc_node(40, GFP_KERNEL, numa_mem_id()));
	kpool_test_expect_heard(test, 8, 8);
	KUNIT_ASSERT_EQ(test, kpool_alloc_bulk(40, GFP_KERNEL, 8, p), 8U);
	kpool_test_expect_heard(test, 16, 8);
	kpool_free_bulk(8, p);
	kpool_test_expect_heard(test, 16, 16);
}

static void each_way_over_a_heap_tells_once(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p[8];

	kpool_heap_free(heap, kpool_heap_alloc(heap, 40, GFP_KERNEL));
	kpool_test_expect_heard(test, 1, 1);
	kpool_heap_free_sized(heap, kpool_heap_zalloc(heap, 40, GFP_KERNEL), 40);
	kpool_test_expect_heard(test, 2, 2);
	kpool_free(kpool_heap_alloc_node(heap, 40, GFP_KERNEL, numa_mem_id()));
	kpool_test_expect_heard(test, 3, 3);
	/* A bulk request for kmalloc memory emits one event per object. */
	KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, 3000, GFP_KERNEL, 8, p), 8U);
	kpool_test_expect_heard(test, 11, 3);
	kpool_heap_free_bulk(heap, 8, p);
	kpool_test_expect_heard(test, 11, 11);
}

static void a_bulk_that_fails_tells_nothing(struct kunit *test)
{
	void *p[4];

	KUNIT_EXPECT_EQ(test, kpool_alloc_bulk(SIZE_MAX / 2, GFP_KERNEL | __GFP_NOWARN, 4, p), 0U);
	kpool_test_expect_heard(test, 0, 0);
}

static void realloc_tells_when_it_moves(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p = kpool_heap_alloc(heap, 20, GFP_KERNEL), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	q = kpool_heap_realloc(heap, p, 18, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	kpool_test_expect_heard(test, 1, 0);
	p = kpool_heap_realloc(heap, q, 200, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kpool_test_expect_heard(test, 2, 1);
	KUNIT_EXPECT_PTR_EQ(test, kpool_test_heard.alloc.ptr, (const void *)p);
	kpool_heap_free(heap, p);
}

/* Allocate and free until pools have changed their class and arenas were released. */
static void kpool_test_churn_pools(struct kunit *test)
{
	static const u16 sizes[] = { 512, 256, 64, 512 };
	struct kpool_heap *heap = kpool_test_heap(test);
	void **p = kpool_test_pointers(test, 2000);
	unsigned int i, k;

	for (k = 0; k < ARRAY_SIZE(sizes); k++) {
		for (i = 0; i < 2000; i++) {
			p[i] = kpool_heap_alloc(heap, sizes[k], GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p[i]);
		}
		for (i = 0; i < 2000; i++)
			kpool_heap_free(heap, p[i]);
	}
}

static void the_heaps_events_are_what_it_counts(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats stats;
	unsigned long pages;

	kpool_test_churn_pools(test);
	pages = kpool_heap_shrink(heap);
	stats = kpool_test_stats(test, heap);
	KUNIT_EXPECT_GT(test, stats.recycled_other, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.recycled_same + stats.recycled_other,
			(u64)kpool_test_nr_heard(KPOOL_TEST_pool_recycle));
	KUNIT_EXPECT_GT(test, stats.arenas_created, 1ULL);
	KUNIT_EXPECT_EQ(test, stats.arenas_created,
			(u64)kpool_test_nr_heard(KPOOL_TEST_arena_create));
	KUNIT_EXPECT_EQ(test, stats.arenas_released,
			(u64)kpool_test_nr_heard(KPOOL_TEST_arena_release));
	KUNIT_EXPECT_EQ(test, kpool_test_heard.arena_bytes, (long)stats.bytes);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(KPOOL_TEST_shrink), 1U);
	KUNIT_EXPECT_EQ(test, kpool_test_heard.shrunk, pages);
	KUNIT_EXPECT_GT(test, kpool_test_nr_heard(KPOOL_TEST_refill), 0U);
	KUNIT_EXPECT_GT(test, kpool_test_nr_heard(KPOOL_TEST_drain), 0U);
	/* Refills from the depot count, too, so more blocks may be refilled than drained. */
	KUNIT_EXPECT_GE(test, kpool_test_heard.refilled, kpool_test_heard.drained);
	KUNIT_EXPECT_GT(test, kpool_test_heard.drained, 0U);
}

static void a_fallback_tells(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p;

	kpool_test_backend_fail(0, LONG_MAX);
	p = kpool_heap_alloc(heap, 40, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(KPOOL_TEST_fallback), 1U);
	KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(KPOOL_TEST_alloc), 1U);
	kpool_heap_free(heap, p);
	KUNIT_EXPECT_STREQ(test, kpool_test_heard.free.heap, "-");
}

static void tells_nothing_to_nobody(struct kunit *test)
{
	unsigned int event;

	kpool_test_deafen();
	kpool_test_churn_pools(test);
	kpool_heap_shrink(kpool_test_heap(test));
	for (event = 0; event < KPOOL_TEST_NR_EVENTS; event++)
		KUNIT_EXPECT_EQ(test, kpool_test_nr_heard(event), 0U);
	KUNIT_ASSERT_EQ(test, kpool_test_listen(test), 0);
}

static struct kunit_case kpool_trace_cases[] = {
	KUNIT_CASE(an_allocation_tells_all_of_it),
	KUNIT_CASE(what_kmalloc_serves_tells_it_too),
	KUNIT_CASE(to_free_nothing_tells_nothing),
	KUNIT_CASE(each_way_over_the_default_heap_tells_once),
	KUNIT_CASE(each_way_over_a_heap_tells_once),
	KUNIT_CASE(a_bulk_that_fails_tells_nothing),
	KUNIT_CASE(realloc_tells_when_it_moves),
	KUNIT_CASE(the_heaps_events_are_what_it_counts),
	KUNIT_CASE(a_fallback_tells),
	KUNIT_CASE(tells_nothing_to_nobody),
	{}
};

struct kunit_suite kpool_trace_suite = {
	.name = "kpool_trace",
	.init = kpool_trace_test_init,
	.exit = kpool_trace_test_exit,
	.test_cases = kpool_trace_cases,
};
