// SPDX-License-Identifier: GPL-2.0
/*
 * Overwritten arena headers.
 *
 * Each header begins with a canary. If the canary is wrong, kpool follows no pointer in the header,
 * leaves the arena alone, and mends lists that go through it.
 */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/list.h>
#include <linux/printk.h>
#include <linux/random.h>

#include "header.h"

unsigned long kpool_header_secret __ro_after_init;

/*
 * Check a header before following its pointers, if a caller's pointer led to it. Report an
 * overwritten header. Return: whether the header is whole.
 */
bool kpool_header_check(const struct kpool_arena *arena)
{
	if (likely(kpool_header_is_whole(arena)))
		return true;
	pr_err_ratelimited("arena header overwritten: blocks of the arena are not used again\n");
	kpool_event(kpool_default_heap, KPOOL_EVENT_CORRUPTION);
	return false;
}

/*
 * Take arenas with an overwritten header off a list that runs through headers. A walk forwards and
 * a walk backwards each stop at the first such arena. All arenas between these two leave the list,
 * even whole ones. Caller holds node->lock.
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
