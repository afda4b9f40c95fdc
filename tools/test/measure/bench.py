# SPDX-License-Identifier: GPL-2.0
"""`make bench`: boots kernels with the benchmark's module, and stores the results.

Modes that count instructions run on one CPU and do not depend on the host: several kernels run
in parallel. The mode that uses the clock runs alone.
"""

import collections
import concurrent.futures
import dataclasses
import json
import re
import shutil
import time

import judge
from common import BUILD, JOBS, Fail, say, step
from kernels import build, kernels
from measure import benchtable, plugin
from vm import guest


LIMIT = 60   # most instructions of the hot pair, for continuous integration
RESULTS = BUILD / "bench/results.json"
NO_CLEARING = "init_on_alloc=0"
SUBSET = "hot_*,same_*,random_*,churn_*,bulk*"


@dataclasses.dataclass(frozen=True)
class Boot:
    """A boot of the benchmark."""
    mode: str                  # name in the results
    module: str                # parameters of the module
    seconds: int               # approximate duration
    cpus: int = 1
    present: int = 1           # CPUs of the machine; SLUB sizes its slabs by their number
    append: str = NO_CLEARING
    workloads: str = "*"       # unless the user names some
    counted: bool = False      # use the plugin that counts between marks

    @property
    def name(self):
        return f"{self.mode}-{self.cpus}" if self.cpus > 1 else self.mode


MODES = {
    "exact": (Boot("exact", "mode=exact", 25),),
    "init": (Boot("init", "mode=exact", 20, append="init_on_alloc=1", workloads=SUBSET),),
    "memory": (Boot("memory", "mode=memory", 75, present=4,
                    append=f"{NO_CLEARING} maxcpus=1"),),
    "wall": (Boot("wall", "mode=wall threads=2", 40, cpus=2),
             Boot("wall", "mode=wall threads=1,4", 80, cpus=4)),
    "cache": (Boot("cache", "mode=cache", 20, counted=True),),
}


class Progress:
    """Prints a guest's progress from time to time."""

    def __init__(self, what):
        self.what = what
        self.start = self.said = time.monotonic()

    def __call__(self, result):
        now = time.monotonic()
        if now - self.said < 10 or not result.log.exists():
            return
        self.said = now
        begun = re.findall(r"bench-start: (\S+)", result.log.read_text(errors="replace"))
        if begun:
            say(f"    {self.what}: {now - self.start:.0f} s, workload {len(begun)}: {begun[-1]}")


def _number(text):
    return float(text) if "." in text else int(text)


def _regions(text, log):
    """Rows of the regions that the plugin counted, per operation, with the loop subtracted;
    "pair" is the sum of an allocation and a free."""
    named = re.findall(r"^bench-region: (\S+) (\S+) (\S+) (\d+)", text, re.M)
    counted = plugin.counts(log)
    if len(named) != len(counted):
        raise Fail(f"{log} has {len(counted)} regions, the benchmark printed {len(named)}")
    loop = {(work, phase): counts for (work, who, phase, _), counts in zip(named, counted)
            if who == "none"}
    found = collections.Counter()
    for (work, who, phase, ops), counts in zip(named, counted):
        if who != "none":
            for metric, count in counts.items():
                value = (count - loop[work, phase][metric]) / int(ops)
                found[work, who, f"{phase}_{metric}"] += value
                found[work, who, f"pair_{metric}"] += value
    return [(*key, round(value, 3)) for key, value in found.items()]


def measure(kernel, boot, modules, patterns=""):
    """Boot the benchmark once. Return rows (workload, allocator, metric, value)."""
    what = f"{kernel.kernel.name} {boot.name}"
    out = BUILD / "bench" / kernel.kernel.name / boot.name
    shutil.rmtree(out, ignore_errors=True)
    log = out / "counts.log"
    args = f"{boot.module} workloads={patterns or boot.workloads}"
    files = {f"modules/{name}.ko": path for name, path in modules.items()}
    files |= {"run.sh": guest.SCRIPTS / "bench.sh", "settings": f"BENCH_ARGS='{args}'\n"}
    extra = plugin.arguments(log) if boot.counted else ()
    if max(boot.cpus, boot.present) > 1:
        extra = (*extra, "-smp", str(max(boot.cpus, boot.present)))
    with step(what):
        result = guest.boot(kernel, files, out, 60 + 10 * boot.seconds, exact=boot.cpus == 1,
                            append=f"nokaslr {boot.append}", extra=extra, watch=Progress(what))
    text = result.script.read_text(errors="replace").replace("\r", "")
    if result.status != judge.GOOD_EXIT or not re.search(r"^bench: end$", text, re.M):
        raise Fail(f"the benchmark did not end well, see {out}")
    if boot.counted:
        return _regions(text, log)
    return [(*m[:3], _number(m[3]))
            for m in re.findall(r"^bench: (\S+) (\S+) (\S+) (\S+)$", text, re.M)]


def _prepare(names):
    """Kernels and the modules built for them: a list of (kernels.Built, modules)."""
    prepared = []
    for name in names:
        with step(f"{name}: kernel and modules"):
            kernel = kernels.get(name)
            prepared.append((kernel, build.modules(kernel, "kpool_bench")))
    return prepared


def _run(prepared, boots, patterns):
    """Run all boots on all kernels. Return rows as in the results."""
    def one(job):
        kernel, modules, boot = job
        names = ("kernel", "mode", "workload", "allocator", "metric", "value")
        return [dict(zip(names, (kernel.kernel.name, boot.mode, *row)))
                for row in measure(kernel, boot, modules, patterns)]

    jobs = [(kernel, modules, boot) for boot in boots for kernel, modules in prepared]
    pool = concurrent.futures.ThreadPoolExecutor(JOBS)
    try:
        found = list(pool.map(one, [job for job in jobs if job[2].cpus == 1]))
        found += map(one, [job for job in jobs if job[2].cpus > 1])
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        guest.stop_all()
        raise
    return [row for rows in found for row in rows]


def _estimate(boots, nr_kernels):
    exact = sum(boot.seconds for boot in boots if boot.cpus == 1)
    wall = sum(boot.seconds for boot in boots if boot.cpus > 1)
    return nr_kernels * (10 + exact / min(JOBS, nr_kernels) + wall)


def bench(names=(), modes=(), patterns=()):
    """Measure, print tables, write the results."""
    names = names or kernels.STOCK
    if unknown := set(modes) - set(MODES):
        raise Fail(f"no mode {', '.join(sorted(unknown))}; there are: {', '.join(MODES)}")
    for name in names:
        kernels.find(name)
    boots = [boot for mode in modes or MODES for boot in MODES[mode]]
    start = time.monotonic()
    if not patterns:
        say(f"about {_estimate(boots, len(names)) / 60:.0f} minutes on two idle cores")
    rows = _run(_prepare(names), boots, ",".join(patterns))
    if not rows:
        raise Fail(f"no workload matches {' '.join(patterns)}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
    benchtable.show(rows)
    say(f"\nall of it: {time.monotonic() - start:.0f} s, results in {RESULTS}, "
        f"logs beside them")


def job():
    """Check the hot pair's limit on every stock kernel."""
    verdict = judge.Verdict()
    for kernel, modules in _prepare(kernels.STOCK):
        rows = measure(kernel, *MODES["exact"], modules, "hot_64")
        pair = dict((row[:3], row[3]) for row in rows)["hot_64", "kpool", "insn_pair"]
        if pair <= LIMIT:
            verdict.passed += 1
        else:
            verdict.problem(f"{kernel.kernel.name}: the hot pair takes {pair} instructions, "
                            f"not {LIMIT} or less")
    return verdict
