// SPDX-License-Identifier: GPL-2.0
/* Wrong operations: invalid arguments, misuse, damage. */
#include "misuse.h"
#include "ops_model.h"

/* Calls with invalid arguments, which have no effect or fail. */
void ops_odd(struct ops_record record)
{
	struct kpool_heap_attr attr = { .flags = KPOOL_HEAP_REGION };
	struct kpool_heap *heap = ops_heap_ptr(ops_heap(record));
	struct kpool_stats stats;
	static char value[16];

	kpool_free(NULL);
	kpool_free(ZERO_SIZE_PTR);
	kpool_heap_free(heap, NULL);
	kpool_free_sized(NULL, 10);
	kpool_free_sensitive(NULL);
	kpool_free_sensitive(ZERO_SIZE_PTR);
	kpool_free_rcu((struct ops_object *)NULL, rcu);
	kpool_free_rcu_mightsleep(NULL);
	kpool_free_bulk(0, NULL);
	kpool_heap_destroy(NULL);
	kpool_heap_destroy(ops_heap_ptr(0));
	kpool_free(kpool_realloc(NULL, 40, GFP_KERNEL));
	kpool_free(kpool_realloc(ZERO_SIZE_PTR, 40, GFP_KERNEL));
	kpool_free(kpool_realloc(kpool_alloc(40, GFP_KERNEL), 0, GFP_KERNEL));
	if (kpool_usable_size(NULL) || kpool_owns(NULL) || kpool_owns(&attr) ||
	    kpool_heap_stats(heap, NULL) != -EINVAL || kpool_heap_stats(NULL, &stats) ||
	    PTR_ERR(kpool_heap_create(NULL, &attr)) != -EINVAL ||
	    PTR_ERR(kpool_heap_create("", &attr)) != -EINVAL ||
	    PTR_ERR(kpool_heap_create("a/b", NULL)) != -EINVAL ||
	    PTR_ERR(kpool_heap_create(".a", NULL)) != -EINVAL ||
	    PTR_ERR(kpool_heap_create("a\n", NULL)) != -EINVAL ||
	    PTR_ERR(kpool_heap_create("12345678901234567890123456789012", NULL)) != -EINVAL)
		ops_bug("an odd call is not answered as it should be");
	attr.flags = 1U << 31;
	if (PTR_ERR(kpool_heap_create("a", &attr)) != -EINVAL)
		ops_bug("unknown flags are taken");
	if (sim_param_set("trim_ms", "9") != -EINVAL || sim_param_set("trim_ms", "x") != -EINVAL ||
	    sim_param_set("trim_ms", "250") || sim_param_get("trim_ms", value) != 4)
		ops_bug("parameter trim_ms");
	if (sim_param_set("trim_ms", "x\ny\n") != -EINVAL ||
	    !strstr(sim_log_last, "\"x\\x0ay\" is not"))
		ops_bug("a bad value is logged as %s", sim_log_last);
	ops_errors_are_fine();
}

static bool ops_apart(const void *one, const void *other, unsigned int shift)
{
	return ((unsigned long)one ^ (unsigned long)other) >> shift;
}

/* Does a block other than @nr keep the arena of @p, so that a wrong free in it is found? */
static bool ops_has_keeper(const void *p, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < model.nr; i++)
		if (i != nr && kpool_owns(model.block[i].p) &&
		    !ops_apart(model.block[i].p, p, KPOOL_ARENA_SHIFT))
			return true;
	return false;
}

static bool ops_has_neighbour(unsigned int nr)
{
	return ops_has_keeper(model.block[nr].p, nr);
}

/* Is a free with a wrong heap (3) or size (4) found at once, and the block taken out of service? */
static bool ops_quarantines(const struct ops_block *block, unsigned int variant)
{
	return model.heap[block->heap].flags & KPOOL_HEAP_DEBUG &&
	       (variant == 4 || (variant == 3 && model.heap[0].flags & KPOOL_HEAP_DEBUG));
}

/* Do two blocks lie in one pool of one heap? */
static bool ops_same_pool(const struct ops_block *one, const struct ops_block *other)
{
	return one->heap == other->heap && kpool_owns(other->p) &&
	       !ops_apart(one->p, other->p, KPOOL_POOL_SHIFT);
}

/*
 * Free all blocks of a pool in one batch, some of them twice: the pool becomes free in the
 * middle of the batch. A magazine refuses the block on its top, so the second copies are last.
 */
static void ops_empty_twice(unsigned int nr)
{
	struct ops_block block = model.block[nr];
	struct kpool_heap *heap = ops_heap_ptr(block.heap);
	unsigned int i, done = 0, twice;
	void *blocks[OPS_BULK];

	if (model.heap[block.heap].flags & KPOOL_HEAP_DEBUG)
		return;
	/* After this, no block of the pool is in a magazine. */
	kpool_heap_shrink(heap);
	for (i = model.nr; i-- && done < OPS_BULK / 2;)
		if (ops_same_pool(&block, &model.block[i]))
			blocks[done++] = ops_remove(i).p;
	twice = ops_has_keeper(block.p, model.nr) ? done : 0;
	for (i = 0; i < twice; i += 1 + ops_random() % 4)
		blocks[done++] = blocks[i];
	kpool_heap_free_bulk(heap, done, blocks);
}

/* Faults of kunit/misuse_rows.h, by variant. The last variant is ops_empty_twice(). */
static void (*const ops_misuses[])(struct misuse_scene *s) = {
	misuse_double_free, misuse_interior_8, misuse_arena_header, misuse_to_default_heap_sized,
	misuse_size_larger_class, misuse_static_data,
};

static void (*const ops_damages[])(struct misuse_scene *s) = {
	misuse_right_1, misuse_left_1, misuse_write_freed_last, misuse_size_1_more,
	misuse_double_free,
};

/* Is the fault found when the magazines are drained? */
static bool ops_is_found(const struct ops_block *block, unsigned int nr, unsigned int variant)
{
	return variant == 0 ? ops_has_neighbour(nr) :
	       variant == 1 ? block->size > 16 :
	       variant == 3 ? block->heap :
	       variant != 4 || kpool_usable_size(block->p) != KPOOL_MAX_SIZE;
}

static struct misuse_scene ops_scene(const struct ops_block *block)
{
	return (struct misuse_scene) {
		.heap = ops_heap_ptr(block->heap), .victim = (char *)block->p, .size = block->size,
		.debug = model.heap[block->heap].flags & KPOOL_HEAP_DEBUG,
		.way = MISUSE_ANY, .again = MISUSE_ANY,
	};
}

/*
 * Wrong frees. The magazines are drained at once, so that no request gets a wrongly freed block.
 */
static void ops_misuse_one(unsigned int nr, unsigned int variant)
{
	struct ops_block block = model.block[nr];
	struct misuse_scene s;

	if (block.heap == OPS_NO_HEAP || !kpool_owns(block.p) || model.misfits)
		return;
	/* With init_on_free, kpool clears what the caller names, before any check. */
	if (sim_init_on_free && variant != 2)
		variant = 0;
	s = ops_scene(&block);
	if (variant == 4)
		s.size = KPOOL_MAX_SIZE / 2; /* the fault passes twice the size */
	if (variant == ARRAY_SIZE(ops_misuses)) {
		ops_empty_twice(nr);
	} else if (ops_is_found(&block, nr, variant)) {
		if (!variant || ops_quarantines(&block, variant))
			ops_remove(nr);
		ops_misuses[variant](&s);
	}
	kpool_heap_shrink(NULL);
	kpool_heap_shrink(ops_heap_ptr(block.heap));
	model.misused = true;
	ops_errors_are_fine();
}

/* Damage that debug heaps find, at the free or later, and survive. */
static void ops_damage_one(unsigned int nr, unsigned int variant)
{
	struct ops_block block = model.block[nr];
	struct ops_heap *heap = &model.heap[block.heap];
	struct misuse_scene s;

	if (block.heap == OPS_NO_HEAP || !(heap->flags & KPOOL_HEAP_DEBUG) || model.misfits ||
	    !kpool_owns(block.p) || !ops_has_neighbour(nr))
		return;
	s = ops_scene(&block);
	ops_remove(nr);
	ops_damages[variant](&s);
	kpool_heap_free(heap->heap, block.p);
	heap->damaged = true;
	model.misused = true;
	model.orphans = true;
	kpool_heap_validate(heap->heap);
}

void ops_damage(struct ops_record record)
{
	model.irqs_held = true;
	if (model.nr)
		ops_damage_one(ops_pick(record.arg), ops_variant(record) % ARRAY_SIZE(ops_damages));
	model.irqs_held = false;
}

void ops_misuse(struct ops_record record)
{
	model.irqs_held = true;
	if (model.nr)
		ops_misuse_one(ops_pick(record.arg),
			       ops_variant(record) % (ARRAY_SIZE(ops_misuses) + 1));
	model.irqs_held = false;
}
