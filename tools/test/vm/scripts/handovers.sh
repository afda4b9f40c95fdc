# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# handovers=1 in its own boot: no earlier step has set up anything that the reports need.

heap=$D/heaps/default

# Needs kprobes, and a machine with registers that kpool knows. Otherwise kpool logs an error.
supported() {
	! log_says "lacks the kprobes that find handovers" insert kpool handovers=1 >/dev/null
}

refused() { ! loaded kpool; }

# Hand five blocks to the kernel's own functions, twice. The kernel must free none of them.
hand_over() {
	insert kpool_client handover=1 && remove kpool_client &&
		grep -q '^corruptions 10$' "$heap/stats"
}

named() {
	for function in kfree kfree_sensitive kmem_cache_free kvfree_call_rcu; do
		dmesg | grep -q "passed to the kernel's $function()" || return 1
	done
	dmesg | grep -q 'Called from client_hand_'
}

reported_once() {
	[ "$(dmesg | grep -c "a block was passed to the kernel's")" = 5 ]
}

# On x86-64 the unwinder finds the caller of a function with a probe.
stacks_begin_with_the_caller() {
	[ "$(uname -m)" = x86_64 ] || return 0
	dmesg | sed -n '/Handed over by task/{n;p}'
	[ "$(dmesg | sed -n '/Handed over by task/{n;p}' | grep -c '    client_hand_')" = 5 ]
}

counted() {
	cat "$D/handovers"
	grep -q '^found 10$' "$D/handovers" && grep -q '^lost 0$' "$D/handovers" &&
		grep -q '^2 kfree_sensitive (code that is gone)$' "$D/handovers" &&
		[ "$(grep -c '^2 ' "$D/handovers")" = 5 ]
}

# The client called kfree() once inside a probe.
missed() {
	grep -q '^missed [1-9]' "$D/handovers" &&
		log_says "missed [1-9][0-9]* calls? because a probe was running" remove kpool
}

nothing_is_left() { ! dmesg | grep "leaked"; }

if supported; then
	step "blocks that are handed over are found and freed" hand_over
	step "reports name the function and the caller" named
	step "each place is reported once" reported_once
	step "stacks begin with the caller" stacks_begin_with_the_caller
	step "each place is counted" counted
	step "calls that were not looked at are counted" missed
	step "no block is left" nothing_is_left
else
	step "kpool is refused where hand-overs cannot be found" refused
fi
