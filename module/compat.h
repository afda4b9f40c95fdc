/* SPDX-License-Identifier: GPL-2.0 */
/* All differences between supported kernels. No other file tests the kernel version. */
#ifndef KPOOL_COMPAT_H
#define KPOOL_COMPAT_H

/* Before 6.4. SLOB's kfree() does not take objects of caches, which kpool_free() passes on. */
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

/* New in 6.5. Without the flag, no cache can ask for a heap of its own. */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE		((slab_flags_t)0)
#endif

/* Symbols for kpool_kunit.ko only. A namespace is a string literal from 6.13 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define KPOOL_EXPORT_TEST(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, "KPOOL_TEST")
#define KPOOL_IMPORT_TEST		MODULE_IMPORT_NS("KPOOL_TEST")
#else
#define KPOOL_EXPORT_TEST(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, KPOOL_TEST)
#define KPOOL_IMPORT_TEST		MODULE_IMPORT_NS(KPOOL_TEST)
#endif

/* From 6.7 on, shrinkers are allocated. Before, they are embedded, and named at registration. */
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

/* From 6.14 on, KUnit's registration has a parameter to run suites. For a core out of tree. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define kpool_compat_suites_init(suites, nr)	__kunit_test_suites_init(suites, nr, true)
#else
#define kpool_compat_suites_init(suites, nr)	__kunit_test_suites_init(suites, nr)
#endif

/* From 6.17 on, a per-CPU workqueue needs a flag. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define KPOOL_WQ_PERCPU		WQ_PERCPU
#else
#define KPOOL_WQ_PERCPU		0
#endif

/*
 * Stack traces, and the depot that stores each once. The way to keep the depot from allocating
 * changed in 6.3 and 6.8. A kernel without one of the two has no traces.
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

/* From 6.10 on, __assign_str() takes only the field: its declaration has the string. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define kpool_compat_assign_str(field, string)	__assign_str(field)
#else
#define kpool_compat_assign_str(field, string)	__assign_str(field, string)
#endif

/*
 * RCU's state, normal and expedited: two words. The struct is rcu_gp_oldstate on 6.12 and
 * rcu_gp_seq on 7.3.
 */
static inline void kpool_compat_rcu_state(unsigned long state[2])
{
	get_state_synchronize_rcu_full((void *)state);
}

/* Has a full grace period passed after @state was taken? */
static inline bool kpool_compat_rcu_state_over(unsigned long state[2])
{
	return poll_state_synchronize_rcu_full((void *)state);
}

/*
 * The kernel's own kvfree_rcu(), also for an object of a cache. @head: the rcu_head in the first
 * 4096 bytes of @p. Without one it is NULL, and the call may sleep. From 6.2 on, the function takes
 * the object, before that the offset of its head. A newer struct kvfree_rcu_head is smaller than a
 * struct rcu_head, and the kernel casts the pointer itself. These are macros because redirected
 * suites include this file, too, and may not call the function.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define kpool_compat_kvfree_call_rcu(head, p)	kvfree_call_rcu((void *)(head), (void *)(p))
#else
#define kpool_compat_kvfree_call_rcu(head, p)						\
	kvfree_call_rcu(head, (rcu_callback_t)((head) ? (void *)((void *)(head) - (p)) : (p)))
#endif

/*
 * Wait for the frees of the kernel's kvfree_rcu(). Older kernels have no function for this, and
 * newer ones do not export it: there kmem_cache_destroy() calls it where necessary.
 */
static inline void kpool_compat_kvfree_rcu_barrier(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) && LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	kvfree_rcu_barrier();
#endif
}

/*
 * kvrealloc() of vmalloc()'s memory to a nonzero size. From 6.12 on, the kernel knows the old size.
 * Before, the caller passes it in @old. With 0, count whole pages up to the guard page behind them.
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

/* For the suites: call a function with the parameters of kvrealloc(). */
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

/* kvfree() in atomic context, if the kernel has that function. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define kpool_compat_kvfree_atomic(p)	kvfree_atomic(p)
#else
#define kpool_compat_kvfree_atomic(p)	kvfree(p)
#endif

/* Tell reclaim about pages that were freed without passing its lists. */
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
