// SPDX-License-Identifier: GPL-2.0
/*
 * NUMA: the node of a block, and its way back to that node. The near node is that of the case's
 * CPU. Skipped with one node only.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>

#include "load.h"
#include "magazine.h"

KUNIT_ARRAY_PARAM(class, kpool_test_sizes, kpool_test_size_desc);

static int kpool_numa_init(struct kunit *test)
{
	if (num_node_state(N_MEMORY) < 2 || num_node_state(N_CPU) < 2)
		kunit_skip(test, "one node only");
	return kpool_test_init(test);
}

static void kpool_numa_exit(struct kunit *test)
{
	if (kpool_test_heap(test))
		kpool_test_exit(test);
}

/* Return a node with memory and CPUs that is not the case's. */
static int kpool_test_far(struct kunit *test)
{
	int nid;

	for_each_node_state(nid, N_CPU)
		if (nid != numa_mem_id() && node_state(nid, N_MEMORY))
			break;
	KUNIT_ASSERT_LT(test, nid, (int)MAX_NUMNODES);
	return nid;
}

/* Move the case to a CPU of another node, which becomes the near node. */
static void kpool_test_move(struct kunit *test, int nid)
{
	unsigned int cpu = cpumask_first_and(cpumask_of_node(nid), cpu_online_mask);

	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
	KUNIT_ASSERT_EQ(test, numa_mem_id(), nid);
}

static int kpool_test_nid(const void *p)
{
	return page_to_nid(virt_to_page(p));
}

/* Return the number of @blocks that are not of node @nid. */
static unsigned int kpool_test_strays(void **blocks, unsigned int nr, int nid)
{
	unsigned int strays = 0;

	while (nr--)
		strays += kpool_test_nid(blocks[nr]) != nid;
	return strays;
}

/* Allocate @nr blocks of the case's class from pools of node @nid. */
static void **kpool_test_alloc_node(struct kunit *test, unsigned int nr, int nid)
{
	unsigned int size = kpool_class_size(kpool_test_class(test)), i;
	void **blocks = kpool_test_pointers(test, nr);

	for (i = 0; i < nr; i++) {
		blocks[i] = kpool_heap_alloc_node(kpool_test_heap(test), size, GFP_KERNEL, nid);
		KUNIT_ASSERT_TRUE(test, kpool_owns(blocks[i]));
	}
	KUNIT_EXPECT_EQ(test, kpool_test_strays(blocks, nr, nid), 0U);
	kpool_test_fill_many(blocks, nr, size, nid);
	KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, nid), 0U);
	return blocks;
}

static void kpool_test_free_many(struct kunit *test, void **blocks, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		kpool_heap_free(kpool_test_heap(test), blocks[i]);
}

/* Return how many blocks of the class, from pools of node @nid, are used or cached. */
static unsigned long kpool_test_out(struct kunit *test, int nid)
{
	return kpool_test_heap(test)->node[nid]->class[kpool_test_class(test)].used;
}

/*
 * Return the number of blocks in a node's depots that belong to another node. kmalloc memory is not
 * counted: it may be of any node.
 */
static unsigned int kpool_test_node_strays(const struct kpool_node *node)
{
	const struct kpool_magazine *mag;
	unsigned int strays = 0, class, i;

	for (class = 0; class < KPOOL_NR_CLASSES; class++)
		for (mag = node->depot[class].full; mag; mag = mag->next)
			for (i = 0; i < mag->rounds; i++)
				strays += kpool_owns(mag->round[i]) &&
					  kpool_test_nid(mag->round[i]) != node->nid;
	return strays;
}

static unsigned int kpool_test_depot_strays(struct kpool_heap *heap)
{
	unsigned int strays = 0;
	int nid;

	for_each_node_state(nid, N_MEMORY)
		strays += kpool_test_node_strays(heap->node[nid]);
	return strays;
}

static void serves_from_the_node_asked_for(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats before, after;
	int nid;
	u8 *p;

	for_each_node_state(nid, N_MEMORY) {
		before = kpool_test_stats(test, heap);
		p = kpool_heap_alloc_node(heap, size, GFP_KERNEL, nid);
		KUNIT_ASSERT_TRUE(test, kpool_owns(p));
		KUNIT_EXPECT_EQ(test, kpool_test_nid(p), nid);
		KUNIT_EXPECT_EQ(test, kpool_arena_of(p)->node->nid, nid);
		memset(p, 0xff, size);
		kpool_heap_free(heap, p);
		kpool_heap_shrink(heap);
		p = kpool_heap_alloc_node(heap, size, GFP_KERNEL | __GFP_ZERO, nid);
		KUNIT_EXPECT_EQ(test, kpool_test_nid(p), nid);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
		after = kpool_test_stats(test, heap);
		KUNIT_EXPECT_EQ(test, after.allocs, before.allocs + 2);
		KUNIT_EXPECT_EQ(test, after.blocks_used, before.blocks_used + 1);
		kpool_free(p);
	}
	kpool_test_consistent(test, heap);
}

/*
 * Fill the magazines with blocks of the near node, then of the far node: a request for the other
 * node takes none of them.
 */
static void magazines_of_another_node_do_not_serve(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), i;
	int near = numa_mem_id(), far = kpool_test_far(test);
	unsigned int nr = kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	void *p[2];

	for (i = 0; i < 2; i++) {
		kpool_test_free_many(test, kpool_test_alloc_node(test, nr, i ? far : near), nr);
		KUNIT_EXPECT_GE(test, kpool_magazine_cached(heap, raw_smp_processor_id(), class),
				(unsigned long)nr);
		p[0] = kpool_heap_alloc_node(heap, size, GFP_KERNEL, i ? near : far);
		p[1] = kpool_heap_alloc_node(heap, size, GFP_KERNEL | __GFP_THISNODE,
					     i ? near : far);
		KUNIT_ASSERT_TRUE(test, kpool_owns(p[0]));
		KUNIT_ASSERT_TRUE(test, kpool_owns(p[1]));
		KUNIT_EXPECT_EQ(test, kpool_test_strays(p, 2, i ? near : far), 0U);
		kpool_heap_free_bulk(heap, 2, p);
		kpool_heap_shrink(heap);
	}
}

/* The near node serves plain requests of a CPU of any node. */
static void serves_near_by_itself(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), i;
	unsigned int nr = 3 * kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);
	int nid;

	for_each_node_state(nid, N_CPU) {
		if (!node_state(nid, N_MEMORY))
			continue;
		kpool_test_move(test, nid);
		for (i = 0; i < nr; i++)
			blocks[i] = kpool_heap_alloc_node(heap, size, GFP_KERNEL, NUMA_NO_NODE);
		KUNIT_EXPECT_EQ(test, kpool_test_strays(blocks, nr, nid), 0U);
		kpool_test_free_many(test, blocks, nr);
		KUNIT_ASSERT_EQ(test, kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, blocks),
				nr);
		KUNIT_EXPECT_EQ(test, kpool_test_strays(blocks, nr, nid), 0U);
		kpool_heap_free_bulk(heap, nr, blocks);
	}
	kpool_test_consistent(test, heap);
}

static void sends_blocks_of_other_nodes_home(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), here = raw_smp_processor_id();
	unsigned int nr = 10 * kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	int near = numa_mem_id(), far = kpool_test_far(test);
	void **blocks = kpool_test_alloc_node(test, nr, far);

	KUNIT_EXPECT_EQ(test, kpool_test_out(test, far), (unsigned long)nr);
	kpool_test_free_many(test, blocks, nr);
	KUNIT_EXPECT_EQ(test, kpool_test_depot_strays(heap), 0U);
	KUNIT_EXPECT_EQ(test, heap->node[near]->depot[class].nr_full, 0U);
	/* All blocks are back on the far node, except those in this CPU's magazines. */
	KUNIT_EXPECT_EQ(test, kpool_test_out(test, far), kpool_magazine_cached(heap, here, class));
	KUNIT_EXPECT_LE(test, kpool_test_out(test, far),
			2UL * kpool_magazine_capacity(class));
	KUNIT_EXPECT_EQ(test, kpool_test_out(test, near), 0UL);
	kpool_test_consistent(test, heap);
}

/* Free as many near blocks as fit in the depot, mixed with far ones. */
static void keeps_its_own_of_a_mix(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), i;
	unsigned int nr = KPOOL_DEPOT_FULL_MAX * kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	int near = numa_mem_id(), far = kpool_test_far(test);
	void **mine = kpool_test_alloc_node(test, nr, near);
	void **theirs = kpool_test_alloc_node(test, nr, far);

	for (i = 0; i < nr; i++) {
		kpool_heap_free(heap, theirs[i]);
		kpool_heap_free(heap, mine[i]);
	}
	KUNIT_EXPECT_EQ(test, kpool_test_depot_strays(heap), 0U);
	KUNIT_EXPECT_GE(test, heap->node[near]->depot[class].nr_full, KPOOL_DEPOT_FULL_MAX - 4U);
	KUNIT_EXPECT_EQ(test, kpool_test_out(test, near) + kpool_test_out(test, far),
			(unsigned long)kpool_test_stats(test, heap).blocks_cached);
	KUNIT_EXPECT_EQ(test, kpool_test_out(test, near), (unsigned long)nr);
	KUNIT_EXPECT_LE(test, kpool_test_out(test, far), 2UL * kpool_magazine_capacity(class));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	kpool_test_consistent(test, heap);
}

static void bulk_frees_go_home_too(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), nr = 10 * kpool_magazine_capacity(class), i;
	struct kpool_heap *heap = kpool_test_heap(test);
	int near = numa_mem_id(), far = kpool_test_far(test);
	void **mix = kpool_test_alloc_node(test, nr, far);
	void **mine = kpool_test_alloc_node(test, nr / 2, near);

	for (i = 0; i < nr / 2; i++)
		swap(mix[2 * i], mine[i]);
	kpool_heap_free_bulk(heap, nr, mix);
	kpool_heap_free_bulk(heap, nr / 2, mine);
	KUNIT_EXPECT_EQ(test, kpool_test_depot_strays(heap), 0U);
	KUNIT_EXPECT_LE(test, kpool_test_out(test, far), 2UL * kpool_magazine_capacity(class));
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	kpool_test_consistent(test, heap);
}

/* Blocks allocated on one node and freed on another are reused: memory does not grow. */
static void serves_again_what_came_home(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), i, round;
	unsigned int nr = 10 * kpool_magazine_capacity(class);
	int near = numa_mem_id(), far = kpool_test_far(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);
	struct kpool_stats first, last;

	for (round = 0; round < 6; round++) {
		kpool_test_move(test, far);
		for (i = 0; i < nr; i++)
			blocks[i] = kpool_heap_alloc(heap, size, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, kpool_test_strays(blocks, nr, far), 0U);
		kpool_test_move(test, near);
		kpool_test_free_many(test, blocks, nr);
		last = kpool_test_stats(test, heap);
		/* In round 0, this CPU's magazines fill. Compare with round 1. */
		if (round < 2)
			first = last;
	}
	KUNIT_EXPECT_EQ(test, last.arenas_created, first.arenas_created);
	KUNIT_EXPECT_LE(test, last.pools, first.pools +
			DIV_ROUND_UP(3 * kpool_magazine_capacity(class),
				     kpool_class_info[class].capacity));
	KUNIT_EXPECT_EQ(test, kpool_test_out(test, near), 0UL);
	KUNIT_EXPECT_EQ(test, last.blocks_used, 0ULL);
	kpool_test_consistent(test, heap);
}

/* With __GFP_THISNODE, no pools or memory of another node serve. */
static void honours_a_node_that_must_be(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class);
	int near = numa_mem_id(), far = kpool_test_far(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	struct kpool_stats before, after;
	void *p[3];

	p[0] = kpool_heap_alloc(heap, size, GFP_KERNEL);
	before = kpool_test_stats(test, heap);
	kpool_test_backend.exhausted = far;
	p[1] = kpool_heap_alloc_node(heap, size, GFP_KERNEL | __GFP_THISNODE, far);
	after = kpool_test_stats(test, heap);
	/* No arena is available, so kmalloc gets the same request. */
	KUNIT_EXPECT_EQ(test, after.fallbacks, before.fallbacks + 1);
	KUNIT_EXPECT_EQ(test, after.arenas_created, before.arenas_created);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs);
	KUNIT_ASSERT_NOT_NULL(test, p[1]);
	KUNIT_EXPECT_FALSE(test, kpool_owns(p[1]));
	KUNIT_EXPECT_EQ(test, kpool_test_nid(p[1]), far);

	/* Without __GFP_THISNODE, the near node serves. */
	p[2] = kpool_heap_alloc_node(heap, size, GFP_KERNEL, far);
	KUNIT_EXPECT_TRUE(test, kpool_owns(p[2]));
	KUNIT_EXPECT_EQ(test, kpool_test_nid(p[2]), near);
	kpool_heap_free_bulk(heap, 3, p);
	kpool_test_consistent(test, heap);
}

/* Take @want blocks from the pools, as for a caller of the near node. */
static void kpool_test_take_near(struct kunit *test, void **blocks, unsigned int want)
{
	kpool_test_take_many(test, kpool_test_heap(test), kpool_test_class(test), blocks, want);
}

/* Far pools are better than a new far arena, which is better than a fallback to kmalloc. */
static void uses_far_pools_before_far_memory(struct kunit *test)
{
	unsigned int class = kpool_test_class(test);
	unsigned int nr = kpool_test_blocks(class, KPOOL_USABLE_POOLS);
	int near = numa_mem_id(), far = kpool_test_far(test);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr + 2);

	/* An arena of the far node has one used block. */
	blocks[0] = kpool_test_alloc_node(test, 1, far)[0];
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 1ULL);

	kpool_test_backend.exhausted = near;
	kpool_test_take_near(test, blocks + 1, nr - 1);
	KUNIT_EXPECT_EQ(test, kpool_test_strays(blocks, nr, far), 0U);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 1ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).pools_free, 0ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_out(test, far), (unsigned long)nr);
	kpool_test_consistent(test, heap);

	/* All blocks of the far arena are used now. */
	kpool_test_take_near(test, blocks + nr, 1);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 2ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_nid(blocks[nr]), far);
	KUNIT_EXPECT_EQ(test, kpool_arena_of(blocks[nr])->node->nid, far);

	/* New memory of the near node is better than free pools of the far node. */
	kpool_test_backend.exhausted = NUMA_NO_NODE;
	kpool_test_take_near(test, blocks + nr + 1, 1);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, 3ULL);
	KUNIT_EXPECT_EQ(test, kpool_test_nid(blocks[nr + 1]), near);
	kpool_test_consistent(test, heap);
	kpool_test_put_many(heap, class, blocks, nr + 2);
	KUNIT_EXPECT_EQ(test, kpool_test_out(test, near) + kpool_test_out(test, far), 0UL);
	kpool_test_consistent(test, heap);
}

/* Requests through the magazines live on far memory, too, and no block is lost. */
static void lives_on_far_memory(struct kunit *test)
{
	unsigned int class = kpool_test_class(test), size = kpool_class_size(class), i, round;
	unsigned int nr = 8 * kpool_magazine_capacity(class);
	struct kpool_heap *heap = kpool_test_heap(test);
	void **blocks = kpool_test_pointers(test, nr);
	int far = kpool_test_far(test);
	u64 arenas = 0;

	kpool_test_backend.exhausted = numa_mem_id();
	for (round = 0; round < 4; round++) {
		for (i = 0; i < nr; i++)
			blocks[i] = kpool_heap_alloc(heap, size, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, kpool_test_strays(blocks, nr, far), 0U);
		kpool_test_fill_many(blocks, nr, size, round);
		KUNIT_EXPECT_EQ(test, kpool_test_count_bad(blocks, nr, size, round), 0U);
		kpool_test_free_many(test, blocks, nr);
		KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).fallbacks, 0ULL);
		if (!round)
			arenas = kpool_test_stats(test, heap).arenas_created;
	}
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).arenas_created, arenas);
	KUNIT_EXPECT_EQ(test, kpool_test_stats(test, heap).blocks_used, 0ULL);
	kpool_test_consistent(test, heap);
}

/* CPUs of all nodes exchange blocks while one node after another has no memory. */
static void nodes_exchange_blocks(struct kunit *test)
{
	struct kpool_test_load *load = kpool_test_load_begin(test);
	struct kpool_test_threads *threads = kpool_test_threads_start(test, load, -1);
	int near = numa_mem_id(), far = kpool_test_far(test);
	unsigned int i;

	for (i = 0; i < 20; i++) {
		WRITE_ONCE(kpool_test_backend.exhausted,
			   i % 3 == 0 ? NUMA_NO_NODE : i % 3 == 1 ? near : far);
		if (i % 5 == 4)
			kpool_heap_shrink(load->heap);
		msleep(20);
	}
	kpool_test_threads_stop(threads);
	KUNIT_EXPECT_GT(test, atomic_long_read(&load->steps), 100L);
	KUNIT_EXPECT_EQ(test, kpool_test_depot_strays(load->heap), 0U);
	kpool_test_load_end(test, load);
	KUNIT_EXPECT_EQ(test, kpool_test_depot_strays(load->heap), 0U);
}

static void a_break_leaves_the_loop_over_nodes(struct kunit *test)
{
	struct kpool_heap *heap = kpool_test_heap(test);
	unsigned int visited = 0, all = 0;
	struct kpool_node *node;
	int nid;

	for_each_kpool_node(node, heap, nid) {
		visited++;
		break;
	}
	KUNIT_EXPECT_EQ(test, visited, 1U);
	for_each_kpool_node(node, heap, nid) {
		KUNIT_EXPECT_EQ(test, node->nid, nid);
		if (node->nid == numa_mem_id())
			continue;
		all++;
	}
	KUNIT_EXPECT_EQ(test, all, (unsigned int)num_possible_nodes() - 1);
}

static struct kunit_case kpool_numa_cases[] = {
	KUNIT_CASE_PARAM(serves_from_the_node_asked_for, class_gen_params),
	KUNIT_CASE_PARAM(magazines_of_another_node_do_not_serve, class_gen_params),
	KUNIT_CASE_PARAM(serves_near_by_itself, class_gen_params),
	KUNIT_CASE_PARAM(sends_blocks_of_other_nodes_home, class_gen_params),
	KUNIT_CASE_PARAM(keeps_its_own_of_a_mix, class_gen_params),
	KUNIT_CASE_PARAM(bulk_frees_go_home_too, class_gen_params),
	KUNIT_CASE_PARAM(serves_again_what_came_home, class_gen_params),
	KUNIT_CASE_PARAM(honours_a_node_that_must_be, class_gen_params),
	KUNIT_CASE_PARAM(uses_far_pools_before_far_memory, class_gen_params),
	KUNIT_CASE_PARAM(lives_on_far_memory, class_gen_params),
	KUNIT_CASE(nodes_exchange_blocks),
	KUNIT_CASE(a_break_leaves_the_loop_over_nodes),
	{}
};

struct kunit_suite kpool_numa_suite = {
	.name = "kpool_numa",
	.init = kpool_numa_init,
	.exit = kpool_numa_exit,
	.test_cases = kpool_numa_cases,
};
