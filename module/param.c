// SPDX-License-Identifier: GPL-2.0
/* Module parameters that are a number in a range, with a clear message for bad values. */
#define pr_fmt(fmt) "kpool: " fmt

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "param.h"

/* Bytes of a bad value that the log shows. */
#define KPOOL_PARAM_SHOWN	64

int kpool_param_set(const char *val, const struct kernel_param *kp, const char *unit,
		    unsigned int min, unsigned int max)
{
	unsigned int value;
	size_t len;

	if (kstrtouint(val, 0, &value) || value < min || value > max) {
		/* A value written to sysfs may be a page of any bytes. It mostly ends in "\n". */
		len = strnlen(val, KPOOL_PARAM_SHOWN);
		if (len && val[len - 1] == '\n')
			len--;
		pr_err("parameter %s: \"%*pE\" is not a number of %s from %u to %u\n", kp->name,
		       (int)len, val, unit, min, max);
		return -EINVAL;
	}
	*(unsigned int *)kp->arg = value;
	return 0;
}
