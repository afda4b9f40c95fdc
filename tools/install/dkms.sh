#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Called by DKMS, see dkms.conf: headers and Module.symvers stay beside the built module, and
# /lib/modules/RELEASE/kpool is a link to those of the installed one.
# Usage: dkms.sh built DIRECTORY | installed DIRECTORY LINK | removed LINK
set -eu

case $1 in
built)
	mkdir -p "$2/include"
	cp module/include/*.h "$2/include"
	cp module/Module.symvers "$2"
	;;
installed)
	rm -rf "$3" # remove files of `make install`
	ln -s "$2" "$3"
	;;
removed)
	[ ! -L "$2" ] || rm "$2"
	;;
esac
