// SPDX-License-Identifier: GPL-2.0
/*
 * Ownership map.
 *
 * The map has the class bytes of all pools, by address, so that a free reads one byte and nothing
 * of the arena. A leaf holds the class bytes for 16 MiB of memory. It is allocated for the first
 * arena there and stays until the module is unloaded. Regions without an arena share one leaf of
 * KPOOL_BYTE_FOREIGN. The table of leaves spans the lowest to the highest memory of any node, and
 * as much again for memory that is plugged in later: 24 GiB take 24 KiB. An arena outside the table
 * is not used: pages.c treats it as a refusal.
 *
 * Compared with a flat table of bits and class bytes in the arenas, a free takes 4 instructions
 * less, and the class bytes of different arenas do not all fall into one set of the cache.
 */
#include <linux/cache.h>
#include <linux/kmemleak.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "map.h"

/* Least room for memory that is plugged in later. Bytes. */
#define KPOOL_MAP_SLACK_MIN	BIT_ULL(33)

#define KPOOL_LEAF_BYTES	BIT(KPOOL_LEAF_SHIFT - KPOOL_POOL_SHIFT)

struct kpool_map kpool_map __ro_after_init;
EXPORT_SYMBOL_GPL(kpool_map);

/* The leaf of regions without an arena. */
static u8 *kpool_map_none __ro_after_init;

/*
 * The longest run of memory in which each page has a struct page. To check a single address with
 * virt_addr_valid() takes some 60 instructions.
 */
struct kpool_map_run kpool_map_run __read_mostly;
static DEFINE_MUTEX(kpool_map_run_lock); /* guards changes of kpool_map_run */

static u8 *kpool_map_new_leaf(gfp_t gfp)
{
	u8 *leaf = kmalloc(KPOOL_LEAF_BYTES, gfp);

	if (leaf)
		memset(leaf, KPOOL_BYTE_FOREIGN, KPOOL_LEAF_BYTES);
	kmemleak_ignore(leaf); /* no entry of the table points into a leaf */
	return leaf;
}

/* Pages between two checks for a hole: all struct pages of a section come and go together. */
#define KPOOL_MAP_RUN_STEP	BIT(KPOOL_LEAF_SHIFT - PAGE_SHIFT)
#ifdef CONFIG_SPARSEMEM
static_assert(KPOOL_MAP_RUN_STEP <= PAGES_PER_SECTION);
#endif

/*
 * Find the longest run from page frame @low up to @high. On architectures with their own
 * pfn_valid(), holes may be smaller than a step, so the run stays empty.
 */
static void __init kpool_map_find_run(unsigned long low, unsigned long high)
{
	unsigned long pfn, start = 0, next = ULONG_MAX, pages;

	if (IS_ENABLED(CONFIG_HAVE_ARCH_PFN_VALID))
		return;
	high = min(high, PHYS_PFN(__pa(high_memory - 1)) + 1);
	mutex_lock(&kpool_map_run_lock);
	for (pfn = round_down(low, KPOOL_MAP_RUN_STEP); pfn < high; pfn += KPOOL_MAP_RUN_STEP) {
		if (!pfn_to_online_page(max(pfn, low)))
			continue;
		if (pfn != next)
			start = max(pfn, low);
		next = pfn + KPOOL_MAP_RUN_STEP;
		pages = min(next, high) - start;
		if (pages <= kpool_map_run.bytes >> PAGE_SHIFT)
			continue;
		kpool_map_run.start = (unsigned long)__va(PFN_PHYS(start));
		kpool_map_run.bytes = pages << PAGE_SHIFT;
	}
	mutex_unlock(&kpool_map_run_lock);
}

/* Empty the run if a part of it goes offline: that memory may lose its struct pages next. */
static int kpool_map_offline(struct notifier_block *nb, unsigned long action, void *arg)
{
	const struct memory_notify *memory = arg;
	unsigned long start;

	if (action != MEM_OFFLINE)
		return NOTIFY_OK;
	start = (unsigned long)__va(PFN_PHYS(memory->start_pfn));
	mutex_lock(&kpool_map_run_lock);
	if (start < kpool_map_run.start + kpool_map_run.bytes &&
	    start + PFN_PHYS(memory->nr_pages) > kpool_map_run.start)
		WRITE_ONCE(kpool_map_run.bytes, 0);
	mutex_unlock(&kpool_map_run_lock);
	return NOTIFY_OK;
}

static struct notifier_block kpool_map_notifier = { .notifier_call = kpool_map_offline };

/* Find the addresses that the map spans. Return: false without any memory. */
static bool __init kpool_map_span(void)
{
	unsigned long low = ULONG_MAX, high = 0;
	u64 span;
	int nid;

	for_each_online_node(nid) {
		if (!node_spanned_pages(nid))
			continue;
		low = min(low, node_start_pfn(nid));
		high = max(high, node_end_pfn(nid));
	}
	if (low >= high)
		return false;
	kpool_map_find_run(low, high);

	kpool_map.first = (unsigned long)__va(PFN_PHYS(low)) >> KPOOL_LEAF_SHIFT;
	span = (u64)(high - low) << PAGE_SHIFT;
	span = (span + max(span, KPOOL_MAP_SLACK_MIN)) >> KPOOL_LEAF_SHIFT;
	/* Not beyond the end of the address space. */
	kpool_map.nr = min_t(u64, span + 1, (ULONG_MAX >> KPOOL_LEAF_SHIFT) - kpool_map.first);
	return true;
}

/* The table entry for a leaf. */
static unsigned long kpool_map_entry(u8 *leaf, unsigned long nr)
{
	return (unsigned long)leaf - (kpool_map.first + nr) * KPOOL_LEAF_BYTES;
}

/* The leaf of an entry. */
static u8 *kpool_map_leaf(unsigned long nr)
{
	return (u8 *)(kpool_map.leaf[nr] + (kpool_map.first + nr) * KPOOL_LEAF_BYTES);
}

int __init kpool_map_init(void)
{
	unsigned long i;
	int err;

	err = register_memory_notifier(&kpool_map_notifier);
	if (err)
		return err;
	err = -ENODEV;
	if (!kpool_map_span())
		goto notifier;
	err = -ENOMEM;
	kpool_map_none = kpool_map_new_leaf(GFP_KERNEL);
	kpool_map.leaf = __vmalloc(array_size(kpool_map.nr, sizeof(*kpool_map.leaf)),
				   GFP_KERNEL | __GFP_NOWARN);
	if (!kpool_map_none || !kpool_map.leaf)
		goto free;
	kmemleak_ignore(kpool_map.leaf); /* not scanned: read-only after init */
	for (i = 0; i < kpool_map.nr; i++)
		kpool_map.leaf[i] = kpool_map_entry(kpool_map_none, i);
	return 0;

free:
	kfree(kpool_map_none);
	vfree(kpool_map.leaf);
notifier:
	unregister_memory_notifier(&kpool_map_notifier);
	return err;
}

void kpool_map_exit(void)
{
	unsigned long i;

	unregister_memory_notifier(&kpool_map_notifier);
	for (i = 0; i < kpool_map.nr; i++)
		if (kpool_map_leaf(i) != kpool_map_none)
			kfree(kpool_map_leaf(i));
	kfree(kpool_map_none);
	vfree(kpool_map.leaf);
}

static unsigned long kpool_map_region(const void *arena)
{
	return ((unsigned long)arena >> KPOOL_LEAF_SHIFT) - kpool_map.first;
}

/*
 * Give the region of a future arena its own leaf, if it has none yet. Return: false without memory
 * for the leaf, or outside the map.
 */
bool kpool_map_cover(const void *arena, gfp_t gfp)
{
	unsigned long nr = kpool_map_region(arena), none;
	u8 *leaf;

	if (nr >= kpool_map.nr)
		return false;
	none = kpool_map_entry(kpool_map_none, nr);
	if (READ_ONCE(kpool_map.leaf[nr]) != none)
		return true;
	leaf = kpool_map_new_leaf(gfp);
	if (!leaf)
		return false;
	if (cmpxchg(&kpool_map.leaf[nr], none, kpool_map_entry(leaf, nr)) != none)
		kfree(leaf); /* another CPU was faster */
	return true;
}

/* Set the class bytes of a new arena. kpool_map_cover() has returned true for it. */
void kpool_map_add(struct kpool_arena *arena)
{
	unsigned long nr = kpool_map_region(arena);

	/* Pairs with cmpxchg() in kpool_map_cover(): the contents of a new leaf are visible. */
	arena->bytes = (u8 *)(smp_load_acquire(&kpool_map.leaf[nr]) +
			      ((unsigned long)arena >> KPOOL_POOL_SHIFT));
	memset(arena->bytes, KPOOL_BYTE_HEADER, KPOOL_HEADER_POOLS);
	memset(arena->bytes + KPOOL_HEADER_POOLS, KPOOL_BYTE_FRESH, KPOOL_USABLE_POOLS);
}

/* Mark the arena's memory as foreign before it is released. */
void kpool_map_remove(struct kpool_arena *arena)
{
	memset(arena->bytes, KPOOL_BYTE_FOREIGN, KPOOL_ARENA_POOLS);
}

/*
 * May @p, which lies in no arena, be passed to kfree(), as far as its page tells? kfree() itself
 * checks neither the address nor whether the page is its own. virt_addr_valid() takes some 60
 * instructions, so it is called only for addresses outside kpool_map_run.
 */
bool kpool_map_is_kmalloc(const void *p)
{
	struct folio *folio;

	if (unlikely(!kpool_map_has_page(p)) && !virt_addr_valid(p))
		return false;
	folio = virt_to_folio(p);
	return folio_test_slab(folio) || (folio_test_large(folio) && folio_address(folio) == p);
}
