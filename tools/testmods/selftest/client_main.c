// SPDX-License-Identifier: GPL-2.0
/*
 * An example of a module that calls kpool, and a self-test that uses only the public
 * header. The self-test runs when the module is inserted and prints KTAP.
 *
 * To see how a call is used, start here:
 *   client_api.c      the default heap: alloc, realloc, bulk, RCU, typed
 *   client_heap.c     private heaps
 *   client_account.c  a heap that is charged to a memory cgroup
 *   client_context.c  NUMA nodes, zones, atomic contexts
 *   client_size.c     properties of each size
 *   client_phase.c    sizes that change over time
 *   client_handover.c forbidden calls
 *
 * pr_fmt() is not defined on purpose: KTAP parsers need lines of the form "ok 1 name"
 * without a prefix.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>

#include "client.h"
#include "contents.h"

#define CLIENT_REPORTS_MAX	5	/* failed checks printed per case */

static unsigned int client_leak;
module_param_named(leak, client_leak, uint, 0444);
MODULE_PARM_DESC(leak, "only allocate so many blocks and never free them (default 0)");

static bool client_handover;
module_param_named(handover, client_handover, bool, 0444);
MODULE_PARM_DESC(handover, "only pass blocks to the kernel's own kfree(), for kpool with handovers=1 (default: 0)");

static unsigned int client_account_mib;
module_param_named(account_mib, client_account_mib, uint, 0444);
MODULE_PARM_DESC(account_mib, "only hold so many MiB charged to the inserter's memory cgroup, up to 1024 (default 0)");

unsigned int client_phase_mib = 16;
module_param_named(phase_mib, client_phase_mib, uint, 0444);
MODULE_PARM_DESC(phase_mib, "MiB of blocks in each size phase, 1 to 64 (default: 16)");

u64 client_seed = 1;
module_param_named(seed, client_seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random sequences, 0 picks one (default: 1)");

static const struct client_case * const client_lists[] = {
	client_size_cases,
	client_api_cases,
	client_heap_cases,
	client_context_cases,
	client_phase_cases,
};

static atomic_t client_failures;	/* of the running case */
static const char *client_skipped;	/* why the running case was skipped */

bool client_verdict(bool ok, const char *what, const char *func, int line)
{
	if (likely(ok))
		return true;
	if (atomic_inc_return(&client_failures) <= CLIENT_REPORTS_MAX)
		client_note("%s:%d: expected %s", func, line, what);
	return false;
}

void client_skip(const char *reason)
{
	client_skipped = reason;
}

void client_expect_sane(struct kpool_heap *heap)
{
	struct kpool_stats s;

	if (!client_expect(!kpool_heap_stats(heap, &s)))
		return;
	client_expect(s.bytes_used + s.bytes_cached + s.bytes_free + s.bytes_tail +
		      s.bytes_header + s.bytes_returned == s.arenas * s.arena_size);
	client_expect(s.bytes == s.arenas * s.arena_size - s.bytes_returned);
	client_expect(s.arenas_created - s.arenas_released == s.arenas);
	client_expect(s.allocs - s.frees == s.blocks_used);
	client_expect(!kpool_heap_validate(heap));
}

static u64 client_corruptions(void)
{
	struct kpool_stats s = {};

	client_expect(!kpool_heap_stats(NULL, &s));
	return s.corruptions;
}

void client_fill(void *p, size_t size, u32 tag)
{
	contents_fill(p, size, tag);
}

bool client_intact(const void *p, size_t size, u32 tag)
{
	return contents_intact(p, size, tag);
}

void client_random_init(struct rnd_state *rnd, unsigned int stream)
{
	prandom_seed_state(rnd, client_seed + ((u64)stream << 32));
}

u32 client_random(struct rnd_state *rnd, u32 below)
{
	return reciprocal_scale(prandom_u32_state(rnd), below);
}

/* Half of the sizes are 1..64; one in twenty is 1..2000, so maybe above the largest class. */
size_t client_random_size(struct rnd_state *rnd)
{
	u32 percent = client_random(rnd, 100);

	if (percent < 50)
		return 1 + client_random(rnd, 64);
	if (percent < 80)
		return 1 + client_random(rnd, 256);
	if (percent < 95)
		return 1 + client_random(rnd, 1024);
	return 1 + client_random(rnd, 2000);
}

void client_timer_setup(struct hrtimer *timer, enum hrtimer_mode mode,
			enum hrtimer_restart (*function)(struct hrtimer *))
{
#ifdef CLIENT_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, mode);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = function;
#endif
}

/* Return: whether the case passed. */
static bool client_run_case(unsigned int number, const struct client_case *c)
{
	u64 corruptions = client_corruptions();
	bool ok;

	atomic_set(&client_failures, 0);
	client_skipped = NULL;
	c->run();
	client_expect_sane(NULL);
	client_expect(client_corruptions() == corruptions);
	ok = !atomic_read(&client_failures);
	if (client_skipped)
		pr_info("%s %u %s # SKIP %s\n", ok ? "ok" : "not ok", number, c->name,
			client_skipped);
	else
		pr_info("%s %u %s\n", ok ? "ok" : "not ok", number, c->name);
	return ok;
}

static unsigned int client_count_cases(void)
{
	const struct client_case *c;
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(client_lists); i++)
		for (c = client_lists[i]; c->name; c++)
			nr++;
	return nr;
}

static int client_selftest(void)
{
	unsigned int i, number = 0, failed = 0;
	const struct client_case *c;

	pr_info("KTAP version 1\n");
	pr_info("1..%u\n", client_count_cases());
	client_note("kpool_client seed=%llu phase_mib=%u", client_seed, client_phase_mib);
	for (i = 0; i < ARRAY_SIZE(client_lists); i++) {
		for (c = client_lists[i]; c->name; c++) {
			failed += !client_run_case(++number, c);
			cond_resched();
		}
	}
	return failed ? -EINVAL : 0;
}

/* Leak blocks: kpool reports them when it is unloaded. */
static noinline int client_lose_blocks(void)
{
	unsigned int i;
	void *p;

	for (i = 0; i < client_leak; i++) {
		p = kpool_alloc(100, GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		kmemleak_not_leak(p); /* leaked on purpose */
	}
	return 0;
}

static int __init client_init(void)
{
	if (client_phase_mib < 1 || client_phase_mib > 64) {
		pr_err("kpool_client: phase_mib=%u is not in 1..64\n", client_phase_mib);
		return -EINVAL;
	}
	if (client_account_mib > 1024) {
		pr_err("kpool_client: account_mib=%u is not in 0..1024\n", client_account_mib);
		return -EINVAL;
	}
	if (client_account_mib)
		return client_account_start(client_account_mib);
	if (client_leak)
		return client_lose_blocks();
	if (client_handover)
		return client_hand_over();
	if (!client_seed)
		client_seed = get_random_u32() + 1ull;
	return client_selftest();
}

/*
 * Blocks that wait for RCU belong to kpool by then, and the function that frees them
 * is in kpool, too: a client may be removed without kpool_rcu_barrier().
 */
static void __exit client_exit(void)
{
	client_account_stop();
}

module_init(client_init);
module_exit(client_exit);

MODULE_DESCRIPTION("Example and self-test of calling kpool");
MODULE_LICENSE("GPL");
