/* SPDX-License-Identifier: GPL-2.0 */
/* Files in /sys/kernel/debug/kpool. */
#ifndef KPOOL_DEBUGFS_H
#define KPOOL_DEBUGFS_H

#include <linux/fs.h>

#include "types.h"

struct seq_file;

extern struct dentry *kpool_debugfs_root;

void kpool_debugfs_init(void);
void kpool_debugfs_exit(void);
void kpool_debugfs_add(struct kpool_heap *heap);
void kpool_debugfs_remove(struct kpool_heap *heap);
int kpool_debugfs_destroyed(struct seq_file *m);
extern const struct file_operations kpool_debugfs_arenas_fops;

#endif /* KPOOL_DEBUGFS_H */
