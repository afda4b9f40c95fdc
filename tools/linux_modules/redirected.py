# SPDX-License-Identifier: GPL-2.0
"""Modules of Linux itself, compiled from its source as they are or to run on kpool.

Their sources stay as they are: a Kbuild file beside their Makefile names what to build.
"""

import re
import shutil

from common import JOBS, run, say

WARNING = re.compile(r"\bwarning:|^WARNING:")
KBUILD = """\
# SPDX-License-Identifier: GPL-2.0
include $(src)/Makefile
obj-y :=
obj-m := {objects}
ccflags-y += {flags}
"""


def redirection(kpool, heap):
    """Compiler's flags by which a module runs on a heap of that name, of kpool built there."""
    include = kpool / "module/include"
    return (f"-I{include}", f"-include {include}/kpool_kmalloc.h",
            f"""-DKPOOL_REDIRECT_HEAP='"{heap}"'""", "-DKPOOL_REDIRECT_CACHES",
            "-DKPOOL_REDIRECT_UNACCOUNTED")


def warnings(log):
    """The compiler's, and those of modpost."""
    return [line for line in log.read_text(errors="replace").splitlines() if WARNING.search(line)]


def compile_modules(built, source, directory, modules, out, flags=(), symbols=None):
    """Build modules of a directory of Linux's source for a kernels.Built, in a copy below out
    and with more flags for the compiler: their paths by name. symbols: the Module.symvers of
    what they call. The compiler's warnings are said, and are in out/make.log."""
    shutil.rmtree(out, ignore_errors=True)
    copy = out / directory
    shutil.copytree(source / directory, copy)
    # What such files include from the directory above.
    for header in (source / directory).parent.glob("*.h"):
        shutil.copy(header, copy.parent)
    (copy / "Kbuild").write_text(KBUILD.format(
        objects=" ".join(f"{module}.o" for module in modules), flags=" ".join(flags)))
    log = out / "make.log"
    extra = [f"KBUILD_EXTRA_SYMBOLS={symbols}"] if symbols else []
    # What debuggers read would be most of a module, and takes a third of the time.
    run(["make", "-C", built.kdir, f"M={copy}", f"-j{JOBS}", "CONFIG_DEBUG_INFO=", *extra,
         "modules"], log,
        f"building {', '.join(modules)} for {built.kernel.name}")
    for line in warnings(log):
        say(f"    {built.kernel.name}: {line}")
    return {module: copy / f"{module}.ko" for module in modules}
