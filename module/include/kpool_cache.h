/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KPOOL_REDIRECT_CACHES: a module's own kmem_caches on kpool. kpool_kmalloc.h includes this header.
 * "struct kmem_cache" becomes a struct of kpool, so that the compiler reports a cache passed to a
 * function of the kernel that was declared before.
 */
#ifndef _KPOOL_CACHE_H
#define _KPOOL_CACHE_H

static inline struct kpool_cache *
kpool_cache_create_usercopy(const char *name, unsigned int size, unsigned int align,
			    slab_flags_t flags, unsigned int useroffset, unsigned int usersize,
			    void (*ctor)(void *object))
{
	const struct kpool_cache_attr attr = {
		.name = name, .size = size, .align = align, .flags = KPOOL_REDIRECT_SLAB(flags),
		.useroffset = useroffset, .usersize = usersize, .ctor = ctor,
		.gfp = KPOOL_REDIRECT_GFP(~(__force gfp_t)0),
		.heap_flags = KPOOL_REDIRECT_HEAP_FLAGS,
	};

	return kpool_cache_create(kpool_redirect_heap, &attr);
}

static inline struct kpool_cache *
kpool_cache_create_plain(const char *name, unsigned int size, unsigned int align,
			 slab_flags_t flags, void (*ctor)(void *object))
{
	return kpool_cache_create_usercopy(name, size, align, flags, 0, 0, ctor);
}

/*
 * Does a heap serve the cache? A module may also pass kmem_caches of the kernel, from headers read
 * before or after this one. @self points to the cache itself only if a heap serves it.
 */
static __always_inline bool kpool_cache_has_heap(union kpool_any_cache cache)
{
	return likely(cache.ours->self == cache.ours);
}

static __always_inline void *kpool_cache_alloc(union kpool_any_cache cache, gfp_t gfp)
{
	return kpool_cache_has_heap(cache) ?
		kpool_heap_alloc(cache.ours->heap, cache.ours->block, gfp & cache.ours->gfp) :
		kpool_cache_alloc_slow(cache, gfp, NUMA_NO_NODE);
}

static __always_inline void *kpool_cache_alloc_node(union kpool_any_cache cache, gfp_t gfp,
						    int node)
{
	return kpool_cache_alloc_slow(cache, gfp, node);
}

static __always_inline void *kpool_cache_zalloc(union kpool_any_cache cache, gfp_t gfp)
{
	return kpool_cache_alloc(cache, gfp | __GFP_ZERO);
}

/* A list_lru has a part for each memory cgroup, and only objects of kmem_caches are charged. */
static __always_inline void *kpool_cache_alloc_lru(union kpool_any_cache cache,
						   struct list_lru *lru, gfp_t gfp)
{
	return kpool_cache_has_heap(cache) ? kpool_cache_alloc(cache, gfp) :
					     kpool_cache_alloc_lru_slow(cache, lru, gfp);
}

static __always_inline void kpool_cache_free(union kpool_any_cache cache, void *object)
{
	if (kpool_cache_has_heap(cache))
		kpool_heap_free_sized(cache.ours->heap, object, cache.ours->block);
	else
		kpool_cache_free_slow(cache, object);
}

#define kpool_cache_of_struct(name, flags, useroffset, usersize)			\
	kpool_cache_create_usercopy(#name, sizeof(struct name), __alignof__(struct name),	\
				    flags, useroffset, usersize, NULL)

#undef KMEM_CACHE
#define KMEM_CACHE(name, flags)		kpool_cache_of_struct(name, flags, 0, 0)
#undef KMEM_CACHE_USERCOPY
#define KMEM_CACHE_USERCOPY(name, flags, field)						\
	kpool_cache_of_struct(name, flags, offsetof(struct name, field),		\
			      sizeof_field(struct name, field))

/* From 6.12 on, kmem_cache_create() is a macro that also takes a struct of arguments. */
#ifdef kmem_cache_create
static inline struct kpool_cache *
kpool_cache_create_args(const char *name, unsigned int size, const struct kmem_cache_args *args,
			slab_flags_t flags)
{
	return args ? kpool_cache_create_usercopy(name, size, args->align, flags,
						  args->useroffset, args->usersize, args->ctor) :
		kpool_cache_create_plain(name, size, 0, flags, NULL);
}
#define kpool_cache_create_args	kpool_cache_create_args

#undef kmem_cache_create
#define kmem_cache_create(name, size, args, ...)					\
	_Generic((args),								\
		struct kmem_cache_args *: kpool_cache_create_args,			\
		void *: kpool_cache_create_args,					\
		default: kpool_cache_create_plain)(name, size, args, __VA_ARGS__)
#else
#define kmem_cache_create		kpool_cache_create_plain
#endif

#undef kmem_cache_create_usercopy
#define kmem_cache_create_usercopy	kpool_cache_create_usercopy
#undef kmem_cache_destroy
#define kmem_cache_destroy		kpool_cache_destroy
#undef kmem_cache_shrink
#define kmem_cache_shrink		kpool_cache_shrink
#undef kmem_cache_size
#define kmem_cache_size			kpool_cache_size
#undef kmem_cache_alloc
#define kmem_cache_alloc		kpool_cache_alloc
#undef kmem_cache_zalloc
#define kmem_cache_zalloc		kpool_cache_zalloc
#undef kmem_cache_alloc_lru
#define kmem_cache_alloc_lru		kpool_cache_alloc_lru
#undef kmem_cache_alloc_node
#define kmem_cache_alloc_node		kpool_cache_alloc_node
#undef kmem_cache_alloc_bulk
#define kmem_cache_alloc_bulk		kpool_cache_alloc_bulk
#undef kmem_cache_free
#define kmem_cache_free			kpool_cache_free
#undef kmem_cache_free_bulk
#define kmem_cache_free_bulk		kpool_cache_free_bulk
#undef mempool_alloc_slab
#define mempool_alloc_slab		kpool_cache_mempool_alloc
#undef mempool_free_slab
#define mempool_free_slab		kpool_cache_mempool_free

/* The kernel's macros call these. */
#undef kmem_cache_alloc_noprof
#define kmem_cache_alloc_noprof		kpool_cache_alloc
#undef kmem_cache_alloc_lru_noprof
#define kmem_cache_alloc_lru_noprof	kpool_cache_alloc_lru
#undef kmem_cache_alloc_node_noprof
#define kmem_cache_alloc_node_noprof	kpool_cache_alloc_node
#undef kmem_cache_alloc_bulk_noprof
#define kmem_cache_alloc_bulk_noprof	kpool_cache_alloc_bulk

/* Refused: these functions of the kernel would treat a cache of kpool as their own. */
#undef kmem_cache_prefill_sheaf
#define kmem_cache_prefill_sheaf	kpool_refused_cache
#undef kmem_cache_refill_sheaf
#define kmem_cache_refill_sheaf		kpool_refused_cache
#undef kmem_cache_return_sheaf
#define kmem_cache_return_sheaf		kpool_refused_cache
#undef kmem_cache_sheaf_size
#define kmem_cache_sheaf_size		kpool_refused_cache
#undef kmem_cache_alloc_from_sheaf
#define kmem_cache_alloc_from_sheaf	kpool_refused_cache
#undef kmem_cache_alloc_from_sheaf_noprof
#define kmem_cache_alloc_from_sheaf_noprof	kpool_refused_cache
#define kvfree_rcu_barrier_on_cache	kpool_refused_cache
#undef __kmem_cache_create
#define __kmem_cache_create		kpool_refused_cache
#define __kmem_cache_create_args	kpool_refused_cache

/* Headers read before have these as inline functions for kmem_caches of the kernel. */
#undef mempool_init_slab_pool
#define mempool_init_slab_pool(pool, nr, cache)						\
	mempool_init(pool, nr, mempool_alloc_slab, mempool_free_slab, cache)
#undef mempool_create_slab_pool
#define mempool_create_slab_pool(nr, cache)						\
	mempool_create(nr, mempool_alloc_slab, mempool_free_slab, cache)
#ifdef _LINUX_FS_H
#undef alloc_inode_sb
#define alloc_inode_sb(sb, cache, gfp)	kmem_cache_alloc_lru(cache, &(sb)->s_inode_lru, gfp)
#endif

#define kmem_cache			kpool_cache

#endif /* _KPOOL_CACHE_H */
