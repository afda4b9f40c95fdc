# SPDX-License-Identifier: GPL-2.0
"""Tests of kpoolstat: python3 -B tools/kpoolstat/tests/run.py [NAME...]

Each test has a directory with the files of debugfs, and runs kpoolstat on it. kpoolstat is built with
AddressSanitizer and UBSan. Needs Debian's gcc, make, libncurses-dev, python3-pyte, gnuplot-nox and jq.
"""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

DEBIAN = "/usr/bin/python3"

if not importlib.util.find_spec("pyte"):
    # Debian's package is for Debian's python.
    if os.path.exists(DEBIAN) and os.path.realpath(sys.executable) != os.path.realpath(DEBIAN):
        os.execv(DEBIAN, [DEBIAN, "-B", *sys.argv])
    sys.exit("run.py: pyte is missing (apt-get install python3-pyte)")

import cases  # noqa: E402, after that

for part in "oneshot", "errors", "plot", "screen", "map", "module":
    importlib.import_module(f"test_{part}")


# kpoolstat itself never exits with this status.
os.environ["ASAN_OPTIONS"] = os.environ["UBSAN_OPTIONS"] = "exitcode=99"


def build(out):
    """Build kpoolstat so that memory errors end it."""
    flags = "-O1 -g -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all"
    subprocess.run(["make", "-s", "-C", cases.HERE, f"BUILD={out}", f"CFLAGS={flags}",
                    f"LDFLAGS={flags}"], check=True)
    return pathlib.Path(out) / "kpoolstat"


def run(function, program):
    """Run a test. Return whether it passed."""
    place = cases.Place(program)
    try:
        return cases.passes(function, place)
    finally:
        place.close()


def need_programs():
    """Exit with a message if a program that tests run is missing."""
    programs = {"gcc": "gcc", "make": "make", "jq": "jq", "gnuplot": "gnuplot-nox"}
    if missing := [package for name, package in programs.items() if not shutil.which(name)]:
        sys.exit(f"run.py: packages are missing (apt-get install {' '.join(missing)})")


def main(names):
    need_programs()
    chosen = [function for function in cases.TESTS
              if not names or any(name in function.__name__ for name in names)]
    with tempfile.TemporaryDirectory(prefix="kpoolstat-build-") as out:
        os.chmod(out, 0o755)    # some tests run without root
        program = build(out)
        results = [run(function, program) for function in chosen]
    return cases.sum_up(results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
