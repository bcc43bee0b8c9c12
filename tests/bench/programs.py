"""Programs in a pseudo-terminal or alone: seconds, bytes, processor time and memory of each.

The terminal reads raw bytes, each part with its moment, and interprets them only where what is on
the screen must be known: after they have come, so that it costs the program nothing.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import clock_gettime, monotonic, sleep
from types import TracebackType
from typing import Final, NamedTuple, Self

import pyte

PATIENCE_S: Final = 60.0
"""Longest wait for anything: what takes longer is reported as missing."""

_QUIET_S: Final = 0.3
_IDLE_SHARE: Final = 0.05
"""A program is ready once it has used less than this share of a processor for so long."""

_MAXRSS_BYTES: Final = 1 if sys.platform == "darwin" else 1024


class TooLateError(Exception):
    """A program has not shown or done what was waited for."""


class Sample(NamedTuple):
    """Figures of a program from its start to some moment."""

    wall_s: float
    cpu_s: float
    peak_bytes: float
    """Most memory that it has held."""
    written: int = 0
    """Bytes that it has written to the terminal."""
    code: int = 0


class Program:
    """A program in a pseudo-terminal of its own, ended with the context.

    Attributes:
        raw: All that it has written.
        start: When it was started, by `time.monotonic`.
        rate: Most bytes a second that the terminal takes; None for all there are.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        own = {name: text for name, text in os.environ.items() if name not in ("COLUMNS", "LINES")}
        settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        columns, lines = size
        self.raw = bytearray()
        self.rate: float | None = None
        self._parts: list[tuple[float, bytes]] = []
        """What was written, with the moments at which it came."""
        self._drawn = 0
        """Number of the parts that are on `_screen`."""
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._pressed = 0.0
        self._mark = 0
        """Where in `raw` the last key was pressed, or the last text found ends."""
        self.start = monotonic()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            with suppress(OSError):
                os.execvpe(command[0], [*command], {**own, **settings, **(environment or {})})  # noqa: S606  # a shell would be measured too
            os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def read(self, seconds: float) -> bool:
        """Take in what is written within some seconds; False once the program has ended."""
        if not select.select([self._terminal], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._terminal, 65536 if self.rate is None else 4096)
        except OSError:
            return False
        self.raw += data
        self._parts.append((monotonic(), data))
        if self.rate is not None:
            sleep(len(data) / self.rate)
        return bool(data)

    def until(self, *texts: str, patience_s: float = PATIENCE_S) -> float:
        """Wait for texts after the last key, one after the other; return seconds since the start.

        Raises:
            TooLateError: they did not come.
        """
        give_up = monotonic() + patience_s
        for text in texts:
            wanted, searched = text.encode(), self._mark
            while (found := self.raw.find(wanted, searched)) < 0:
                searched = max(self._mark, len(self.raw) - len(wanted))
                if monotonic() > give_up or not self.read(0.1):
                    raise TooLateError(text)
            self._mark = found + len(wanted)
        return monotonic() - self.start

    def press(self, keys: str) -> float:
        """Type; return the seconds since the start."""
        self.settle(0)
        self._mark = len(self.raw)
        self._pressed = monotonic()
        os.write(self._terminal, keys.encode())
        return self._pressed - self.start

    def until_seen(self, check: Callable[[str], bool], patience_s: float = 20.0) -> float:
        """Wait for a screen after the last key; return the seconds since the start.

        Raises:
            TooLateError: the screen did not come.
        """
        give_up, pressed_s = monotonic() + patience_s, self._pressed - self.start
        while True:
            for moment_s, text in self.screens():
                if moment_s >= pressed_s and check(text):
                    return moment_s
            if monotonic() > give_up or not self.read(0.1):
                raise TooLateError("what was expected")

    def screens(self) -> Iterator[tuple[float, str]]:
        """Draw what has come part by part; yield the seconds since the start, and the screen."""
        for moment, part in self._parts[self._drawn :]:
            self._stream.feed(part)
            self._drawn += 1
            yield moment - self.start, self.text

    @property
    def text(self) -> str:
        """The screen as drawn so far, as one text."""
        # `display` fails where half of a wide character has been written over.
        columns, cells = range(self._screen.columns), self._screen.buffer
        rows = (cells[row] for row in range(self._screen.lines))
        return "\n".join("".join(row[column].data for column in columns) for row in rows)

    def draw(self) -> str:
        """Draw all that has come; return the screen as one text."""
        for _, part in self._parts[self._drawn :]:
            self._stream.feed(part)
        self._drawn = len(self._parts)
        return self.text

    def settle(self, quiet_s: float = 0.05, most_s: float = 2.0) -> float:
        """Read until nothing has come for some seconds; return when the last byte came."""
        last = monotonic()
        give_up = last + most_s
        while monotonic() < give_up:
            before = len(self.raw)
            is_running = self.read(quiet_s)
            if len(self.raw) == before or not is_running:
                break
            last = monotonic()
        return last - self.start

    def until_ready(self, patience_s: float = PATIENCE_S) -> float:
        """Read until the program has nothing to do; return the seconds at which that began."""
        give_up = monotonic() + patience_s
        since, before = monotonic(), self.cpu_s()
        while monotonic() < give_up:
            if not self.read(0.02):
                break
            now, used = monotonic(), self.cpu_s()
            if used - before > _IDLE_SHARE * _QUIET_S:
                since, before = now, used
            elif now - since >= _QUIET_S:
                break
        return since - self.start

    def until_ended(self, patience_s: float = PATIENCE_S) -> float:
        """Wait for the end; return the seconds since the start.

        Raises:
            TooLateError: it did not end.
        """
        give_up = monotonic() + patience_s
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            if monotonic() > give_up:
                raise TooLateError("the end")
            # What is not read would keep it from ending.
            if not self.read(0.005):
                sleep(0.001)
        self.pid = 0
        return monotonic() - self.start

    def sample(self, wall_s: float) -> Sample:
        """Return the figures of this moment."""
        return Sample(wall_s, self.cpu_s(), self.peak_bytes(), len(self.raw))

    def kill(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def cpu_s(self) -> float:
        """Seconds of processor time that it has used so far; 0 where unknown."""
        with suppress(OSError):
            # As `clock_getcpuclockid` makes it on Linux: threads that have ended are counted.
            return clock_gettime((~self.pid << 3) | 2)
        return 0.0

    def peak_bytes(self) -> float:
        """Most memory that it has held so far; 0 where unknown."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return float(line.split()[1]) * 1024
        return 0.0


def run(
    command: Sequence[str],
    *,
    interrupt: Callable[[int], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Sample:
    """Run a command to its end, its output thrown away.

    Args:
        command: the program and its arguments.
        interrupt: called with the process's id once it is started.
        environment: on top of this process's.
    """
    nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    start = monotonic()
    process = os.posix_spawnp(
        command[0],
        [*command],
        {**os.environ, **(environment or {})},
        file_actions=nowhere,
        setsigdef=[signal.SIGINT],  # a shell lets what it starts in the background ignore it
    )
    if interrupt is not None:
        interrupt(process)
    _, status, used = os.wait4(process, 0)
    return Sample(
        monotonic() - start,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss * _MAXRSS_BYTES,
        code=os.waitstatus_to_exitcode(status),
    )
