# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For guest scripts with the stress module: disturbances of the machine during the stress.
HEAP=$D/heaps/default
trim=/sys/module/kpool/parameters/trim_ms

# MiB that pressure leaves free. The kernel reclaims below 5/4 of vm.min_free_kbytes.
left=32

# Print a line for readers of the results, also from within a step.
exec 3>&1
note() { echo "# $*" >&3; }

# figure KEY: a figure of the default heap.
figure() { awk -v key="$1" '$1 == key { print $2 }' "$HEAP/stats"; }

# Each of these functions is a round of trouble.

# Kernels with a fair server may mistake it for a task left by a dying CPU, and warn: switch it off.
hotplug() {
	for runtime in /sys/kernel/debug/sched/fair_server/cpu*/runtime; do
		[ ! -e "$runtime" ] || grep -qx 0 "$runtime" || echo 0 >"$runtime"
	done
	for online in /sys/devices/system/cpu/cpu[1-9]*/online; do
		echo 0 >"$online" && echo 1 >"$online" || return 1
	done
}

pressure() {
	mkdir -p /mnt && { mountpoint -q /mnt || mount -t tmpfs -o size=100% none /mnt; } || return 1
	available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
	[ "$available" -le "$left" ] ||
		dd if=/dev/zero of=/mnt/fill bs=1M count=$((available - left)) || return 1
	rm -f /mnt/fill
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
}

# Start processes that allocate memory until they are killed. All of them must be killed.
hogs() {
	pids=
	for _ in 1 2 3; do
		sh -c 'echo 1000 >/proc/$$/oom_score_adj; exec tail /dev/zero' &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid"
		[ $? = 137 ] || return 1
	done
}

# Make some of kpool's allocations in the stress's threads fail, at most this many:
budget=1000000000
failures() {
	for kind in /sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc; do
		grep -q 'Y' $kind/task-filter && continue
		echo N >$kind/ignore-gfp-wait && echo 0 >$kind/verbose && echo Y >$kind/task-filter &&
			echo 1 >$kind/interval && echo $budget >$kind/times &&
			echo 20 >$kind/probability || return 1
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	for comm in /proc/[0-9]*/comm; do
		read -r name <"$comm" || continue
		case $name in
		kpool_stress/*) echo 1 >"${comm%comm}make-it-fail" ;;
		esac
	done 2>/dev/null
	return 0
}

# Allocations of both kinds must have failed.
some_failed() {
	for kind in failslab fail_page_alloc; do
		left=$(cat /sys/kernel/debug/$kind/times)
		note "$kind: $((budget - left)) allocations failed"
		[ "$left" -lt $budget ] || return 1
	done
}

# Files of other heaps may disappear at any time, so their errors are ignored.
readers() {
	find "$D" -type f -perm 400 -exec cat {} + >/dev/null 2>&1
	cat "$HEAP/stats" "$HEAP/classes" "$HEAP/arenas" >/dev/null
}

writers() {
	for file in "$D"/heaps/*/validate "$D"/heaps/*/shrink; do
		sh -c "echo 1 >$file" 2>&1
	done | grep 'needs cleaning' && return 1
	echo $((10 + ($(cat $trim) * 7 + 3) % 500)) >$trim
	echo 1 >"$HEAP/shrink"
}

# repeat FUNCTION: run it at least once, until the module is done, at most 10,000 times.
repeat() {
	rounds=0
	until [ "$rounds" -ge 10000 ] || { [ "$rounds" -gt 0 ] && [ -e /tmp/done ]; }; do
		"$1" || return 1
		rounds=$((rounds + 1))
		sleep 0.2
	done
	echo "$rounds rounds"
}

# start_troubles FUNCTIONS: one string with their names
start_troubles() {
	troubles=$1
	rm -f /tmp/done
	jobs=
	for trouble in $troubles; do
		{ repeat "$trouble" >"/tmp/$trouble" 2>&1 || echo failed >>"/tmp/$trouble"; } &
		jobs="$jobs $!"
	done
}

went_well() { grep ' rounds$' "$1" || { cat "$1"; return 1; }; }

stop_troubles() {
	: >/tmp/done
	# shellcheck disable=SC2086 # several words
	wait $jobs
	for trouble in $troubles; do
		step "$trouble meanwhile" went_well "/tmp/$trouble"
		tail -n 1 "/tmp/$trouble" | sed "s/^/# $trouble: /"
	done
}

all_is_back() {
	echo 1 >"$HEAP/validate" && echo 1 >"$HEAP/shrink" || return 1
	for key in blocks_used bytes corruptions quarantined; do
		[ "$(figure $key)" = 0 ] || { echo "$key is $(figure $key)"; return 1; }
	done
}

# Remove both modules. kpool would log blocks that are left behind.
remove_both() {
	remove kpool_stress && fails log_says "kpool: .*(leaked|lost)" remove kpool
}
