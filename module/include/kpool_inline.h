/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kpool's fast path, for callers that want it without a function call.
 *
 * kpool_alloc_inline(), kpool_free_inline() and kpool_free_sized_inline() do what the functions
 * without "_inline" do, for the default heap, and cost the code of the fast path at every call
 * site. They pay off where the size is a constant: the compiler then finds the size class, and a
 * sized free reads no metadata. The module's own functions use this header, too.
 *
 * Everything else in this header is not for callers. A kernel with CONFIG_MODVERSIONS refuses to
 * load modules that were built against another layout.
 */
#ifndef _KPOOL_INLINE_H
#define _KPOOL_INLINE_H

#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/tracepoint-defs.h>

#include <kpool.h>

/*
 * The size classes: multiples of 8 bytes, except those for which a larger class has at least the
 * same alignment and as many blocks in a pool. So the smallest class that fits a size is aligned to
 * the largest power of two that divides the size, as kmalloc() promises, and alignment costs no
 * memory. For sizes uniform on 1..512, kpool holds 1.071 bytes for each byte asked for, arena
 * headers included (1.104 on 1..1024).
 */
#define KPOOL_CLASS_STEP	8
#define KPOOL_CLASSES(X)						\
	X(8) X(16) X(24) X(32) X(40) X(48) X(56) X(64) X(72) X(80)	\
	X(88) X(96) X(104) X(112) X(120) X(128) X(136) X(144) X(152)	\
	X(160) X(168) X(176) X(184) X(192) X(200) X(208) X(224) X(240)	\
	X(256) X(272) X(288) X(304) X(312) X(320) X(336) X(352) X(368)	\
	X(384) X(400) X(408) X(448) X(512) X(576) X(584) X(640) X(672)	\
	X(680) X(768) X(800) X(816) X(1024)

#define KPOOL_COUNT_CLASS(size)	+ 1
enum { KPOOL_NR_CLASSES = 0 KPOOL_CLASSES(KPOOL_COUNT_CLASS) };
#undef KPOOL_COUNT_CLASS

/* There is a class byte for each pool. Those of a 16 MiB region of memory are a leaf of the map. */
#define KPOOL_POOL_SHIFT	12
#define KPOOL_LEAF_SHIFT	24

/*
 * With a memory checker in the kernel, the inline functions here are calls, because kpool tells the
 * checker about each allocation and free.
 */
#define KPOOL_SANITIZED	(IS_ENABLED(CONFIG_KASAN_GENERIC) || \
			 IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) || IS_ENABLED(CONFIG_KMSAN))

/* While these tracepoints are enabled, the inline functions are calls, too. */
DECLARE_TRACEPOINT(kpool_alloc);
DECLARE_TRACEPOINT(kpool_free);

/* Class byte of memory that is no pool of kpool's, whatever it is used for. */
#define KPOOL_BYTE_FOREIGN	0xff

/* Flags that no block can satisfy. */
#define KPOOL_GFP_ZONE		(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_ACCOUNT)
/* Flags that magazines cannot satisfy, because their blocks may be of any node. */
#define KPOOL_GFP_SPECIAL	(KPOOL_GFP_ZONE | __GFP_THISNODE)

/**
 * struct kpool_slot - a CPU's loaded magazine of one class: all that the fast path needs
 * @top: place of the last block, or of the magazine's NULL bottom
 * @end: last place of the magazine
 * @allocs: blocks popped
 * @capacity: places of the magazine
 * @busy: set while this CPU uses the slot. An interrupt that finds it set uses the pools instead
 *
 *   bottom  round[0]  round[1]  ...        round[capacity-1]
 *   NULL    block     block     -     -     -
 *                       ^top                ^end
 *
 * Aligned to its size, so that no slot straddles two cache lines.
 */
struct kpool_slot {
	void **top;
	void **end;
	unsigned long allocs;
	u16 capacity;
	u8 busy;
} __aligned(4 * sizeof(long));
static_assert(sizeof(struct kpool_slot) == 4 * sizeof(long));

/**
 * struct kpool_map - the class byte of every pool, by address
 * @first: number of the region, of KPOOL_LEAF_SHIFT bits, of the first leaf
 * @nr: number of leaves
 * @leaf: address of each leaf, less its first pool's number: add any pool's number to find its
 *	class byte
 */
struct kpool_map {
	unsigned long first;
	unsigned long nr;
	unsigned long *leaf;
};

extern struct kpool_map kpool_map;
/*
 * The default heap's slots by (size - 1) / KPOOL_CLASS_STEP, and by class byte. Class bytes of
 * other memory, and with init_on_free all class bytes, have a slot without room.
 */
extern struct kpool_slot __percpu *kpool_size_slot[];
extern struct kpool_slot __percpu *kpool_byte_slot[];
/* kpool_size_slot for frees by size. Slots without room once the heap does not trust sizes. */
extern struct kpool_slot __percpu *kpool_sized_slot[];

/* Is @size neither 0 nor above the largest class? */
static __always_inline bool kpool_size_is_small(size_t size)
{
	return likely(size - 1 < KPOOL_MAX_SIZE);
}

/* The class that serves @size, a constant in 1..KPOOL_MAX_SIZE. */
static __always_inline unsigned int kpool_class_of_const(size_t size)
{
#define KPOOL_IS_LARGER(bytes)	+ (size > (bytes))
	return 0 KPOOL_CLASSES(KPOOL_IS_LARGER);
#undef KPOOL_IS_LARGER
}

/* Bytes of a block that serves @size, a constant in 1..KPOOL_MAX_SIZE. */
static __always_inline size_t kpool_class_size_const(size_t size)
{
#define KPOOL_IF_FITS(bytes)	size <= (bytes) ? (bytes) :
	return KPOOL_CLASSES(KPOOL_IF_FITS) 0;
#undef KPOOL_IF_FITS
}

/* The default heap's slot that serves @size, which is small. */
static __always_inline struct kpool_slot __percpu *kpool_slot_of(size_t size)
{
	if (__builtin_constant_p(size))
		return kpool_byte_slot[kpool_class_of_const(size)];
	return kpool_size_slot[(size - 1) / KPOOL_CLASS_STEP];
}

/* The default heap's slot for a free of @size bytes, which is small. */
static __always_inline struct kpool_slot __percpu *kpool_slot_of_sized(size_t size)
{
	return READ_ONCE(kpool_sized_slot[(size - 1) / KPOOL_CLASS_STEP]);
}

/*
 * Claim a slot of this CPU until kpool_slot_release(). Return: false if it is busy. Preemption is
 * off. Per-CPU accessors save the addition that a pointer needs.
 */
static __always_inline bool kpool_slot_claim(struct kpool_slot __percpu *slot)
{
	if (unlikely(raw_cpu_read(slot->busy)))
		return false;
	raw_cpu_write(slot->busy, 1);
	barrier(); /* an interrupt finds the byte set before any change that it guards */
	return true;
}

static __always_inline void kpool_slot_release(struct kpool_slot __percpu *slot)
{
	barrier(); /* no change after the byte is cleared */
	raw_cpu_write(slot->busy, 0);
}

/* Move a slot's top by a number of rounds. Caller has claimed the slot. */
static __always_inline void kpool_slot_move(struct kpool_slot __percpu *slot, int rounds)
{
	raw_cpu_add(*(unsigned long __percpu *)&slot->top, rounds * (long)sizeof(void *));
}

/*
 * Pop a block off the loaded magazine. Return: NULL if it is empty or busy. The epilogue is there
 * twice because the compiler otherwise tests the block again after it.
 */
static __always_inline void *kpool_slot_alloc(struct kpool_slot __percpu *slot)
{
	preempt_disable();
	if (likely(kpool_slot_claim(slot))) {
		void *block = *raw_cpu_read(slot->top);
		if (likely(block)) {
			kpool_slot_move(slot, -1);
			raw_cpu_inc(slot->allocs);
			kpool_slot_release(slot);
			preempt_enable();
			return block;
		}
		kpool_slot_release(slot);
	}
	preempt_enable();
	return NULL;
}

/*
 * Push a block into the loaded magazine. Return: false if it is full or busy, or if the block is on
 * top already, after a double free. That check costs two instructions.
 */
static __always_inline bool kpool_slot_free(struct kpool_slot __percpu *slot, const void *block)
{
	preempt_disable();
	if (likely(kpool_slot_claim(slot))) {
		void **top = raw_cpu_read(slot->top);

		if (likely(top != raw_cpu_read(slot->end)) && likely(*top != block)) {
			top[1] = (void *)block;
			kpool_slot_move(slot, 1);
			kpool_slot_release(slot);
			preempt_enable();
			return true;
		}
		kpool_slot_release(slot);
	}
	preempt_enable();
	return false;
}

/* Does the map span @p, which may be any pointer? */
static __always_inline bool kpool_map_spans(const void *p)
{
	return ((unsigned long)p >> KPOOL_LEAF_SHIFT) - kpool_map.first < kpool_map.nr;
}

/* Find the place of @p's class byte. @p may be any pointer. Return: false outside the map. */
static __always_inline bool kpool_map_find(const struct kpool_map *map, const void *p,
					   const u8 **place)
{
	unsigned long nr = ((unsigned long)p >> KPOOL_LEAF_SHIFT) - map->first;

	if (unlikely(nr >= map->nr))
		return false;
	/* The region may get its own leaf now, for arenas without @p: either leaf will do. */
	*place = (const u8 *)(data_race(map->leaf[nr]) + ((unsigned long)p >> KPOOL_POOL_SHIFT));
	return true;
}

/* The class byte of the pool that @p, any pointer, lies in. */
static __always_inline u8 kpool_map_byte(const void *p)
{
	const u8 *place;

	/* No caller can hold @p while the byte changes between a class and KPOOL_BYTE_FOREIGN. */
	return kpool_map_find(&kpool_map, p, &place) ? data_race(*place) : KPOOL_BYTE_FOREIGN;
}

/**
 * kpool_alloc_inline() - kpool_alloc() without a call
 * @size: bytes wanted, preferably a constant
 * @gfp: as for kmalloc(), preferably a constant
 *
 * Context: as kpool_alloc().
 * Return: as kpool_alloc().
 */
static __always_inline __malloc __alloc_size(1) void *kpool_alloc_inline(size_t size, gfp_t gfp)
{
	void *block;

	if (KPOOL_SANITIZED || tracepoint_enabled(kpool_alloc) || !kpool_size_is_small(size) ||
	    unlikely(gfp & KPOOL_GFP_SPECIAL) ||
	    (!__builtin_constant_p(size) && want_init_on_alloc(gfp)))
		return kpool_alloc(size, gfp);
	block = kpool_slot_alloc(kpool_slot_of(size));
	if (unlikely(!block))
		return kpool_alloc(size, gfp);
	if (want_init_on_alloc(gfp))
		memset(block, 0, kpool_class_size_const(size));
	return block;
}

/**
 * kpool_free_inline() - kpool_free() without a call
 * @p: what kpool_free() takes
 *
 * Context: as kpool_free().
 */
static __always_inline void kpool_free_inline(const void *p)
{
	if (KPOOL_SANITIZED || tracepoint_enabled(kpool_free) ||
	    unlikely(!kpool_slot_free(kpool_byte_slot[kpool_map_byte(p)], p)))
		kpool_free(p);
}

/**
 * kpool_free_sized_inline() - kpool_free_sized() without a call
 * @p: what kpool_free_sized() takes
 * @size: the size that was asked for last, preferably a constant. Bytes
 *
 * Context: as kpool_free_sized().
 */
static __always_inline void kpool_free_sized_inline(const void *p, size_t size)
{
	if (KPOOL_SANITIZED || tracepoint_enabled(kpool_free) || !kpool_size_is_small(size) ||
	    unlikely(ZERO_OR_NULL_PTR(p)) || want_init_on_free() ||
	    unlikely(!kpool_slot_free(kpool_slot_of_sized(size), p)))
		kpool_free_sized(p, size);
}

#endif /* _KPOOL_INLINE_H */
