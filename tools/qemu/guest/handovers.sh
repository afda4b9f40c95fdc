# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# handovers=1 in a boot of its own: nothing has set up before what reports need.

heap=$D/heaps/default

# Kernels with kprobes, on machines whose registers kpool knows. On others kpool says so.
supported() {
	! log_says "no kprobes that could find them" insert kpool handovers=1 >/dev/null
}

refused() { ! loaded kpool; }

# Five blocks that the kernel's own functions were given; it has not freed one of them.
hand_over() {
	insert kpool_client handover=1 && remove kpool_client &&
		grep -q '^corruptions 5$' "$heap/stats"
}

named() {
	for function in kfree kfree_sensitive kmem_cache_free kvfree_call_rcu; do
		dmesg | grep -q "passed to the kernel's $function()" || return 1
	done
	dmesg | grep -q 'Called from client_hand_'
}

nothing_is_left() { remove kpool && ! dmesg | grep "still out"; }

if supported; then
	step "blocks that are handed over are found and freed" hand_over
	step "reports name the function and the caller" named
	step "no block is left" nothing_is_left
else
	step "kpool is refused where hand-overs cannot be found" refused
fi
