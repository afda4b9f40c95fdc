# SPDX-License-Identifier: GPL-2.0
"""Linux's own modules, compiled from Linux's source, unchanged or to run on kpool.

A Kbuild file beside the module's Makefile names the modules to build. Sources do not change.
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
    """Compiler flags that make a module use a heap of that name. kpool: its build directory."""
    include = kpool / "module/include"
    return (f"-I{include}", f"-include {include}/kpool_kmalloc.h",
            f"""-DKPOOL_REDIRECT_HEAP='"{heap}"'""", "-DKPOOL_REDIRECT_CACHES",
            "-DKPOOL_REDIRECT_UNACCOUNTED")


def warnings(log):
    """Warnings of the compiler and of modpost."""
    return [line for line in log.read_text(errors="replace").splitlines() if WARNING.search(line)]


def compile_modules(built, source, directory, modules, out, flags=(), symbols=None):
    """Build modules of a directory of Linux's source for a kernels.Built, in a copy below out and
    with more flags for the compiler: name -> path. symbols: the Module.symvers of the modules that
    they call. The compiler's warnings are printed, and are in out/make.log."""
    shutil.rmtree(out, ignore_errors=True)
    copy = out / directory
    shutil.copytree(source / directory, copy)
    # Headers that the files include from the directory above.
    for header in (source / directory).parent.glob("*.h"):
        shutil.copy(header, copy.parent)
    (copy / "Kbuild").write_text(KBUILD.format(
        objects=" ".join(f"{module}.o" for module in modules), flags=" ".join(flags)))
    log = out / "make.log"
    extra = [f"KBUILD_EXTRA_SYMBOLS={symbols}"] if symbols else []
    # Debug information would be most of a module, and takes a third of the time.
    run(["make", "-C", built.kdir, f"M={copy}", f"-j{JOBS}", "CONFIG_DEBUG_INFO=", *extra,
         "modules"], log,
        f"building {', '.join(modules)} for {built.kernel.name}")
    for line in warnings(log):
        say(f"    {built.kernel.name}: {line}")
    return {module: copy / f"{module}.ko" for module in modules}
