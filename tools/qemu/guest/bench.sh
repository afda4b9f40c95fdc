# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The benchmark prints to the kernel's log.
. /lib.sh
insert kpool && insert kpool_bench || exit 1
dmesg | sed -n 's/.*\(bench: .*\)/\1/p'
