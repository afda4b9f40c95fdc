// SPDX-License-Identifier: GPL-2.0
/* debugfs files, read while arenas and heaps come and go. */
#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "observe/debugfs.h"
#include "watch.h"

#define KPOOL_TEST_ARENAS	12U
#define KPOOL_TEST_TEXT		(16 * 1024)	/* more than the size of the file */
#define KPOOL_TEST_PIECE	128		/* less than a line of the file */

/* Blocks in KPOOL_TEST_ARENAS arenas, and the open file "arenas". */
struct kpool_test_arenas {
	struct kunit *test;
	struct kpool_heap *heap;
	struct inode *inode;	/* of the file */
	struct file *file;
	unsigned int class;	/* of the blocks */
	unsigned int nr;	/* length of @blocks */
	void **blocks;
	char *text;		/* what was read of the file so far */
	size_t size;		/* bytes of @text */
};

static struct kpool_test_arenas *kpool_test_open(struct kunit *test, struct kpool_heap *heap)
{
	struct kpool_test_arenas *arenas = kunit_kzalloc(test, sizeof(*arenas), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, arenas);
	arenas->test = test;
	arenas->heap = heap;
	arenas->class = KPOOL_NR_CLASSES - 1;
	arenas->nr = kpool_test_blocks(arenas->class, KPOOL_TEST_ARENAS * KPOOL_USABLE_POOLS);
	arenas->blocks = kpool_test_pointers(test, arenas->nr);
	arenas->inode = kunit_kzalloc(test, sizeof(*arenas->inode), GFP_KERNEL);
	arenas->file = kunit_kzalloc(test, sizeof(*arenas->file), GFP_KERNEL);
	arenas->text = kunit_kzalloc(test, KPOOL_TEST_TEXT, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, arenas->inode);
	KUNIT_ASSERT_NOT_NULL(test, arenas->file);
	KUNIT_ASSERT_NOT_NULL(test, arenas->text);
	kpool_test_take_many(test, heap, arenas->class, arenas->blocks, arenas->nr);
	arenas->inode->i_private = heap;
	KUNIT_ASSERT_EQ(test, kpool_debugfs_arenas_fops.open(arenas->inode, arenas->file), 0);
	return arenas;
}

static void kpool_test_close(struct kpool_test_arenas *arenas)
{
	kpool_debugfs_arenas_fops.release(arenas->inode, arenas->file);
}

/* Read a piece from @pos. Return: its size in bytes. */
static ssize_t kpool_test_read(struct kpool_test_arenas *arenas, char *to, loff_t pos)
{
	struct kvec vec = { .iov_base = to, .iov_len = KPOOL_TEST_PIECE };
	struct iov_iter iter;
	struct kiocb kiocb;

	init_sync_kiocb(&kiocb, arenas->file);
	kiocb.ki_pos = pos;
	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, vec.iov_len);
	return seq_read_iter(&kiocb, &iter);
}

/* Read on until the text contains @text, or to the end of the file. */
static void kpool_test_read_until(struct kpool_test_arenas *arenas, const char *text)
{
	struct kunit *test = arenas->test;
	ssize_t got;

	while (!text || !strstr(arenas->text, text)) {
		KUNIT_ASSERT_LT(test, arenas->size + KPOOL_TEST_PIECE, (size_t)KPOOL_TEST_TEXT);
		got = kpool_test_read(arenas, arenas->text + arenas->size, arenas->size);
		KUNIT_ASSERT_GE(test, got, (ssize_t)0);
		if (!got)
			break;
		arenas->size += got;
	}
}

/* Return how many arenas from id @first on the text lists, in the order of their ids. */
static unsigned int kpool_test_seen(struct kpool_test_arenas *arenas, unsigned int first)
{
	unsigned int id, nr = 0;
	const char *at = arenas->text, *found;
	char line[16];

	for (id = first; id <= KPOOL_TEST_ARENAS; id++) {
		snprintf(line, sizeof(line), "\n%u ", id);
		found = strstr(at, line);
		if (found)
			at = found;
		nr += !!found;
	}
	return nr;
}

static void kpool_test_put_arenas(struct kpool_test_arenas *arenas, unsigned long first,
				  unsigned long last)
{
	unsigned int i;

	for (i = 0; i < arenas->nr; i++) {
		unsigned long id = arenas->blocks[i] ? kpool_arena_of(arenas->blocks[i])->id : 0;

		if (!id || id < first || id > last)
			continue;
		kpool_test_put(arenas->heap, arenas->class, arenas->blocks[i]);
		arenas->blocks[i] = NULL;
	}
	kpool_heap_shrink(arenas->heap);
}

static void reads_each_arena_once(struct kunit *test)
{
	struct kpool_test_arenas *arenas = kpool_test_open(test, kpool_test_heap(test));
	unsigned int lines = 0;
	const char *c;

	kpool_test_read_until(arenas, NULL);
	for (c = arenas->text; *c; c++)
		lines += *c == '\n';
	KUNIT_EXPECT_EQ(test, lines, 1 + KPOOL_TEST_ARENAS);
	KUNIT_EXPECT_EQ(test, kpool_test_seen(arenas, 1), KPOOL_TEST_ARENAS);
	kpool_test_close(arenas);
	kpool_test_put_arenas(arenas, 1, ULONG_MAX);
}

/* Release arenas before, at and after the place of the reader. */
static void misses_no_arena_when_others_go(struct kunit *test)
{
	struct kpool_test_arenas *arenas = kpool_test_open(test, kpool_test_heap(test));

	kpool_test_read_until(arenas, "\n4 ");
	kpool_test_put_arenas(arenas, 1, 6);
	kpool_test_put_arenas(arenas, 9, 9);
	kpool_test_read_until(arenas, NULL);
	KUNIT_EXPECT_EQ(test, kpool_test_seen(arenas, 10), 3U);
	KUNIT_EXPECT_EQ(test, kpool_test_seen(arenas, 7), 5U);
	kpool_test_close(arenas);
	kpool_test_put_arenas(arenas, 1, ULONG_MAX);
}

static void begins_anew_where_it_is_told_to(struct kunit *test)
{
	struct kpool_test_arenas *arenas = kpool_test_open(test, kpool_test_heap(test));
	char piece[KPOOL_TEST_PIECE];
	int at;

	kpool_test_read_until(arenas, NULL);
	for (at = arenas->size - KPOOL_TEST_PIECE; at >= 0; at -= 3 * KPOOL_TEST_PIECE) {
		ssize_t got = kpool_test_read(arenas, piece, at);

		KUNIT_ASSERT_GT(test, got, (ssize_t)0);
		KUNIT_EXPECT_EQ(test, memcmp(piece, arenas->text + at, got), 0);
	}
	kpool_test_close(arenas);
	kpool_test_put_arenas(arenas, 1, ULONG_MAX);
}

/* The arena at the place of the reader is released, too. */
static void an_open_file_outlives_its_heap(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "leaky", 0);
	struct kpool_test_arenas *arenas = kpool_test_open(test, heap);
	unsigned int i;

	kpool_test_read_until(arenas, "\n4 ");
	kpool_heap_destroy(heap);
	for (i = 0; i < arenas->nr; i++)
		kpool_free(arenas->blocks[i]);
	KUNIT_EXPECT_EQ(test, kpool_test_backend_pages(), 0L);
	kpool_test_close(arenas);
}

/* A row of the file "destroyed". */
struct kpool_test_row {
	unsigned long long bytes, metadata, arenas, blocks;
	unsigned long large;
	char name[KPOOL_HEAP_NAME_MAX + 1];
};

/* Read the row of heap @number. Return: true if it exists. */
static bool kpool_test_row(struct kunit *test, unsigned long number, struct kpool_test_row *row)
{
	struct seq_file m = { .size = KPOOL_TEST_TEXT };
	char start[32];
	const char *line;

	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	KUNIT_ASSERT_EQ(test, kpool_debugfs_destroyed(&m), 0);
	KUNIT_ASSERT_LT(test, m.count, m.size);
	snprintf(start, sizeof(start), "\n%lu ", number);
	line = strstr(m.buf, start);
	if (line)
		KUNIT_EXPECT_EQ(test, sscanf(line + strlen(start), "%llu %llu %llu %llu %lu %31s",
					     &row->bytes, &row->metadata, &row->arenas,
					     &row->blocks, &row->large, row->name), 6);
	kunit_kfree(test, m.buf);
	return line;
}

static void destroyed_heaps_show_what_they_hold(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "leaky", 0);
	void *p = kpool_test_allocate(test, heap, 100), *q = kpool_test_allocate(test, heap, 200);
	struct kpool_test_row row = {};

	KUNIT_EXPECT_FALSE(test, kpool_test_row(test, heap->number, &row));
	kpool_heap_destroy(heap);
	KUNIT_ASSERT_TRUE(test, kpool_test_row(test, heap->number, &row));
	KUNIT_EXPECT_STREQ(test, row.name, "leaky");
	KUNIT_EXPECT_EQ(test, row.bytes, (u64)kpool_test_backend_pages() * PAGE_SIZE);
	KUNIT_EXPECT_GT(test, row.metadata, 0ULL);
	KUNIT_EXPECT_EQ(test, row.arenas, 1ULL);
	KUNIT_EXPECT_EQ(test, row.blocks, 2ULL);
	KUNIT_EXPECT_EQ(test, row.large, 0UL);
	kpool_free(p);
	kpool_free(q);
	kpool_heap_shrink(heap);
	KUNIT_ASSERT_TRUE(test, kpool_test_row(test, heap->number, &row));
	KUNIT_EXPECT_EQ(test, row.bytes + row.arenas + row.blocks, 0ULL);
}

static void so_do_debug_heaps_until_they_are_forgotten(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap_create(test, "gone", KPOOL_HEAP_DEBUG);
	void *p = kpool_test_allocate(test, heap, 100), *q = kpool_test_allocate(test, heap, 3000);
	unsigned long number = heap->number;
	struct kpool_test_row row = {};

	kpool_heap_destroy(heap);
	KUNIT_ASSERT_TRUE(test, kpool_test_row(test, number, &row));
	KUNIT_EXPECT_STREQ(test, row.name, "gone");
	KUNIT_EXPECT_EQ(test, row.blocks, 1ULL);
	KUNIT_EXPECT_EQ(test, row.large, 1UL);
	kpool_free(p);
	kpool_free(q);
	KUNIT_ASSERT_TRUE(test, kpool_test_row(test, number, &row));
	KUNIT_EXPECT_EQ(test, row.blocks + row.large, 0ULL);
	kpool_heap_forget_all();
	KUNIT_EXPECT_FALSE(test, kpool_test_row(test, number, &row));
}

static struct kunit_case kpool_debugfs_cases[] = {
	KUNIT_CASE(reads_each_arena_once),
	KUNIT_CASE(misses_no_arena_when_others_go),
	KUNIT_CASE(begins_anew_where_it_is_told_to),
	KUNIT_CASE(an_open_file_outlives_its_heap),
	KUNIT_CASE(destroyed_heaps_show_what_they_hold),
	KUNIT_CASE(so_do_debug_heaps_until_they_are_forgotten),
	{}
};

struct kunit_suite kpool_debugfs_suite = {
	.name = "kpool_debugfs",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_debugfs_cases,
};
