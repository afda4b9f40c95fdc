# SPDX-License-Identifier: GPL-2.0
"""The scripts of tools/bpftrace in a guest, as a job."""

import build
import guest
import judge
import kernels
from common import BUILD, ROOT, step

KERNEL = "6.12"
# Work that each script sees all of.
CLIENT = "ops=20000 phase_mib=1"


def job():
    built = kernels.get(KERNEL)
    with step("tracing: build"):
        modules = build.once(built)
    files = {f"modules/{name}.ko": modules[name] for name in ("kpool", "kpool_client")}
    files |= {"run.sh": guest.script("tracing"), "tracing.sh": guest.HERE / "guest/tracing.sh",
              "settings": f"CLIENT_ARGS='{CLIENT}'\n", **guest.program("bpftrace")}
    files |= {f"bpftrace/{path.name}": path for path in (ROOT / "tools/bpftrace").glob("*.bt")}
    with step("tracing: bpftrace's scripts"):
        return judge.judge(guest.boot(built, files, BUILD / "test/tracing", 900))
