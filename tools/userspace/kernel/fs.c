// SPDX-License-Identifier: GPL-2.0
/* debugfs and seq_file: test programs read and write the text of the files. */

#include "internal.h"

#define SIM_NAME_MAX	64

/* A reader prevents changes of the directory tree, as an open file does in debugfs. */
struct dentry {
	struct dentry *parent, *children, *sibling;
	char name[SIM_NAME_MAX];
	struct inode inode;
	const struct file_operations *fops;
};

static struct dentry sim_root;
static pthread_rwlock_t sim_tree_lock = PTHREAD_RWLOCK_INITIALIZER;

static struct dentry *sim_dentry_new(const char *name, struct dentry *parent, void *data,
				     const struct file_operations *fops)
{
	struct dentry *dentry;

	might_sleep();
	if (IS_ERR(parent))
		return parent;
	parent = parent ?: &sim_root;
	dentry = kzalloc(sizeof(*dentry), GFP_KERNEL);
	if (!dentry)
		return ERR_PTR(-ENOMEM);
	strscpy(dentry->name, name, sizeof(dentry->name));
	dentry->inode.i_private = data;
	dentry->fops = fops;
	dentry->parent = parent;
	pthread_rwlock_wrlock(&sim_tree_lock);
	dentry->sibling = parent->children;
	parent->children = dentry;
	pthread_rwlock_unlock(&sim_tree_lock);
	sim_count(sim_usage.dentries, 1);
	return dentry;
}

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return sim_dentry_new(name, parent, NULL, NULL);
}

struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
				   void *data, const struct file_operations *fops)
{
	return sim_dentry_new(name, parent, data, fops);
}

static void sim_dentry_free(struct dentry *dentry)
{
	struct dentry *child, *next;

	for (child = dentry->children; child; child = next) {
		next = child->sibling;
		sim_dentry_free(child);
	}
	sim_count(sim_usage.dentries, -1);
	kfree(dentry);
}

void debugfs_remove(struct dentry *dentry)
{
	struct dentry **link;

	might_sleep();
	if (IS_ERR_OR_NULL(dentry))
		return;
	pthread_rwlock_wrlock(&sim_tree_lock);
	for (link = &dentry->parent->children; *link != dentry; link = &(*link)->sibling)
		;
	*link = dentry->sibling;
	pthread_rwlock_unlock(&sim_tree_lock);
	sim_dentry_free(dentry);
}

/* Return: the entry of a path, or NULL. Caller holds sim_tree_lock. */
static struct dentry *sim_lookup(const char *path)
{
	struct dentry *dentry = &sim_root;

	while (dentry && *path) {
		size_t len = strcspn(path, "/");

		dentry = dentry->children;
		while (dentry && (strlen(dentry->name) != len || strncmp(dentry->name, path, len)))
			dentry = dentry->sibling;
		path += len + (path[len] == '/');
	}
	return dentry;
}

static int sim_open(const char *path, struct file *file)
{
	struct dentry *dentry = sim_lookup(path);

	if (!dentry || !dentry->fops)
		return -ENOENT;
	*file = (struct file) { .f_inode = &dentry->inode, .f_op = dentry->fops };
	return file->f_op->open(&dentry->inode, file);
}

static void sim_close(struct file *file)
{
	if (file->f_op->release)
		file->f_op->release(file->f_inode, file);
}

/* Read in pieces, so that a read of a larger file continues in its middle. */
char *sim_debugfs_read(const char *path)
{
	const size_t piece = 1024;
	char *text = NULL;
	struct file file;
	size_t size = 0;
	ssize_t got = 1;

	pthread_rwlock_rdlock(&sim_tree_lock);
	if (!sim_open(path, &file)) {
		while (got > 0) {
			text = realloc(text, size + piece + 1);
			got = file.f_op->read(&file, text + size, piece, &file.f_pos);
			size += max_t(ssize_t, got, 0);
		}
		text[size] = '\0';
		sim_close(&file);
	}
	pthread_rwlock_unlock(&sim_tree_lock);
	return text;
}

int sim_debugfs_write(const char *path, const char *text)
{
	struct file file;
	ssize_t err;

	pthread_rwlock_rdlock(&sim_tree_lock);
	err = sim_open(path, &file);
	if (!err) {
		err = file.f_op->write(&file, text, strlen(text), &file.f_pos);
		sim_close(&file);
	}
	pthread_rwlock_unlock(&sim_tree_lock);
	return err < 0 ? err : 0;
}

int simple_open(struct inode *inode, struct file *file)
{
	file->private_data = inode->i_private;
	return 0;
}

/* seq_file. */
static void seq_vprintf(struct seq_file *m, const char *fmt, va_list args)
{
	int len = vsnprintf(m->buf + m->count, m->size - m->count, fmt, args);

	m->count = min(m->count + len, m->size);
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	seq_vprintf(m, fmt, args);
	va_end(args);
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_printf(m, "%s", s);
}

void seq_putc(struct seq_file *m, char c)
{
	seq_printf(m, "%c", c);
}

/* Fill the buffer with whole records, at least one. Return: 0 or an error. */
static int seq_fill(struct seq_file *m)
{
	size_t before = 0;
	void *v;
	int err = 0;

again:
	m->count = 0;
	before = 0;
	v = m->op->start(m, &m->index);
	while (v && !IS_ERR(v)) {
		err = m->op->show(m, v);
		if (err || seq_has_overflowed(m))
			break;
		before = m->count;
		v = m->op->next(m, v, &m->index);
	}
	m->op->stop(m, v);
	if (err < 0)
		return err;
	if (seq_has_overflowed(m) && !before) {
		m->size *= 2;
		m->buf = realloc(m->buf, m->size);
		goto again;
	}
	m->count = before;
	return IS_ERR(v) ? PTR_ERR(v) : 0;
}

ssize_t seq_read(struct file *file, char *buf, size_t size, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	size_t nr;
	int err = 0;

	if (!m->count)
		err = seq_fill(m);
	if (err)
		return err;
	nr = min(size, m->count);
	memcpy(buf, m->buf, nr);
	memmove(m->buf, m->buf + nr, m->count - nr);
	m->count -= nr;
	*pos += nr;
	return nr;
}

loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	return -EINVAL;
}

int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	m->size = 1024;
	m->buf = malloc(m->size);
	m->op = op;
	m->file = file;
	file->private_data = m;
	return 0;
}

int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	free(m->buf);
	kfree(m);
	return 0;
}

void *__seq_open_private(struct file *file, const struct seq_operations *op, int size)
{
	void *private = kzalloc(size, GFP_KERNEL);

	if (private && seq_open(file, op)) {
		kfree(private);
		private = NULL;
	}
	if (private)
		((struct seq_file *)file->private_data)->private = private;
	return private;
}

int seq_release_private(struct inode *inode, struct file *file)
{
	kfree(((struct seq_file *)file->private_data)->private);
	return seq_release(inode, file);
}

static void *single_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m, void *v)
{
}

static int single_show(struct seq_file *m, void *v)
{
	return m->show(m, v);
}

static const struct seq_operations single_ops = {
	.start	= single_start,
	.next	= single_next,
	.stop	= single_stop,
	.show	= single_show,
};

int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data)
{
	int err = seq_open(file, &single_ops);
	struct seq_file *m = file->private_data;

	if (!err) {
		m->show = show;
		m->private = data;
	}
	return err;
}

int single_release(struct inode *inode, struct file *file)
{
	return seq_release(inode, file);
}
