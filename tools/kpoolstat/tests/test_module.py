# SPDX-License-Identifier: GPL-2.0
"""Files that the module itself writes, in user space: tests/module.c."""

import functools
import json
import pathlib
import subprocess
import tempfile

import cases
from cases import HERE, columns, equal, figures, has, test
from screens import live, rows

USERSPACE = HERE.parent / "userspace"
SOURCE = "tools/kpoolstat/tests/module"


@functools.cache
def steps():
    """The files of each step of module.c, by path."""
    with tempfile.TemporaryDirectory(prefix="kpoolstat-module-") as out:
        made = pathlib.Path(out) / "plain"
        subprocess.run(["make", "-s", "-C", USERSPACE, "VARIANT=plain", f"BUILD={out}",
                        made / "script", made / f"{SOURCE}.o"], check=True,
                       stdout=subprocess.DEVNULL)
        program = made / "program"
        subprocess.run(["gcc", "-o", program, made / f"{SOURCE}.o", *made.glob("module/**/*.o"),
                        *made.glob("kernel/*.o"), "-pthread"], check=True)
        data = subprocess.run([program], check=True, capture_output=True).stdout
    found = []
    while data:
        head, _, data = data.partition(b"\n")
        step, size, path = head.decode().split(" ")
        if int(step) == len(found):
            found.append({})
        found[-1][path], data = data[:int(size)].decode(), data[int(size):]
    return found


def write(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


@test
def module_writes_what_the_example_has(place):
    """The example of the other tests has the keys and columns of the module."""
    for files in steps():
        equal(files["heaps/default/stats"].count("\n"),
              len(figures(files["heaps/default/stats"])))
    example = place.tree.heaps["default"].files()
    last = steps()[-1]
    equal(list(figures(example["stats"])), list(figures(last["heaps/default/stats"])))
    for file in "classes", "arenas":
        equal(example[file].split("\n")[0], last[f"heaps/default/{file}"].split("\n")[0])
    equal([(row["class"], row["size"]) for row in columns(example["classes"])],
          [(row["class"], row["size"]) for row in columns(last["heaps/default/classes"])])


@test
def json_equals_what_the_module_writes(place):
    for number, files in enumerate(steps()):
        root = place.dir / f"step{number}"
        write(root, files)
        heaps = json.loads(place.run("--json", "--root", root, root=False))["heaps"]
        equal(len(heaps), sum(path.endswith("/stats") for path in files))
        for name, heap in heaps.items():
            for file in "classes", "arenas":
                equal(heap[file], columns(files[f"heaps/{name}/{file}"]), (number, name, file))
            equal(heap["stats"], figures(files[f"heaps/{name}/stats"]), (number, name))
            traces = files.get(f"heaps/{name}/traces")
            equal("traces" in heap, traces is not None)
            if traces:
                equal(sum(trace["bytes"] for trace in heap["traces"]), 5100)
        for view in "heaps", "classes", "map", "slabs", "figures":
            place.run("-1", "-v", view, "--root", root, root=False)


@test
def module_is_seen_at_work(place):
    """A recording of the steps: arenas are added and released, pools change their class."""
    record = place.dir / "module.rec"
    parts = []
    for number, files in enumerate(steps()):
        root = place.dir / f"step{number}"
        write(root, files)
        place.run("record", "-n", 1, "--root", root, place.dir / "one", root=False)
        head, page, body = (place.dir / "one").read_text().split("\n", 2)
        parts.append(cases.retimed(body, number))
    record.write_text("\n".join([head, page, *parts, ""]))
    arenas = [figures(files["heaps/default/stats"])["arenas"] for files in steps()]
    with live(place, "replay", "-v", "map", record, root=False) as term:
        term.keys("g")
        term.wait("this heap has no arenas now")
        for number in range(1, len(arenas)):
            term.keys("f")
            term.wait(f"replay {number + 1}/{len(arenas)}")
            shown = [word for word in rows(term, 5) if word.isdigit()]
            assert shown if arenas[number] else not shown, term.text()
            assert arenas[number] > 15 or len(shown) == arenas[number], term.text()
            has(term.line(1), f"in {arenas[number]} arenas")
        # In step 3 classes of other sizes claim the free pools.
        term.keys("g", "f", "f", "f")
        term.wait("replay 4/")
        assert any(char.reverse for line in range(5, 20)
                   for char in term.screen.buffer[line].values()), term.text()
