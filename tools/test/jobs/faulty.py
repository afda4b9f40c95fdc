# SPDX-License-Identifier: GPL-2.0
"""The table kunit/misuse_rows.h, and the reports of sanitizers that it expects in the log."""

import re

from common import ROOT

ROWS = ROOT / "kunit/misuse_rows.h"
OFFSET = r"\+0x[0-9a-f]+/0x[0-9a-f]+"


def programs():
    """(Suffix of the macro, arguments) of each row of the table."""
    return re.findall(r"^MISUSE(\w*)\((.*?)\)$", ROWS.read_text(), re.M | re.S)


def _report(checker, sanitizer):
    """Pattern of a report's title, or of the programs' own line."""
    if sanitizer == "counted":
        return r"misuse: counted 1"   # kpool's own line, which is rate-limited
    function = sanitizer.split()[-1]
    module = "kpool" if function.startswith("kpool_") else "kpool_misuse"
    return rf"BUG: {checker}: {sanitizer}{OFFSET} \[{module}\]"


def _reports(checker):
    """Patterns of each program's begin and report, in the order of the table."""
    for _, row in programs():
        sanitizer = re.search(r'\.sanitizer = "([^"]*)"', row)
        if sanitizer and ("MISUSE_KMSAN" in row) == (checker == "KMSAN"):
            yield rf"misuse: begin {row.split(',')[0]}: .*"
            if sanitizer[1]:
                yield _report(checker, sanitizer[1])


def reports(checker):
    """The script commits all faults with three sizes. After KASAN, it loses blocks."""
    leaks = [r"kmemleak: [0-9]+ new suspected memory leaks .*"] if checker == "KASAN" else []
    return [*3 * list(_reports(checker)), *leaks]
