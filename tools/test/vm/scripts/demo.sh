# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run the demonstration and print kpool_demo's report.
. /lib.sh

report=/sys/kernel/debug/kpool_demo/report

insert kpool && insert kpool_demo || exit 1
cat "$report" || exit 1
remove kpool_demo && remove kpool
