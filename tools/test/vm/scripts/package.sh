# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# kpool as installed by its packages: modprobe finds the module, and the example's dependencies.
. /settings

words=$D/../kpool_words

insert_example() { /sbin/modprobe kpool_words && loaded kpool; }

remove_example() { /sbin/modprobe -r kpool_words && ! loaded kpool; }

counts_words() {
	echo 'to be or not to be' >"$words" && echo '-or -not' >"$words" &&
		[ "$(cat "$words")" = "$(printf '2 be\n2 to')" ]
}

modprobe() { /sbin/modprobe "$@"; }

# The commands of Documentation/install.rst.
as_documented() {
	cd / && modprobe kpool && insmod words/kpool_words.ko || return 1
	echo 'to be or not to be' >/sys/kernel/debug/kpool_words
	cat /sys/kernel/debug/kpool_words >/tmp/words
	cat /sys/kernel/debug/kpool/heaps/words/stats &&
		[ "$(cat /tmp/words)" = "$(printf '2 be\n1 not\n1 or\n2 to')" ] &&
		rmmod kpool_words && rmmod kpool
}

# Words are of several classes: blocks_used counts all in the tree.
holds() { grep -qx "blocks_used $1" "$D/heaps/words/stats"; }

step "modprobe kpool" /sbin/modprobe kpool
step "it is the packages' version" grep -qx "kpool 1 $VERSION" "$D/version"
step "kpoolstat shows its heap" sh -c '/usr/sbin/kpoolstat --once | grep default'
step "modprobe -r kpool" /sbin/modprobe -r kpool
step "the example works as documented" as_documented
step "the example brings kpool along" insert_example
step "it counts words" counts_words
step "its heap has them" holds 2
step "it takes kpool away" remove_example
