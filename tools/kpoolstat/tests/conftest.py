# SPDX-License-Identifier: GPL-2.0
"""Fixtures of all tests: kpoolstat, and a directory with a tree like debugfs.

Run `/usr/bin/python3 -m pytest tools/kpoolstat/tests`. It needs Debian's packages python3-pytest,
python3-pyte, gcc, make, libncurses-dev, gnuplot-nox and jq.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

import cases
import pytest

PROGRAMS = {"gcc": "gcc", "make": "make", "jq": "jq", "gnuplot": "gnuplot-nox"}
FLAGS = "-O1 -g -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all"


def pytest_addoption(parser):
    parser.addoption("--guest", nargs=4, metavar=("SCREEN", "SHELL", "OUT", "PROGRAM"),
                     help="the guest of guest.py")


@pytest.fixture(scope="session")
def program():
    """kpoolstat, built with sanitizers: a memory error ends it."""
    if missing := [package for name, package in PROGRAMS.items() if not shutil.which(name)]:
        pytest.exit(f"packages are missing (apt-get install {' '.join(missing)})", 1)
    # Sanitizers exit with a status that kpoolstat never uses.
    os.environ["ASAN_OPTIONS"] = os.environ["UBSAN_OPTIONS"] = "exitcode=99"
    with tempfile.TemporaryDirectory(prefix="kpoolstat-build-") as out:
        os.chmod(out, 0o755)    # some tests are not root
        subprocess.run(["make", "-s", "-C", cases.HERE, f"BUILD={out}", f"CFLAGS={FLAGS}",
                        f"LDFLAGS={FLAGS}"], check=True)
        yield pathlib.Path(out) / "kpoolstat"


@pytest.fixture
def place(program):
    place = cases.Place(program)
    yield place
    place.close()
