/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What several suites need.
 *
 * A case has a private heap of its own, over a page backend that counts and can
 * fail. Its thread stays on one CPU, so magazines and nodes are the same all
 * through, and the periodic trim is kept away, so the case alone decides what
 * the heap holds. When the case ends, no block may be out and, once the heap
 * is destroyed, no page.
 */
#ifndef KPOOL_TEST_COMMON_H
#define KPOOL_TEST_COMMON_H

#include <kunit/test.h>
#include <linux/topology.h>

#include <kpool.h>

#include "arena.h"
#include "class.h"
#include "depot.h"
#include "freelist.h"
#include "heap.h"
#include "map.h"
#include "pool.h"
#include "refill.h"
#include "types.h"

/* Repetitions are divided by this where the kernel watches every access or lock. */
#define KPOOL_TEST_SLOWNESS \
	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) || \
	 IS_ENABLED(CONFIG_PROVE_LOCKING) || IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) ? 16 : 1)

/* Life of a case; test->priv is its heap. */
int kpool_test_init(struct kunit *test);
void kpool_test_exit(struct kunit *test);

/*
 * The same for one of the default heap. Its trim is kept away, too, and it begins without a
 * magazine, so that what it counts is exact.
 */
int kpool_test_default_init(struct kunit *test);
void kpool_test_default_exit(struct kunit *test);

static inline struct kpool_heap *kpool_test_heap(struct kunit *test)
{
	return test->priv;
}

struct kpool_heap *kpool_test_heap_create(struct kunit *test, const char *name,
					  unsigned int flags);
void kpool_test_replace_heap(struct kunit *test, unsigned int flags);
void kpool_test_replace_heap_with(struct kunit *test, const struct kpool_heap_attr *attr);

/* An online CPU of this node beside the case's own, or -1. */
int kpool_test_other_cpu(void);

/* All suites, in the order in which a block meets their subjects. */
#define KPOOL_SUITES(X)							\
	X(class) X(pool) X(arena) X(typesafe) X(recycle) X(range)		\
	X(magazine) X(depot) X(numa) X(heap) X(ctor) X(api) X(align)	\
	X(inline) X(bulk) X(stats) X(debugfs) X(validate) X(debug)	\
	X(debug_misuse) X(sanitize) X(trace) X(redirect) X(passed)	\
	X(cache) X(fault) X(fault_nth) X(context) X(hotplug)

#define KPOOL_SUITE_EXTERN(name)	extern struct kunit_suite kpool_##name##_suite;
KPOOL_SUITES(KPOOL_SUITE_EXTERN)
#undef KPOOL_SUITE_EXTERN

/* How long a case waits for what should take no time: it cannot be run then, and says so. */
#define KPOOL_TEST_PATIENCE	(60 * HZ)

/* Every size class as a parameter: KUNIT_ARRAY_PARAM(x, kpool_test_sizes, kpool_test_size_desc) */
extern const u16 kpool_test_sizes[KPOOL_NR_CLASSES];
void kpool_test_size_desc(const u16 *size, char *desc);

/* The class that is the case's parameter. */
static inline unsigned int kpool_test_class(struct kunit *test)
{
	return kpool_class_of(*(const u16 *)test->param_value);
}

/*
 * Blocks from and to the pools, past the magazines. blocks[0] is the one that
 * was served first. Memory for @nr pointers lives as long as the case.
 */
void **kpool_test_pointers(struct kunit *test, unsigned int nr);
void *kpool_test_take(struct kunit *test, struct kpool_heap *heap, unsigned int class);
void kpool_test_take_many(struct kunit *test, struct kpool_heap *heap, unsigned int class,
			  void **blocks, unsigned int nr);
void kpool_test_put(struct kpool_heap *heap, unsigned int class, void *block);
void kpool_test_put_many(struct kpool_heap *heap, unsigned int class, void **blocks,
			 unsigned int nr);

/* Whole pools: blocks for this many. */
static inline unsigned int kpool_test_blocks(unsigned int class, unsigned int pools)
{
	return kpool_class_info[class].capacity * pools;
}

/* The arena that any pointer lies in, or NULL. */
static inline struct kpool_arena *kpool_test_arena(const void *p)
{
	return kpool_map_byte(p) == KPOOL_BYTE_FOREIGN ? NULL : kpool_arena_of(p);
}

/* Descriptor of the pool that @block lies in. */
static inline struct kpool_pool *kpool_test_pool(const void *block)
{
	return kpool_arena_desc(kpool_arena_of(block), kpool_pool_index(block));
}

/* Start of the pool that @block lies in. */
static inline void *kpool_test_pool_start(const void *block)
{
	return (void *)((unsigned long)block & ~(KPOOL_POOL_SIZE - 1));
}

/* Sizes up to this one are compared with what kmalloc() promises. */
#define KPOOL_TEST_ALIGNED_MAX	8192

/* Is memory aligned to the largest power of two that divides its size, and to 8 bytes? */
static inline bool kpool_test_is_aligned(const void *p, size_t size)
{
	return IS_ALIGNED((unsigned long)p, max_t(size_t, size & -size, KPOOL_CLASS_STEP));
}

/* Contents that depend on the address, so that mixed-up blocks are noticed. */
void kpool_test_fill(void *p, size_t size, u8 seed);
bool kpool_test_intact(const void *p, size_t size, u8 seed);
void kpool_test_fill_many(void **blocks, unsigned int nr, size_t size, u8 seed);
unsigned int kpool_test_count_bad(void **blocks, unsigned int nr, size_t size, u8 seed);

/* The statistics, after their identity was checked. */
struct kpool_stats kpool_test_stats(struct kunit *test, struct kpool_heap *heap);
/* The identity holds and validate has nothing to say. */
void kpool_test_consistent(struct kunit *test, struct kpool_heap *heap);

/*
 * struct kpool_test_backend - what the page backend has seen and is to do
 * @pages: held by heaps now
 * @calls: allocations asked for since the case began
 * @fail_first: the first call, counted from 1, that fails
 * @fail_nr: how many calls fail from there on
 * @fail_every: calls fail whose number is a multiple of it; 0 for none
 * @fail_percent: so many of 100 calls fail
 * @fail_seed: decides which
 * @fail_order: calls for this order, and for larger ones, fail
 * @exhausted: node without memory, or NUMA_NO_NODE; others give where they may
 * @failed: calls that failed
 * @sleepless: calls that were not allowed to sleep
 * @misfits: calls with an order or flags that no arena should be asked for with
 */
struct kpool_test_backend {
	atomic_long_t pages;
	atomic_long_t calls;
	long fail_first;
	long fail_nr;
	long fail_every;
	unsigned int fail_percent;
	u32 fail_seed;
	unsigned int fail_order;
	int exhausted;
	atomic_long_t failed;
	atomic_long_t sleepless;
	atomic_long_t misfits;
};

extern struct kpool_test_backend kpool_test_backend;
extern const struct kpool_page_ops kpool_test_page_ops;

void kpool_test_backend_reset(void);
/* Lets @nr arena allocations fail, after the next @skip ones. */
void kpool_test_backend_fail(long skip, long nr);
/* Lets each @every-th fail, or none for 0. */
void kpool_test_backend_fail_every(long every);
/* Lets @percent of them fail; which ones depends on @seed and their number only. */
void kpool_test_backend_fail_some(unsigned int percent, u32 seed);
/* Lets those of @order and above fail. */
void kpool_test_backend_fail_order(unsigned int order);
/* Pages held once everything that waits for a grace period has gone. */
long kpool_test_backend_pages(void);

#endif /* KPOOL_TEST_COMMON_H */
