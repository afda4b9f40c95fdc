# SPDX-License-Identifier: GPL-2.0
"""The arena map, and replays on the live screen."""

import time

import cases
from cases import equal, has, test
from screens import live, press, quits, row, rows, selected, strip


@test
def map_shows_each_pool(place):
    """Letters and heights equal the file, pool by pool."""
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
        # Each class has its own colour.
        assert all(len(found) == 1 for found in colours.values()), colours
        equal(len(set.union(*colours.values())), len(colours))
        press(term, "m", wait="bold full")
        for number, arena in enumerate(arenas):
            equal(strip(term, 5 + number), arena["classes"].replace(".", "·"))
            for pool, fill in enumerate(arena["fill"]):
                if fill.isalnum():
                    equal(term.screen.buffer[5 + number][15 + pool].bold, fill == "F")
        sizes = {cases.fakeheap.letter(number): size
                 for number, size in enumerate(cases.fakeheap.SIZES)}
        sizes = {letter: sizes[letter] for letter in colours}
        has(term.text(), *(f"{letter}:{size}" for letter, size in sizes.items()))
        quits(term)


@test
def map_shows_recycling(place):
    """A pool that another class claimed is in reverse until the next sample."""
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
        largest = cases.fakeheap.letter(len(cases.fakeheap.SIZES) - 1)
        expected = [str(arena.id) for arena in place.tree.heaps["default"].arenas
                    if largest in "".join(pool.chars()[0] for pool in arena.pools)]
        equal(rows(term, 5, -3), expected)
        press(term, "<", wait="height fill; by NODE")
        press(term, "/", *"816", "enter", wait="no arena has pools of that size")
        quits(term)


@test
def map_of_thousands_of_arenas(place):
    heap = place.tree.heaps["default"]
    while len(heap.arenas) < 4000:
        heap.add_arena(0)
    place.tree.write()
    with live(place, "-v", "map", "-d", "60") as term:
        press(term, "end", wait=" 4000  0 63")
        page = len(rows(term, 5, -3))
        press(term, "pgup", wait=f" {4000 - page}  0 63")
        press(term, "home", wait="    1 63  0")
        press(term, "pgdn", "down", wait=f" {page + 2}  0 63")
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
        # 3 seconds, four times as fast, and not faster.
        assert time.monotonic() - began > 0.6, time.monotonic() - began
        term.wait("the recording ends here")
        press(term, "-", "-", "-", wait="x0.5")
        quits(term)


@test
def steps_are_for_replays(place):
    with live(place) as term:
        press(term, "b", wait="b works in a replay only")
        press(term, "1", wait="q quit")
        quits(term)
