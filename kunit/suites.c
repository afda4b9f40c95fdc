// SPDX-License-Identifier: GPL-2.0
/* Registers the suites. */
#include <linux/module.h>

#include "common.h"
#include "compat.h"

#define KPOOL_SUITE_ADDRESS(name)	&kpool_##name##_suite,
kunit_test_suites(KPOOL_SUITES(KPOOL_SUITE_ADDRESS));

MODULE_DESCRIPTION("KUnit suites of kpool");
MODULE_LICENSE("GPL");
KPOOL_IMPORT_TEST;
