# SPDX-License-Identifier: GPL-2.0
"""How Sphinx makes HTML and manual pages of this directory: `make docs`, `make man`.

KERNEL names a directory with the kernel's kernel-doc, get_abi.pl and the extensions that call
them. tools/test/check/docs.py sets it.
"""

import os
import pathlib
import re
import sys

from docutils.parsers.rst import Directive

HERE = pathlib.Path(__file__).resolve().parent
KERNEL = pathlib.Path(os.environ["KERNEL"])
sys.path.insert(0, str(KERNEL / "Documentation/sphinx"))

project = "kpool"
version = release = next(found[1] for path in (HERE.parent / "module").rglob("*.h")
                         if (found := re.search(r'KPOOL_VERSION\s+"(.*)"', path.read_text())))
extensions = ["sphinx.ext.graphviz", "kerneldoc", "kernel_abi"]
c_id_attributes = ["__malloc"]
exclude_patterns = ["performance"]   # parts of performance.rst
nitpicky = True
# The kernel's types in the prototypes of functions.
nitpick_ignore_regex = [("c:identifier", r"(size_t|gfp_t|bool|u64|rcu_head|kpool_heap)")]
highlight_language = "none"
smartquotes = False

# Warnings of kernel-doc are errors, and those are Sphinx's warnings.
os.environ["KDOC_WERROR"] = "1"
kerneldoc_bin = str(KERNEL / "scripts/kernel-doc")
kerneldoc_srctree = str(HERE)
kerneldoc_verbosity = 1

html_theme = "alabaster"
html_theme_options = {"page_width": "1100px", "sidebar_width": "220px",
                      "description": "pool allocator for small objects"}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_copy_source = False
html_show_copyright = False
graphviz_output_format = "svg"


HEADER = "module/include/kpool.h"


def stats():
    """Name and meaning of each figure, from the list KPOOL_STATS."""
    text = (HERE.parent / HEADER).read_text()
    fields = re.search(r"#define KPOOL_STATS\(X\)((?:.*\\\n)*.*\n)", text)[1]
    return re.findall(r'\bX\((\w+), "(.*)"\)', fields)


class KpoolStats(Directive):
    """struct kpool_stats: a macro lists its fields, so kernel-doc finds none."""

    def run(self):
        short, text = re.search(r"/\*\*\n \* struct kpool_stats - (.*)\n((?: \*.*\n)*?) \*/\n",
                                (HERE.parent / HEADER).read_text()).groups()
        lines = [".. c:struct:: kpool_stats", "", f"   {short}",
                 *(f"   {line[3:]}" for line in text.splitlines()), ""]
        for name, meaning in stats():
            lines += [f"   .. c:member:: u64 {name}", "", f"      {meaning}", ""]
        self.state_machine.insert_input(lines, HEADER)
        return []


class KpoolFigures(Directive):
    """The keys of the debugfs file "stats", which are those fields."""

    def run(self):
        lines = [text for name, meaning in stats() for text in (f"``{name}``", f"    {meaning}")]
        self.state_machine.insert_input([*lines, ""], HEADER)
        return []


def includes():
    """File of module/ -> files that it includes, less those that it includes through another one.
    The rooms debug/ and observe/, which include most files, are left out."""
    top, found = HERE.parent / "module", {}
    for path in top.rglob("*.[ch]"):
        room = path.parent.relative_to(top).as_posix()
        if room in (".", "dropin") and not path.name.endswith(".mod.c"):
            name = path.stem if room == "." else room
            found.setdefault(name, set()).update(
                re.findall(r'^#include "(\w+)\.h"', path.read_text(), re.M))

    def below(name):
        return set().union(*(below(other) | {other} for other in direct(name)))

    def direct(name):
        return found.get(name, set()) - {name}
    return {name: direct(name) - set().union(*map(below, direct(name))) for name in found}


class KpoolIncludes(Directive):
    """A picture of includes()."""

    def run(self):
        edges = [f"   {name} -> {{{' '.join(sorted(others))}}}"
                 for name, others in sorted(includes().items())]
        self.state_machine.insert_input(
            [".. graphviz::", "   :alt: which file of module/ includes which", "",
             "   digraph {", "   node [shape=box, height=0.3, fontsize=11]", *edges, "   }", ""],
            "module/")
        return []


def setup(app):
    app.add_directive("kpool-includes", KpoolIncludes)
    app.add_directive("kpool-stats", KpoolStats)
    app.add_directive("kpool-figures", KpoolFigures)


man_pages = [
    ("kpool", "kpool", "pool allocator for small objects in the kernel", [], 4),
    ("kpoolstat", "kpoolstat", "show the memory and activity of kpool's heaps", [], 8),
]
