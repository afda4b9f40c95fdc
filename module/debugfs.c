// SPDX-License-Identifier: GPL-2.0
/*
 * What people see: /sys/kernel/debug/kpool, documented in
 * Documentation/ABI/testing/debugfs-kpool. Raw bytes and counts, no addresses.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "arena.h"
#include "class.h"
#include "debug.h"
#include "debugfs.h"
#include "heap.h"
#include "stats.h"

/* First word of "version" after the name: changes when a file's format does. */
#define KPOOL_DEBUGFS_FORMAT	1

static struct dentry *kpool_debugfs_root __ro_after_init;
static struct dentry *kpool_debugfs_heaps __ro_after_init;

static int version_show(struct seq_file *m, void *v)
{
	seq_printf(m, "kpool %d %s\n", KPOOL_DEBUGFS_FORMAT, KPOOL_VERSION);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(version);

static int stats_show(struct seq_file *m, void *v)
{
	struct kpool_stats stats;

	kpool_heap_stats(m->private, &stats);
#define KPOOL_STATS_LINE(name, doc)	seq_printf(m, "%s %llu\n", #name, stats.name);
	KPOOL_STATS(KPOOL_STATS_LINE)
#undef KPOOL_STATS_LINE
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* The letter of a class in the arena map: a..z, A..Z. */
static char kpool_debugfs_letter(unsigned int class)
{
	return class < 26 ? 'a' + class : 'A' + class - 26;
}

static int classes_show(struct seq_file *m, void *v)
{
	struct kpool_heap *heap = m->private;
	struct kpool_class_stats row;
	struct kpool_census census;
	unsigned int class;

	kpool_stats_census(heap, &census);
	seq_puts(m, "class");
#define KPOOL_CLASS_STATS_HEAD(name)	seq_puts(m, " " #name);
	KPOOL_CLASS_STATS(KPOOL_CLASS_STATS_HEAD)
#undef KPOOL_CLASS_STATS_HEAD
	seq_putc(m, '\n');
	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		kpool_stats_class(heap, &census, class, &row);
		seq_putc(m, kpool_debugfs_letter(class));
#define KPOOL_CLASS_STATS_CELL(name)	seq_printf(m, " %lu", row.name);
		KPOOL_CLASS_STATS(KPOOL_CLASS_STATS_CELL)
#undef KPOOL_CLASS_STATS_CELL
		seq_putc(m, '\n');
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(classes);

/* Position of a reader of "arenas". */
struct kpool_arenas_iter {
	struct kpool_heap *heap;
	int nid;
};

/* The arena after @arena, pinned; goes on to the next node. */
static struct kpool_arena *kpool_arenas_step(struct kpool_arenas_iter *iter,
					     struct kpool_arena *arena)
{
	while (iter->nid < nr_node_ids) {
		struct kpool_node *node = iter->heap->node[iter->nid];

		arena = node ? kpool_arena_next(node, arena) : NULL;
		if (arena)
			return arena;
		iter->nid++;
	}
	return NULL;
}

static void *arenas_start(struct seq_file *m, loff_t *pos)
{
	struct kpool_arenas_iter *iter = m->private;
	struct kpool_arena *arena = NULL;
	loff_t i;

	iter->nid = 0;
	if (!*pos)
		return SEQ_START_TOKEN;
	for (i = 0; i < *pos; i++) {
		arena = kpool_arenas_step(iter, arena);
		if (!arena)
			return NULL;
	}
	return arena;
}

static void *arenas_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return kpool_arenas_step(m->private, v == SEQ_START_TOKEN ? NULL : v);
}

static void arenas_stop(struct seq_file *m, void *v)
{
	if (v && v != SEQ_START_TOKEN)
		kpool_arena_unpin(v);
}

static char kpool_debugfs_fill(const struct kpool_arena *arena, unsigned int index,
			       unsigned int class)
{
	unsigned int capacity = kpool_class_info[class].capacity;
	unsigned int used = READ_ONCE(kpool_arena_desc(arena, index)->used);

	return used >= capacity ? 'F' : '0' + used * 10 / capacity;
}

/* One character each for a pool's class and for its fill. */
static void kpool_debugfs_pool(const struct kpool_arena *arena, unsigned int index,
			       char *class, char *fill)
{
	u8 byte = READ_ONCE(arena->class[index]);

	if (byte == KPOOL_BYTE_HEADER) {
		*class = *fill = '#';
	} else if (byte == KPOOL_BYTE_RETURNED) {
		*class = *fill = '-';
	} else if (kpool_byte_is_free(byte)) {
		*class = *fill = '.';
	} else {
		*class = kpool_debugfs_letter(byte & KPOOL_BYTE_CLASS);
		*fill = kpool_debugfs_fill(arena, index, byte & KPOOL_BYTE_CLASS);
	}
}

static int arenas_show(struct seq_file *m, void *v)
{
	char class[KPOOL_ARENA_POOLS + 1] = "", fill[KPOOL_ARENA_POOLS + 1] = "";
	const struct kpool_arena *arena = v;
	unsigned int index;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "id node used free returned classes fill\n");
		return 0;
	}
	for (index = 0; index < KPOOL_ARENA_POOLS; index++)
		kpool_debugfs_pool(arena, index, &class[index], &fill[index]);
	seq_printf(m, "%lu %d %u %lu %lu %s %s\n", arena->id, arena->node->nid,
		   READ_ONCE(arena->used),
		   hweight64(READ_ONCE(arena->free_mask) | READ_ONCE(arena->pinned_mask)),
		   hweight64(READ_ONCE(arena->returned_mask)), class, fill);
	return 0;
}

static const struct seq_operations kpool_arenas_ops = {
	.start	= arenas_start,
	.next	= arenas_next,
	.stop	= arenas_stop,
	.show	= arenas_show,
};

static int arenas_open(struct inode *inode, struct file *file)
{
	struct kpool_arenas_iter *iter;

	iter = __seq_open_private(file, &kpool_arenas_ops, sizeof(*iter));
	if (!iter)
		return -ENOMEM;
	iter->heap = inode->i_private;
	return 0;
}

static const struct file_operations arenas_fops = {
	.owner		= THIS_MODULE,
	.open		= arenas_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= seq_release_private,
};

static int traces_show(struct seq_file *m, void *v)
{
	return kpool_debug_traces(m->private, m);
}
DEFINE_SHOW_ATTRIBUTE(traces);

/* The two files that act when 1 is written. */
static int kpool_debugfs_only_one(u64 value)
{
	return value == 1 ? 0 : -EINVAL;
}

static int validate_set(void *heap, u64 value)
{
	return kpool_debugfs_only_one(value) ?: kpool_heap_validate(heap);
}
DEFINE_DEBUGFS_ATTRIBUTE(validate_fops, NULL, validate_set, "%llu\n");

static int shrink_set(void *heap, u64 value)
{
	int err = kpool_debugfs_only_one(value);

	if (!err)
		kpool_heap_shrink(heap);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(shrink_fops, NULL, shrink_set, "%llu\n");

void kpool_debugfs_add(struct kpool_heap *heap)
{
	struct dentry *dir = debugfs_create_dir(heap->name, kpool_debugfs_heaps);

	heap->debugfs = dir;
	debugfs_create_file("stats", 0400, dir, heap, &stats_fops);
	debugfs_create_file("classes", 0400, dir, heap, &classes_fops);
	debugfs_create_file("arenas", 0400, dir, heap, &arenas_fops);
	if (heap->flags & KPOOL_HEAP_DEBUG)
		debugfs_create_file("traces", 0400, dir, heap, &traces_fops);
	debugfs_create_file_unsafe("validate", 0200, dir, heap, &validate_fops);
	debugfs_create_file_unsafe("shrink", 0200, dir, heap, &shrink_fops);
}

/* Waits for readers. */
void kpool_debugfs_remove(struct kpool_heap *heap)
{
	debugfs_remove_recursive(heap->debugfs);
	heap->debugfs = NULL;
}

void __init kpool_debugfs_init(void)
{
	kpool_debugfs_root = debugfs_create_dir("kpool", NULL);
	kpool_debugfs_heaps = debugfs_create_dir("heaps", kpool_debugfs_root);
	debugfs_create_file("version", 0400, kpool_debugfs_root, NULL, &version_fops);
}

void kpool_debugfs_exit(void)
{
	debugfs_remove_recursive(kpool_debugfs_root);
}
