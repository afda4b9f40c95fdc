# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# die MESSAGE [DETAIL...]: say what is wrong, a detail a line, and end.
die() {
	echo "error: $1" >&2
	shift
	for line; do
		echo "  $line" >&2
	done
	exit 1
}
