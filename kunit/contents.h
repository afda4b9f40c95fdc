/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contents that identify a block: the words of a sequence that starts with the block's tag.
 * Sequences of different tags differ in every word because the factor is odd. So the contents of
 * one tag never pass for those of another. A shorter block has the start of the sequence.
 */
#ifndef KPOOL_CONTENTS_H
#define KPOOL_CONTENTS_H

#include <linux/hash.h>
#include <linux/string.h>
#include <linux/types.h>

/* Write word by word: string instructions are slow under emulation. */
static inline void contents_fill(void *p, size_t size, u32 tag)
{
	unsigned long *word = p, value = (tag + 1ul) * GOLDEN_RATIO_PRIME;
	size_t i;

	for (i = 0; i < size / sizeof(*word); i++, value += GOLDEN_RATIO_PRIME)
		word[i] = value;
	memcpy(&word[i], &value, size % sizeof(*word));
}

static inline bool contents_intact(const void *p, size_t size, u32 tag)
{
	const unsigned long *word = p;
	unsigned long value = (tag + 1ul) * GOLDEN_RATIO_PRIME;
	size_t i;

	for (i = 0; i < size / sizeof(*word); i++, value += GOLDEN_RATIO_PRIME)
		if (word[i] != value)
			return false;
	return !memcmp(&word[i], &value, size % sizeof(*word));
}

#endif /* KPOOL_CONTENTS_H */
