/* SPDX-License-Identifier: GPL-2.0 */
/* Module parameters that are a number in a range. */
#ifndef KPOOL_PARAM_H
#define KPOOL_PARAM_H

#include <linux/moduleparam.h>

int kpool_param_set(const char *val, const struct kernel_param *kp, const char *unit,
		    unsigned int min, unsigned int max);

/* Make the unsigned int @variable the parameter @name, a number of @unit from @min to @max. */
#define KPOOL_PARAM(name, variable, unit, min, max, perm)				\
static int variable##_set(const char *val, const struct kernel_param *kp)		\
{											\
	return kpool_param_set(val, kp, unit, min, max);				\
}											\
											\
static const struct kernel_param_ops variable##_ops = {					\
	.set	= variable##_set,							\
	.get	= param_get_uint,							\
};											\
module_param_cb(name, &variable##_ops, &variable, perm)

#endif /* KPOOL_PARAM_H */
