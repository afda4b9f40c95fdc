# SPDX-License-Identifier: GPL-2.0
"""Modes that print and exit: lists, lines, JSON, CSV, diff."""

import csv
import io
import json
import os
import signal
import subprocess
import time

import cases
from cases import columns, equal, figures, has, test
from terminal import PATIENCE

BIG = 2**64 - 1


def heap_files(place, name):
    return {path.name: path.read_text() for path in (place.root / "heaps" / name).iterdir()}


def check_heap(heap, files):
    """The JSON of a heap has all of its files, and nothing else."""
    equal(heap["stats"], figures(files["stats"]), "stats")
    equal(heap["classes"], columns(files["classes"]), "classes")
    equal(heap["arenas"], columns(files["arenas"]), "arenas")
    assert ("traces" in heap) == ("traces" in files)
    equal(set(heap) - {"traces"}, {"stats", "classes", "arenas"})


@test
def json_equals_the_files(place):
    sample = json.loads(place.run("--json"))
    equal(list(sample["heaps"]), ["default", "debug", "net"], "heaps")
    for name, heap in sample["heaps"].items():
        check_heap(heap, heap_files(place, name))
    equal((sample["format"], sample["version"]), (1, "0.9.1"))
    equal(sample["heaps"]["debug"]["traces"], [
        {"objects": 40, "bytes": 5120, "trace": [
            "kpool_heap_alloc+0x5c/0xa0 [kpool]", "parse_name+0x1d/0x90 [client]",
            "do_one_initcall+0x58/0x230"]},
        {"objects": 3, "bytes": 900, "trace": ["(no trace)"]}])
    slab = next(s for s in sample["slabinfo"] if s["name"] == "kmalloc-64")
    equal(slab, {"name": "kmalloc-64", "active_objs": 700, "num_objs": 768, "objsize": 64,
                 "objperslab": 64, "pagesperslab": 1, "limit": 0, "batchcount": 0,
                 "sharedfactor": 0, "active_slabs": 12, "num_slabs": 12, "sharedavail": 0})
    assert abs(sample["realtime_ns"] / 1e9 - time.time()) < 60


@test
def json_by_jq_equals_the_files(place):
    for name in ("default", "net"):
        cases.json_is(place.run("--json"), name, heap_files(place, name))


@test
def json_has_64_bits(place):
    place.tree.heaps["default"].other["large"] = BIG
    place.tree.heaps["default"].base["allocs"] = 2**63 + 1
    place.tree.write()
    heap = json.loads(place.run("--json"))["heaps"]["default"]
    check_heap(heap, heap_files(place, "default"))
    equal(heap["stats"]["large"], BIG)
    assert heap["stats"]["allocs"] > 2**63


@test
def json_takes_new_keys_and_columns(place):
    for heap in place.tree.heaps.values():
        heap.more = {"brand_new": 77}
        heap.more_columns = {"newer": 5}
    place.tree.write()
    heap = json.loads(place.run("--json"))["heaps"]["net"]
    check_heap(heap, heap_files(place, "net"))
    equal((heap["stats"]["brand_new"], heap["classes"][3]["newer"]), (77, 5))


@test
def figures_are_found_by_name(place):
    """Another order of keys and columns does not change the lists."""
    before = place.run("--once").splitlines()[1:], place.run("-1", "-v", "classes").splitlines()[1:]
    for name in place.tree.heaps:
        path = place.root / "heaps" / name / "stats"
        path.write_text("".join(sorted(path.read_text().splitlines(True))))
        path = place.root / "heaps" / name / "classes"
        path.write_text("".join(" ".join(reversed(line.split())) + "\n"
                                for line in path.read_text().splitlines()))
    equal((place.run("--once").splitlines()[1:],
           place.run("-1", "-v", "classes").splitlines()[1:]), before)


@test
def json_of_one_heap(place):
    equal(list(json.loads(place.run("--json", "-H", "net"))["heaps"]), ["net"])
    has(place.run("--json", "-H", "nix", status=1), 'there is no heap "nix"')


@test
def json_of_strange_names(place):
    for name in ('with space', 'a"b\\c', "new\nline", "ümlaut", "\x1b[31m"):
        place.tree.add(name)
    (place.root / "heaps" / os.fsdecode(b"bad\xff")).mkdir()
    place.tree.write()
    for file in ("stats", "classes", "arenas"):
        (place.root / "heaps" / os.fsdecode(b"bad\xff") / file).write_text(
            (place.root / "heaps/net" / file).read_text())
    heaps = json.loads(place.run("--json"))["heaps"]
    assert {'with space', 'a"b\\c', "new\nline", "ümlaut", "\x1b[31m", "bad\ufffd"} <= set(heaps)
    text = place.run("--once")
    assert "\x1b" not in text and "?[31m" in text and "ümlaut" in text and "new?line" in text, text
    record = place.dir / "names.rec"
    place.run("record", "-n", 1, record)
    equal(json.loads(place.run("replay", "--json", record, root=False))["heaps"], heaps)


# Characters that reorder, join or hide others, and control characters of one byte and of two.
UNSAFE = "\u061c\u200b\u200f\u2028\u202e\u2066\u2069\ufeff\x7f\x9b\x01\n"


@test
def unsafe_characters_are_escaped(place):
    """No mode prints these characters unescaped."""
    name = f"a{UNSAFE}\u00fc,z"
    raw = os.fsdecode(b"bad\xff\x9b")
    for heap in name, raw:
        place.tree.add(heap)
    place.tree.write()
    record = place.dir / "names.rec"
    place.run("record", "-n", 2, "-i", "0.1", record)
    for args in (("--json",), ("--csv",), ("-1",), ("-i", "0.1", "-n", "1", "-H", name),
                 ("replay", "--json", record), ("replay", "--csv=classes", record)):
        text = place.run(*args, root=args[0] != "replay")
        assert not set(text.replace("\n", "")) & set(UNSAFE), (args, text)
    assert not set(place.run("--diff", record, root=False).replace("\n", "")) & set(UNSAFE)
    has(place.run("-1"), f"a{'?' * len(UNSAFE)}\u00fc", "bad??")
    has(place.run("--json"), "\\u202e", "\\u009b", '"bad\\ufffd\\ufffd"')
    assert name in json.loads(place.run("--json"))["heaps"]
    escaped = "".join(f"\\u{ord(c):04x}" for c in UNSAFE)
    has(place.run("--csv"), f'"a{escaped}\u00fc,z"', "bad\\xff\\x9b")
    message = place.run("--json", "-H", "\u202e", status=1)
    has(message, 'no heap "?"')


@test
def json_of_several_samples(place):
    for option in "-i", "-d":
        lines = place.run("--json", option, "0.1", "-n", 3).splitlines()
        times = [json.loads(line)["monotonic_ns"] for line in lines]
        assert len(lines) == 3 and 0.09e9 < times[1] - times[0] < 2e9, times


@test
def csv_equals_the_files(place):
    for file, rows in (("stats", lambda text: [figures(text)]), ("classes", columns),
                       ("arenas", columns)):
        found = list(csv.DictReader(io.StringIO(place.run(f"--csv={file}"))))
        expected = [{"heap": name, **row} for name in ("default", "debug", "net")
                    for row in rows(heap_files(place, name)[file])]
        equal([{key: value for key, value in row.items() if not key.endswith("_ns")}
               for row in found],
              [{key: str(value) for key, value in row.items()} for row in expected], file)


@test
def csv_has_one_head(place):
    text = place.run("--csv", "-i", "0.1", "-n", 3)
    equal(text.count("realtime_ns"), 1)
    equal(len(text.splitlines()), 1 + 3 * 3)


@test
def once_lists_heaps(place):
    stats = place.tree.heaps["default"].stats()
    lines = place.run("--once").splitlines()
    has(lines[0], "kpool 0.9.1, 2")
    rows = {line.split()[0]: dict(zip(lines[1].split(), line.split())) for line in lines[2:]}
    equal(list(rows), ["default", "debug", "net", "(all)"])
    row = rows["default"]
    equal((row["ARENAS"], row["HELD"]), (str(stats["arenas"]), f"{stats['bytes'] / 2**20:.1f}M"))
    equal(row["USED%"], f"{100 * stats['bytes_used'] / stats['bytes']:.1f}")
    equal(row["MAG%"], f"{100 * stats['magazine_hits'] / stats['allocs']:.1f}")
    # The traces of the debug heap contain the bytes requested.
    equal(rows["debug"]["ASKED"], "5.9K")
    equal(rows["(all)"]["ARENAS"], str(sum(int(rows[name]["ARENAS"]) for name in place.tree.heaps)))


@test
def once_sorts_and_filters(place):
    def names(*args):
        return [line.split()[0] for line in place.run("-1", *args).splitlines()[2:]]
    equal(names("-s", "used"), ["default", "net", "debug", "(all)"])
    equal(names("-s", "USED", "-r"), ["debug", "net", "default", "(all)"])
    equal(names("-s", "heap"), ["debug", "default", "net", "(all)"])
    equal(names("-f", "e"), ["default", "debug", "net"])
    equal(names("-f", "a"), ["default"])
    equal(names("-f", "DE"), ["default", "debug"])
    equal(names("-v", "classes", "-s", "size", "-r")[:2], ["1024", "816"])
    has(place.run("-1", "-s", "nix", status=2), 'no column "nix"')
    # Unknown values come after 0.
    (place.root / "heaps/debug/traces").write_text("")
    equal(names("-s", "asked"), ["debug", "default", "net", "(all)"])


@test
def once_compares_with_slabinfo(place):
    lines = place.run("-1", "-v", "slabs", "-H", "default").splitlines()
    row = dict(zip(lines[1].split(), next(x for x in lines if x.startswith("  336 ")).split()))
    equal((row["BLOCKS"], row["USED"], row["KMALLOC"], row["ASKMALLOC"]),
          ("700", f"{700 * 336 / 1024:.0f}K", "512", f"{700 * 512 / 1024:.0f}K"))
    row = dict(zip(lines[1].split(), next(x for x in lines if x.startswith("   64 ")).split()))
    # kmalloc-64 and kmalloc-cg-64 together: 760 objects in 13 pages.
    equal((row["OBJECTS"], row["KHELD"], row["KUSED%"]),
          ("760", "52.0K", f"{100 * 760 * 64 / (13 * 4096):.1f}"))


@test
def once_shows_map_and_figures(place):
    text = place.run("-1", "-v", "map")
    for line in place.tree.heaps["default"].arena_lines():
        if not line.startswith("id"):
            number, node, used, free, returned, classes, fill = line.split()
            has(text, f"{number:>5} {used:>2} {free:>2} {returned:>2} {node:>4} {classes}\n"
                f"{fill.replace('F', '*'):>84}\n")
    numbers = [line.split()[0] for line in
               place.run("-1", "-v", "map", "-f", "336", "-r").splitlines()[2::2]]
    equal(numbers, ["5"])
    equal(place.run("-1", "-v", "figures", "-f", "arena_s").splitlines()[1:],
          [f"{'arena_size':<16} {'262144':>20}"])
    text = place.run("-1", "-v", "figures", "-H", "debug")
    for key, value in place.tree.heaps["debug"].stats().items():
        has(text, f"{key:<16} {value:>20}\n")
    has(text, "40 objects 5120 bytes", "  parse_name+0x1d/0x90 [client]")


@test
def once_without_a_terminal(place):
    equal(place.run().splitlines()[1:], place.run("--once").splitlines()[1:])


@test
def lines_have_rates(place):
    record = place.record()
    lines = place.run("replay", "-n", 5, "-H", "default", record, root=False).splitlines()
    equal(len(lines), 3)    # the recording has 3 samples, so 2 intervals
    row = dict(zip(lines[0].split(), lines[1].split()))
    equal((row["ALLOC/s"], row["FREED/s"]), ("1000", "1000"))
    row = dict(zip(lines[0].split(), lines[2].split()))
    equal((row["ALLOC/s"], row["FREED/s"]), ("300", "3200"))


@test
def lines_as_vmstat(place):
    began = time.monotonic()
    lines = place.run("-i", "0.2", "-n", 3).splitlines()
    assert time.monotonic() - began > 0.55
    equal(len(lines), 4)
    equal(lines[0].split()[0], "ARENAS")
    equal(len(place.run("-d", "0.1", "-n", 2).splitlines()), 3)
    assert max(map(len, lines)) <= 80
    equal(lines[1].split()[5:7], ["0", "0"])
    began = time.monotonic()
    place.run("-i", "1.1", "-n", 1)
    assert time.monotonic() - began > 1.1


@test
def lines_of_a_heap_that_comes_and_goes(place):
    record = place.record()
    lines = place.run("replay", "-n", 9, "-H", "late", record, root=False).splitlines()
    equal(lines[1].split()[0], "-")
    equal(lines[2].split()[0], "1")
    # A new heap of the same name, which counts from 0, has no rates.
    first = place.dir / "one.rec"
    place.tree.heaps["net"] = type(place.tree.heaps["net"])("net")
    place.tree.heaps["net"].alloc(64, 5)
    place.tree.write()
    place.run("record", "-n", 1, first)
    text = record.read_text() + cases.retimed(first.read_text().split("\n", 2)[2], 3) + "\n"
    record.write_text(text)
    lines = place.run("replay", "-n", 9, "-H", "net", record, root=False).splitlines()
    equal((lines[2].split()[5], lines[3].split()[5]), ("0", "-"))


@test
def diff_of_a_recording(place):
    record = place.record()
    text = place.run("--diff", record, root=False)
    samples = [json.loads(line) for line in
               place.run("replay", "--json", record, root=False).splitlines()]
    found = {}
    for line in text.splitlines():
        if line.startswith("default "):
            _, size, key, before, after, difference = line.split()
            equal(int(after) - int(before), int(difference))
            found[size, key] = int(before), int(after)
    old, new = samples[0]["heaps"]["default"], samples[-1]["heaps"]["default"]
    expected = {("-", key): (old["stats"][key], value) for key, value in new["stats"].items()
                if old["stats"][key] != value}
    for was, row in zip(old["classes"], new["classes"]):
        expected |= {(str(row["size"]), key): (was[key], value) for key, value in row.items()
                     if was[key] != value}
    equal(found, expected)
    has(text, "only in the second", "# first: ")


@test
def diff_of_directories(place):
    copy = place.dir / "copy"
    subprocess.run(["cp", "-r", place.root, copy], check=True)
    cases.change(place.tree, 1)
    text = place.run("--diff", copy, place.root, root=False)
    has(text, "+1000", "-1000")
    lines = place.run("--diff", copy, copy, root=False).splitlines()
    equal(len(lines), 3, "nothing differs from itself")
    has(place.run("--diff", copy, root=False, status=2), "one directory")


@test
def replay_gives_the_same_json(place):
    record = place.dir / "r"
    place.run("record", "-n", 1, record)
    live, again = json.loads(place.run("--json")), json.loads(
        place.run("replay", "--json", record, root=False))
    for sample in live, again:
        del sample["realtime_ns"], sample["monotonic_ns"]
    equal(again, live)
    # Recordings also work through pipes.
    text = place.run("record", "-n", 2, "-i", "0.1", "-")
    equal(len(place.run("replay", "--csv", "-", root=False, stdin=text).splitlines()), 1 + 2 * 3)


@test
def recording_is_lossless(place):
    """A recording has every byte of the files, also after a last line without newline."""
    path = place.root / "heaps/debug/traces"
    path.write_text(path.read_text() + "1 objects 8 bytes\n  f+0x1/0x2")
    record = place.dir / "r"
    place.run("record", "-n", 1, record)
    data = record.read_bytes()
    for file in sorted(place.root.rglob("*")):
        if file.is_file() and file.name != "slabinfo":
            head = f"file {file.stat().st_size} {file.relative_to(place.root)}\n".encode()
            assert head + file.read_bytes() in data, file
    traces = json.loads(place.run("replay", "--json", record, root=False))
    equal(traces["heaps"]["debug"]["traces"][-1]["trace"], ["f+0x1/0x2"])


@test
def recording_ends_with_a_whole_sample(place):
    record = place.dir / "r"
    with subprocess.Popen(place.command("record", "-i", "0.1", record)) as child:
        while not record.exists() or record.read_text().count("\nend ") < 2:
            equal(child.poll(), None, "exit status")
        child.send_signal(signal.SIGINT)
        equal(child.wait(PATIENCE), 0, "exit status")
    assert len(place.run("replay", "--json", record, root=False).splitlines()) >= 2


@test
def thousands_of_arenas(place):
    heap = place.tree.heaps["net"]
    while len(heap.arenas) < 3000:
        heap.add_arena(0)
    place.tree.write()
    sample = json.loads(place.run("--json", "-H", "net"))
    equal(len(sample["heaps"]["net"]["arenas"]), 3000)
    equal(len(place.run("-1", "-v", "map", "-H", "net").splitlines()), 2 + 2 * 3000)


@test
def slabinfo_is_optional(place):
    (place.root / "slabinfo").unlink()
    assert "slabinfo" not in json.loads(place.run("--json"))
    row = place.run("-1", "-v", "slabs").splitlines()[2].split()
    equal(row[-1], "-")


@test
def help_and_version(place):
    text = place.run("--help", root=False)
    has(text, "record", "replay", "--json", "Documentation/kpoolstat.rst")
    assert max(map(len, text.splitlines())) < 100
    has(place.run("-V", root=False), "kpoolstat 1")
