# SPDX-License-Identifier: GPL-2.0
"""Building for one kernel: in a copy, so that kernels do not get mixed."""

import collections
import fcntl
import pathlib
import re
import shutil
import threading

from common import BUILD, JOBS, ROOT, Fail, run
from kernels import kernels

HERE = pathlib.Path(__file__).parent
SOURCES = ("Kbuild", "Makefile", "module", "kunit", "tools")
PRODUCTS = shutil.ignore_patterns("*.o", "*.ko", "*.mod", "*.mod.c", ".*.cmd",
                                  ".*.d", "Module.symvers", "modules.order", "__pycache__")


# With gcc's further warnings and sparse's, which lint.py reads. The benchmark is for x86-64.
STRICT = ("W=1", "KPOOL_DEMO=m", "KPOOL_FAULTY=m")
WHOLE = (*STRICT, "KPOOL_BENCH=m")
SPARSE = ("C=2", "CF=-Wcontext")
SPARSE_SERIES = ("6.1", "6.12")   # 7.3's headers take a sparse newer than Debian 12's
_locks = []   # held until this process ends


def stage(name, sources=SOURCES):
    """A fresh copy of the sources, to build for the kernel of that name."""
    path = BUILD / "stage" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    _locks.append(open(f"{path}.lock", "w"))
    try:
        fcntl.flock(_locks[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Fail(f"{path} is in use by another run") from None
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, path / source, ignore=PRODUCTS)
        else:
            shutil.copy2(ROOT / source, path / source)
    return path


def modules(built, *, kunit=True, bench=False, label="", make_args=()):
    """Build all modules for a kernels.Built; their paths by name."""
    path = stage(built.kernel.name + label)
    log = path / "build/make.log"
    args = [f"KDIR={built.kdir}", "KPOOL_CLIENT=m", f"-j{JOBS}", *make_args]
    if built.machine.cross:
        args.append(f"CROSS_COMPILE={built.machine.cross}")
    if built.kernel.clang:
        args.append("LLVM=1")
    if bench:
        args.append("KPOOL_BENCH=m")
    run(["make", "-C", path, "kunit" if kunit else "modules", *args], log,
        f"building for {built.kernel.name}")
    found = {p.stem: p for p in path.rglob("*.ko")}
    if kunit and built.kunit:
        found["kunit"] = built.kunit
    return found


_once = {}   # (a kernel's build directory, with the benchmark?) -> modules
_building = collections.defaultdict(threading.Lock)


def once(built, bench=False):
    """The modules that the jobs of a run share: with the suites, or with the benchmark."""
    key = built.kdir, bench
    with _building[key]:
        if key not in _once:
            _once[key] = (modules(built, kunit=False, bench=True, label="-bench") if bench else
                          modules(built, make_args=_strict(built.kernel)))
        return _once[key]


def _strict(kernel):
    """The arguments of make for a kernel's build that finds all that can be found."""
    if kernel.flavour != "amd64" or kernel.fragment:
        return STRICT
    return WHOLE + (SPARSE if kernel.series in SPARSE_SERIES else ())


def kunit_core(kdir, out):
    """Build KUnit's core, as a module, for a kernel configured without it."""
    release = (kdir / "include/config/kernel.release").read_text().strip()
    series = ".".join(release.split(".")[:2])
    known = {k.series for k in kernels.TABLE.values()}
    if series not in known:
        raise Fail(f"kernel {release} has no KUnit, and its core is only taken from "
                   f"linux-source of {', '.join(sorted(known))}")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    # Left out: KUnit's tests of itself, and what needs symbols not exported.
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
