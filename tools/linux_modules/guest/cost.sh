# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Cost of clients: each operation many times, and the memory held at the peak. The guest has one
# CPU, and its clock counts instructions.
# Settings: FILES, BLOCKS; RULES and ELEMENTS as in /nft/cost-rules and /nft/cost-elements.

layers=/tmp/layers
merged=/tmp/merged
disk=/dev/nullb0

# cost NAME COMMAND...: record the number that the command prints.
cost() {
	found=$(shift && "$@") && [ "$found" -gt 0 ] && figure "insn_$1" "$found"
}

# held_since BYTES: record the growth of the held memory.
held_since() { figure held $(($(held) - $1)); }

overlayfs_cost() {
	use overlayfs "$1" overlay
	base=$(held)
	mkdir -p $layers $merged
	expect "insert" insert_client
	mount -t tmpfs layers $layers
	mkdir $layers/lower $layers/upper $layers/work $layers/lower/old
	expect "the lower layer" files create $layers/lower/old "$FILES"
	expect "mount" mount -t overlay overlay $merged -o \
		"lowerdir=$layers/lower,upperdir=$layers/upper,workdir=$layers/work"
	mkdir $merged/new
	expect "create" cost create files create $merged/new "$FILES"
	expect "look at files of the lower layer" cost look files look $merged/old "$FILES"
	expect "list" cost list files list $merged/old "$FILES"
	expect "what is held" held_since "$base"
	expect "copy up" cost copy_up files copy-up $merged/old "$FILES"
	expect "rename" cost rename files move $merged/new "$FILES"
	expect "remove" cost remove files remove $merged/new "$FILES"
	umount $merged
	umount $layers
	expect "remove the module" remove_client
}

null_blk_cost() {
	use null_blk "$1" null_blk
	base=$(held)
	expect "insert" insert_client "gb=1 memory_backed=1 discard=1 nr_devices=1 bs=4096"
	expect "write" cost write blocks write $disk "$BLOCKS"
	expect "write again" cost overwrite blocks write $disk "$BLOCKS"
	expect "what is held" held_since "$base"
	expect "read" cost read blocks read $disk "$BLOCKS"
	expect "discard" cost discard blocks discard $disk "$BLOCKS"
	expect "remove the module" remove_client
}

# in_kernel COUNT ARGUMENT...: run nft; print the instructions of its system calls per object.
in_kernel() {
	of=$1
	shift
	CALLS=/tmp/calls LD_PRELOAD=/lib/calls.so /bin/nft "$@" >/tmp/listed || return 1
	echo $(($(cat /tmp/calls) / of))
}

# Print the instructions of a flush, with the work that it defers.
flushing() {
	before=$(clock busy)
	/bin/nft flush ruleset || return 1
	echo $(($(clock busy) - before))
}

# Print the instructions per object: subtract the cost of an empty flush.
flush_each() {
	all=$(flushing) && nothing=$(flushing) && echo $(((all - nothing) / $1))
}

# nf_tables_with WHAT COUNT: measure this many rules or elements.
nf_tables_with() {
	expect "load $1" cost "load_$1" in_kernel "$2" -f "/nft/cost-$1"
	expect "list $1" cost "list_$1" in_kernel "$2" list ruleset
	[ "$1" = rules ] && expect "what is held" held_since "$base"
	expect "flush $1" cost "flush_$1" flush_each "$2"
}

nf_tables_cost() {
	use nf_tables "$1" nf_tables
	base=$(held)
	expect "insert" insert_client
	nf_tables_with elements "$ELEMENTS"
	nf_tables_with rules "$RULES"
	until_unused nf_tables
	expect "remove the module" remove_client
}

for v in $VARIANTS; do
	overlayfs_cost "$v"
	null_blk_cost "$v"
	nf_tables_cost "$v"
done
cat "$FIGURES"
