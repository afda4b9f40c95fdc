# SPDX-License-Identifier: GPL-2.0
"""`make docs` and `make man`: Documentation as HTML, and its manual pages, by Sphinx."""

import os
import shutil

import kernels
from common import BUILD, JOBS, ROOT, run, say, step

OUT = BUILD / "docs"


def _tree(kernel):
    """What the kernel's extensions take for a kernel's tree: its scripts, our documentation."""
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
        # -E: what is not read again would not be warned of again.
        run(["sphinx-build", "-q", "-E", "-W", "--keep-going", "-j", JOBS, "-b", builder,
             "-d", OUT / "doctrees", ROOT / "Documentation", out], log, "sphinx-build",
            env={**os.environ, "KERNEL": str(kernel), "srctree": str(_tree(kernel)),
                 "PYTHONDONTWRITEBYTECODE": "1"})


def html():
    """Pages in build/docs/html; a warning of Sphinx or kernel-doc is an error."""
    _sphinx("html", OUT / "html")
    say(OUT / "html/index.html")


def man(out=BUILD / "man"):
    """Manual pages."""
    _sphinx("man", out)
    for page in sorted(out.glob("*.[48]")):
        say(page)
