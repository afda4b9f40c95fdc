# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Threads and interrupts use kpool, and some troubles run meanwhile.
# Settings: STRESS_ARGS, parameters of the module; DEBUG_OPS, operations on a debug heap;
# TROUBLES, functions of trouble.sh.
. /settings
. /trouble.sh

again_and_again() {
	for seed in 1 2 3 4; do
		insert kpool && insert kpool_stress "ops=5000 seed=$seed" && remove_both || return 1
	done
}

# Run the stress on a default heap with red zones, poison and traces.
debug_stress() {
	insert kpool debug=1 && insert kpool_stress "$STRESS_ARGS ops=$DEBUG_OPS" && remove_both
}

step "insert kpool for the stress" insert kpool
refuse_parameters kpool_stress
start_troubles "$TROUBLES"
step "stress" insert kpool_stress "$STRESS_ARGS"
stop_troubles
dmesg | sed -n 's/.*# \(kpool_stress seed=.*\)/# \1/p; s/.*#  *\([0-9]* operations\)/# \1/p'
case $TROUBLES in
*failures*) step "allocations failed meanwhile" some_failed ;;
esac
step "all is back after the stress" all_is_back
step "remove both after the stress" remove_both
step "kpool and stress come and go" again_and_again
step "stress on a debug heap" debug_stress
