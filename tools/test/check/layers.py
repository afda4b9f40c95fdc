# SPDX-License-Identifier: GPL-2.0
"""The layers of module/: a file may include its own header, and headers of earlier rows of ROWS."""

import re

from common import ROOT

ROWS = """
geometry compat param version
class types
account map
header
freelist
pages record
fallback
arena
pool typesafe
depot
magazine
trim
refill
heap
api free_rcu shrinker
realloc bulk
dropin/
main
""".split("\n")
ROW = {name: number for number, row in enumerate(ROWS) for name in row.split()}
# Rooms may include all headers except those of dropin/ and main. Only the listed files and dropin/
# may include a room's headers.
ROOMS = {
    "debug/": {"debug/debug.h": "main heap api realloc free_rcu fallback arena",
               "debug/report.h": "heap api magazine pool record",
               "debug/sanitize.h": "api bulk pool arena freelist class"},
    "observe/": {"observe/debugfs.h": "main heap",
                 "observe/trace.h": "api bulk refill trim depot arena"},
}
INCLUDE = re.compile(r'^#include "(\S+)"', re.M)


def _unit(path):
    """Name of the file in ROWS: its room, or the file without its suffix."""
    return path[:path.index("/") + 1] if "/" in path else path.rpartition(".")[0]


def _fault(path, header):
    """Return why the include is wrong, or nothing."""
    me, other = _unit(path), _unit(header)
    if me in ROOMS:
        return "it is above" if other in ("dropin/", "main") else ""
    if me == other:
        return ""
    if other in ROOMS:
        if me == "dropin/" or me in ROOMS[other].get(header, "").split():
            return ""
        return f"{me} is not one of the files that may call it"
    if missing := {me, other} - ROW.keys():
        return f"{', '.join(sorted(missing))}: has no row in tools/test/check/layers.py"
    return "it is above, or beside" if ROW[other] >= ROW[me] else ""


def faults(sources):
    """Lines for the wrong includes of sources: path below module/ -> text."""
    return [f"module/{path}: includes {header}: {why}" for path, text in sorted(sources.items())
            for header in INCLUDE.findall(text) if (why := _fault(path, header))]


def check():
    """No file of module/ includes a header of a layer above its own."""
    top = ROOT / "module"
    sources = {str(path.relative_to(top)): path.read_text() for path in top.rglob("*.[ch]")
               if path.parent.name != "include" and not path.name.endswith(".mod.c")}
    return "\n".join(faults(sources))
