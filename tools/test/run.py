#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Kernels, guests and tests: called by the Makefile's targets, or directly."""

import argparse
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))   # for linux_modules

import judge
import suite
from check import docs, lint
from common import BUILD, Fail, main_guard, say, step
from jobs import guests, misuse, package, userspace, viewer
from kernels import build, kernels
from linux_modules import clients
from measure import bench, golden, plot, report, scale
from vm import guest


def fetch(args):
    for name in args.kernels or kernels.STOCK:
        with step(f"kernel {name}"):
            built = kernels.get(name)
        say(f"{built.image}\n{built.kdir}")


def kunit_core(args):
    build.kunit_core(args.kdir.resolve(), args.out.resolve())


def run_scripts(args):
    """Run some guest scripts on one kernel, e.g. to look for a fault."""
    built = kernels.get(args.kernel)
    with step(f"{args.kernel}: build"):
        modules = guests.build_for(built, args.scripts, label="-run", make_args=())
    glob = f"filter_glob={args.filter}" if args.filter else ""
    settings = {"KUNIT_ARGS" if built.kunit else "SUITE_ARGS": glob,
                "CLIENT_ARGS": args.client or guests.client_args(built.kernel),
                "STRESS_ARGS": args.stress or guests.stress_args(built.kernel),
                "TROUBLES": args.troubles}
    suites = (guests.suites(built.kernel) if "kunit" in args.scripts and not args.filter
              else ())
    out = BUILD / "run" / args.kernel
    if "kunit" in args.scripts:
        built = guests.holed(built)
    with step(f"{args.kernel}: {' '.join(args.scripts)}"):
        verdict = guests.run_guest(built, modules, args.scripts, out, args.timeout,
                                  suites=suites, settings=settings, append=args.append,
                                  documents=len(set(args.scripts) - {"leaks", *guests.ALONE}))
    say((out / "script.log").read_text(errors="replace").rstrip())
    for problem in verdict.problems:
        say(problem)
    say(f"{verdict.passed} passed, {verdict.failed} failed, {verdict.skipped} skipped, "
        f"logs in {out}")
    return int(verdict.failed > 0)


def demo(args):
    if kernels.find(args.kernel).fragment:
        raise Fail(f"the demonstration is for Debian's kernels: {', '.join(kernels.STOCK)}")
    with step(f"kernel {args.kernel}"):
        built = kernels.get(args.kernel)
    with step("build kpool and the demonstration"):
        modules = build.modules(built, "kpool_demo", label="-demo", make_args=())
    files = {f"modules/{name}.ko": path for name, path in modules.items()}
    files["run.sh"] = guest.SCRIPTS / "demo.sh"
    say(f"==> boot Debian's {built.kdir.name.removeprefix('linux-headers-')} in QEMU\n")
    out = BUILD / "demo" / args.kernel
    result = guest.boot(built, files, out, 180, echo=True)
    if result.status != judge.GOOD_EXIT:
        raise Fail(f"the demonstration did not end well, see {out}/console.log")
    say(f"\n    guest: {result.seconds:.1f} s")


def parser():
    top = argparse.ArgumentParser(description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name, function, text, minutes=0):
        sub = commands.add_parser(name, help=text)
        sub.set_defaults(function=function, minutes=minutes)
        return sub

    sub = command("fetch", fetch, "get kernels into the cache")
    sub.add_argument("kernels", nargs="*", help=f"of {', '.join(kernels.TABLE)}")
    sub = command("kunit-core", kunit_core, "build KUnit's core for a kernel without it")
    sub.add_argument("--kdir", type=pathlib.Path, required=True)
    sub.add_argument("--out", type=pathlib.Path, required=True)
    sub = command("run", run_scripts, "build for a kernel, boot it, run guest scripts")
    sub.add_argument("--kernel", default="6.12")
    sub.add_argument("--filter", default="", help="only the suites that match")
    sub.add_argument("--client", default="", help="parameters of the client")
    sub.add_argument("--stress", default="", help="parameters of the stress module")
    sub.add_argument("--troubles", default="readers writers",
                     help="what happens meanwhile: functions of trouble.sh")
    sub.add_argument("--append", default="", help="kernel command line")
    sub.add_argument("--timeout", type=int, default=900)
    sub.add_argument("scripts", nargs="+", choices=("kunit", "module", "stress", "faults",
                                                    "leaks", *guests.ALONE))
    sub = command("demo", demo, "show kpool at work")
    sub.add_argument("--kernel", default="6.12")
    sub = command("bench", lambda args: bench.bench(args.kernels.split(), args.modes.split(),
                                                    args.workloads.split()),
                  "measure against the kernel's own allocators")
    sub.add_argument("--kernels", default="", help=f"of {' '.join(kernels.STOCK)}")
    sub.add_argument("--modes", default="", help=f"of {' '.join(bench.MODES)}")
    sub.add_argument("--workloads", default="", help="patterns of names")
    command("golden", lambda args: golden.golden(), "write the tables of fast paths' cost", 4)
    command("deb", lambda args: package.main(), "build Debian packages")
    for name, function, out, text in (
            ("plots", plot.plots, plot.OUT, "draw what the benchmark measured"),
            ("report", report.report, report.OUT, "write its tables for the documentation")):
        sub = command(name, lambda args, function=function: function(args.results, args.out), text)
        sub.add_argument("--results", type=pathlib.Path, default=plot.RESULTS)
        sub.add_argument("--out", type=pathlib.Path, default=out)
    command("scale", lambda args: scale.scale(), "measure what kpool holds with many CPUs", 3)
    command("screenshot", lambda args: viewer.screenshot(), "draw the viewer at work")
    command("clients", lambda args: clients.report(), "write what was measured of clients")
    command("misuse", lambda args: int(not misuse.misuse()), "write what becomes of misuse", 3)
    command("docs", lambda args: docs.html(), "write the documentation as HTML")
    command("man", lambda args: docs.man(), "write the manual pages")
    sub = command("userspace", lambda args: userspace.userspace(args.fuzz_steps,
                                                                args.tsan_minutes, args.soaks),
                  "run the module in user space", 5)
    sub.add_argument("--fuzz-steps", type=int, default=userspace.FUZZ_STEPS)
    sub.add_argument("--tsan-minutes", type=float, default=userspace.TSAN_MINUTES)
    sub.add_argument("--soaks", type=int, default=1, help="rounds of real programs")
    sub = command("check", lambda args: int(not lint.main(args.checks)), "run the linters", 12)
    sub.add_argument("checks", nargs="*", help=f"of {', '.join(lint.CHECKS)}")
    sub = command("test", lambda args: int(not suite.test(args.tier, args.only, args.install)),
                  "run the tests")
    sub.add_argument("tier", nargs="?", default="test", choices=suite.TIERS)
    sub.add_argument("--only", default="", help=f"of {','.join(suite.JOBS)}")
    sub.add_argument("--install", action="store_true", help="install the packages that they take")
    return top


def main():
    args = parser().parse_args()
    if args.minutes and not getattr(args, "checks", ()):
        say(f"==> about {args.minutes} minutes on two idle CPUs")
    return args.function(args)


if __name__ == "__main__":
    main_guard(main)
