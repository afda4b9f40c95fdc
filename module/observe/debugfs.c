// SPDX-License-Identifier: GPL-2.0
/*
 * Files in /sys/kernel/debug/kpool, documented in Documentation/ABI/testing/debugfs-kpool. They
 * show raw bytes and counts, no addresses.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/seq_file.h>

#include "arena.h"
#include "class.h"
#include "compat.h"
#include "debug/debug.h"
#include "heap.h"
#include "observe/debugfs.h"
#include "observe/stats.h"
#include "version.h"

/* Format number in the file "version": increased when the format of a file changes. */
#define KPOOL_DEBUGFS_FORMAT	1

struct dentry *kpool_debugfs_root __ro_after_init;
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

/**
 * struct kpool_arenas_iter - a reader of the file "arenas"
 * @list: on kpool_arenas_readers
 * @heap: what is read
 * @nid: node of @arena
 * @pos: line number of @arena
 * @arena: pinned between reads, so that the next read continues there without a walk. NULL before
 *	the first arena and after the last
 */
struct kpool_arenas_iter {
	struct list_head list;
	struct kpool_heap *heap;
	int nid;
	loff_t pos;
	struct kpool_arena *arena;
};

/* Open files "arenas". A file may outlive its heap: kpool_debugfs_remove() unpins its arena. */
static LIST_HEAD(kpool_arenas_readers);
static DEFINE_MUTEX(kpool_arenas_lock); /* see the lock order in types.h */

/* Go to the next line, and at the end of a node to the next node. */
static void kpool_arenas_step(struct kpool_arenas_iter *iter)
{
	struct kpool_node *node;

	iter->pos++;
	for (; iter->nid < nr_node_ids; iter->nid++) {
		node = iter->heap->node[iter->nid];
		iter->arena = node ? kpool_arena_next(node, iter->arena) : NULL;
		if (iter->arena)
			return;
	}
}

/* Go back to line 0, which has the names of the columns. */
static void kpool_arenas_rewind(struct kpool_arenas_iter *iter)
{
	if (iter->arena)
		kpool_arena_end_walk(iter->arena);
	iter->arena = NULL;
	iter->nid = 0;
	iter->pos = 0;
}

static void *arenas_start(struct seq_file *m, loff_t *pos)
{
	struct kpool_arenas_iter *iter = m->private;

	if (*pos < iter->pos)
		kpool_arenas_rewind(iter);
	while (iter->pos < *pos)
		kpool_arenas_step(iter);
	return *pos ? (void *)iter->arena : SEQ_START_TOKEN;
}

static void *arenas_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct kpool_arenas_iter *iter = m->private;

	kpool_arenas_step(iter);
	*pos = iter->pos;
	return iter->arena;
}

/* The arena stays pinned for the next read. */
static void arenas_stop(struct seq_file *m, void *v)
{
}

static char kpool_debugfs_fill(const struct kpool_arena *arena, unsigned int index,
			       unsigned int class)
{
	unsigned int capacity = kpool_class_info[class].capacity;
	unsigned int used = READ_ONCE(kpool_arena_desc(arena, index)->used);

	return used >= capacity ? 'F' : '0' + used * 10 / capacity;
}

/* Set one character for a pool's class and one for its fill. */
static void kpool_debugfs_pool(const struct kpool_arena *arena, unsigned int index,
			       char *class, char *fill)
{
	u8 byte = READ_ONCE(arena->bytes[index]);

	if (byte == KPOOL_BYTE_HEADER) {
		*class = *fill = '#';
	} else if (byte == KPOOL_BYTE_FOREIGN) {
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
	mutex_lock(&kpool_arenas_lock);
	list_add(&iter->list, &kpool_arenas_readers);
	mutex_unlock(&kpool_arenas_lock);
	return 0;
}

static int arenas_release(struct inode *inode, struct file *file)
{
	struct kpool_arenas_iter *iter = ((struct seq_file *)file->private_data)->private;

	mutex_lock(&kpool_arenas_lock);
	list_del(&iter->list);
	kpool_arenas_rewind(iter);
	mutex_unlock(&kpool_arenas_lock);
	return seq_release_private(inode, file);
}

const struct file_operations kpool_debugfs_arenas_fops = {
	.owner		= THIS_MODULE,
	.open		= arenas_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= arenas_release,
};
KPOOL_EXPORT_TEST(kpool_debugfs_arenas_fops);

static void destroyed_row(struct kpool_heap *heap, void *m)
{
	struct kpool_stats stats;

	kpool_heap_stats(heap, &stats);
	seq_printf(m, "%lu %llu %llu %llu %llu %lu %s\n", heap->number, stats.bytes,
		   stats.metadata_bytes, stats.arenas, stats.blocks_used, kpool_record_nr_out(heap),
		   heap->name);
}

/* The debugfs file "destroyed". */
int kpool_debugfs_destroyed(struct seq_file *m)
{
	seq_puts(m, "number bytes metadata_bytes arenas blocks_used large_used name\n");
	kpool_heap_each_destroyed(destroyed_row, m);
	return 0;
}
KPOOL_EXPORT_TEST(kpool_debugfs_destroyed);

static int destroyed_show(struct seq_file *m, void *v)
{
	return kpool_debugfs_destroyed(m);
}
DEFINE_SHOW_ATTRIBUTE(destroyed);

static int traces_show(struct seq_file *m, void *v)
{
	return kpool_debug_traces(m->private, m);
}
DEFINE_SHOW_ATTRIBUTE(traces);

/*
 * Check a write to @file, a file that acts when 1 is written. The log says what is expected,
 * because a shell shows the error number only. Return: 0 or an error.
 */
static int kpool_debugfs_only_one(const struct kpool_heap *heap, const char *file,
				  const char __user *from, size_t len)
{
	unsigned int value;
	int err = kstrtouint_from_user(from, len, 0, &value);

	if (!err && value == 1)
		return 0;
	pr_err("heap %s: refused a write to %s: the only valid value is 1\n", heap->name, file);
	return err ?: -EINVAL;
}

static ssize_t validate_write(struct file *file, const char __user *from, size_t len,
			      loff_t *pos)
{
	struct kpool_heap *heap = file->private_data;
	int err = kpool_debugfs_only_one(heap, "validate", from, len) ?:
		  kpool_heap_validate(heap);

	return err ?: len;
}

static const struct file_operations validate_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= validate_write,
};

static ssize_t shrink_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct kpool_heap *heap = file->private_data;
	int err = kpool_debugfs_only_one(heap, "shrink", from, len);

	if (!err)
		kpool_heap_shrink(heap);
	return err ?: len;
}

static const struct file_operations shrink_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= shrink_write,
};

void kpool_debugfs_add(struct kpool_heap *heap)
{
	struct dentry *dir = debugfs_create_dir(heap->name, kpool_debugfs_heaps);

	heap->debugfs = dir;
	debugfs_create_file("stats", 0400, dir, heap, &stats_fops);
	debugfs_create_file("classes", 0400, dir, heap, &classes_fops);
	debugfs_create_file("arenas", 0400, dir, heap, &kpool_debugfs_arenas_fops);
	if (heap->flags & KPOOL_HEAP_DEBUG)
		debugfs_create_file("traces", 0400, dir, heap, &traces_fops);
	debugfs_create_file("validate", 0200, dir, heap, &validate_fops);
	debugfs_create_file("shrink", 0200, dir, heap, &shrink_fops);
}

/* Remove a heap's files, after reads and writes under way. Open ones can then only be closed. */
void kpool_debugfs_remove(struct kpool_heap *heap)
{
	struct kpool_arenas_iter *iter;

	debugfs_remove_recursive(heap->debugfs);
	heap->debugfs = NULL;
	mutex_lock(&kpool_arenas_lock);
	list_for_each_entry(iter, &kpool_arenas_readers, list)
		if (iter->heap == heap)
			kpool_arenas_rewind(iter);
	mutex_unlock(&kpool_arenas_lock);
}

void __init kpool_debugfs_init(void)
{
	kpool_debugfs_root = debugfs_create_dir("kpool", NULL);
	kpool_debugfs_heaps = debugfs_create_dir("heaps", kpool_debugfs_root);
	debugfs_create_file("version", 0400, kpool_debugfs_root, NULL, &version_fops);
	debugfs_create_file("destroyed", 0400, kpool_debugfs_root, NULL, &destroyed_fops);
}

void kpool_debugfs_exit(void)
{
	debugfs_remove_recursive(kpool_debugfs_root);
}
