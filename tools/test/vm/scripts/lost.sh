# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# kmemleak must find lost blocks. kpool is loaded anew, because faulty.sh put its trim off: before a
# trim, magazines still have the addresses of blocks that they handed out.

leaks=/sys/kernel/debug/kmemleak

reload() {
	remove kpool && insert kpool
}

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
	     / misuse_lose\+0x/ { named = 1 }
	     END { exit !named }' $leaks
}

step "load kpool anew" reload
step "lose blocks" insert kpool_misuse lost=16
step "kmemleak finds lost blocks" finds_lost_blocks
step "kmemleak names who lost them" names_the_loser
step "the module of lost blocks goes" remove kpool_misuse
step "kpool reports them, too" log_says "leaked 1 block of 8 bytes" remove kpool
