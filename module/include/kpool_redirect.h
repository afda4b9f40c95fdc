/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations for kpool_kmalloc.h. Not for callers: include kpool_kmalloc.h instead. */
#ifndef _KPOOL_REDIRECT_H
#define _KPOOL_REDIRECT_H

#include <linux/slab.h>
#include <linux/types.h>

#include <kpool.h>

struct file;
struct inode;
struct sk_buff;
struct sock;

int kpool_redirect_begin(struct kpool_heap **heap, const char *name, unsigned int flags,
			 struct module *module, int (*init)(void), void (*exit)(void));
void kpool_redirect_end(struct kpool_heap **heap, void (*exit)(void));

char *kpool_redirect_vasprintf(struct kpool_heap *heap, gfp_t gfp, const char *fmt, va_list args)
	__printf(3, 0);
void *kpool_redirect_vrealloc(struct kpool_heap *heap, const void *p, size_t old, size_t size,
			      gfp_t gfp) __must_check __realloc_size(4);
size_t kpool_redirect_size_roundup(size_t size);

void kpool_redirect_free(struct kpool_heap *heap, const void *p);
void kpool_redirect_free_const(const void *p);
void kpool_redirect_rcu_vfree(struct rcu_head *head, const void *p);
void kpool_redirect_rcu_vfree_mightsleep(const void *p);
void kpool_redirect_rcu_barrier(void);
void kpool_redirect_kvfree_atomic(const void *p);

void kpool_redirect_kfree_link(void *p);
void kpool_redirect_kfree_strarray(char **array, size_t n);
int kpool_redirect_seq_release_private(struct inode *inode, struct file *file);
void kpool_redirect_mempool_kfree(void *element, void *pool_data);
void kpool_redirect_mempool_kvfree(void *element, void *pool_data);
void kpool_redirect_sock_kfree_s(struct sock *sk, void *p, int size);
void kpool_redirect_sock_kzfree_s(struct sock *sk, void *p, int size);

/* Functions of the kernel, from headers that a file need not include or a kernel may lack. */
void kfree_link(void *p);
void kfree_strarray(char **array, size_t n);
int seq_release_private(struct inode *inode, struct file *file);
void mempool_kfree(void *element, void *pool_data);
void mempool_kvfree(void *element, void *pool_data);
void sock_kfree_s(struct sock *sk, void *p, int size);
void sock_kzfree_s(struct sock *sk, void *p, int size);
bool kmem_cache_charge(void *object, gfp_t gfp);
struct sk_buff *slab_build_skb(void *data);
struct sk_buff *build_skb(void *data, unsigned int size);
struct sk_buff *__build_skb(void *data, unsigned int size);
struct sk_buff *napi_build_skb(void *data, unsigned int size);
struct sk_buff *build_skb_around(struct sk_buff *skb, void *data, unsigned int size);

/*
 * Replacements for functions that cannot work with a block. Each use is a compile error: a call or,
 * from gcc 12 on, also taking the address.
 */
#if __has_attribute(__unavailable__)
#define KPOOL_REFUSED(why)	__attribute__((__unavailable__("kpool: " why)))
#else
#define KPOOL_REFUSED(why)	__compiletime_error("kpool: " why)
#endif
void *kpool_refused_realloc_align(const void *p, ...)
	KPOOL_REFUSED("a block cannot be realigned: use krealloc() or kvrealloc()");
void kpool_refused_nolock(const void *p, ...)
	KPOOL_REFUSED("a block cannot be freed in any context: use kfree() or kfree_rcu()");
void kpool_refused_call_rcu(const void *p, ...)
	KPOOL_REFUSED("the kernel would free a block: use kvfree_rcu()");
bool kpool_refused_charge(const void *p, ...)
	KPOOL_REFUSED("a block cannot be charged: KPOOL_EXEMPT() is for objects of the kernel");
void *kpool_refused_cache(const void *p, ...)
	KPOOL_REFUSED("the cache may be one of kpool: use KPOOL_REDIRECT_OFF");
struct sk_buff *kpool_refused_slab_build_skb(void *data)
	KPOOL_REFUSED("the network stack would free a block: use KPOOL_EXEMPT()");
void kpool_refused_build_skb(unsigned int size)
	__compiletime_error("kpool: the network stack would free a block: use KPOOL_EXEMPT()");

/**
 * struct kpool_cache - a cache in place of a kmem_cache
 * @self: address of this struct if @heap serves the cache, else that address less one; a kmem_cache
 *	of the kernel has neither
 * @heap: heap that serves the cache; NULL if @slab does
 * @slab: kmem_cache of the kernel, for objects that kpool has no blocks for; or NULL
 * @block: bytes asked of @heap for each object; their class has the alignment of the cache
 * @size: bytes of an object
 * @gfp: flags of requests that the cache does not ignore
 * @own: @heap serves only this cache
 */
struct kpool_cache {
	const void *self;
	struct kpool_heap *heap;
	struct kmem_cache *slab;
	unsigned int block;
	unsigned int size;
	gfp_t gfp;
	bool own;
};

/**
 * struct kpool_cache_attr - attributes of a cache, see kmem_cache_create_usercopy()
 * @name: name of the cache's heap or kmem_cache
 * @size: bytes of an object
 * @align: bytes; 0 for the natural alignment
 * @flags: SLAB_*
 * @useroffset: offset of the part that may be copied to and from user space
 * @usersize: bytes of that part
 * @ctor: constructor, or NULL
 * @gfp: flags of requests that the cache does not ignore
 * @heap_flags: KPOOL_HEAP_* of the cache's own heap
 */
struct kpool_cache_attr {
	const char *name;
	unsigned int size;
	unsigned int align;
	slab_flags_t flags;
	unsigned int useroffset;
	unsigned int usersize;
	void (*ctor)(void *object);
	gfp_t gfp;
	unsigned int heap_flags;
};

/**
 * union kpool_any_cache - a cache of either kind, for functions that take both
 * @ours: cache of a redirected module
 * @kernel: kmem_cache of the kernel
 */
union kpool_any_cache {
	struct kpool_cache *ours;
	struct kmem_cache *kernel;
} __attribute__((__transparent_union__));

struct kpool_cache *kpool_cache_create(struct kpool_heap *heap,
				       const struct kpool_cache_attr *attr);
void kpool_cache_destroy(union kpool_any_cache cache);
int kpool_cache_shrink(union kpool_any_cache cache);
void *kpool_cache_alloc_slow(union kpool_any_cache cache, gfp_t gfp, int node);
void *kpool_cache_alloc_lru_slow(union kpool_any_cache cache, struct list_lru *lru, gfp_t gfp);
void kpool_cache_free_slow(union kpool_any_cache cache, void *object);
unsigned int kpool_cache_size(union kpool_any_cache cache);
unsigned int kpool_cache_alloc_bulk(union kpool_any_cache cache, gfp_t gfp, unsigned int nr,
				    void **objects);
void kpool_cache_free_bulk(union kpool_any_cache cache, unsigned int nr, void **objects);

void *kpool_cache_mempool_alloc(gfp_t gfp, void *cache);
void kpool_cache_mempool_free(void *object, void *cache);

#endif /* _KPOOL_REDIRECT_H */
