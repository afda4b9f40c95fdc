// SPDX-License-Identifier: GPL-2.0
/* Helpers of several suites: init and exit of a case, blocks, contents, consistency. */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/hash.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "common.h"
#include "debug/sanitize.h"

#define KPOOL_TEST_SIZE(size)	size,
const u16 kpool_test_sizes[KPOOL_NR_CLASSES] = {
	KPOOL_CLASSES(KPOOL_TEST_SIZE)
};

static unsigned int kpool_test_every = 1;
module_param_named(every, kpool_test_every, uint, 0444);
MODULE_PARM_DESC(every, "Of the size classes, each Nth is tested. For slow machines");

void kpool_test_size_desc(const u16 *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u bytes", *size);
}

struct kpool_heap *kpool_test_heap_make(const char *name, const struct kpool_heap_attr *attr)
{
	struct kpool_heap *heap = kpool_heap_create_with(name, attr, &kpool_test_page_ops);

	/* The trim is not queued because it counts as armed already. */
	if (!IS_ERR_OR_NULL(heap))
		WRITE_ONCE(heap->trim_armed, 1);
	return heap;
}

/* Return true if the module's parameter leaves out the class that is the case's parameter. */
static bool kpool_test_is_left_out(struct kunit *test)
{
	const u16 *size = test->param_value;

	return kpool_test_every > 1 && size >= kpool_test_sizes &&
	       size < kpool_test_sizes + KPOOL_NR_CLASSES &&
	       (size - kpool_test_sizes) % kpool_test_every;
}

int kpool_test_init(struct kunit *test)
{
	struct kpool_heap *heap;

	if (kpool_test_is_left_out(test))
		kunit_skip(test, "one of %u classes only", kpool_test_every);

	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	kpool_test_backend_reset();
	heap = kpool_test_heap_make("kunit", NULL);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	test->priv = heap;
	return 0;
}

int kpool_test_other_cpu(void)
{
	int cpu;

	for_each_cpu_and(cpu, cpumask_of_node(numa_node_id()), cpu_online_mask)
		if (cpu != raw_smp_processor_id())
			return cpu;
	return -1;
}

static void kpool_test_end_heap(struct kunit *test)
{
	struct kpool_heap *heap = test->priv;
	struct kpool_stats stats;

	test->priv = NULL;
	if (!heap)
		return;
	KUNIT_EXPECT_EQ(test, kpool_heap_stats(heap, &stats), 0);
	if (!(heap->flags & KPOOL_HEAP_REGION))
		KUNIT_EXPECT_LE(test, stats.blocks_used, stats.quarantined);
	kpool_heap_destroy(heap);
}

void kpool_test_exit(struct kunit *test)
{
	kpool_test_end_heap(test);
	kpool_heap_forget_all();
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kpool_test_backend.misfits), 0L);
}

int kpool_test_default_init(struct kunit *test)
{
	int err = kpool_test_init(test);

	cancel_delayed_work_sync(&kpool_default_heap->trim);
	WRITE_ONCE(kpool_default_heap->trim_armed, 1);
	kpool_heap_shrink(NULL);
	return err;
}

void kpool_test_default_exit(struct kunit *test)
{
	kpool_heap_shrink(NULL);
	WRITE_ONCE(kpool_default_heap->trim_armed, 0);
	kpool_test_exit(test);
}

/* Create one more heap over the test backend. The case destroys it. */
struct kpool_heap *kpool_test_heap_create(struct kunit *test, const char *name,
					  unsigned int flags)
{
	const struct kpool_heap_attr attr = { .flags = flags };
	struct kpool_heap *heap = kpool_test_heap_make(name, &attr);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, heap);
	return heap;
}

/* Destroy the case's heap and create another one in its place. */
void kpool_test_replace_heap_with(struct kunit *test, const struct kpool_heap_attr *attr)
{
	struct kpool_heap *heap;

	kpool_test_end_heap(test);
	heap = kpool_test_heap_make("kunit", attr);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, heap);
	test->priv = heap;
}

void kpool_test_replace_heap(struct kunit *test, unsigned int flags)
{
	const struct kpool_heap_attr attr = { .flags = flags };

	kpool_test_replace_heap_with(test, &attr);
}

void **kpool_test_pointers(struct kunit *test, unsigned int nr)
{
	void **pointers = kunit_kcalloc(test, nr, sizeof(*pointers), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pointers);
	return pointers;
}

void kpool_test_take_many(struct kunit *test, struct kpool_heap *heap, unsigned int class,
			  void **blocks, unsigned int nr)
{
	unsigned int got, done;

	for (done = 0; done < nr; done += got) {
		got = kpool_refill_take(heap, numa_mem_id(), class, blocks + nr - done,
					nr - done, GFP_KERNEL);
		KUNIT_ASSERT_GT(test, got, 0U);
		KUNIT_ASSERT_LE(test, got, nr - done);
	}
	/* The pools fill the array from its end downwards. Reverse it. */
	for (done = 0; done < nr / 2; done++)
		swap(blocks[done], blocks[nr - 1 - done]);
	/* Unlike the exported functions, do not tell kmemleak: it would take minutes. */
	for (done = 0; done < nr; done++)
		kpool_sanitize_allow_all(blocks[done]);
}

void *kpool_test_take(struct kunit *test, struct kpool_heap *heap, unsigned int class)
{
	void *block = NULL;

	kpool_test_take_many(test, heap, class, &block, 1);
	return block;
}

void kpool_test_put(struct kpool_heap *heap, unsigned int class, void *block)
{
	kpool_test_put_many(heap, class, &block, 1);
}

void kpool_test_put_many(struct kpool_heap *heap, unsigned int class, void **blocks,
			 unsigned int nr)
{
	unsigned int i;

	/*
	 * Skip the checks of the exported functions: some cases put back bad blocks so that the
	 * pools notice them.
	 */
	for (i = 0; KPOOL_SANITIZED && i < nr; i++)
		kpool_sanitized_free(NULL, blocks[i]);
	kpool_pool_put(heap, class, blocks, nr);
}

static u8 kpool_test_byte(const void *p, u8 seed)
{
	return (u8)hash_ptr(p, 8) + seed;
}

void kpool_test_fill(void *p, size_t size, u8 seed)
{
	memset(p, kpool_test_byte(p, seed), size);
}

bool kpool_test_intact(const void *p, size_t size, u8 seed)
{
	return !memchr_inv(p, kpool_test_byte(p, seed), size);
}

void kpool_test_fill_many(void **blocks, unsigned int nr, size_t size, u8 seed)
{
	while (nr--)
		kpool_test_fill(blocks[nr], size, seed);
}

unsigned int kpool_test_count_bad(void **blocks, unsigned int nr, size_t size, u8 seed)
{
	unsigned int bad = 0;

	while (nr--)
		bad += !kpool_test_intact(blocks[nr], size, seed);
	return bad;
}

struct kpool_stats kpool_test_stats(struct kunit *test, struct kpool_heap *heap)
{
	struct kpool_stats stats;
	u64 all;

	KUNIT_ASSERT_EQ(test, kpool_heap_stats(heap, &stats), 0);
	all = stats.arenas * stats.arena_size;
	KUNIT_EXPECT_EQ(test, all, stats.bytes_used + stats.bytes_cached + stats.bytes_free +
			stats.bytes_tail + stats.bytes_header + stats.bytes_returned);
	KUNIT_EXPECT_EQ(test, stats.bytes, all - stats.bytes_returned);
	return stats;
}

void kpool_test_consistent(struct kunit *test, struct kpool_heap *heap)
{
	kpool_test_stats(test, heap);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), 0);
}
