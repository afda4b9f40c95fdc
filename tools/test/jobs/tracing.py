# SPDX-License-Identifier: GPL-2.0
"""A job that runs the scripts of tools/bpftrace in a guest."""

import judge
from common import BUILD, ROOT, step
from kernels import build, kernels
from vm import guest

KERNEL = "6.12"
# Workloads small enough for each script to see all events.
CLIENT = "phase_mib=1"
STRESS = "ops=20000"


def job():
    built = kernels.get(KERNEL)
    with step("tracing: build"):
        modules = build.modules(built, "kpool_client", "kpool_stress")
    files = guest.files(modules, ["tracing"], {"CLIENT_ARGS": CLIENT, "STRESS_ARGS": STRESS})
    files |= guest.program("bpftrace")
    files |= {f"bpftrace/{path.name}": path for path in (ROOT / "tools/bpftrace").glob("*.bt")}
    with step("tracing: bpftrace's scripts"):
        return judge.judge(guest.boot(built, files, BUILD / "test/tracing", 900))
