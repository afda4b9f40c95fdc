# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# overlayfs over tmpfs: many processes change a tree, a part of which is in the lower layer.
# Settings: SEED, PROCESSES, OPS of each.

layers=/tmp/layers
merged=/tmp/merged

mount_layers() {
	mkdir -p $layers $merged && mount -t tmpfs -o size=512m layers $layers &&
		mkdir $layers/lower $layers/upper $layers/work &&
		tree make $layers/lower "$SEED" "$PROCESSES" && tree list $layers/lower | sort >/tmp/lower
}

mount_overlay() {
	mount -t overlay overlay $merged -o \
		"lowerdir=$layers/lower,upperdir=$layers/upper,workdir=$layers/work,redirect_dir=on"
}

lower_is_as_before() {
	tree list $layers/lower | sort | cmp - /tmp/lower
}

# Devices with the number 0 hide removed names of the lower layer.
has_whiteouts() {
	[ "$(find $layers/upper -type c | wc -l)" -ge $((PROCESSES * 10)) ]
}

remount_overlay() { umount $merged && mount_overlay; }

remove_tree() {
	rm -rf "${merged:?}"/* && [ -z "$(ls -A $merged)" ] && lower_is_as_before
}

overlayfs() {
	use overlayfs "$1" overlay
	expect "insert" insert_client
	expect "the layers" mount_layers
	expect "mount" mount_overlay
	expect "$PROCESSES processes change the tree" change_tree work_ms $merged "$OPS"
	expect "the tree is as expected" is_as_expected $merged
	expect "its allocator served it" served_by_it $((PROCESSES * OPS / 4))
	expect "files removed from the lower layer are hidden" has_whiteouts
	drop_caches
	expect "the tree is as expected without caches" is_as_expected $merged
	expect "mount again" remount_overlay
	expect "the tree is as expected then" is_as_expected $merged
	cp /tmp/expected "/tmp/overlayfs-$VARIANT"
	expect "remove all of it" remove_tree
	expect "unmount" umount $merged
	expect "unmount the layers" umount $layers
	expect "remove the module" remove_client
}

for v in $VARIANTS; do
	overlayfs "$v"
done
results overlayfs "$VARIANTS"
