# SPDX-License-Identifier: GPL-2.0
"""Includes that `make check CHECKS=layers` refuses."""

import pytest
from check import layers


@pytest.mark.parametrize("path, header", [
    ("arena.c", "pool.h"), ("pool.c", "magazine.h"), ("magazine.c", "trim.h"), ("depot.h", "heap.h"),
    ("heap.c", "dropin/handover.h"), ("pages.c", "debug/debug.h"), ("pool.c", "debug/block.h"),
    ("map.c", "observe/trace.h"), ("debug/debug.c", "dropin/handover.h"), ("fallback.c", "arena.h"),
    ("new.c", "types.h"), ("types.h", "new.h")])
def test_refuses(path, header):
    assert layers.faults({path: f'#include <linux/mm.h>\n#include "{header}"\n'})


@pytest.mark.parametrize("path, header", [
    ("pool.c", "pool.h"), ("pool.c", "arena.h"), ("refill.c", "trim.h"), ("debug/debug.c", "refill.h"),
    ("arena.c", "debug/sanitize.h"), ("observe/stats.c", "magazine.h"), ("dropin/handover.c", "heap.h"),
    ("dropin/handover.c", "observe/debugfs.h"), ("main.c", "dropin/handover.h")])
def test_allows(path, header):
    assert not layers.faults({path: f'#include "{header}"\n'})
