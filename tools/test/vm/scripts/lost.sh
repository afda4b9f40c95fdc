# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Blocks that kmemleak is to find, after faulty.sh.

leaks=/sys/kernel/debug/kmemleak

# An object has to be some seconds old. Not all of what is lost is found each time, since
# its address may still lie somewhere; 16 times is.
finds_lost_blocks() {
	sleep 6
	for _ in 1 2; do
		echo scan >$leaks || return 1
	done
	cat $leaks
	grep -q '^unreferenced object' $leaks
}

# Each object's trace names who lost it; what hangs from blocks is not taken for lost.
names_the_loser() {
	awk '/^unreferenced object/ { if (objects++ && !named) exit 1; named = 0 }
	     / faulty_lose\+0x/ { named = 1 }
	     END { exit !named }' $leaks
}

step "lose blocks" insert kpool_faulty lost=16
step "kmemleak finds lost blocks" finds_lost_blocks
step "kmemleak names who lost them" names_the_loser
step "the module of lost blocks goes" remove kpool_faulty
step "kpool reports them, too" log_says "leaked 1 block of 8 bytes" remove kpool
