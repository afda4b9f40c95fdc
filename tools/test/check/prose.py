# SPDX-License-Identifier: GPL-2.0
"""Words that comments, messages and pages are better off without."""

import io
import pathlib
import re
import tokenize

from common import ROOT, sources

HAVE_THEM = ("prose.py", "test_prose.py")
# Code and data have no gender and no will; and some words that a reader with little English lacks.
WORDS = re.compile(r"\b(he|she|him|his|hers|himself|who|whom|whose|whoever|whomever|somebody|someone|"
                   r"nobody|anybody|anyone|everybody|lest|but for|by and by|for its part|be it|"
                   r"are it|is it that)\b", re.I)
BEGINNING = re.compile(r"^(What\b(?!.*\?)|The same\b)")
C_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.S)
SHELL_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#(?!!)[^\n]*(?:\n[ \t]*#[^\n]*)*", re.M)
# Literal text of a page: names, commands and what they print.
LITERAL = {".rst": re.compile(r"``[^`]*``|:\w+:`[^`]*`|`[^`]*`_"), ".md": re.compile(r"`[^`]*`")}
BLOCK = {".rst": re.compile(r"^( *)[^\n]*::(?: \w+)?\n(?:\1 +\S[^\n]*\n|\n)+", re.M),
         ".md": re.compile(r"^```.*?^```", re.M | re.S)}


def _blank(match):
    """Nothing, on as many lines."""
    return "\n" * match[0].count("\n")


def _plain(comment):
    """A comment without its marks."""
    return re.sub(r"^[ \t]*(/\*+|\*/|\*|//|#+|\"\"\")?[ \t]?|\*/$|\"\"\"$", "", comment, flags=re.M)


def _of_c(text):
    """Comments, and strings with blanks, which are messages: pairs of line and text."""
    for found in C_COMMENT.finditer(text):
        if found[0][0] == "/" or " " in found[0]:
            yield text.count("\n", 0, found.start()) + 1, found[0]


def _of_python(text):
    kept = (tokenize.COMMENT, tokenize.STRING)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in kept and (token.type == tokenize.COMMENT or '"""' in token.string[:4]):
            yield token.start[0], token.string


def _of_shell(text):
    for found in SHELL_COMMENT.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[0]


def _of_page(suffix):
    def parts(text):
        text = LITERAL[suffix].sub("", BLOCK[suffix].sub(_blank, text))
        for number, line in enumerate(text.split("\n"), 1):
            yield number, line
    return parts


PARTS = {".c": _of_c, ".h": _of_c, ".py": _of_python, ".sh": _of_shell, ".rst": _of_page(".rst"),
         ".md": _of_page(".md")}


def faults(name, text):
    """Lines for the words to avoid in a file of that name."""
    suffix = pathlib.PurePath(name).suffix
    for start, part in PARTS[suffix](text):
        for number, line in enumerate(part.split("\n")):
            if found := WORDS.search(line):
                yield f"{name}:{start + number}: \"{found[0]}\""
        if suffix not in LITERAL and (found := BEGINNING.match(_plain(part).strip())):
            yield f"{name}:{start}: begins with \"{found[0]}\""


def files():
    """Paths of our files, and their text."""
    for path in (*sources(*PARTS), *ROOT.glob("*.md"), *(ROOT / "debian").rglob("*.sh")):
        if path.name not in HAVE_THEM:
            yield str(path.relative_to(ROOT)), path.read_text()


def check():
    """No comment, message or page has one of the words."""
    return "\n".join(line for name, text in files() for line in faults(name, text))
