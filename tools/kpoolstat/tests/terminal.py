# SPDX-License-Identifier: GPL-2.0
"""A simulated terminal: tests read the screen of a program and press keys."""

import contextlib
import errno
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte

# Seconds after which a wait fails; far more than any machine needs.
PATIENCE = 600
# pyte knows the sequences of this terminal, which has 256 colours.
TERM = "screen-256color"
KEYS = {"up": "\x1bOA", "down": "\x1bOB", "right": "\x1bOC", "left": "\x1bOD",
        "pgup": "\x1b[5~", "pgdn": "\x1b[6~", "home": "\x1b[1~", "end": "\x1b[4~",
        "enter": "\r", "esc": "\x1b", "tab": "\t", "backtab": "\x1b[Z", "space": " ",
        "backspace": "\x7f", "ctrl-c": "\x03"}


class Screen(pyte.Screen):
    """A screen with the two sequences that pyte lacks: ncurses scrolls lines within margins."""

    def scroll_up(self, count=1):
        self._scroll(count or 1, (self.margins or self._all()).bottom, self.index)

    def scroll_down(self, count=1):
        self._scroll(count or 1, (self.margins or self._all()).top, self.reverse_index)

    def _all(self):
        return pyte.screens.Margins(0, self.lines - 1)

    def _scroll(self, count, line, move):
        was, self.cursor.y = self.cursor.y, line
        for _ in range(count):
            move()
        self.cursor.y = was


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down"}
    events = pyte.ByteStream.events | {"scroll_up", "scroll_down"}


class Display:
    """The screen and the keys at the end of a line, which is a file descriptor."""

    def __init__(self, fd, columns=80, lines=24):
        self.fd = fd
        self.screen = Screen(columns, lines)
        self.stream = Stream(self.screen)
        self.raw = b""

    def feed(self, seconds):
        """Read until nothing arrives for some seconds; False at the end."""
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                return False
            if not data:
                return False
            self.raw += data
            self.stream.feed(data)
        return True

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def line(self, number):
        return self.screen.display[number].rstrip()

    def find(self, text):
        """The number of the first line with that text, and the line; or None."""
        return next(((number, line) for number, line in enumerate(self.screen.display)
                     if text in line), None)

    def keys(self, *keys):
        for key in keys:
            os.write(self.fd, KEYS.get(key, key).encode())
            # Escape also begins sequences, so it must be read alone.
            if key == "esc":
                time.sleep(0.1)

    def wait(self, condition):
        """Wait for a text on the screen, or until a function returns true; else AssertionError."""
        end = time.monotonic() + PATIENCE
        while True:
            alive = self.feed(0.05)
            if condition(self) if callable(condition) else condition in self.text():
                return self
            if time.monotonic() > end or not alive:
                what = "" if callable(condition) else f" for {condition!r}"
                raise AssertionError(f"waited in vain{what}; on the screen:\n{self.text()}")


class Terminal(Display):
    """A program and its terminal."""

    def __init__(self, command, columns=80, lines=24, env=None):
        self.status = None
        env = {**os.environ, "TERM": TERM, "LC_ALL": "C.UTF-8", "NO_COLOR": "", **(env or {})}
        self.pid, fd = pty.fork()
        if not self.pid:
            self._set_size(0, columns, lines)
            with contextlib.suppress(OSError):
                os.execvpe(command[0], command, env)
            os._exit(127)
        super().__init__(fd, columns, lines)

    @staticmethod
    def _set_size(fd, columns, lines):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.end()
        os.close(self.fd)

    def resize(self, columns, lines):
        self.feed(0.05)
        self.screen.resize(lines, columns)
        self._set_size(self.fd, columns, lines)

    def is_sane(self):
        """Are echo and line editing on again?"""
        flags = termios.tcgetattr(self.fd)[3]
        return bool(flags & termios.ECHO and flags & termios.ICANON)

    def end(self):
        """Wait for the end. Return the status as in subprocess."""
        until = time.monotonic() + PATIENCE
        while self.status is None:
            self.feed(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.feed(0.05)
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                self.status = -signal.SIGKILL
                raise AssertionError(f"it does not end; on the screen:\n{self.text()}")
        return self.status
