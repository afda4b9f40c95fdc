# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The demonstration: what the client shows.
. /lib.sh

report=/sys/kernel/debug/kpool_client/report

insert kpool && insert kpool_client demo=1 || exit 1
cat "$report" || exit 1
remove kpool_client && remove kpool
