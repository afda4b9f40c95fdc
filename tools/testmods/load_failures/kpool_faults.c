// SPDX-License-Identifier: GPL-2.0
/*
 * Makes one allocation of kpool's init function fail, by running in place of that
 * function: other allocations made to load a module are outside kpool, and the kernel
 * warns when some of them fail.
 */
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/string.h>

static unsigned int nth;
module_param(nth, uint, 0644);
MODULE_PARM_DESC(nth, "which allocation fails, 0 for none (default 0)");

static unsigned int left;
module_param(left, uint, 0444);
MODULE_PARM_DESC(left, "how many more there should have been for it to fail, 0 if it did");

static int (*faults_target)(void);

/* Refuse every load after a failure until @nth is set again: busybox retries by itself. */
#define FAULTS_REFUSE	UINT_MAX

static int faults_call(void)
{
	int err;

	if (nth == FAULTS_REFUSE)
		return -ENOMEM;
	current->fail_nth = nth;
	err = faults_target();
	left = current->fail_nth;
	current->fail_nth = 0;
	if (err)
		nth = FAULTS_REFUSE;
	return err;
}

static int faults_notify(struct notifier_block *block, unsigned long state, void *data)
{
	struct module *mod = data;

	if (state == MODULE_STATE_COMING && !strcmp(mod->name, "kpool")) {
		faults_target = mod->init;
		mod->init = faults_call;
	}
	return NOTIFY_DONE;
}

static struct notifier_block faults_block = {
	.notifier_call	= faults_notify,
};

static int __init faults_init(void)
{
	return register_module_notifier(&faults_block);
}

static void __exit faults_exit(void)
{
	unregister_module_notifier(&faults_block);
}

module_init(faults_init);
module_exit(faults_exit);

MODULE_DESCRIPTION("Failures of allocations while kpool is loaded");
MODULE_LICENSE("GPL");
