# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run fast paths between markers, for QEMU's plugin to count.
. /lib.sh
insert kpool && insert kpool_golden || exit 1
dmesg | sed -n 's/.*\(golden: .*\)/\1/p'
