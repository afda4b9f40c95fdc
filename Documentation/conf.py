# SPDX-License-Identifier: GPL-2.0
"""How Sphinx makes HTML and manual pages of this directory: `make docs`, `make man`.

KERNEL names a directory with the kernel's kernel-doc and get_abi.pl, and the extensions that
call them; tools/test/check/docs.py sets it.
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
version = release = re.search(r'KPOOL_VERSION\s+"(.*)"',
                              (HERE.parent / "module/debugfs.h").read_text())[1]
extensions = ["sphinx.ext.graphviz", "kerneldoc", "kernel_abi"]
c_id_attributes = ["__malloc"]
exclude_patterns = ["performance"]   # parts of performance.rst
nitpicky = True
# Types of the kernel's, in the prototypes of functions.
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


class KpoolStats(Directive):
    """struct kpool_stats: a macro lists its fields, so kernel-doc finds none."""

    def run(self):
        header = (HERE.parent / "module/include/kpool.h").read_text()
        short, text = re.search(r"/\*\*\n \* struct kpool_stats - (.*)\n((?: \*.*\n)*?) \*/\n",
                                header).groups()
        lines = [".. c:struct:: kpool_stats", "", f"   {short}",
                 *(f"   {line[3:]}" for line in text.splitlines()), ""]
        fields = re.search(r"#define KPOOL_STATS\(X\)((?:.*\\\n)*.*\n)", header)[1]
        for name, meaning in re.findall(r'\bX\((\w+), "(.*)"\)', fields):
            lines += [f"   .. c:member:: u64 {name}", "", f"      {meaning}", ""]
        self.state_machine.insert_input(lines, "module/include/kpool.h")
        return []


def setup(app):
    app.add_directive("kpool-stats", KpoolStats)


man_pages = [
    ("kpool", "kpool", "pool allocator for small objects in the kernel", [], 4),
    ("kpoolstat", "kpoolstat", "show what kpool's heaps hold and do", [], 8),
]
