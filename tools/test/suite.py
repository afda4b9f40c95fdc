# SPDX-License-Identifier: GPL-2.0
"""The tests of `make test`: independent jobs, and what they add up to."""

import concurrent.futures
import dataclasses
import shutil
import time

import judge
import matrix
from check import doccmds, lint, slabnames
from common import BUILD, Fail, output, say, step
from jobs import faulty, hostchecks, misuse, package, tracing, viewer
from kernels import build, builtin, kernels
from linux_modules import clients, tried
from measure import bench, scale
from vm import guest, selftest

# A client's workload that takes a minute where every access is checked.
SMALL = "ops=200000 phase_mib=2"


def client_args(built):
    return SMALL if built.kernel.name in kernels.LEAKS else ""


# One of the stress module that takes ten seconds, and where every access is checked.
STRESS = "ops=1000000 plentiful=1"
FAILING_STRESS = "ops=60000 live=256 tick_us=10000"
SMALL_STRESS = f"{FAILING_STRESS} plentiful=1"


def stress_args(built):
    return SMALL_STRESS if built.kernel.fragment else STRESS


# With slub_debug on, kmalloc() of this kernel aligns least.
SLUB_DEBUG = "6.1"


def suites(kernel):
    """The KUnit suites that must run on a kernel: a single node has others skipped, and so
    has one without KASAN."""
    skipped = {"kpool_numa"} if kernel.nodes == 1 else set()
    if kernel.name not in kernels.LEAKS:
        skipped.add("kpool_sanitize")
    return build.suites() - skipped


def files(modules, names, settings):
    """The files of a guest that runs those scripts with those modules."""
    left_out = set() if "kunit" in names else {"kunit", "kpool_kunit"}
    modules = {name: modules[name] for name in modules.keys() - left_out}
    return {**guest.files(modules, names, settings), "trouble.sh": guest.SCRIPTS / "trouble.sh"}


def parameters(modules):
    """module:parameter of all that take a number or a truth value."""
    found = []
    for name in sorted({"kpool", "kpool_client", "kpool_stress"} & set(modules)):
        for line in output(["modinfo", "-F", "parm", modules[name]]).splitlines():
            if not line.endswith("(charp)"):
                found.append(f"{name}:{line.split(':')[0]}")
    return " ".join(found)


def run_guest(built, modules, names, out, timeout, *, suites=(), documents=0,
              settings=None, append="", **told):
    """Boot, run those scripts, judge. told: what else the judge is to know."""
    shutil.rmtree(out, ignore_errors=True)
    values = {"KUNIT_ARGS": "", "SUITE_ARGS": "", "CLIENT_ARGS": "",
              "STRESS_ARGS": "", "TROUBLES": "readers writers",
              "PARAMETERS": parameters(modules), **(settings or {})}
    result = guest.boot(built, files(modules, names, values), out, timeout, append=append)
    verdict = judge.judge(result, suites, documents, **told)
    verdict.about = matrix.about(result.script, modules)
    return verdict


def holed(built):
    """The same kernel on a machine with a hole in its memory: the suites pass addresses in it."""
    return dataclasses.replace(built, kernel=dataclasses.replace(built.kernel, hole=True))


# Scripts for optional features. Each has a boot of its own, because what an earlier step has set
# up may hide that the feature does not.
ALONE = ("handovers", "debug")


def kernel_job(name):
    """KUnit, then the module with its client, then features alone, on a kernel."""
    def job():
        with step(f"{name}: the kernel"):
            built = kernels.get(name)
        with step(f"{name}: build"):
            modules = build.once(built)
        out = BUILD / "test" / name
        timeout = 2700 if name in kernels.SLOW else 1800
        with step(f"{name}: KUnit"):
            first = run_guest(holed(built), modules, ["kunit"], out / "kunit", timeout,
                              suites=suites(built.kernel), documents=1)
        with step(f"{name}: module, client and stress"):
            second = run_guest(built, modules, ["module", "stress"], out / "module", timeout,
                               documents=8, settings={"CLIENT_ARGS": client_args(built),
                                                      "STRESS_ARGS": stress_args(built)})
        client = {name: modules[name] for name in ("kpool", "kpool_client")}
        alone = []
        for feature in ALONE:
            with step(f"{name}: {feature} alone"):
                alone.append(run_guest(built, client, [feature], out / feature, 300))
        if name == SLUB_DEBUG:
            with step(f"{name}: alignment with slub_debug"):
                alone.append(run_guest(built, modules, ["kunit"], out / "slub_debug", timeout,
                                       suites={"kpool_align"}, documents=1,
                                       append="slub_debug=FZPU",
                                       settings={"SUITE_ARGS": "filter_glob=kpool_align"}))
        return judge.total(first, second, *alone)
    return job


def leak_job(name):
    """All of it again in one boot with kmemleak on, which is too slow for the other boots."""
    def job():
        built = kernels.get(name)
        with step(f"{name}-leaks: build"):
            modules = build.once(built)
        with step(f"{name}-leaks: kunit, module, stress, leaks"):
            return run_guest(built, modules, ["kunit", "module", "stress", "leaks"],
                             BUILD / "test" / f"{name}-leaks", 3600,
                             suites=suites(built.kernel), documents=9, append="kmemleak=on",
                             settings={"CLIENT_ARGS": client_args(built),
                                       "STRESS_ARGS": stress_args(built)})
    return job


def faulty_job(name, scripts=("faulty", "lost"), expected=faulty.REPORTS):
    """A module that commits faults: all of them, and nothing else, must be reported."""
    def job():
        built = kernels.get(name)
        with step(f"{name}-bugs: build"):
            modules = build.modules(built, kunit=False, label="-bugs",
                                    make_args=["KPOOL_FAULTY=m"])
        with step(f"{name}-bugs: faults"):
            return run_guest(built, modules, scripts, BUILD / "test" / f"{name}-bugs", 600,
                             append="kmemleak=on kasan_multi_shot", expected=expected)
    return job


def fault_job(name):
    """Loading and the suites on failures, with each allocation failing once; the stress, with
    some that fail at random; then kmemleak."""
    def job():
        built = kernels.get(name)
        with step(f"{name}-faults: build"):
            modules = build.once(built)
        with step(f"{name}-faults: faults, kunit, stress, leaks"):
            return run_guest(built, modules, ["faults", "kunit", "stress", "leaks"],
                             BUILD / "test" / f"{name}-faults", 1800, append="kmemleak=on",
                             suites={"kpool_fault", "kpool_fault_nth"}, documents=7,
                             settings={"KUNIT_ARGS": "filter_glob=kpool_fault*",
                                       "STRESS_ARGS": FAILING_STRESS,
                                       "TROUBLES": "failures readers writers"})
    return job


def stress_job(name, label, script, documents, args, timeout, troubles="", **machine):
    """The stress module on such a machine, with that many KTAP documents, and troubles."""
    def job():
        built = kernels.get(name)
        built = dataclasses.replace(built, kernel=dataclasses.replace(built.kernel, **machine))
        with step(f"{name}-{label}: build"):
            modules = build.once(built)
        with step(f"{name}-{label}: {args}"):
            return run_guest(built, modules, [script], BUILD / "test" / f"{name}-{label}",
                             timeout, documents=documents, oom=script == "oom",
                             settings={"STRESS_ARGS": args, "TROUBLES": troubles})
    return job


ALL_TROUBLES = "hotplug pressure readers writers"
JOBS = {"judge": selftest.job, "host": hostchecks.job, "lint": lint.job,
        "names": slabnames.job,
        "kpoolstat": viewer.job, "kpoolstat-guest": viewer.guest_job, "docs": doccmds.job,
        **{name: kernel_job(name) for name in (*kernels.STOCK, *kernels.VARIANTS)
           if name not in kernels.RARE},
        # The longest of them: before the short ones, so that no CPU is idle at the end.
        **{name: kernel_job(name) for name in kernels.OWN if name not in kernels.RARE},
        "tracing": tracing.job,
        **{f"clients-{name}": clients.job(name) for name in clients.KERNELS},
        "6.12-stress": stress_job("6.12", "stress", "stress", 6, "ops=10000000 seed=0", 900,
                                  ALL_TROUBLES, cpus=4, memory=512),
        "6.12-oom": stress_job("6.12", "oom", "oom", 3, "ops=300000 seed=0", 600,
                               cpus=4, memory=320),
        "bench": bench.job,
        **{f"{name}-faults": fault_job(name) for name in kernels.LEAKS},
        **{f"{name}-bugs": faulty_job(name) for name in kernels.LEAKS},
        "misuse": misuse.job}
# Too slow for each time.
MORE = {**{name: kernel_job(name) for name in kernels.RARE},
        "6.12-kmsan-bugs": faulty_job("6.12-kmsan", ["faulty"], faulty.UNINITIALISED),
        "package": package.job,
        "tried": tried.job,
        **{f"builtin-{arch}": builtin.job(arch) for arch in builtin.ARCHES},
        "scale": scale.job,
        **{f"{name}-leaks": leak_job(name) for name in kernels.LEAKS},
        "6.12-stress-long": stress_job("6.12", "stress-long", "stress", 6,
                                       "ops=100000000 seed=0", 3000, ALL_TROUBLES,
                                       cpus=4, memory=1024)}


def _run_job(name):
    start = time.monotonic()
    verdict = judge.Verdict()
    try:
        verdict = {**JOBS, **MORE}[name]()
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


def _prepare(names):
    """Fetch and build kernels; the slow build goes on beside the first jobs."""
    for name in kernels.STOCK:
        with step(f"kernel {name}"):
            kernels.get(name)
            kernels.parts(kernels.find(name).series)
    own = [name for name in kernels.OWN if any(n.startswith(name) for n in names)]
    return [name for name in own if not kernels.is_ready(name)]


def test(only="", everything=False):
    """Run the jobs, two at a time; True when none failed. everything: the slow ones, too."""
    known = [*JOBS, *MORE]
    names = only.split(",") if only else known if everything else list(JOBS)
    if unknown := set(names) - set(known):
        raise Fail(f"no job {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    start = time.monotonic()
    missing = _prepare(names)
    pool = concurrent.futures.ThreadPoolExecutor(2 + len(missing))
    try:
        for name in missing:
            say(f"==> building kernel {name} in the background (some minutes)")
            pool.submit(kernels.get, name)
        verdict = judge.total(*pool.map(_run_job, names))
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        guest.stop_all()
        raise
    say(f"\nall of it: {time.monotonic() - start:.0f} s, logs in {BUILD / 'test'}")
    if everything:
        matrix.write(known)
    _say_problems(verdict)   # once more: they are far above
    skipped = f", {verdict.skipped} skipped" if verdict.skipped else ""
    say(f"{verdict.passed} passed, {verdict.failed} failed{skipped}")
    return not verdict.failed
