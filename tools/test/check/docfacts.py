# SPDX-License-Identifier: GPL-2.0
"""Compares parameters, files and figures in Documentation with the sources."""

import importlib
import re

from check import docs
from common import ROOT
from jobs import misuse
from kernels import kernels

# A page with one good row, three partial rows, two structures with members and one without.
FAULTY = """<table><tr><th>a</th><th><p>b</p></th></tr>
<tr><td><p>c,</p></td><td>d</td></tr> <tr><td>e</td>
<td><p></p></td></tr><tr><td></td><td>f</td></tr></table>
<dl class="c struct"><dt id="c.full"></dt></dl><dl class="c member"><dt id="c.full.x"></dt></dl>
<dl class="c struct"><dt id="c.also"></dt></dl><p><strong>Members</strong></p> <dl></dl>
<dl class="c struct"><dt id="c.empty"></dt></dl><p><strong>Members</strong></p></div>"""
ABI = "Documentation/ABI/testing/debugfs-kpool"


# A simple table: good rows, one with a wrapped last cell, one with a wrapped first cell.
WRAPPED = """
=========  =========
a          b
=========  =========
c, d       e
f g        h i j k l
           m
n o p q r  s t u v w
x y        z
=========  =========
"""
VERSIONED = re.compile(r"(?:Status:\*\*|kpool \d+) (\d+\.\d+\.\d+)\b")
COUNTED = re.compile(r"\b(\d\d+) (?:size )?classes\b")


def _source(name):
    return (ROOT / name).read_text()


def _in_module(name):
    """Text of a file below module/, in any directory."""
    return next((ROOT / "module").rglob(name)).read_text()


def _pages():
    return [ROOT / "README.md", *sorted((ROOT / "Documentation").rglob("*.rst"))]


def _abi():
    """Text of the ABI page on each file, by name."""
    parts = re.split(r"^What:\t\t(\S+)\n", _source(ABI), flags=re.M)[1:]
    return {path.rpartition("/")[2]: text for path, text in zip(parts[::2], parts[1::2])
            if not path.endswith("/")}


def _fields(text):
    """First column of the tables in text."""
    return re.findall(r"^\t\t([a-z_]+) {2,}\S", text, re.M)


def _listed(source, macro):
    """Names in a macro that is a list."""
    body = re.search(rf"#define {macro}\(X\)((?:.*\\\n)*.*\n)", source)[1]
    return re.findall(r"\bX\((\w+)", body)


def _parameters():
    """Range and default of each parameter, (in the page, by modinfo)."""
    page = re.findall(r"^``(\w+)`` \([\w ]+, (?:(\d+ to \d+), )?default (\w+)\)$",
                      _source("Documentation/tuning.rst"), re.M)
    code = re.findall(r'^MODULE_PARM_DESC\((\w+), ".*?(?:, (\d+ to \d+))? \(default (\w+)\)"',
                      _modules(), re.M)
    return sorted(page), sorted((*row, default.replace("off", "N")) for *row, default in code)


def _modules():
    return "".join(path.read_text() for path in sorted((ROOT / "module").rglob("*.c")))


def wrapped(text):
    """Rows of simple tables that seem to continue the first cell of the row above: the next word
    of each cell did not fit there. Sphinx makes separate rows of them."""
    found, above, starts = [], None, ()
    for line in text.splitlines():
        if re.fullmatch(r"=+( +=+)+", line):
            starts, above = [match.start() for match in re.finditer("=+", line)], None
            last = len(line)
        elif starts and line.strip():
            cells = [line[a:b].strip() for a, b in zip(starts, [*starts[1:], None])]
            widths = [b - a - 2 for a, b in zip(starts, [*starts[1:], last + 2])]
            if above and " " in above[0] and all(cells) and all(
                    cell[0].islower() and len(old) + 1 + len(cell.split()[0]) > width
                    for old, cell, width in zip(above, cells, widths)):
                found.append(line.strip())
            above = cells if all(cells) else None
        else:
            starts = ()
    return found


def _class_sizes():
    """The size classes, (in the design page, in the sources)."""
    page = " ".join(_source("Documentation/design.rst").split())
    steps, rest = re.search(r"multiples of 8 bytes: 8 to (\d+) in steps of 8, ([\d, ]+)\.",
                            page).groups()
    sizes = re.search(r"#define KPOOL_CLASSES\(X\)((?:.*\\\n)*.*\n)",
                      _in_module("kpool_inline.h"))[1]
    return ([*range(8, int(steps) + 1, 8), *map(int, rest.split(", "))],
            [int(size) for size in re.findall(r"X\((\d+)\)", sizes)])


def _headlines():
    """Figures in README.md that the tables lack. README.md names the workload in brackets."""
    tables = _source("Documentation/performance/results.rst")
    rows = re.findall(r"^\| .*\(`(\w+)`\).*?\|(.*)\|$|^\| .*`(hot_\w+)`.*?\|(.*)\|$",
                      _source("README.md"), re.M)
    found = []
    for row in rows:
        name, cells = filter(None, row)
        real = " ".join(re.findall(rf"^   {name} (.*)", tables, re.M))
        found += [f"{name}: {cell}" for cell in re.findall(r"[\d.]+", cells) if cell not in real]
    return found if rows else ["all of them"]


def _functions_left_out():
    """Functions of the headers that the API page does not include from the sources."""
    page = _source("Documentation/api.rst")
    exported = re.findall(r"kernel-doc:: \.\./(\S+)\n +:export:", page)
    told = [name for path in exported
            for name in re.findall(r"^EXPORT_SYMBOL_GPL\((\w+)\)", _source(path), re.M)]
    for path, names in re.findall(r"kernel-doc:: \.\./(\S+)\n +:identifiers:(.*\n(?: {10,}.*\n)*)",
                                  page):
        told += [name for name in names.split() if f"\n * {name}() - " in _source(path)]
    made = re.findall(r"^(?:#define |[a-z_].*?[ *]|)(kpool_\w+)\(",
                      _source("module/include/kpool.h"), re.M)
    made += re.findall(r"^ \* (\w+)\(\) - ", _source("module/include/kpool_inline.h"), re.M)
    return sorted({*made} - {*told})


def _jobs():
    """Jobs of each tier, (in the page, in suite.py). Stock kernels share a row and are left out."""
    suite = importlib.import_module("suite")
    page = _source("Documentation/testing-jobs.rst")
    said = [sorted(re.findall(r"^``([\w.-]+)`` {2,}", part, re.M))
            for part in re.split(r"^make [\w-]+\n=+$", page, flags=re.M)[1:]]
    return said, [sorted({*tier} - {*kernels.STOCK}) for tier in (suite.TEST, suite.MORE, suite.SLOW)]


def facts():
    """(name, as documented, in the sources) of all facts that must be equal."""
    abi, debugfs = _abi(), _in_module("debugfs.c")
    arenas = re.search(r'seq_puts\(m, "(id .*)\\n"', debugfs)[1].split()
    said, described = _parameters()
    stats = _listed(_source("module/include/kpool.h"), "KPOOL_STATS")
    classes, sizes = _class_sizes()
    jobs, tiers = _jobs()
    version = next(filter(None, (re.search(r'KPOOL_VERSION\s+"(.*)"', path.read_text())
                                 for path in (ROOT / "module").rglob("*.h"))))[1]
    named = re.findall(r"``([a-z]+_[a-z_]+)``", _source("Documentation/statistics.rst"))
    return [
        ("faults found in a page", ["c, | d", "e | ", " | f", "empty"],
         [fault.partition(": ")[2] for fault in docs.faults(FAULTY)]),
        ("outcomes of misuse that the page has not", misuse.differences(), []),
        ("parameters", said, described),
        ("parameters with a description", [name for name, *_ in described],
         sorted(re.findall(r"^(?:KPOOL_PARAM|module_param\w*)\((\w+),", _modules(), re.M))),
        ("functions that api.rst leaves out", [], _functions_left_out()),
        ("debugfs files", sorted(abi),
         sorted(re.findall(r'debugfs_create_file\w*\("(\w+)"', _modules()))),
        ("size classes", classes, sizes),
        ("counts of size classes", [], [
            f"{path.name}: {found[0]}" for path in _pages()
            for found in COUNTED.finditer(path.read_text()) if int(found[1]) != len(sizes)]),
        ("versions", [], [
            f"{path.name}: {found[1]}" for path in _pages()
            for found in VERSIONED.finditer(path.read_text()) if found[1] != version]),
        ("test jobs", jobs, tiers),
        ("headlines without a table", [], _headlines()),
        ("wrapped rows of a table", ["x y        z"], wrapped(WRAPPED)),
        ("first cells that wrap, which takes a grid table", [], [
            f"{path.name}: {row}" for path in _pages() if path.stem not in docs.WRITTEN
            for row in wrapped(path.read_text())]),
        ("figures that statistics.rst makes up", [],
         sorted({*named} - {*stats} - {name for name, *_ in described})),
        ("columns of classes", _fields(abi["classes"]),
         ["class", *_listed(_in_module("stats.h"), "KPOOL_CLASS_STATS")]),
        # A table of characters follows the table of columns.
        ("columns of arenas", _fields(abi["arenas"])[:len(arenas)], arenas),
        ("links of README.md that lead nowhere", [],
         [link for link in re.findall(r"\]\(([^):#]+)\)", _source("README.md"))
          if not (ROOT / link).exists()]),
    ]
