# SPDX-License-Identifier: GPL-2.0
"""kpoolstat's own tests, as jobs: each of them is a test."""

import pathlib
import re
import shutil
import subprocess
import tempfile

import judge
from common import BUILD, JOBS, ROOT, Fail, run, say, step
from kernels import build, kernels
from vm import guest

HERE = ROOT / "tools/kpoolstat"
# Debian's pyte is Debian's python's.
PYTHON = "/usr/bin/python3"
KERNEL = "6.12"
CLIENT = "ops=50000 phase_mib=4"
GUEST = BUILD / "test/kpoolstat-guest"   # what is kept of the run
PICTURE = ROOT / "Documentation/kpoolstat.svg"


def _count(text, log, status):
    """A verdict on the lines that the tests print."""
    verdict = judge.Verdict()
    lines = text.splitlines()
    for line in lines:
        if line.startswith("ok "):
            verdict.passed += 1
        elif line.startswith("FAILED "):
            verdict.problem(f"{line}, see {log}")
    if not re.fullmatch(rf"{verdict.passed} passed, \d+ failed", lines[-1] if lines else ""):
        verdict.problem(f"the tests did not end well, see {log}")
    if status and not verdict.failed:
        verdict.problem(f"exit status {status}, see {log}")
    return verdict


def job():
    log = BUILD / "test/kpoolstat/run.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["python3", "-B", HERE / "tests/run.py"], stdin=subprocess.DEVNULL,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    log.write_text(done.stdout)
    return _count(done.stdout, log, done.returncode)


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
        log = GUEST / "tests.log"
        with open(log, "w") as printed, \
             subprocess.Popen([PYTHON, "-B", HERE / "tests/guest.py", *sockets.values(), GUEST,
                               program], stdin=subprocess.DEVNULL, stdout=printed,
                              stderr=subprocess.STDOUT) as tests:
            result = guest.boot(built, _files(modules, program), GUEST, 900,
                                extra=list(_lines(sockets)))
            tests.kill()    # unless it has ended, as it does before the guest
    return judge.total(_count(log.read_text(), log, tests.returncode), judge.judge(result))
