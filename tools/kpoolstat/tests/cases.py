# SPDX-License-Identifier: GPL-2.0
"""Shared by all tests: a directory with a tree, and runs of kpoolstat in it."""

import os
import pathlib
import subprocess
import tempfile

import fakeheap
from terminal import PATIENCE

HERE = pathlib.Path(__file__).resolve().parents[1]


def test(function):
    """Mark a test, for pytest: its name is a sentence."""
    function.__test__ = True
    return function


test.__test__ = False


class Place:
    """A directory with the tree of the example, and kpoolstat."""

    def __init__(self, program):
        self.program = str(program)
        self._dir = tempfile.TemporaryDirectory(prefix="kpoolstat-")
        self.dir = pathlib.Path(self._dir.name)
        self.root = self.dir / "kpool"
        self.tree = fakeheap.example(self.root)

    def close(self):
        self._dir.cleanup()

    def command(self, *args, root=True):
        return [self.program, *(["--root", str(self.root)] if root else []), *map(str, args)]

    def run(self, *args, root=True, status=0, env=None, stdin=None):
        """Run kpoolstat. Return standard output, or standard error of an expected failure."""
        done = subprocess.run(self.command(*args, root=root), input=stdin, text=True,
                              capture_output=True, timeout=PATIENCE, cwd=self.dir,
                              env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})})
        assert done.returncode == status, \
            f"exit status {done.returncode}, not {status}: {done.stdout[:500]}{done.stderr}"
        if status:
            assert done.stderr.startswith("kpoolstat: "), done.stderr
            return done.stderr
        assert not done.stderr, done.stderr
        return done.stdout

    def record(self, name="run.rec", samples=3):
        """A recording of a heap that changes; after two changes another heap appears."""
        path = self.dir / name
        parts = []
        for number in range(samples):
            if number:
                change(self.tree, number)
            one = self.dir / "one.rec"
            self.run("record", "-n", 1, one)
            head, page, body = one.read_text().split("\n", 2)
            parts.append(retimed(body, number))
        path.write_text("\n".join([head, page, *parts, ""]))
        return path


def retimed(body, number):
    """A sample with the time of @number seconds after the first."""
    lines = body.rstrip("\n").split("\n")
    lines[0] = f"sample {number + 1} {1795661000000000000 + number * 10**9} {(5 + number) * 10**9}"
    lines[-1] = f"end {number + 1}"
    return "\n".join(lines)


def change(tree, number):
    heap = tree.heaps["default"]
    if number % 3 == 1:
        heap.alloc(64, 1000)
        heap.free(128, 1000)
    elif number % 3 == 2:
        heap.free(64, 3200)
        heap.alloc(512, 300)
        if "late" not in tree.heaps:
            tree.add("late").alloc(40, 10)
    else:
        heap.shrink()
        heap.alloc(336, 500)
    tree.write()


def figures(text):
    """Parse the figures of a file "stats"."""
    return {key: int(value) for key, value in map(str.split, text.splitlines())}


def columns(text):
    """Parse the rows of a file with columns. Cells that are not numbers stay text."""
    head, *rows = map(str.split, text.splitlines())
    return [{key: int(cell) if cell.isdigit() and key not in ("classes", "fill") else cell
             for key, cell in zip(head, row, strict=True)} for row in rows]


def json_is(text, heap, files):
    """jq can print "stats", "classes" and "arenas" of a heap exactly as they were read."""
    def jq(program):
        return subprocess.run(["jq", "-r", f".heaps[\"{heap}\"] | {program}"], input=text, text=True,
                              capture_output=True, check=True).stdout
    equal(jq('.stats | to_entries[] | "\\(.key) \\(.value)"'), files["stats"])
    table = '(.[0] | keys_unsorted | join(" ")), (.[] | [.[] | tostring] | join(" "))'
    for name in "classes", "arenas":
        equal(jq(f".{name} | {table}"), files[name])


def equal(found, expected, what=""):
    assert found == expected, f"{what}: found {found!r}, expected {expected!r}"


def has(text, *parts):
    for part in parts:
        assert part in text, f"no {part!r} in:\n{text}"
