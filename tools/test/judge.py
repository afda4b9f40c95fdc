# SPDX-License-Identifier: GPL-2.0
"""Did a guest pass? A crashed or silent guest can never look like a pass.

A pass needs all of these: an end that only the guest's script can cause; the script's
last line with this boot's token; a complete TAP plan of the script's steps; complete
KTAP from every expected suite, none of them skipped, as read by the kernel tree's
kunit.py; at least one test; no time-out; and no mark of a fault in the kernel's log.
"""

import dataclasses
import re
import subprocess
import sys

from common import Fail
from kernels import kernels

GOOD_EXIT = 2 * 0o52 + 1   # vm/scripts/init writes 052 to QEMU's exit port
# Without an exit port, vm/scripts/init logs END as the last line before POWER_OFF.
END, POWER_OFF = "kpool-guest: finished {}", "reboot: Power down"

BAD = re.compile(r"\bBUG:|\bWARNING:|\b(KASAN|KCSAN|KMSAN|UBSAN|KFENCE):|unreferenced object"
                 r"|Call Trace|\bOops\b|Kernel panic|general protection fault"
                 r"|INFO: (task|rcu|possible|trying)|suspicious RCU usage|[Bb]ad page state"
                 r"|scheduling while atomic|soft lockup|printk messages dropped"
                 r"|page allocation failure|new suspected memory leaks")
# The lines around KCSAN's report; the report's title; a function of ours on one of its stacks.
RULE, RACE = "=" * 66, "BUG: KCSAN:"
OURS = re.compile(r"\bkpool\w*\+0x|\[kpool")
# First line of an OOM killer report, start of its only stack trace, and its last line.
OOM, OOM_TRACE, OOM_END = " invoked oom-killer: ", "Call Trace:", "Out of memory: Killed process "
STAMP = re.compile(r"^\[ *\d+\.\d+\](\[ *[TC]\d+\])? ")
DOCUMENT = re.compile(r"^(\w+: )?KTAP version 1$")
TOTALS = re.compile(r"Ran (\d+) tests?(.*)")


@dataclasses.dataclass
class Verdict:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: list = dataclasses.field(default_factory=list)
    about: tuple = ()   # the tested kernel and compiler, see matrix.py

    def problem(self, text):
        """Record a fault outside of tests. It counts as a failed test."""
        self.problems.append(text)
        self.failed += 1


def judge(result, suites=(), documents=0, expected=(), oom=False):
    """Verdict on a guest.Result. It must hold these suites, at least this many KTAP documents,
    and these reports of faults, see judge_log(). oom: may the OOM killer have killed
    processes?"""
    verdict = Verdict()
    log = result.log.read_text(errors="replace") if result.log.exists() else ""
    lines = [STAMP.sub("", line.rstrip("\r")) for line in log.split("\n")]
    _judge_end(result, lines, verdict)
    _judge_steps(result, verdict)
    judge_log(lines, verdict, expected, _oom_traces(lines) if oom else set())
    _judge_ktap(lines, result.log.parent, suites, documents, verdict)
    if not verdict.passed:
        verdict.problem("no test passed")
    return verdict


def _judge_end(result, lines, verdict):
    good_exit = GOOD_EXIT if result.exit_port else 0
    if result.timed_out:
        verdict.problem(f"killed after {result.seconds:.0f} s without an end")
    elif result.status != good_exit:
        verdict.problem(f"QEMU's exit status is {result.status}, not {good_exit}")
    elif not result.exit_port:
        last = [line for line in lines if line not in ("", POWER_OFF)][-1:]
        if last != [END.format(result.token)]:
            verdict.problem(f"the kernel's log does not end well: {last}")
    if f"finished {result.token} status 0" not in result.script.read_text(errors="replace"):
        verdict.problem("the guest's script did not report a good end")


def _judge_steps(result, verdict):
    """Judge the guest script's own TAP: a line per step, the plan last."""
    text = result.script.read_text(errors="replace").replace("\r", "")
    steps = re.findall(r"^(ok|not ok) (\d+) (.*)$", text, re.M)
    plan = re.search(r"^1\.\.(\d+)$", text, re.M)
    if not plan or int(plan[1]) != len(steps):
        verdict.problem(f"the guest's script ran {len(steps)} steps, "
                        f"its plan says {plan[1] if plan else 'nothing'}")
    for state, _, name in steps:
        if state == "ok":
            verdict.passed += 1
        else:
            verdict.failed += 1
            verdict.problems.append(f"step failed: {name}")


def _reports(lines):
    """Complete reports of KASAN and KCSAN: (begin, end) of each."""
    rules = [i for i, line in enumerate(lines) if line.strip() == RULE]
    return [(start + 1, end) for start, end in zip(rules, rules[1:]) if end > start + 1]


def _races_elsewhere(lines):
    """Lines of complete KCSAN reports without a function of ours on either stack: the kernel
    has its own races, e.g. in its idle loop."""
    found = set()
    for start, end in _reports(lines):
        if lines[start].startswith(RACE) and not any(map(OURS.search, lines[start:end])):
            found |= set(range(start, end))
    return found


def _oom_traces(lines):
    """Lines that begin the first stack trace in each complete report of the OOM killer."""
    found, trace, inside = set(), None, False
    for number, line in enumerate(lines):
        if OOM in line:
            trace, inside = None, True
        elif inside and trace is None and line.strip() == OOM_TRACE:
            trace = number
        elif inside and line.startswith(OOM_END):
            found |= {trace} - {None}
            inside = False
    return found


def _expected(lines, expected, verdict):
    """Lines caused by deliberate faults: reports with expected titles, and expected single
    lines. Each is a test: it must be in the log, in this order."""
    found, at = set(), 0
    ends = dict(_reports(lines))
    for pattern in expected:
        at = next((i for i in range(at, len(lines)) if re.fullmatch(pattern, lines[i])), None)
        if at is None:
            verdict.problem(f"not in the kernel's log, or not in order: {pattern}")
            return found
        verdict.passed += 1
        found |= set(range(at, ends.get(at, at + 1)))
        at += 1
    return found


def judge_log(lines, verdict, expected=(), excused=frozenset()):
    """Find marks of a fault in all lines that are not excused. expected: regular expressions
    for titles of reports and for other lines; each must match once."""
    excused = excused | _races_elsewhere(lines) | _expected(lines, expected, verdict)
    for number, line in enumerate(lines, 1):
        if BAD.search(line) and number - 1 not in excused:
            verdict.problem(f"the kernel's log, line {number}: {line.strip()}")
            return


def _judge_ktap(lines, out, suites, documents, verdict):
    """Judge each KTAP document on its own: kunit.py reads only the first one of a log."""
    starts = [i for i, line in enumerate(lines) if DOCUMENT.match(line)]
    if len(starts) < documents:
        verdict.problem(f"{len(starts)} KTAP documents in the log, not {documents}")
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(lines)
        path = out / f"ktap-{number}.log"
        path.write_text("\n".join(lines[start:end]) + "\n")
        _parse(path, verdict)
    seen = dict(re.findall(r"^(?:\w+: )?(?:not )?ok \d+ (\S+)( # SKIP)?", "\n".join(lines),
                           re.M))
    for suite in sorted(set(suites)):
        if seen.get(suite, "missing"):
            verdict.problem(f"suite {suite} " + ("was skipped" if suite in seen else
                                                 "did not report"))


def _parse(path, verdict):
    """Count a document's tests with the kernel tree's kunit.py."""
    kunit = kernels.parts("6.12") / "tools/testing/kunit/kunit.py"
    done = subprocess.run([sys.executable, "-B", kunit, "parse", path.resolve()],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    path.with_suffix(".parsed").write_text(done.stdout + done.stderr)
    count(done, path.name, verdict)


def count(done, name, verdict):
    """Add the tests that a run of kunit.py has counted. name: the document, for messages."""
    totals = TOTALS.search(done.stdout)
    if not totals:
        raise Fail(f"kunit.py cannot read {name}:\n{done.stdout[-500:]}{done.stderr[-500:]}")
    counts = {k: int(n) for k, n in re.findall(r"(\w+): (\d+)", totals[2])}
    bad = sum(counts.get(k, 0) for k in ("failed", "crashed", "errors"))
    verdict.passed += counts.get("passed", 0)
    verdict.skipped += counts.get("skipped", 0)
    verdict.failed += bad
    # kunit.py also exits with 1 if all tests of a document were skipped.
    if bad or (done.returncode and not counts.get("skipped")):
        names = re.findall(r"\[(?:FAILED|CRASHED|ERROR)\] (.*?)[ =]*$", done.stdout, re.M)
        verdict.problems.append(f"{name}: " + "; ".join(names[:8]))
        verdict.failed += not bad


def total(*verdicts):
    """The sum of several verdicts."""
    result = Verdict()
    for verdict in verdicts:
        result.passed += verdict.passed
        result.failed += verdict.failed
        result.skipped += verdict.skipped
        result.problems += verdict.problems
        result.about = result.about or verdict.about
    return result
