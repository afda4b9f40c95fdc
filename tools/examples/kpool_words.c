// SPDX-License-Identifier: GPL-2.0
/*
 * An example of a module that calls kpool: it counts the words written to a file.
 *
 *   # echo 'to be or not to be' >/sys/kernel/debug/kpool_words
 *   # echo '-or -not' >/sys/kernel/debug/kpool_words
 *   # cat /sys/kernel/debug/kpool_words
 *   2 be
 *   2 to
 *
 * Each word is a block of its length, so the heap has blocks of many sizes, the case that kpool is
 * made for. The words have a heap of their own: /sys/kernel/debug/kpool/heaps/words/stats shows its
 * memory, and one call frees all of it.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/rbtree.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <kpool.h>

/* Most bytes of a write. */
#define WORDS_WRITE_MAX		4096

/**
 * struct word - a word and its count
 * @node: node of the tree, sorted by @text
 * @count: number of times that the word was written
 * @text: the word and a NUL
 */
struct word {
	struct rb_node node;
	unsigned long count;
	char text[];
};

static struct kpool_heap *words_heap;
static struct dentry *words_file;
static struct rb_root words = RB_ROOT;
static DEFINE_MUTEX(words_lock);	/* protects the tree and its words */

/**
 * word_place() - find a word in the tree, or the place for it
 * @text: the word
 * @parent: set to the node above the place
 *
 * Return: the link to the word, or the empty link where the word belongs.
 */
static struct rb_node **word_place(const char *text, struct rb_node **parent)
{
	struct rb_node **link = &words.rb_node;

	*parent = NULL;
	while (*link) {
		int order = strcmp(text, rb_entry(*link, struct word, node)->text);

		if (!order)
			break;
		*parent = *link;
		link = order < 0 ? &(*link)->rb_left : &(*link)->rb_right;
	}
	return link;
}

/**
 * word_add() - count a word
 * @text: the word
 *
 * Return: 0, or -ENOMEM if there is no memory for a new word.
 */
static int word_add(const char *text)
{
	struct rb_node *parent, **link = word_place(text, &parent);
	size_t size = strlen(text) + 1;
	struct word *word;

	if (*link) {
		rb_entry(*link, struct word, node)->count++;
		return 0;
	}
	word = kpool_heap_alloc(words_heap, struct_size(word, text, size), GFP_KERNEL);
	if (!word)
		return -ENOMEM;
	word->count = 1;
	memcpy(word->text, text, size);
	rb_link_node(&word->node, parent, link);
	rb_insert_color(&word->node, &words);
	return 0;
}

/**
 * word_forget() - free a word, if it is known
 * @text: the word
 */
static void word_forget(const char *text)
{
	struct rb_node *parent, **link = word_place(text, &parent);
	struct word *word = rb_entry_safe(*link, struct word, node);

	if (!word)
		return;
	rb_erase(&word->node, &words);
	kpool_heap_free(words_heap, word);
}

static ssize_t words_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	char *text, *next, *word;
	int err = 0;

	if (len > WORDS_WRITE_MAX)
		return -EFBIG;
	/* memdup_user_nul() allocates with kmalloc(), so free with kfree() below. */
	text = memdup_user_nul(from, len);
	if (IS_ERR(text))
		return PTR_ERR(text);

	next = text;
	mutex_lock(&words_lock);
	while (!err && (word = strsep(&next, " \t\n"))) {
		if (*word == '-')
			word_forget(word + 1);
		else if (*word)
			err = word_add(word);
	}
	mutex_unlock(&words_lock);
	kfree(text);
	return err ?: len;
}

static int words_show(struct seq_file *m, void *unused)
{
	struct rb_node *node;

	mutex_lock(&words_lock);
	for (node = rb_first(&words); node; node = rb_next(node)) {
		struct word *word = rb_entry(node, struct word, node);

		seq_printf(m, "%lu %s\n", word->count, word->text);
	}
	mutex_unlock(&words_lock);
	return 0;
}

static int words_open(struct inode *inode, struct file *file)
{
	return single_open(file, words_show, NULL);
}

static const struct file_operations words_fops = {
	.owner = THIS_MODULE,
	.open = words_open,
	.read = seq_read,
	.write = words_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init words_init(void)
{
	/* A region: kpool_heap_destroy() frees all allocated words. */
	static const struct kpool_heap_attr attr = { .flags = KPOOL_HEAP_REGION };

	words_heap = kpool_heap_create("words", &attr);
	/* Do not return -EEXIST, because modprobe takes it to mean that the module is loaded. */
	if (IS_ERR(words_heap))
		return words_heap == ERR_PTR(-EEXIST) ? -EBUSY : PTR_ERR(words_heap);
	words_file = debugfs_create_file("kpool_words", 0600, NULL, NULL, &words_fops);
	return 0;
}

static void __exit words_exit(void)
{
	/* Remove the file, which uses the words, before their heap. */
	debugfs_remove(words_file);
	kpool_heap_destroy(words_heap);
}

module_init(words_init);
module_exit(words_exit);

MODULE_DESCRIPTION("Counts words: an example for kpool");
MODULE_LICENSE("GPL");
