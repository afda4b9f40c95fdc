# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A machine without memory: kpool takes all there is while others are killed for
# it, keeps what it holds, gives back what is free when others want it, and in the
# end everything. Then the stress, while memory is always short.
# Settings: STRESS_ARGS, parameters of the module.
. /settings
. /trouble.sh

# How much kpool gets when nobody else asks. The kernel's own figure of free memory leaves out
# what each CPU keeps for itself; this takes it from them.
all_memory() {
	insert kpool && insert kpool_stress exhaust=1 && remove_both || return 1
	dmesg | sed -n 's/.*no memory left: .* out, \([0-9]*\) bytes .*/\1/p' | tail -n 1
}

memory_is_back() {
	after=$(all_memory) || return 1
	note "$after bytes to be had, $before before"
	[ "$((after / 9))" -ge "$((before / 10))" ]
}

# Nobody trims: it is the shrinker that gives back.
gives_back() {
	blocks=$(figure blocks_used) bytes=$(figure bytes) returned=$(figure pools_returned)
	hogs || return 1
	note "$bytes bytes in arenas, then $(figure bytes)"
	note "$returned pools returned, then $(figure pools_returned)"
	[ "$(figure blocks_used)" = "$blocks" ] && [ "$(figure bytes)" -lt "$bytes" ] &&
		[ "$(figure pools_returned)" -gt "$returned" ]
}

# Hogs say who is to be killed first, and nobody else does.
only_hogs_were_killed() {
	killed=$(dmesg | grep 'Out of memory: Killed process')
	[ -n "$killed" ] && ! echo "$killed" | grep -v 'oom_score_adj:1000$'
}

# Once: while there is no memory at all, a shell cannot start processes either.
exhaust() {
	hogs &
	insert kpool_stress "exhaust=1 $STRESS_ARGS" && wait "$!"
}

# What must live on is not to be killed; hogs may ask for more than there is, and find
# a little when they are killed.
echo -1000 >/proc/$$/oom_score_adj
echo 1 >/proc/sys/vm/overcommit_memory
echo 16384 >/proc/sys/vm/min_free_kbytes

before=$(all_memory)
step "kpool gets memory" test "$before" -gt 0
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
