/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between the supported kernels, all of them, and nowhere else. */
#ifndef KPOOL_COMPAT_H
#define KPOOL_COMPAT_H

/* Before 6.4. Its kfree() does not take the objects of caches, which kpool_free() passes on. */
#ifdef CONFIG_SLOB
#error "kpool does not work with CONFIG_SLOB: choose CONFIG_SLUB"
#endif

#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>
#include <linux/stringify.h>
#include <linux/swap.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "kpool needs Linux 6.1 or newer"
#endif

/* A flag since 6.5. No cache of an older kernel can ask for a heap of its own. */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE		((slab_flags_t)0)
#endif

/*
 * Symbols for kpool_kunit.ko only, out of the way of other modules. A
 * namespace is a string literal since 6.13.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define KPOOL_EXPORT_TEST(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, "KPOOL_TEST")
#define KPOOL_IMPORT_TEST		MODULE_IMPORT_NS("KPOOL_TEST")
#else
#define KPOOL_EXPORT_TEST(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, KPOOL_TEST)
#define KPOOL_IMPORT_TEST		MODULE_IMPORT_NS(KPOOL_TEST)
#endif

/* Shrinkers are allocated since 6.7, and embedded and named at registration before. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
static inline struct shrinker *
kpool_compat_shrinker_register(unsigned long (*count)(struct shrinker *, struct shrink_control *),
			       unsigned long (*scan)(struct shrinker *, struct shrink_control *))
{
	struct shrinker *shrinker = shrinker_alloc(0, "kpool");

	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker_register(shrinker);
	return shrinker;
}

static inline void kpool_compat_shrinker_unregister(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}

#else
static inline struct shrinker *
kpool_compat_shrinker_register(unsigned long (*count)(struct shrinker *, struct shrink_control *),
			       unsigned long (*scan)(struct shrinker *, struct shrink_control *))
{
	static struct shrinker shrinker = { .seeks = DEFAULT_SEEKS };

	shrinker.count_objects = count;
	shrinker.scan_objects = scan;
	return register_shrinker(&shrinker, "kpool") ? NULL : &shrinker;
}

static inline void kpool_compat_shrinker_unregister(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
}
#endif

/* hrtimer_init() and an assignment became hrtimer_setup() in 6.13. For the suites. */
static inline void kpool_compat_hrtimer_setup(struct hrtimer *timer,
					      enum hrtimer_restart (*fn)(struct hrtimer *),
					      enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, mode);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = fn;
#endif
}

/* Since 6.14 KUnit is told whether to run suites when it takes them. For a core out of tree. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define kpool_compat_suites_init(suites, nr)	__kunit_test_suites_init(suites, nr, true)
#else
#define kpool_compat_suites_init(suites, nr)	__kunit_test_suites_init(suites, nr)
#endif

/* Since 6.17 a workqueue has to say that it is per CPU. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define KPOOL_WQ_PERCPU		WQ_PERCPU
#else
#define KPOOL_WQ_PERCPU		0
#endif

/*
 * Stack traces, and the depot that stores each once. How to keep it from
 * allocating changed in 6.3 and 6.8. A kernel without either has no traces.
 */
#if defined(CONFIG_STACKDEPOT) && defined(CONFIG_STACKTRACE)
static inline unsigned int kpool_compat_stack_trace(unsigned long *frames, unsigned int nr)
{
	return stack_trace_save(frames, nr, 1);
}

static inline u32 kpool_compat_depot_save(unsigned long *frames, unsigned int nr, gfp_t gfp,
					  bool may_alloc)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	return stack_depot_save_flags(frames, nr, gfp, may_alloc ? STACK_DEPOT_FLAG_CAN_ALLOC : 0);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return __stack_depot_save(frames, nr, gfp, may_alloc);
#else
	return __stack_depot_save(frames, nr, 0, gfp, may_alloc);
#endif
}

static inline unsigned int kpool_compat_depot_fetch(u32 handle, unsigned long **frames)
{
	return stack_depot_fetch(handle, frames);
}

static inline int kpool_compat_depot_init(void)
{
	return stack_depot_init();
}
#else
static inline unsigned int kpool_compat_stack_trace(unsigned long *frames, unsigned int nr)
{
	return 0;
}

static inline u32 kpool_compat_depot_save(unsigned long *frames, unsigned int nr, gfp_t gfp,
					  bool may_alloc)
{
	return 0;
}

static inline unsigned int kpool_compat_depot_fetch(u32 handle, unsigned long **frames)
{
	return 0;
}

static inline int kpool_compat_depot_init(void)
{
	return 0;
}
#endif

/* Since 6.10 an event's string is noted where its field is declared. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define kpool_compat_assign_str(field, string)	__assign_str(field)
#else
#define kpool_compat_assign_str(field, string)	__assign_str(field, string)
#endif

/*
 * RCU's state, normal and expedited: two words, in a struct that is called rcu_gp_oldstate
 * on 6.12 and rcu_gp_seq on 7.3.
 */
static inline void kpool_compat_rcu_state(unsigned long state[2])
{
	get_state_synchronize_rcu_full((void *)state);
}

/* Is a grace period over that began after that? */
static inline bool kpool_compat_rcu_state_over(unsigned long state[2])
{
	return poll_state_synchronize_rcu_full((void *)state);
}

/*
 * The kernel's own kvfree_rcu(), also for an object of a cache. @head: the rcu_head in the first
 * 4096 bytes of @p; NULL if there is none, and then the call may sleep. Since 6.2 the function
 * takes the object, before that the offset of its head. A newer struct kvfree_rcu_head is
 * smaller than a struct rcu_head, and the kernel casts the pointer itself. Macros, because
 * redirected suites read this too, and may not call the function.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define kpool_compat_kvfree_call_rcu(head, p)	kvfree_call_rcu((void *)(head), (void *)(p))
#else
#define kpool_compat_kvfree_call_rcu(head, p)						\
	kvfree_call_rcu(head, (rcu_callback_t)((head) ? (void *)((void *)(head) - (p)) : (p)))
#endif

/*
 * Waits for what was passed to the kernel's kvfree_rcu(). Older kernels have no function for
 * this, and newer ones do not export it: kmem_cache_destroy() calls it where it matters.
 */
static inline void kpool_compat_kvfree_rcu_barrier(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) && LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	kvfree_rcu_barrier();
#endif
}

/*
 * kvrealloc() of what vmalloc() gave, to a size that is not 0. Since 6.12 the kernel knows
 * how much was asked for. Before, it is whole pages if the caller does not say, and behind
 * the last of them is a hole.
 */
static inline void *kpool_compat_vrealloc(const void *p, size_t old, size_t size, gfp_t gfp)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return kvrealloc(p, size, gfp);
#else
	size_t held = old ?: PAGE_SIZE;

	while (!old && vmalloc_to_page(p + held))
		held += PAGE_SIZE;
	if (size <= held && gfp & __GFP_ZERO)
		memset((void *)p + size, 0, held - size);
	return kvrealloc(p, held, size, gfp);
#endif
}

/* For the suites: a call of a function that kvrealloc() names. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define kpool_compat_call_kvrealloc(fn, p, old, size, gfp)	fn(p, size, gfp)
#else
#define kpool_compat_call_kvrealloc(fn, p, old, size, gfp)	fn(p, old, size, gfp)
#endif

/* Does kmem_cache_destroy() wait for objects that were passed to the kernel's kvfree_rcu()? */
static inline bool kpool_compat_destroy_waits(void)
{
	return LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0);
}

/* kvfree() in atomic context, if the kernel has it. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define kpool_compat_kvfree_atomic(p)	kvfree_atomic(p)
#else
#define kpool_compat_kvfree_atomic(p)	kvfree(p)
#endif

/* Tells reclaim about pages that went back without passing its lists. */
static inline void kpool_compat_reclaimed(unsigned long pages)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	mm_account_reclaimed_pages(pages);
#else
	if (current->reclaim_state)
		current->reclaim_state->reclaimed_slab += pages;
#endif
}

#endif /* KPOOL_COMPAT_H */
