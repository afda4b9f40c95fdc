# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The benchmark prints to the kernel's log. Settings: BENCH_ARGS, its parameters.
. /lib.sh
. /settings
set -f	# patterns of workloads are not those of files
insert kpool && insert kpool_bench "$BENCH_ARGS" || exit 1
dmesg | sed -n 's/.*\(bench[a-z-]*: .*\)/\1/p'
