# SPDX-License-Identifier: GPL-2.0
"""kpoolstat's own tests, as a job: each of them is a test."""

import re
import subprocess

import judge
from common import BUILD, ROOT

TESTS = ROOT / "tools/kpoolstat/tests/run.py"


def job():
    log = BUILD / "test/kpoolstat/run.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["python3", "-B", TESTS], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    log.write_text(done.stdout)
    verdict = judge.Verdict()
    lines = done.stdout.splitlines()
    for line in lines:
        if line.startswith("ok "):
            verdict.passed += 1
        elif line.startswith("FAILED "):
            verdict.problem(f"{line}, see {log}")
    if not re.fullmatch(rf"{verdict.passed} passed, \d+ failed", lines[-1] if lines else ""):
        verdict.problem(f"the tests did not end well, see {log}")
    if done.returncode and not verdict.failed:
        verdict.problem(f"exit status {done.returncode}, see {log}")
    return verdict
