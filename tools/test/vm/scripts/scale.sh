# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Memory that kpool holds: after loading, with its caches filled, and, with trims by default,
# right after filling them and later.
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
