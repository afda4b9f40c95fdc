// SPDX-License-Identifier: GPL-2.0
/* The random workload of the kernel's tests. See churn.h. */
#include <linux/bottom_half.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/nodemask.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <kpool_inline.h>

#include "churn.h"
#include "compat.h"
#include "contents.h"

#define CHURN_REPORTS_MAX	5	/* limit of printed reports of changed objects */
#define CHURN_WARM_UP		16
#define CHURN_SMALL		128	/* largest size of every second phase */
#define CHURN_CONST_SIZE	72	/* a constant size, for inlined calls */
#define CHURN_SECTION_OBJECTS	8
#define CHURN_BULK_MAX		32
#define CHURN_TICK_STEPS	8

/* On PREEMPT_RT, only threads with preemption enabled may allocate. */
#define CHURN_SECTIONS		(IS_ENABLED(CONFIG_PREEMPT_RT) ? 2 : 4)

/* Skip the first numbers: sequences of similar seeds begin alike. */
void churn_actor_init(struct churn_actor *actor, struct churn *churn, u64 stream)
{
	unsigned int i;

	actor->churn = churn;
	prandom_seed_state(&actor->rnd, churn->seed + (stream << 32));
	for (i = 0; i < CHURN_WARM_UP; i++)
		prandom_u32_state(&actor->rnd);
	churn_actor_phase(actor, 1);
}

/* A phase uses small sizes, all sizes, or one size, so that pools change their class. */
void churn_actor_phase(struct churn_actor *actor, unsigned int phase)
{
	u32 max = actor->churn->max_size;

	actor->size_min = phase % 4 ? 1 : min(1 + churn_random(actor, KPOOL_MAX_SIZE), max);
	actor->size_span = phase % 4 == 0 ? 1 : phase % 4 == 2 ? KPOOL_MAX_SIZE : CHURN_SMALL;
	actor->size_span = min(actor->size_span, max + 1 - actor->size_min);
}

/* One size in 256 may be larger, so that kmalloc() serves it. */
u32 churn_size(struct churn_actor *actor)
{
	if (!churn_random(actor, 256))
		return 1 + churn_random(actor, actor->churn->max_size);
	return actor->size_min + churn_random(actor, actor->size_span);
}

gfp_t churn_gfp(struct churn_actor *actor)
{
	switch (churn_random(actor, 16)) {
	case 0:
		return GFP_KERNEL | __GFP_ZERO;
	case 1:
		return GFP_ATOMIC | __GFP_NOWARN;
	case 2:
		return GFP_NOWAIT | __GFP_NOWARN;
	case 3:
		return GFP_NOIO;
	default:
		return GFP_KERNEL;
	}
}

const struct churn_heap *churn_heap_any(struct churn_actor *actor)
{
	const struct churn_heap *heap = actor->churn->heap;
	u32 draw = churn_random(actor, CHURN_SHARES);

	for (; draw >= heap->share; heap++)
		draw -= heap->share;
	return heap;
}

#define CHURN_TALLY_ADD(name, text)	total->name += tally->name;

void churn_tally_add(struct churn_tally *total, const struct churn_tally *tally)
{
	CHURN_TALLY_MUST(CHURN_TALLY_ADD)
	CHURN_TALLY_MAY(CHURN_TALLY_ADD)
}

/* Count an allocation. Return: true if it succeeded. */
static bool churn_got(struct churn_actor *actor, const void *p)
{
	if (likely(p))
		actor->tally.allocs++;
	else
		actor->tally.refused++;
	return p;
}

static void churn_found(struct churn *churn, u32 size, const char *heap, const char *what)
{
	if (atomic_long_inc_return(&churn->changed) <= CHURN_REPORTS_MAX)
		pr_info("# %u bytes of heap %s %s\n", size, heap, what);
}

void churn_check(struct churn *churn, const void *p, u32 size, u32 tag, const char *heap)
{
	if (unlikely(!contents_intact(p, size, tag)))
		churn_found(churn, size, heap, "changed");
}

/* Objects. */
static int churn_node(struct churn_actor *actor)
{
	return next_node_in(churn_random(actor, nr_node_ids), node_states[N_MEMORY]);
}

static void *churn_alloc(struct churn_actor *actor, struct churn_object *object, gfp_t gfp)
{
	struct kpool_heap *heap = object->heap->heap;
	u32 way = churn_random(actor, 8);

	if (heap && way)
		return kpool_heap_alloc(heap, object->size, gfp);
	if (heap)
		return kpool_heap_alloc_node(heap, object->size, gfp, churn_node(actor));
	switch (way) {
	case 0:
		return kpool_alloc_node(object->size, gfp, churn_node(actor));
	case 1:
		return kpool_alloc_inline(object->size, gfp);
	case 2:
		object->size = CHURN_CONST_SIZE;
		return kpool_alloc_inline(CHURN_CONST_SIZE, gfp);
	default:
		return kpool_alloc(object->size, gfp);
	}
}

bool churn_object_make(struct churn_actor *actor, struct churn_object *object,
		       const struct churn_heap *heap, gfp_t gfp)
{
	object->heap = heap;
	object->size = churn_size(actor);
	object->tag = prandom_u32_state(&actor->rnd);
	object->p = churn_alloc(actor, object, gfp);
	if (!churn_got(actor, object->p))
		return false;
	if (gfp & __GFP_ZERO && memchr_inv(object->p, 0, object->size))
		churn_found(actor->churn, object->size, heap->name, "are not zero");
	contents_fill(object->p, object->size, object->tag);
	return true;
}

static void churn_object_check(struct churn_actor *actor, const struct churn_object *object)
{
	churn_check(actor->churn, object->p, object->size, object->tag, object->heap->name);
}

static void churn_free_sized(const struct churn_object *object)
{
	struct kpool_heap *heap = object->heap->heap;

	if (heap)
		kpool_heap_free_sized(heap, object->p, object->size);
	else if (object->size == CHURN_CONST_SIZE)
		kpool_free_sized_inline(object->p, CHURN_CONST_SIZE);
	else
		kpool_free_sized(object->p, object->size);
}

static void churn_free_rcu(struct churn_actor *actor, const struct churn_object *object)
{
	if (object->size < sizeof(struct rcu_head)) {
		kpool_free(object->p);
		return;
	}
	kpool_rcu_free(object->p, object->p);
	actor->tally.rcu++;
}

void churn_object_end(struct churn_actor *actor, struct churn_object *object)
{
	struct kpool_heap *heap = object->heap->heap;

	churn_object_check(actor, object);
	switch (churn_random(actor, 32)) {
	case 0:
		churn_free_rcu(actor, object);
		break;
	case 1:
		kpool_free_sensitive(object->p);
		break;
	case 2 ... 9:
		churn_free_sized(object);
		break;
	case 10 ... 17:
		if (heap)
			kpool_heap_free(heap, object->p);
		else
			kpool_free_inline(object->p);
		break;
	default:
		kpool_free(object->p);
	}
	object->p = NULL;
	actor->tally.frees++;
}

static void churn_resize(struct churn_actor *actor, struct churn_object *object, gfp_t gfp)
{
	struct kpool_heap *heap = object->heap->heap;
	u32 size = churn_size(actor);
	void *p = heap ? kpool_heap_realloc(heap, object->p, size, gfp) :
			 kpool_realloc(object->p, size, gfp);

	if (unlikely(!p)) {
		actor->tally.refused++;
		return;
	}
	object->p = p;
	object->size = min(size, object->size);
	churn_object_check(actor, object);
	object->size = size;
	contents_fill(p, size, object->tag);
	actor->tally.resizes++;
}

/* Leave the object on a shelf and take the object that is there. */
static void churn_trade(struct churn_actor *actor, struct churn_object *object, gfp_t gfp)
{
	struct kpool_heap *heap = object->heap->heap;
	u32 i = churn_random(actor, CHURN_SHELVES);
	struct churn_object *letter;

	letter = heap ? kpool_heap_alloc(heap, sizeof(*letter), gfp) :
			kpool_alloc_obj(struct churn_object, gfp);
	if (!churn_got(actor, letter))
		return;
	actor->tally.trades++;
	*letter = *object;
	object->p = NULL;
	letter = xchg(&actor->churn->shelf[i], letter);
	if (!letter)
		return;
	*object = *letter;
	kpool_free(letter);
	actor->tally.frees++;
}

void churn_step(struct churn_actor *actor, struct churn_object *object, gfp_t gfp)
{
	if (!object->p) {
		churn_object_make(actor, object, churn_heap_any(actor), gfp);
		return;
	}
	switch (churn_random(actor, 16)) {
	case 0:
		churn_resize(actor, object, gfp);
		break;
	case 1:
	case 2:
		churn_trade(actor, object, gfp);
		break;
	default:
		churn_object_end(actor, object);
	}
}

void churn_exchange(struct churn_actor *actor, gfp_t gfp)
{
	struct churn_object object;

	if (!churn_object_make(actor, &object, churn_heap_any(actor), gfp))
		return;
	if (!churn_random(actor, 16))
		churn_resize(actor, &object, gfp);
	churn_trade(actor, &object, gfp);
	if (object.p)
		churn_object_end(actor, &object);
}

/* Work where the caller may not sleep: interrupts or preemption off, or a lock held. */
static void churn_section_work(struct churn_actor *actor)
{
	unsigned int i, first = churn_random(actor, CHURN_SECTION_OBJECTS);
	struct churn_object object[CHURN_SECTION_OBJECTS];

	for (i = 0; i < CHURN_SECTION_OBJECTS; i++)
		churn_object_make(actor, &object[i], churn_heap_any(actor),
				  (i % 2 ? GFP_ATOMIC : GFP_NOWAIT) | __GFP_NOWARN);
	for (i = 0; i < CHURN_SECTION_OBJECTS; i++) {
		struct churn_object *o = &object[(first + i) % CHURN_SECTION_OBJECTS];

		if (o->p)
			churn_object_end(actor, o);
	}
	actor->tally.sections++;
}

static void churn_section(struct churn_actor *actor)
{
	static DEFINE_SPINLOCK(lock);
	unsigned long flags;

	switch (churn_random(actor, CHURN_SECTIONS)) {
	case 0:
		local_bh_disable();
		churn_section_work(actor);
		local_bh_enable();
		break;
	case 1:
		spin_lock_irqsave(&lock, flags);
		churn_section_work(actor);
		spin_unlock_irqrestore(&lock, flags);
		break;
	case 2:
		preempt_disable();
		churn_section_work(actor);
		preempt_enable();
		break;
	default:
		local_irq_save(flags);
		churn_section_work(actor);
		local_irq_restore(flags);
	}
}

/* Bulk requests and frees. */
static unsigned int churn_bulk_alloc(struct churn_actor *actor, struct kpool_heap *heap, u32 size,
				     void **block)
{
	unsigned int nr = 1 + churn_random(actor, CHURN_BULK_MAX);
	unsigned int got = heap ? kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, block) :
				  kpool_alloc_bulk(size, GFP_KERNEL, nr, block);

	actor->tally.allocs += got;
	actor->tally.refused += !got;
	return got;
}

/* Allocate two batches, perhaps of different sizes and heaps, and free both at once. */
static void churn_bulk(struct churn_actor *actor)
{
	const struct churn_heap *heap = churn_heap_any(actor), *other = churn_heap_any(actor);
	u32 size = churn_size(actor), other_size = churn_size(actor);
	void *block[2 * CHURN_BULK_MAX];
	unsigned int nr, all, i;

	nr = churn_bulk_alloc(actor, heap->heap, size, block);
	all = nr + churn_bulk_alloc(actor, other->heap, other_size, block + nr);
	for (i = 0; i < all; i++)
		contents_fill(block[i], i < nr ? size : other_size, i);
	for (i = 0; i < all; i++)
		churn_check(actor->churn, block[i], i < nr ? size : other_size, i,
			    i < nr ? heap->name : other->name);
	if (heap == other && heap->heap)
		kpool_heap_free_bulk(heap->heap, all, block);
	else
		kpool_free_bulk(all, block);
	actor->tally.frees += all;
	actor->tally.bulks++;
}

/* Objects that are read under RCU while other actors replace and free them. */
struct churn_published {
	struct rcu_head rcu;
	const struct churn_heap *heap;
	u32 size;	/* bytes of the contents */
	u32 tag;
	u8 contents[] __aligned(sizeof(long));
};

static struct churn_published *churn_publish(struct churn_actor *actor)
{
	const struct churn_heap *heap = churn_heap_any(actor);
	u32 size = churn_size(actor);
	struct churn_published *new;

	new = heap->heap ?
	      kpool_heap_alloc(heap->heap, struct_size(new, contents, size), GFP_KERNEL) :
	      kpool_alloc(struct_size(new, contents, size), GFP_KERNEL);
	if (!churn_got(actor, new))
		return NULL;
	new->heap = heap;
	new->size = size;
	new->tag = prandom_u32_state(&actor->rnd);
	contents_fill(new->contents, size, new->tag);
	return new;
}

static void churn_put(struct churn_actor *actor, u32 i, struct churn_published *new)
{
	struct churn_published *old;

	old = unrcu_pointer(xchg(&actor->churn->published[i], RCU_INITIALIZER(new)));
	if (!old)
		return;
	if (churn_random(actor, 16))
		kpool_free_rcu(old, rcu);
	else
		kpool_free_rcu_mightsleep(old);
	actor->tally.frees++;
	actor->tally.rcu++;
}

static void churn_replace(struct churn_actor *actor)
{
	churn_put(actor, churn_random(actor, CHURN_PUBLISHED), churn_publish(actor));
}

static void churn_look(struct churn_actor *actor)
{
	struct churn *churn = actor->churn;
	struct churn_published *seen;

	rcu_read_lock();
	seen = rcu_dereference(churn->published[churn_random(actor, CHURN_PUBLISHED)]);
	if (seen)
		churn_check(churn, seen->contents, seen->size, seen->tag, seen->heap->name);
	rcu_read_unlock();
	actor->tally.looks++;
}

bool churn_run_one(struct churn_actor *actor, const struct churn_choice *choice, unsigned int nr,
		   u32 all)
{
	u32 draw = churn_random(actor, all);

	for (; nr; nr--, choice++) {
		if (draw < choice->share) {
			choice->run(actor);
			return true;
		}
		draw -= choice->share;
	}
	return false;
}

void churn_run_each(struct churn_actor *actor, const struct churn_choice *choice,
		    unsigned int nr)
{
	for (; nr; nr--, choice++)
		choice->run(actor);
}

#define CHURN_RARE		10	/* sum of the shares of churn_rares */

static const struct churn_choice churn_rares[] = {
	{ churn_section, 4 }, { churn_bulk, 2 }, { churn_replace, 2 }, { churn_look, 2 },
};

void churn_rare(struct churn_actor *actor)
{
	churn_run_one(actor, churn_rares, ARRAY_SIZE(churn_rares), CHURN_RARE);
}

void churn_rare_each(struct churn_actor *actor)
{
	churn_run_each(actor, churn_rares, ARRAY_SIZE(churn_rares));
}

void churn_clear(struct churn_actor *actor)
{
	struct churn_object *letter;
	unsigned int i;

	for (i = 0; i < CHURN_SHELVES; i++) {
		letter = xchg(&actor->churn->shelf[i], NULL);
		if (!letter)
			continue;
		churn_object_end(actor, letter);
		kpool_free(letter);
		actor->tally.frees++;
	}
	for (i = 0; i < CHURN_PUBLISHED; i++)
		churn_put(actor, i, NULL);
	kpool_rcu_barrier();
}

/* Timers. */
static ktime_t churn_timer_period(struct churn_timer *timer)
{
	u64 us = timer->period_us / 2 + churn_random(&timer->actor, timer->period_us);

	return ns_to_ktime(us * NSEC_PER_USEC);
}

static enum hrtimer_restart churn_timer_tick(struct hrtimer *hrtimer)
{
	struct churn_timer *timer = container_of(hrtimer, struct churn_timer, timer);
	struct churn_actor *actor = &timer->actor;
	unsigned int i;

	if (!churn_random(actor, 64))
		churn_actor_phase(actor, churn_random(actor, 4));
	for (i = 0; i < CHURN_TICK_STEPS; i++)
		churn_step(actor, &timer->object[churn_random(actor, CHURN_TIMER_OBJECTS)],
			   GFP_ATOMIC | __GFP_NOWARN);
	WRITE_ONCE(actor->tally.ticks, actor->tally.ticks + 1);
	hrtimer_forward_now(hrtimer, churn_timer_period(timer));
	return HRTIMER_RESTART;
}

void churn_timer_init(struct churn_timer *timer, struct churn *churn, bool hard,
		      unsigned int period_us, u64 stream)
{
	timer->mode = hard && !IS_ENABLED(CONFIG_PREEMPT_RT) ? HRTIMER_MODE_REL_PINNED_HARD :
							       HRTIMER_MODE_REL_PINNED_SOFT;
	timer->period_us = period_us;
	churn_actor_init(&timer->actor, churn, stream);
	kpool_compat_hrtimer_setup(&timer->timer, churn_timer_tick, timer->mode);
}

void churn_timer_start(struct churn_timer *timer)
{
	hrtimer_start(&timer->timer, churn_timer_period(timer), timer->mode);
}

void churn_timer_stop(struct churn_timer *timer, struct churn_tally *total)
{
	unsigned int i;

	hrtimer_cancel(&timer->timer);
	for (i = 0; i < CHURN_TIMER_OBJECTS; i++)
		if (timer->object[i].p)
			churn_object_end(&timer->actor, &timer->object[i]);
	churn_tally_add(total, &timer->actor.tally);
}
