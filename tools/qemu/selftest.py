# SPDX-License-Identifier: GPL-2.0
"""The judge, judged: guests that must fail, each for its own reason."""

import concurrent.futures
import shutil

import guest
import judge
import kernels
from common import BUILD, step

HEAD = ". /lib.sh\nstep one true\n"
KMSG = "for line in {}; do echo \"$line\" >/dev/kmsg; done\n"
# name: (script, suites expected, KTAP documents expected, what the judge must say)
BAD = {
    "panics": (HEAD + "echo c >/proc/sysrq-trigger\nsleep 9\n", (), 0, "exit status"),
    "runs no test": ("exit 0\n", (), 0, "no test passed"),
    "has no plan": (HEAD + "exit 0\n", (), 0, "plan says nothing"),
    "warns": (HEAD + "echo 'WARNING: x' >/dev/kmsg\nfinish\n", (), 0, "WARNING: x"),
    "hangs": (HEAD + "sleep 99\n", (), 0, "killed after"),
    "fails a step": (HEAD + "step two false\nfinish\n", (), 0, "step failed: two"),
    "prints no KTAP": (HEAD + "finish\n", (), 1, "0 KTAP documents"),
    "lacks a suite": (HEAD + KMSG.format("'KTAP version 1' 1..1 'ok 1 a'") + "finish\n",
                      ("b",), 1, "suite b did not report"),
    "skips a suite": (HEAD + KMSG.format("'KTAP version 1' 1..2 'ok 1 a' 'ok 2 b # SKIP'")
                      + "finish\n", ("a", "b"), 1, "suite b was skipped"),
    "fails a test": (HEAD + KMSG.format("'KTAP version 1' 1..2 'ok 1 a' 'not ok 2 b'")
                     + "finish\n", ("a", "b"), 1, "ktap-0"),
    "stops half way": (HEAD + KMSG.format("'KTAP version 1' 1..2 'ok 1 a'") + "finish\n",
                       ("a",), 1, "ktap-0"),
}
GOOD = (HEAD + KMSG.format("'KTAP version 1' 1..2 'ok 1 a' 'ok 2 b'") + "finish\n",
        ("a", "b"), 1)


def _try(built, name, script, suites, documents):
    out = BUILD / "test/judge" / name.replace(" ", "-")
    shutil.rmtree(out, ignore_errors=True)
    timeout = 12 if name == "hangs" else 60
    return judge.judge(guest.boot(built, {"run.sh": script}, out, timeout), suites, documents)


def job():
    """Each bad guest that is judged failed, for the right reason, is a pass."""
    verdict = judge.Verdict()
    built = kernels.get("6.12")
    with step("the judge: guests that must fail"), \
         concurrent.futures.ThreadPoolExecutor(2) as pool:
        futures = {name: pool.submit(_try, built, name, *row[:3])
                   for name, row in BAD.items()}
        good = pool.submit(_try, built, "good", *GOOD)
        for name, future in futures.items():
            seen = future.result()
            if seen.failed and any(BAD[name][3] in p for p in seen.problems):
                verdict.passed += 1
            else:
                verdict.problem(f"a guest that {name} is judged: {seen}")
        if good.result().failed or good.result().passed != 3:
            verdict.problem(f"a good guest is judged: {good.result()}")
        else:
            verdict.passed += 1
    return verdict
