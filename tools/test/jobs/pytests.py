# SPDX-License-Identifier: GPL-2.0
"""Jobs that run pytest; each of its tests is a test of the job."""

import subprocess
import xml.etree.ElementTree

import judge
from common import BUILD, ROOT

# Debian's Python, for Debian's pytest, xdist and pyte.
PYTHON = "/usr/bin/python3"
PARALLEL = ("-n", "2", "--dist", "loadgroup")


class Tests:
    """A run of pytest: the command and its results. Paths are test files."""

    def __init__(self, name, *paths, options=PARALLEL):
        self.out = BUILD / "test" / name
        self.out.mkdir(parents=True, exist_ok=True)
        self.log, self.results = self.out / "pytest.log", self.out / "junit.xml"
        self.results.unlink(missing_ok=True)
        self.command = [PYTHON, "-B", "-m", "pytest", "-v", f"--junitxml={self.results}", *options,
                        *(ROOT / "tools" / path for path in paths)]

    def run(self):
        """Run the tests. Return the verdict."""
        with open(self.log, "w") as log:
            status = subprocess.run(self.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=subprocess.STDOUT).returncode
        return self.verdict(status)

    def verdict(self, status):
        """The verdict on a run that ended with this status."""
        verdict = judge.Verdict()
        cases = (xml.etree.ElementTree.parse(self.results).iter("testcase")
                 if self.results.exists() else ())
        for case in cases:
            wrong = [child for child in case if child.tag in ("failure", "error")]
            if wrong:
                verdict.problem(f"{case.get('name')}: {wrong[0].get('message', '')[:600]}, "
                                f"see {self.log}")
            elif case.find("skipped") is not None:
                verdict.skipped += 1
            else:
                verdict.passed += 1
        if not verdict.passed or bool(status) != bool(verdict.failed):
            verdict.problem(f"pytest did not end well: exit status {status}, see {self.log}")
        return verdict


def job(name, *paths):
    return lambda: Tests(name, *paths).run()
