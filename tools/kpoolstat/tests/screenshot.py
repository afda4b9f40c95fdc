#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Draw the terminal screen of a program as SVG, with its colours.

  screenshot.py --keys 3 down --out map.svg -- kpoolstat replay run.rec

Needs pyte (Debian: python3-pyte).
"""

import argparse
import pathlib
from xml.sax.saxutils import escape, quoteattr

import terminal

CELL = 8.4, 18      # size of a character of 14 pixels
MARGIN = 12
BACK, TEXT = "#16181d", "#d8dbe2"
COLORS = {"black": "#3b4048", "red": "#e06c75", "green": "#8fc379", "brown": "#e5c07b",
          "blue": "#5c9ded", "magenta": "#c678dd", "cyan": "#56b6c2", "white": TEXT}


def color(name, default):
    """The SVG colour for a name of pyte: a word, or six hexadecimal digits."""
    if name == "default":
        return default
    return COLORS.get(name.removeprefix("bright")) or f"#{name}"


def style(char):
    fore, back = color(char.fg, TEXT), color(char.bg, BACK)
    if char.reverse:
        fore, back = back, fore
    return fore, back, char.bold, char.underscore


def runs(line, columns):
    """Stretches of one style in a line: [column, text, style]."""
    found = []
    for column in range(columns):
        char = line[column]
        if found and found[-1][2] == style(char):
            found[-1][1] += char.data
        else:
            found.append([column, char.data, style(char)])
    return found


def draw(screen):
    """The lines of the SVG."""
    width = screen.columns * CELL[0] + 2 * MARGIN
    height = screen.lines * CELL[1] + 2 * MARGIN
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
           f'width="{width:g}" height="{height:g}">')
    yield f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>'
    yield ('<g font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="14" '
           'xml:space="preserve" style="white-space:pre">')   # old readers, and browsers
    for number in range(screen.lines):
        top = MARGIN + number * CELL[1]
        spans = ""
        for column, text, (fore, back, bold, under) in runs(screen.buffer[number], screen.columns):
            left, wide = MARGIN + column * CELL[0], len(text) * CELL[0]
            if back != BACK:
                yield (f'<rect x="{left:g}" y="{top:g}" width="{wide:g}" height="{CELL[1]}" '
                       f'fill={quoteattr(back)}/>')
            if text.strip():
                extra = ' font-weight="bold"' * bold + ' text-decoration="underline"' * under
                spans += (f'<tspan x="{left:g}" textLength="{wide:g}" fill={quoteattr(fore)}'
                          f'{extra}>{escape(text)}</tspan>')
        if spans:
            yield f'<text y="{top + 14:g}">{spans}</text>'
    yield "</g></svg>"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--size", default="80x24", help="columns x lines (default 80x24)")
    parser.add_argument("--keys", nargs="*", default=[], help="keys to press: letters, or "
                        + ", ".join(terminal.KEYS))
    parser.add_argument("--wait", default="", help="text that must be on the screen first")
    parser.add_argument("--pause", type=float, default=0.3, help="seconds after each key")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the file to write")
    parser.add_argument("command", nargs="+", help="after --")
    args = parser.parse_args()
    columns, lines = map(int, args.size.split("x"))
    with terminal.Terminal(args.command, columns, lines) as term:
        term.wait(lambda t: t.text().strip())
        for key in args.keys:
            term.feed(args.pause)
            term.keys(key)
        term.feed(args.pause)
        term.wait(args.wait)
        args.out.write_text("\n".join(draw(term.screen)) + "\n")


if __name__ == "__main__":
    main()
