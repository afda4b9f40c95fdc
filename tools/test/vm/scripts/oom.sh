# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A machine without memory. kpool allocates all memory while other processes are killed for it,
# keeps its used blocks, gives back free memory under pressure, and all memory in the end. Then
# the stress runs while memory is always short.
# Settings: STRESS_ARGS, parameters of the module.
. /settings
. /trouble.sh

# Free memory in KiB. CPUs cache some free pages for a while.
free_memory() {
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree:/ { print $2 }' /proc/meminfo
}

memory_is_back() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		after=$(free_memory)
		if [ "$((after / 9))" -ge "$((before / 10))" ]; then
			note "$after KiB free, $before before"
			return
		fi
		sleep 1
	done
	echo "$after KiB free, $before before"
	return 1
}

# Bytes that kpool held when memory ran out.
most() { dmesg | sed -n 's/.*no memory left: .* out, \([0-9]*\) bytes .*/\1/p' | tail -n 1; }

# Without trim and shrink: only the shrinker gives back memory that others need. Some of that may
# have happened while kpool still allocated.
gives_back() {
	blocks=$(figure blocks_used)
	hogs || return 1
	note "$(most) bytes in arenas at the most, then $(figure bytes), $(figure pools_returned) pools returned"
	[ "$(figure blocks_used)" = "$blocks" ] && [ "$(figure bytes)" -lt "$(most)" ] &&
		[ "$(figure pools_returned)" -gt 0 ]
}

# Hogs ask to be killed first. No other process may be killed.
only_hogs_were_killed() {
	killed=$(dmesg | grep 'Out of memory: Killed process')
	[ -n "$killed" ] && ! echo "$killed" | grep -v 'oom_score_adj:1000$'
}

# A single step: without any memory, a shell cannot start processes.
exhaust() {
	hogs &
	insert kpool_stress "exhaust=1 $STRESS_ARGS" && wait "$!"
}

# This shell may not be killed. Hogs may ask for more memory than there is, and must find a little
# while they are killed.
echo -1000 >/proc/$$/oom_score_adj
echo 1 >/proc/sys/vm/overcommit_memory
echo 16384 >/proc/sys/vm/min_free_kbytes

before=$(free_memory)
step "insert kpool that does not trim" insert kpool trim_ms=3600000
step "kpool takes all memory, and others are killed for it" exhaust
step "the shrinker gives back what is free" gives_back
step "what is held is valid" sh -c "echo 1 >$HEAP/validate"
step "free what is held" remove kpool_stress
step "all is back" all_is_back
start_troubles hogs
step "stress" insert kpool_stress "$STRESS_ARGS"
stop_troubles
step "all is back after the stress" all_is_back
step "remove both" remove_both
step "memory is back" memory_is_back
step "only hogs were killed" only_hogs_were_killed
