/* SPDX-License-Identifier: GPL-2.0 */
/* Lists and trees with the links inside the entries. */
#ifndef SIM_LIST_H
#define SIM_LIST_H

#include "compiler.h"

/* Circular lists with a head. */
struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void sim_list_insert(struct list_head *entry, struct list_head *prev,
				   struct list_head *next)
{
	if (prev->next != next || next->prev != prev)
		sim_bug("list is corrupt");
	entry->prev = prev;
	entry->next = next;
	prev->next = entry;
	next->prev = entry;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	sim_list_insert(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	sim_list_insert(entry, head->prev, head);
}

static inline void sim_list_unlink(struct list_head *entry)
{
	if (entry->prev->next != entry || entry->next->prev != entry)
		sim_bug("entry is on no list, or its list is corrupt");
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

static inline void list_del(struct list_head *entry)
{
	sim_list_unlink(entry);
	entry->next = NULL;
	entry->prev = NULL;
}

static inline void list_del_init(struct list_head *entry)
{
	sim_list_unlink(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_move(struct list_head *entry, struct list_head *head)
{
	sim_list_unlink(entry);
	list_add(entry, head);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	sim_list_unlink(entry);
	list_add_tail(entry, head);
}

static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

static inline bool list_is_last(const struct list_head *entry, const struct list_head *head)
{
	return entry->next == head;
}

/* Make @entry the first one, and move the entries before it to the end. */
static inline void list_rotate_to_front(struct list_head *entry, struct list_head *head)
{
	list_move_tail(head, entry);
}

static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	while (!list_empty(list))
		list_move(list->prev, head);
}

static inline void list_splice_tail_init(struct list_head *list, struct list_head *head)
{
	while (!list_empty(list))
		list_move_tail(list->next, head);
}

#define list_entry(p, type, member)		container_of(p, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : list_first_entry(head, type, member))
#define list_next_entry(pos, member)	list_entry((pos)->member.next, typeof(*(pos)), member)
#define list_for_each(pos, head) \
	for (pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_entry(pos, head, member)					\
	for (pos = list_first_entry(head, typeof(*pos), member);		\
	     &pos->member != (head); pos = list_next_entry(pos, member))
#define list_for_each_entry_safe(pos, n, head, member)				\
	for (pos = list_first_entry(head, typeof(*pos), member),		\
	     n = list_next_entry(pos, member);					\
	     &pos->member != (head); pos = n, n = list_next_entry(n, member))

/* Lists with a head of one word. */
struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#define HLIST_HEAD_INIT		{ NULL }
#define HLIST_HEAD(name)	struct hlist_head name = HLIST_HEAD_INIT
#define INIT_HLIST_HEAD(head)	((head)->first = NULL)

static inline void INIT_HLIST_NODE(struct hlist_node *node)
{
	node->next = NULL;
	node->pprev = NULL;
}

static inline bool hlist_unhashed(const struct hlist_node *node)
{
	return !node->pprev;
}

static inline bool hlist_empty(const struct hlist_head *head)
{
	return !READ_ONCE(head->first);
}

static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	if (head->first && head->first->pprev != &head->first)
		sim_bug("hlist is corrupt");
	node->next = head->first;
	if (head->first)
		head->first->pprev = &node->next;
	WRITE_ONCE(head->first, node);
	node->pprev = &head->first;
}

static inline void hlist_del_init(struct hlist_node *node)
{
	if (hlist_unhashed(node))
		return;
	if (*node->pprev != node || (node->next && node->next->pprev != &node->next))
		sim_bug("hlist is corrupt");
	WRITE_ONCE(*node->pprev, node->next);
	if (node->next)
		node->next->pprev = node->pprev;
	INIT_HLIST_NODE(node);
}

#define hlist_del	hlist_del_init
#define hlist_entry(p, type, member)	container_of(p, type, member)
#define hlist_entry_safe(p, type, member)					\
({										\
	struct hlist_node *__node = (p);					\
										\
	__node ? hlist_entry(__node, type, member) : NULL;			\
})
#define hlist_for_each(pos, head) \
	for (pos = (head)->first; pos; pos = pos->next)
#define hlist_for_each_entry(pos, head, member)					\
	for (pos = hlist_entry_safe((head)->first, typeof(*pos), member); pos;	\
	     pos = hlist_entry_safe(pos->member.next, typeof(*pos), member))
#define hlist_for_each_entry_safe(pos, n, head, member)				\
	for (pos = hlist_entry_safe((head)->first, typeof(*pos), member);	\
	     pos && ({ n = pos->member.next; 1; });				\
	     pos = hlist_entry_safe(n, typeof(*pos), member))

/* Lock-less lists. */
struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD_INIT(name)	{ NULL }
#define LLIST_HEAD(name)	struct llist_head name = LLIST_HEAD_INIT(name)
#define init_llist_head(list)	((list)->first = NULL)
#define llist_entry(p, type, member)	container_of(p, type, member)

static inline bool llist_empty(const struct llist_head *head)
{
	return !READ_ONCE(head->first);
}

/* Return: whether the list was empty. */
static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	struct llist_node *first = __atomic_load_n(&head->first, __ATOMIC_RELAXED);

	do {
		node->next = first;
	} while (!try_cmpxchg(&head->first, &first, node));
	return !first;
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return xchg(&head->first, NULL);
}

#define llist_for_each_safe(pos, n, node) \
	for (pos = (node); pos && (n = pos->next, true); pos = n)
#define llist_for_each(pos, node) \
	for (pos = (node); pos; pos = pos->next)

/* Plain, unbalanced binary trees, in lib.c: their users here are few and small. */
struct rb_node {
	struct rb_node *parent, *rb_left, *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT			((struct rb_root) { NULL })
#define rb_entry(p, type, member)	container_of(p, type, member)

void rb_add(struct rb_node *node, struct rb_root *root,
	    bool (*less)(struct rb_node *a, const struct rb_node *b));
struct rb_node *rb_find(const void *key, const struct rb_root *root,
			int (*cmp)(const void *key, const struct rb_node *node));
struct rb_node *rb_next(const struct rb_node *node);
void rb_erase(struct rb_node *node, struct rb_root *root);

#endif /* SIM_LIST_H */
