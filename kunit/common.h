/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers of several suites.
 *
 * A case has its own private heap, over a page backend that counts pages and can fail. The case's
 * thread stays on one CPU, so its magazines and node never change. The periodic trim is disabled,
 * so only the case moves memory of the heap. At the end of the case no block may be in use, and
 * after the heap is destroyed the backend may hold no page.
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

/* Divisor of repetitions: above 1 on kernels that check every access or lock. */
#define KPOOL_TEST_SLOWNESS \
	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) || \
	 IS_ENABLED(CONFIG_PROVE_LOCKING) || IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) ? 16 : 1)

/* Init and exit of a case. test->priv is the case's heap. */
int kpool_test_init(struct kunit *test);
void kpool_test_exit(struct kunit *test);

/*
 * Init and exit of a case of the default heap. Init disables the trim and shrinks the heap, which
 * then has no magazine, so that the counts of the case are exact.
 */
int kpool_test_default_init(struct kunit *test);
void kpool_test_default_exit(struct kunit *test);

static inline struct kpool_heap *kpool_test_heap(struct kunit *test)
{
	return test->priv;
}

/* Create a heap without a trim: only the case moves its memory. Return: as kpool_heap_create(). */
struct kpool_heap *kpool_test_heap_make(const char *name, const struct kpool_heap_attr *attr);
struct kpool_heap *kpool_test_heap_create(struct kunit *test, const char *name,
					  unsigned int flags);
void kpool_test_replace_heap(struct kunit *test, unsigned int flags);
void kpool_test_replace_heap_with(struct kunit *test, const struct kpool_heap_attr *attr);

/* Return an online CPU of this node other than the case's, or -1. */
int kpool_test_other_cpu(void);

/* All suites, in the order in which a block meets the tested units. */
#define KPOOL_SUITES(X)							\
	X(class) X(pool) X(arena) X(typesafe) X(recycle) X(range)		\
	X(magazine) X(depot) X(numa) X(heap) X(ctor) X(api) X(align)	\
	X(inline) X(bulk) X(stats) X(debugfs) X(validate) X(debug)	\
	X(misuse) X(sanitize) X(trace) X(redirect) X(passed)	\
	X(cache) X(fault) X(fault_nth) X(context) X(hotplug)

#define KPOOL_SUITE_EXTERN(name)	extern struct kunit_suite kpool_##name##_suite;
KPOOL_SUITES(KPOOL_SUITE_EXTERN)
#undef KPOOL_SUITE_EXTERN

/* Timeout of waits that should end at once. A case that reaches it fails. */
#define KPOOL_TEST_PATIENCE	(60 * HZ)

/* Every size class as a parameter: KUNIT_ARRAY_PARAM(x, kpool_test_sizes, kpool_test_size_desc) */
extern const u16 kpool_test_sizes[KPOOL_NR_CLASSES];
void kpool_test_size_desc(const u16 *size, char *desc);

/* Return the class that is the case's parameter. */
static inline unsigned int kpool_test_class(struct kunit *test)
{
	return kpool_class_of(*(const u16 *)test->param_value);
}

/*
 * Take blocks from the pools and put them back without the magazines. blocks[0] is the block that
 * was served first. Memory of kpool_test_pointers() lives until the end of the case.
 */
void **kpool_test_pointers(struct kunit *test, unsigned int nr);
void *kpool_test_take(struct kunit *test, struct kpool_heap *heap, unsigned int class);
void kpool_test_take_many(struct kunit *test, struct kpool_heap *heap, unsigned int class,
			  void **blocks, unsigned int nr);
void kpool_test_put(struct kpool_heap *heap, unsigned int class, void *block);
void kpool_test_put_many(struct kpool_heap *heap, unsigned int class, void **blocks,
			 unsigned int nr);

/* Return the number of blocks in @pools whole pools. */
static inline unsigned int kpool_test_blocks(unsigned int class, unsigned int pools)
{
	return kpool_class_info[class].capacity * pools;
}

/* Return the arena of any address, or NULL. */
static inline struct kpool_arena *kpool_test_arena(const void *p)
{
	return kpool_map_byte(p) == KPOOL_BYTE_FOREIGN ? NULL : kpool_arena_of(p);
}

/* Return the descriptor of the pool of @block. */
static inline struct kpool_pool *kpool_test_pool(const void *block)
{
	return kpool_arena_desc(kpool_arena_of(block), kpool_pool_index(block));
}

/* Return the start of the pool of @block. */
static inline void *kpool_test_pool_start(const void *block)
{
	return (void *)((unsigned long)block & ~(KPOOL_POOL_SIZE - 1));
}

/* Largest size at which alignment is compared with kmalloc()'s promise. */
#define KPOOL_TEST_ALIGNED_MAX	8192

/* Return true if @p is aligned to the largest power of two that divides @size, and to 8 bytes. */
static inline bool kpool_test_is_aligned(const void *p, size_t size)
{
	return IS_ALIGNED((unsigned long)p, max_t(size_t, size & -size, KPOOL_CLASS_STEP));
}

/* Fill and check contents that depend on the address, so that mixed-up blocks are noticed. */
void kpool_test_fill(void *p, size_t size, u8 seed);
bool kpool_test_intact(const void *p, size_t size, u8 seed);
void kpool_test_fill_many(void **blocks, unsigned int nr, size_t size, u8 seed);
unsigned int kpool_test_count_bad(void **blocks, unsigned int nr, size_t size, u8 seed);

/* Check the identity of the statistics and return them. */
struct kpool_stats kpool_test_stats(struct kunit *test, struct kpool_heap *heap);
/* Expect that the identity of the statistics holds and that validation finds no damage. */
void kpool_test_consistent(struct kunit *test, struct kpool_heap *heap);

/* Counters and controls of the page backend. */
struct kpool_test_backend {
	atomic_long_t pages;		/* pages held by heaps */
	atomic_long_t calls;		/* allocations requested since the case began */
	long fail_first;		/* number of the first call that fails, from 1 */
	long fail_nr;			/* number of calls that fail from @fail_first on */
	long fail_every;		/* calls with a multiple of this number fail; 0: none */
	unsigned int fail_percent;	/* percentage of calls that fail */
	u32 fail_seed;			/* selects the calls of @fail_percent */
	unsigned int fail_order;	/* calls of this order and above fail */
	int exhausted;			/* node without memory, or NUMA_NO_NODE */
	atomic_long_t failed;		/* number of failed calls */
	atomic_long_t sleepless;	/* number of calls that may not sleep */
	atomic_long_t misfits;		/* calls with an order or flags that no arena needs */
};

extern struct kpool_test_backend kpool_test_backend;
extern const struct kpool_page_ops kpool_test_page_ops;

void kpool_test_backend_reset(void);
/* Let the next @skip arena allocations pass, then fail @nr. */
void kpool_test_backend_fail(long skip, long nr);
/* Fail each @every-th arena allocation; 0: none. */
void kpool_test_backend_fail_every(long every);
/* Fail @percent of the arena allocations, selected by @seed and the number of the call. */
void kpool_test_backend_fail_some(unsigned int percent, u32 seed);
/* Fail allocations of @order and above. */
void kpool_test_backend_fail_order(unsigned int order);
/* If heaps hold pages, wait for pending RCU callbacks. Return: the pages still held. */
long kpool_test_backend_pages(void);

#endif /* KPOOL_TEST_COMMON_H */
