/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of the kernel's API that the module uses, for user space, written from its
 * documentation. The Makefile makes each <linux/...h> that the module includes include
 * this file.
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
