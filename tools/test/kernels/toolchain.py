# SPDX-License-Identifier: GPL-2.0
"""Makes headers of a newer Debian usable with the tools of this one."""

import re
import shutil

from common import JOBS, output, run

# The compiler of our own kernels and of all modules.
CC = "gcc"
# Parts of the source that are needed to configure it and to build the programs below.
SOURCES = ("--exclude=*/drivers/gpu/drm/*/include/*", "*/Kbuild", "*/Kconfig*", "*/Makefile*",
           "*/arch/x86", "*/include", "*/kernel", "*/lib/vdso", "*/mm", "*/scripts", "*/tools")
# Packaged programs that run when a module is built; they need the newer Debian's glibc.
PROGRAMS = ("scripts/basic/fixdep", "scripts/mod/modpost", "tools/objtool/objtool")
# The configuration as read by make and by the compiler, and its options about compiler,
# assembler and linker. All other options stay: they determine the layout of the running
# kernel's structures.
CONFIGS = ("include/config/auto.conf", "include/generated/autoconf.h")
TOOL_OPTION = re.compile(r"^(?:#define )?CONFIG_(?:AS|CC|GCC|LD)_.*\n", re.M)


def version(clang=False):
    return output(["clang", "-dumpversion"] if clang else [CC, "-dumpfullversion"])


def arguments(clang):
    """Arguments of make that select the compiler for our own kernels."""
    return ["LLVM=1"] if clang else [f"CC={CC}", f"HOSTCC={CC}"]


def prepare(source, out):
    """Prepare out for building modules of that source with clang. Any configuration is enough."""
    run(["make", "-C", source, f"O={out}", "LLVM=1", f"-j{JOBS}", "x86_64_defconfig",
         "modules_prepare"], out / "build.log", f"preparing {source.name} for clang")


def adapt(kdir, source, out):
    """Adapt unpacked headers in kdir, with that kernel's source; out is a work directory."""
    def make(*targets):
        run(["make", "-C", source, f"O={out}", f"CC={CC}", f"HOSTCC={CC}", f"-j{JOBS}",
             *targets], out / "build.log", f"adapting {kdir.name} to this host")

    out.mkdir()
    shutil.copy(kdir / ".config", out)
    make("olddefconfig", "syncconfig")
    for name in CONFIGS:
        theirs, ours = ((top / name).read_text() for top in (kdir, out))
        (kdir / name).write_text(TOOL_OPTION.sub("", theirs)
                                 + "".join(TOOL_OPTION.findall(ours)))
    # The programs do not depend on the configuration. This one is quick and needs no libssl.
    make("x86_64_defconfig")
    make("modules_prepare")
    for name in PROGRAMS:
        shutil.copy(out / name, kdir / name)
    variables = kdir / ".kernelvariables"
    variables.write_text(re.sub(r"\$\(CROSS_COMPILE\)gcc-\d+", CC, variables.read_text()))
