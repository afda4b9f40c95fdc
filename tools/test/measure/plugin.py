# SPDX-License-Identifier: GPL-2.0
"""The QEMU plugin that counts a guest's instructions between markers: qemu_plugin/counts.c."""

import functools
import os
import pathlib
import re
import threading

from common import BUILD, Fail, run

SOURCES = pathlib.Path(__file__).parent / "qemu_plugin"
METRICS = ("insns", "loads", "stores", "branches", "calls", "l1d_misses")
_lock = threading.Lock()


@functools.cache
def _build():
    BUILD.mkdir(exist_ok=True)
    path, fresh = BUILD / "counts.so", BUILD / f"counts-{os.getpid()}.so"
    log = BUILD / "counts.log"
    log.unlink(missing_ok=True)
    run(["gcc", "-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-shared",
         "-fPIC", "-fvisibility=hidden", SOURCES / "counts.c", "-o", fresh], log,
        "building QEMU's plugin")
    # A guest of another run may have the old file open.
    return fresh.replace(path)


def build():
    """Build the plugin, once. Return its path."""
    with _lock:
        return _build()


def arguments(log):
    """QEMU's options for counting on one CPU, with the figures in the file log."""
    # In QEMU's options "," ends a value, and ",," is a comma.
    names = [str(path).replace(",", ",,") for path in (build(), log)]
    return ("-plugin", "{},log={}".format(*names))


def counts(log):
    """The counts: a dict of METRICS for each region, in order."""
    if not log.exists():
        raise Fail(f"QEMU's plugin left no {log}")
    row = re.compile("region %s " + " ".join(rf"{name} (\d+)" for name in METRICS))
    regions = []
    for number, line in enumerate(log.read_text().splitlines()):
        match = re.fullmatch(row.pattern % number, line)
        if not match:
            raise Fail(f"{log}:{number + 1}: not the line of region {number}: {line}")
        regions.append({name: int(value) for name, value in zip(METRICS, match.groups())})
    return regions
