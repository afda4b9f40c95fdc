// SPDX-License-Identifier: GPL-2.0
/* Heaps: creation and destruction. */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/cpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "account.h"
#include "arena.h"
#include "class.h"
#include "compat.h"
#include "debug/debug.h"
#include "debug/report.h"
#include "depot.h"
#include "fallback.h"
#include "header.h"
#include "heap.h"
#include "magazine.h"
#include "observe/debugfs.h"
#include "trim.h"

#define KPOOL_HEAP_KNOWN	(KPOOL_HEAP_REGION | KPOOL_HEAP_PIN_CLASSES | \
				 KPOOL_HEAP_TYPESAFE_RCU | KPOOL_HEAP_DEBUG | \
				 KPOOL_HEAP_ACCOUNT | KPOOL_HEAP_RANDOM)

/* Most destroyed debug heaps to remember, so that frees of their objects are recognised. */
#define KPOOL_REMEMBERED_MAX	4

struct kpool_heap *kpool_default_heap __ro_after_init;
KPOOL_EXPORT_TEST(kpool_default_heap);

/* Slots of the default heap by class byte and by size: the fast path finds one with one load. */
struct kpool_slot __percpu *kpool_byte_slot[U8_MAX + 1] __ro_after_init;
EXPORT_SYMBOL_GPL(kpool_byte_slot);
struct kpool_slot __percpu *kpool_size_slot[KPOOL_MAX_SIZE / KPOOL_CLASS_STEP] __ro_after_init;
EXPORT_SYMBOL_GPL(kpool_size_slot);
struct kpool_slot __percpu *kpool_sized_slot[KPOOL_MAX_SIZE / KPOOL_CLASS_STEP] __read_mostly;
EXPORT_SYMBOL_GPL(kpool_sized_slot);

LIST_HEAD(kpool_heaps);
/* Lists of heaps; see the lock order in types.h. */
DEFINE_MUTEX(kpool_heaps_lock);
static LIST_HEAD(kpool_lingering_heaps); /* oldest first */
static LIST_HEAD(kpool_remembered_heaps); /* oldest first */
static unsigned int kpool_nr_remembered;
static unsigned long kpool_heap_numbers; /* number of the newest heap */

struct workqueue_struct *kpool_wq __ro_after_init;

void (*kpool_heap_on_destroy)(const struct kpool_heap *heap) __ro_after_init;

static bool kpool_debug __ro_after_init;
module_param_named(debug, kpool_debug, bool, 0444);
MODULE_PARM_DESC(debug, "make the default heap a debug heap (default off)");

static void kpool_heap_init_node(struct kpool_node *node, struct kpool_heap *heap, int nid)
{
	unsigned int class;

	spin_lock_init(&node->lock);
	node->nid = nid;
	node->heap = heap;
	INIT_LIST_HEAD(&node->arenas);
	INIT_LIST_HEAD(&node->waiting);
	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		spin_lock_init(&node->class[class].lock);
		spin_lock_init(&node->depot[class].lock);
	}
}

static void kpool_heap_free_struct(struct kpool_heap *heap)
{
	int nid;

	kpool_fallback_end(heap, false, true);
	for_each_node(nid)
		kfree(heap->node[nid]);
	free_percpu(heap->cpu);
	kpool_account_stop(heap);
	mutex_destroy(&heap->shrink_lock);
	kfree(heap);
}

/* A debug heap has no magazines, class bytes of its own, and pools pinned to their class. */
static void kpool_heap_make_debug(struct kpool_heap *heap)
{
	memset(heap->capacity, 0, sizeof(heap->capacity));
	heap->byte = KPOOL_BYTE_DEBUG;
	heap->flags |= KPOOL_HEAP_PIN_CLASSES;
	kpool_debug_start(heap);
}

static struct kpool_heap *kpool_heap_alloc_struct(const char *name,
						  const struct kpool_heap_attr *attr)
{
	struct kpool_heap *heap = kzalloc(struct_size(heap, node, nr_node_ids), GFP_KERNEL);
	unsigned int class;
	int nid;

	if (!heap)
		return NULL;
	strscpy(heap->name, name, sizeof(heap->name));
	heap->flags = attr->flags | (attr->ctor ? KPOOL_HEAP_PIN_CLASSES : 0);
	heap->ctor = attr->ctor;
	heap->byte = KPOOL_BYTE_PRIVATE;
	mutex_init(&heap->shrink_lock);
	INIT_LIST_HEAD(&heap->records);
	INIT_LIST_HEAD(&heap->records_freed);
	INIT_DELAYED_WORK(&heap->trim, kpool_trim_work);
	heap->trim_irq_work = IRQ_WORK_INIT_HARD(kpool_trim_irq_work);
	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		heap->capacity[class] = kpool_magazine_capacity(class);
	if (attr->flags & KPOOL_HEAP_DEBUG)
		kpool_heap_make_debug(heap);
	kpool_account_start(heap);

	/* __GFP_NOWARN: the caller gets the error, so the kernel need not dump the stack. */
	heap->cpu = alloc_percpu_gfp(struct kpool_cpu, GFP_KERNEL | __GFP_NOWARN);
	if (!heap->cpu)
		goto fail;
	kpool_magazine_init_cpus(heap);
	heap->sized = kpool_cpu_slot(heap->cpu, 0);
	for_each_node(nid) {
		heap->node[nid] = kzalloc_node(sizeof(*heap->node[nid]), GFP_KERNEL,
					       node_online(nid) ? nid : NUMA_NO_NODE);
		if (!heap->node[nid])
			goto fail;
		kpool_heap_init_node(heap->node[nid], heap, nid);
	}
	return heap;
fail:
	kpool_heap_free_struct(heap);
	return NULL;
}

/* Caller holds kpool_heaps_lock. */
static bool kpool_heap_find_name(const char *name)
{
	struct kpool_heap *heap;

	list_for_each_entry(heap, &kpool_heaps, list)
		if (!strcmp(heap->name, name))
			return true;
	return false;
}

/* Does a living heap have that name? For the suites. */
bool kpool_heap_is_named(const char *name)
{
	bool found;

	mutex_lock(&kpool_heaps_lock);
	found = kpool_heap_find_name(name);
	mutex_unlock(&kpool_heaps_lock);
	return found;
}
KPOOL_EXPORT_TEST(kpool_heap_is_named);

/* Add a heap to the list of heaps. Return: 0, or -EEXIST if its name is taken. */
static int kpool_heap_register(struct kpool_heap *heap)
{
	int err = -EEXIST;

	mutex_lock(&kpool_heaps_lock);
	if (!kpool_heap_find_name(heap->name)) {
		heap->number = ++kpool_heap_numbers;
		list_add_tail(&heap->list, &kpool_heaps);
		err = 0;
	}
	mutex_unlock(&kpool_heaps_lock);
	return err;
}

static int kpool_heap_check(const char *name, unsigned int flags)
{
	size_t len = name ? strnlen(name, KPOOL_HEAP_NAME_MAX + 1) : 0, good = 0;

	while (good < len && kpool_heap_name_char(name[good]))
		good++;
	if (!len || len > KPOOL_HEAP_NAME_MAX || good < len || name[0] == '.') {
		pr_err("heap name \"%*pE\": must have 1 to %u characters, no '/', no control characters, no leading '.'\n",
		       (int)min_t(size_t, len, KPOOL_HEAP_NAME_MAX), name, KPOOL_HEAP_NAME_MAX);
		return -EINVAL;
	}
	if (flags & ~KPOOL_HEAP_KNOWN) {
		pr_err("heap %s: unknown flags %#x\n", name, flags & ~KPOOL_HEAP_KNOWN);
		return -EINVAL;
	}
	if (flags & KPOOL_HEAP_DEBUG && flags & KPOOL_HEAP_TYPESAFE_RCU) {
		pr_err("heap %s: a debug heap overwrites freed blocks and cannot be type-safe\n",
		       name);
		return -EINVAL;
	}
	if (flags & KPOOL_HEAP_ACCOUNT && !IS_ENABLED(CONFIG_MEMCG)) {
		pr_err("heap %s: this kernel has no memory cgroups to charge\n", name);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Name a heap "@name.@nr". A long @name is truncated. */
static void kpool_heap_number(struct kpool_heap *heap, const char *name, unsigned int nr)
{
	char suffix[sizeof(".4294967295")];
	int len = snprintf(suffix, sizeof(suffix), ".%u", nr);

	snprintf(heap->name, sizeof(heap->name), "%.*s%s", KPOOL_HEAP_NAME_MAX - len, name, suffix);
}

/* Create a heap with arenas from @ops. If the name is taken, @numbered adds a number to it. */
static struct kpool_heap *kpool_heap_make(const char *name, const struct kpool_heap_attr *attr,
					  const struct kpool_page_ops *ops, bool numbered)
{
	static const struct kpool_heap_attr plain;
	struct kpool_heap *heap;
	unsigned int nr = 1;
	int err;

	attr = attr ?: &plain;
	err = kpool_heap_check(name, attr->flags);
	if (err)
		return ERR_PTR(err);
	heap = kpool_heap_alloc_struct(name, attr);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	heap->ops = ops;
	/* The lock is dropped between two numbers: many heaps of one name do not hold up others. */
	while ((err = kpool_heap_register(heap)) && numbered)
		kpool_heap_number(heap, name, ++nr);
	if (err) {
		pr_err("heap %s: already exists\n", name);
		kpool_heap_free_struct(heap);
		return ERR_PTR(err);
	}
	kpool_debugfs_add(heap);
	return heap;
}

/* kpool_heap_create() with arenas from @ops. */
struct kpool_heap *kpool_heap_create_with(const char *name, const struct kpool_heap_attr *attr,
					  const struct kpool_page_ops *ops)
{
	return kpool_heap_make(name, attr, ops, false);
}
KPOOL_EXPORT_TEST(kpool_heap_create_with);

/* kpool_heap_create(), with "name.2", "name.3" and so on if @name is taken: never -EEXIST. */
struct kpool_heap *kpool_heap_create_numbered(const char *name, const struct kpool_heap_attr *attr)
{
	return kpool_heap_make(name, attr, &kpool_page_ops_default, true);
}

/**
 * kpool_heap_create() - create a private heap
 * @name: unique name of 1 to KPOOL_HEAP_NAME_MAX bytes without control characters and '/', and
 *	without '.' at the start; also the name of the heap's directory in debugfs
 * @attr: flags and constructor, or NULL for none
 *
 * A module_init() must not return -EEXIST: modprobe takes that error to mean that the module
 * is loaded already, and reports success. Return -EBUSY in its place.
 *
 * Context: process context, may sleep.
 * Return: the heap, or ERR_PTR: -EINVAL for a bad name and for flags that are unknown or exclude
 * each other, -EOPNOTSUPP for a flag that this kernel cannot serve, -EEXIST, -ENOMEM.
 */
struct kpool_heap *kpool_heap_create(const char *name, const struct kpool_heap_attr *attr)
{
	return kpool_heap_create_with(name, attr, &kpool_page_ops_default);
}
EXPORT_SYMBOL_GPL(kpool_heap_create);

/* Number of a class's blocks that are out. All magazines have been drained. */
static unsigned long kpool_heap_out(struct kpool_heap *heap, unsigned int class)
{
	struct kpool_node *node;
	unsigned long nr = 0;
	int nid;

	for_each_kpool_node(node, heap, nid)
		nr += READ_ONCE(node->class[class].used);
	return nr;
}

static unsigned long kpool_heap_leftover(struct kpool_heap *heap)
{
	unsigned long total = 0;
	unsigned int class;

	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		total += kpool_heap_out(heap, class);
	return total;
}

/* Report blocks that callers still hold, by class, and @large objects from kmalloc(). */
static void kpool_heap_report_leftover(struct kpool_heap *heap, unsigned long large)
{
	const char *hint = heap == kpool_default_heap ? "load kpool with debug=1" :
			   "create the heap with KPOOL_HEAP_DEBUG";
	char title[KPOOL_REPORT_TITLE];
	unsigned int class;

	if (heap->flags & KPOOL_HEAP_DEBUG) {
		kpool_debug_report_leftover(heap);
		return;
	}
	kpool_report_title(title, heap);
	if (large)
		pr_err("%s: leaked %lu large object%s from kmalloc() (%s to see where)\n", title,
		       large, kpool_plural(large), hint);
	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		unsigned long nr = kpool_heap_out(heap, class);

		if (nr)
			pr_err("%s: leaked %lu block%s of %u bytes (%s to see where)\n", title, nr,
			       kpool_plural(nr), kpool_class_size(class), hint);
	}
}

/*
 * Release the arenas without blocks out, or all arenas with @all. Arenas with an overwritten header
 * stay.
 */
static void kpool_heap_release_arenas(struct kpool_heap *heap, bool all)
{
	struct kpool_arena *arena, *next;
	struct kpool_node *node;
	int nid;

	for_each_kpool_node(node, heap, nid) {
		kpool_header_mend(&node->arenas);
		list_for_each_entry_safe(arena, next, &node->arenas, all) {
			cond_resched();
			if (!all && arena->used)
				continue;
			list_del(&arena->all);
			kpool_arena_release(arena);
		}
	}
}

/*
 * Stop the heap's trim and drain all its magazines. This includes CPUs that went offline after the
 * heap left the list of heaps, because the hotplug callback no longer finds it there.
 */
static void kpool_heap_quiesce(struct kpool_heap *heap)
{
	int cpu;

	memset(heap->capacity, 0, sizeof(heap->capacity));
	cpus_read_lock();
	kpool_magazine_drain_all(heap);
	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			kpool_magazine_drain_cpu(heap, cpu);
	cpus_read_unlock();
	kpool_trim_stop(heap);
	/* Wait for drains that the trim may have started. */
	kpool_magazine_drain_all(heap);
}

/*
 * End all use of a heap that is on no list. With @all, free everything that is out. Otherwise
 * report it. Return: whether anything is still out.
 */
static bool kpool_heap_finish(struct kpool_heap *heap, bool all)
{
	unsigned long large;

	kpool_heap_quiesce(heap);
	if (heap->flags & KPOOL_HEAP_DEBUG)
		kpool_debug_end(heap, all);
	else
		kpool_heap_shrink(heap);
	large = kpool_fallback_end(heap, all, false);
	if (all)
		return false;
	kpool_heap_report_leftover(heap, large);
	return kpool_heap_leftover(heap) || large;
}

/* Keep a destroyed heap, which is on no list, until its blocks are freed. */
static void kpool_heap_abandon(struct kpool_heap *heap)
{
	WRITE_ONCE(heap->lingering, true);
	mutex_lock(&kpool_heaps_lock);
	list_add_tail(&heap->list, &kpool_lingering_heaps);
	mutex_unlock(&kpool_heaps_lock);
	kpool_heap_shrink(heap); /* release what was freed before @lingering was set */
}

/*
 * Take the oldest remembered heap off the list if there are more than @keep. Return: the heap, or
 * NULL.
 */
static struct kpool_heap *kpool_heap_pop_remembered(unsigned int keep)
{
	struct kpool_heap *heap = NULL;

	mutex_lock(&kpool_heaps_lock);
	if (kpool_nr_remembered > keep) {
		heap = list_first_entry(&kpool_remembered_heaps, struct kpool_heap, list);
		list_del(&heap->list);
		kpool_nr_remembered--;
	}
	mutex_unlock(&kpool_heaps_lock);
	return heap;
}

/* Forget the oldest destroyed debug heaps until @keep are left. */
static void kpool_heap_forget(unsigned int keep)
{
	struct kpool_heap *heap;

	while ((heap = kpool_heap_pop_remembered(keep))) {
		kpool_debug_end(heap, false);
		if (kpool_heap_leftover(heap) || !list_empty(&heap->records)) {
			kpool_heap_abandon(heap);
			continue;
		}
		kpool_heap_release_arenas(heap, true);
		kpool_heap_free_struct(heap);
	}
}

/* Forget all destroyed debug heaps. For the suites, which check that all memory is released. */
void kpool_heap_forget_all(void)
{
	kpool_heap_forget(0);
}
KPOOL_EXPORT_TEST(kpool_heap_forget_all);

/* Call @fn for each destroyed heap that still holds memory. Process context, may sleep. */
void kpool_heap_each_destroyed(kpool_heap_fn *fn, void *arg)
{
	struct list_head *lists[] = { &kpool_lingering_heaps, &kpool_remembered_heaps };
	struct kpool_heap *heap;
	unsigned int i;

	mutex_lock(&kpool_heaps_lock);
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry(heap, lists[i], list) {
			fn(heap, arg);
			cond_resched();
		}
	}
	mutex_unlock(&kpool_heaps_lock);
}

/* Remember a destroyed debug heap for a while, with little of its memory. */
static void kpool_heap_remember(struct kpool_heap *heap)
{
	WRITE_ONCE(heap->remembered, true);
	mutex_lock(&kpool_heaps_lock);
	list_add_tail(&heap->list, &kpool_remembered_heaps);
	kpool_nr_remembered++;
	mutex_unlock(&kpool_heaps_lock);
	kpool_heap_forget(KPOOL_REMEMBERED_MAX);
}

/**
 * kpool_heap_destroy() - destroy a private heap
 * @heap: the heap, NULL is ignored
 *
 * The caller makes sure that no other function is called on the heap, or with a block of it, while
 * this one runs. This function waits for frees through kpool_free_rcu(). With KPOOL_HEAP_REGION it
 * frees whatever is still out, large requests included. Otherwise it logs the blocks that are still
 * out. These blocks stay valid, and may be passed to kpool_free() later. For a debug heap the log
 * names the places of their allocations, and a later free is reported, too.
 *
 * Context: process context, may sleep.
 */
void kpool_heap_destroy(struct kpool_heap *heap)
{
	bool region, leftover;

	if (!heap)
		return;
	if (heap == kpool_default_heap) {
		pr_err("the default heap cannot be destroyed\n");
		return;
	}
	if (READ_ONCE(heap->remembered)) {
		kpool_debug_destroyed_twice(heap);
		return;
	}
	kpool_debugfs_remove(heap);
	if (kpool_heap_on_destroy)
		kpool_heap_on_destroy(heap);
	mutex_lock(&kpool_heaps_lock);
	list_del(&heap->list);
	mutex_unlock(&kpool_heaps_lock);
	kpool_rcu_barrier();

	region = heap->flags & KPOOL_HEAP_REGION;
	leftover = kpool_heap_finish(heap, region);
	if (heap->flags & KPOOL_HEAP_DEBUG) {
		kpool_heap_remember(heap);
		return;
	}
	if (leftover) {
		kpool_heap_abandon(heap);
		return;
	}
	kpool_heap_release_arenas(heap, region);
	kpool_heap_free_struct(heap);
}
EXPORT_SYMBOL_GPL(kpool_heap_destroy);

/*
 * Make frees by size use the class of the block from now on, because a block of the heap is of a
 * larger class than its size says. This is permanent: kpool does not know when that block is freed.
 * The fast path then loads slots without room, and leaves frees to the slow path. Any context.
 */
void kpool_heap_distrust_sizes(struct kpool_heap *heap)
{
	unsigned int i;

	if (!kpool_heap_trusts_sizes(heap))
		return;
	for (i = 0; heap == kpool_default_heap && i < ARRAY_SIZE(kpool_sized_slot); i++)
		WRITE_ONCE(kpool_sized_slot[i], kpool_magazine_no_room);
	/* Set last: a caller that finds @sized changed also finds the slots above changed. */
	smp_store_release(&heap->sized, kpool_magazine_no_room);
}
KPOOL_EXPORT_TEST(kpool_heap_distrust_sizes);

int __init kpool_heap_init(void)
{
	struct kpool_heap_attr attr = { .flags = kpool_debug ? KPOOL_HEAP_DEBUG : 0 };
	struct kpool_heap *heap;
	unsigned int i;

	if (kpool_magazine_init())
		return -ENOMEM;
	kpool_wq = alloc_workqueue("kpool", WQ_MEM_RECLAIM | KPOOL_WQ_PERCPU, 0);
	heap = kpool_wq ? kpool_heap_create("default", &attr) : ERR_PTR(-ENOMEM);
	if (IS_ERR(heap)) {
		if (kpool_wq)
			destroy_workqueue(kpool_wq);
		kpool_magazine_exit();
		return PTR_ERR(heap);
	}
	if (!kpool_debug)
		heap->byte = 0; /* set before the heap's first arena */
	kpool_default_heap = heap;
	/* With init_on_free no entry has room, so the fast path need not test for init_on_free. */
	for (i = 0; i < ARRAY_SIZE(kpool_byte_slot); i++)
		kpool_byte_slot[i] = kpool_cpu_slot(heap->cpu, want_init_on_free() ?
						    KPOOL_NR_CLASSES :
						    min_t(int, i, KPOOL_NR_CLASSES));
	for (i = 0; i < ARRAY_SIZE(kpool_size_slot); i++) {
		kpool_size_slot[i] = kpool_cpu_slot(heap->cpu, kpool_class_index[i]);
		kpool_sized_slot[i] = kpool_size_slot[i];
	}
	return 0;
}

/*
 * End a heap when the module is unloaded. No block can be freed through kpool any more. Arenas with
 * blocks out stay allocated, because callers may still use the blocks.
 */
static void kpool_heap_end(struct kpool_heap *heap)
{
	char title[KPOOL_REPORT_TITLE];

	kpool_debugfs_remove(heap);
	if (kpool_heap_finish(heap, false))
		pr_err("%s: leaked memory is lost\n", kpool_report_title(title, heap));
	kpool_heap_release_arenas(heap, false);
	kpool_heap_free_struct(heap);
}

void kpool_heap_exit(void)
{
	struct kpool_heap *heap, *next;

	kpool_rcu_barrier();
	kpool_heap_forget_all();
	list_splice_init(&kpool_lingering_heaps, &kpool_heaps);
	list_for_each_entry_safe(heap, next, &kpool_heaps, list) {
		list_del(&heap->list);
		kpool_heap_end(heap);
	}
	destroy_workqueue(kpool_wq);
	kpool_magazine_exit();
}
