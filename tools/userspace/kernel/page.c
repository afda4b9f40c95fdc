// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's memory: a buddy allocator per node.
 *
 * Free pages are poisoned, for AddressSanitizer or with a byte that must be unchanged
 * when they are allocated again.
 */

#include "internal.h"

#define SIM_BLOCK_SHIFT		24		/* largest block of the buddy allocator */
#define SIM_BLOCK		BIT(SIM_BLOCK_SHIFT)
#define SIM_MAX_ORDER		(SIM_BLOCK_SHIFT - PAGE_SHIFT)
#define SIM_FREED		0x6b
#define SIM_GARBAGE		0xa5

/* State of a page: kept at the head of a block or, after a split, in each page. */
enum { SIM_TAIL, SIM_FREE, SIM_USED };

static char *sim_memory;
static unsigned long sim_nr_pages, sim_node_pages;
static struct page *sim_map;
static unsigned char *sim_page_poisoned;
static struct list_head sim_free[MAX_NUMNODES][SIM_MAX_ORDER + 1];
static pthread_mutex_t sim_page_lock = PTHREAD_MUTEX_INITIALIZER;

static void *sim_reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		sim_bug("no address space for %zu bytes", size);
	return p;
}

void sim_pages_init(size_t memory)
{
	memory = ALIGN(memory, SIM_BLOCK);
	sim_memory = PTR_ALIGN((char *)sim_reserve(memory + SIM_BLOCK), SIM_BLOCK);
	sim_nr_pages = memory >> PAGE_SHIFT;
	sim_map = sim_reserve(sim_nr_pages * sizeof(*sim_map));
	sim_page_poisoned = sim_reserve(sim_nr_pages);
#ifndef SIM_PRELOAD
	sim_poison(sim_memory, memory);
#endif
}

/* Assign the memory, all of it free, to the nodes. */
void sim_pages_deal(void)
{
	unsigned long blocks = sim_nr_pages >> SIM_MAX_ORDER, i;
	unsigned int nid, order;

	if (sim_usage.pages)
		sim_bug("pages are out");
	sim_node_pages = blocks / nr_online_nodes << SIM_MAX_ORDER;
	for (nid = 0; nid < MAX_NUMNODES; nid++)
		for (order = 0; order <= SIM_MAX_ORDER; order++)
			INIT_LIST_HEAD(&sim_free[nid][order]);
	for (i = 0; i < sim_node_pages * nr_online_nodes; i += 1UL << SIM_MAX_ORDER) {
		struct page *page = sim_map + i;

		page->state = SIM_FREE;
		page->order = SIM_MAX_ORDER;
		list_add_tail(&page->list, &sim_free[i / sim_node_pages][SIM_MAX_ORDER]);
	}
}

bool sim_is_page_memory(const void *p)
{
	return (unsigned long)((char *)p - sim_memory) < sim_nr_pages << PAGE_SHIFT;
}

void *sim_memory_start(void)
{
	return sim_memory;
}

size_t sim_memory_size(void)
{
	return sim_nr_pages << PAGE_SHIFT;
}

struct page *virt_to_page(const void *p)
{
	if (!sim_is_page_memory(p))
		sim_bug("%s(%p): not an address of memory", __func__, p);
	return sim_map + (((char *)p - sim_memory) >> PAGE_SHIFT);
}

void *page_address(const struct page *page)
{
	return sim_memory + ((page - sim_map) << PAGE_SHIFT);
}

int page_to_nid(const struct page *page)
{
	return (page - sim_map) / sim_node_pages;
}

void *__va(phys_addr_t phys)
{
	return (void *)(unsigned long)phys;
}

unsigned long node_start_pfn(int nid)
{
	return ((unsigned long)sim_memory >> PAGE_SHIFT) + nid * sim_node_pages;
}

unsigned long node_end_pfn(int nid)
{
	return node_start_pfn(nid) + (node_online(nid) ? sim_node_pages : 0);
}

/* Remove a block from a node's free lists. Return NULL if none. Caller holds sim_page_lock. */
static struct page *sim_page_take(int nid, unsigned int order)
{
	unsigned int have = order;
	struct page *page;

	while (have <= SIM_MAX_ORDER && list_empty(&sim_free[nid][have]))
		have++;
	if (have > SIM_MAX_ORDER)
		return NULL;
	page = list_first_entry(&sim_free[nid][have], struct page, list);
	list_del(&page->list);
	while (have-- > order) {
		struct page *half = page + (1UL << have);

		half->state = SIM_FREE;
		half->order = have;
		list_add(&half->list, &sim_free[nid][have]);
	}
	page->state = SIM_USED;
	page->order = order;
	return page;
}

/* Free a block and merge it with free neighbours. Caller holds sim_page_lock. */
static void sim_page_put(struct page *page, unsigned int order)
{
	unsigned long nr = page - sim_map;
	int nid = page_to_nid(page);

	for (; order < SIM_MAX_ORDER; order++) {
		struct page *buddy = sim_map + (nr ^ 1UL << order);

		if (buddy->state != SIM_FREE || buddy->order != order)
			break;
		list_del(&buddy->list);
		buddy->state = SIM_TAIL;
		sim_map[nr].state = SIM_TAIL;
		nr &= ~(1UL << order);
	}
	page = sim_map + nr;
	page->state = SIM_FREE;
	page->order = order;
	list_add(&page->list, &sim_free[nid][order]);
}

#ifdef SIM_PRELOAD
/* A program's memory is large: give it to the system instead of poisoning it. */
static void sim_pages_poison(struct page *page, unsigned int order)
{
	madvise(page_address(page), PAGE_SIZE << order, MADV_DONTNEED);
}

static void sim_pages_unpoison(struct page *page, unsigned int order)
{
}
#else
static void sim_pages_poison(struct page *page, unsigned int order)
{
	size_t size = PAGE_SIZE << order;

	sim_unpoison(page_address(page), size);
#ifndef SIM_ASAN
	memset(page_address(page), SIM_FREED, size);
	memset(sim_page_poisoned + (page - sim_map), 1, 1UL << order);
#endif
	sim_poison(page_address(page), size);
}

static void sim_pages_unpoison(struct page *page, unsigned int order)
{
	sim_unpoison(page_address(page), PAGE_SIZE << order);
#ifndef SIM_ASAN
	for (unsigned long i = page - sim_map; i < page - sim_map + (1UL << order); i++)
		if (sim_page_poisoned[i] &&
		    memchr_inv(sim_memory + (i << PAGE_SHIFT), SIM_FREED, PAGE_SIZE))
			sim_bug("a page was written to after it was given back");
#endif
	memset(page_address(page), SIM_GARBAGE, PAGE_SIZE << order);
}
#endif

static bool sim_pages_limited(unsigned int order)
{
	return sim_fail.page_limit &&
	       READ_ONCE(sim_usage.pages) + (1L << order) > sim_fail.page_limit;
}

static struct page *sim_page_get(int nid, gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;
	unsigned int i;

	if (nid == NUMA_NO_NODE || !node_online(nid))
		nid = numa_mem_id();
	sim_lock(&sim_page_lock);
	for (i = 0; !page && i < (gfp & __GFP_THISNODE ? 1 : nr_online_nodes); i++)
		page = sim_page_take((nid + i) % nr_online_nodes, order);
	sim_unlock(&sim_page_lock);
	if (page) {
		sim_count(sim_usage.pages, 1L << order);
		sim_pages_unpoison(page, order);
	}
	return page;
}

static struct mem_cgroup {
	long refs;
} sim_memcg;

struct mem_cgroup *get_mem_cgroup_from_mm(void *mm)
{
	sim_count(sim_usage.memcgs, 1);
	return &sim_memcg;
}

void mem_cgroup_put(struct mem_cgroup *memcg)
{
	if (memcg)
		sim_count(sim_usage.memcgs, -1);
}

/* The active memory cgroup must be set for charged allocations, and for no others. */
static void sim_page_charge(struct page *page, gfp_t gfp)
{
	if (!current->active_memcg[!!current->in_irq] != !(gfp & __GFP_ACCOUNT))
		sim_bug("pages are charged without an active cgroup, or not charged with one");
	if (page)
		page->charged = gfp & __GFP_ACCOUNT;
	if (page && page->charged)
		sim_count(sim_usage.charged, 1L << page->order);
}

static void sim_page_uncharge(struct page *page)
{
	if (page->charged)
		sim_count(sim_usage.charged, -(1L << page->order));
	page->charged = false;
}

/* The kernel reclaims the group's own memory then; shrinkers like the module's are not called. */
static bool sim_charge_limited(gfp_t gfp, unsigned int order)
{
	return gfp & __GFP_ACCOUNT && sim_fail.charge_limit &&
	       READ_ONCE(sim_usage.charged) + (1L << order) > sim_fail.charge_limit;
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;
	bool fail;

	sim_assert_may_allocate(gfp, true);
	fail = sim_fail_now(gfp);
	if (sim_charge_limited(gfp, order))
		return NULL;
	if (!fail && !sim_pages_limited(order))
		page = sim_page_get(nid, gfp, order);
	if (!page && sim_reclaim_for(gfp) && !fail && !sim_pages_limited(order))
		page = sim_page_get(nid, gfp, order);
	sim_page_charge(page, gfp);
	return page;
}

void __free_pages(struct page *page, unsigned int order)
{
	sim_assert_may_allocate(0, true);
	if (page->state != SIM_USED || page->order != order || page->object)
		sim_bug("%s() of a block that is not out, or not of order %u", __func__, order);
	sim_page_uncharge(page);
	sim_pages_poison(page, order);
	sim_count(sim_usage.pages, -(1L << order));
	sim_lock(&sim_page_lock);
	sim_page_put(page, order);
	sim_unlock(&sim_page_lock);
}

void split_page(struct page *page, unsigned int order)
{
	unsigned long i;

	sim_lock(&sim_page_lock);
	if (page->state != SIM_USED || page->order != order)
		sim_bug("%s() of a block that is not out, or not of order %u", __func__, order);
	for (i = 0; i < 1UL << order; i++) {
		page[i].state = SIM_USED;
		page[i].order = 0;
		page[i].charged = page->charged;
	}
	sim_unlock(&sim_page_lock);
}

/* kmalloc() objects of a whole block of pages, like large kmalloc() requests. */
void *sim_page_object_alloc(size_t size, int nid)
{
	unsigned int order = size > PAGE_SIZE ? fls64((size - 1) >> PAGE_SHIFT) : 0;
	struct page *page = order <= SIM_MAX_ORDER ? sim_page_get(nid, 0, order) : NULL;

	if (!page)
		return NULL;
	page->object = true;
	page->private = size;
	sim_poison((char *)page_address(page) + size, (PAGE_SIZE << order) - size);
	return page_address(page);
}

size_t sim_page_object_size(const void *p)
{
	const struct page *page = virt_to_page(p);

	if (!page->object || p != page_address(page))
		sim_bug("kfree() or ksize() of %p, which is no object", p);
	return page->private;
}

bool sim_page_object_free(const void *p)
{
	struct page *page;

	if (!sim_is_page_memory(p))
		return false;
	sim_page_object_size(p);
	page = virt_to_page(p);
	page->object = false;
	__free_pages(page, page->order);
	return true;
}
