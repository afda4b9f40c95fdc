/* SPDX-License-Identifier: GPL-2.0 */
/* API of modules: entry points, parameters, log, files in debugfs; and strings. */
#ifndef SIM_DRIVER_H
#define SIM_DRIVER_H

#include "cpu.h"
#include "mm.h"

/* Log. */
#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
enum { SIM_ERR, SIM_WARN, SIM_INFO };
__printf(2, 3) void sim_log(int level, const char *fmt, ...);
#define pr_err(fmt, ...)	sim_log(SIM_ERR, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	sim_log(SIM_WARN, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	sim_log(SIM_INFO, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_cont(fmt, ...)	sim_log(SIM_INFO, fmt, ##__VA_ARGS__)
#define pr_notice		pr_info
#define pr_debug		pr_info
#define pr_alert		pr_err
#define pr_crit			pr_err
#define pr_err_once		pr_err
#define pr_warn_once		pr_warn
#define pr_info_once		pr_info
#define pr_err_ratelimited	pr_err
#define pr_warn_ratelimited	pr_warn
#define KERN_ERR		""
#define KERN_INFO		""
#define KERN_WARNING		""
#define KERN_CONT		""
#define printk(fmt, ...)	sim_log(SIM_INFO, fmt, ##__VA_ARGS__)
#define dump_stack()		((void)0)
#define DUMP_PREFIX_NONE	0
#define DUMP_PREFIX_ADDRESS	1
#define DUMP_PREFIX_OFFSET	2
void print_hex_dump(const char *level, const char *prefix, int type, int width, int group,
		    const void *buf, size_t len, bool ascii);
struct ratelimit_state { int interval; };
#define DEFAULT_RATELIMIT_INTERVAL	5
#define DEFAULT_RATELIMIT_BURST		10
#define DEFINE_RATELIMIT_STATE(name, i, b)	struct ratelimit_state name = { .interval = (i) }
#define __ratelimit(state)	((void)(state), true)
#define add_taint(flag, ok)	((void)0)

/* The argument of "%pV". */
struct va_format {
	const char *fmt;
	va_list *va;
};

/* The module. */
struct module {
	const char *version;
	const char *name;
};

extern struct module __this_module;
#define THIS_MODULE		(&__this_module)
#define MODULE_VERSION(v)	struct module __this_module = { .version = (v), .name = "kpool" }
#define MODULE_DESCRIPTION(x)	_Static_assert(sizeof(x) > 1, "")
#define MODULE_LICENSE(x)	_Static_assert(sizeof(x) > 1, "")
#define MODULE_AUTHOR(x)	_Static_assert(sizeof(x) > 1, "")
#define MODULE_PARM_DESC(name, x)	_Static_assert(sizeof(x) > 1, "")
#define MODULE_IMPORT_NS(ns)	_Static_assert(1, "")
#define module_init(fn)		int (*const sim_module_init)(void) = fn
#define module_exit(fn)		void (*const sim_module_exit)(void) = fn
#define EXPORT_SYMBOL_GPL(x)	_Static_assert(1, "")
#define EXPORT_SYMBOL_NS_GPL(x, ns)	_Static_assert(1, "")

/* Parameters: constructors add them to a list before main(). */
struct kernel_param {
	const char *name;
	const struct kernel_param_ops *ops;
	void *arg;
	struct kernel_param *next;
};

struct kernel_param_ops {
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
};

void sim_param_add(struct kernel_param *kp);
int param_get_uint(char *buffer, const struct kernel_param *kp);
int param_set_bool(const char *val, const struct kernel_param *kp);
int param_get_bool(char *buffer, const struct kernel_param *kp);
extern const struct kernel_param_ops param_ops_bool;
#define module_param_cb(id, o, a, perm)						\
	static struct kernel_param sim_param_##id = {				\
		.name = #id, .ops = (o), .arg = (a),				\
	};									\
	static __attribute__((constructor)) void sim_param_##id##_add(void)	\
	{									\
		sim_param_add(&sim_param_##id);					\
	}
#define module_param_named(id, v, type, perm) \
	module_param_cb(id, &param_ops_##type, &(v), perm)
#define module_param(v, type, perm)	module_param_named(v, v, type, perm)

/* Strings, numbers. */
ssize_t strscpy(char *to, const char *from, size_t size);
int kstrtouint(const char *s, unsigned int base, unsigned int *res);
int kstrtobool(const char *s, bool *res);
__printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...);
void *memchr_inv(const void *p, int c, size_t size);
#define memzero_explicit(p, size) \
	do { memset(p, 0, size); asm volatile("" : : "r"(p) : "memory"); } while (0)
u32 jhash(const void *key, u32 len, u32 seed);
u32 get_random_u32(void);
#define get_random_u64()	((u64)get_random_u32() << 32 | get_random_u32())
#define get_random_long()	((unsigned long)get_random_u64())
#define get_random_u32_below(n)	(get_random_u32() % (n))
void get_random_bytes(void *p, size_t size);
#define hash_long(v, bits)	((u32)(((u64)(v) * 0x61c8864680b583ebULL) >> (64 - (bits))))
#define hash_64			hash_long
#define hash_32(v, bits)	((u32)((u32)(v) * 0x61c88647U) >> (32 - (bits)))
#define hash_ptr(p, bits)	hash_long((unsigned long)(p), bits)
void sort(void *base, size_t nr, size_t size, int (*cmp)(const void *, const void *), void *swap);

/* Stacks. */
#define CONFIG_STACKTRACE		1
#define CONFIG_STACKDEPOT		1
#define STACK_DEPOT_FLAG_CAN_ALLOC	1
typedef u32 depot_stack_handle_t;
unsigned int stack_trace_save(unsigned long *frames, unsigned int nr, unsigned int skip);
int stack_depot_init(void);
depot_stack_handle_t stack_depot_save(unsigned long *frames, unsigned int nr, gfp_t gfp);
unsigned int stack_depot_fetch(depot_stack_handle_t handle, unsigned long **frames);
#define stack_depot_save_flags(frames, nr, gfp, flags) \
	((void)(flags), stack_depot_save(frames, nr, gfp))
#define stack_depot_put(handle)			((void)(handle))
#define filter_irq_stacks(entries, nr)		(nr)
#define _RET_IP_				((unsigned long)__builtin_return_address(0))

/* Files. */
struct inode {
	void *i_private;
};

struct file {
	struct inode *f_inode;
	const struct file_operations *f_op;
	void *private_data;
	loff_t f_pos;
};

struct file_operations {
	struct module *owner;
	int (*open)(struct inode *inode, struct file *file);
	ssize_t (*read)(struct file *file, char *buf, size_t size, loff_t *pos);
	ssize_t (*write)(struct file *file, const char *buf, size_t size, loff_t *pos);
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	int (*release)(struct inode *inode, struct file *file);
};

struct seq_file {
	char *buf;
	size_t size;
	size_t count;
	loff_t index;
	const struct seq_operations *op;
	int (*show)(struct seq_file *m, void *v);
	void *private;
	struct file *file;
};

struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	int (*show)(struct seq_file *m, void *v);
};

#define SEQ_START_TOKEN		((void *)1)
__printf(2, 3) void seq_printf(struct seq_file *m, const char *fmt, ...);
void seq_puts(struct seq_file *m, const char *s);
void seq_putc(struct seq_file *m, char c);
ssize_t seq_read(struct file *file, char *buf, size_t size, loff_t *pos);
loff_t seq_lseek(struct file *file, loff_t offset, int whence);
int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data);
int single_release(struct inode *inode, struct file *file);
int seq_open(struct file *file, const struct seq_operations *op);
int seq_release(struct inode *inode, struct file *file);
void *__seq_open_private(struct file *file, const struct seq_operations *op, int size);
int seq_release_private(struct inode *inode, struct file *file);
#define seq_has_overflowed(m)	((m)->count >= (m)->size)
#define DEFINE_SHOW_ATTRIBUTE(name)						\
static int name##_open(struct inode *inode, struct file *file)			\
{										\
	return single_open(file, name##_show, inode->i_private);		\
}										\
static const struct file_operations name##_fops = {				\
	.owner = THIS_MODULE,							\
	.open = name##_open,							\
	.read = seq_read,							\
	.llseek = seq_lseek,							\
	.release = single_release,						\
}
#define DEFINE_SEQ_ATTRIBUTE(name)						\
static int name##_open(struct inode *inode, struct file *file)			\
{										\
	int err = seq_open(file, &name##_sops);					\
										\
	if (!err && inode->i_private)						\
		((struct seq_file *)file->private_data)->private = inode->i_private; \
	return err;								\
}										\
static const struct file_operations name##_fops = {				\
	.owner = THIS_MODULE,							\
	.open = name##_open,							\
	.read = seq_read,							\
	.llseek = seq_lseek,							\
	.release = seq_release,							\
}

int simple_open(struct inode *inode, struct file *file);
#define kstrtouint_from_user(s, len, base, res)	kstrtouint(s, base, res)

struct dentry;
struct dentry *debugfs_create_dir(const char *name, struct dentry *parent);
struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
				   void *data, const struct file_operations *fops);
void debugfs_remove(struct dentry *dentry);
#define debugfs_remove_recursive	debugfs_remove

#endif /* SIM_DRIVER_H */
