/* SPDX-License-Identifier: GPL-2.0 */
/* Pages, kmalloc() and the like. */
#ifndef SIM_MM_H
#define SIM_MM_H

#include "cpu.h"
#include "list.h"

#define __GFP_DMA		((gfp_t)0x1)
#define __GFP_HIGHMEM		((gfp_t)0x2)
#define __GFP_DMA32		((gfp_t)0x4)
#define __GFP_MOVABLE		((gfp_t)0x8)
#define __GFP_RECLAIMABLE	((gfp_t)0x10)
#define __GFP_HIGH		((gfp_t)0x20)
#define __GFP_IO		((gfp_t)0x40)
#define __GFP_FS		((gfp_t)0x80)
#define __GFP_ZERO		((gfp_t)0x100)
#define __GFP_DIRECT_RECLAIM	((gfp_t)0x400)
#define __GFP_KSWAPD_RECLAIM	((gfp_t)0x800)
#define __GFP_WRITE		((gfp_t)0x1000)
#define __GFP_NOWARN		((gfp_t)0x2000)
#define __GFP_RETRY_MAYFAIL	((gfp_t)0x4000)
#define __GFP_NOFAIL		((gfp_t)0x8000)
#define __GFP_NORETRY		((gfp_t)0x10000)
#define __GFP_MEMALLOC		((gfp_t)0x20000)
#define __GFP_COMP		((gfp_t)0x40000)
#define __GFP_NOMEMALLOC	((gfp_t)0x80000)
#define __GFP_HARDWALL		((gfp_t)0x100000)
#define __GFP_THISNODE		((gfp_t)0x200000)
#define __GFP_ACCOUNT		((gfp_t)0x400000)
#define __GFP_SKIP_ZERO		((gfp_t)0)
#define __GFP_RECLAIM		(__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define GFP_ZONEMASK		(__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_MOVABLE)
#define GFP_KERNEL		(__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT	(GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOFS		(__GFP_RECLAIM | __GFP_IO)
#define GFP_NOIO		__GFP_RECLAIM
#define GFP_ATOMIC		(__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_NOWAIT		__GFP_KSWAPD_RECLAIM
#define GFP_USER		(GFP_KERNEL | __GFP_HARDWALL)
#define GFP_DMA			__GFP_DMA
#define gfpflags_allow_blocking(gfp)	(!!((gfp) & __GFP_DIRECT_RECLAIM))

/* Pages, in the memory that page.c manages. */
#ifndef PAGE_SHIFT
#define PAGE_SHIFT		12
#endif
#define PAGE_SIZE		BIT(PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)		ALIGN((unsigned long)(x), PAGE_SIZE)

struct page {
	struct list_head list;
	unsigned char state;
	unsigned char order;
	unsigned char nid;
	bool object;		/* allocated by kmalloc() */
	bool charged;		/* to the memory cgroup */
	unsigned long private;
};

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
void split_page(struct page *page, unsigned int order);
struct page *virt_to_page(const void *p);
void *page_address(const struct page *page);
int page_to_nid(const struct page *page);
void *__va(phys_addr_t phys);
#define __pa(p)		((phys_addr_t)(p))
#define PFN_PHYS(pfn)	((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(phys)	((unsigned long)((phys) >> PAGE_SHIFT))
unsigned long node_start_pfn(int nid);
unsigned long node_end_pfn(int nid);
/* Memory hotplug never happens. */
struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action, void *arg);
};

struct memory_notify {
	unsigned long start_pfn;
	unsigned long nr_pages;
};

#define MEM_OFFLINE			0
#define NOTIFY_OK			1
#define register_memory_notifier(nb)	((void)(nb), 0)
#define unregister_memory_notifier(nb)	((void)(nb))
#define pfn_to_online_page(pfn)		virt_to_page(__va(PFN_PHYS(pfn)))
#define alloc_pages(gfp, order)	alloc_pages_node(numa_mem_id(), gfp, order)
#define node_spanned_pages(nid)	(node_end_pfn(nid) - node_start_pfn(nid))
#define page_to_pfn(page)	((unsigned long)page_address(page) >> PAGE_SHIFT)
/* There is one memory cgroup; its charged pages are counted. */
#define CONFIG_MEMCG		1
struct mem_cgroup *get_mem_cgroup_from_mm(void *mm);
void mem_cgroup_put(struct mem_cgroup *memcg);
static inline struct mem_cgroup *set_active_memcg(struct mem_cgroup *memcg)
{
	struct mem_cgroup *before = current->active_memcg[!!current->in_irq];

	current->active_memcg[!!current->in_irq] = memcg;
	return before;
}

void *sim_memory_start(void);
size_t sim_memory_size(void);
#define high_memory		((char *)sim_memory_start() + sim_memory_size())
bool virt_addr_valid(const void *p);
struct folio {
	bool slab;
};

struct folio *virt_to_folio(const void *p);
#define folio_test_slab(folio)		((folio)->slab)
#define folio_test_large(folio)		false
#define folio_address(folio)		NULL
#define POISON_INUSE		0x5a
#define POISON_FREE		0x6b
#define SLUB_RED_INACTIVE	0xbb
#define SLUB_RED_ACTIVE		0xcc
#define is_vmalloc_addr(p)	false
#define __page_frag_cache_drain(p, n)	((void)0)

/* Smaller requests, in slab.c. */
#define ARCH_KMALLOC_MINALIGN	8
#define KMALLOC_MAX_SIZE	(4UL << 20)
#define ZERO_SIZE_PTR		((void *)16)
#define ZERO_OR_NULL_PTR(p)	((unsigned long)(p) <= (unsigned long)ZERO_SIZE_PTR)

void *kmalloc_node(size_t size, gfp_t gfp, int nid);
void *krealloc(const void *p, size_t size, gfp_t gfp);
void *kvrealloc(const void *p, size_t size, gfp_t gfp); /* declared only, never called */
void kvfree_rcu_barrier(void);				   /* declared only, never called */
void kfree(const void *p);
void kfree_sensitive(const void *p);
size_t ksize(const void *p);
void *__vmalloc(size_t size, gfp_t gfp);
void vfree(const void *p);
#define kmalloc(size, gfp)		kmalloc_node(size, gfp, NUMA_NO_NODE)
#define kzalloc(size, gfp)		kmalloc(size, (gfp) | __GFP_ZERO)
#define kzalloc_node(size, gfp, nid)	kmalloc_node(size, (gfp) | __GFP_ZERO, nid)
#define kmalloc_array(n, size, gfp)	kmalloc(size_mul(n, size), gfp)
#define kcalloc(n, size, gfp)		kzalloc(size_mul(n, size), gfp)
#define vzalloc(size)			kvzalloc(size, GFP_KERNEL)
#define vmalloc(size)			__vmalloc(size, GFP_KERNEL)
#define vmalloc_array(n, size)		vmalloc(size_mul(n, size))
#define vcalloc(n, size)		vzalloc(size_mul(n, size))
#define kvmalloc(size, gfp)		kmalloc(size, gfp)
#define kvzalloc(size, gfp)		kzalloc(size, gfp)
#define kvcalloc(n, size, gfp)		kcalloc(n, size, gfp)
#define kvfree(p)			kfree(p)

/* Like the kernel's boot parameters init_on_alloc and init_on_free. */
extern bool sim_init_on_alloc, sim_init_on_free;
#define want_init_on_alloc(gfp)	(sim_init_on_alloc || ((gfp) & __GFP_ZERO))
#define want_init_on_free()	sim_init_on_free

/* Memory pressure: sim_reclaim() in harness.h calls shrinkers. */
struct shrink_control {
	gfp_t gfp_mask;
	int nid;
	unsigned long nr_to_scan;
	unsigned long nr_scanned;
};

struct shrinker {
	unsigned long (*count_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	unsigned long (*scan_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	int seeks;
	void *private_data;
	struct shrinker *next;
};

#define DEFAULT_SEEKS	2
#define SHRINK_STOP	(~0UL)
#define SHRINK_EMPTY	(~0UL - 1)
struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...);
void shrinker_register(struct shrinker *shrinker);
void shrinker_free(struct shrinker *shrinker);
#define mm_account_reclaimed_pages(nr)	((void)(nr))

/* Accounting of objects: none. */
struct mem_cgroup;
struct obj_cgroup;

/*
 * The kernel's sanitizers. AddressSanitizer's shadow memory has the layout of KASAN's. The
 * other sanitizers instrument the module itself and need no calls.
 */
#ifdef CONFIG_KASAN_GENERIC
#define KASAN_SHADOW_SCALE_SHIFT		3

void *sim_memset(void *p, int c, size_t size);
void __asan_get_shadow_mapping(size_t *scale, size_t *offset);

static inline void *kasan_mem_to_shadow(const void *p)
{
	size_t scale, offset;

	__asan_get_shadow_mapping(&scale, &offset);
	return (void *)(((unsigned long)p >> KASAN_SHADOW_SCALE_SHIFT) + offset);
}
#endif

#define kasan_check_read(p, size)		true
#define kmemleak_alloc(p, size, min, gfp)	((void)0)
#define kmemleak_free(p)			((void)0)
#define kmemleak_free_part(p, size)		((void)(p))
#define kmemleak_not_leak(p)			((void)0)
#define kmemleak_ignore(p)			((void)0)
#define kmemleak_no_scan(p)			((void)0)
#define kmemleak_scan_area(p, size, gfp)	((void)0)
#define kmemleak_erase(p)			((void)0)
#define kmsan_poison_memory(p, size, gfp)	((void)0)
#define kmsan_unpoison_memory(p, size)		((void)0)
#define kcsan_check_write(p, size)		((void)0)
#define kcsan_check_read(p, size)		((void)0)
#define instrument_write(p, size)		((void)0)

#endif /* SIM_MM_H */
