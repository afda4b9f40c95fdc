// SPDX-License-Identifier: GPL-2.0
/*
 * Headers of arenas that were overwritten.
 *
 * Each header begins with a canary. Without it, no pointer in the header is followed: the arena is
 * left alone, and lists that go through it are mended.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/list.h>
#include <linux/printk.h>
#include <linux/random.h>

#include "header.h"

unsigned long kpool_header_secret __ro_after_init;

/* If not, says so. For where somebody's pointer leads to an arena that may not be the heap's. */
bool kpool_header_check(const struct kpool_arena *arena)
{
	if (likely(kpool_header_is_whole(arena)))
		return true;
	pr_err_ratelimited("arena header overwritten: blocks of the arena are not used again\n");
	kpool_event(kpool_default_heap, KPOOL_EVENT_CORRUPTION);
	return false;
}

/*
 * Takes arenas with an overwritten header off a list that goes through headers: from the first one
 * that the walk forwards meets to the first one that the walk backwards meets. Node locked.
 */
void kpool_header_mend(struct list_head *head)
{
	struct list_head *first = head, *last = head;

	while (first->next != head && kpool_header_is_whole(kpool_arena_of(first->next)))
		first = first->next;
	if (first->next == head)
		return;
	while (last->prev != head && kpool_header_is_whole(kpool_arena_of(last->prev)))
		last = last->prev;
	first->next = last;
	last->prev = first;
}

void __init kpool_header_init(void)
{
	kpool_header_secret = get_random_long();
}
