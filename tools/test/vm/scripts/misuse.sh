# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Programs that misuse kpool. Settings: MISUSE_ARGS, the module's parameters.
. /settings

refuses() {
	log_says "parameter $1: .*\"nothing\"" fails insert kpool_misuse "$1=nothing"
}

# No trim drains magazines meanwhile, and released arenas can be allocated again.
step "insert kpool" insert kpool "trim_ms=3600000 reserve=0"
step "a heap of no kind is refused" refuses heap
step "a program that there is not is refused" refuses only
step "the programs run" insert kpool_misuse "$MISUSE_ARGS"
step "remove the programs" remove kpool_misuse
step "remove kpool" remove kpool
