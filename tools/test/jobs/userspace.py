# SPDX-License-Identifier: GPL-2.0
"""The module in user space (tools/userspace): scripts, cases, stress, fuzzer, coverage, soak."""

import concurrent.futures
import functools
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess

import judge
from common import BUILD, JOBS, ROOT, Fail, run, say, step

HERE = ROOT / "tools/userspace"
OUT = BUILD / "userspace"
SCRIPTS = sorted((HERE / "scripts").glob("*.txt"))
COVERAGE_MIN = 90   # percent of the module's lines

# Workloads of `make check`.
FUZZ_STEPS = 100000
TSAN_MINUTES = 0.5
TSAN = ("-t", 6, "-c", 4, "-N", 2, "-i", 50)

# Marks of a finding in a program's output; a finding also makes the program's status fail.
FINDING = re.compile(r"BUG: |ERROR: |SUMMARY: |runtime error: |WARNING: ThreadSanitizer")
# A place in the module that allocates.
SITE = re.compile(r"site: (\S+):(\d+) (\S+) asked (\d+) failed (\d+)")


@functools.cache
def make(variant):
    with step(f"userspace: build {variant}"):
        run(["make", "-C", HERE, f"-j{JOBS}", f"VARIANT={variant}", f"BUILD={OUT}"],
            OUT / f"{variant}.log", f"the build of {variant}")
    return OUT / variant


def program(what, command, **environment):
    """Run a test program. Return its output; Fail if it found something."""
    log = OUT / f"{what.replace(' ', '-')}.log"
    with step(f"userspace: {what}"), open(log, "w+") as out:
        status = subprocess.run([str(c) for c in command], cwd=OUT, stdin=subprocess.DEVNULL,
                                stdout=out, stderr=subprocess.STDOUT,
                                env={**os.environ, **environment}).returncode
        out.seek(0)
        lines = out.read().splitlines()
    if status:
        found = [line for line in lines if FINDING.search(line)]
        raise Fail(f"{what}: exit status {status}, log {log}:\n  "
                   + "\n  ".join(found[:10] or lines[-10:]))
    return lines


def last(lines, start):
    """Print the last line that begins with start: the program's own summary."""
    say("    " + next((line for line in reversed(lines) if line.startswith(start)),
                      f"{start} printed no summary"))


def scripts():
    """Run each script, then again with each allocation failing once."""
    out = make("asan")
    program("scripts", [out / "script", *SCRIPTS])
    lines = program("scripts failing", [out / "script", "-f", "-p", 8, *SCRIPTS])
    for line in lines:
        if "allocations failed" in line:
            say(f"    {pathlib.Path(line.split(':')[0]).name}:{line.split(':')[1]}")
    sites(lines)


def sites(lines):
    """Print each place that allocates in the module; Fail if one was never made to fail."""
    found = [SITE.fullmatch(line) for line in lines if line.startswith("site: ")]
    if not all(found) or not found:
        raise Fail("scripts failing: no table of the places that allocate, or not as expected")
    rows = sorted((m[1], int(m[2]), m[3], int(m[4]), int(m[5])) for m in found)
    say(f"    {'allocates at':24} {'by':28} {'asked':>8} {'failed':>8}")
    for name, line, call, asked, failed in rows:
        say(f"    {f'{name}:{line}':24} {call:28} {asked:8} {failed:8}")
    if never := [f"{name}:{line} {call}" for name, line, call, asked, failed in rows if not failed]:
        raise Fail("no script makes these allocations fail: " + ", ".join(never))


def traced():
    """With tracing on, each event of the module occurs, and scripts pass as before."""
    events = set(re.findall(r"^(?:TRACE_EVENT\(|DEFINE_EVENT\(\w+, )(\w+),",
                            (ROOT / "module/observe/trace.h").read_text(), re.M))
    lines = program("scripts traced", [make("asan") / "script", *SCRIPTS], SIM_TRACING="1")
    counts = dict(line.split()[1:] for line in lines if line.startswith("traced: "))
    say("    " + ", ".join(f"{event} {counts[event]}" for event in sorted(counts)))
    if missing := events - counts.keys():
        raise Fail("no script makes these events come: " + ", ".join(sorted(missing)))


def pressure():
    """Cases of memory shortage."""
    last(program("pressure", [make("asan") / "pressure"]), "pressure:")


def misuse():
    """Each program that misuses a heap has the outcome that the table says."""
    for variant in ("plain", "asan"):
        last(program(f"misuse {variant}", [make(variant) / "misuse"]), "misuse:")


def stress(variant, *options):
    lines = program(f"stress {variant}", [make(variant) / "stress", *options])
    last(lines, "stress:")


def seeds(script):
    """Convert the scripts into the fuzzer's first inputs."""
    corpus = OUT / "seeds"
    corpus.mkdir(parents=True, exist_ok=True)
    for path in SCRIPTS:
        run([script, "-a", path, corpus / path.stem], OUT / "seeds.log")
    return corpus


def fuzz(steps=FUZZ_STEPS):
    """Run the fuzzer for this many operations. Its findings stay in a directory."""
    corpus = OUT / "corpus"
    binary, start = make("fuzz") / "fuzz", seeds(make("asan") / "script")
    corpus.mkdir(parents=True, exist_ok=True)
    stop = OUT / "fuzz-stop"
    stop.unlink(missing_ok=True)

    # Workers share a corpus, and all end when one has found a fault.
    def worker(number):
        try:
            return program(f"fuzz {number}",
                           [binary, "-max_len=1024", "-timeout=300", "-print_final_stats=1",
                            f"-stop_file={stop}", f"-artifact_prefix={OUT}/", corpus, start],
                           KPOOL_FUZZ_STEPS=str(-(-steps // JOBS)))
        except Fail:
            stop.touch()
            raise

    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for lines in pool.map(worker, range(JOBS)):
            last(lines, "fuzz:")


def _gcov(out):
    """Executed and unexecuted lines of each file of the module."""
    shutil.rmtree(out / "gcov", ignore_errors=True)
    (out / "gcov").mkdir()
    run(["gcov", "--json-format", "--preserve-paths", *out.rglob("*.gcda")], OUT / "gcov.log",
        cwd=out / "gcov")
    counts = {}
    for report in (out / "gcov").glob("*.gcov.json.gz"):
        for source in json.loads(gzip.decompress(report.read_bytes()))["files"]:
            path = pathlib.Path(source["file"])
            if not path.is_relative_to(ROOT / "module"):
                continue
            lines = counts.setdefault(path.relative_to(ROOT).as_posix(), {})
            for line in source["lines"]:
                number = line["line_number"]
                lines[number] = lines.get(number, 0) + line["count"]
    return counts


def coverage():
    """Line coverage of module/ by scripts and stress. Return the report's path."""
    out = make("cov")
    for data in out.rglob("*.gcda"):
        data.unlink()
    program("coverage scripts", [out / "script", *SCRIPTS])
    program("coverage pressure", [out / "pressure"])
    program("coverage misuse", [out / "misuse"])
    program("coverage scripts traced", [out / "script", *SCRIPTS], SIM_TRACING="1")
    program("coverage scripts failing", [out / "script", "-f", "-p", 8,
                                         *(s for s in SCRIPTS if s.stem != "interrupts")])
    for number, options in enumerate((["-N", 1], ["-N", 2, "-f", 40])):
        program(f"coverage stress {number}", [out / "stress", "-n", 20000, *options])
    report, total, reached = [], 0, 0
    for name, lines in sorted(_gcov(out).items()):
        missed = sorted(number for number, count in lines.items() if not count)
        total += len(lines)
        reached += len(lines) - len(missed)
        report.append(f"{name:32} {100 * (1 - len(missed) / len(lines)):5.1f} % of "
                      f"{len(lines)} lines")
        source = (ROOT / name).read_text().splitlines()
        report += [f"    {number:4}: {source[number - 1].strip()}" for number in missed]
    percent = 100 * reached / total
    report.append(f"{'module':32} {percent:5.1f} % of {total} lines")
    (OUT / "coverage.txt").write_text("\n".join(report) + "\n")
    say("\n".join(line for line in report if not line.startswith(" ")))
    say(f"    lines that were not reached: {OUT / 'coverage.txt'}")
    if percent < COVERAGE_MIN:
        raise Fail(f"coverage of module/ is {percent:.1f} %, below {COVERAGE_MIN} %")


def soak(times=1):
    """Run real programs with kpool's malloc()."""
    library = make("preload") / "libkpool-preload.so"
    lines = program("soak", [HERE / "programs/soak.sh", library, OUT / "soak", times])
    for line in lines:
        say(f"    {line}")


def steps():
    for line in program("steps", [make("asan") / "steps"]):
        say(f"    {line}")


def stress_asan():
    stress("asan", "-n", 200000, "-N", 2)
    stress("asan", "-n", 100000, "-f", 30, "-i", 30, "-s", 2)


def stress_tsan(minutes=TSAN_MINUTES):
    stress("tsan", *TSAN, "-T", max(1, int(60 * minutes)))


# Functions that take a minute or two together, and the others.
QUICK = (scripts, traced, steps, pressure, misuse, stress_asan)
THOROUGH = (stress_tsan, fuzz, coverage, soak)


def _need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Fail(f"{tool} is missing. tools/install/packages.sh userspace userspace-long llvm installs it.")
    OUT.mkdir(parents=True, exist_ok=True)


def userspace(fuzz_steps, tsan_minutes, soaks):
    """Run everything, for as long as the arguments say."""
    _need("clang", "gcov", "make")
    for function in QUICK:
        function()
    stress_tsan(tsan_minutes)
    fuzz(fuzz_steps)
    coverage()
    soak(soaks)


def check():
    """Part of `make check`. Return the failure, or nothing."""
    try:
        userspace(FUZZ_STEPS, TSAN_MINUTES, 1)
    except Fail as error:
        return str(error)
    return ""


def _job(functions):
    """Run the functions; each is a test."""
    verdict = judge.Verdict()
    for function in functions:
        try:
            function()
            verdict.passed += 1
        except Fail as error:
            verdict.problem(f"{function.__name__}: {error}")
    return verdict


def quick():
    _need("gcc", "make")
    return _job(QUICK)


def thorough():
    _need("clang", "gcov", "make")
    return _job(THOROUGH)
