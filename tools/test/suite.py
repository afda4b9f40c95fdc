# SPDX-License-Identifier: GPL-2.0
"""The tests: independent jobs in three tiers, run two at a time, and their sum."""

import concurrent.futures
import dataclasses
import functools
import os
import subprocess
import time
import typing

import judge
import matrix
from check import doccmds, lint, slabnames
from common import BUILD, ROOT, Fail, say, step
from jobs import guests, misuse, package, pytests, tracing, userspace, viewer
from kernels import builtin, kernels
from linux_modules import clients, tried
from measure import bench, scale
from vm import guest


@dataclasses.dataclass(frozen=True)
class Job:
    run: typing.Callable   # returns a verdict
    seconds: int           # duration beside another job, on two CPUs
    packages: str = "guest"    # sets of packages.sh
    kernels: tuple = ()    # kernels that it needs


def _on(name, make, seconds, packages="", more=()):
    """A job on a kernel."""
    arch = kernels.TABLE[name].arch
    return Job(make, seconds, " ".join(("guest", *({arch} - {"amd64", "i386"}), packages)),
               (name, *more))


def _kernel(name, seconds):
    return _on(name, guests.kernel_job(name), seconds)


def judged():
    """Run the judge's own tests. pytest's processes find the kernels in the cache."""
    for name in kernels.EACH_MACHINE:
        kernels.get(name)
    kernels.parts("6.12")
    return pytests.Tests("judge", "test/tests/test_judge.py").run()


ALL_TROUBLES = "hotplug pressure readers writers"
# Jobs to run before each commit: `make test`.
TEST = {
    **{name: _kernel(name, 300) for name in kernels.STOCK},
    "lint": Job(lint.job(lint.QUICK), 220, "guest check", tuple(kernels.STOCK)),
    "userspace": Job(userspace.quick, 90, "userspace"),
    "host": Job(pytests.job("host", "test/tests/test_host.py", "test/tests/test_facts.py",
                            "test/tests/test_layers.py", "test/tests/test_prose.py"), 20,
                "pytest"),
}
# More jobs for continuous integration: `make test-more`.
MORE = {
    "6.12-kasan-faults": _on("6.12-kasan", guests.fault_job("6.12-kasan"), 430),
    "userspace-long": Job(userspace.thorough, 130, "userspace userspace-long llvm"),
    "6.12-arm64-16k": _kernel("6.12-arm64-16k", 400),
    "6.12-kasan": _kernel("6.12-kasan", 600),
    "6.12-rt": _kernel("6.12-rt", 430),
    "6.1-i386": _kernel("6.1-i386", 300),
    "docs": Job(doccmds.job, 230, "guest viewer viewer-tests docs", ("6.12",)),
    "clients": _on("6.12", clients.quick("6.12"), 170, "clients"),
    "judge": Job(judged, 200, "guest pytest arm64 ppc64el s390x",
                 tuple(kernels.EACH_MACHINE)),
    "6.12-numa": _kernel("6.12-numa", 300),
    "6.1-s390x": _kernel("6.1-s390x", 350),
    "names": Job(slabnames.job, 80, "guest", tuple(kernels.STOCK)),
    "kpoolstat-guest": _on("6.12", viewer.guest_job, 80, "viewer viewer-tests pytest"),
    "golden": Job(lint.job(["golden"]), 60, "guest", tuple(kernels.STOCK)),
    "bench": Job(bench.job, 40, "guest", tuple(kernels.STOCK)),
    "6.12-stress": _on("6.12", guests.stress_job(
        "6.12", "stress", "stress", 6, "ops=10000000 seed=0", 900, ALL_TROUBLES, cpus=4,
        memory=512), 130),
    "tracing": _on("6.12", tracing.job, 90, "tracing"),
    "misuse": _on("6.12", misuse.job, 50, more=("6.12-kasan",)),
    "6.12-kasan-bugs": _on("6.12-kasan", guests.faulty_job("6.12-kasan"), 60),
    "kpoolstat": Job(pytests.job("kpoolstat", "kpoolstat/tests"), 60, "viewer viewer-tests pytest"),
    "6.12-oom": _on("6.12", guests.stress_job(
        "6.12", "oom", "oom", 3, "ops=300000 seed=0", 600, cpus=4, memory=320), 30),
}
# Jobs that are too slow for each run: `make test-all` runs them last.
SLOW = {
    "6.12-kmsan": _kernel("6.12-kmsan", 2400),
    "clients-6.12": _on("6.12", clients.job("6.12"), 950, "clients"),
    "clients-6.1": _on("6.1", clients.job("6.1"), 950, "clients"),
    "6.12-stress-long": _on("6.12", guests.stress_job(
        "6.12", "stress-long", "stress", 6, "ops=100000000 seed=0", 3000, ALL_TROUBLES, cpus=4,
        memory=1024), 1400),
    "6.12-kasan-leaks": _on("6.12-kasan", guests.leak_job("6.12-kasan"), 1200),
    **{f"builtin-{arch}": Job(functools.partial(builtin.job, arch), 900) for arch in
       builtin.ARCHES},
    "6.12-kcsan": _kernel("6.12-kcsan", 730),
    "6.12-kmsan-bugs": _on("6.12-kmsan", guests.faulty_job(
        "6.12-kmsan", ["faulty"], "KMSAN"), 550),
    "6.12-arm64": _kernel("6.12-arm64", 540),
    "6.1-ppc64el": _kernel("6.1-ppc64el", 370),
    "package": Job(package.job, 370, "guest docs package", package.SERIES),
    "tried": _on("6.12", tried.job, 230),
    "scale": _on("6.12", scale.job, 200),
    "llvm": _on("6.12", lint.job(["llvm_6_12"]), 180, "llvm"),
    "llvm-6.1": _on("6.1", lint.job(["llvm_6_1"]), 180, "llvm"),
}
TIERS = {"test": TEST, "test-more": MORE, "test-all": {**TEST, **MORE, **SLOW}}
JOBS = TIERS["test-all"]
STOCK_SECONDS, OWN_SECONDS = 60, 300   # to download a kernel, and to build one


def _run_job(name):
    start = time.monotonic()
    verdict = judge.Verdict()
    try:
        verdict = JOBS[name].run()
    except Fail as error:
        verdict.problem(str(error))
    seconds = time.monotonic() - start
    counts = f"{verdict.passed} passed, {verdict.failed} failed"
    say(f"--- {name}: {counts}, {verdict.skipped} skipped, {seconds:.0f} s")
    verdict.problems = [f"{name}: {problem}" for problem in verdict.problems]
    _say_problems(verdict)
    matrix.record(name, verdict, seconds)
    return verdict


def _say_problems(verdict):
    for problem in verdict.problems:
        say(f"    {problem}")


def choose(tier, only):
    """Names of the jobs to run, the longest first."""
    names = only.split(",") if only else list(TIERS[tier])
    if unknown := set(names) - JOBS.keys():
        raise Fail(f"no job {', '.join(sorted(unknown))}; there are: {', '.join(JOBS)}")
    return sorted(names, key=lambda name: -JOBS[name].seconds)


def install(names):
    """Install the packages of these jobs that are missing."""
    sets = {each for name in names for each in JOBS[name].packages.split()}
    if subprocess.run([ROOT / "tools/install/packages.sh", *sorted(sets)]).returncode:
        raise Fail("not all packages that the tests take are installed")


def _missing(names):
    """Kernels of these jobs that are not in the cache: (stock ones, our own)."""
    wanted = dict.fromkeys(kernel for name in names for kernel in JOBS[name].kernels)
    missing = [name for name in wanted if not kernels.is_ready(name)]
    own = [name for name in missing if kernels.TABLE[name].fragment]
    return [name for name in missing if name in kernels.STOCK], own


def _estimate(names, stock, own):
    """Minutes that the run takes on two idle CPUs."""
    seconds = [JOBS[name].seconds for name in names]
    return (STOCK_SECONDS * len(stock)
            + max(max(seconds), (sum(seconds) + 2 * OWN_SECONDS * len(own)) / 2)) / 60


def test(tier="test", only="", packages=False):
    """Run the jobs of a tier, or some, two at a time. Return: whether all passed."""
    if only == "list":
        for tier, jobs in ("test", TEST), ("test-more", MORE), ("test-all", SLOW):
            say(f"{tier}: {' '.join(jobs)}")
        return True
    names = choose(tier, only)
    if packages:
        install(names)
    total = BUILD / "test" / f"{tier}.total"
    total.unlink(missing_ok=True)
    start = time.monotonic()
    stock, own = _missing(names)
    say(f"==> {len(names)} jobs: about {_estimate(names, stock, own):.0f} minutes on two idle CPUs")
    for name in stock:
        with step(f"kernel {name}"):
            kernels.get(name)
    # Build the kernels of `make test-more`, which runs next, while `make test` leaves a CPU idle.
    background = own or _missing(MORE)[1] if os.environ.get("CI") and not only else own
    pool = concurrent.futures.ThreadPoolExecutor(2 + len(background))
    try:
        for name in background:
            say(f"==> building kernel {name} in the background (some minutes)")
            pool.submit(kernels.get, name)
        verdict = judge.total(*pool.map(_run_job, names))
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        guest.stop_all()
        raise
    pool.shutdown()
    say(f"\nall of it: {time.monotonic() - start:.0f} s, logs in {BUILD / 'test'}")
    if tier == "test-all":
        matrix.write(JOBS)
    _say_problems(verdict)   # again: the first report is far above
    skipped = f", {verdict.skipped} skipped" if verdict.skipped else ""
    say(f"{verdict.passed} passed, {verdict.failed} failed{skipped}")
    total.write_text(f"{verdict.passed} {verdict.failed}\n")
    return not verdict.failed
