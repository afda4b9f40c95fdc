# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# kmemleak must find lost blocks, after faulty.sh.

leaks=/sys/kernel/debug/kmemleak

# kmemleak reports only objects that are some seconds old. It may miss an object if its address
# is still in memory, but finds some of 16.
finds_lost_blocks() {
	sleep 6
	for _ in 1 2; do
		echo scan >$leaks || return 1
	done
	cat $leaks
	grep -q '^unreferenced object' $leaks
}

# Each object's trace names the function that lost it. Objects reachable from blocks are not lost.
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
