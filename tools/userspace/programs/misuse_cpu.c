// SPDX-License-Identifier: GPL-2.0
/* In place of kunit/misuse_kernel.c. */
#include "harness.h"
#include "misuse.h"

void misuse_on_cpu(int cpu, void (*fn)(void *arg), void *arg)
{
	int here = current->cpu;

	current->cpu = cpu;
	fn(arg);
	current->cpu = here;
}

/* No program here allocates pages again. */
void misuse_let_go(struct misuse_scene *s)
{
}
