/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pr_fmt() for a redirected file. kpool_kmalloc.h includes this header.
 *
 * The kernel's headers define pr_fmt() if the file has not done so before. kpool_kmalloc.h includes
 * headers before the file can define it, so the file's own definition would cause a redefinition
 * warning. This header removes the first definition. pr_info() and similar macros then check at
 * each use: they use the file's pr_fmt() if it is defined, and no prefix otherwise.
 */
#ifndef _KPOOL_PRINTK_H
#define _KPOOL_PRINTK_H

#include <linux/kernel.h>
#include <linux/printk.h>

#undef pr_fmt

/* With this option suspend.h defines pr_fmt(), which puts "PM: " before the file's messages. */
#undef CONFIG_PM_SLEEP_DEBUG

/* For macros of the kernel that use pr_fmt() as an argument, in a file that does not define it. */
static __always_inline __attribute__((__format_arg__(1))) const char *pr_fmt(const char *fmt)
{
	return fmt;
}

/* 1 if pr_fmt() is a macro, which exposes the commas of its argument; else 0. */
#define KPOOL_PR_FMT_COMMAS		, 1,
#define KPOOL_PR_FMT_SECOND_(a, b, ...)	b
#define KPOOL_PR_FMT_SECOND(...)	KPOOL_PR_FMT_SECOND_(__VA_ARGS__)
#define KPOOL_PR_FMT_DEFINED		KPOOL_PR_FMT_SECOND(pr_fmt(KPOOL_PR_FMT_COMMAS), 0, 0)
#define KPOOL_PR_FMT_0(fmt)		fmt
#define KPOOL_PR_FMT_1(fmt)		pr_fmt(fmt)
#define kpool_pr_fmt(fmt)		CONCATENATE(KPOOL_PR_FMT_, KPOOL_PR_FMT_DEFINED)(fmt)

#ifdef DEBUG
#define kpool_printk_debug		printk
#define kpool_printk_debug_once		printk_once
#define kpool_printk_debug_ratelimited	printk_ratelimited
#else
#define kpool_printk_debug		no_printk
#define kpool_printk_debug_once		no_printk
#define kpool_printk_debug_ratelimited	no_printk
#endif

#undef pr_emerg
#define pr_emerg(fmt, ...)	printk(KERN_EMERG kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_alert
#define pr_alert(fmt, ...)	printk(KERN_ALERT kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_crit
#define pr_crit(fmt, ...)	printk(KERN_CRIT kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_err
#define pr_err(fmt, ...)	printk(KERN_ERR kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_warn
#define pr_warn(fmt, ...)	printk(KERN_WARNING kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_notice
#define pr_notice(fmt, ...)	printk(KERN_NOTICE kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_info
#define pr_info(fmt, ...)	printk(KERN_INFO kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_devel
#define pr_devel(fmt, ...)	kpool_printk_debug(KERN_DEBUG kpool_pr_fmt(fmt), ##__VA_ARGS__)

#undef pr_emerg_once
#define pr_emerg_once(fmt, ...)		printk_once(KERN_EMERG kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_alert_once
#define pr_alert_once(fmt, ...)		printk_once(KERN_ALERT kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_crit_once
#define pr_crit_once(fmt, ...)		printk_once(KERN_CRIT kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_err_once
#define pr_err_once(fmt, ...)		printk_once(KERN_ERR kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_warn_once
#define pr_warn_once(fmt, ...)		printk_once(KERN_WARNING kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_notice_once
#define pr_notice_once(fmt, ...)	printk_once(KERN_NOTICE kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_info_once
#define pr_info_once(fmt, ...)		printk_once(KERN_INFO kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_devel_once
#define pr_devel_once(fmt, ...)							\
	kpool_printk_debug_once(KERN_DEBUG kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_debug_once
#define pr_debug_once			pr_devel_once

#undef pr_emerg_ratelimited
#define pr_emerg_ratelimited(fmt, ...)						\
	printk_ratelimited(KERN_EMERG kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_alert_ratelimited
#define pr_alert_ratelimited(fmt, ...)						\
	printk_ratelimited(KERN_ALERT kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_crit_ratelimited
#define pr_crit_ratelimited(fmt, ...)						\
	printk_ratelimited(KERN_CRIT kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_err_ratelimited
#define pr_err_ratelimited(fmt, ...)						\
	printk_ratelimited(KERN_ERR kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_warn_ratelimited
#define pr_warn_ratelimited(fmt, ...)						\
	printk_ratelimited(KERN_WARNING kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_notice_ratelimited
#define pr_notice_ratelimited(fmt, ...)						\
	printk_ratelimited(KERN_NOTICE kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_info_ratelimited
#define pr_info_ratelimited(fmt, ...)						\
	printk_ratelimited(KERN_INFO kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_devel_ratelimited
#define pr_devel_ratelimited(fmt, ...)						\
	kpool_printk_debug_ratelimited(KERN_DEBUG kpool_pr_fmt(fmt), ##__VA_ARGS__)

/* pr_debug() is dynamic where the kernel's own is. */
#ifdef DEFINE_DYNAMIC_DEBUG_METADATA
#undef dynamic_pr_debug
#define dynamic_pr_debug(fmt, ...)						\
	_dynamic_func_call(fmt, __dynamic_pr_debug, kpool_pr_fmt(fmt), ##__VA_ARGS__)
#undef pr_debug_ratelimited
#define pr_debug_ratelimited(fmt, ...)						\
do {										\
	static DEFINE_RATELIMIT_STATE(_rs, DEFAULT_RATELIMIT_INTERVAL,		\
				      DEFAULT_RATELIMIT_BURST);			\
	DEFINE_DYNAMIC_DEBUG_METADATA(descriptor, kpool_pr_fmt(fmt));		\
	if (DYNAMIC_DEBUG_BRANCH(descriptor) && __ratelimit(&_rs))		\
		__dynamic_pr_debug(&descriptor, kpool_pr_fmt(fmt), ##__VA_ARGS__);	\
} while (0)
#else
#undef pr_debug
#define pr_debug			pr_devel
#undef pr_debug_ratelimited
#define pr_debug_ratelimited		pr_devel_ratelimited
#endif

#endif /* _KPOOL_PRINTK_H */
