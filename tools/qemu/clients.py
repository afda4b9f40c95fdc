# SPDX-License-Identifier: GPL-2.0
"""Modules of Linux itself, compiled from its source once as they are and once to run on kpool.

Their sources stay as they are: a Kbuild file beside their Makefile names what to build.
"""

import dataclasses
import re
import shutil

import build
import guest
import judge
import kernels
import nftrules
from common import BUILD, JOBS, ROOT, output, run, say, step

VARIANTS = ("kmalloc", "kpool")
WARNING = re.compile(r"\bwarning:|^WARNING:", re.M)
KBUILD = """\
# SPDX-License-Identifier: GPL-2.0
include $(src)/Makefile
obj-y :=
obj-m := {objects}
ccflags-y += {flags}
"""


@dataclasses.dataclass(frozen=True)
class Client:
    """Modules that are built together, of a directory of Linux."""
    name: str
    directory: str
    modules: tuple
    needs: tuple = ()   # of Debian's modules: those inserted before, with what they depend on
    after: tuple = ()   # those inserted after


CLIENTS = (
    Client("overlayfs", "fs/overlayfs", ("overlay",)),
    Client("null_blk", "drivers/block/null_blk", ("null_blk",),
           needs=("configfs", "crc32c_generic", "ext4")),
    Client("nf_tables", "net/netfilter", ("nf_tables",),
           needs=("crc32c_generic", "libcrc32c", "nfnetlink", "nf_conntrack", "veth"),
           after=("nft_ct", "nft_limit", "nft_objref")),
)
PROGRAMS = ("tree", "clock", "packets")
HOST_PROGRAMS = ("mke2fs", "e2fsck", "fio", "nft")
SCRIPTS = ("clients", *(client.name for client in CLIENTS))
SETTINGS = {"SEED": 1, "PROCESSES": 8, "OPS": 3000, **nftrules.settings()}


def redirection(kpool, heap):
    """Compiler's flags by which a module runs on a heap of that name, of kpool built there."""
    include = kpool / "module/include"
    return (f"-I{include}", f"-include {include}/kpool_kmalloc.h",
            f"""-DKPOOL_REDIRECT_HEAP='"{heap}"'""", "-DKPOOL_REDIRECT_CACHES",
            "-DKPOOL_REDIRECT_UNACCOUNTED")


def compile_modules(built, source, directory, modules, out, flags=(), symbols=None):
    """Build modules of a directory of Linux's source for a kernels.Built, in a copy below out
    and with more flags for the compiler: their paths by name. symbols: the Module.symvers of
    what they call. The compiler's warnings are said, and are in out/make.log."""
    copy = out / directory
    shutil.copytree(source / directory, copy)
    # What such files include from the directory above.
    for header in (source / directory).parent.glob("*.h"):
        shutil.copy(header, copy.parent)
    (copy / "Kbuild").write_text(KBUILD.format(
        objects=" ".join(f"{module}.o" for module in modules), flags=" ".join(flags)))
    log = out / "make.log"
    extra = [f"KBUILD_EXTRA_SYMBOLS={symbols}"] if symbols else []
    run(["make", "-C", built.kdir, f"M={copy}", f"-j{JOBS}", *extra, "modules"], log,
        f"building {', '.join(modules)} for {built.kernel.name}")
    for line in log.read_text(errors="replace").splitlines():
        if WARNING.search(line):
            say(f"    {built.kernel.name}: {line}")
    return {module: copy / f"{module}.ko" for module in modules}


def compile_client(built, client, variant):
    """The modules of a client in a variant: their paths by name."""
    out = BUILD / "stage" / f"clients-{built.kernel.name}" / variant / client.name
    shutil.rmtree(out, ignore_errors=True)
    flags, symbols = (), None
    if variant == "kpool":
        kpool = build.once(built)["kpool"].parents[1]
        flags, symbols = redirection(kpool, client.name), kpool / "Module.symvers"
    return compile_modules(built, kernels.clients(built.kernel.series), client.directory,
                           client.modules, out, flags, symbols)


def _in_order(stock, names, found):
    """Those of Debian's modules and what they depend on, in the order of insertion; found:
    those that are there already."""
    for name in names:
        depends = output(["modinfo", "-F", "depends", stock[name]]).strip()
        _in_order(stock, [d for d in depends.replace("-", "_").split(",")
                          if d and d not in found], found)
        if name not in found:
            found.append(name)
    return found


def _stock_modules(built):
    """What guests need of Debian's modules: files, and settings with their order."""
    stock = kernels.modules(built.kernel.name)
    files, settings = {}, {}
    for client in CLIENTS:
        before = _in_order(stock, client.needs, list(client.modules))
        # Of those, newer kernels have some built into the client's.
        after = [name for name in client.after if name in stock]
        both = _in_order(stock, after, list(before))
        settings[f"NEEDS_{client.name}"] = " ".join(before[len(client.modules):])
        settings[f"AFTER_{client.name}"] = " ".join(both[len(before):])
        files |= {f"modules/stock/{name}.ko": stock[name] for name in both[len(client.modules):]}
    return files, settings


def _programs(out):
    """The programs of tools/dropin, compiled for a guest: files of it."""
    out.mkdir(parents=True, exist_ok=True)
    files = {}
    for name in PROGRAMS:
        run(["gcc", "-D_GNU_SOURCE", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-static", "-o",
             out / name, *sorted((ROOT / "tools/dropin").glob(f"{name}*.c"))],
            out / "make.log", f"building {name}")
        files[f"bin/{name}"] = out / name
    for name in HOST_PROGRAMS:
        files |= guest.program(name)
    return files


def _guest_files(built, variants, settings):
    """Files of a guest that runs the scripts of all clients in those variants."""
    modules = {f"{variant}/{name}": path for variant in variants for client in CLIENTS
               for name, path in compile_client(built, client, variant).items()}
    if "kpool" in variants:
        modules["kpool"] = build.once(built)["kpool"]
    stock, order = _stock_modules(built)
    files = guest.files(modules, SCRIPTS, {"VARIANTS": " ".join(variants), **order, **settings})
    return files | stock | nftrules.files() | _programs(BUILD / "clients/programs")


def job(name):
    """All clients in all variants on a kernel."""
    def run_job():
        built = kernels.get(name)
        with step(f"clients-{name}: build"):
            files = _guest_files(built, VARIANTS, SETTINGS)
        with step(f"clients-{name}: {', '.join(SCRIPTS[1:])}"):
            return judge.judge(guest.boot(built, files, BUILD / "test" / f"clients-{name}", 900))
    return run_job
