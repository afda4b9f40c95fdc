// SPDX-License-Identifier: GPL-2.0
/* The suites in the order in which a block meets their subjects. */
#include <linux/module.h>

#include "common.h"
#include "compat.h"

kunit_test_suites(&kpool_class_suite, &kpool_pool_suite, &kpool_arena_suite,
		  &kpool_grace_suite, &kpool_recycle_suite, &kpool_range_suite,
		  &kpool_magazine_suite, &kpool_depot_suite, &kpool_numa_suite, &kpool_heap_suite,
		  &kpool_ctor_suite, &kpool_api_suite, &kpool_align_suite, &kpool_inline_suite,
		  &kpool_bulk_suite, &kpool_stats_suite, &kpool_debugfs_suite,
		  &kpool_validate_suite, &kpool_debug_suite, &kpool_debug_misuse_suite,
		  &kpool_sanitize_suite, &kpool_trace_suite, &kpool_redirect_suite,
		  &kpool_passed_suite, &kpool_cache_suite, &kpool_fault_suite,
		  &kpool_fault_nth_suite, &kpool_context_suite, &kpool_hotplug_suite);

MODULE_DESCRIPTION("KUnit suites of kpool");
MODULE_LICENSE("GPL");
KPOOL_IMPORT_TEST;
