# SPDX-License-Identifier: GPL-2.0
"""The machines that QEMU plays, by Debian's names of their architectures."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Machine:
    qemu: str            # the program is qemu-system-<qemu>
    options: tuple       # its machine, without CPUs and memory
    channels: tuple      # its options for two serial lines, to the character devices
                         # log and script
    console: str         # the first as the guest names it: for the kernel's log
    script: str          # the second: for what the guest's script prints
    cross: str = ""      # how the names of the compiler and its tools begin
    exit_port: bool = False   # can the guest choose QEMU's exit status?
    hole: tuple = ()     # options that leave a hole in the midst of memory, as real machines have


_PC = Machine("x86_64", ("-cpu", "max", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
              ("-serial", "chardev:log", "-serial", "chardev:script"), "ttyS0", "ttyS1",
              exit_port=True, hole=("-machine", "pc,max-ram-below-4g=1G"))

TABLE = {
    "amd64": _PC,
    "i386": _PC,
    # Signing pointers in the way of the real CPU takes half of the time.
    "arm64": Machine("aarch64", ("-machine", "virt", "-cpu", "max,pauth-impdef=on"),
                     ("-serial", "chardev:log", "-device", "pci-serial,chardev=script"),
                     "ttyAMA0", "ttyS0", "aarch64-linux-gnu-"),
    # Of its two consoles only one may have long lines, only the other takes short ones whole.
    "s390x": Machine("s390x", ("-machine", "s390-ccw-virtio", "-cpu", "max"),
                     ("-device", "sclpconsole,chardev=log",
                      "-device", "sclplmconsole,chardev=script"),
                     "ttysclp0", "sclp_line0", "s390x-linux-gnu-"),
    "ppc64el": Machine("ppc64", ("-machine", "pseries", "-cpu", "power9"),
                       ("-device", "spapr-vty,chardev=log",
                        "-device", "spapr-vty,chardev=script"),
                       "hvc0", "hvc1", "powerpc64le-linux-gnu-"),
}
