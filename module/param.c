// SPDX-License-Identifier: GPL-2.0
/* Module parameters that are a number in a range: a clear message for what is not. */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/errno.h>
#include <linux/kernel.h>

#include "param.h"

int kpool_param_set(const char *val, const struct kernel_param *kp, const char *unit,
		    unsigned int min, unsigned int max)
{
	unsigned int value;

	if (kstrtouint(val, 0, &value) || value < min || value > max) {
		pr_err("parameter %s: \"%s\" is not a number of %s from %u to %u\n", kp->name, val,
		       unit, min, max);
		return -EINVAL;
	}
	*(unsigned int *)kp->arg = value;
	return 0;
}
