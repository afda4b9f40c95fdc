/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The drop-in: puts a module's whole kmalloc family on kpool without changes to its source. Add one
 * line to its Kbuild file:
 *
 *   ccflags-y += -I/path/of/kpool/include -include kpool_kmalloc.h
 *
 * Options on the same line:
 *
 *   -DKPOOL_REDIRECT_HEAP='"name"'	use a private heap of that name, which lives
 *					as long as the module
 *   -DKPOOL_REDIRECT_HEAP_FLAGS=...	KPOOL_HEAP_* of that heap, and of heaps of caches
 *   -DKPOOL_REDIRECT_CACHES		redirect kmem_cache_*(), too
 *   -DKPOOL_REDIRECT_UNACCOUNTED	charge nothing to memory cgroups; without this,
 *					kmalloc() serves requests to be charged
 *   -DKPOOL_REDIRECT_OFF		redirect nothing: for CFLAGS_file.o of a single file
 *   -DKPOOL_REDIRECT_PR_FMT	the file defines pr_fmt() in a way that kpool_printk.h
 *				does not recognise
 *
 * Memory that kernel code outside the module passes to kfree() must not come from kpool.
 * Documentation/drop-in.rst explains how to find such places, and KPOOL_EXEMPT().
 *
 * Use ccflags-y, not KCFLAGS: the file that modpost writes must not include this header.
 */
#ifndef _KPOOL_KMALLOC_H
#define _KPOOL_KMALLOC_H

/* The module's exports keep the symbol versions that they have without this header. */
#if defined(KPOOL_REDIRECT_OFF) || defined(__GENKSYMS__)
#define KPOOL_EXEMPT(function)	function
#else

#ifndef pr_fmt
#define KPOOL_REDIRECT_PR_FMT_LATER
#endif

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#ifdef KPOOL_REDIRECT_CACHES
#include <linux/mempool.h>
#endif

#include <kpool.h>
#include <kpool_redirect.h>

#ifndef KPOOL_REDIRECT_HEAP_FLAGS
#define KPOOL_REDIRECT_HEAP_FLAGS	0
#endif

/* Flags of requests and caches without those for memory cgroups, if unaccounted. */
#ifdef KPOOL_REDIRECT_UNACCOUNTED
#define KPOOL_REDIRECT_GFP(gfp)		((gfp) & ~__GFP_ACCOUNT)
#define KPOOL_REDIRECT_SLAB(flags)	((flags) & ~SLAB_ACCOUNT)
#else
#define KPOOL_REDIRECT_GFP(gfp)		(gfp)
#define KPOOL_REDIRECT_SLAB(flags)	(flags)
#endif

/*
 * The module's heap. It lives as long as the module: init_module() and cleanup_module() here create
 * and destroy the heap and call the module's own functions. All files of a module define them. The
 * linker keeps one of each.
 */
#ifdef KPOOL_REDIRECT_HEAP
#ifndef MODULE
#error "KPOOL_REDIRECT_HEAP is for modules: code that is built in is never unloaded"
#endif
extern struct kpool_heap *kpool_redirect_heap;
struct kpool_heap *kpool_redirect_heap __weak;

int __weak kpool_redirect_module_init(void);
void __weak kpool_redirect_module_exit(void);

int __weak __ref init_module(void)
{
	return kpool_redirect_begin(&kpool_redirect_heap, KPOOL_REDIRECT_HEAP,
				    KPOOL_REDIRECT_HEAP_FLAGS, THIS_MODULE,
				    kpool_redirect_module_init, kpool_redirect_module_exit);
}
___ADDRESSABLE(init_module, __initdata);

void __weak __exit cleanup_module(void)
{
	kpool_redirect_end(&kpool_redirect_heap, kpool_redirect_module_exit);
}
___ADDRESSABLE(cleanup_module, __exitdata);

#define init_module	kpool_redirect_module_init
#define cleanup_module	kpool_redirect_module_exit
#else
#define kpool_redirect_heap	((struct kpool_heap *)NULL)
#endif /* KPOOL_REDIRECT_HEAP */

#include <kpool_exempt.h>

/* Allocation. */
static __always_inline __alloc_size(1) void *kpool_redirect_kmalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(!kpool_redirect_heap) && !kpool_redirect_heap)
		return kpool_alloc(size, KPOOL_REDIRECT_GFP(gfp));
	return kpool_heap_alloc(kpool_redirect_heap, size, KPOOL_REDIRECT_GFP(gfp));
}

static __always_inline __alloc_size(1) void *kpool_redirect_kzalloc(size_t size, gfp_t gfp)
{
	return kpool_redirect_kmalloc(size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1) void *
kpool_redirect_kmalloc_node(size_t size, gfp_t gfp, int node)
{
	return kpool_heap_alloc_node(kpool_redirect_heap, size, KPOOL_REDIRECT_GFP(gfp), node);
}

static __always_inline __alloc_size(1) void *
kpool_redirect_kzalloc_node(size_t size, gfp_t gfp, int node)
{
	return kpool_redirect_kmalloc_node(size, gfp | __GFP_ZERO, node);
}

static __always_inline __alloc_size(1, 2) void *
kpool_redirect_kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
		kpool_redirect_kmalloc(bytes, gfp);
}

static __always_inline __alloc_size(1, 2) void *
kpool_redirect_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kpool_redirect_kmalloc_array(n, size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1, 2) void *
kpool_redirect_kmalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
		kpool_redirect_kmalloc_node(bytes, gfp, node);
}

static __always_inline __alloc_size(1, 2) void *
kpool_redirect_kcalloc_node(size_t n, size_t size, gfp_t gfp, int node)
{
	return kpool_redirect_kmalloc_array_node(n, size, gfp | __GFP_ZERO, node);
}

static __always_inline __realloc_size(2) void * __must_check
kpool_redirect_krealloc(const void *p, size_t size, gfp_t gfp)
{
	return kpool_heap_realloc(kpool_redirect_heap, p, size, KPOOL_REDIRECT_GFP(gfp));
}

static __always_inline __realloc_size(2, 3) void * __must_check
kpool_redirect_krealloc_array(void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
		kpool_redirect_krealloc(p, bytes, gfp);
}

/* Exists in newer kernels. The node is only a preference, and is ignored. */
static __always_inline __realloc_size(2) void * __must_check
kpool_redirect_krealloc_node(const void *p, size_t size, gfp_t gfp, int node)
{
	return kpool_redirect_krealloc(p, size, gfp);
}

static __always_inline __realloc_size(2) void *
kpool_redirect_kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kpool_redirect_kmalloc(len, gfp);

	if (!ZERO_OR_NULL_PTR(p))
		memcpy(p, src, len);
	return p;
}

static __always_inline void *
kpool_redirect_kmemdup_array(const void *src, size_t n, size_t size, gfp_t gfp)
{
	return kpool_redirect_kmemdup(src, size_mul(n, size), gfp);
}

static inline char *kpool_redirect_kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	char *p = s ? kpool_redirect_kmalloc(size_add(len, 1), gfp) : NULL;

	if (p) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}

static inline char *kpool_redirect_kstrdup(const char *s, gfp_t gfp)
{
	return s ? kpool_redirect_kmemdup(s, strlen(s) + 1, gfp) : NULL;
}

static inline char *kpool_redirect_kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? kpool_redirect_kmemdup_nul(s, strnlen(s, max), gfp) : NULL;
}

static inline __printf(2, 0) char *
kpool_redirect_kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	return kpool_redirect_vasprintf(kpool_redirect_heap, KPOOL_REDIRECT_GFP(gfp), fmt, args);
}

static __maybe_unused __printf(2, 3) char *
kpool_redirect_kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = kpool_redirect_kvasprintf(gfp, fmt, args);
	va_end(args);
	return p;
}

/* Sizes above KPOOL_MAX_SIZE go to the kernel's kvmalloc(): kmalloc() may have no room for them. */
static __always_inline __alloc_size(1) void *
kpool_redirect_kvmalloc_node(size_t size, gfp_t gfp, int node)
{
	if (size > KPOOL_MAX_SIZE)
		return kpool_kernel_kvmalloc_node(size, KPOOL_REDIRECT_GFP(gfp), node);
	return kpool_redirect_kmalloc_node(size, gfp, node);
}

static __always_inline __alloc_size(1) void *kpool_redirect_kvmalloc(size_t size, gfp_t gfp)
{
	if (size > KPOOL_MAX_SIZE)
		return kpool_kernel_kvmalloc(size, KPOOL_REDIRECT_GFP(gfp));
	return kpool_redirect_kmalloc(size, gfp);
}

static __always_inline __alloc_size(1) void *kpool_redirect_kvzalloc(size_t size, gfp_t gfp)
{
	return kpool_redirect_kvmalloc(size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1) void *
kpool_redirect_kvzalloc_node(size_t size, gfp_t gfp, int node)
{
	return kpool_redirect_kvmalloc_node(size, gfp | __GFP_ZERO, node);
}

static __always_inline __alloc_size(1, 2) void *
kpool_redirect_kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
		kpool_redirect_kvmalloc(bytes, gfp);
}

static __always_inline __alloc_size(1, 2) void *
kpool_redirect_kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kpool_redirect_kvmalloc_array(n, size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1, 2) void *
kpool_redirect_kvmalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
		kpool_redirect_kvmalloc_node(bytes, gfp, node);
}

static __always_inline __alloc_size(1, 2) void *
kpool_redirect_kvcalloc_node(size_t n, size_t size, gfp_t gfp, int node)
{
	return kpool_redirect_kvmalloc_array_node(n, size, gfp | __GFP_ZERO, node);
}

static __always_inline void *kpool_redirect_kvmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kpool_redirect_kvmalloc(len, gfp);

	if (!ZERO_OR_NULL_PTR(p))
		memcpy(p, src, len);
	return p;
}

/* On older kernels the caller passes the old size. A module may use either form on any kernel. */
static __always_inline __realloc_size(3) void * __must_check
kpool_redirect_kvrealloc_4(const void *p, size_t old, size_t size, gfp_t gfp)
{
	return kpool_redirect_vrealloc(kpool_redirect_heap, p, old, size,
				       KPOOL_REDIRECT_GFP(gfp));
}

static __always_inline __realloc_size(2) void * __must_check
kpool_redirect_kvrealloc_3(const void *p, size_t size, gfp_t gfp)
{
	return kpool_redirect_kvrealloc_4(p, 0, size, gfp);
}

/* Used where the address is taken: a function with this kernel's parameters. */
#ifdef kvrealloc
static __always_inline __realloc_size(2) void * __must_check
kpool_redirect_kvrealloc(const void *p, size_t size, gfp_t gfp)
{
	return kpool_redirect_kvrealloc_3(p, size, gfp);
}
#else
static __always_inline __realloc_size(3) void * __must_check
kpool_redirect_kvrealloc(const void *p, size_t old, size_t size, gfp_t gfp)
{
	return kpool_redirect_kvrealloc_4(p, old, size, gfp);
}
#endif

static __always_inline __realloc_size(2) void * __must_check
kpool_redirect_kvrealloc_node(const void *p, size_t size, gfp_t gfp, int node)
{
	return kpool_redirect_kvrealloc_3(p, size, gfp);
}

#define kpool_redirect_kvrealloc(...)	CONCATENATE(kpool_redirect_kvrealloc_, \
						    COUNT_ARGS(__VA_ARGS__))(__VA_ARGS__)

/* Free of memory of any origin: a block of any heap, or memory from kmalloc(). */
static __always_inline void kpool_redirect_kfree(const void *p)
{
	if (__builtin_constant_p(!kpool_redirect_heap) && !kpool_redirect_heap)
		kpool_free(p);
	else
		kpool_redirect_free(kpool_redirect_heap, p);
}

static __always_inline void kpool_redirect_kfree_sensitive(const void *p)
{
	kpool_free_sensitive(p);
}

static __always_inline void kpool_redirect_kfree_bulk(size_t nr, void **p)
{
	kpool_free_bulk(nr, p);
}

static __always_inline void kpool_redirect_kvfree(const void *p)
{
	if (is_vmalloc_addr(p))
		kpool_kernel_kvfree(p);
	else
		kpool_redirect_kfree(p);
}

static inline void kpool_redirect_kvfree_sensitive(const void *p, size_t len)
{
	if (!ZERO_OR_NULL_PTR(p)) {
		memzero_explicit((void *)p, len);
		kpool_redirect_kvfree(p);
	}
}

static __always_inline void kpool_redirect_bitmap_free(const unsigned long *bitmap)
{
	kpool_redirect_kfree(bitmap);
}

/* With size 0 the head must be kmalloc()'s, because the network stack passes it to kfree(). */
static __always_inline void kpool_redirect_check_skb(unsigned int size)
{
	if (__builtin_constant_p(size) && !size)
		kpool_refused_build_skb(size);
}

static __always_inline struct sk_buff *kpool_redirect_build_skb(void *data, unsigned int size)
{
	kpool_redirect_check_skb(size);
	return kpool_kernel_build_skb(data, size);
}

static __always_inline struct sk_buff *kpool_redirect___build_skb(void *data, unsigned int size)
{
	kpool_redirect_check_skb(size);
	return kpool_kernel___build_skb(data, size);
}

static __always_inline struct sk_buff *
kpool_redirect_napi_build_skb(void *data, unsigned int size)
{
	kpool_redirect_check_skb(size);
	return kpool_kernel_napi_build_skb(data, size);
}

static __always_inline struct sk_buff *
kpool_redirect_build_skb_around(struct sk_buff *skb, void *data, unsigned int size)
{
	kpool_redirect_check_skb(size);
	return kpool_kernel_build_skb_around(skb, data, size);
}

#define kpool_redirect_kvfree_rcu_1(ptr)	kpool_redirect_rcu_vfree_mightsleep(ptr)
#define kpool_redirect_kvfree_rcu_2(ptr, field)						\
do {											\
	typeof(ptr) __kpool_p = (ptr);							\
											\
	BUILD_BUG_ON_MSG(sizeof(__kpool_p->field) < sizeof(struct rcu_head),		\
			 "kpool needs a struct rcu_head where struct kvfree_rcu_head is");	\
	BUILD_BUG_ON(offsetof(typeof(*__kpool_p), field) >= 4096);			\
	if (__kpool_p)									\
		kpool_redirect_rcu_vfree((struct rcu_head *)&__kpool_p->field, __kpool_p);	\
} while (0)

static __always_inline size_t kpool_redirect_ksize(const void *p)
{
	return kpool_usable_size(p);
}

#ifdef DEFINE_FREE
DEFINE_FREE(kpool_redirect_kfree, void *, if (!IS_ERR_OR_NULL(_T)) kpool_redirect_kfree(_T))
DEFINE_FREE(kpool_redirect_kfree_sensitive, void *, if (_T) kpool_redirect_kfree_sensitive(_T))
DEFINE_FREE(kpool_redirect_kvfree, void *, if (!IS_ERR_OR_NULL(_T)) kpool_redirect_kvfree(_T))
DEFINE_FREE(kpool_atomic, void *, if (!IS_ERR_OR_NULL(_T)) kpool_redirect_kvfree_atomic(_T))
DEFINE_FREE(kpool_redirect_bitmap_free, unsigned long *, if (_T) kpool_redirect_bitmap_free(_T))
#define __free_kfree		__free_kpool_redirect_kfree
#define __free_kfree_sensitive	__free_kpool_redirect_kfree_sensitive
#define __free_kvfree		__free_kpool_redirect_kvfree
#define __free_kvfree_atomic	__free_kpool_atomic
#define __free_bitmap		__free_kpool_redirect_bitmap_free
#endif

/*
 * Redirected names. They are object-like macros, so that they also replace a function where its
 * address is taken. They include the functions that the typed allocators (kmalloc_obj() and the
 * like) call. Other functions of the kernel that allocate, such as memdup_user() and
 * kstrdup_const(), need no redirection: kpool_free() takes their memory.
 */
#undef kmalloc
#define kmalloc			kpool_redirect_kmalloc
#undef kzalloc
#define kzalloc			kpool_redirect_kzalloc
#undef kmalloc_node
#define kmalloc_node		kpool_redirect_kmalloc_node
#undef kzalloc_node
#define kzalloc_node		kpool_redirect_kzalloc_node
#undef kmalloc_array
#define kmalloc_array		kpool_redirect_kmalloc_array
#undef kcalloc
#define kcalloc			kpool_redirect_kcalloc
#undef kmalloc_array_node
#define kmalloc_array_node	kpool_redirect_kmalloc_array_node
#undef kcalloc_node
#define kcalloc_node		kpool_redirect_kcalloc_node
#undef kmalloc_track_caller
#define kmalloc_track_caller	kpool_redirect_kmalloc
#undef kmalloc_node_track_caller
#define kmalloc_node_track_caller	kpool_redirect_kmalloc_node
#undef krealloc
#define krealloc		kpool_redirect_krealloc
#undef krealloc_array
#define krealloc_array		kpool_redirect_krealloc_array
#undef kmemdup
#define kmemdup			kpool_redirect_kmemdup
#undef kmemdup_array
#define kmemdup_array		kpool_redirect_kmemdup_array
#undef kmemdup_nul
#define kmemdup_nul		kpool_redirect_kmemdup_nul
#undef kstrdup
#define kstrdup			kpool_redirect_kstrdup
#undef kstrndup
#define kstrndup		kpool_redirect_kstrndup
#undef kasprintf
#define kasprintf		kpool_redirect_kasprintf
#undef kvasprintf
#define kvasprintf		kpool_redirect_kvasprintf
#undef kvmalloc
#define kvmalloc		kpool_redirect_kvmalloc
#undef kvzalloc
#define kvzalloc		kpool_redirect_kvzalloc
#undef kvmalloc_node
#define kvmalloc_node		kpool_redirect_kvmalloc_node
#undef kvzalloc_node
#define kvzalloc_node		kpool_redirect_kvzalloc_node
#undef kvmalloc_array
#define kvmalloc_array		kpool_redirect_kvmalloc_array
#undef kvcalloc
#define kvcalloc		kpool_redirect_kvcalloc
#undef kvmalloc_array_node
#define kvmalloc_array_node	kpool_redirect_kvmalloc_array_node
#undef kvcalloc_node
#define kvcalloc_node		kpool_redirect_kvcalloc_node
#undef kvmemdup
#define kvmemdup		kpool_redirect_kvmemdup
#undef kvrealloc
#define kvrealloc		kpool_redirect_kvrealloc

#undef kfree
#define kfree			kpool_redirect_kfree
#undef kfree_const
#define kfree_const		kpool_redirect_free_const
#undef kfree_sensitive
#define kfree_sensitive		kpool_redirect_kfree_sensitive
#undef kfree_bulk
#define kfree_bulk		kpool_redirect_kfree_bulk
#undef kvfree
#define kvfree			kpool_redirect_kvfree
#undef kvfree_sensitive
#define kvfree_sensitive	kpool_redirect_kvfree_sensitive
#undef kvfree_rcu
#define kvfree_rcu(...)		CONCATENATE(kpool_redirect_kvfree_rcu_, \
					    COUNT_ARGS(__VA_ARGS__))(__VA_ARGS__)
#undef kfree_rcu
#define kfree_rcu		kvfree_rcu
#undef kvfree_rcu_mightsleep
#define kvfree_rcu_mightsleep	kpool_redirect_rcu_vfree_mightsleep
#undef kfree_rcu_mightsleep
#define kfree_rcu_mightsleep	kpool_redirect_rcu_vfree_mightsleep
#undef kvfree_rcu_barrier
#define kvfree_rcu_barrier	kpool_redirect_rcu_barrier

#undef ksize
#define ksize			kpool_redirect_ksize
#undef __ksize
#define __ksize			kpool_redirect_ksize
#undef kmalloc_size_roundup
#define kmalloc_size_roundup	kpool_redirect_size_roundup

/* Exist in newer kernels. */
#undef krealloc_node
#define krealloc_node		kpool_redirect_krealloc_node
#undef kvrealloc_node
#define kvrealloc_node		kpool_redirect_kvrealloc_node
#undef kvfree_atomic
#define kvfree_atomic		kpool_redirect_kvfree_atomic

/* The kernel's macros call these, and would pass a block to the kernel's own krealloc(). */
#undef krealloc_noprof
#define krealloc_noprof		kpool_redirect_krealloc
#undef krealloc_array_noprof
#define krealloc_array_noprof	kpool_redirect_krealloc_array
#undef kvrealloc_noprof
#define kvrealloc_noprof	kpool_redirect_kvrealloc
#undef kvfree_rcu_arg_1
#define kvfree_rcu_arg_1	kpool_redirect_kvfree_rcu_1
#undef kvfree_rcu_arg_2
#define kvfree_rcu_arg_2	kpool_redirect_kvfree_rcu_2

/*
 * Functions of the kernel that free memory of a module. Headers included later declare these names:
 * the replacements have the same types.
 */
#define bitmap_free		kpool_redirect_bitmap_free
#define kfree_link		kpool_redirect_kfree_link
#define kfree_strarray		kpool_redirect_kfree_strarray
#define seq_release_private	kpool_redirect_seq_release_private
#define mempool_kfree		kpool_redirect_mempool_kfree
#define mempool_kvfree		kpool_redirect_mempool_kvfree
#define sock_kfree_s		kpool_redirect_sock_kfree_s
#define sock_kzfree_s		kpool_redirect_sock_kzfree_s

/* Refused: a block may be passed to these, and the kernel's functions cannot take it. */
#undef krealloc_node_align
#define krealloc_node_align	kpool_refused_realloc_align
#undef krealloc_node_align_noprof
#define krealloc_node_align_noprof	kpool_refused_realloc_align
#undef kvrealloc_node_align
#define kvrealloc_node_align	kpool_refused_realloc_align
#undef kvrealloc_node_align_noprof
#define kvrealloc_node_align_noprof	kpool_refused_realloc_align
#define _krealloc_array_noprof	kpool_refused_realloc_align
#define kfree_nolock		kpool_refused_nolock
#undef kfree_rcu_nolock
#define kfree_rcu_nolock	kpool_refused_nolock
#define kfree_call_rcu_nolock	kpool_refused_nolock
#define kvfree_call_rcu		kpool_refused_call_rcu
#define __kvfree_call_rcu	kpool_refused_call_rcu
#define kmem_cache_charge	kpool_refused_charge
#define slab_build_skb		kpool_refused_slab_build_skb
#define build_skb		kpool_redirect_build_skb
#define __build_skb		kpool_redirect___build_skb
#define napi_build_skb		kpool_redirect_napi_build_skb
#define build_skb_around	kpool_redirect_build_skb_around

#ifdef KPOOL_REDIRECT_CACHES
#include <kpool_cache.h>
#endif

#ifdef KPOOL_REDIRECT_PR_FMT
#undef pr_fmt
#elif defined(KPOOL_REDIRECT_PR_FMT_LATER)
#include <kpool_printk.h>
#endif

#endif /* KPOOL_REDIRECT_OFF */
#endif /* _KPOOL_KMALLOC_H */
