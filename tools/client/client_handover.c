// SPDX-License-Identifier: GPL-2.0
/*
 * What must not be done: blocks of kpool's are passed to the kernel's own functions that free.
 * Only when it is loaded with handovers=1 does kpool survive this, and it says who did it.
 */
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

/* One block each way. Return: 0 or -ENOMEM. */
int client_hand_over(void)
{
	struct kmem_cache *cache = kmem_cache_create("client", 96, 0, 0, NULL);
	struct client_handed *p[5];
	unsigned int i, nr = 0;

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
	kfree_rcu(p[3], rcu);
	kfree_rcu_mightsleep(p[4]);
	kmem_cache_destroy(cache);
	return 0;
}
