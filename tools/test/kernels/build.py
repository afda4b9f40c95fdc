# SPDX-License-Identifier: GPL-2.0
"""Builds modules for one kernel, in a copy of the sources: each kernel has its own copy.

Copies are kept. Later runs use their modules until sources, kernel or compiler change.
"""

import collections
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import threading

from common import BUILD, JOBS, ROOT, Fail, run
from kernels import kernels, toolchain

HERE = pathlib.Path(__file__).parent
SOURCES = ("Kbuild", "Makefile", "module", "kunit", "tools")
# Parts of the sources that modules are built from.
COMPILED = ("Kbuild", "Makefile", "module", "kunit", "tools/demo", "tools/testmods",
            "tools/test/kernels")
PRODUCTS = shutil.ignore_patterns("*.o", "*.ko", "*.mod", "*.mod.c", ".*.cmd",
                                  ".*.d", "Module.symvers", "modules.order", "__pycache__")

# Modules besides kpool, and Kbuild's variable for each. KUnit's suites have a target of make
# instead.
MODULES = {"kpool_demo": "KPOOL_DEMO", "kpool_client": "KPOOL_CLIENT",
           "kpool_stress": "KPOOL_CLIENT", "kpool_misuse": "KPOOL_CLIENT",
           "kpool_faults": "KPOOL_CLIENT",
           "kpool_bench": "KPOOL_BENCH", "kpool_golden": "KPOOL_BENCH",
           "kpool_scale": "KPOOL_BENCH", "kpool_kunit": "kunit"}
# For linters: more warnings of gcc, and of sparse, which lint.py reads.
STRICT = ("W=1",)
SPARSE = ("C=1", "CF=-Wcontext")
SPARSE_SERIES = ("6.1", "6.12")   # headers of 7.3 need a newer sparse than Debian 12's
_locked = {}   # stages that this process has locked
_building = collections.defaultdict(threading.Lock)


def everything(kernel):
    """Names of all modules for a kernel. The benchmark needs x86-64, and kpool_faults needs
    fault injection."""
    left_out = {name for name, variable in MODULES.items() if variable == "KPOOL_BENCH"}
    left_out = set() if (kernel.flavour, kernel.fragment) == ("amd64", "") else left_out
    return MODULES.keys() - left_out - {"kpool_faults"}


def _lock(path):
    """Lock a directory: only one process may build in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path not in _locked:
        file = open(f"{path}.lock", "w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Fail(f"{path} is in use by another run") from None
        _locked[path] = file


def stage(name, sources=SOURCES):
    """A fresh copy of the sources in the stage of that name."""
    path = BUILD / "stage" / name
    _lock(path)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, path / source, ignore=PRODUCTS)
        else:
            shutil.copy2(ROOT / source, path / source)
    return path


def _files(top):
    """All sources at or below a path."""
    if top.is_file():
        yield top
    for directory, _, names in os.walk(top):
        yield from (pathlib.Path(directory, name) for name in {*names} - PRODUCTS(directory, names))


def _key(*facts):
    """Key of the sources' state and of the way to build them."""
    digest = hashlib.sha256(repr(facts).encode())
    for path in sorted(path for top in COMPILED for path in _files(ROOT / top)):
        digest.update(f"{path.relative_to(ROOT)} ".encode() + path.read_bytes())
    return digest.hexdigest()


def modules(built, *names, label="", make_args=STRICT):
    """Build kpool and the named modules for a kernels.Built: name -> path. kpool_kunit includes
    kunit. label: distinguishes stages of one kernel that are built differently."""
    kernel = built.kernel
    args = [f"KDIR={built.kdir}", f"-j{JOBS}", *make_args]
    if built.machine.cross:
        args.append(f"CROSS_COMPILE={built.machine.cross}")
    if kernel.clang:
        args.append("LLVM=1")
    if make_args == STRICT and kernel.build in SPARSE_SERIES and shutil.which("sparse"):
        args += SPARSE
    path = BUILD / "stage" / f"{kernel.build}{label}"
    with _building[path]:
        _lock(path)
        _make(path, args, {MODULES[name] for name in names}, kernel)
    found = {p.stem: p for p in path.rglob("*.ko")}
    if "kpool_kunit" in names:
        names = ("kunit", *names)
        found["kunit"] = built.kunit or found["kunit"]
    return {name: found[name] for name in ("kpool", *names)}


def _make(path, args, variables, kernel):
    """Build in a stage, with these variables of Kbuild and all variables of earlier builds."""
    key, state = _key(args, toolchain.version(kernel.clang)), path / "build/state"
    before, *done = state.read_text().split() if state.exists() else ("",)
    if before != key:
        stage(path.name)
        done = []
    elif variables <= {*done}:
        return
    target = "kunit" if "kunit" in variables - {*done} else "modules"
    variables |= {*done}
    state.unlink(missing_ok=True)    # after an interruption, build anew
    run(["make", "-C", path, target, *args, *(f"{v}=m" for v in variables - {"kunit"})],
        path / "build/make.log", f"building for {kernel.name}")
    state.write_text(" ".join((key, *variables)))


def kunit_core(kdir, out):
    """Build KUnit's core as a module, for a kernel configured without it."""
    release = (kdir / "include/config/kernel.release").read_text().strip()
    series = ".".join(release.split(".")[:2])
    known = {k.series for k in kernels.TABLE.values()}
    if series not in known:
        raise Fail(f"kernel {release} has no KUnit, and its core is only taken from "
                   f"linux-source of {', '.join(sorted(known))}")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    # Left out: KUnit's tests of itself, and code that needs symbols that are not exported.
    for source in (kernels.parts(series) / "lib/kunit").glob("*.[ch]"):
        if not re.search(r"[-_]test\.c$|^user_alloc\.c$", source.name):
            text = source.read_text().replace("current->kunit_test", "kunit_oot_test")
            text = text.replace("struct module *mod", "struct kunit_oot_module *mod")
            (out / source.name).write_text(text)
    for name in ("Kbuild", "kunit_oot.h"):
        shutil.copy(HERE / "kunit-oot" / name, out)
    run(["make", "-C", kdir, f"M={out}", f"-j{JOBS}", "modules"], out / "make.log",
        "building KUnit's core")


def suites():
    """Names of the KUnit suites that the sources define."""
    found = set()
    for source in (ROOT / "kunit").glob("*.c"):
        found |= set(re.findall(r'\.name\s*=\s*"(kpool_\w+)"', source.read_text()))
    return found
