# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run KUnit's suites. Their results go to the kernel's log, as KTAP.
. /settings

# Removal is part of the test: a module with suites may leave nothing.
step "insert kpool for KUnit" insert kpool
step "insert kunit" insert kunit "$KUNIT_ARGS"
step "insert kpool_kunit" insert kpool_kunit "$SUITE_ARGS"
step "remove kpool_kunit" remove kpool_kunit
step "remove kpool after KUnit" remove kpool
