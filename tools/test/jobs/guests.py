# SPDX-License-Identifier: GPL-2.0
"""The module in guests: KUnit, the client, stress, failures, leaks. Each function makes a job."""

import re
import shutil

import judge
import matrix
from common import BUILD, output, step
from jobs import faulty
from kernels import build, kernels
from vm import guest

# Workload of the client that takes a minute in kernels that check every access.
SMALL = "phase_mib=2"


def client_args(kernel):
    return SMALL if kernel.name in kernels.LEAKS else ""


# Workloads of the stress module: one with many live objects, which takes about ten seconds; one
# for kernels that check every access; one in which allocations fail.
STRESS = "ops=2000000 live=8192 plentiful=1"
SMALL_STRESS = "ops=200000 live=1024 tick_us=10000 plentiful=1"
FAILING_STRESS = "ops=60000 live=256 tick_us=10000"


def stress_args(kernel):
    return SMALL_STRESS if kernel.fragment else STRESS


# On stock kernels of this machine the suites test each size class, on other kernels one of EVERY.
EVERY = 4


def suite_args(kernel):
    return "" if kernel.name in kernels.STOCK else f"every={EVERY}"


# With slub_debug, kmalloc() of this kernel has the weakest alignment.
SLUB_DEBUG = "6.1"


def suites(kernel):
    """KUnit suites that must run on a kernel: some are skipped with a single node, and some
    without KASAN."""
    skipped = {"kpool_numa"} if kernel.nodes == 1 else set()
    if kernel.name not in kernels.LEAKS:
        skipped.add("kpool_sanitize")
    return build.suites() - skipped


def inserted(scripts):
    """Modules that scripts insert besides kpool."""
    text = "".join((guest.SCRIPTS / f"{script}.sh").read_text() for script in scripts)
    return [name for name in build.MODULES if re.search(rf"\binsert {name}\b", text)]


def build_for(built, scripts, **how):
    """Build the modules that scripts insert, see build.modules(): name -> path."""
    return build.modules(built, *inserted(scripts), **how)


def parameters(modules):
    """module:parameter of all numeric and boolean parameters."""
    found = []
    for name in sorted({"kpool", "kpool_client", "kpool_stress"} & modules.keys()):
        for line in output(["modinfo", "-F", "parm", modules[name]]).splitlines():
            if not line.endswith("(charp)"):
                found.append(f"{name}:{line.split(':')[0]}")
    return " ".join(found)


def run_guest(built, modules, names, out, timeout, *, suites=(), documents=0,
              settings=None, append="", **told):
    """Boot, run the scripts, judge. told: more arguments of the judge."""
    shutil.rmtree(out, ignore_errors=True)
    values = {"KUNIT_ARGS": "", "SUITE_ARGS": "", "CLIENT_ARGS": "",
              "STRESS_ARGS": "", "TROUBLES": "readers writers",
              "DEBUG_OPS": 20000 if built.kernel.fragment else 200000,
              "PARAMETERS": parameters(modules), **(settings or {})}
    wanted = {"kpool", *inserted(names)}
    wanted |= {"kunit"} if "kpool_kunit" in wanted else set()
    modules = {name: path for name, path in modules.items() if name in wanted}
    files = {**guest.files(modules, names, values), "trouble.sh": guest.SCRIPTS / "trouble.sh"}
    result = guest.boot(built, files, out, timeout, append=append)
    verdict = judge.judge(result, suites, documents, **told)
    verdict.about = matrix.about(result.script, modules)
    return verdict


def holed(built):
    """The kernel on a machine with a hole in its memory: the suites pass addresses in the hole."""
    return built.with_machine(hole=True)


# Scripts for optional features. Each has its own boot: an earlier step could have set up what the
# feature must set up itself.
ALONE = ("handovers", "debug")


def _ready(name, label, scripts):
    """A kernel, and the modules that the scripts insert: (kernels.Built, modules by name)."""
    with step(f"{label}: the kernel"):
        built = kernels.get(name)
    with step(f"{label}: build"):
        return built, build_for(built, scripts)


def kernel_job(name):
    """On one kernel: KUnit, then the module with its client, then optional features alone."""
    def job():
        built, modules = _ready(name, name, ["kunit", "module", "stress", *ALONE])
        out = BUILD / "test" / name
        timeout = 2700 if name in kernels.SLOW else 1800
        with step(f"{name}: KUnit"):
            verdicts = [run_guest(holed(built), modules, ["kunit"], out / "kunit", timeout,
                                  suites=suites(built.kernel), documents=1,
                                  settings={"SUITE_ARGS": suite_args(built.kernel)})]
        with step(f"{name}: module, client and stress"):
            verdicts.append(run_guest(built, modules, ["module", "stress"], out / "module",
                                      timeout, documents=8,
                                      settings={"CLIENT_ARGS": client_args(built.kernel),
                                                "STRESS_ARGS": stress_args(built.kernel)}))
        for feature in ALONE:
            with step(f"{name}: {feature} alone"):
                verdicts.append(run_guest(built, modules, [feature], out / feature, 300))
        if name == SLUB_DEBUG:
            with step(f"{name}: alignment with slub_debug"):
                verdicts.append(run_guest(built, modules, ["kunit"], out / "slub_debug", timeout,
                                          suites={"kpool_align"}, documents=1,
                                          append="slub_debug=FZPU,kmalloc-*",
                                          settings={"SUITE_ARGS": "filter_glob=kpool_align"}))
        return judge.total(*verdicts)
    return job


def script_job(name, label, scripts, timeout=300, *, machine=None, **how):
    """Scripts in one boot, on this machine. how: more arguments of run_guest()."""
    def job():
        built, modules = _ready(name, f"{name}-{label}", scripts)
        with step(f"{name}-{label}: {', '.join(scripts)}"):
            return run_guest(built.with_machine(**(machine or {})), modules, scripts,
                             BUILD / "test" / f"{name}-{label}", timeout, **how)
    return job


def leak_job(name):
    """All scripts in one boot with kmemleak, which is too slow for the other boots."""
    kernel = kernels.TABLE[name]
    return script_job(name, "leaks", ["kunit", "module", "stress", "leaks"], 3600,
                      suites=suites(kernel), documents=9, append="kmemleak=on",
                      settings={"CLIENT_ARGS": client_args(kernel),
                                "STRESS_ARGS": stress_args(kernel)})


def faulty_job(name, scripts=("faulty", "lost"), checker="KASAN"):
    """A module commits faults: all of them, and nothing else, must be reported."""
    return script_job(name, "bugs", scripts, 600, append="kmemleak=on kasan_multi_shot",
                      expected=faulty.reports(checker))


def fault_job(name):
    """Loading and the suites on failures, with each allocation failing once; then the stress, with
    random failures; then kmemleak. The module is loaded a hundred times, in half of the time on
    half of the CPUs."""
    return script_job(name, "faults", ["faults", "kunit", "stress", "leaks"], 1800,
                      machine={"cpus": 2}, append="kmemleak=on",
                      suites={"kpool_fault", "kpool_fault_nth"}, documents=7,
                      settings={"KUNIT_ARGS": "filter_glob=kpool_fault*",
                                "STRESS_ARGS": FAILING_STRESS,
                                "TROUBLES": "failures readers writers"})


def stress_job(name, label, script, documents, args, timeout, troubles="", **machine):
    """Run the stress module on this machine, with troubles, and expect that many KTAP documents."""
    return script_job(name, label, [script], timeout, machine=machine, documents=documents,
                      oom=script == "oom", settings={"STRESS_ARGS": args, "TROUBLES": troubles})
