# SPDX-License-Identifier: GPL-2.0
"""Shared by tests of the live screen: kpoolstat in a terminal, and places on the screen."""

import contextlib

from cases import equal
from terminal import Terminal


@contextlib.contextmanager
def live(place, *args, columns=80, lines=24, env=None, wait="q quit", root=True):
    with Terminal(place.command(*args, root=root), columns, lines, env) as term:
        yield term.wait(wait)


def press(term, *keys, wait):
    term.keys(*keys)
    return term.wait(wait)


def rows(term, first=5, last=-1):
    """First words of the lines of a list, except the sum of all heaps."""
    names = [line.split()[0] for line in term.text().splitlines()[first:last] if line.strip()]
    return [name for name in names if name != "(all)"]


def selected(term, line, column=0):
    return term.screen.buffer[line][column].reverse


def row(term, name):
    """The figures of a row, by head."""
    heads = term.line(4).split()
    line = next(line for line in term.screen.display[5:] if line.split()[:1] == [name])
    return dict(zip(heads, line.split()))


def quits(term):
    term.keys("q")
    equal(term.end(), 0, "exit status")


def strip(term, line, left=15):
    return term.line(line)[left:left + 64]
