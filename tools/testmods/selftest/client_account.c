// SPDX-License-Identifier: GPL-2.0
/* A heap that is charged to the memory cgroup of the process that inserts the module. */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "client.h"

#define CLIENT_ACCOUNT_SIZE	512	/* bytes of a block */

static struct kpool_heap *client_account_heap;

void client_account_stop(void)
{
	kpool_heap_destroy(client_account_heap);
	client_account_heap = NULL;
}

/* Hold @mib MiB until the module is removed. Return: 0, or -ENOMEM at the group's limit. */
int client_account_start(unsigned int mib)
{
	struct kpool_heap_attr attr = { .flags = KPOOL_HEAP_ACCOUNT | KPOOL_HEAP_REGION };
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN;
	struct kpool_heap *heap = kpool_heap_create("client-account", &attr);
	unsigned long nr = mib * (SZ_1M / CLIENT_ACCOUNT_SIZE);

	if (IS_ERR(heap))
		return heap == ERR_PTR(-EEXIST) ? -EBUSY : PTR_ERR(heap); /* for module_init() */
	client_account_heap = heap;
	for (; nr; nr--) {
		if (!kpool_heap_alloc(heap, CLIENT_ACCOUNT_SIZE, gfp)) {
			client_account_stop();
			return -ENOMEM;
		}
		cond_resched();
	}
	return 0;
}
