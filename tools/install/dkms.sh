#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# DKMS calls this, see dkms.conf: headers and Module.symvers stay beside the module that was
# built, and /lib/modules/RELEASE/kpool leads to those of the one installed.
# Usage: dkms.sh built DIRECTORY | installed DIRECTORY LINK | removed LINK
set -eu

case $1 in
built)
	mkdir -p "$2/include"
	cp module/include/*.h "$2/include"
	cp module/Module.symvers "$2"
	;;
installed)
	rm -rf "$3" # what `make install` may have left there
	ln -s "$2" "$3"
	;;
removed)
	[ ! -L "$2" ] || rm "$2"
	;;
esac
