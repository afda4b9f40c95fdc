// SPDX-License-Identifier: GPL-2.0
/* A page backend that counts the pages held by heaps and fails on request. */
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>

#include "common.h"

struct kpool_test_backend kpool_test_backend;

static bool kpool_test_backend_fails(long call, unsigned int order)
{
	long first = READ_ONCE(kpool_test_backend.fail_first);
	long every = READ_ONCE(kpool_test_backend.fail_every);
	u32 number = READ_ONCE(kpool_test_backend.fail_seed) + call;

	if (call >= first && call - first < READ_ONCE(kpool_test_backend.fail_nr))
		return true;
	if (every && call % every == 0)
		return true;
	/* A seed selects the same calls in each run, whichever CPU makes them. */
	if (hash_32(number, 16) % 100 < READ_ONCE(kpool_test_backend.fail_percent))
		return true;
	return order >= READ_ONCE(kpool_test_backend.fail_order);
}

/* Allocate pages of any node except the exhausted one, if @gfp allows it. */
static struct page *kpool_test_page_alloc_elsewhere(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;
	int nid;

	if (gfp & __GFP_THISNODE)
		return NULL;
	for_each_node_state(nid, N_MEMORY)
		if (!page && nid != READ_ONCE(kpool_test_backend.exhausted))
			page = kpool_page_ops_default.alloc(nid, gfp | __GFP_THISNODE, order);
	return page;
}

static struct page *kpool_test_page_alloc(int nid, gfp_t gfp, unsigned int order)
{
	long call = atomic_long_inc_return(&kpool_test_backend.calls);
	struct page *page;

	/*
	 * Check the context of requests that may block. Count those that may not, and those with an
	 * order or flags that no arena request has.
	 */
	if (gfpflags_allow_blocking(gfp))
		might_sleep();
	else
		atomic_long_inc(&kpool_test_backend.sleepless);
	if (order != KPOOL_ARENA_ORDER || !(gfp & __GFP_NOWARN) || (gfp & __GFP_NOFAIL))
		atomic_long_inc(&kpool_test_backend.misfits);

	if (kpool_test_backend_fails(call, order)) {
		atomic_long_inc(&kpool_test_backend.failed);
		return NULL;
	}
	if (nid == READ_ONCE(kpool_test_backend.exhausted))
		page = kpool_test_page_alloc_elsewhere(gfp, order);
	else
		page = kpool_page_ops_default.alloc(nid, gfp, order);
	if (page)
		atomic_long_add(1L << order, &kpool_test_backend.pages);
	return page;
}

static void kpool_test_page_free(struct page *page, unsigned int order)
{
	kpool_page_ops_default.free(page, order);
	atomic_long_sub(1L << order, &kpool_test_backend.pages);
}

const struct kpool_page_ops kpool_test_page_ops = {
	.alloc	= kpool_test_page_alloc,
	.free	= kpool_test_page_free,
};

void kpool_test_backend_reset(void)
{
	kpool_test_backend_fail(0, 0);
	kpool_test_backend_fail_every(0);
	kpool_test_backend_fail_some(0, 0);
	kpool_test_backend_fail_order(UINT_MAX);
	kpool_test_backend.exhausted = NUMA_NO_NODE;
	atomic_long_set(&kpool_test_backend.pages, 0);
	atomic_long_set(&kpool_test_backend.calls, 0);
	atomic_long_set(&kpool_test_backend.failed, 0);
	atomic_long_set(&kpool_test_backend.sleepless, 0);
	atomic_long_set(&kpool_test_backend.misfits, 0);
}

void kpool_test_backend_fail(long skip, long nr)
{
	WRITE_ONCE(kpool_test_backend.fail_nr, 0);
	WRITE_ONCE(kpool_test_backend.fail_first,
		   atomic_long_read(&kpool_test_backend.calls) + 1 + skip);
	WRITE_ONCE(kpool_test_backend.fail_nr, nr);
}

void kpool_test_backend_fail_every(long every)
{
	WRITE_ONCE(kpool_test_backend.fail_every, every);
}

void kpool_test_backend_fail_some(unsigned int percent, u32 seed)
{
	WRITE_ONCE(kpool_test_backend.fail_seed, seed);
	WRITE_ONCE(kpool_test_backend.fail_percent, percent);
}

void kpool_test_backend_fail_order(unsigned int order)
{
	WRITE_ONCE(kpool_test_backend.fail_order, order);
}

long kpool_test_backend_pages(void)
{
	/* Arenas of type-safe heaps are released after a grace period. */
	if (atomic_long_read(&kpool_test_backend.pages))
		rcu_barrier();
	return atomic_long_read(&kpool_test_backend.pages);
}
