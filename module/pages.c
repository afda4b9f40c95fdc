// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas from the page allocator, and a reserve for atomic callers.
 *
 * An arena is a high-order block. kpool asks for it without retries, warnings or emergency
 * reserves, because kmalloc serves the request without an arena. After a refusal, kpool does not
 * ask again for a moment, so that not every request pays for an attempt.
 *
 * A caller that may not sleep cannot wait until memory is compacted, so a reserve holds a few
 * arenas per node. A work item fills the reserve. refill.c decides whether the page allocator or
 * the reserve serves a request.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kmemleak.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "account.h"
#include "compat.h"
#include "map.h"
#include "pages.h"
#include "param.h"

/* Time after a refusal in which kpool asks for no arena. kmalloc serves meanwhile. */
#define KPOOL_RETRY_JIFFIES	(HZ / 20 + 1)

/* Delay after a failed attempt to fill the reserve; doubled after each failure, up to MAX. */
#define KPOOL_REFILL_JIFFIES_MIN	(HZ / 10 + 1)
#define KPOOL_REFILL_JIFFIES_MAX	(10 * HZ)

static struct page *kpool_pages_alloc_default(int nid, gfp_t gfp, unsigned int order)
{
	return alloc_pages_node(nid, gfp, order);
}

const struct kpool_page_ops kpool_page_ops_default = {
	.alloc	= kpool_pages_alloc_default,
	.free	= __free_pages,
};
KPOOL_EXPORT_TEST(kpool_page_ops_default);

/**
 * struct kpool_reserve - arenas kept ready on one node
 * @lock: guards @nr and @page
 * @backoff: requests that the page allocator refused
 * @nr: number of arenas
 * @page: first page of each; the map has leaves for them
 */
struct kpool_reserve {
	spinlock_t lock; /* leaf */
	struct kpool_backoff backoff;
	unsigned int nr;
	struct page *page[KPOOL_RESERVE_MAX];
};

static struct kpool_reserve *kpool_reserves __ro_after_init;

static unsigned int kpool_reserve_size __ro_after_init = 1;
KPOOL_PARAM(reserve, kpool_reserve_size, "arenas", 0, KPOOL_RESERVE_MAX, 0444);
MODULE_PARM_DESC(reserve, "arenas per node kept ready for atomic callers, 0 to 16 (default 1)");

static struct page *kpool_reserve_pop(struct kpool_reserve *reserve)
{
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&reserve->lock, flags);
	if (reserve->nr)
		page = reserve->page[--reserve->nr];
	spin_unlock_irqrestore(&reserve->lock, flags);
	return page;
}

/* There is always room, because only kpool_reserve_fill() pushes. */
static void kpool_reserve_push(struct kpool_reserve *reserve, struct page *page)
{
	unsigned long flags;

	spin_lock_irqsave(&reserve->lock, flags);
	reserve->page[reserve->nr++] = page;
	spin_unlock_irqrestore(&reserve->lock, flags);
}

/*
 * Allocate the pages of an arena. Return: NULL if refused. The map gets a leaf for them here,
 * because a caller that takes an arena from the reserve cannot wait for memory.
 */
static struct page *kpool_pages_ask(const struct kpool_page_ops *ops, int nid, gfp_t gfp)
{
	struct page *page = ops->alloc(nid, gfp, KPOOL_ARENA_ORDER);

	if (page && !kpool_map_cover(page_address(page), kpool_pages_gfp(gfp))) {
		ops->free(page, KPOOL_ARENA_ORDER);
		return NULL;
	}
	return page;
}

/* Fill the node's reserve. Return: whether it is full. May sleep. */
static bool kpool_reserve_fill(struct kpool_reserve *reserve, int nid)
{
	const gfp_t gfp = kpool_pages_gfp(GFP_KERNEL) | __GFP_THISNODE;
	struct page *page;

	while (READ_ONCE(reserve->nr) < kpool_reserve_size) {
		page = kpool_pages_ask(&kpool_page_ops_default, nid, gfp);
		if (!page)
			return false;
		kpool_reserve_push(reserve, page);
	}
	return true;
}

static void kpool_reserve_refill(struct work_struct *work);
static DECLARE_DELAYED_WORK(kpool_reserve_work, kpool_reserve_refill);
static unsigned long kpool_reserve_delay; /* used only by the work item */

/* Fill all reserves. Try again after a delay until all are full. */
static void kpool_reserve_refill(struct work_struct *work)
{
	unsigned long delay = kpool_reserve_delay;
	bool full = true;
	int nid;

	for_each_node_state(nid, N_MEMORY)
		full &= kpool_reserve_fill(&kpool_reserves[nid], nid);
	if (full) {
		kpool_reserve_delay = KPOOL_REFILL_JIFFIES_MIN;
		return;
	}
	kpool_reserve_delay = min_t(unsigned long, 2 * delay, KPOOL_REFILL_JIFFIES_MAX);
	schedule_delayed_work(&kpool_reserve_work, delay);
}

static void kpool_reserve_kick(struct irq_work *work)
{
	schedule_delayed_work(&kpool_reserve_work, 0);
}

/* kpool_heap_arm_trim() explains why this is an irq_work, and a hard one. */
static struct irq_work kpool_reserve_irq_work = IRQ_WORK_INIT_HARD(kpool_reserve_kick);

/* Number of arenas in reserve, on all nodes. */
unsigned long kpool_pages_reserve(void)
{
	unsigned long nr = 0;
	unsigned int nid;

	for (nid = 0; nid < nr_node_ids; nid++)
		nr += READ_ONCE(kpool_reserves[nid].nr);
	return nr;
}

int __init kpool_pages_init(void)
{
	unsigned int nid;

	kpool_reserves = kcalloc(nr_node_ids, sizeof(*kpool_reserves), GFP_KERNEL);
	if (!kpool_reserves)
		return -ENOMEM;
	kmemleak_ignore(kpool_reserves); /* not scanned: read-only after init */
	for (nid = 0; nid < nr_node_ids; nid++)
		spin_lock_init(&kpool_reserves[nid].lock);
	kpool_reserve_delay = KPOOL_REFILL_JIFFIES_MIN;
	kpool_reserve_refill(NULL);
	return 0;
}

void kpool_pages_exit(void)
{
	struct page *page;
	unsigned int nid;

	irq_work_sync(&kpool_reserve_irq_work);
	cancel_delayed_work_sync(&kpool_reserve_work);
	for (nid = 0; nid < nr_node_ids; nid++)
		while ((page = kpool_reserve_pop(&kpool_reserves[nid])))
			__free_pages(page, KPOOL_ARENA_ORDER);
	kfree(kpool_reserves);
}

static unsigned long *kpool_backoff_refused(struct kpool_backoff *backoff, gfp_t gfp)
{
	return &backoff->refused[gfpflags_allow_blocking(gfp) + 2 * !!(gfp & __GFP_THISNODE)];
}

/* Compare with both ends of the interval: jiffies wrap, and a refusal may be old. */
static bool kpool_backoff_lasts(struct kpool_backoff *backoff, gfp_t gfp)
{
	unsigned long refused = READ_ONCE(*kpool_backoff_refused(backoff, gfp));

	return refused && time_in_range_open(jiffies, refused, refused + KPOOL_RETRY_JIFFIES);
}

/* Store an odd time that is not in the future: 0 means no refusal. */
static void kpool_backoff_note(struct kpool_backoff *backoff, gfp_t gfp, bool refused)
{
	WRITE_ONCE(*kpool_backoff_refused(backoff, gfp), refused ? (jiffies - 1) | 1 : 0);
}

/* Did the page allocator just refuse an arena near node @nid to a request like this one? */
bool kpool_pages_scarce(const struct kpool_page_ops *ops, int nid, gfp_t gfp)
{
	return ops == &kpool_page_ops_default &&
	       kpool_backoff_lasts(&kpool_reserves[nid].backoff, gfp);
}

/* Must the heap not ask for an arena now, after a refusal by page allocator or cgroup limit? */
bool kpool_pages_back_off(struct kpool_heap *heap, int nid, gfp_t gfp)
{
	return kpool_pages_scarce(heap->ops, nid, gfp) ||
	       (heap->memcg && kpool_backoff_lasts(&heap->backoff, gfp));
}

/*
 * Allocate pages of an arena near node @nid, charged to the heap's memory cgroup if any. The map
 * gets a leaf for them. Return: NULL if refused.
 */
struct page *kpool_pages_alloc(struct kpool_heap *heap, int nid, gfp_t gfp)
{
	struct mem_cgroup *before = kpool_account_begin(heap, &gfp);
	struct page *page = kpool_pages_ask(heap->ops, nid, gfp);

	kpool_account_end(heap, before);
	return page;
}

/*
 * Record the outcome of a request. A heap with a memory cgroup has its own record, because the
 * cgroup's limit does not concern other heaps.
 */
void kpool_pages_note(struct kpool_heap *heap, int nid, gfp_t gfp, bool refused)
{
	if (heap->memcg)
		kpool_backoff_note(&heap->backoff, gfp, refused);
	else if (heap->ops == &kpool_page_ops_default)
		kpool_backoff_note(&kpool_reserves[nid].backoff, gfp, refused);
}

/* Take an arena's pages from the reserve, for an atomic caller. Return: NULL if it is empty. */
struct page *kpool_pages_from_reserve(int nid)
{
	struct page *page = kpool_reserve_pop(&kpool_reserves[nid]);

	if (page)
		irq_work_queue(&kpool_reserve_irq_work);
	return page;
}
