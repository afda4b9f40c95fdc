/* SPDX-License-Identifier: GPL-2.0 */
/* hrtimer_init() became hrtimer_setup() in 6.13: only the suites meet it. */
#ifndef KPOOL_TEST_HRTIMER_H
#define KPOOL_TEST_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void kpool_test_hrtimer_setup(struct hrtimer *timer,
					    enum hrtimer_restart (*fn)(struct hrtimer *),
					    enum hrtimer_mode mode)
{
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = fn;
}
#else
static inline void kpool_test_hrtimer_setup(struct hrtimer *timer,
					    enum hrtimer_restart (*fn)(struct hrtimer *),
					    enum hrtimer_mode mode)
{
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, mode);
}
#endif

#endif /* KPOOL_TEST_HRTIMER_H */
