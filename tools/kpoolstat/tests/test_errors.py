# SPDX-License-Identifier: GPL-2.0
"""Each error has a message that names the place, and an exit status."""

import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess

from cases import equal, has, test
from terminal import PATIENCE

NO_USER = 65534


def error(place, *args, **kwargs):
    return place.run(*args, status=1, **kwargs)


@test
def unknown_format(place):
    (place.root / "version").write_text("kpool 2 3.0\n")
    message = error(place, "--json")
    has(message, "format 2", "kpool 3.0", "format 1", str(place.root))
    for mode in ("--once",), ("record", "-n", 1, "x"), ("--csv",), ("-n", 1):
        equal(error(place, *mode), message)


@test
def garbled_version(place):
    for text in "", "kpool\n", "slab 1 2\n", "kpool one 2\n":
        (place.root / "version").write_text(text)
        has(error(place, "--json"), "/version:1: expected")


@test
def not_kpools_directory(place):
    (place.root / "version").unlink()
    has(error(place, "--json"), f"{place.root} has no file \"version\"")
    has(error(place, "--json", "--root", place.dir / "nix", root=False), "No such file")


@test
def not_loaded_or_not_mounted(place):
    """The message for this machine; in a separate namespace, both messages."""
    def expect(message, command=()):
        done = subprocess.run([*command, place.program, "--json"], capture_output=True, text=True)
        equal(done.returncode, 1)
        has(done.stderr, message)
    mounted = any(line.split()[2] == "debugfs" and line.split()[1] == "/sys/kernel/debug"
                  for line in open("/proc/mounts"))
    if os.path.exists("/sys/kernel/debug/kpool/version"):
        return
    if os.geteuid() == 0:
        expect("the module kpool is not loaded" if mounted else "debugfs is not mounted")
    space = ["unshare", "-m", "sh", "-c"]
    for setup, message in (("mount -t tmpfs none /sys/kernel/debug", "debugfs is not mounted"),
                           ("mount -t debugfs none /sys/kernel/debug", "kpool is not loaded")):
        # Mounting may be forbidden.
        if not subprocess.run([*space, setup], capture_output=True).returncode:
            expect(message, [*space, f'{setup} && exec "$0" "$@"'])


def without_root(place, *args):
    """Standard error of a run without root."""
    def drop():
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NO_USER)
            os.setuid(NO_USER)
    done = subprocess.run(place.command(*args), capture_output=True, text=True, preexec_fn=drop,
                          cwd="/", env={**os.environ, "ASAN_OPTIONS": "exitcode=99:detect_leaks=0"})
    equal(done.returncode, 1, done.stderr)
    return done.stderr


@test
def not_root(place):
    place.dir.chmod(0o755)
    place.root.chmod(0o700)
    if os.geteuid():
        place.root.chmod(0)
    has(without_root(place, "--json"), "only root may read debugfs", "(try sudo)")
    place.root.chmod(0o755)


@test
def unreadable_file(place):
    place.dir.chmod(0o755)
    path = place.root / "heaps/net/stats"
    path.chmod(0)
    has(without_root(place, "--json"), "heaps/net/stats: Permission denied")
    path.unlink()
    has(error(place, "--json"), "heaps/net/stats: No such file")
    path.mkdir()
    has(error(place, "--json"), "heaps/net/stats: Is a directory")


@test
def garbled_files(place):
    heap = place.root / "heaps/net"
    for file, old, new, message in (
            ("stats", "bytes_used ", "bytes_used 1 ", "stats:2: expected a key and a figure"),
            ("stats", "bytes_used", "bytes", "stats:2: duplicate key"),
            ("stats", "arenas ", "arenen ", 'stats:1: there is no "arenas"'),
            ("classes", "b 16", "b 16 0", "classes:3: more figures than columns"),
            ("classes", "b 16", "b", "classes:3: fewer figures than columns"),
            ("classes", " pools", " used", "classes:1: two columns have the same name"),
            ("classes", " size", " sizes", 'classes:1: there is no "size"'),
            ("arenas", " fill", " full", 'arenas:1: there is no "fill"')):
        text = (heap / file).read_text()
        (heap / file).write_text(text.replace(old, new, 1))
        has(error(place, "--json"), f"{heap}/{message}")
        (heap / file).write_text("")
        assert re.search(r":1: (the file is empty|the names of the columns are missing)",
                         error(place, "--json"))
        (heap / file).write_text(text)
    for evil in "\x1b[2J", "\0", "\x7f", "\u00e9":
        text = (heap / "stats").read_text()
        (heap / "stats").write_text(text.replace("bytes_used", f"bytes_{evil}used"))
        has(error(place, "--json"), "stats:2: unexpected character")
        (heap / "stats").write_text(text)
    (place.root / "heaps/debug/traces").write_text("  f+0x1/0x2\n")
    has(error(place, "--json"), "traces:1: a frame without a trace")
    (place.root / "heaps/debug/traces").write_text("5 object 3 bytes\n")
    has(error(place, "--json"), "traces:1: expected")


@test
def cut_recordings(place):
    """The message names the line of the cut, and nothing else is printed."""
    whole = place.record(samples=2).read_bytes()
    path = place.dir / "cut.rec"
    begin = whole.index(b"sample 2")
    places = [*range(0, 90), *range(90, len(whole), 997), *range(len(whole) - 40, len(whole))]
    # The first sample alone is a complete recording.
    for length in (p for p in places if p != begin):
        path.write_bytes(whole[:length])
        message = error(place, "replay", "--json", path, root=False)
        line = whole[:length].count(b"\n") + 1
        found = re.match(rf"kpoolstat: {re.escape(str(path))}:(\d+): ", message)
        assert found and int(found[1]) in (line, line - 1), (length, line, message)
    path.write_bytes(whole[:begin])
    place.run("replay", "--json", path, root=False)


@test
def garbled_recordings(place):
    whole = place.record(samples=2).read_text()
    path = place.dir / "bad.rec"
    second = whole[:whole.index("sample 2")].count("\n") + 1
    for old, new, message in (
            ("recording 1", "recording 9", "1: the recording has format 9"),
            ("kpoolstat recording", "something else", "1: this is not a recording"),
            ("page_size 4096", "page_size -1", "2: expected \"page_size <bytes>\""),
            ("sample 2", "sample 3", f"{second}: expected \"sample 2"),
            ("file 14 ", "file 15 ", "6: the file does not end where its length says"),
            ("file 14 ", "file 12 ", "5: the file does not end where its length says"),
            ("file 14 ", "file 99999999999999999999 ", "4: expected \"file"),
            ("file 14 ", "file 9999999999999999999 ", "the recording is cut off here"),
            ("end 2", "end 3", "expected \"file <bytes> <path>\" or \"end 2\"")):
        assert old in whole
        path.write_text(whole.replace(old, new, 1))
        has(error(place, "replay", "--json", path, root=False), f"{path}:", message)
    lines = whole.splitlines(True)
    number = next(n for n, line in enumerate(lines) if line.startswith("bytes_used "))
    lines[number] = f"bytes_ {'x' * (len(lines[number]) - 8)}\n".replace(" x", " 1 ", 1)
    path.write_text("".join(lines))
    has(error(place, "replay", "--json", path, root=False), f"{path}:{number + 1}: expected a key",
        "(in heaps/")
    path.write_text(whole.replace("heaps/net/stats", "heaps/\x1b[2J/stats"))
    message = error(place, "replay", "--json", path, root=False)
    assert "\x1b" not in message, message
    path.write_text("")
    has(error(place, "replay", "--json", path, root=False), ":1: this is not a recording")
    path.write_text("".join(lines[:2]))
    has(error(place, "replay", "--json", path, root=False), ":3: the recording has no samples")
    has(error(place, "replay", "--json", place.dir / "nix", root=False), "nix: No such file")


@test
def any_recording(place):
    """kpoolstat shows any contents or reports an error; sanitizers find nothing."""
    whole = place.record(samples=2).read_bytes()
    path = place.dir / "any.rec"
    modes = (["--json"], ["--csv=classes"], ["-n", "2"], *(["-1", "-v", view] for view in (
        "heaps", "classes", "map", "slabs", "figures")))
    chance = random.Random(1)
    for number in range(160):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(data))
            if chance.random() < 0.5:
                data[at] = chance.choice(b"0 9\nxF#.\0\xff")
            else:
                del data[at:at + chance.randrange(1, 5)]
        path.write_bytes(data)
        done = subprocess.run([place.program, "replay", *modes[number % len(modes)], path],
                              capture_output=True)
        assert done.returncode in (0, 1), (done, bytes(data))
        assert done.returncode == 0 or done.stderr.startswith(b"kpoolstat: "), done.stderr


def halted(place, *args):
    """A kpoolstat that is stopped during a short wait. Try again if the wait was over."""
    while True:
        child = subprocess.Popen(place.command(*args), stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
        while child.poll() is None:
            if waits(child.pid):
                child.send_signal(signal.SIGSTOP)
                if os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT).si_code \
                        == os.CLD_STOPPED:
                    return child
        child.communicate()


def waits(pid):
    """Does the process sleep? It does not sleep to read files on disk."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "S"


@test
def heaps_that_come_and_go_during_a_read(place):
    """Files appear after their directory and vanish before it: kpoolstat waits for the heap."""
    heap = place.root / "heaps/slow"
    heap.mkdir()
    has(error(place, "--json"), "heaps/slow/stats: No such file")
    with halted(place, "--json") as child:
        for file in "stats", "classes", "arenas":
            shutil.copy(place.root / "heaps/net" / file, place.dir / "whole")
            (place.dir / "whole").rename(heap / file)
        child.send_signal(signal.SIGCONT)
        has(child.communicate()[0], '"slow":{"stats"')
    equal(child.returncode, 0)
    (heap / "arenas").unlink()
    with halted(place, "--json") as child:
        shutil.rmtree(heap)
        child.send_signal(signal.SIGCONT)
        text = child.communicate()[0]
    equal(child.returncode, 0)
    assert "slow" not in text and "default" in text


@test
def wrong_use(place):
    for args, message in (
            (["--nix"], "not understood"), (["-i", "0"], "interval"), (["-i", "x"], "interval"),
            (["-n", "0"], "count"), (["-n", "-1"], "count"), (["--csv=nix"], "--csv takes"),
            (["-v", "nix"], "no view"), (["nix"], "no command"), (["record"], "one file"),
            (["replay", "a", "b"], "one file"), (["--json", "--csv"], "one is possible"),
            (["--json", "record", "x"], "one is possible"), (["--diff"], "--diff takes"),
            (["--once", "-n", "3"], "neither"), (["--once", "-d", "3"], "neither")):
        done = subprocess.run(place.command(*args), capture_output=True, text=True)
        equal(done.returncode, 2, args)
        has(done.stderr, message, "kpoolstat: ", "kpoolstat --help")


@test
def recording_on_a_full_disk(place):
    """The complete samples are a recording."""
    path = place.dir / "long.rec"
    room = 3 * place.record(samples=1).stat().st_size

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    done = subprocess.run(place.command("record", "-i", "0.1", path), capture_output=True,
                          text=True, preexec_fn=limited, timeout=PATIENCE)
    equal(done.returncode, 1)
    found = re.search(r"long\.rec: File too large; it has (\d+) samples?", done.stderr)
    equal(len(place.run("replay", "--json", path, root=False).splitlines()), int(found[1]))


@test
def full_disk_and_closed_pipe(place):
    with open("/dev/full", "w") as full:
        done = subprocess.run(place.command("--json"), stdout=full, stderr=subprocess.PIPE,
                              text=True)
    equal(done.returncode, 1)
    has(done.stderr, "standard output: No space left")
    has(error(place, "record", "-n", 1, "/dev/full"), "/dev/full: No space left")
    for args in ("--csv",), ("-1",), ("-n", "1", "-i", "0.1"), ("record", "-n", "1", "-"), ("--help",):
        with open("/dev/full", "w") as full:
            done = subprocess.run(place.command(*args), stdout=full, stderr=subprocess.PIPE,
                                  text=True)
        equal(done.returncode, 1, args)
        has(done.stderr, "No space left")
    done = subprocess.run(["sh", "-c", '"$@" 2>&1 | head -c 10', "sh",
                           *place.command("--json", "-i", "0.1", "-n", "50")],
                          capture_output=True, text=True, timeout=PATIENCE)
    equal(done.stdout, '{"kpoolsta')
    has(error(place, "record", "-n", 1, "/nix/nix"), "/nix/nix: No such file")
