#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# May a target change this host? If it may not, print the reason and fail.
# Usage: ready.sh TARGET root|dkms|stage... TYPED holds the variables of the make command.
. "${0%/*}/die.sh"

target=$1
shift
for what; do
	case $what in
	root)
		[ "$(id -u)" = 0 ] ||
			die "make $target changes this system: it takes root." "sudo make $target${TYPED:+ $TYPED}"
		;;
	stage)
		die "make $target is for this system: DKMS knows neither DESTDIR nor INSTALL_MOD_PATH." \
			"Instead: make install"
		;;
	dkms)
		command -v dkms >/dev/null ||
			die "dkms is missing." "On Debian: apt-get install dkms" \
				"Without it: make install, for one kernel"
		;;
	esac
done
