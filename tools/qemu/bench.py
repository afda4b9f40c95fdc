# SPDX-License-Identifier: GPL-2.0
"""Instructions per operation, exactly: QEMU counts them, one CPU, no host clock."""

import re
import shutil

import build
import guest
import judge
import kernels
from common import BUILD, Fail, say, step

PAIR = "insn_pair"
HOT = ("hot_pair", "kpool", PAIR)
LIMIT = 100   # instructions that it may take
APPEND = "nokaslr init_on_alloc=0"


def measure(name):
    """Rows of the benchmark on a kernel: (workload, allocator, metric) -> value."""
    built = kernels.get(name)
    with step(f"bench on {name}: build"):
        modules = build.modules(built, kunit=False, bench=True, label="-bench")
    out = BUILD / "bench" / name
    shutil.rmtree(out, ignore_errors=True)
    files = {f"modules/{n}.ko": p for n, p in modules.items()}
    files["run.sh"] = guest.HERE / "guest/bench.sh"
    with step(f"bench on {name}: run"):
        result = guest.boot(built, files, out, 600, append=APPEND, exact=True)
    text = result.script.read_text(errors="replace")
    rows = {tuple(m[:3]): m[3]
            for m in re.findall(r"^bench: (\S+) (\S+) (\S+) (\S+)", text, re.M)}
    if result.status != judge.GOOD_EXIT or not rows:
        raise Fail(f"the benchmark did not end well on {name}, see {out}")
    return rows


def show(name, rows):
    """A table of one kernel: a line per workload, a column per allocator."""
    works = dict.fromkeys(work for work, _, _ in rows)
    allocators = dict.fromkeys(who for _, who, _ in rows)
    width = max(map(len, works)) + 2
    say(f"\n{f'{name}: instructions per alloc+free':{width}}")
    say(" " * width + "".join(f"{who:>13}" for who in allocators))
    for work in works:
        say(f"{work:{width}}" + "".join(f"{rows.get((work, who, PAIR), '-'):>13}"
                                        for who in allocators))


def bench():
    for name, rows in {name: measure(name) for name in kernels.STOCK}.items():
        show(name, rows)


def job():
    """The hot pair stays within its limit on every stock kernel."""
    verdict = judge.Verdict()
    for name in kernels.STOCK:
        pair = float(measure(name).get(HOT, "inf"))
        if pair <= LIMIT:
            verdict.passed += 1
        else:
            verdict.problem(f"{name}: the hot pair takes {pair} instructions, not {LIMIT} or less")
    return verdict
