# SPDX-License-Identifier: GPL-2.0
"""The live screen: keys, sorting, filters, sizes, signals."""

import os
import re
import signal
import time

import cases
from cases import equal, has, test
from screens import live, press, quits, row, rows, selected, strip
from terminal import Terminal

VIEWS = ("heaps", "classes", "map", "slabs", "figures")


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
        equal((found["CORRUPT"], found["USED%"]),
              ("0", f"{100 * stats['bytes_used'] / stats['bytes']:.1f}"))
        equal(found["ALLOC/s"], "-")
        quits(term)
        assert term.is_sane()


@test
def shows_the_sum_of_all_heaps(place):
    """The sum is below the heaps in every order, and absent if a filter hides heaps."""
    stats = [heap.stats() for heap in place.tree.heaps.values()]
    used, held = (sum(each[key] for each in stats) for key in ("bytes_used", "bytes"))
    with live(place) as term:
        equal(row(term, "(all)")["USED%"], f"{100 * used / held:.1f}")
        for keys in "r", "<", "r":
            press(term, keys, wait=lambda t: t.line(8).startswith("(all)"))
        press(term, "/", "e", "enter", wait=lambda t: not t.find("(all)"))
        press(term, "/", "enter", "end", "enter", wait="heap: (all)")
        quits(term)


@test
def shows_rates(place):
    with live(place, "-d", "0.5") as term:
        term.wait(lambda t: row(t, "default")["ALLOC/s"] == "0")
        place.tree.heaps["default"].alloc(64, 5000)
        place.tree.write()
        term.wait(lambda t: row(t, "default")["ALLOC/s"] not in "-0")
        # The rate covers about half a second, or a second if the machine is slow.
        rate = int(row(term, "default")["ALLOC/s"])
        assert 500 < rate < 12000, rate
        share = float(row(term, "default")["MAG%"])
        assert 90 < share < 100, share
        allocs = place.tree.heaps["default"].stats()["allocs"]
        press(term, "t", wait=lambda t: row(t, "default").get("ALLOC") == str(allocs))
        press(term, "t", wait="ALLOC/s")


@test
def opens_the_heap_under_the_cursor(place):
    with live(place) as term:
        has(term.line(23), "Enter open")
        press(term, "down", "2", wait="heap: debug")
        has(term.line(23), "[ ] heap")
        press(term, "]", "3", wait="heap: net")
        # The cursor is on the heap that was shown.
        press(term, "1", wait=lambda t: t.find("CORRUPT") and selected(t, 7))
        press(term, "[", wait=lambda t: selected(t, 6))
        press(term, "]", "tab", wait="heap: net")
        quits(term)
    with live(place, "-H", "debug", "-d", "60") as term:
        assert selected(term, 6)
        quits(term)


@test
def begins_with_the_largest_heap(place):
    place.tree.heaps["net"].alloc(1024, 5000)
    place.tree.write()
    for view in "classes", "map", "figures":
        with live(place, "-v", view) as term:
            has(term.text(), "heap: net")
            quits(term)
    has(place.run("-1", "-v", "figures"), f"{place.tree.heaps['net'].stats()['bytes']:>20}\n")


@test
def tells_of_corruptions(place):
    place.tree.heaps["net"].other["corruptions"] = 3
    place.tree.write()
    with live(place) as term:
        assert term.line(1).endswith(" 3 CORRUPTIONS"), term.text()
        has(term.line(1), "8 created, 0 released ")
        press(term, "2", wait="POOLS")
        assert not term.find("CORRUPTIONS")     # the default heap has none
        press(term, "]", "]", wait="CORRUPTIONS")


@test
def views_by_key(place):
    marks = {"heaps": "CORRUPT", "classes": "POOLS", "map": "pools: colour class",
             "slabs": "ASKMALLOC", "figures": "arena_size"}
    with live(place) as term:
        for number, view in enumerate(VIEWS, 1):
            press(term, str(number), wait=marks[view])
        for view in VIEWS:
            press(term, "tab", wait=marks[view])
        for view in reversed(VIEWS[:-1]):
            press(term, "backtab", wait=marks[view])
        press(term, "h", wait="show this help")
        press(term, "h", wait=marks["heaps"])
        press(term, "?", wait="show this help")
        press(term, "esc", wait=marks["heaps"])
        quits(term)


@test
def help_says_what_is_good_and_bad(place):
    with live(place, lines=50) as term:
        press(term, "h", wait="MAG% above 95 is good")
        has(term.text(), "shrink", "CORRUPT not 0", "FALLB/s not 0", "# used")
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
        press(term, "left", "left", "r",
              wait=lambda t: rows(t) == ["net", "default", "debug"])
        # Columns on the right appear when they define the order.
        assert not term.find("META")
        press(term, "<", wait="META")
        assert not term.find("CORRUPT") and term.find("HEAP ")
        press(term, ">", wait="CORRUPT")
        press(term, "2", wait="heap: net")      # the cursor is on the first row
        equal(rows(term)[:2], ["192", "1024"])
        press(term, *"<<<", wait=lambda t: rows(t)[:3] == ["8", "16", "24"])
        press(term, "r", wait=lambda t: rows(t)[:3] == ["1024", "816", "800"])
        quits(term)


@test
def sorts_from_the_command_line(place):
    with live(place, "-v", "classes", "-s", "BLOCKS", "-r", "-f", "2", wait="filter: 2") as term:
        found = [int(row(term, name)["BLOCKS"]) for name in rows(term)]
        equal(found, sorted(found))
        assert all("2" in name for name in rows(term))


@test
def filters(place):
    with live(place) as term:
        press(term, "/", wait="filter: _")
        press(term, "n", wait="filter: n_")
        equal(rows(term), ["net"])
        press(term, "x", wait="no name has this text")
        press(term, "backspace", wait=lambda t: rows(t) == ["net"])
        press(term, "enter", wait="filter: n  (/ Enter: remove)")
        equal(rows(term), ["net"])
        press(term, "/", "q", wait="filter: q_")
        press(term, "esc", wait="filter: n  (/ Enter: remove)")
        press(term, "/", "enter", wait="q quit")
        equal(rows(term), ["default", "debug", "net"])
        press(term, "2", "/", "6", "4", "enter", wait="filter: 64")
        equal(rows(term), [str(size) for size in cases.fakeheap.SIZES if "64" in str(size)])
        # Each view has its own filter.
        press(term, "1", wait=lambda t: rows(t) == ["default", "debug", "net"])
        quits(term)


@test
def opens_a_heap(place):
    with live(place) as term:
        press(term, "down", "down", "enter", wait="heap: net")
        has(term.text(), "POOLS")
        equal(row(term, "192")["BLOCKS"], "500")
        press(term, "]", wait="heap: (all)")
        used = sum(heap.used[cases.fakeheap.SIZES.index(1024)]
                   for heap in place.tree.heaps.values())
        equal(row(term, "1024")["BLOCKS"], str(used))
        press(term, "3", wait="the map shows one heap")
        press(term, "]", wait="heap: default")
        press(term, "[", "[", wait="heap: net")
        press(term, "esc", wait="CORRUPT")
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
        # All views show the same sample.
        arenas = len(place.tree.heaps["default"].arenas)
        press(term, "3", wait="pools: colour")
        assert 0 < len(rows(term, 5, -3)) < arenas
        press(term, "1", "space", wait=lambda t: "PAUSED" not in t.text()
              and row(t, "default")["HELD"] != before)
        press(term, "+", wait="every 0.5 s")
        press(term, "-", "-", "-", wait="every 0.1 s")
        quits(term)


@test
def resizes(place):
    with live(place, "-d", "60") as term:
        term.resize(40, 10)
        term.wait(lambda t: t.find("default") and t.find("default")[0] == 3)
        equal(term.line(1).split(), [f"{n}{name}" for n, name in enumerate(VIEWS, 1)])
        equal(term.line(2).split(), ["HEAP", "HELD", "USED", "USED%", "CACH%", "FREE%"])
        assert all(len(line) <= 40 for line in term.text().splitlines())
        press(term, "3", wait="ARENA ")
        # A strip has two lines: 34 pools and 30.
        first = place.tree.heaps["default"].arenas[0]
        press(term, "m", wait="pools: class")
        letters = "".join(pool.chars()[0] for pool in first.pools)
        equal(term.line(3)[6:] + term.line(4)[6:], letters)
        for view in "1245h":
            term.keys(view)
            term.feed(0.3)
        press(term, "h", "1", wait="FREE%")
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
            # Without colours, letters show the class, and characters show the parts of the bar.
            has(term.line(2), "#=used", "+=cached", ".=free", "t=tail", "h=head 1.")
            equal(strip(term, 5).replace("·", "."),
                  "".join(p.chars()[0] for p in place.tree.heaps["default"].arenas[0].pools))
            assert {char.fg for line in term.screen.buffer.values()
                    for char in line.values()} == {"default"}
            quits(term)
    for env, args in (({"LC_ALL": "C"}, ()), ({}, ("--ascii",))):
        with live(place, "-v", "map", *args, env=env) as term:
            term.raw.decode("ascii")
            has(term.line(4), "digit fill, * full")
            equal(strip(term, 5),
                  "".join(p.chars()[1] for p in place.tree.heaps["default"].arenas[0].pools)
                  .replace("F", "*"))
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
        press(term, "/", *"fresh", "enter", wait="filter: fresh  (")
        press(term, "enter", wait="heap: fresh")
        place.tree.remove("fresh")
        term.wait("this heap is not there now")
        press(term, "3", wait="this heap is not there now")
        press(term, "5", wait="this heap is not there now")
        press(term, "1", wait="no name has this text")
        press(term, "/", "enter", wait="default")
        assert "fresh" not in rows(term)
        quits(term)


@test
def module_goes(place):
    """The message appears after the terminal is restored."""
    with live(place, "-d", "0.2") as term:
        (place.root / "version").unlink()
        equal(term.end(), 1, "exit status")
        has(term.raw.decode(), 'has no file "version"')
        assert term.is_sane()


@test
def signals_restore_the_terminal(place):
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
        # The cursor is visible again.
        has(term.raw.decode(), "\x1b[?25h" if "\x1b[?25l" in term.raw.decode() else "\x1b[34h")


@test
def stops_and_continues(place):
    with live(place) as term:
        os.kill(term.pid, signal.SIGSTOP)
        time.sleep(0.3)
        os.kill(term.pid, signal.SIGCONT)
        press(term, "2", wait="POOLS")
        quits(term)


@test
def draws_no_unsafe_characters(place):
    name = "a\u202e\x1bz"
    place.tree.add(name)
    place.tree.write()
    for args, seen in ((("-H", name, "-v", "classes"), "heap: a??z"), ((), "a??z"),
                       (("-f", "\u202e\u2066"), "filter: ??")):
        with Terminal(place.command(*args)) as term:
            term.wait(seen)
            assert not set(term.raw.decode(errors="replace")) & set("\u202e\u2066")
            quits(term)


@test
def needs_a_terminal(place):
    with Terminal(["sh", "-c", '"$@" </dev/null', "sh", *place.command()]) as term:
        equal(term.end(), 1, "exit status")
        has(term.raw.decode(), "standard input is no terminal")
    for env, message in (({"TERM": "nix"}, 'the terminal "nix" is not known'),
                         ({"COLUMNS": "32768"}, "too many columns"),
                         ({"LINES": "40000"}, "too many columns or lines")):
        with Terminal(place.command(), env=env) as term:
            equal(term.end(), 1, "exit status")
            has(term.raw.decode(), message)
