# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For scripts of clients: a client, which is a module of Linux, in its variants: one for kmalloc,
# as it is, and one for kpool, with a heap that is named like the client.
# Settings: VARIANTS, NEEDS_ and AFTER_ with a client's name, modules of Debian's that it needs;
# KPOOL_ARGS, parameters of kpool; SEED and PROCESSES of a tree of files.
. /settings

FIGURES=/tmp/figures
: >$FIGURES
export LC_ALL=C

# What follows is about that client in that variant.
use() {
	CLIENT=$1
	VARIANT=$2
	shift 2
	MODULES=$*
	HEAP=$D/heaps/$CLIENT
}

# expect NAME COMMAND...: a step of the client's in its variant.
expect() {
	what=$1
	shift
	step "$CLIENT on $VARIANT: $what" "$@"
}

# figure NAME VALUE: what was measured of the client in its variant.
figure() { echo "figure $CLIENT $VARIANT $1 $2" >>$FIGURES; }

# took NAME COMMAND...: how many milliseconds it takes is measured.
took() {
	measured=$1
	start=$(clock)
	shift
	"$@" || return 1
	figure "$measured" $((($(clock) - start) / 1000000))
}

# change_tree NAME DIR OPS: with many processes, each that many times; NAME is of the time.
change_tree() {
	rm -f /tmp/expected
	took "$1" tree work "$2" "$SEED" "$PROCESSES" "$3" /tmp/expected || return 1
	sort -o /tmp/expected /tmp/expected
}

# Is the tree in that directory as its processes expect it?
is_as_expected() {
	tree list "$1" | sort >/tmp/found
	[ "$(wc -l </tmp/expected)" -ge $((PROCESSES * 100)) ] && diff /tmp/expected /tmp/found
}

# Those of Debian's modules that are not there yet, in that order.
insert_stock() {
	for module; do
		loaded "$module" || insert "stock/$module" || return 1
	done
}

# insert_client [PARAMETERS]: what the client needs, kpool, and the client's modules.
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

# Those of Debian's modules that use the client's.
# shellcheck disable=SC2046 # words
remove_after() {
	for module in $(backwards $(eval "echo \$AFTER_$CLIENT")); do
		! loaded "$module" || remove "$module" || return 1
	done
}

# What a client has let go of is freed later, and modules are in use until then.
until_unused() {
	until remove_after 2>/dev/null && grep -q "^$1 [0-9]* 0 " /proc/modules; do sleep 0.1; done
}

# kpool goes last, and has nothing to say.
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

# Has the client's heap served so many allocations? kmalloc's variant has none.
served_by_it() {
	if [ "$VARIANT" = kmalloc ]; then
		fails test -e "$D"
	else
		figure allocs "$(cat "$D"/heaps/*/stats | awk '$1 == "allocs" { sum += $2 } END { print sum }')"
		echo "allocs $(value allocs)"
		[ "$(value allocs)" -ge "$1" ]
	fi
}

# Bytes that SLUB and kpool hold, its reserve included.
held() {
	slab=$(awk '$1 == "Slab:" { print $2 * 1024 }' /proc/meminfo)
	[ -d "$D/heaps" ] && slab=$(cat "$D"/heaps/*/stats | awk -v sum="$slab" '
		$1 == "bytes" || $1 == "metadata_bytes" { sum += $2 }
		$1 == "arena_size" { arena = $2 }
		$1 == "reserve" { reserve = $2 }
		END { printf "%d\n", sum + reserve * arena }')
	echo "$slab"
}

# What was read is gone from memory, and comes back.
drop_caches() { echo 3 >/proc/sys/vm/drop_caches; }

# results CLIENT VARIANTS: are those of both the same? And what was measured.
results() {
	[ "$2" != "kmalloc kpool" ] ||
		step "$1: the same results on both" cmp "/tmp/$1-kmalloc" "/tmp/$1-kpool"
	cat $FIGURES
	: >$FIGURES
}
