# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The module from a user's view: parameters, debugfs, a client, unloading.
. /settings

heap=$D/heaps/default

readable() {
	for file in stats classes arenas; do
		[ -n "$(cat "$heap/$file")" ] || { echo "$file is empty"; return 1; }
	done
	grep -q '^number bytes .* name$' "$D/destroyed"
}

# write_badly FILE VALUE
write_badly() {
	! printf '%b\n' "$2" >"$1"
}

reload() {
	for _ in 1 2 3; do
		insert kpool && remove kpool || return 1
	done
}

# Run the client on a default heap with red zones, poison and traces.
debug_client() {
	insert kpool debug=1 && insert kpool_client "$CLIENT_ARGS phase_mib=2" &&
		echo 1 >"$heap/validate" && grep -q '^corruptions 0$' "$heap/stats"
}

tracing=/sys/kernel/tracing

# Trace three allocations with the kernel's tracing: caller, size, heap.
events() {
	mount -t tracefs none $tracing && insert kpool && echo 1 >$tracing/events/kpool/enable &&
		insert kpool_client leak=3 && echo 0 >$tracing/events/kpool/enable || return 1
	grep kpool_ $tracing/trace
	sites="call_site=client_[a-z_]*\+0x[0-9a-f]*/0x[0-9a-f]* \[kpool_client\]"
	[ "$(grep -Ec "kpool_alloc: $sites ptr=[0-9a-fx]+ bytes_req=100 bytes_alloc=104 \
gfp_flags=GFP_KERNEL node=-1 heap=default\$" $tracing/trace)" = 3 ] &&
		grep -q 'kpool_arena_create: arena=[0-9]* bytes=[0-9]* node=[0-9]* heap=default$' \
			$tracing/trace
}

# Remove the client, which has left blocks behind, then kpool.
reports_leaked_blocks() {
	remove kpool_client &&
		log_says "leaked 3 blocks of 104 bytes \(load kpool with debug=1 to see where\)" \
			remove kpool
}

group=/sys/fs/cgroup/kpool

make_group() {
	mount -t cgroup2 none /sys/fs/cgroup && echo +memory >/sys/fs/cgroup/cgroup.subtree_control &&
		mkdir $group
}

# in_group COMMAND...: run the command as a task of the memory cgroup.
# shellcheck disable=SC2016 # $$ is the new shell
in_group() {
	sh -c 'echo $$ >/sys/fs/cgroup/kpool/cgroup.procs && exec "$@"' sh "$@"
}

charged() { cat $group/memory.current; }

# The group is charged for the blocks while the heap exists, and uncharged afterwards.
charges_its_group() {
	before=$(charged)
	insert kpool && in_group insmod /modules/kpool_client.ko account_mib=8 || return 1
	held=$(charged)
	echo "charged: $before before, $held with 8 MiB of blocks"
	[ $((held - before)) -ge 8388608 ] && remove kpool_client || return 1
	echo "$(charged) after"
	[ $((held - $(charged))) -ge 7340032 ]
}

# 8 MiB exceed the limit; kpool must survive.
heeds_the_groups_limit() {
	echo 4M >$group/memory.max && fails in_group insmod /modules/kpool_client.ko account_mib=8 &&
		! loaded kpool_client && echo 1 >"$heap/validate" && ! test -e "$D/heaps/client-account"
}

refuse_parameters kpool
step "insert kpool" insert kpool
step "version" grep -q '^kpool 1 ' "$D/version"
step "debugfs files are readable" readable
step "validate" sh -c "echo 1 >$heap/validate"
step "shrink" sh -c "echo 1 >$heap/shrink"
for file in validate shrink; do
	for value in garbage 2 ''; do
		step "$file refuses \"$value\" and says why" log_says \
			"heap default: refused a write to $file: the only valid value is 1" \
			write_badly "$heap/$file" "$value"
	done
done
step "a bad value that is written makes one line of the log" log_says \
	'kpool: parameter trim_ms: "x\\e\\ny" is not a number of milliseconds' \
	write_badly /sys/module/kpool/parameters/trim_ms 'x\033\ny'
refuse_parameters kpool_client
step "the client's self-test" insert kpool_client "$CLIENT_ARGS"
step "kpool stays while it has a user" fails rmmod kpool
step "remove the client" remove kpool_client
step "remove kpool" remove kpool
step "debugfs is gone" fails test -e "$D"
step "the client's self-test on a debug heap" debug_client
step "remove the client from the debug heap" remove kpool_client
step "remove kpool with the debug heap" remove kpool
step "events tell of allocations" events
step "leaked blocks are reported at unload" reports_leaked_blocks
step "a memory cgroup" make_group
step "a heap is charged to its maker's group" charges_its_group
step "and heeds the group's limit" heeds_the_groups_limit
step "remove kpool after that" remove kpool
step "load and unload, three times" reload
