/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before everything else: the C library's headers, for which <linux/...h> are
 * the system's headers.
 */
#ifndef SIM_LIBC_H
#define SIM_LIBC_H

#define SIM_LIBC
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#undef SIM_LIBC

#endif /* SIM_LIBC_H */
