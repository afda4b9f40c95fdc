// SPDX-License-Identifier: GPL-2.0
/* kmalloc(): a header with the size precedes each object, so that wrong pointers are found. */

#include "internal.h"

#define SIM_OBJECT_LIVE		0x6b6d616c6c6f6331UL
#define SIM_OBJECT_FREED	0x6b66726565642121UL
#define SIM_OBJECT_FILL		0xa5

struct sim_object {
	size_t size;
	unsigned long magic;	/* XOR the object's address */
};

bool sim_init_on_alloc, sim_init_on_free;
struct sim_usage sim_usage;
struct sim_fail sim_fail;
size_t sim_slab_max = 8192;

bool sim_usage_none(void)
{
	return !sim_usage.pages && !sim_usage.objects && !sim_usage.percpu &&
	       !sim_usage.dentries && !sim_usage.charged && !sim_usage.memcgs;
}

void sim_fail_set(long nth, long every)
{
	sim_fail.calls = 0;
	sim_fail.failed = 0;
	sim_fail.nth = nth;
	sim_fail.every = every;
}

bool sim_fail_now(gfp_t gfp)
{
	long call = sim_count(sim_fail.calls, 1) + 1;
	struct sim_site *site = current->site;

	if (site)
		sim_count(site->calls, 1);
	else if (__start_sim_sites)
		sim_bug("the module allocates by a function that site.h does not know");
	if (current->freeing && gfp & __GFP_RECLAIM)
		sim_bug("a free wakes kswapd");
	if (gfp & __GFP_NOFAIL)
		return false;
	if (call != sim_fail.nth && (!sim_fail.every || call % sim_fail.every))
		return false;
	sim_count(sim_fail.failed, 1);
	if (site)
		sim_count(site->failed, 1);
	return true;
}

void sim_sites_print(void)
{
	struct sim_site **site;

	for (site = __start_sim_sites; site < __stop_sim_sites; site++)
		printf("site: %s:%d %s asked %ld failed %ld\n", strrchr((*site)->file, '/') + 1,
		       (*site)->line, (*site)->call, (*site)->calls, (*site)->failed);
}

#ifdef SIM_PRELOAD
void *sim_host_alloc(size_t align, size_t size)
{
	return __libc_memalign(align, size);
}

void sim_host_free(void *p)
{
	__libc_free(p);
}
#else
void *sim_host_alloc(size_t align, size_t size)
{
	void *p;

	return posix_memalign(&p, align, size) ? NULL : p;
}

void sim_host_free(void *p)
{
	free(p);
}
#endif

/* An object is aligned to the largest power of two that divides its size. */
static size_t sim_object_align(size_t size)
{
	return clamp_t(size_t, size & -size, sizeof(struct sim_object), SIM_OBJECT_ALIGN_MAX);
}

/*
 * Offset of the object in the host's memory. Before 6.12, slub_debug aligned objects of
 * kmalloc-96 and kmalloc-192 to a word only.
 */
static size_t sim_object_offset(size_t size)
{
	size_t align = sim_object_align(size);

	return size > 192 || is_power_of_2(size) ? align : align + sizeof(u64);
}

static struct sim_object *sim_object_of(const void *p)
{
	struct sim_object *object = (struct sim_object *)p - 1;

	if (sim_is_page_memory(p) || object->magic != ((unsigned long)p ^ SIM_OBJECT_LIVE))
		sim_bug("kfree() or ksize() of %p, which is no object%s", p,
			!sim_is_page_memory(p) &&
			object->magic == ((unsigned long)p ^ SIM_OBJECT_FREED) ? " any more" : "");
	return object;
}

/* All objects count as memory of the machine. A pointer to anything else has no header. */
__attribute__((no_sanitize("address"))) bool virt_addr_valid(const void *p)
{
	unsigned long header = (unsigned long)p - sizeof(struct sim_object);

	if (sim_is_page_memory(p))
		return true;
	/* msync() fails if the page is not mapped. */
	if (header % sizeof(u64) || msync((void *)(header & PAGE_MASK), PAGE_SIZE, MS_ASYNC))
		return false;
	return ((const struct sim_object *)p)[-1].magic == ((unsigned long)p ^ SIM_OBJECT_LIVE);
}

struct folio *virt_to_folio(const void *p)
{
	static struct folio slab = { .slab = true }, other;

	return !sim_is_page_memory(p) || virt_to_page(p)->object ? &slab : &other;
}

static void *sim_object_alloc(size_t size)
{
	size_t offset = sim_object_offset(size);
	char *base = sim_host_alloc(sim_object_align(size), offset + size);
	struct sim_object *object;

	if (!base)
		return NULL;
	object = (struct sim_object *)(base + offset) - 1;
	object->size = size;
	object->magic = (unsigned long)(object + 1) ^ SIM_OBJECT_LIVE;
	return object + 1;
}

static void *sim_kmalloc(size_t size, gfp_t gfp, int nid)
{
	void *p;

	if (size > sim_slab_max)
		p = sim_page_object_alloc(size, nid);
	else
		p = sim_object_alloc(size);
	if (p) {
		sim_count(sim_usage.objects, 1);
#ifndef SIM_PRELOAD
		memset(p, want_init_on_alloc(gfp) ? 0 : SIM_OBJECT_FILL, size);
#else
		if (gfp & __GFP_ZERO)
			memset(p, 0, size);
#endif
	}
	return p;
}

void *kmalloc_node(size_t size, gfp_t gfp, int nid)
{
	void *p = NULL;
	bool fail;

	sim_assert_may_allocate(gfp, false);
	if (!size)
		return ZERO_SIZE_PTR;
	if (size > KMALLOC_MAX_SIZE && sim_slab_max < size)
		return NULL;
	fail = sim_fail_now(gfp);
	if (!fail)
		p = sim_kmalloc(size, gfp, nid);
	if (!p && sim_reclaim_for(gfp) && !fail)
		p = sim_kmalloc(size, gfp, nid);
	return p;
}

size_t ksize(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return 0;
	return sim_is_page_memory(p) ? sim_page_object_size(p) : sim_object_of(p)->size;
}

void kfree(const void *p)
{
	struct sim_object *object;

	sim_assert_may_allocate(0, false);
	if (ZERO_OR_NULL_PTR(p))
		return;
	sim_count(sim_usage.objects, -1);
	if (sim_page_object_free(p))
		return;
	object = sim_object_of(p);
	object->magic = (unsigned long)p ^ SIM_OBJECT_FREED;
	sim_host_free((char *)p - sim_object_offset(object->size));
}

void kfree_sensitive(const void *p)
{
	if (!ZERO_OR_NULL_PTR(p))
		memzero_explicit((void *)p, ksize(p));
	kfree(p);
}

/* krealloc() shrinks an object in place and moves a growing one. */
void *krealloc(const void *p, size_t size, gfp_t gfp)
{
	size_t old = ksize(p);
	void *new;

	if (!size) {
		kfree(p);
		return ZERO_SIZE_PTR;
	}
	if (!ZERO_OR_NULL_PTR(p) && size <= old) {
		if (gfp & __GFP_ZERO)
			memset((char *)p + size, 0, old - size);
		return (void *)p;
	}
	new = kmalloc(size, gfp);
	if (new && old) {
		memcpy(new, p, min(old, size));
		kfree(p);
	}
	return new;
}

void *__vmalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

void vfree(const void *p)
{
	kfree(p);
}
