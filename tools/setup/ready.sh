#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# May a target change this host? If not, say why.
# Usage: ready.sh TARGET root|dkms...
. "${0%/*}/die.sh"

target=$1
shift
for what; do
	case $what in
	root)
		[ "$(id -u)" = 0 ] ||
			die "make $target changes this system: it takes root." "sudo make $target"
		;;
	dkms)
		command -v dkms >/dev/null ||
			die "dkms is missing." "On Debian: apt-get install dkms" \
				"Without it: make install, for one kernel"
		;;
	esac
done
