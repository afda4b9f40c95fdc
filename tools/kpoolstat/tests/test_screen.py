# SPDX-License-Identifier: GPL-2.0
"""The live screen: keys, sorting, filters, the map, sizes, signals, replays."""

import contextlib
import os
import re
import signal
import time

import cases
from cases import equal, has, test
from terminal import Terminal

VIEWS = ("heaps", "classes", "map", "slabs", "figures")


@contextlib.contextmanager
def live(place, *args, columns=80, lines=24, env=None, wait="q quit", root=True):
    with Terminal(place.command(*args, root=root), columns, lines, env) as term:
        yield term.wait(wait)


def press(term, *keys, wait):
    term.keys(*keys)
    return term.wait(wait)


def rows(term, first=5, last=-1):
    """First words of the lines of a list."""
    return [line.split()[0] for line in term.text().splitlines()[first:last] if line.strip()]


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


@test
def shows_heaps(place):
    stats = place.tree.heaps["default"].stats()
    with live(place) as term:
        has(term.line(0), "kpoolstat", "kpool 0.9.1", "every 1 s")
        has(term.line(1), "held 2.0M in 8 arenas, 0 empty; 8 created, 0 released")
        has(term.line(2), "used", "cached", "free", "tail", "head 1.6%")
        equal([word for word in term.line(3).split() if word.isalpha()], list(VIEWS))
        equal(rows(term), ["default", "debug", "net"])
        found = row(term, "default")
        equal((found["ARENAS"], found["USED%"]),
              (str(stats["arenas"]), f"{100 * stats['bytes_used'] / stats['bytes']:.1f}"))
        equal(found["ALLOC/s"], "-")
        quits(term)
        assert term.is_sane()


@test
def shows_rates(place):
    with live(place, "-d", "0.5") as term:
        term.wait(lambda t: row(t, "default")["ALLOC/s"] == "0")
        place.tree.heaps["default"].alloc(64, 5000)
        place.tree.write()
        term.wait(lambda t: row(t, "default")["ALLOC/s"] not in "-0")
        # Over about half a second, or two of them if the machine is slow.
        rate = int(row(term, "default")["ALLOC/s"])
        assert 500 < rate < 12000, rate
        share = float(row(term, "default")["MAG%"])
        assert 90 < share < 100, share
        allocs = place.tree.heaps["default"].stats()["allocs"]
        press(term, "t", wait=lambda t: row(t, "default").get("ALLOC") == str(allocs))
        press(term, "t", wait="ALLOC/s")


@test
def views_by_key(place):
    marks = {"heaps": "ARENAS", "classes": "POOLS", "map": "pools: colour class",
             "slabs": "ASKMALLOC", "figures": "arena_size"}
    with live(place) as term:
        for number, view in enumerate(VIEWS, 1):
            press(term, str(number), wait=marks[view])
        for view in VIEWS:
            press(term, "tab", wait=marks[view])
        for view in reversed(VIEWS[:-1]):
            press(term, "backtab", wait=marks[view])
        press(term, "h", wait="this help, and back")
        press(term, "h", wait=marks["heaps"])
        press(term, "?", wait="this help, and back")
        press(term, "esc", wait=marks["heaps"])
        quits(term)


@test
def sorts(place):
    with live(place) as term:
        press(term, "r", wait=lambda t: rows(t) == ["debug", "net", "default"])
        press(term, "r", wait=lambda t: rows(t) == ["default", "debug", "net"])
        # HELD, then USED.
        press(term, "s", wait=lambda t: rows(t) == ["default", "net", "debug"])
        press(term, "<", wait=lambda t: rows(t) == ["default", "debug", "net"])
        press(term, "right", wait=lambda t: rows(t) == ["default", "net", "debug"])
        press(term, "left", "left", "left", "r",
              wait=lambda t: rows(t) == ["net", "default", "debug"])
        # Columns on the right come into sight when they are sorted by.
        assert not term.find("META")
        press(term, "<", wait="META")
        assert not term.find("ARENAS") and term.find("HEAP ")
        press(term, ">", wait="ARENAS")
        press(term, "2", wait="POOLS")
        equal(rows(term)[:2], ["64", "128"])
        press(term, *"<<<", wait=lambda t: rows(t)[:3] == ["8", "16", "24"])
        press(term, "r", wait=lambda t: rows(t)[:3] == ["1024", "816", "680"])
        quits(term)


@test
def sorts_from_the_command_line(place):
    with live(place, "-v", "classes", "-s", "USED", "-r", "-f", "2", wait="filter: 2") as term:
        found = [int(row(term, name)["USED"]) for name in rows(term)]
        equal(found, sorted(found))
        assert all("2" in name for name in rows(term))


@test
def filters(place):
    with live(place) as term:
        press(term, "/", wait="filter: _")
        press(term, "n", wait="filter: n_")
        equal(rows(term), ["net"])
        press(term, "x", wait="nothing has that in its name")
        press(term, "backspace", wait=lambda t: rows(t) == ["net"])
        press(term, "enter", wait="filter: n  (/ Enter: none)")
        equal(rows(term), ["net"])
        press(term, "/", "q", "esc", wait="filter: n  (/ Enter: none)")
        press(term, "/", "enter", wait="q quit")
        equal(rows(term), ["default", "debug", "net"])
        press(term, "2", "/", "6", "4", "enter", wait="filter: 64")
        equal(rows(term), ["64", "264"] if 264 in cases.fakeheap.SIZES else ["64"])
        # Each view has its own.
        press(term, "1", wait=lambda t: rows(t) == ["default", "debug", "net"])
        quits(term)


@test
def opens_a_heap(place):
    with live(place) as term:
        press(term, "down", "down", "enter", wait="heap: net")
        has(term.text(), "POOLS")
        equal(row(term, "192")["USED"], "500")
        press(term, "]", wait="heap: (all)")
        used = sum(heap.used[cases.fakeheap.SIZES.index(1024)]
                   for heap in place.tree.heaps.values())
        equal(row(term, "1024")["USED"], str(used))
        press(term, "3", wait="the map is of one heap")
        press(term, "]", wait="heap: default")
        press(term, "[", "[", wait="heap: net")
        press(term, "esc", wait="ARENAS")
        quits(term)


@test
def pauses(place):
    with live(place, "-d", "0.2") as term:
        before = row(press(term, "p", wait="PAUSED"), "default")["HELD"]
        for _ in range(4):
            place.tree.heaps["default"].alloc(1024, 500)
        place.tree.write()
        term.feed(0.8)
        equal(row(term, "default")["HELD"], before)
        # All views show the same moment.
        arenas = len(place.tree.heaps["default"].arenas)
        press(term, "3", wait="pools: colour")
        assert 0 < len(rows(term, 5, -3)) < arenas
        press(term, "1", "space", wait=lambda t: "PAUSED" not in t.text()
              and row(t, "default")["HELD"] != before)
        press(term, "+", wait="every 0.5 s")
        press(term, "-", "-", "-", wait="every 0.1 s")
        quits(term)


def strip(term, line, left=15):
    return term.line(line)[left:left + 64]


@test
def map_shows_each_pool(place):
    """Letters and heights are those of the file, pool by pool."""
    arenas = cases.columns((place.root / "heaps/default/arenas").read_text())
    blocks = "▁▂▃▄▅▆▇█"
    with live(place, "-v", "map", "-d", "60") as term:
        for number, arena in enumerate(arenas):
            expected = "".join(
                {"#": "#", ".": "·", "-": "-"}.get(fill) or
                blocks[7 if fill == "F" else int(fill) * 7 // 10] for fill in arena["fill"])
            equal(strip(term, 5 + number), expected)
            equal(term.line(5 + number).split()[:4],
                  [str(arena[key]) for key in ("id", "used", "free", "returned")])
        colours = {}
        for number, arena in enumerate(arenas):
            for pool, letter in enumerate(arena["classes"]):
                if letter.isalpha():
                    colours.setdefault(letter, set()).add(
                        term.screen.buffer[5 + number][15 + pool].fg)
        # A colour for each class, and not for another one.
        assert all(len(found) == 1 for found in colours.values()), colours
        equal(len(set.union(*colours.values())), len(colours))
        press(term, "m", wait="bold full")
        for number, arena in enumerate(arenas):
            equal(strip(term, 5 + number), arena["classes"].replace(".", "·"))
            for pool, fill in enumerate(arena["fill"]):
                if fill.isalnum():
                    equal(term.screen.buffer[5 + number][15 + pool].bold, fill == "F")
        sizes = {letter: cases.fakeheap.SIZES["abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
                                              .index(letter)] for letter in colours}
        has(term.text(), *(f"{letter}:{size}" for letter, size in sizes.items()))
        quits(term)


@test
def map_shows_recycling(place):
    """A pool that goes to another class is seen, reversed, until the next sample."""
    record = place.dir / "r"
    place.run("record", "-n", 1, record)
    text = record.read_text()
    line = next(line for line in text.splitlines() if line.startswith("1 0 63 0 0 #"))
    pools = line.split()[5]
    at = pools.index("h", 7)
    changed = line.replace(pools, f"{pools[:at]}G{pools[at + 1:]}")
    second = cases.retimed(text.split("\n", 2)[2].replace(line, changed), 1)
    third = cases.retimed(text.split("\n", 2)[2].replace(line, changed), 2)
    record.write_text(text + second + "\n" + third + "\n")
    with live(place, "replay", "-v", "map", record, root=False) as term:
        press(term, "g", wait="replay 1/3")
        assert strip(term, 5)[at] in "▁▂▃▄▅▆▇█"
        press(term, "f", wait="replay 2/3")
        equal(strip(term, 5)[at], "G")
        assert selected(term, 5, 15 + at) and not selected(term, 5, 14 + at)
        press(term, "f", wait="replay 3/3")
        assert strip(term, 5)[at] in "▁▂▃▄▅▆▇█" and not selected(term, 5, 15 + at)


@test
def map_filters_and_sorts(place):
    with live(place, "-v", "map", "-d", "60") as term:
        equal(rows(term, 5, -3), list("123456"))
        press(term, "r", wait=lambda t: rows(t, 5, -3) == list("654321"))
        press(term, "s", wait=lambda t: rows(t, 5, -3)[0] == "6")   # fewest pools in use
        press(term, "r", "<", "/", *"1024", "enter", wait="filter: 1024")
        expected = [str(arena.id) for arena in place.tree.heaps["default"].arenas
                    if "O" in "".join(pool.chars()[0] for pool in arena.pools)]
        equal(rows(term, 5, -3), expected)
        press(term, "/", *"816", "enter", wait="no arena has pools of that size")
        quits(term)


@test
def map_of_thousands_of_arenas(place):
    heap = place.tree.heaps["default"]
    while len(heap.arenas) < 4000:
        heap.created += 1
        heap.arenas.append(type(heap.arenas[0])(heap.created, 0))
    place.tree.write()
    with live(place, "-v", "map", "-d", "60") as term:
        press(term, "end", wait=" 4000  0 63")
        page = len(rows(term, 5, -3))
        press(term, "pgup", wait=f" {4000 - page}  0 63")
        press(term, "home", wait="    1 63  0")
        press(term, "pgdn", "down", wait=f" {page + 2}  0 63")
        quits(term)


@test
def resizes(place):
    with live(place, "-d", "60") as term:
        term.resize(40, 10)
        term.wait(lambda t: t.find("default") and t.find("default")[0] == 3)
        equal(term.line(1).split(), [f"{n}{name}" for n, name in enumerate(VIEWS, 1)])
        equal(term.line(2).split(), ["HEAP", "ARENAS", "HELD", "USED", "USED%"])
        assert all(len(line) <= 40 for line in term.text().splitlines())
        press(term, "3", wait="ARENA ")
        # The strip is folded: 34 pools and 30.
        first = place.tree.heaps["default"].arenas[0]
        press(term, "m", wait="pools: class")
        letters = "".join(pool.chars()[0] for pool in first.pools)
        equal(term.line(3)[6:] + term.line(4)[6:], letters)
        for view in "1245h":
            term.keys(view)
            term.feed(0.3)
        press(term, "h", "1", wait="ARENAS")
        term.resize(80, 24)
        term.wait(lambda t: t.find("default") and t.find("default")[0] == 5)
        has(term.text(), "held 2.0M", "ALLOC/s")
        term.resize(200, 50)
        term.wait("META")
        quits(term)


@test
def survives_tiny_terminals(place):
    for columns, lines in (1, 1), (2, 3), (7, 4), (20, 5), (80, 2), (3, 40):
        with Terminal(place.command("-d", "0.1"), columns, lines) as term:
            term.wait(lambda t: t.raw)
            for key in "12345hh/x":
                term.keys(key)
                term.feed(0.1)
            term.keys("enter", "down", "pgdn", "q")
            equal(term.end(), 0, (columns, lines))


@test
def without_colours_and_utf8(place):
    for env, args in (({"TERM": "vt100"}, ()), ({"NO_COLOR": "1"}, ()), ({}, ("--no-color",))):
        with live(place, "-v", "map", *args, env=env) as term:
            # Without colours, letters say the class.
            equal(strip(term, 5).replace("·", "."),
                  "".join(p.chars()[0] for p in place.tree.heaps["default"].arenas[0].pools))
            assert {char.fg for line in term.screen.buffer.values()
                    for char in line.values()} == {"default"}
            quits(term)
    for env, args in (({"LC_ALL": "C"}, ()), ({}, ("--ascii",))):
        with live(place, "-v", "map", *args, env=env) as term:
            term.raw.decode("ascii")
            equal(strip(term, 5),
                  "".join(p.chars()[1] for p in place.tree.heaps["default"].arenas[0].pools))
            quits(term)


@test
def figures_and_traces(place):
    with live(place, "-v", "figures", "-H", "debug", "-d", "60") as term:
        for key, value in list(place.tree.heaps["debug"].stats().items())[:15]:
            assert re.search(rf"^{key} +{value}$", term.text(), re.M), key
        press(term, "end", wait="(no trace)")
        has(term.text(), "40 objects 5120 bytes", "  parse_name+0x1d/0x90 [client]")
        press(term, "/", *"asked", "enter", wait="filter: asked")
        equal(term.line(4).split(), ["asked", "6020"])
        quits(term)


@test
def heaps_come_and_go(place):
    with live(place, "-d", "0.2") as term:
        place.tree.add("fresh").alloc(64, 10)
        place.tree.write()
        term.wait("fresh")
        press(term, "down", "down", "down", "enter", wait="heap: ")
        press(term, *"[[[]]]]", wait="heap: ")
        while not term.find("heap: fresh"):
            press(term, "]", wait="heap: ")
            term.feed(0.2)
        place.tree.remove("fresh")
        term.wait("this heap is not there now")
        press(term, "3", wait="this heap is not there now")
        press(term, "5", wait="this heap is not there now")
        press(term, "1", wait="ARENAS")
        assert not term.find("fresh")
        quits(term)


@test
def module_goes(place):
    """The message is to be read when the terminal is itself again."""
    with live(place, "-d", "0.2") as term:
        (place.root / "version").unlink()
        equal(term.end(), 1, "exit status")
        has(term.raw.decode(), 'has no file "version"')
        assert term.is_sane()


@test
def signals_give_the_terminal_back(place):
    for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT:
        with live(place) as term:
            assert not term.is_sane()
            os.kill(term.pid, number)
            equal(term.end(), -number, "status")
            assert term.is_sane()
    with live(place) as term:
        term.keys("ctrl-c")
        equal(term.end(), -signal.SIGINT, "status")
        assert term.is_sane()
        # The cursor is there again, and the screen of before.
        has(term.raw.decode(), "\x1b[?25h" if "\x1b[?25l" in term.raw.decode() else "\x1b[34h")


@test
def stops_and_goes_on(place):
    with live(place) as term:
        os.kill(term.pid, signal.SIGSTOP)
        time.sleep(0.3)
        os.kill(term.pid, signal.SIGCONT)
        press(term, "2", wait="POOLS")
        quits(term)


@test
def replays(place):
    record = place.record(samples=4)
    allocs = [int(sample.split("\nallocs ")[1].split("\n")[0])
              for sample in record.read_text().split("\nsample ")[1:]]
    with live(place, "replay", record, root=False) as term:
        press(term, "g", wait="replay 1/4 x1 PAUSED")
        equal(row(term, "default")["ALLOC/s"], "-")
        press(term, "f", wait="replay 2/4")
        equal(row(term, "default")["ALLOC/s"], str(allocs[1] - allocs[0]))
        press(term, "f", wait="replay 3/4")
        equal(row(term, "default")["ALLOC/s"], str(allocs[2] - allocs[1]))
        assert "late" in rows(term)
        press(term, "b", wait="replay 2/4")
        assert "late" not in rows(term)
        press(term, "t", wait=lambda t: row(t, "default").get("ALLOC") == str(allocs[1]))
        press(term, "t", "G", wait="replay 4/4 x1 PAUSED")
        press(term, "f", wait="replay 4/4")
        press(term, "g", "+", "+", wait="replay 1/4 x4 PAUSED")
        began = time.monotonic()
        press(term, "space", wait="replay 4/4 x4")
        # 3 seconds, four times as fast.
        assert 0.6 < time.monotonic() - began < 2.9, time.monotonic() - began
        term.wait("the recording ends here")
        press(term, "-", "-", "-", wait="x0.5")
        quits(term)


@test
def steps_are_for_replays(place):
    with live(place) as term:
        press(term, "b", wait="b is for a replay")
        press(term, "1", wait="q quit")
        quits(term)


@test
def needs_a_terminal(place):
    with Terminal(["sh", "-c", '"$@" </dev/null', "sh", *place.command()]) as term:
        equal(term.end(), 1, "exit status")
        has(term.raw.decode(), "standard input is no terminal")
    with Terminal(place.command(), env={"TERM": "nix"}) as term:
        equal(term.end(), 1, "exit status")
        has(term.raw.decode(), 'the terminal "nix" is not known')
