// SPDX-License-Identifier: GPL-2.0
/* See ops.h. */
#include <kpool.h>
#include <kpool_inline.h>

#include "geometry.h"
#include "heap.h"
#include "ops.h"

#define OPS_HEAPS	8
#define OPS_BLOCKS	8192
#define OPS_BULK	256
#define OPS_CPUS	4
#define OPS_HEAP_FLAGS	(2 * KPOOL_HEAP_RANDOM - 1)	/* all there are */
#define OPS_SIZE_MAX	70000	/* contents of larger requests are not looked at */
#define OPS_GRANULE	8	/* every block begins at a multiple of it */

unsigned int ops_validate_period = 1;
unsigned long ops_steps, ops_calls;
bool ops_verbose;

/* Memory that somebody asked for and holds. */
struct ops_block {
	u8 *p;
	size_t size;
	u8 heap;
	u8 seed;
	bool zeroed;	/* each request for it had __GFP_ZERO */
};

struct ops_heap {
	struct kpool_heap *heap;
	unsigned int flags;
	bool damaged;
};

/* The model. An interrupt may come in during each call of the module, so it fits before each. */
static struct {
	struct ops_heap heap[OPS_HEAPS];	/* 0 is the default heap */
	struct ops_block block[OPS_BLOCKS];
	unsigned int nr;
	u8 owned[OPS_MEMORY / OPS_GRANULE];
	u8 seed;
	u32 random;
	bool limited;		/* memory is short: any request may fail */
	bool irqs_held;
	bool misfits;		/* magazines may hold what is not of their class's pools */
	bool misused;
	bool orphans;		/* a debug heap that is gone or damaged reports later */
	long fail_nth;		/* what the caller of ops_run() wants */
	long errors;		/* messages that are as they should be */
} model;

#define ops_bug		sim_bug

static u32 ops_random(void)
{
	model.random = model.random * 1664525 + 1013904223;
	return model.random >> 8;
}

/* Bytes and their owners. */
static u8 *ops_owned(const u8 *p)
{
	return model.owned + (p - (u8 *)sim_memory_start()) / OPS_GRANULE;
}

static void ops_own(const struct ops_block *block)
{
	size_t granules = DIV_ROUND_UP(block->size, OPS_GRANULE);

	if (!sim_is_page_memory(block->p))
		return;
	if ((unsigned long)block->p % OPS_GRANULE)
		ops_bug("%p is not aligned", block->p);
	if (memchr_inv(ops_owned(block->p), 0, granules))
		ops_bug("%zu bytes at %p belong to somebody already", block->size, block->p);
	memset(ops_owned(block->p), 1, granules);
}

static void ops_disown(const struct ops_block *block)
{
	if (sim_is_page_memory(block->p))
		memset(ops_owned(block->p), 0, DIV_ROUND_UP(block->size, OPS_GRANULE));
}

/* Contents: bytes that count up from the block's seed. */
static u8 ops_pattern[OPS_SIZE_MAX + U8_MAX];

static void ops_pattern_init(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(ops_pattern); i++)
		ops_pattern[i] = i;
}

static void ops_fill(struct ops_block *block)
{
	block->seed = ++model.seed;
	memcpy(block->p, ops_pattern + block->seed, min_t(size_t, block->size, OPS_SIZE_MAX));
}

static void ops_expect(const struct ops_block *block, size_t size)
{
	size = min_t(size_t, size, OPS_SIZE_MAX);
	if (memcmp(block->p, ops_pattern + block->seed, size))
		ops_bug("contents of %zu bytes at %p changed", block->size, block->p);
}

/* Enters memory that was just handed out. */
static void ops_add(void *p, size_t size, unsigned int heap, bool zero)
{
	struct ops_block *block;

	if (IS_ERR_OR_NULL(p) || !size)
		ops_bug("%p is no memory", p);
	if ((zero || (sim_init_on_alloc && !(model.heap[heap].flags & KPOOL_HEAP_TYPESAFE_RCU))) &&
	    memchr_inv(p, 0, size))
		ops_bug("%zu bytes at %p are not zero", size, p);
	if (is_power_of_2(size) && size <= KPOOL_MAX_SIZE && (unsigned long)p % size)
		ops_bug("%zu bytes at %p are not aligned", size, p);
	if (kpool_usable_size(p) < size)
		ops_bug("%zu bytes at %p, usable are %zu", size, p, kpool_usable_size(p));
	if (size <= KPOOL_MAX_SIZE && !kpool_owns(p))
		model.misfits = true;
	/* From here on no interrupt comes in. */
	block = &model.block[model.nr++];
	*block = (struct ops_block) { .p = p, .size = size, .heap = heap, .zeroed = zero };
	ops_calls++;
	ops_own(block);
	ops_fill(block);
}

/* Takes a block out of the model, unchanged so far. */
static struct ops_block ops_remove(unsigned int nr)
{
	struct ops_block block = model.block[nr];

	ops_expect(&block, block.size);
	ops_disown(&block);
	ops_calls++;
	model.block[nr] = model.block[--model.nr];
	return block;
}

static bool ops_room(unsigned int nr)
{
	return model.nr + nr <= OPS_BLOCKS;
}

/* Did a request fail without a reason? */
static void ops_expect_failure(long failed, size_t size)
{
	if (sim_fail.failed == failed && !model.limited && size <= 1UL << 20)
		ops_bug("%zu bytes are not to be had", size);
}

/* Decoding. */
static unsigned int ops_heap(struct ops_record record)
{
	unsigned int heap = record.how & (OPS_HEAPS - 1);

	return model.heap[heap].heap ? heap : 0;
}

static unsigned int ops_variant(struct ops_record record)
{
	return record.how >> 3;
}

static size_t ops_size(u16 arg)
{
	static const size_t large[] = { 1025, 2000, 4096, 8192, 8193, 20000, 70000, 8UL << 20 };

	if (arg <= 10 * KPOOL_MAX_SIZE)
		return arg;
	if (arg >= 0xff00)
		return large[arg % ARRAY_SIZE(large)];
	return arg % KPOOL_MAX_SIZE + 1;
}

static struct kpool_heap *ops_heap_ptr(unsigned int heap)
{
	return model.heap[heap].heap;
}

/* Requests. */
enum {
	OPS_PLAIN, OPS_ATOMIC, OPS_ZERO, OPS_NOWAIT, OPS_NODE, OPS_THISNODE, OPS_DMA, OPS_ACCOUNT,
	OPS_ARRAY, OPS_CALLOC, OPS_INLINE, OPS_INLINE_CONST, OPS_MEMDUP, OPS_STRDUP, OPS_HEAP_ZERO,
	OPS_OBJECT, OPS_INLINE_ZERO, OPS_NOFAIL, OPS_NOFS,
};

static const gfp_t ops_gfp[] = {
	[OPS_PLAIN] = GFP_KERNEL, [OPS_ATOMIC] = GFP_ATOMIC, [OPS_ZERO] = GFP_KERNEL | __GFP_ZERO,
	[OPS_NOWAIT] = GFP_NOWAIT | __GFP_NOWARN, [OPS_NODE] = GFP_KERNEL,
	[OPS_THISNODE] = GFP_KERNEL | __GFP_THISNODE, [OPS_DMA] = GFP_KERNEL | __GFP_DMA,
	[OPS_ACCOUNT] = GFP_KERNEL_ACCOUNT, [OPS_CALLOC] = GFP_KERNEL | __GFP_ZERO,
	[OPS_INLINE_ZERO] = GFP_KERNEL | __GFP_ZERO, [OPS_NOFAIL] = GFP_KERNEL | __GFP_NOFAIL,
	[OPS_NOFS] = GFP_NOFS, [OPS_HEAP_ZERO] = GFP_KERNEL | __GFP_ZERO,
};

struct ops_object {
	struct rcu_head rcu;
	char name[37];
};

/* The requests that only the default heap has functions for. */
static void *ops_alloc_default(unsigned int variant, size_t *size, gfp_t gfp)
{
	static const char text[OPS_BULK] = "what kpool_memdup() copies";
	char *copy;

	switch (variant) {
	case OPS_ARRAY:
		if (kpool_alloc_array(SIZE_MAX / 2, *size + 3, gfp))
			ops_bug("an overflowing array");
		return kpool_alloc_array(1, *size, gfp);
	case OPS_CALLOC:
		return kpool_calloc(*size, 1, GFP_KERNEL);
	case OPS_INLINE:
		return kpool_alloc_inline(*size, gfp);
	case OPS_INLINE_CONST:
		*size = 64;
		return kpool_alloc_inline(64, gfp);
	case OPS_INLINE_ZERO:
		*size = 200;
		return kpool_alloc_inline(200, gfp);
	case OPS_MEMDUP:
		*size = *size % sizeof(text) + 1;
		copy = kpool_memdup(text, *size, gfp);
		if (copy && memcmp(copy, text, *size))
			ops_bug("kpool_memdup() did not copy");
		return copy ? memset(copy, 0, *size) : NULL;
	case OPS_STRDUP:
		*size = strlen(text) + 1;
		copy = kpool_strdup(text, gfp);
		if (kpool_strdup(NULL, gfp) || (copy && strcmp(copy, text)))
			ops_bug("kpool_strdup() did not copy");
		return copy ? memset(copy, 0, *size) : NULL;
	case OPS_OBJECT:
		*size = sizeof(struct ops_object);
		return kpool_alloc_obj(struct ops_object, gfp);
	default:
		return kpool_alloc(*size, gfp);
	}
}

static void ops_alloc(struct ops_record record)
{
	unsigned int variant = ops_variant(record) % ARRAY_SIZE(ops_gfp), heap = ops_heap(record);
	gfp_t gfp = ops_gfp[variant] ?: GFP_KERNEL;
	size_t size = ops_size(record.arg);
	long failed = sim_fail.failed;
	void *p;

	if (!ops_room(1) || (variant == OPS_NOFAIL && size > PAGE_SIZE))
		return;
	if (variant == OPS_NODE || variant == OPS_THISNODE)
		p = kpool_heap_alloc_node(ops_heap_ptr(heap), size, gfp, ops_random() % 4 - 1);
	else if (variant == OPS_HEAP_ZERO)
		p = kpool_heap_zalloc(ops_heap_ptr(heap), size, GFP_KERNEL);
	else if (heap)
		p = kpool_heap_alloc(ops_heap_ptr(heap), size, gfp);
	else
		p = ops_alloc_default(variant, &size, gfp);
	if (!size && p != ZERO_SIZE_PTR)
		ops_bug("no bytes at %p", p);
	if (!p)
		ops_expect_failure(failed, size);
	else if (size)
		ops_add(p, size, heap, gfp & __GFP_ZERO);
	else
		kpool_free(p);
}

/* The first of many requests of one size that fails ends them. */
static void ops_burst(struct ops_record record)
{
	unsigned int heap = ops_heap(record), nr = (ops_variant(record) + 1) * 16;
	size_t size = clamp(ops_size(record.arg), (size_t)1, (size_t)KPOOL_MAX_SIZE);
	long failed = sim_fail.failed;
	void *p;

	if (!ops_room(nr))
		return;
	while (nr--) {
		p = kpool_heap_alloc(ops_heap_ptr(heap), size, GFP_KERNEL);
		if (!p) {
			ops_expect_failure(failed, size);
			break;
		}
		ops_add(p, size, heap, false);
	}
}

static void ops_bulk_alloc(struct ops_record record)
{
	static const unsigned int numbers[] = { 1, 2, 3, 8, 16, 17, 60, 64, 65, 124, 128, 250 };
	unsigned int nr = numbers[ops_variant(record) % ARRAY_SIZE(numbers)];
	unsigned int heap = ops_heap(record), got, i;
	size_t size = ops_size(record.arg);
	bool zero = ops_variant(record) & 16;
	gfp_t gfp = zero ? GFP_ATOMIC | __GFP_ZERO : GFP_KERNEL;
	long failed = sim_fail.failed;
	void *blocks[OPS_BULK];

	if (!ops_room(nr) || size > 10000 || !size)
		return;
	if (heap)
		got = kpool_heap_alloc_bulk(ops_heap_ptr(heap), size, gfp, nr, blocks);
	else
		got = kpool_alloc_bulk(size, gfp, nr, blocks);
	if (!got)
		ops_expect_failure(failed, size);
	else if (got != nr)
		ops_bug("%u blocks of %u in bulk", got, nr);
	for (i = 0; i < got; i++)
		ops_add(blocks[i], size, heap, zero);
}

/* Frees. */
static unsigned int ops_pick(u16 arg)
{
	return arg % model.nr;
}

/* Is it a zombie's, whose slot is empty or somebody else's? */
#define OPS_NO_HEAP	OPS_HEAPS

static void ops_free_block(const struct ops_block *block, unsigned int variant)
{
	struct kpool_heap *heap = block->heap == OPS_NO_HEAP ? NULL : ops_heap_ptr(block->heap);
	struct rcu_head *rcu = (struct rcu_head *)block->p;

	switch (variant) {
	case 1:
		if (heap) {
			kpool_heap_free(heap, block->p);
			return;
		}
		break;
	case 2:
		if (heap) {
			kpool_heap_free_sized(heap, block->p, block->size);
			return;
		}
		break;
	case 3:
		if (!block->heap) {
			kpool_free_sized(block->p, block->size);
			return;
		}
		break;
	case 4:
		kpool_free_inline(block->p);
		return;
	case 5:
		if (!block->heap) {
			kpool_free_sized_inline(block->p, block->size);
			return;
		}
		break;
	case 6:
		kpool_free_sensitive(block->p);
		return;
	case 7:
		if (block->size >= sizeof(*rcu)) {
			kpool_rcu_free(rcu, block->p);
			return;
		}
		break;
	case 8:
		if (!current->in_irq) {
			kpool_free_rcu_mightsleep(block->p);
			return;
		}
		break;
	case 9:
		if (block->size >= sizeof(struct ops_object)) {
			kpool_free_rcu((struct ops_object *)block->p, rcu);
			return;
		}
		break;
	}
	kpool_free(block->p);
}

static void ops_free(struct ops_record record)
{
	struct ops_block block;

	if (!model.nr)
		return;
	block = ops_remove(ops_pick(record.arg));
	ops_free_block(&block, ops_variant(record) % 10);
}

static void ops_drop(struct ops_record record)
{
	unsigned int nr = (ops_variant(record) % 8 + 1) * 32, order = ops_variant(record) / 8;

	while (nr-- && model.nr) {
		struct ops_block block = ops_remove(order == 0 ? 0 : order == 1 ? model.nr - 1 :
						    ops_pick(ops_random()));

		ops_free_block(&block, record.arg % 7);
	}
}

static void ops_bulk_free(struct ops_record record)
{
	unsigned int nr = ops_variant(record) * 8 + 1, heap = ops_heap(record), i, done = 0;
	bool any = record.arg & 1;
	void *blocks[OPS_BULK];

	for (i = model.nr; i-- && done < nr;) {
		if (any || model.block[i].heap == heap)
			blocks[done++] = ops_remove(i).p;
	}
	if (any)
		kpool_free_bulk(done, blocks);
	else
		kpool_heap_free_bulk(ops_heap_ptr(heap), done, blocks);
}

static void ops_realloc(struct ops_record record)
{
	unsigned int variant = ops_variant(record) % 8, heap = ops_heap(record);
	gfp_t gfp = variant & 4 ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;
	size_t size = ops_size(record.arg);
	long failed = sim_fail.failed;
	struct ops_block block;
	u8 *p;

	if (!model.nr)
		return;
	block = ops_remove(ops_pick(ops_random()));
	/* Blocks that move change heaps. */
	if (variant & 1 || (!model.heap[block.heap % OPS_HEAPS].heap && block.heap))
		heap = 0;
	p = variant & 2 ? kpool_heap_realloc(ops_heap_ptr(heap), block.p, size, gfp) :
			  kpool_realloc(block.p, size, gfp);
	heap = variant & 2 ? heap : 0;
	if (!size) {
		if (p != ZERO_SIZE_PTR)
			ops_bug("no bytes at %p", p);
		return;
	}
	if (!p) {
		ops_expect_failure(failed, size);
		p = block.p;
		size = block.size;
	}
	if (p == block.p)
		heap = block.heap;
	block.p = p;
	ops_expect(&block, min(size, block.size));
	if (gfp & __GFP_ZERO && block.zeroed && size > block.size &&
	    memchr_inv(p + block.size, 0, size - block.size))
		ops_bug("bytes beyond %zu of %zu at %p are not zero", block.size, size, p);
	block.zeroed &= !!(gfp & __GFP_ZERO);
	if (size <= KPOOL_MAX_SIZE && sim_fail.failed + model.limited)
		model.misfits = true;
	block.heap = heap;
	block.size = size;
	model.block[model.nr++] = block;
	ops_own(&block);
	ops_fill(&model.block[model.nr - 1]);
}

/* Heaps. */
static void ops_errors_are_fine(void)
{
	model.errors = sim_logged[SIM_ERR];
}

/* The slot's blocks are nobody's, or still out with no heap to be named. */
static void ops_forget(unsigned int heap, bool freed)
{
	unsigned int i = 0;

	while (i < model.nr) {
		if (model.block[i].heap == heap && freed) {
			ops_remove(i);
			continue;
		}
		if (model.block[i].heap == heap)
			model.block[i].heap = OPS_NO_HEAP;
		i++;
	}
}

static void ops_heap_create(unsigned int slot, unsigned int flags)
{
	bool excluded = flags & KPOOL_HEAP_DEBUG && flags & KPOOL_HEAP_TYPESAFE_RCU;
	struct kpool_heap_attr attr = { .flags = flags };
	long failed = sim_fail.failed;
	struct kpool_heap *heap;
	char name[] = "heap0";

	name[4] += slot;
	heap = kpool_heap_create(name, &attr);
	if (IS_ERR(heap) || excluded) {
		if (excluded ? PTR_ERR(heap) != -EINVAL : sim_fail.failed == failed)
			ops_bug("heap %s: error %ld", name, PTR_ERR(heap));
		ops_errors_are_fine();
		return;
	}
	model.heap[slot] = (struct ops_heap) { .heap = heap, .flags = flags };
	if (PTR_ERR(kpool_heap_create(name, &attr)) != -EEXIST && sim_fail.failed == failed)
		ops_bug("heap %s twice", name);
	ops_errors_are_fine();
}

static void ops_heap_destroy(unsigned int slot)
{
	struct ops_heap heap = model.heap[slot];

	model.irqs_held = true;
	model.heap[slot].heap = NULL;
	model.orphans |= heap.flags & KPOOL_HEAP_DEBUG;
	ops_forget(slot, heap.flags & KPOOL_HEAP_REGION);
	kpool_heap_destroy(heap.heap);
	ops_errors_are_fine();
	model.irqs_held = false;
}

static void ops_heap_op(struct ops_record record)
{
	unsigned int slot = record.how & (OPS_HEAPS - 1);

	if (!slot)
		return;
	if (model.heap[slot].heap)
		ops_heap_destroy(slot);
	else
		ops_heap_create(slot, record.arg & OPS_HEAP_FLAGS);
}

/* Memory going back, time, work. */
static void ops_shrink(struct ops_record record)
{
	kpool_heap_shrink(ops_heap_ptr(ops_heap(record)));
}

static void ops_reclaim(struct ops_record record)
{
	sim_reclaim(record.arg % 512 + 1);
	if (ops_variant(record) & 1)
		sim_run_work();
}

static void ops_time(struct ops_record record)
{
	unsigned int n = ops_variant(record) % 8 + 1;

	while (n--) {
		sim_advance(record.arg % 600);
		sim_run_work();
	}
}

static void ops_rcu(struct ops_record record)
{
	if (record.arg & 1)
		kpool_rcu_barrier();
	else
		sim_run_work();
}

static void ops_cpu(struct ops_record record)
{
	int cpu = record.arg % nr_cpu_ids;

	switch (ops_variant(record) % 3) {
	case 0:
		if (cpu_online(cpu))
			current->cpu = cpu;
		break;
	case 1:
		sim_cpu_offline(cpu);
		break;
	case 2:
		sim_cpu_online(cpu);
		break;
	}
}

/* Looking. */
/* May a debug heap have taken blocks out of service? */
static bool ops_out_of_service(unsigned int slot)
{
	return model.misused && model.heap[slot].flags & KPOOL_HEAP_DEBUG;
}

static void ops_check_stats(unsigned int slot)
{
	struct kpool_heap *heap = ops_heap_ptr(slot);
	u64 used = 0, bytes;
	struct kpool_stats s;
	unsigned int i;

	model.irqs_held = true;
	kpool_rcu_barrier();
	kpool_heap_stats(heap, &s);
	bytes = s.bytes_used + s.bytes_cached + s.bytes_free + s.bytes_tail + s.bytes_header +
		s.bytes_returned;
	if (bytes != s.arenas * s.arena_size || s.bytes != bytes - s.bytes_returned)
		ops_bug("heap %u: the bytes of all rows are %llu of %llu arenas", slot, bytes,
			s.arenas);
	for (i = 0; i < model.nr; i++)
		used += model.block[i].heap == slot && kpool_owns(model.block[i].p);
	/* What is in the wrong magazine is not told from a block in use before it is drained. */
	if (used != s.blocks_used && !model.misfits && !ops_out_of_service(slot))
		ops_bug("heap %u: %llu blocks are out, counted %llu", slot, used, s.blocks_used);
	if (s.corruptions && !model.misused)
		ops_bug("heap %u: corruptions", slot);
	model.irqs_held = false;
}

static void ops_stats(struct ops_record record)
{
	ops_check_stats(ops_heap(record));
}

static void ops_path(char *path, size_t size, unsigned int heap, const char *file)
{
	char name[] = "heap0";

	name[4] += heap;
	scnprintf(path, size, "kpool/heaps/%s/%s", heap ? name : "default", file);
}

static void ops_files(struct ops_record record)
{
	static const char *const names[] = { "stats", "classes", "arenas", "traces" };
	unsigned int heap = ops_heap(record), i;
	char path[64], *text;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ops_path(path, sizeof(path), heap, names[i]);
		text = sim_debugfs_read(path);
		if (text && *text && text[strlen(text) - 1] != '\n')
			ops_bug("%s ends amid a line", path);
		free(text);
	}
	ops_path(path, sizeof(path), heap, record.arg & 1 ? "shrink" : "validate");
	sim_debugfs_write(path, record.arg & 2 ? "1\n" : "2\n");
	free(sim_debugfs_read("kpool/version"));
}

static void ops_contents(struct ops_record record)
{
	unsigned int i;

	for (i = 0; i < model.nr; i++)
		ops_expect(&model.block[i], model.block[i].size);
}

static void ops_validate_all(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < OPS_HEAPS; i++) {
		if (!model.heap[i].heap)
			continue;
		err = kpool_heap_validate(model.heap[i].heap);
		if (err && (err != -ENOMEM || !sim_fail.failed) && !model.heap[i].damaged)
			ops_bug("heap %u: validate says %d", i, err);
	}
}

static void ops_validate(struct ops_record record)
{
	ops_validate_all();
}

/* The same after other operations, where it must not be in want of memory. */
static void ops_validate_step(void)
{
	struct sim_fail fail = sim_fail;

	sim_fail.nth = 0;
	sim_fail.every = 0;
	ops_validate_all();
	sim_fail = fail;
}

/* Adversity. */
static void ops_fail(struct ops_record record)
{
	unsigned int every = ops_variant(record);

	if (!model.fail_nth)
		sim_fail_set(record.arg % 256, every);
}

static void ops_limit(struct ops_record record)
{
	sim_fail.page_limit = record.arg ? sim_usage.pages + record.arg % 256 : 0;
	model.limited |= record.arg;
}

static void ops_irq_handler(void)
{
	unsigned int heap = ops_random() % OPS_HEAPS;
	struct ops_block block;
	size_t size;
	void *p;

	if (model.irqs_held)
		return;
	if (ops_random() & 1 || !model.nr) {
		heap = model.heap[heap].heap ? heap : 0;
		size = ops_random() % KPOOL_MAX_SIZE + 1;
		p = ops_room(OPS_BULK * 2) ?
			kpool_heap_alloc(ops_heap_ptr(heap), size, GFP_ATOMIC) : NULL;
		if (p)
			ops_add(p, size, heap, false);
	} else {
		block = ops_remove(ops_pick(ops_random()));
		ops_free_block(&block, ops_random() % 8);
	}
}

static void ops_irq(struct ops_record record)
{
	sim_irq_arm(ops_irq_handler, record.arg % 300);
}

/* Calls that mean nothing, or that are refused. */
static void ops_odd(struct ops_record record)
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
	    PTR_ERR(kpool_heap_create("12345678901234567890123456789012", NULL)) != -EINVAL)
		ops_bug("an odd call is not answered as it should be");
	attr.flags = 1U << 31;
	if (PTR_ERR(kpool_heap_create("a", &attr)) != -EINVAL)
		ops_bug("unknown flags are taken");
	if (sim_param_set("trim_ms", "9") != -EINVAL || sim_param_set("trim_ms", "x") != -EINVAL ||
	    sim_param_set("trim_ms", "250") || sim_param_get("trim_ms", value) != 4)
		ops_bug("parameter trim_ms");
	ops_errors_are_fine();
}

/* Does another block keep the arena, so that the free of a block in it can be told? */
static bool ops_has_neighbour(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < model.nr; i++)
		if (i != nr && kpool_owns(model.block[i].p) &&
		    !(((unsigned long)model.block[i].p ^ (unsigned long)model.block[nr].p) >>
		      KPOOL_ARENA_SHIFT))
			return true;
	return false;
}

/* Is a free with a wrong heap (3) or size (4) told at once, and the block kept from all use? */
static bool ops_quarantines(const struct ops_block *block, unsigned int variant)
{
	return model.heap[block->heap].flags & KPOOL_HEAP_DEBUG &&
	       (variant == 4 || (variant == 3 && model.heap[0].flags & KPOOL_HEAP_DEBUG));
}

/*
 * Frees that are wrong, each found when the magazines are drained, which is at
 * once: nobody is handed what they brought in.
 */
static void ops_misuse_one(unsigned int nr, unsigned int variant)
{
	static char nobodys[256];
	struct ops_block block = model.block[nr];
	struct kpool_heap *heap;

	if (block.heap == OPS_NO_HEAP || !kpool_owns(block.p) || model.misfits)
		return;
	/* What is cleared on free, before anybody looks, is what the caller says. */
	if (sim_init_on_free && variant != 2)
		variant = 0;
	heap = ops_heap_ptr(block.heap);
	switch (variant) {
	case 0:	/* twice */
		if (!ops_has_neighbour(nr))
			break;
		ops_remove(nr);
		kpool_free(block.p);
		kpool_free(block.p);
		break;
	case 1:	/* amid a block */
		if (block.size > 16)
			kpool_free(block.p + 8);
		break;
	case 2:	/* no block at all */
		kpool_free((void *)((unsigned long)block.p & ~(KPOOL_ARENA_SIZE - 1)));
		break;
	case 3:	/* to another heap */
		if (!block.heap)
			break;
		if (ops_quarantines(&block, variant))
			ops_remove(nr);
		kpool_free_sized(block.p, block.size);
		break;
	case 4:	/* with too large a size */
		if (kpool_usable_size(block.p) == KPOOL_MAX_SIZE)
			break;
		if (ops_quarantines(&block, variant))
			ops_remove(nr);
		kpool_heap_free_sized(heap, block.p, KPOOL_MAX_SIZE);
		break;
	case 5:	/* of memory that no allocator gave */
		kpool_free(nobodys + sizeof(nobodys) / 2);
		break;
	}
	kpool_heap_shrink(NULL);
	kpool_heap_shrink(heap);
	model.misused = true;
	ops_errors_are_fine();
}

/* Damage that debug heaps find, at the free or later, and survive. */
static void ops_damage_one(unsigned int nr, unsigned int variant)
{
	struct ops_block block = model.block[nr];
	struct ops_heap *heap = &model.heap[block.heap];

	if (block.heap == OPS_NO_HEAP || !(heap->flags & KPOOL_HEAP_DEBUG) || model.misfits ||
	    !kpool_owns(block.p) || !ops_has_neighbour(nr))
		return;
	ops_remove(nr);
	switch (variant) {
	case 0:
		block.p[block.size] ^= 0xff;
		break;
	case 1:
		block.p[-1] ^= 0xff;
		break;
	case 2:
		kpool_free(block.p);
		block.p[block.size / 2] ^= 0xff;
		break;
	case 3:
		kpool_heap_free_sized(heap->heap, block.p, block.size + 1);
		break;
	case 4:
		kpool_free(block.p);
		break;
	}
	kpool_heap_free(heap->heap, block.p);
	heap->damaged = true;
	model.misused = true;
	model.orphans = true;
	kpool_heap_validate(heap->heap);
}

static void ops_damage(struct ops_record record)
{
	model.irqs_held = true;
	if (model.nr)
		ops_damage_one(ops_pick(record.arg), ops_variant(record) % 5);
	model.irqs_held = false;
}

static void ops_misuse(struct ops_record record)
{
	model.irqs_held = true;
	if (model.nr)
		ops_misuse_one(ops_pick(record.arg), ops_variant(record) % 6);
	model.irqs_held = false;
}

#define OPS_MACHINE_DEBUG	4096

/* The first record of a sequence sets up the machine, before the module comes. */
static void ops_machine(struct ops_record record)
{
	static const char *const kib[] = { "24", "4", "128", "24" };
	static const char *const reserve[] = { "1", "0", "2", "1" };
	unsigned int bits = record.arg;

	sim_machine_cpus(bits % OPS_CPUS + 1);
	sim_machine_nodes(bits & 4 ? 2 : 1, bits & 8 ? 1 : 0);
	sim_init_on_alloc = bits & 16;
	sim_init_on_free = bits & 32;
	sim_slab_max = bits & 64 ? 0 : 8192;
	sim_contended = bits & 128;
	sim_param_set("magazine_kib", kib[bits >> 8 & 3]);
	sim_param_set("reserve", reserve[bits >> 10 & 3]);
	sim_param_set("debug", bits & OPS_MACHINE_DEBUG ? "1" : "0");
}

static const struct ops_table {
	const char *name;
	void (*run)(struct ops_record record);
} ops_table[] = {
	{ "alloc", ops_alloc }, { "free", ops_free }, { "realloc", ops_realloc },
	{ "burst", ops_burst }, { "drop", ops_drop }, { "bulk_alloc", ops_bulk_alloc },
	{ "bulk_free", ops_bulk_free }, { "heap", ops_heap_op }, { "shrink", ops_shrink },
	{ "reclaim", ops_reclaim }, { "time", ops_time }, { "rcu", ops_rcu }, { "cpu", ops_cpu },
	{ "stats", ops_stats }, { "files", ops_files }, { "contents", ops_contents },
	{ "validate", ops_validate }, { "fail", ops_fail }, { "limit", ops_limit },
	{ "irq", ops_irq }, { "odd", ops_odd }, { "misuse", ops_misuse },
	{ "damage", ops_damage },
};

bool ops_assemble(const char *line, struct ops_record *record)
{
	unsigned int arg = 0, heap = 0, variant = 0, i;
	char name[16];

	if (sscanf(line, " %15[a-z_] %u %u %u", name, &arg, &heap, &variant) < 1)
		return false;
	for (i = 0; i < ARRAY_SIZE(ops_table) && strcmp(ops_table[i].name, name); i++)
		;
	if (i == ARRAY_SIZE(ops_table) && strcmp(name, "machine"))
		ops_bug("no operation %s", name);
	if (arg > U16_MAX || heap >= OPS_HEAPS || variant > 31)
		ops_bug("too large a number: %s", line);
	*record = (struct ops_record) { .op = i, .how = heap | variant << 3, .arg = arg };
	return true;
}

void ops_show(const struct ops_record *record, char *line, size_t size)
{
	scnprintf(line, size, "%s %u %u %u", ops_table[record->op % ARRAY_SIZE(ops_table)].name,
		  record->arg, record->how & (OPS_HEAPS - 1), record->how >> 3);
}

static void ops_no_errors(void)
{
	if (sim_logged[SIM_ERR] != model.errors && !model.orphans)
		ops_bug("an error was logged: %s", sim_log_last);
}

static void ops_step(struct ops_record record)
{
	char line[64];

	if (ops_verbose) {
		ops_show(&record, line, sizeof(line));
		sim_log(SIM_INFO, "%s\n", line);
	}
	current->what = (unsigned long)ops_table[record.op % ARRAY_SIZE(ops_table)].run;
	ops_table[record.op % ARRAY_SIZE(ops_table)].run(record);
	if (current->preempt || current->irqs_off || current->spinlocks)
		ops_bug("a lock is left held");
	if (++ops_steps % ops_validate_period == 0)
		ops_validate_step();
	ops_no_errors();
}

static bool ops_begin(struct ops_record machine, long fail_nth)
{
	int cpu, err;

	memset(&model.heap, 0, sizeof(model.heap));
	model.nr = 0;
	model.random = 1;
	model.limited = false;
	model.misfits = false;
	model.misused = false;
	model.orphans = false;
	ops_machine(machine);
	for_each_possible_cpu(cpu)
		sim_cpu_online(cpu);
	current->cpu = 0;
	sim_thread_seed(1);
	model.fail_nth = fail_nth;
	sim_fail_set(fail_nth, 0);
	sim_fail.page_limit = 0;
	err = sim_module_init();
	ops_errors_are_fine();
	if (err) {
		if (!sim_fail.failed)
			ops_bug("no module: error %d", err);
		return false;
	}
	model.heap[0].heap = kpool_default_heap;
	model.heap[0].flags = machine.arg & OPS_MACHINE_DEBUG ? KPOOL_HEAP_DEBUG : 0;
	return true;
}

/* Everything comes back. */
static void ops_end(void)
{
	struct kpool_stats stats;
	unsigned int i;

	sim_irq_arm(ops_irq_handler, 0);
	sim_fail.page_limit = 0;
	while (model.nr) {
		struct ops_block block = ops_remove(model.nr - 1);

		ops_free_block(&block, model.nr % 10);
	}
	for (i = 1; i < OPS_HEAPS; i++)
		if (model.heap[i].heap) {
			kpool_heap_shrink(model.heap[i].heap);
			ops_check_stats(i);
			ops_heap_destroy(i);
		}
	kpool_rcu_barrier();
	kpool_heap_shrink(NULL);
	model.misfits = false;
	ops_check_stats(0);
	kpool_heap_stats(NULL, &stats);
	if (stats.arenas && !ops_out_of_service(0))
		ops_bug("%llu arenas after everything is free", stats.arenas);
	ops_validate_all();
	ops_no_errors();
	sim_module_exit();
}

/* What is running, for a report that can be run again. */
static const struct ops_record *ops_now;
static size_t ops_now_nr;

static void ops_report(void)
{
	char line[64];
	size_t i;

	sim_log_shown = true;
	sim_log(SIM_INFO, "# the operations, the last of which did not end well:\nmachine %u\n",
		ops_now[0].arg);
	for (i = 1; i < ops_now_nr; i++) {
		ops_show(&ops_now[i], line, sizeof(line));
		sim_log(SIM_INFO, "%s\n", line);
	}
}

long ops_run(const struct ops_record *records, size_t nr, long fail_nth)
{
	size_t i;

	if (!nr)
		return 0;
	if (!ops_pattern[1])
		ops_pattern_init();
	ops_now = records;
	sim_bug_hook = ops_report;
	if (ops_begin(records[0], fail_nth)) {
		for (i = 1; i < nr; i++) {
			ops_now_nr = i + 1;
			ops_step(records[i]);
		}
		ops_end();
	}
	if (!sim_usage_none())
		ops_bug("lost: %ld pages, %ld charged to %ld, %ld objects, %ld per CPU, %ld files",
			sim_usage.pages, sim_usage.charged, sim_usage.memcgs, sim_usage.objects,
			sim_usage.percpu, sim_usage.dentries);
	return sim_fail.failed;
}
