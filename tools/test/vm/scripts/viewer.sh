# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run kpoolstat on a terminal, and a shell beside it. tools/kpoolstat/tests/guest.py drives both
# through the third and the fourth serial line.
# Settings: CLIENT_ARGS.
. /settings
export CLIENT_ARGS

screen=/dev/ttyS2
shell=/dev/ttyS3

# Keep the line open: input that arrives while it is closed is lost.
# shellcheck disable=SC2094 # it is a line
driven() {
	{ stty raw -echo 115200 && echo "the shell is ready, the screen is $screen" &&
		sh "$shell"; } <"$shell" >"$shell" 2>&1
}

step "insert kpool that does not trim" insert kpool trim_ms=3600000
step "the viewer is driven from outside" driven
step "remove kpool" remove kpool
