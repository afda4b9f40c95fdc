# SPDX-License-Identifier: GPL-2.0
"""`make docs` and `make man`: Documentation as HTML, and its manual pages, by Sphinx."""

import os
import re
import shutil

from common import BUILD, JOBS, ROOT, Fail, run, say, step
from kernels import kernels

OUT = BUILD / "docs"
# Pages with tables written by tests. Cells may be empty where a column does not apply.
WRITTEN = ("clients", "matrix", "misuse")


def _tree(kernel):
    """Make a tree that the kernel's Sphinx extensions accept: its scripts, our documentation."""
    tree = OUT / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    (tree / "scripts").symlink_to(kernel / "scripts")
    (tree / "Documentation").symlink_to(ROOT / "Documentation")
    return tree


def _sphinx(builder, out):
    kernel = kernels.docs("6.12")
    log = OUT / f"{builder}.log"
    log.unlink(missing_ok=True)
    with step(f"docs: {builder}"):
        # -E: read all pages again, so that all warnings are repeated.
        run(["sphinx-build", "-q", "-E", "-W", "--keep-going", "-j", JOBS, "-b", builder,
             "-d", OUT / "doctrees", ROOT / "Documentation", out], log, "sphinx-build",
            env={**os.environ, "KERNEL": str(kernel), "srctree": str(_tree(kernel)),
                 "PYTHONDONTWRITEBYTECODE": "1"})


def faults(page, written=False):
    """Faults of an HTML page for which Sphinx has no warning: partial rows of a table, made from
    a first cell of several lines, and structures without members."""
    found = []
    for row in re.findall(r"<tr\b.*?</tr>", page, re.S):
        cells = [re.sub(r"<(?!img|object)[^>]*>", "", cell).strip()
                 for cell in re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row, re.S)]
        if not (any(cells[1:]) if written else all(cells)) or cells[0].endswith(","):
            found.append(f"part of a row (use a grid table): {' | '.join(cells)}")
    for part in re.split(r'<dl class="c (?!member\b)', page)[1:]:
        members = r'<strong>Members</strong></p>\s*<dl|<dl class="c member'
        if part.startswith("struct") and not re.search(members, part):
            found.append("no members: " + re.search(r'id="c\.([^"]*)"', part)[1])
    return found


def html():
    """Write build/docs/html. A warning of Sphinx or kernel-doc, or a fault, is an error."""
    _sphinx("html", OUT / "html")
    found = [f"{path.name}: {fault}" for path in sorted((OUT / "html").glob("*.html"))
             for fault in faults(path.read_text(), path.stem in WRITTEN)]
    if found:
        raise Fail("pages with faults:\n  " + "\n  ".join(found))
    say(OUT / "html/index.html")


def man(out=BUILD / "man"):
    """Write the manual pages."""
    _sphinx("man", out)
    for page in sorted(out.glob("*.[48]")):
        say(page)
