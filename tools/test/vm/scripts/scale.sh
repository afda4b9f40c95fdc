# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What kpool holds: just loaded, with caches as full as they get, and, with trims
# as they are by default, right after the same load and later.
. /lib.sh

show() {
	awk -v when="$1" '{ print "scale: " when "_" $1 " " $2 }' "$D/heaps/default/stats"
}

echo "scale: cpus $(nproc)"
echo "scale: nodes $(find /sys/devices/system/node -maxdepth 1 -name 'node[0-9]*' | wc -l)"

insert kpool trim_ms=3600000 || exit 1
show idle
insert kpool_scale || exit 1
show full
remove kpool_scale && remove kpool && insert kpool && insert kpool_scale || exit 1
show loaded
sleep 1
show after_1s
sleep 4
show after_5s
