// SPDX-License-Identifier: GPL-2.0
/* Operations on data that threads share: blocks that are handed over, an object with readers. */
#include "ops_model.h"

#define OPS_MAILBOXES	64

/* Blocks that are being handed over. The entries are not in the module's memory. */
static struct ops_block *ops_mailbox[OPS_MAILBOXES];

/* An object with one byte repeated throughout its name. */
static struct ops_object *ops_published;

/* Count blocks of a heap that are in no thread's model. No other thread may be running. */
unsigned int ops_shared(unsigned int slot)
{
	unsigned int nr = !slot && !model.thread && kpool_owns(ops_published), i;

	for (i = 0; i < OPS_MAILBOXES && !model.thread; i++)
		nr += ops_mailbox[i] && ops_mailbox[i]->heap == slot &&
		      kpool_owns(ops_mailbox[i]->p);
	return nr;
}

/* Put @letter, or NULL, into a mailbox, and add the block that was there to the model. */
static void ops_mail(unsigned int box, struct ops_block *letter)
{
	letter = xchg(&ops_mailbox[box], letter);
	if (!letter)
		return;
	ops_expect(letter, letter->size);
	model.block[model.nr++] = *letter;
	free(letter);
}

/* Blocks of heaps that may be destroyed are not exchanged. */
void ops_exchange(struct ops_record record)
{
	struct ops_block *letter;
	unsigned int nr;

	if (!model.nr)
		return;
	nr = ops_pick(record.arg);
	if (model.block[nr].heap >= model.fixed)
		return;
	letter = malloc(sizeof(*letter));
	*letter = model.block[nr];
	model.block[nr] = model.block[--model.nr];
	ops_mail(ops_random() % OPS_MAILBOXES, letter);
}

static void ops_look(void)
{
	const struct ops_object *object;

	rcu_read_lock();
	object = rcu_dereference(ops_published);
	if (object && memchr_inv(object->name, object->name[0], sizeof(object->name)))
		ops_bug("an object changed under its reader");
	rcu_read_unlock();
}

static void ops_replace(struct ops_object *object)
{
	object = xchg(&ops_published, object);
	kpool_free_rcu(object, rcu);
}

/* Replace the object, or read it. */
void ops_publish(struct ops_record record)
{
	long failed = ops_failed();
	struct ops_object *object;

	if (record.arg & 1) {
		ops_look();
		return;
	}
	object = kpool_alloc_obj(struct ops_object, GFP_KERNEL);
	if (object)
		memset(object->name, ops_random(), sizeof(object->name));
	else
		ops_expect_failure(failed, sizeof(*object));
	model.misfits |= object && !kpool_owns(object);
	ops_replace(object);
}

/* Add all blocks in mailboxes to this thread's model. */
void ops_unshare(void)
{
	unsigned int i;

	for (i = 0; i < OPS_MAILBOXES; i++)
		ops_mail(i, NULL);
	ops_replace(NULL);
}
