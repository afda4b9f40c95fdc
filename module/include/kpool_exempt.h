/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KPOOL_EXEMPT(kmalloc)(size, gfp) is the kernel's own function, for memory that other code will
 * pass to kfree(). Documentation/drop-in.rst lists the names that it takes.
 *
 * Not for callers: kpool_kmalloc.h includes this header before it redirects these names.
 */
#ifndef _KPOOL_EXEMPT_H
#define _KPOOL_EXEMPT_H

#define KPOOL_EXEMPT(function)	kpool_kernel_##function

#define KPOOL_KERNEL(type, name, parameters, ...)					\
static __always_inline type kpool_kernel_##name parameters				\
{											\
	return name(__VA_ARGS__);							\
}

KPOOL_KERNEL(__alloc_size(1) void *, kmalloc, (size_t size, gfp_t gfp), size, gfp)
KPOOL_KERNEL(__alloc_size(1) void *, kzalloc, (size_t size, gfp_t gfp), size, gfp)
KPOOL_KERNEL(__alloc_size(1) void *, kmalloc_node, (size_t size, gfp_t gfp, int node),
	     size, gfp, node)
KPOOL_KERNEL(__alloc_size(1) void *, kzalloc_node, (size_t size, gfp_t gfp, int node),
	     size, gfp, node)
KPOOL_KERNEL(__alloc_size(1, 2) void *, kmalloc_array, (size_t n, size_t size, gfp_t gfp),
	     n, size, gfp)
KPOOL_KERNEL(__alloc_size(1, 2) void *, kcalloc, (size_t n, size_t size, gfp_t gfp),
	     n, size, gfp)
KPOOL_KERNEL(__alloc_size(1, 2) void *, kmalloc_array_node,
	     (size_t n, size_t size, gfp_t gfp, int node), n, size, gfp, node)
KPOOL_KERNEL(__alloc_size(1, 2) void *, kcalloc_node,
	     (size_t n, size_t size, gfp_t gfp, int node), n, size, gfp, node)
KPOOL_KERNEL(__alloc_size(1) void *, kmalloc_track_caller, (size_t size, gfp_t gfp), size, gfp)
KPOOL_KERNEL(__alloc_size(1) void *, kmalloc_node_track_caller,
	     (size_t size, gfp_t gfp, int node), size, gfp, node)
KPOOL_KERNEL(__realloc_size(2) void * __must_check, krealloc,
	     (const void *p, size_t size, gfp_t gfp), p, size, gfp)
KPOOL_KERNEL(__realloc_size(2, 3) void * __must_check, krealloc_array,
	     (void *p, size_t n, size_t size, gfp_t gfp), p, n, size, gfp)
KPOOL_KERNEL(void *, kmemdup, (const void *src, size_t len, gfp_t gfp), src, len, gfp)
KPOOL_KERNEL(char *, kmemdup_nul, (const char *s, size_t len, gfp_t gfp), s, len, gfp)
KPOOL_KERNEL(char *, kstrdup, (const char *s, gfp_t gfp), s, gfp)
KPOOL_KERNEL(char *, kstrndup, (const char *s, size_t max, gfp_t gfp), s, max, gfp)
KPOOL_KERNEL(__printf(2, 0) char *, kvasprintf, (gfp_t gfp, const char *fmt, va_list args),
	     gfp, fmt, args)
KPOOL_KERNEL(__alloc_size(1) void *, kvmalloc, (size_t size, gfp_t gfp), size, gfp)
KPOOL_KERNEL(__alloc_size(1) void *, kvzalloc, (size_t size, gfp_t gfp), size, gfp)
KPOOL_KERNEL(__alloc_size(1) void *, kvmalloc_node, (size_t size, gfp_t gfp, int node),
	     size, gfp, node)
KPOOL_KERNEL(__alloc_size(1) void *, kvzalloc_node, (size_t size, gfp_t gfp, int node),
	     size, gfp, node)
KPOOL_KERNEL(__alloc_size(1, 2) void *, kvmalloc_array, (size_t n, size_t size, gfp_t gfp),
	     n, size, gfp)
KPOOL_KERNEL(__alloc_size(1, 2) void *, kvcalloc, (size_t n, size_t size, gfp_t gfp),
	     n, size, gfp)
KPOOL_KERNEL(void, kfree, (const void *p), p)
KPOOL_KERNEL(void, kfree_const, (const void *p), p)
KPOOL_KERNEL(void, kfree_sensitive, (const void *p), p)
KPOOL_KERNEL(void, kfree_bulk, (size_t nr, void **p), nr, p)
KPOOL_KERNEL(void, kvfree, (const void *p), p)
KPOOL_KERNEL(void, kvfree_sensitive, (const void *p, size_t len), p, len)
KPOOL_KERNEL(size_t, ksize, (const void *p), p)
KPOOL_KERNEL(size_t, kmalloc_size_roundup, (size_t size), size)
KPOOL_KERNEL(void, bitmap_free, (const unsigned long *bitmap), bitmap)
KPOOL_KERNEL(void, kfree_link, (void *p), p)
KPOOL_KERNEL(void, kfree_strarray, (char **array, size_t n), array, n)
KPOOL_KERNEL(int, seq_release_private, (struct inode *inode, struct file *file), inode, file)
KPOOL_KERNEL(void, mempool_kfree, (void *element, void *pool_data), element, pool_data)
KPOOL_KERNEL(void, mempool_kvfree, (void *element, void *pool_data), element, pool_data)
KPOOL_KERNEL(void, sock_kfree_s, (struct sock *sk, void *p, int size), sk, p, size)
KPOOL_KERNEL(void, sock_kzfree_s, (struct sock *sk, void *p, int size), sk, p, size)
KPOOL_KERNEL(bool, kmem_cache_charge, (void *object, gfp_t gfp), object, gfp)
KPOOL_KERNEL(struct sk_buff *, slab_build_skb, (void *data), data)
KPOOL_KERNEL(struct sk_buff *, build_skb, (void *data, unsigned int size), data, size)
KPOOL_KERNEL(struct sk_buff *, __build_skb, (void *data, unsigned int size), data, size)
KPOOL_KERNEL(struct sk_buff *, napi_build_skb, (void *data, unsigned int size), data, size)
KPOOL_KERNEL(struct sk_buff *, build_skb_around,
	     (struct sk_buff *skb, void *data, unsigned int size), skb, data, size)

/* Not every kernel has these. */
static __always_inline void *
kpool_kernel_kmemdup_array(const void *src, size_t n, size_t size, gfp_t gfp)
{
	return kmemdup(src, size_mul(n, size), gfp);
}

static __always_inline void *kpool_kernel_kvmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kvmalloc(len, gfp);

	if (!ZERO_OR_NULL_PTR(p))
		memcpy(p, src, len);
	return p;
}

static __always_inline __alloc_size(1, 2) void *
kpool_kernel_kvmalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	return kvmalloc_node(size_mul(n, size), gfp, node);
}

static __always_inline __alloc_size(1, 2) void *
kpool_kernel_kvcalloc_node(size_t n, size_t size, gfp_t gfp, int node)
{
	return kvzalloc_node(size_mul(n, size), gfp, node);
}

static __always_inline __realloc_size(2) void * __must_check
kpool_kernel_krealloc_node(const void *p, size_t size, gfp_t gfp, int node)
{
	return krealloc(p, size, gfp);
}

/* kvrealloc() is a macro on kernels where it does not take the old size. */
#ifdef kvrealloc
KPOOL_KERNEL(__realloc_size(2) void * __must_check, kvrealloc,
	     (const void *p, size_t size, gfp_t gfp), p, size, gfp)
#else
KPOOL_KERNEL(__realloc_size(3) void * __must_check, kvrealloc,
	     (const void *p, size_t old, size_t size, gfp_t gfp), p, old, size, gfp)
#endif

static __maybe_unused __printf(2, 3) char *
kpool_kernel_kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = kvasprintf(gfp, fmt, args);
	va_end(args);
	return p;
}

#endif /* _KPOOL_EXEMPT_H */
