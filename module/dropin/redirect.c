// SPDX-License-Identifier: GPL-2.0
/* Functions of the drop-in kpool_kmalloc.h that are not inline. */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <net/sock.h>

#include <kpool_inline.h>
#include <kpool_redirect.h>

#include "class.h"
#include "compat.h"
#include "heap.h"
#include "map.h"
#include "record.h"
#include "types.h"

/**
 * kpool_redirect_begin() - load a module that has its own heap
 * @heap: where to store the heap
 * @name: see kpool_heap_create(); the heap's name gets a number if the name is taken
 * @flags: KPOOL_HEAP_*
 * @module: the module
 * @init: the module's own init function, or NULL
 * @exit: the module's own exit function, or NULL
 *
 * Context: process context, may sleep.
 * Return: the result of @init, or an error of kpool_heap_create(). The heap never causes -EEXIST:
 * modprobe takes that error to mean that the module is loaded already.
 */
int kpool_redirect_begin(struct kpool_heap **heap, const char *name, unsigned int flags,
			 struct module *module, int (*init)(void), void (*exit)(void))
{
	const struct kpool_heap_attr attr = { .flags = flags };
	int err;

	*heap = kpool_heap_create_numbered(name, &attr);
	if (IS_ERR(*heap)) {
		err = PTR_ERR(*heap);
		*heap = NULL;
		return err;
	}
	if (strcmp((*heap)->name, name))
		pr_notice("heap %s already exists: module %s uses heap %s\n", name,
			  module_name(module), (*heap)->name);
	err = init ? init() : 0;
	if (err < 0)
		kpool_redirect_end(heap, NULL);
	else if (init && !exit)
		__module_get(module); /* a module without an exit function stays loaded */
	return err;
}
EXPORT_SYMBOL_GPL(kpool_redirect_begin);

/**
 * kpool_redirect_end() - end a module and its heap, and report leaked memory
 * @heap: where the heap is stored
 * @exit: the module's own exit function, or NULL
 *
 * Context: process context, may sleep.
 */
void kpool_redirect_end(struct kpool_heap **heap, void (*exit)(void))
{
	if (exit)
		exit();
	rcu_barrier(); /* pending callbacks of the module or the kernel may free blocks */
	kpool_heap_destroy(*heap);
	*heap = NULL;
}
EXPORT_SYMBOL_GPL(kpool_redirect_end);

/**
 * kpool_redirect_vasprintf() - kvasprintf() from a heap
 * @heap: the heap, NULL for the default heap
 * @gfp: as for kmalloc()
 * @fmt: the format
 * @args: its arguments
 *
 * Context: as kpool_alloc().
 * Return: the string, or NULL.
 */
char *kpool_redirect_vasprintf(struct kpool_heap *heap, gfp_t gfp, const char *fmt, va_list args)
{
	va_list again;
	int len;
	char *p;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	p = kpool_heap_alloc(heap, len + 1, gfp);
	/* The arguments may print longer text now: it is truncated then. */
	if (p)
		vsnprintf(p, len + 1, fmt, args);
	return p;
}
EXPORT_SYMBOL_GPL(kpool_redirect_vasprintf);

/* Move an allocation to memory of kvmalloc(), because kmalloc() has no room for @size bytes. */
static void *kpool_redirect_vmove(struct kpool_heap *heap, const void *p, size_t size, gfp_t gfp)
{
	void *new = kvmalloc(size, gfp), *whole;
	size_t held = kpool_usable_size(p);

	if (!new)
		return NULL;
	/* Resize in place, so that KASAN allows the copy of bytes beyond the size asked for. */
	whole = kpool_heap_realloc(heap, p, held, gfp);
	if (!whole) {
		kvfree(new);
		return NULL;
	}
	memcpy(new, whole, held);
	kpool_free(whole);
	return new;
}

/**
 * kpool_redirect_vrealloc() - kvrealloc() with a heap
 * @heap: the heap for small sizes, NULL for the default heap
 * @p: what kpool_free() takes, or memory from vmalloc(); NULL for a new allocation
 * @old: bytes asked for last, 0 if the caller does not say
 * @size: bytes wanted; 0 frees @p
 * @gfp: as for kvmalloc()
 *
 * Context: process context, may sleep.
 * Return: memory with the old contents up to the lesser of the two sizes, ZERO_SIZE_PTR for size 0,
 * or NULL. With NULL, @p is unchanged.
 */
void *kpool_redirect_vrealloc(struct kpool_heap *heap, const void *p, size_t old, size_t size,
			      gfp_t gfp)
{
	void *new;

	if (is_vmalloc_addr(p)) {
		if (size)
			return kpool_compat_vrealloc(p, old, size, gfp);
		kvfree(p);
		return ZERO_SIZE_PTR;
	}
	if (size <= PAGE_SIZE)
		return kpool_heap_realloc(heap, p, size, gfp);
	if (ZERO_OR_NULL_PTR(p))
		return kvmalloc(size, gfp);
	new = kpool_heap_realloc(heap, p, size, gfp | __GFP_NOWARN | __GFP_NORETRY);
	return new ?: kpool_redirect_vmove(heap, p, size, gfp);
}
EXPORT_SYMBOL_GPL(kpool_redirect_vrealloc);

/**
 * kpool_redirect_size_roundup() - kmalloc_size_roundup() for kpool
 * @size: bytes wanted
 *
 * Context: any.
 * Return: the bytes that a request for @size would get.
 */
size_t kpool_redirect_size_roundup(size_t size)
{
	return kpool_size_is_small(size) ? kpool_class_size(kpool_class_of(size)) :
		kmalloc_size_roundup(size);
}
EXPORT_SYMBOL_GPL(kpool_redirect_size_roundup);

/**
 * kpool_redirect_free() - kpool_free() that expects blocks of one heap
 * @heap: the heap of most blocks; NULL for the default heap
 * @p: what kpool_free() takes
 *
 * Context: any that kfree() may be called from.
 */
void kpool_redirect_free(struct kpool_heap *heap, const void *p)
{
	u8 class = kpool_map_byte(p) ^ (heap ? heap->byte : 0);

	if (KPOOL_SANITIZED || tracepoint_enabled(kpool_free) || !heap || want_init_on_free() ||
	    unlikely(class >= KPOOL_NR_CLASSES) || unlikely(kpool_arena_of(p)->heap != heap) ||
	    unlikely(!kpool_slot_free(kpool_cpu_slot(heap->cpu, class), p)))
		kpool_free(p);
}
EXPORT_SYMBOL_GPL(kpool_redirect_free);

/**
 * kpool_redirect_free_const() - kfree_const() that also takes kpool's memory
 * @p: what kpool_free() takes, or a constant of the kernel
 *
 * Context: any that kfree() may be called from.
 */
void kpool_redirect_free_const(const void *p)
{
	if (kpool_map_byte(p) != KPOOL_BYTE_FOREIGN ||
	    (!ZERO_OR_NULL_PTR(p) && kpool_map_is_kmalloc(p)))
		kpool_free(p);
	else
		kfree_const(p);
}
EXPORT_SYMBOL_GPL(kpool_redirect_free_const);

/*
 * Must @p go to the kernel's own kvfree_rcu(), because it is an object of a kmem_cache or memory
 * from kmalloc() or vmalloc()? Memory with a record belongs to kpool. kpool reports other pointers,
 * which nothing can free. Before 6.12 kmem_cache_destroy() does not wait for kvfree_rcu(), and
 * kpool_cache_destroy() cannot: objects then go to kpool's own list.
 */
static bool kpool_redirect_is_kernels(const void *p)
{
	if (is_vmalloc_addr(p))
		return true;
	return kpool_compat_destroy_waits() && kpool_map_byte(p) == KPOOL_BYTE_FOREIGN &&
	       !ZERO_OR_NULL_PTR(p) && kpool_map_is_kmalloc(p) && !kpool_record_is_tracked(p);
}

/**
 * kpool_redirect_rcu_vfree() - kvfree_rcu() that also takes kpool's memory
 * @head: the object's rcu_head, in its first 4096 bytes
 * @p: what kpool_free() takes, memory from vmalloc(), or an object of a kmem_cache
 *
 * Memory from vmalloc() goes to the kernel's own function. So does other memory of the kernel, if
 * kmem_cache_destroy() waits for that function.
 *
 * Context: any that call_rcu() allows.
 */
void kpool_redirect_rcu_vfree(struct rcu_head *head, const void *p)
{
	if (kpool_redirect_is_kernels(p))
		kpool_compat_kvfree_call_rcu(head, p);
	else
		kpool_rcu_free(head, p);
}
EXPORT_SYMBOL_GPL(kpool_redirect_rcu_vfree);

/**
 * kpool_redirect_rcu_vfree_mightsleep() - kvfree_rcu_mightsleep() that also takes kpool's memory
 * @p: as for kpool_redirect_rcu_vfree(); NULL is ignored
 *
 * Context: process context, may sleep.
 */
void kpool_redirect_rcu_vfree_mightsleep(const void *p)
{
	if (kpool_redirect_is_kernels(p))
		kpool_compat_kvfree_call_rcu(NULL, p);
	else
		kpool_rcu_free_mightsleep(p);
}
EXPORT_SYMBOL_GPL(kpool_redirect_rcu_vfree_mightsleep);

/**
 * kpool_redirect_rcu_barrier() - kvfree_rcu_barrier() that also waits for kpool's memory
 *
 * Before 6.12, and from 7.0 on, this does not wait for frees of the kernel's own memory.
 *
 * Context: process context, may sleep.
 */
void kpool_redirect_rcu_barrier(void)
{
	kpool_compat_kvfree_rcu_barrier();
	kpool_rcu_barrier();
}
EXPORT_SYMBOL_GPL(kpool_redirect_rcu_barrier);

/**
 * kpool_redirect_kvfree_atomic() - kvfree_atomic() that also takes kpool's memory
 * @p: what kpool_free() takes, or memory from vmalloc()
 *
 * Context: any that kvfree_atomic() may be called from.
 */
void kpool_redirect_kvfree_atomic(const void *p)
{
	if (is_vmalloc_addr(p))
		kpool_compat_kvfree_atomic(p);
	else
		kpool_free(p);
}
EXPORT_SYMBOL_GPL(kpool_redirect_kvfree_atomic);

/* Replacements for functions of the kernel that pass their argument to kfree(). */

/**
 * kpool_redirect_kfree_link() - kfree_link() that also takes kpool's memory
 * @p: what kpool_free() takes
 *
 * Context: process context.
 */
void kpool_redirect_kfree_link(void *p)
{
	kpool_free(p);
}
EXPORT_SYMBOL_GPL(kpool_redirect_kfree_link);

/**
 * kpool_redirect_kfree_strarray() - kfree_strarray() that also takes kpool's memory
 * @array: strings that kpool_free() takes, in memory that it takes; or NULL
 * @n: number of strings
 *
 * Context: any that kfree() may be called from.
 */
void kpool_redirect_kfree_strarray(char **array, size_t n)
{
	size_t i;

	if (!array)
		return;
	for (i = 0; i < n; i++)
		kpool_free(array[i]);
	kpool_free(array);
}
EXPORT_SYMBOL_GPL(kpool_redirect_kfree_strarray);

/**
 * kpool_redirect_seq_release_private() - seq_release_private() that also takes kpool's memory
 * @inode: the file's inode
 * @file: a seq_file, with an iterator that kpool_free() takes
 *
 * Context: process context, may sleep.
 * Return: 0.
 */
int kpool_redirect_seq_release_private(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;

	kpool_free(seq->private);
	seq->private = NULL;
	return seq_release(inode, file);
}
EXPORT_SYMBOL_GPL(kpool_redirect_seq_release_private);

/**
 * kpool_redirect_mempool_kfree() - mempool_kfree() that also takes kpool's memory
 * @element: what kpool_free() takes
 * @pool_data: ignored
 *
 * Context: any that kfree() may be called from.
 */
void kpool_redirect_mempool_kfree(void *element, void *pool_data)
{
	kpool_free(element);
}
EXPORT_SYMBOL_GPL(kpool_redirect_mempool_kfree);

/**
 * kpool_redirect_mempool_kvfree() - mempool_kvfree() that also takes kpool's memory
 * @element: what kpool_free() takes, or memory from vmalloc()
 * @pool_data: ignored
 *
 * Context: any that kvfree() may be called from.
 */
void kpool_redirect_mempool_kvfree(void *element, void *pool_data)
{
	if (is_vmalloc_addr(element))
		kvfree(element);
	else
		kpool_free(element);
}
EXPORT_SYMBOL_GPL(kpool_redirect_mempool_kvfree);

/**
 * kpool_redirect_sock_kfree_s() - sock_kfree_s() that also takes kpool's memory
 * @sk: the socket that @size bytes are charged to
 * @p: what kpool_free() takes
 * @size: bytes
 *
 * Context: any that kfree() may be called from.
 */
void kpool_redirect_sock_kfree_s(struct sock *sk, void *p, int size)
{
	if (WARN_ON_ONCE(!p))
		return;
	kpool_free(p);
	atomic_sub(size, &sk->sk_omem_alloc);
}
EXPORT_SYMBOL_GPL(kpool_redirect_sock_kfree_s);

/**
 * kpool_redirect_sock_kzfree_s() - sock_kzfree_s() that also takes kpool's memory
 * @sk: the socket that @size bytes are charged to
 * @p: what kpool_free() takes
 * @size: bytes
 *
 * Context: any that kfree() may be called from.
 */
void kpool_redirect_sock_kzfree_s(struct sock *sk, void *p, int size)
{
	if (WARN_ON_ONCE(!p))
		return;
	kpool_free_sensitive(p);
	atomic_sub(size, &sk->sk_omem_alloc);
}
EXPORT_SYMBOL_GPL(kpool_redirect_sock_kzfree_s);
