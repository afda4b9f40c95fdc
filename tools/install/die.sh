# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# die MESSAGE [DETAIL...]: print the message and a line per detail, and exit.
die() {
	echo "error: $1" >&2
	shift
	for line; do
		echo "  $line" >&2
	done
	exit 1
}

# plain_directory WHAT DIRECTORY: exit if the kernel's build would split the directory's name.
plain_directory() {
	case $2 in
	*[[:space:]:\$\#,%\'\"\\\`\;\&\|\<\>\(\)]*)
		die "$1: the kernel's build cannot handle a directory of this name: $2" \
			"It must have no blank and none of : \$ # , % ' \" \\ \` ; & | < > ( )"
		;;
	esac
}
