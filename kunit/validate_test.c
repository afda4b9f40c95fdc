// SPDX-License-Identifier: GPL-2.0
/*
 * The validator reports nothing on a sound heap, and an error on a damaged one. Each case flips
 * bits of one piece of metadata of an idle heap, validates, and flips them back.
 */
#include "common.h"
#include "debug/sanitize.h"

/* Object that contains a piece of metadata. */
enum kpool_test_part {
	KPOOL_TEST_POOL,	/* a partial pool: the first 3 of 56 blocks used */
	KPOOL_TEST_LIST,	/* its free list */
	KPOOL_TEST_BYTE,	/* its class byte */
	KPOOL_TEST_FREE_POOL,	/* a free pool */
	KPOOL_TEST_FREE_BYTE,	/* its class byte */
	KPOOL_TEST_HEADER_BYTE,	/* class byte of the arena's header */
	KPOOL_TEST_ARENA,
	KPOOL_TEST_NODE,
	KPOOL_TEST_CLASS,
};

/**
 * struct kpool_test_damage - bits to flip in a piece of metadata
 * @desc: meaning of the damage
 * @part: object with the metadata
 * @offset: offset in the object
 * @width: bytes of the metadata
 * @flip: bits to flip
 */
struct kpool_test_damage {
	const char *desc;
	enum kpool_test_part part;
	unsigned int offset;
	unsigned int width;
	u64 flip;
};

#define KPOOL_TEST_FIELD(type, field)	\
	offsetof(struct type, field), sizeof_field(struct type, field)

#define KPOOL_TEST_SIZE		72	/* leaves spare bits in the free list */
#define KPOOL_TEST_LAST		(KPOOL_SHADOW ? 50 : 55)	/* last block of a pool */

static const struct kpool_test_damage kpool_test_damages[] = {
	{ "a block too many out", KPOOL_TEST_POOL, KPOOL_TEST_FIELD(kpool_pool, used), 4 },
	{ "a block too few out", KPOOL_TEST_POOL, KPOOL_TEST_FIELD(kpool_pool, used), 1 },
	{ "no block out", KPOOL_TEST_POOL, KPOOL_TEST_FIELD(kpool_pool, used), 3 },
	{ "more out than fit", KPOOL_TEST_POOL, KPOOL_TEST_FIELD(kpool_pool, used), 0x100 },
	{ "a list that there is not", KPOOL_TEST_POOL, KPOOL_TEST_FIELD(kpool_pool, fullness), 8 },
	{ "wrong count to refile it at", KPOOL_TEST_POOL,
	  KPOOL_TEST_FIELD(kpool_pool, refile_below), 2 },
	{ "free list misses a block", KPOOL_TEST_LIST, 0, 8, 1ULL << KPOOL_TEST_LAST },
	{ "free list has a block that is out", KPOOL_TEST_LIST, 0, 8, 1 },
	{ "free list has no block", KPOOL_TEST_LIST, 0, 8, (2ULL << KPOOL_TEST_LAST) - 8 },
	{ "free list has no block but the last", KPOOL_TEST_LIST, 0, 8,
	  (1ULL << KPOOL_TEST_LAST) - 8 },
	{ "free list has a block beyond the last", KPOOL_TEST_LIST, 0, 8, 2ULL << KPOOL_TEST_LAST },
	{ "free list has one beyond for one that is out", KPOOL_TEST_LIST, 0, 8,
	  1ULL << 63 | 1ULL << 7 },
	{ "class byte of another class", KPOOL_TEST_BYTE, 0, 1, 1 },
	{ "class byte of no class", KPOOL_TEST_BYTE, 0, 1, 0x30 },
	{ "class byte of the default heap", KPOOL_TEST_BYTE, 0, 1, KPOOL_BYTE_PRIVATE },
	{ "class byte says free", KPOOL_TEST_BYTE, 0, 1, KPOOL_BYTE_FREE },
	{ "class byte says in use", KPOOL_TEST_FREE_BYTE, 0, 1, KPOOL_BYTE_FREE },
	{ "class byte says returned", KPOOL_TEST_FREE_BYTE, 0, 1,
	  KPOOL_BYTE_FRESH ^ KPOOL_BYTE_FOREIGN },
	{ "a free pool with a block out", KPOOL_TEST_FREE_POOL,
	  KPOOL_TEST_FIELD(kpool_pool, used), 1 },
	{ "a pool in use marked free", KPOOL_TEST_ARENA,
	  KPOOL_TEST_FIELD(kpool_arena, free_mask), 1 << 1 },
	{ "a free pool not marked", KPOOL_TEST_ARENA,
	  KPOOL_TEST_FIELD(kpool_arena, free_mask), 1ULL << 40 },
	{ "header marked free", KPOOL_TEST_ARENA, KPOOL_TEST_FIELD(kpool_arena, free_mask), 1 },
	{ "a free pool marked twice", KPOOL_TEST_ARENA,
	  KPOOL_TEST_FIELD(kpool_arena, pinned_mask), 1ULL << 40 },
	{ "a free pool marked returned", KPOOL_TEST_ARENA,
	  KPOOL_TEST_FIELD(kpool_arena, returned_mask), 1ULL << 40 },
	{ "a free pool marked as waiting", KPOOL_TEST_ARENA,
	  KPOOL_TEST_FIELD(kpool_arena, waiting_mask), 1ULL << 40 },
	{ "a free pool marked as aging", KPOOL_TEST_ARENA,
	  KPOOL_TEST_FIELD(kpool_arena, aging_mask), 1ULL << 40 },
	{ "a header overwritten", KPOOL_TEST_ARENA, KPOOL_TEST_FIELD(kpool_arena, canary), 1 },
	{ "a pool too few in use", KPOOL_TEST_ARENA, KPOOL_TEST_FIELD(kpool_arena, used), 1 },
	{ "a pool too many in use", KPOOL_TEST_ARENA, KPOOL_TEST_FIELD(kpool_arena, used), 2 },
	{ "header's class byte", KPOOL_TEST_HEADER_BYTE, 0, 1, 1 },
	{ "bitmap misses a usable arena", KPOOL_TEST_NODE,
	  KPOOL_TEST_FIELD(kpool_node, usable_map), 1ULL << (KPOOL_USABLE_POOLS - 1) },
	{ "bitmap has an arena too many", KPOOL_TEST_NODE,
	  KPOOL_TEST_FIELD(kpool_node, usable_map), 1ULL << 17 },
	{ "an empty arena too many", KPOOL_TEST_NODE,
	  KPOOL_TEST_FIELD(kpool_node, nr_empty), 1 },
	{ "an arena too few", KPOOL_TEST_NODE, KPOOL_TEST_FIELD(kpool_node, nr_arenas), 1 },
	{ "arenas too many", KPOOL_TEST_NODE, KPOOL_TEST_FIELD(kpool_node, nr_arenas), 2 },
	{ "free pools miscounted", KPOOL_TEST_NODE, KPOOL_TEST_FIELD(kpool_node, nr_free), 1 },
	{ "returned pools miscounted", KPOOL_TEST_NODE,
	  KPOOL_TEST_FIELD(kpool_node, nr_returned), 1 },
	{ "waiting pools miscounted", KPOOL_TEST_NODE,
	  KPOOL_TEST_FIELD(kpool_node, nr_waiting), 1 },
	{ "bitmap misses a partial pool", KPOOL_TEST_CLASS,
	  KPOOL_TEST_FIELD(kpool_class, partial_map), 1 },
	{ "bitmap has a partial pool too many", KPOOL_TEST_CLASS,
	  KPOOL_TEST_FIELD(kpool_class, partial_map), 1 << 5 },
	{ "pools of the class miscounted", KPOOL_TEST_CLASS,
	  KPOOL_TEST_FIELD(kpool_class, pools), 2 },
	{ "blocks of the class miscounted", KPOOL_TEST_CLASS,
	  KPOOL_TEST_FIELD(kpool_class, used), 8 },
};

static void kpool_test_damage_desc(const struct kpool_test_damage *damage, char *desc)
{
	strscpy(desc, damage->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(damage, kpool_test_damages, kpool_test_damage_desc);

/* Make the heap that enum kpool_test_part describes. */
static void **kpool_test_scene(struct kunit *test)
{
	unsigned int class = kpool_class_of(KPOOL_TEST_SIZE);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, 5);

	kpool_test_take_many(test, heap, class, blocks, 5);
	kpool_test_put(heap, class, blocks[3]);
	kpool_test_put(heap, class, blocks[4]);
	KUNIT_ASSERT_EQ(test, kpool_class_info[class].capacity, KPOOL_TEST_LAST + 1);
	KUNIT_ASSERT_EQ(test, (unsigned long)blocks[2] % KPOOL_POOL_SIZE,
			2UL * kpool_class_info[class].stride);
	KUNIT_ASSERT_EQ(test, kpool_pool_index(blocks[0]), 1U);
	KUNIT_ASSERT_EQ(test, kpool_heap_validate(heap), 0);
	return blocks;
}

static void kpool_test_scene_end(struct kunit *test, void **blocks)
{
	struct kpool_arena *arena = kpool_arena_of(blocks[0]);

	/* A walk removes an arena with an overwritten header from the list. */
	if (list_empty(&arena->node->arenas))
		list_add(&arena->all, &arena->node->arenas);
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(kpool_test_heap(test)), 0);
	kpool_test_put_many(kpool_test_heap(test), kpool_class_of(KPOOL_TEST_SIZE), blocks, 3);
}

static void *kpool_test_part(void **blocks, enum kpool_test_part part)
{
	struct kpool_arena *arena = kpool_arena_of(blocks[0]);

	switch (part) {
	case KPOOL_TEST_POOL:
		return kpool_test_pool(blocks[0]);
	case KPOOL_TEST_LIST:
		return &kpool_test_pool(blocks[0])->free;
	case KPOOL_TEST_BYTE:
		return &arena->bytes[kpool_pool_index(blocks[0])];
	case KPOOL_TEST_FREE_POOL:
		return kpool_arena_desc(arena, 40);
	case KPOOL_TEST_FREE_BYTE:
		return &arena->bytes[40];
	case KPOOL_TEST_HEADER_BYTE:
		return &arena->bytes[0];
	case KPOOL_TEST_ARENA:
		return arena;
	case KPOOL_TEST_NODE:
		return arena->node;
	default:
		return &arena->node->class[kpool_class_of(KPOOL_TEST_SIZE)];
	}
}

static void kpool_test_flip(void *p, unsigned int width, u64 flip)
{
	switch (width) {
	case 1:
		*(u8 *)p ^= flip;
		break;
	case 2:
		*(u16 *)p ^= flip;
		break;
	case 4:
		*(u32 *)p ^= flip;
		break;
	default:
		*(u64 *)p ^= flip;
	}
}

static void finds_damage(struct kunit *test)
{
	const struct kpool_test_damage *damage = test->param_value;
	void **blocks = kpool_test_scene(test);
	void *p = kpool_test_part(blocks, damage->part) + damage->offset;
	int err;

	kpool_test_flip(p, damage->width, damage->flip);
	err = kpool_heap_validate(kpool_test_heap(test));
	kpool_test_flip(p, damage->width, damage->flip);
	KUNIT_EXPECT_EQ(test, err, -EUCLEAN);
	kpool_test_scene_end(test, blocks);
}

static void finds_a_pool_off_its_list(struct kunit *test)
{
	void **blocks = kpool_test_scene(test);
	struct hlist_node *link = kpool_arena_link(kpool_arena_of(blocks[0]),
						   kpool_pool_index(blocks[0]));
	struct hlist_node **pprev = link->pprev;
	int err;

	hlist_del_init(link);
	err = kpool_heap_validate(kpool_test_heap(test));
	hlist_add_head(link, (struct hlist_head *)pprev); /* back to the head */
	KUNIT_EXPECT_EQ(test, err, -EUCLEAN);
	kpool_test_scene_end(test, blocks);
}

static void survives_a_list_that_never_ends(struct kunit *test)
{
	void **blocks = kpool_test_scene(test);
	struct hlist_node *link = kpool_arena_link(kpool_arena_of(blocks[0]),
						   kpool_pool_index(blocks[0]));
	struct hlist_node *next = link->next;
	int err;

	link->next = link;
	err = kpool_heap_validate(kpool_test_heap(test));
	link->next = next;
	KUNIT_EXPECT_EQ(test, err, -EUCLEAN);
	kpool_test_scene_end(test, blocks);
}

static void finds_an_arena_off_its_list(struct kunit *test)
{
	void **blocks = kpool_test_scene(test);
	struct hlist_node *bucket = &kpool_arena_of(blocks[0])->bucket;
	struct hlist_node **pprev = bucket->pprev;
	int err;

	hlist_del_init(bucket);
	err = kpool_heap_validate(kpool_test_heap(test));
	hlist_add_head(bucket, (struct hlist_head *)pprev); /* back to the head */
	KUNIT_EXPECT_EQ(test, err, -EUCLEAN);
	kpool_test_scene_end(test, blocks);
}

static void finds_an_arena_that_the_map_does_not_know(struct kunit *test)
{
	void **blocks = kpool_test_scene(test);
	unsigned long region = (unsigned long)blocks[0] >> KPOOL_LEAF_SHIFT;
	unsigned long *entry = &kpool_map.leaf[region - kpool_map.first], leaf = *entry;
	size_t bytes = BIT(KPOOL_LEAF_SHIFT - KPOOL_POOL_SHIFT);
	u8 *none = kunit_kmalloc(test, bytes, GFP_KERNEL);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, none);
	memset(none, KPOOL_BYTE_FOREIGN, bytes);
	*entry = (unsigned long)none - region * bytes;
	err = kpool_heap_validate(kpool_test_heap(test));
	*entry = leaf;
	KUNIT_EXPECT_EQ(test, err, -EUCLEAN);
	kpool_test_scene_end(test, blocks);
}

static void is_content_with_every_kind_of_pool(struct kunit *test)
{
	unsigned int class, nr, i;
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks;

	/* Make partial, full and free pools, and usable, exhausted, empty and split arenas. */
	for (class = 0; class < KPOOL_NR_CLASSES; class++) {
		nr = kpool_test_blocks(class, 5);
		blocks = kpool_test_pointers(test, nr);
		kpool_test_take_many(test, heap, class, blocks, nr);
		kpool_test_put_many(heap, class, blocks, nr / 2);
		KUNIT_ASSERT_EQ(test, kpool_heap_validate(heap), 0);
		if (class % 8 == 7)
			kpool_heap_shrink(heap);
		KUNIT_ASSERT_EQ(test, kpool_heap_validate(heap), 0);
		for (i = nr / 2; i < nr; i++)
			if (class % 3 || i % 7 == 0)
				kpool_test_put(heap, class, blocks[i]);
		for (i = nr / 2; i < nr; i++)
			if (!(class % 3 || i % 7 == 0))
				kpool_test_put(heap, class, blocks[i]);
	}
	KUNIT_EXPECT_EQ(test, kpool_heap_validate(heap), 0);
}

static struct kunit_case kpool_validate_cases[] = {
	KUNIT_CASE_PARAM(finds_damage, damage_gen_params),
	KUNIT_CASE(finds_a_pool_off_its_list),
	KUNIT_CASE(survives_a_list_that_never_ends),
	KUNIT_CASE(finds_an_arena_off_its_list),
	KUNIT_CASE(finds_an_arena_that_the_map_does_not_know),
	KUNIT_CASE(is_content_with_every_kind_of_pool),
	{}
};

struct kunit_suite kpool_validate_suite = {
	.name = "kpool_validate",
	.init = kpool_test_init,
	.exit = kpool_test_exit,
	.test_cases = kpool_validate_cases,
};
