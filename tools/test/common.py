# SPDX-License-Identifier: GPL-2.0
"""Used by all parts: paths, errors, running commands, timing of steps."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME")
                     or pathlib.Path.home() / ".cache") / "kpool"
JOBS = os.cpu_count() or 1
_print_lock = threading.Lock()

# Builds started here must not inherit the job server and flags of an outer make.
os.environ.pop("MAKEFLAGS", None)
# Debian has modinfo in /sbin, which is in root's PATH only.
os.environ["PATH"] += ":/usr/sbin:/sbin"


class Fail(Exception):
    """An error to show to the user without a traceback."""


def say(text=""):
    with _print_lock:
        print(text, flush=True)


@contextlib.contextmanager
def step(what):
    """Announce a piece of work, and how long it took."""
    say(f"==> {what}")
    start = time.monotonic()
    try:
        yield
    except BaseException:
        say(f"    {what}: FAILED after {time.monotonic() - start:.1f} s")
        raise
    say(f"    {what}: {time.monotonic() - start:.1f} s")


def run(cmd, log, what=None, **kwargs):
    """Run cmd with its output in a log file. If it fails, raise Fail with the end of the log."""
    log = pathlib.Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as out:
        status = subprocess.run([str(c) for c in cmd], stdin=subprocess.DEVNULL,
                                stdout=out, stderr=subprocess.STDOUT, **kwargs).returncode
    if status:
        lines = log.read_text(errors="replace").splitlines()
        errors = [line for line in lines if re.search(r"\b(error|ERROR|E):", line)]
        raise Fail(f"{what or cmd[0]} failed (status {status}), log {log}:\n  "
                   + "\n  ".join(errors[:10] or lines[-10:]))


def output(cmd, **kwargs):
    """Standard output of a command; empty if it fails."""
    return subprocess.run([str(c) for c in cmd], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, **kwargs).stdout


@contextlib.contextmanager
def atomic_dir(path):
    """A directory that gets its name only once it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tmp = path.with_name(f"{path.name}.partial")
    shutil.rmtree(tmp, ignore_errors=True)
    tmp.mkdir()
    yield tmp
    tmp.rename(path)


def main_guard(main):
    """Run main(); a Fail becomes one message and exit status 1."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except Fail as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        os._exit(130)   # do not wait for other threads


def sources(*suffixes):
    """Our files with one of these suffixes."""
    return sorted(path for top in ("module", "kunit", "tools", "Documentation")
                  for path in (ROOT / top).rglob("*")
                  if path.suffix in suffixes and not path.name.endswith(".mod.c"))
