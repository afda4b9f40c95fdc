// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas from the page allocator, and a reserve for atomic callers.
 *
 * An arena is a high-order block. It is asked for without insistence (no
 * retries, no warning, none of the emergency reserves), since kmalloc serves the request
 * when there is none. A caller that may not sleep cannot have memory compacted
 * for it, so a few arenas per node are kept ready; a work item refills them.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/jiffies.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "pages.h"
#include "param.h"

/* After the page allocator had no arena. kmalloc serves meanwhile. */
#define KPOOL_RETRY_JIFFIES	(HZ / 20 + 1)

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
 * @nr: how many
 * @page: their first pages
 * @retry: the page allocator had none for such a request, and is not asked again
 *	before then; 0 if it had. By whether the request may sleep, plus 2 if only
 *	this node will do. Jiffies
 */
struct kpool_reserve {
	spinlock_t lock; /* leaf */
	unsigned long retry[4];
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

static bool kpool_reserve_push(struct kpool_reserve *reserve, struct page *page)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&reserve->lock, flags);
	room = reserve->nr < kpool_reserve_size;
	if (room)
		reserve->page[reserve->nr++] = page;
	spin_unlock_irqrestore(&reserve->lock, flags);
	return room;
}

static void kpool_reserve_refill(struct work_struct *work)
{
	struct page *page;
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		while (READ_ONCE(kpool_reserves[nid].nr) < kpool_reserve_size) {
			page = alloc_pages_node(nid, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN |
						__GFP_NORETRY, KPOOL_ARENA_ORDER);
			if (!page)
				break;
			if (!kpool_reserve_push(&kpool_reserves[nid], page)) {
				__free_pages(page, KPOOL_ARENA_ORDER);
				break;
			}
		}
	}
}

static DECLARE_WORK(kpool_reserve_work, kpool_reserve_refill);

/* Arenas in reserve, on all nodes together. */
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
	for (nid = 0; nid < nr_node_ids; nid++)
		spin_lock_init(&kpool_reserves[nid].lock);
	kpool_reserve_refill(NULL);
	return 0;
}

void kpool_pages_exit(void)
{
	struct page *page;
	unsigned int nid;

	cancel_work_sync(&kpool_reserve_work);
	for (nid = 0; nid < nr_node_ids; nid++)
		while ((page = kpool_reserve_pop(&kpool_reserves[nid])))
			__free_pages(page, KPOOL_ARENA_ORDER);
	kfree(kpool_reserves);
}

static unsigned long *kpool_pages_retry(int nid, gfp_t gfp)
{
	return &kpool_reserves[nid].retry[gfpflags_allow_blocking(gfp) +
					  2 * !!(gfp & __GFP_THISNODE)];
}

/* Was there no arena to be had near node @nid a moment ago, for such a request? */
bool kpool_pages_scarce(const struct kpool_page_ops *ops, int nid, gfp_t gfp)
{
	unsigned long retry = READ_ONCE(*kpool_pages_retry(nid, gfp));

	return retry && time_before(jiffies, retry) && ops == &kpool_page_ops_default;
}

static struct page *kpool_pages_ask(const struct kpool_page_ops *ops, int nid, gfp_t gfp)
{
	struct page *page = ops->alloc(nid, gfp, KPOOL_ARENA_ORDER);
	unsigned long retry = page ? 0 : (jiffies + KPOOL_RETRY_JIFFIES) | 1;

	/* That a memory cgroup is at its limit is no matter of others. */
	if (ops == &kpool_page_ops_default && !(gfp & __GFP_ACCOUNT))
		WRITE_ONCE(*kpool_pages_retry(nid, gfp), retry);
	return page;
}

/* From the reserve, for those that cannot wait for the page allocator. */
static struct page *kpool_pages_from_reserve(int nid)
{
	struct page *page = kpool_reserve_pop(&kpool_reserves[nid]);

	if (page)
		schedule_work(&kpool_reserve_work);
	return page;
}

/*
 * The pages of one arena, near node @nid, or NULL. @gfp is the request's; it
 * decides whether this may sleep.
 */
struct page *kpool_pages_alloc(const struct kpool_page_ops *ops, int nid, gfp_t gfp)
{
	gfp_t arena_gfp = kpool_pages_gfp(gfp) | (gfp & (__GFP_THISNODE | __GFP_ACCOUNT));
	struct page *page = NULL;

	if (!kpool_pages_scarce(ops, nid, gfp))
		page = kpool_pages_ask(ops, nid, arena_gfp);
	/* Nobody is charged for the reserve. */
	if (page || gfpflags_allow_blocking(gfp) || ops != &kpool_page_ops_default ||
	    (gfp & __GFP_ACCOUNT))
		return page;
	return kpool_pages_from_reserve(nid);
}
