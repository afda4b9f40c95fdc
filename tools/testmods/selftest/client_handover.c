// SPDX-License-Identifier: GPL-2.0
/*
 * Forbidden calls: blocks of kpool are passed to the kernel's own functions that free.
 * kpool survives this only if loaded with handovers=1. It then logs the place of the call.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "client.h"

struct client_handed {
	struct rcu_head rcu;
	u8 rest[80];
};

static void *client_hand(void)
{
	void *p = kpool_alloc(sizeof(struct client_handed), GFP_KERNEL);

	if (p)
		memset(p, 1, sizeof(struct client_handed));
	return p;
}

/*
 * In kernels since 7.x the rcu_head of kfree_rcu() may be one word: kpool may not write
 * behind that word while readers may still read. Return: 0 or -EIO.
 */
static noinline int client_hand_read(struct client_handed *p)
{
	rcu_callback_t behind = (void *)client_hand_read;
	int err;

	p->rcu.func = behind;
	rcu_read_lock();
	kfree_rcu(p, rcu);
	mdelay(20); /* until kpool has handled it */
	err = READ_ONCE(p->rcu.func) == behind ? 0 : -EIO;
	rcu_read_unlock();
	return err;
}

#ifdef CONFIG_KPROBES
/* Not static: the compiler may give a static function another name. */
int client_probed(int value);
noinline int client_probed(int value)
{
	barrier();
	return value + 1;
}

/* While this probe runs, kpool's probe on kfree() does not. */
static int client_free_nothing(struct kprobe *kp, struct pt_regs *regs)
{
	kfree(NULL);
	return 0;
}

/* A call of kfree(NULL) that kpool's probe misses. */
static int client_hand_unseen(void)
{
	static struct kprobe kp = {
		.symbol_name = "client_probed", .pre_handler = client_free_nothing,
	};
	int err = register_kprobe(&kp);

	if (err)
		return err;
	err = client_probed(0) == 1 ? 0 : -EIO;
	unregister_kprobe(&kp);
	return err;
}
#else
static int client_hand_unseen(void)
{
	return 0;
}
#endif

/* Hand over one block to each function. Return: 0, -ENOMEM or -EIO. */
static noinline int client_hand_each_way(void)
{
	struct kmem_cache *cache = kmem_cache_create("client", 96, 0, 0, NULL);
	struct client_handed *p[5];
	unsigned int i, nr = 0;
	int err;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = client_hand();
		nr += !!p[i];
	}
	if (nr < ARRAY_SIZE(p) || !cache) {
		for (i = 0; i < ARRAY_SIZE(p); i++)
			kpool_free(p[i]);
		kmem_cache_destroy(cache);
		return -ENOMEM;
	}
	kfree(p[0]);
	kfree_sensitive(p[1]);
	kmem_cache_free(cache, p[2]);
	err = client_hand_read(p[3]);
	kfree_rcu_mightsleep(p[4]);
	kmem_cache_destroy(cache);
	return err;
}

/* Run twice, so that each place of a call occurs twice. Return: 0 or an error. */
int client_hand_over(void)
{
	return client_hand_each_way() ?: client_hand_each_way() ?: client_hand_unseen();
}
