# SPDX-License-Identifier: GPL-2.0
"""Tests of the judge: guests that must fail, each for another reason."""

import shlex
import shutil

import pytest

import judge
from common import BUILD
from kernels import kernels
from vm import guest, machines

HEAD = ". /lib.sh\nstep one true\n"
KMSG = "for line in {}; do echo \"$line\" >/dev/kmsg; done\n"
RACE = f"'{judge.RULE}' '{judge.RACE} data-race in a / b' '{{}}+0x1/0x2' '{judge.RULE}'"
# Output and log lines of init at a good end.
ENDED = ("token=$(sed 's/.*kpool_token=\\([0-9a-f]*\\).*/\\1/' /proc/cmdline)\n"
         "echo \"1..$steps\"; echo \"finished $token status 0\"\n"
         "echo \"kpool-guest: finished $token\" >/dev/kmsg\n")
# An OOM killer report: its title, its stack trace, and the killed process.
OOM = "'a invoked oom-killer: b' 'Call Trace:' '{}' 'Out of memory: Killed process 1 (a)'"
# name: (script, suites expected, KTAP documents expected, problem that the judge must report[, more
# arguments of the judge])
BAD = {
    "panics": (HEAD + "echo c >/proc/sysrq-trigger\nsleep 9\n", (), 0, "exit status"),
    "runs no test": ("exit 0\n", (), 0, "no test passed"),
    "has no plan": (HEAD + "exit 0\n", (), 0, "plan says nothing"),
    "warns": (HEAD + "echo 'WARNING: x' >/dev/kmsg\nfinish\n", (), 0, "WARNING: x"),
    "races": (HEAD + KMSG.format(RACE.format("kpool_free")) + "finish\n", (), 0, judge.RACE),
    "has no memory": (HEAD + KMSG.format(OOM.format("c")) + "finish\n", (), 0, "Call Trace"),
    "warns while it has none": (HEAD + KMSG.format(OOM.format("WARNING: x")) + "finish\n", (), 0,
                                "WARNING: x", {"oom": True}),
    "warns with a trace": (HEAD + KMSG.format(OOM.format("Call Trace:")) + "finish\n", (), 0,
                           "Call Trace", {"oom": True}),
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
    "lacks a report": (HEAD + "finish\n", (), 0, "not in the kernel's log",
                       {"expected": ("BUG: x",)}),
    "reports too much": (HEAD + KMSG.format("'BUG: x' 'BUG: y'") + "finish\n", (), 0, "BUG: y",
                         {"expected": ("BUG: x",)}),
}
# For machines where the guest cannot choose QEMU's exit status.
BAD_ELSEWHERE = {
    "panics": (HEAD + "echo c >/proc/sysrq-trigger\nsleep 9\n", (), 0, "Kernel panic"),
    "panics after its end": (HEAD + ENDED + "echo c >/proc/sysrq-trigger\nsleep 9\n", (), 0,
                             "Kernel panic"),
    "goes off early": (HEAD + "poweroff -f\n", (), 0, "does not end well"),
}
# A good guest, with a race of the kernel's own and an excused OOM kill.
GOOD = (HEAD + KMSG.format(RACE.format("do_idle")) + KMSG.format(OOM.format("c"))
        + KMSG.format("'KTAP version 1' 1..2 'ok 1 a' 'ok 2 b'") + "finish\n", ("a", "b"), 1)


def cases():
    """(kernel, guest's name, its row, more arguments of the judge, problem that it must report;
    None for a good guest)."""
    for kernel in kernels.EACH_MACHINE:
        machine = machines.TABLE[kernels.TABLE[kernel].arch]
        for name, row in (BAD if machine.exit_port else BAD_ELSEWHERE).items():
            yield kernel, name, row[:3], row[4] if row[4:] else {}, row[3]
        yield kernel, "is good", GOOD, {"oom": True}, None


def _judge(kernel, name, row, told):
    script, suites, documents = row
    built = kernels.get(kernel)
    out = BUILD / "test/judge" / kernel / name.replace(" ", "-")
    shutil.rmtree(out, ignore_errors=True)
    timeout = 12 if name == "hangs" else 600
    return judge.judge(guest.boot(built, {"run.sh": script}, out, timeout), suites, documents,
                       **told)


def _boots(started):
    """Number of boots of a QEMU that starts its kernel's init in boot number started."""
    out = BUILD / f"test/judge/boots-{started}"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    result = guest.Result(out / "console.log", out / "script.log", "", -1, False, 0.0, True)
    result.script.write_text("")
    qemu = (f'cd {shlex.quote(str(out))}; echo boot >>boots; [ $(wc -l <boots) -lt {started} ] || '
            f'echo "{guest.STARTED}" >console.log; [ -e console.log ] || echo died >console.log')
    guest.run(["sh", "-c", qemu], result, 60)
    return len((out / "boots").read_text().split())


@pytest.mark.parametrize("kernel, name, row, told, reason", [
    pytest.param(*case, id=f"a guest of {case[0]} that {case[1]}") for case in cases()])
def test_judges(kernel, name, row, told, reason):
    seen = _judge(kernel, name, row, told)
    if reason:
        assert any(reason in problem for problem in seen.problems), seen
    else:
        assert (seen.passed, seen.failed) == (3, 0), seen


@pytest.mark.parametrize("started, expected", (
    (1, 1), (2, 2), (guest.BOOTS + 1, guest.BOOTS)))
def test_boots_until_the_kernel_starts(started, expected):
    assert _boots(started) == expected
