/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Builds KUnit's core, and suites, as modules for a kernel configured without
 * KUnit. Passed with -include. For throw-away guests only.
 */
#ifndef KUNIT_OOT_H
#define KUNIT_OOT_H

/*
 * The layout of some structures depends on CONFIG_KUNIT: include their definitions as
 * the running kernel has them, before KUnit is switched on below.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/device.h>
#include <linux/platform_device.h>

#define CONFIG_KUNIT_MODULE 1
#define CONFIG_KUNIT_DEBUGFS 1
#define CONFIG_KUNIT_DEFAULT_ENABLED 1
#define CONFIG_KUNIT_AUTORUN_ENABLED 1
#define CONFIG_KUNIT_DEFAULT_FILTER_GLOB ""
#define CONFIG_KUNIT_DEFAULT_FILTER ""
#define CONFIG_KUNIT_DEFAULT_FILTER_ACTION ""
#define CONFIG_KUNIT_DEFAULT_TIMEOUT 300

/*
 * This struct task_struct has no kunit_test: use a field that only filesystems use.
 * The copied core uses kunit_oot_test instead of current->kunit_test.
 */
struct kunit;
#define kunit_test journal_info
#define kunit_oot_test (*(struct kunit **)&current->journal_info)

#ifdef KUNIT_OOT_CORE

/*
 * The core's module notifier reads fields that this kernel's struct module lacks: the
 * copied core uses this type instead, and no notifier is registered.
 */
struct kunit_suite;
struct kunit_oot_module {
	int num_kunit_init_suites;
	struct kunit_suite **kunit_init_suites;
	int num_kunit_suites;
	struct kunit_suite **kunit_suites;
};

#define register_module_notifier(nb)	((void)(nb), 0)
#define unregister_module_notifier(nb)	((void)(nb))

#else /* a module with suites */

#include <kunit/test.h>
#include <linux/glob.h>
#include <linux/minmax.h>

/*
 * One kunit_test_suites() per module: it defines the module's init and exit.
 * compat.h is included before it.
 */
#undef kunit_test_suites
#define kunit_test_suites(suite_list...)					\
	static struct kunit_suite *kunit_oot_suites[] = { suite_list };		\
	KUNIT_OOT_MODULE(kunit_oot_suites)

#define KUNIT_OOT_MODULE(suites)						\
	static char *filter_glob;						\
	static int kunit_oot_nr;						\
	module_param(filter_glob, charp, 0400);					\
	MODULE_PARM_DESC(filter_glob, "run only the suites that match");	\
	static int __init kunit_oot_init(void)					\
	{									\
		for (int i = 0; i < ARRAY_SIZE(suites); i++)			\
			if (!filter_glob || glob_match(filter_glob, suites[i]->name)) \
				suites[kunit_oot_nr++] = suites[i];		\
		pr_info("KTAP version 1\n");					\
		pr_info("1..%d\n", kunit_oot_nr);				\
		return kpool_compat_suites_init(suites, kunit_oot_nr);		\
	}									\
	static void __exit kunit_oot_exit(void)					\
	{									\
		__kunit_test_suites_exit(suites, kunit_oot_nr);			\
	}									\
	module_init(kunit_oot_init);						\
	module_exit(kunit_oot_exit)

#endif /* KUNIT_OOT_CORE */
#endif /* KUNIT_OOT_H */
