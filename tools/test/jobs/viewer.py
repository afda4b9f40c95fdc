# SPDX-License-Identifier: GPL-2.0
"""kpoolstat in a guest, as a job: each of its tests there is a test."""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile

import judge
from common import BUILD, JOBS, ROOT, Fail, run, say, step
from jobs import pytests
from kernels import build, kernels
from vm import guest

HERE = ROOT / "tools/kpoolstat"
KERNEL = "6.12"
CLIENT = "phase_mib=4"
GUEST = BUILD / "test/kpoolstat-guest"   # what is kept of the run
PICTURE = ROOT / "Documentation/kpoolstat.svg"


def _files(modules, program):
    """Those of a guest that has a terminal to show kpoolstat on."""
    files = guest.files(modules, ["viewer"], {"CLIENT_ARGS": CLIENT})
    files |= guest.program("kpoolstat", program)
    for path in (pathlib.Path("/lib/terminfo/s/screen-256color"),
                 *pathlib.Path("/usr/lib/locale/C.utf8").rglob("*")):
        if path.is_file():
            files[str(path).lstrip("/")] = path
    return files


def _lines(sockets):
    """QEMU's options for serial lines beside the two that each guest has."""
    for name, path in sockets.items():
        yield from ("-chardev", f"socket,id={name},path={path},server=on,wait=on",
                    "-device", f"pci-serial,chardev={name}")


def screenshot():
    """Put a picture of the map at work into the documentation."""
    verdict = guest_job()
    if verdict.failed:
        raise Fail("\n".join(verdict.problems))
    shutil.copy(GUEST / "map.svg", PICTURE)
    say(PICTURE)


def guest_job():
    """The viewer in a guest, on a terminal that is a serial line, driven by tests/guest.py."""
    built = kernels.get(KERNEL)
    with step("kpoolstat-guest: build"):
        modules = build.modules(built, "kpool_client")
        run(["make", "-C", HERE, f"BUILD={GUEST}/build", f"-j{JOBS}"], GUEST / "make.log")
    program = GUEST / "build/kpoolstat"
    # The name of a socket may not be long.
    with step("kpoolstat-guest: tests"), tempfile.TemporaryDirectory(prefix="kpool-") as top:
        sockets = {name: f"{top}/{name}" for name in ("screen", "shell")}
        tests = pytests.Tests("kpoolstat-guest", "kpoolstat/tests/guest.py", options=(
            "--guest", *sockets.values(), GUEST, program))
        with open(tests.log, "w") as log, \
             subprocess.Popen(tests.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log,
                              stderr=subprocess.STDOUT) as process:
            result = guest.boot(built, _files(modules, program), GUEST, 900,
                                extra=list(_lines(sockets)))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)    # it ends as the guest does
            process.kill()
    return judge.total(tests.verdict(process.returncode), judge.judge(result))
