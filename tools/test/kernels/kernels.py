# SPDX-License-Identifier: GPL-2.0
"""The kernels under test: a row each, and functions to get one."""

import dataclasses
import hashlib
import pathlib
import re
import shutil
import threading

from common import CACHE, JOBS, Fail, atomic_dir, output, run
from kernels import debs, toolchain
from vm import machines

HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Kernel:
    name: str
    series: str
    fragment: str = ""   # of our own configuration; empty: Debian's kernel
    flavour: str = "amd64"   # of Debian's kernel: the end of its packages' names
    arch: str = debs.HOST    # Debian's name of the architecture
    cpus: int = 2
    nodes: int = 1       # NUMA nodes, each with an equal share of CPUs and memory
    memory: int = 2048   # MiB
    hole: bool = False   # leave a hole in the memory, if the machine supports it
    clang: bool = False  # built with clang and LLVM's tools
    append: str = ""     # added to the kernel's command line; ends with a blank
    suite: str = ""      # of Debian, if the host's suites lack the kernel

    @property
    def build(self):
        """Name of the first kernel in the table with the same build of modules."""
        same = (self.series, self.fragment, self.flavour, self.arch)
        return next(k.name for k in TABLE.values()
                    if (k.series, k.fragment, k.flavour, k.arch) == same)


TABLE = {k.name: k for k in (
    Kernel("6.1", "6.1"),
    Kernel("6.12", "6.12"),
    Kernel("7.3", "7.3", suite="trixie-backports"),
    Kernel("6.12-numa", "6.12", cpus=4, nodes=2, append="init_on_alloc=1 init_on_free=1 "),
    Kernel("6.12-rt", "6.12", flavour="rt-amd64", cpus=4),
    Kernel("6.12-arm64", "6.12", flavour="arm64", arch="arm64"),
    Kernel("6.12-arm64-16k", "6.12", flavour="arm64-16k", arch="arm64"),
    Kernel("6.1-i386", "6.1", flavour="686-pae", arch="i386"),
    Kernel("6.1-s390x", "6.1", flavour="s390x", arch="s390x"),
    Kernel("6.1-ppc64el", "6.1", flavour="powerpc64le", arch="ppc64el"),
    # no5lvl: with five levels of page tables, KASAN reports an interrupt that arrives while
    # identify_cpu() has cleared the CPU's features, and with them the number of levels.
    Kernel("6.12-kasan", "6.12", "x86-kasan-lockdep", cpus=4, memory=3072, append="no5lvl "),
    Kernel("6.12-kcsan", "6.12", "x86-kcsan", cpus=4),
    # no5lvl: with five levels of page tables, interrupts may come before the shadow of their stack
    # is mapped.
    Kernel("6.12-kmsan", "6.12", "x86-kmsan", memory=4096, clang=True, append="no5lvl "),
)}
debs.SUITES.update({k.series: k.suite for k in TABLE.values() if k.suite})
STOCK = [k.name for k in TABLE.values() if k.name == k.series]
VARIANTS = [k.name for k in TABLE.values() if not k.fragment and k.name != k.series]
OWN = [k.name for k in TABLE.values() if k.fragment]
LEAKS = ["6.12-kasan"]   # has KASAN and kmemleak
SLOW = ["6.12-kmsan"]    # slow, mostly to build
RARE = [*SLOW, "6.12-kcsan", "6.12-arm64"]   # only in `make test-all`: too long for an hour

# A kernel for each machine of QEMU; for this host's machine, the kernel that boots fastest.
EACH_MACHINE = list({
    **{machines.TABLE[k.arch]: k.name for k in reversed(TABLE.values()) if k.name not in RARE},
    machines.TABLE[debs.HOST]: "6.12"}.values())

# Parts of linux-source that tests use without building that kernel.
PARTS = ("*/lib/kunit", "*/tools/testing/kunit", "*/scripts/checkpatch.pl",
         "*/scripts/spelling.txt", "*/scripts/const_structs.checkpatch")
# Parts that build the documentation.
DOCS = ("*/scripts/kernel-doc", "*/scripts/get_abi.pl", "*/Documentation/sphinx")
# Modules that are compiled again, to run on kpool, and headers beside them.
CLIENTS = ("*/fs/overlayfs", "*/fs/internal.h", "*/drivers/block/null_blk", "*/net/netfilter")
_lock = {name: threading.Lock() for name in [*TABLE, "choose", "source"]}


@dataclasses.dataclass(frozen=True)
class Built:
    kernel: Kernel
    image: pathlib.Path
    kdir: pathlib.Path
    kunit: pathlib.Path = None   # kunit.ko, if the kernel has its own
    busybox: pathlib.Path = None   # if the host's own cannot run in the guest

    @property
    def machine(self):
        return machines.TABLE[self.kernel.arch]

    def with_machine(self, **fields):
        """This kernel on a machine with other fields of Kernel: cpus, nodes, memory, hole."""
        return dataclasses.replace(self, kernel=dataclasses.replace(self.kernel, **fields))


def find(name):
    if name not in TABLE:
        raise Fail(f"no kernel '{name}'; there are: {', '.join(TABLE)}")
    return TABLE[name]


def _release(kernel):
    with _lock["choose"]:
        return debs.choose(kernel.series, kernel.flavour, kernel.arch)


def get(name):
    """The kernel of that name. Download or build it if it is not in the cache."""
    kernel = find(name)
    release = _release(kernel)
    with _lock[name]:
        if kernel.fragment:
            return _own(kernel, release)
        return Built(kernel, debs.image(release), debs.kdir(release),
                     busybox=debs.busybox(release))


def modules(name):
    """Debian's modules of a stock kernel: name -> path."""
    with _lock["source"]:
        return debs.modules(_release(find(name)))


def prepared(name):
    """A build directory for clang from that kernel's source, without a kernel."""
    kernel = find(name)
    release = _release(kernel)
    clang = output(["clang", "-dumpversion"]).strip()
    path = CACHE / f"llvm-{release.version}_clang-{clang}"
    if not path.exists():
        symbols = get(name).kdir / "Module.symvers"
        with _lock["source"], atomic_dir(path) as tmp:
            toolchain.prepare(debs.source(release, "prepare", *toolchain.SOURCES), tmp)
            shutil.copy(symbols, tmp)
    return Built(kernel, None, path)


def source(series, name, *members):
    """Unpack these members of a series' source under that name: their directory."""
    with _lock["source"]:
        return debs.source(debs.choose(series), name, *members)


def source_archive(series):
    """The source of a series as packaged: a tar file."""
    with _lock["source"]:
        return debs.source_archive(debs.choose(series))


def parts(series):
    """KUnit's core, kunit.py and checkpatch of a series: their directory."""
    return source(series, "parts", *PARTS)


def docs(series):
    """kernel-doc, and the Sphinx extensions that read it and the ABI: their directory."""
    return source(series, "docs", *DOCS)


def clients(series):
    """The source of the clients that run on kpool: their directory, which must not change."""
    return source(series, "clients", *CLIENTS)


def tree(series):
    """The source of a series: its directory, which must not change."""
    return source(series, "tree", "--exclude=*/Documentation/*/*",
                   "--exclude=*/drivers/gpu/drm/amd/include/*")


def is_ready(name):
    """Is the kernel in the cache?"""
    kernel = find(name)
    release = _release(kernel)
    return _own_path(kernel, release).exists() if kernel.fragment else debs.is_cached(release)


def _fragments(kernel):
    return [HERE / "fragments" / f"{name}.config" for name in ("x86-guest", kernel.fragment)]


def _own_path(kernel, release):
    config = "".join(path.read_text() for path in _fragments(kernel))
    key = hashlib.sha256((config + toolchain.version(kernel.clang)).encode()).hexdigest()[:12]
    return CACHE / f"own-{kernel.fragment}_{release.version}_{key}"


def _own(kernel, release):
    path = _own_path(kernel, release)
    if not path.exists():
        source = tree(kernel.series)
        with atomic_dir(path) as tmp:
            _build(kernel, source, tmp)
    return Built(kernel, path / "arch/x86/boot/bzImage", path, path / "lib/kunit/kunit.ko")


def _build(kernel, source, out):
    log = out / "build.log"
    fragments = _fragments(kernel)

    def make(*targets):
        run(["make", "-C", source, f"O={out}", *toolchain.arguments(kernel.clang),
             f"-j{JOBS}", *targets], log, f"building kernel {kernel.name}")

    make("allnoconfig")
    run([source / "scripts/kconfig/merge_config.sh", "-m", "-O", out, out / ".config",
         *fragments], log, cwd=source)
    make("olddefconfig")
    for fragment in fragments:
        verify_config(fragment.read_text(), (out / ".config").read_text())
    make("bzImage", "modules", "modules_prepare")
    _slim(out)


def verify_config(wanted, got):
    """Fail unless olddefconfig kept every option of a fragment."""
    got = set(re.findall(r"^CONFIG_\w+=.*$", got, re.M))
    names = {line.split("=")[0] for line in got}
    lost = [line for line in re.findall(r"^CONFIG_\w+=.*$", wanted, re.M)
            if (line[:-2] in names if line.endswith("=n") else line not in got)]
    if lost:
        raise Fail("the kernel's configuration lost: " + ", ".join(lost))


def _slim(out):
    """Delete object files: they are most of a built kernel's size, and modules do not need them."""
    keep = {out / "scripts", out / "tools"}
    for top in out.iterdir():
        if top.is_dir() and not top.is_symlink() and top not in keep:
            for pattern in ("*.o", "*.a", "*.cmd"):
                for path in top.rglob(pattern):
                    path.unlink()
    for name in ("vmlinux.o", "vmlinux.a", ".tmp_vmlinux.kallsyms1", ".tmp_vmlinux.kallsyms2"):
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / "arch/x86/boot/compressed", ignore_errors=True)
