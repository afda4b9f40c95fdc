# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run the benchmark, which prints to the kernel's log. Settings: BENCH_ARGS, its parameters.
. /lib.sh
. /settings
set -f	# do not expand patterns of workloads as file names
insert kpool && insert kpool_bench "$BENCH_ARGS" || exit 1
dmesg | sed -n 's/.*\(bench[a-z-]*: .*\)/\1/p'
