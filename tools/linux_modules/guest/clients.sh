# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions for scripts of clients. A client is a module of Linux in two variants: one unchanged,
# for kmalloc, and one on kpool, with a heap named like the client.
# Settings: VARIANTS; NEEDS_ and AFTER_ with a client's name, Debian's modules that it needs;
# KPOOL_ARGS, parameters of kpool; SEED and PROCESSES of a tree of files.
. /settings

FIGURES=/tmp/figures
: >$FIGURES
export LC_ALL=C

# use CLIENT VARIANT MODULE...: select the client and variant for all that follows.
use() {
	CLIENT=$1
	VARIANT=$2
	shift 2
	MODULES=$*
	HEAP=$D/heaps/$CLIENT
}

# expect NAME COMMAND...: a step of the client in its variant.
expect() {
	what=$1
	shift
	step "$CLIENT on $VARIANT: $what" "$@"
}

# figure NAME VALUE: record a figure of the client in its variant.
figure() { echo "figure $CLIENT $VARIANT $1 $2" >>$FIGURES; }

# took NAME COMMAND...: run the command, and record its milliseconds.
took() {
	measured=$1
	start=$(clock)
	shift
	"$@" || return 1
	figure "$measured" $((($(clock) - start) / 1000000))
}

# change_tree NAME DIR OPS: run OPS operations in each of many processes; NAME is the time's figure.
change_tree() {
	rm -f /tmp/expected
	took "$1" tree work "$2" "$SEED" "$PROCESSES" "$3" /tmp/expected || return 1
	sort -o /tmp/expected /tmp/expected
}

# is_as_expected DIR: is the tree in DIR as its processes expect it?
is_as_expected() {
	tree list "$1" | sort >/tmp/found
	[ "$(wc -l </tmp/expected)" -ge $((PROCESSES * 100)) ] && diff /tmp/expected /tmp/found
}

# Insert those of Debian's modules that are not loaded yet, in the given order.
insert_stock() {
	for module; do
		loaded "$module" || insert "stock/$module" || return 1
	done
}

# insert_client [PARAMETERS]: insert the modules that the client needs, kpool, and the client.
# shellcheck disable=SC2046 # words
insert_client() {
	insert_stock $(eval "echo \$NEEDS_$CLIENT") || return 1
	[ "$VARIANT" = kmalloc ] || insert kpool "$KPOOL_ARGS" || return 1
	for module in $MODULES; do
		insert "$VARIANT/$module" "$1" || return 1
	done
	insert_stock $(eval "echo \$AFTER_$CLIENT")
}

backwards() { echo "$@" | tr ' ' '\n' | tac; }

# Remove Debian's modules that use the client's.
# shellcheck disable=SC2046 # words
remove_after() {
	for module in $(backwards $(eval "echo \$AFTER_$CLIENT")); do
		! loaded "$module" || remove "$module" || return 1
	done
}

# until_unused MODULE: wait until the module is unused: a client frees some memory later.
until_unused() {
	until remove_after 2>/dev/null && grep -q "^$1 [0-9]* 0 " /proc/modules; do sleep 0.1; done
}

# Remove the client, then kpool. kpool must report no leak and no hand-over.
# shellcheck disable=SC2046,SC2086 # words
remove_client() {
	remove_after || return 1
	for module in $(backwards $MODULES); do
		remove "$module" || return 1
	done
	[ "$VARIANT" = kmalloc ] && return
	if [ -e "$HEAP" ]; then
		echo "its heap is left"
		return 1
	fi
	remove kpool && ! dmesg | grep -E "leaked|passed to the kernel's"
}

value() { awk -v name="$1" '$1 == name { print $2 }' "$HEAP/stats"; }

# Has the client's heap served enough allocations? The variant for kmalloc has no heap.
served_by_it() {
	if [ "$VARIANT" = kmalloc ]; then
		fails test -e "$D"
	else
		figure allocs "$(cat "$D"/heaps/*/stats | awk '$1 == "allocs" { sum += $2 } END { print sum }')"
		echo "allocs $(value allocs)"
		[ "$(value allocs)" -ge "$1" ]
	fi
}

# Bytes held by SLUB and kpool, the reserve included.
held() {
	slab=$(awk '$1 == "Slab:" { print $2 * 1024 }' /proc/meminfo)
	[ -d "$D/heaps" ] && slab=$(cat "$D"/heaps/*/stats | awk -v sum="$slab" '
		$1 == "bytes" || $1 == "metadata_bytes" { sum += $2 }
		$1 == "arena_size" { arena = $2 }
		$1 == "reserve" { reserve = $2 }
		END { printf "%d\n", sum + reserve * arena }')
	echo "$slab"
}

# Drop cached data and inodes, so that they are read again.
drop_caches() { echo 3 >/proc/sys/vm/drop_caches; }

# results CLIENT VARIANTS: compare the results of both variants, and print the figures.
results() {
	[ "$2" != "kmalloc kpool" ] ||
		step "$1: the same results on both" cmp "/tmp/$1-kmalloc" "/tmp/$1-kpool"
	cat $FIGURES
	: >$FIGURES
}
