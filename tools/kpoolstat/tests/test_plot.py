# SPDX-License-Identifier: GPL-2.0
"""--plot, with gnuplot and without; completion in bash; pictures of the screen."""

import os
import resource
import subprocess
import sys
import xml.etree.ElementTree as tree

from cases import HERE, equal, has, test
from terminal import PATIENCE

SVG = "{http://www.w3.org/2000/svg}"


@test
def plot_of_a_recording(place):
    picture = place.dir / "run.svg"
    place.run("replay", "--plot", picture, place.record(samples=6), root=False)
    root = tree.parse(picture).getroot()
    equal(root.tag, SVG + "svg")
    text = " ".join(" ".join(node.itertext()) for node in root.iter(SVG + "text"))
    for word in ("all heaps: parts of the bytes held", "used", "cached", "magazines", "seconds",
                 "by another class", "MiB"):
        has(text, word)
    assert len(list(root.iter(SVG + "path"))) > 30


@test
def plot_of_one_heap(place):
    """The heap's name may have any characters."""
    place.tree.add("x'\"`date`\\n").alloc(64, 10)
    place.tree.write()
    picture = place.dir / "it's.svg"
    place.run("--plot", picture, "-i", "0.1", "-n", 3, "-H", "x'\"`date`\\n")
    text = " ".join("".join(node.itertext()) for node in tree.parse(picture).iter(SVG + "text"))
    has(text, "x'??date??n: parts")
    place.tree.add("a\x01\x1b\u202e<&").alloc(64, 10)
    place.tree.write()
    place.run("--plot", picture, "-i", "0.1", "-n", 3, "-H", "a\x01\x1b\u202e<&")
    text = " ".join("".join(node.itertext()) for node in tree.parse(picture).iter(SVG + "text"))
    has(text, "a???<&: parts")


@test
def plot_to_a_full_disk(place):
    """kpoolstat fails with a message, and leaves the older picture."""
    record, picture = place.record(), place.dir / "run.svg"
    picture.write_text("old")
    picture.chmod(0o640)
    there = set(place.dir.iterdir())

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    for path, message, before in ((picture, "run.svg: File too large", limited),
                                  ("/dev/full", "/dev/full: No space left", None)):
        done = subprocess.run(place.command("replay", "--plot", path, record, root=False),
                              capture_output=True, text=True, preexec_fn=before)
        equal(done.returncode, 1, path)
        has(done.stderr, message)
    equal(picture.read_text(), "old")
    equal(set(place.dir.iterdir()), there)
    link = place.dir / "link.svg"
    link.symlink_to("run.svg")
    place.run("replay", "--plot", link, record, root=False)
    equal(tree.parse(picture).getroot().tag, SVG + "svg")
    equal((link.is_symlink(), picture.stat().st_mode & 0o777), (True, 0o640))


@test
def plot_fails_before_the_first_sample(place):
    """This run would take a day."""
    empty = place.dir / "bin"
    empty.mkdir()
    (place.dir / "taken.svg").mkdir()
    for path, env, message in (("/nix/a.svg", {}, "/nix/a.svg: No such file"),
                               (place.dir / "taken.svg", {}, "Is a directory"),
                               (place.dir / "a.svg", {"PATH": str(empty)}, "needs gnuplot")):
        has(place.run("--plot", path, "-i", 86400, status=1, env=env), message)


@test
def plot_fails_clearly(place):
    record, picture = place.record(), place.dir / "run.svg"
    empty = place.dir / "bin"
    empty.mkdir()
    message = place.run("replay", "--plot", picture, record, root=False, status=1,
                        env={"PATH": str(empty)})
    has(message, "needs gnuplot, which is not installed")
    assert not picture.exists()
    (empty / "gnuplot").write_text("#!/bin/sh\ncat >/dev/null\necho broken >&2\nexit 3\n")
    (empty / "gnuplot").chmod(0o755)
    done = subprocess.run(place.command("replay", "--plot", picture, record, root=False),
                          capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{empty}:{os.environ['PATH']}"})
    equal(done.returncode, 1)
    has(done.stderr, "broken", "gnuplot failed, exit status 3")
    has(place.run("replay", "--plot", picture, "-n", 1, record, root=False, status=1),
        "two samples")
    has(place.run("replay", "--plot", picture, "-H", "nix", record, root=False, status=1),
        'no heap "nix"')
    has(place.run("replay", "--plot", "/nix/a.svg", record, root=False, status=1), "/nix/a.svg")


def complete(place, *words):
    """The words that bash completes the last word to."""
    script = (f'. {HERE}/completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kpoolstat; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", *map(str, words)], capture_output=True,
                          text=True, cwd=place.dir)
    assert not done.stderr, done.stderr
    return set(done.stdout.split())


@test
def completion_of_bash(place):
    equal(complete(place, "kpoolstat", "--re"), {"--reverse"})
    equal(complete(place, "kpoolstat", "re"), {"record", "replay"})
    equal(complete(place, "kpoolstat", "--root", place.root, "-H", ""), {"default", "debug", "net"})
    equal(complete(place, "kpoolstat", "--root", "=", place.root, "-H", "de"), {"default", "debug"})
    equal(complete(place, "kpoolstat", "-v", "m"), {"map"})
    equal(complete(place, "kpoolstat", "-v", "map", "-s", "A"), {"ARENA"})
    equal(complete(place, "kpoolstat", "--csv", "=", "a"), {"arenas"})
    equal(complete(place, "kpoolstat", "--csv", "="), {"stats", "classes", "arenas"})
    (place.dir / "a.rec").write_text("")
    equal(complete(place, "kpoolstat", "replay", "a"), {"a.rec"})
    equal(complete(place, "kpoolstat", "-n", ""), set())


@test
def completion_knows_all(place):
    """Completion has every option of --help, and every column of every view."""
    usage = place.run("--help", root=False)
    words = {word.rstrip(",").partition("[")[0] for line in usage.splitlines()[6:]
             for word in line.split()[:2] if word.startswith("-")}
    equal(complete(place, "kpoolstat", "-"), words | {"--diff"})
    for view in "heaps", "classes", "slabs":
        head = place.run("-1", "-v", view).splitlines()[1].split()
        equal(complete(place, "kpoolstat", "-v", view, "-s", ""), set(head), view)


@test
def picture_of_the_screen(place):
    record, picture = place.record(), place.dir / "map.svg"
    subprocess.run([sys.executable, "-B", HERE / "tests/screenshot.py", "--keys", "3", "G", "--out",
                    picture, "--wait", "replay 3/3", "--",
                    *place.command("replay", record, root=False)],
                   check=True, capture_output=True, timeout=PATIENCE)
    root = tree.parse(picture).getroot()
    text = "".join("".join(node.itertext()) for node in root.iter(SVG + "text"))
    has(text, "ARENA", "replay 3/3", "\u2588", "q quit")
    for drawn in tree.parse(HERE.parent.parent / "Documentation/kpoolstat.svg").getroot(), root:
        # Current browsers ignore xml:space; some other readers know only xml:space.
        group = drawn.find(SVG + "g")
        equal((group.get("style"), group.get("{http://www.w3.org/XML/1998/namespace}space")),
              ("white-space:pre", "preserve"))
    colours = {node.get("fill") for node in root.iter(SVG + "tspan")} - {None}
    assert len(colours) > 5, colours
