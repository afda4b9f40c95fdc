# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# kmemleak must find nothing after the tests. It reports only objects that are some seconds old.

leaks=/sys/kernel/debug/kmemleak

no_leaks() {
	for _ in 1 2; do
		sleep 6
		echo scan >$leaks || return 1
	done
	cat $leaks
	[ -z "$(cat $leaks)" ]
}

step "kmemleak finds nothing" no_leaks
