// SPDX-License-Identifier: GPL-2.0
/* The random workload, which the KUnit suites share. */
#include "../../../kunit/churn.c"
