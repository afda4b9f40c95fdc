/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel's API as the module uses, for user space, written from
 * its documentation. Each <linux/...h> that a file of the module asks for is
 * this one: the Makefile sees to that.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "compiler.h"
#include "list.h"
#include "cpu.h"
#include "mm.h"
#include "work.h"
#include "driver.h"
#include "tracing.h"
#ifdef SIM_SITES
#include "site.h"
#endif

#endif /* SIM_SIM_H */
