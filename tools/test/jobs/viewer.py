# SPDX-License-Identifier: GPL-2.0
"""A job that runs kpoolstat in a guest; each of its tests there is a test."""

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
GUEST = BUILD / "test/kpoolstat-guest"   # results of the run
PICTURE = ROOT / "Documentation/kpoolstat.svg"


def _files(modules, program):
    """Files of a guest that has a terminal for kpoolstat."""
    files = guest.files(modules, ["viewer"], {"CLIENT_ARGS": CLIENT})
    files |= guest.program("kpoolstat", program)
    for path in (pathlib.Path("/lib/terminfo/s/screen-256color"),
                 *pathlib.Path("/usr/lib/locale/C.utf8").rglob("*")):
        if path.is_file():
            files[str(path).lstrip("/")] = path
    return files


def _lines(sockets):
    """QEMU's options for serial lines in addition to the two of each guest."""
    for name, path in sockets.items():
        yield from ("-chardev", f"socket,id={name},path={path},server=on,wait=on",
                    "-device", f"pci-serial,chardev={name}")


def screenshot():
    """Copy a picture of the map into the documentation."""
    verdict = guest_job()
    if verdict.failed:
        raise Fail("\n".join(verdict.problems))
    shutil.copy(GUEST / "map.svg", PICTURE)
    say(PICTURE)


def guest_job():
    """Run the viewer in a guest, on a serial line as its terminal, driven by tests/guest.py."""
    built = kernels.get(KERNEL)
    with step("kpoolstat-guest: build"):
        modules = build.modules(built, "kpool_client")
        run(["make", "-C", HERE, f"BUILD={GUEST}/build", f"-j{JOBS}"], GUEST / "make.log")
    program = GUEST / "build/kpoolstat"
    # The path of a socket must be short.
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
                process.wait(60)    # pytest ends when the guest ends
            process.kill()
    return judge.total(tests.verdict(process.returncode), judge.judge(result))
