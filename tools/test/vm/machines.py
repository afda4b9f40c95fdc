# SPDX-License-Identifier: GPL-2.0
"""QEMU's machines, by Debian's names of their architectures."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Machine:
    qemu: str            # the program is qemu-system-<qemu>
    options: tuple       # its machine, without CPUs and memory
    channels: tuple      # options that connect two serial lines to the character devices
                         # log and script
    console: str         # the guest's name of the first line, for the kernel's log
    script: str          # the guest's name of the second line, for the output of its script
    cross: str = ""      # prefix of the compiler and its tools
    exit_port: bool = False   # can the guest choose QEMU's exit status?
    hole: tuple = ()     # options that leave a hole in the memory, as real machines have


_PC = Machine("x86_64", ("-cpu", "max", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
              ("-serial", "chardev:log", "-serial", "chardev:script"), "ttyS0", "ttyS1",
              exit_port=True, hole=("-machine", "pc,max-ram-below-4g=1G"))

TABLE = {
    "amd64": _PC,
    "i386": _PC,
    # Emulation of the real CPU's pointer signing would take half of the time.
    "arm64": Machine("aarch64", ("-machine", "virt", "-cpu", "max,pauth-impdef=on"),
                     ("-serial", "chardev:log", "-device", "pci-serial,chardev=script"),
                     "ttyAMA0", "ttyS0", "aarch64-linux-gnu-"),
    # Only one of its consoles supports long lines, and only the other keeps short lines whole.
    "s390x": Machine("s390x", ("-machine", "s390-ccw-virtio", "-cpu", "max"),
                     ("-device", "sclpconsole,chardev=log",
                      "-device", "sclplmconsole,chardev=script"),
                     "ttysclp0", "sclp_line0", "s390x-linux-gnu-"),
    "ppc64el": Machine("ppc64", ("-machine", "pseries", "-cpu", "power9"),
                       ("-device", "spapr-vty,chardev=log",
                        "-device", "spapr-vty,chardev=script"),
                       "hvc0", "hvc1", "powerpc64le-linux-gnu-"),
}
