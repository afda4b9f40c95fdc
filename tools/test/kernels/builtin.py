# SPDX-License-Identifier: GPL-2.0
"""Builds kpool into a kernel tree by tools/install/copy-builtin, then runs the tree's kunit.py."""

import functools
import re
import shutil
import subprocess
import sys
import threading

import judge
import matrix
from common import BUILD, JOBS, ROOT, run, step
from kernels import build, debs, kernels

SERIES = "6.12"
OUT = BUILD / "test/builtin"
# More options of kunit.py, by its names of the architectures. The keyboard is off, because the
# kernel finds it during the first suite, and its message confuses kunit.py. User-Mode Linux's PCI
# bus is off, because it warns if it is not set up.
ARCHES = {"um": ("--kconfig_add=CONFIG_UML_PCI_OVER_VIRTIO=n",),
          "x86_64": ("--kconfig_add=CONFIG_SMP=y", "--qemu_args=-smp 2",
                     "--kernel_args=i8042.nokbd", "--kernel_args=i8042.noaux")}
TIMEOUT = 900
# User-Mode Linux loses output when the pipe to kunit.py is full: make the pipe large enough.
KUNIT = """
import runpy, subprocess, sys

class Popen(subprocess.Popen):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, pipesize=1 << 20, **kwargs)

subprocess.Popen = Popen
del sys.argv[0]
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""
_lock = threading.Lock()


@functools.cache
def _tree():
    """Copy the kernel's source and kpool into a tree. Return its directory."""
    path, log = OUT / "tree", OUT / "tree.log"
    source = kernels.tree(SERIES)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    # Use links, except for files that change, and for kunit.py, which resolves its own path.
    run(["cp", "-as", f"{source}/.", path], log)
    for part in ("mm", "tools/testing/kunit"):
        shutil.rmtree(path / part)
        shutil.copytree(source / part, path / part)
    run([ROOT / "tools/install/copy-builtin", path], log, "copying kpool into the kernel's source")
    return path


def job(arch):
    name = f"builtin-{arch}"
    out = OUT / arch
    # make can reuse an earlier build, but an earlier log must go.
    out.mkdir(parents=True, exist_ok=True)
    (out / "test.log").unlink(missing_ok=True)
    with _lock:
        tree = _tree()
    with step(f"{name}: kunit.py run"):
        done = subprocess.run(
            [sys.executable, "-B", "-c", KUNIT, tree / "tools/testing/kunit/kunit.py", "run",
             f"--arch={arch}", f"--build_dir={out}", "--kunitconfig=mm/kpool",
             f"--jobs={JOBS}", f"--timeout={TIMEOUT}", *ARCHES[arch]],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    (out / "kunit.log").write_text(done.stdout + done.stderr)
    verdict = judge.Verdict()
    judge.count(done, name, verdict)
    judge.judge_log((out / "test.log").read_text(errors="replace").split("\n"), verdict)
    verdict.about = (debs.choose(SERIES).version, arch, "", matrix.compiler(out / "vmlinux"))
    for suite in sorted(build.suites()):
        if not re.search(rf"^\[[:\d]+\] =+ {suite} \(", done.stdout, re.M):
            verdict.problem(f"suite {suite} did not report")
    return verdict
