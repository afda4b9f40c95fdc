/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files of debug heaps: the header of a block, poison, checks. */
#ifndef KPOOL_DEBUG_BLOCK_H
#define KPOOL_DEBUG_BLOCK_H

#include <linux/jhash.h>
#include <linux/poison.h>

#include "class.h"
#include "debug/report.h"
#include "types.h"

#define KPOOL_DEBUG_ZONE	SLUB_RED_ACTIVE
#define KPOOL_DEBUG_RAW		POISON_INUSE	/* of an object before its first write */
#define KPOOL_DEBUG_POISON	POISON_FREE

/* States of a block, see debug.c. Their values are unlikely in memory that was overwritten. */
enum kpool_debug_state {
	KPOOL_DEBUG_FRESH	= KPOOL_DEBUG_POISON * 0x01010101U,
	KPOOL_DEBUG_LIVE	= 0x6b706c31U,
	KPOOL_DEBUG_WAITING	= 0x2e57b90dU,
	KPOOL_DEBUG_BUSY	= 0x94a25d72U,
	KPOOL_DEBUG_FREE	= 0x3d8fe2b4U,
	KPOOL_DEBUG_QUARANTINED	= 0xc25913e8U,
};

/**
 * struct kpool_debug_header - start of a block of a debug heap
 * @state: see debug.c
 * @sum: checksum over the rest of the header and its address
 * @alloc: last allocation
 * @free: free since then, if any
 * @size: bytes asked for
 * @offset: offset of the object in the block
 */
struct kpool_debug_header {
	enum kpool_debug_state state;
	u32 sum;
	struct kpool_track alloc;
	struct kpool_track free;
	u16 size;
	u16 offset;
};

/* Least bytes of each zone: MAX, or half and so on, down to MIN, if no class has room for it. */
#define KPOOL_DEBUG_ZONE_MAX	64
#define KPOOL_DEBUG_ZONE_MIN	8

/* Used by two reports and by kpool_heap_validate(). */
#define KPOOL_DEBUG_WRITTEN	"a free block was written to"

/* Last lines of reports. */
#define KPOOL_DEBUG_END_QUARANTINED	"end of report, the block is out of service"
#define KPOOL_DEBUG_END_NOT_FREED	"end of report, nothing was freed"

/* Is @state one that a block can have, except quarantined? False if the header was overwritten. */
static inline bool kpool_debug_is_known(enum kpool_debug_state state)
{
	return state == KPOOL_DEBUG_FRESH || state == KPOOL_DEBUG_LIVE ||
	       state == KPOOL_DEBUG_WAITING || state == KPOOL_DEBUG_BUSY ||
	       state == KPOOL_DEBUG_FREE;
}

static inline u32 kpool_debug_sum(const struct kpool_debug_header *header)
{
	return jhash(&header->alloc, sizeof(*header) - offsetof(struct kpool_debug_header, alloc),
		     (u32)(unsigned long)header);
}

static inline bool kpool_debug_intact(const struct kpool_debug_header *header)
{
	return header->sum == kpool_debug_sum(header);
}

static inline void *kpool_debug_object(const struct kpool_debug_header *header)
{
	return (void *)header + header->offset;
}

static inline const void *kpool_debug_end_of(const struct kpool_debug_header *header)
{
	return (void *)header + kpool_class_size(kpool_map_byte(header) & KPOOL_BYTE_CLASS);
}

const void *kpool_debug_written(const struct kpool_debug_header *header,
				enum kpool_debug_state state);
const void *kpool_debug_overrun(const struct kpool_debug_header *header);
const char *kpool_debug_fault(struct kpool_heap *heap, struct kpool_heap *owner,
			      size_t asked, size_t size, const void *bad, const void *object);
bool kpool_debug_refuse(struct kpool_heap *heap, struct kpool_debug_header *header,
			enum kpool_debug_state state);
void kpool_debug_last_look(struct kpool_heap *heap, const struct kpool_debug_header *header);
void kpool_debug_reject(struct kpool_heap *heap, const void *p,
			const struct kpool_debug_header *header, const char *what);
void kpool_debug_free_live(struct kpool_heap *heap, struct kpool_heap *owner,
			   struct kpool_debug_header *header, const void *p, size_t size);

#endif /* KPOOL_DEBUG_BLOCK_H */
