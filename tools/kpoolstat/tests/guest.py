# SPDX-License-Identifier: GPL-2.0
"""Tests of kpoolstat in a guest: pytest guest.py --guest SCREEN SHELL OUT PROGRAM

SCREEN and SHELL are sockets of serial lines of the guest: a terminal without a program, and a shell.
A recording and pictures of the run are kept in the directory OUT. PROGRAM is kpoolstat for this machine.
tools/test/jobs/viewer.py boots the guest.
"""

import base64
import contextlib
import gzip
import pathlib
import re
import select
import socket
import time

import cases
import pytest
import screenshot
from cases import equal, test
from screens import live, press, row, rows
from terminal import PATIENCE, TERM, Display


DEBUGFS = "/sys/kernel/debug/kpool"

def connect(path):
    """Connect to a socket. QEMU creates it and waits for the test."""
    end = time.monotonic() + PATIENCE
    while True:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(path)
            return line
        except OSError:
            line.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class Guest:
    def __init__(self, screen, shell, out, program):
        self.screen, self.shell = connect(screen), connect(shell)
        self.out = pathlib.Path(out)
        self.place = cases.Place(program)
        self.term = Display(self.screen.fileno())
        self.text, self.number = "", 0
        self.until(r"the shell is ready, the screen is (\S+)\n")
        self.tty = self.found[1]
        # The terminal hangs up when the leader of its session exits, so a shell is the leader.
        self(f"export TERM={TERM} LC_ALL=C.UTF-8; mkfifo /tmp/run /tmp/ended")
        self("setsid -c sh -c 'while read -r command <&9; do $command; echo $? >/tmp/ended; done' "
             f"9<>/tmp/run <{self.tty} >{self.tty} 2>&1 &")

    def until(self, pattern):
        """Return what the shell prints before @pattern. Read the terminal, too, or viewers block."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < end, f"waited in vain for {pattern}, after {self.text[-500:]!r}"
            ready = select.select([self.shell, self.screen], [], [], 1)[0]
            if self.screen in ready:
                self.term.feed(0)
            if self.shell in ready:
                data = self.shell.recv(65536)
                assert data, f"the guest is gone, having printed {self.text[-500:]!r}"
                self.text += data.decode().replace("\r", "")
        before, self.text = self.text[:found.start()], self.text[found.end():]
        self.found = found
        return before

    def __call__(self, command):
        """Run a command in the guest. Return its output."""
        self.number += 1
        self.shell.sendall(f"{command}\necho ended {self.number} $?\n".encode())
        text = self.until(rf"ended {self.number} (\d+)\n")
        equal(self.found[1], "0", f"status of {command!r}, which printed {text!r}")
        return text

    def file(self, path):
        return self(f"cat {DEBUGFS}/{path}")

    @contextlib.contextmanager
    def work(self):
        """Run the client repeatedly."""
        self("touch /tmp/work")
        self("while [ -e /tmp/work ]; do insmod /modules/kpool_client.ko $CLIENT_ARGS && "
             "rmmod kpool_client; done & work=$!")
        try:
            yield
        finally:
            self("rm /tmp/work; wait $work")

    def resize(self, columns, lines):
        self(f"stty -F {self.tty} cols {columns} rows {lines}")

    @contextlib.contextmanager
    def live(self, *args, columns=80, lines=24):
        """Run kpoolstat on the terminal, and quit it at the end."""
        term = self.term = Display(self.screen.fileno(), columns, lines)
        self(f"stty -F {self.tty} sane 115200")
        self.resize(columns, lines)
        before = self(f"stty -F {self.tty} -g")
        self(f"echo kpoolstat {' '.join(args)} >/tmp/run")
        term.wait("q quit")
        try:
            yield term
        finally:
            term.keys("q")
            self("read -r status </tmp/ended && [ $status = 0 ]")
            term.feed(0.1)
        equal(self(f"stty -F {self.tty} -g"), before, "the terminal's settings afterwards")

    def picture(self, name, term):
        (self.out / name).write_text("\n".join(screenshot.draw(term.screen)) + "\n")


@pytest.fixture(scope="session")
def guest(request):
    guest = Guest(*request.config.getoption("--guest"))
    yield guest
    guest.place.close()
    guest.shell.sendall(b"exit 0\n")


def busy(term):
    return row(term, "default").get("ALLOC/s", "-") not in ("-", "0")


def reversed_cells(term):
    """Pools that the map shows in reverse."""
    return [char.data for line in range(5, term.screen.lines - 3)
            for char in list(term.screen.buffer[line].values())[15:79] if char.reverse]


@test
def heaps_are_seen_at_work(guest):
    with guest.work(), guest.live("-d", "0.5", columns=100) as term:
        term.wait(lambda t: t.find("default") and busy(t))
        term.wait(lambda t: any(name.startswith("client") for name in rows(t)))
        guest.picture("heaps.svg", term)
        press(term, "h", wait="show this help")
        press(term, "h", wait="CORRUPT")
        press(term, "/", "d", "e", "f", "enter", wait=lambda t: rows(t) == ["default"])


@test
def keys_sort_and_choose(guest):
    with guest.work(), guest.live("-d", "0.5", "-H", "default") as term:
        press(term, "2", wait="POOLS")
        press(term, *"<<<", wait=lambda t: rows(t)[:3] == ["8", "16", "24"])
        press(term, "r", wait=lambda t: rows(t)[:3] == ["1024", "816", "800"])
        press(term, "/", "6", "4", "enter", wait=lambda t: rows(t) == ["640", "64"])
        press(term, "5", wait="arena_size")
        press(term, "4", wait="ASKMALLOC")


@test
def map_shows_recycling_as_it_happens(guest):
    with guest.work(), guest.live("-v", "map", "-H", "default", "-d", "0.3",
                                  columns=96, lines=26) as term:
        term.wait(lambda t: len(reversed_cells(t)) > 5)
        guest.picture("map.svg", term)
        press(term, "m", wait="bold full")


@test
def a_pause_holds_the_figures(guest):
    def figures(term):
        return term.screen.display[4:-1]

    with guest.work(), guest.live("-v", "figures", "-H", "default", "-d", "0.2", lines=60) as term:
        press(term, "p", wait="PAUSED")
        held, stats = figures(term), guest.file("heaps/default/stats")
        # The files show that the client still works.
        while guest.file("heaps/default/stats") == stats:
            pass
        term.feed(1)
        equal(figures(term), held)
        press(term, "p", wait=lambda t: figures(t) != held)


@test
def follows_the_terminals_size(guest):
    with guest.work(), guest.live("-v", "classes", "-H", "default", "-d", "0.5") as term:
        for columns, lines in (120, 40), (60, 12), (80, 24):
            term.screen.resize(lines, columns)
            guest.resize(columns, lines)
            # The last line shows the keys. Rows of the former size may be there meanwhile.
            term.wait(lambda t, last=lines - 1: "kpoolstat" in t.line(0) and "q quit" in t.line(last))


@test
def screens_equal_debugfs_to_the_digit(guest):
    """The heap does not change meanwhile."""
    stats = cases.figures(guest.file("heaps/default/stats"))
    classes = cases.columns(guest.file("heaps/default/classes"))
    arenas = cases.columns(guest.file("heaps/default/arenas"))
    with guest.live("-v", "figures", "-H", "default", columns=100, lines=60) as term:
        def shown(term):
            lines = map(str.split, term.screen.display[4:-1])
            return {words[0]: words[1] for words in lines if len(words) > 1}

        term.wait(lambda t: stats.keys() <= shown(t).keys())
        for key, value in stats.items():
            equal(shown(term)[key], str(value), key)
        press(term, "2", wait="POOLS")
        for entry in classes:
            found = row(term, str(entry["size"])) if entry["pools"] else None
            assert not found or int(found["POOLS"]) == entry["pools"], (entry, term.text())
        press(term, "3", wait="pools: colour class")
        press(term, "m", wait="bold full")
        assert arenas
        for number, arena in enumerate(arenas[:40]):
            equal(term.line(5 + number).split()[-1], arena["classes"].replace(".", "·"), number)


@test
def json_equals_debugfs_to_the_digit(guest):
    files = {name: guest.file(f"heaps/default/{name}") for name in ("stats", "classes", "arenas")}
    cases.json_is(guest("kpoolstat --json"), "default", files)


@test
def a_recording_is_replayed_on_the_host(guest):
    with guest.work():
        guest("kpoolstat record -i 0.5 -n 8 /tmp/run.rec")
    there = guest("kpoolstat replay --json /tmp/run.rec")
    record = guest.out / "run.rec"
    record.write_bytes(gzip.decompress(base64.b64decode(
        guest("gzip -c /tmp/run.rec | base64"))))
    equal(guest.place.run("replay", "--json", record, root=False), there)
    equal(there.count("\n"), 8)
    with live(guest.place, "replay", "-v", "map", "-H", "default", record, root=False) as term:
        press(term, "g", wait="replay 1/8")
        press(term, "f", wait="replay 2/8")
        press(term, "G", wait="replay 8/8")
        press(term, "1", wait="CORRUPT")
        assert "default" in rows(term)
        term.keys("q")
        equal(term.end(), 0)
