# SPDX-License-Identifier: GPL-2.0
"""The scripts of tools/bpftrace in a guest, as a job."""

import pathlib
import re
import shutil

import build
import guest
import judge
import kernels
from common import BUILD, ROOT, Fail, output, step

KERNEL = "6.12"
# Work that each script sees all of.
CLIENT = "ops=20000 phase_mib=1"


def program(name):
    """A program of the host's with its libraries, as files of a guest."""
    path = shutil.which(name)
    if not path:
        raise Fail(f"{name} is missing. tools/setup/packages.sh tracing installs it.")
    libraries = re.findall(r"(/\S+) \(0x", output(["ldd", path]))
    return {f"bin/{name}": pathlib.Path(path),
            **{library.lstrip("/"): pathlib.Path(library) for library in libraries}}


def job():
    built = kernels.get(KERNEL)
    with step("tracing: build"):
        modules = build.once(built)
    files = {f"modules/{name}.ko": modules[name] for name in ("kpool", "kpool_client")}
    files |= {"run.sh": guest.script("tracing"), "tracing.sh": guest.HERE / "guest/tracing.sh",
              "settings": f"CLIENT_ARGS='{CLIENT}'\n", **program("bpftrace")}
    files |= {f"bpftrace/{path.name}": path for path in (ROOT / "tools/bpftrace").glob("*.bt")}
    with step("tracing: bpftrace's scripts"):
        return judge.judge(guest.boot(built, files, BUILD / "test/tracing", 900))
