"""A real pseudo-terminal with the installed `eventview` in it, and what its user would see."""

from __future__ import annotations

import os
import re
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pexpect
import pyte

COMMAND = str(Path(sys.executable).with_name("eventview"))

PATIENCE_S = 60.0
"""Nothing takes so long that is not broken; no test waits for it otherwise."""


class Terminal:
    """A terminal of some size with one program in it."""

    def __init__(self, child: pexpect.spawn[bytes], columns: int, rows: int) -> None:
        self._child = child
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        """Every byte the program has written."""

    @property
    def lines(self) -> list[str]:
        """The screen, a string a line."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    @property
    def cursor(self) -> str:
        """The row of the timeline that the cursor is on."""
        return next((line for line in self.lines if line.startswith("▸")), "")

    def colours_of(self, text: str) -> tuple[str, str]:
        """The colours of a text and of what is behind it; two times "" where it is not shown."""
        for row, line in enumerate(self._screen.display):
            # Up to it all characters have to be one cell wide.
            column = line.find(text)
            if column >= 0:
                cell = self._screen.buffer[row][column]
                return cell.fg, cell.bg
        return "", ""

    @property
    def arguments(self) -> list[str]:
        """Arguments of the program and of all it started, as anybody can see them."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.getsid(int(process.name)) == self._child.pid:
                    found += (process / "cmdline").read_bytes().decode().split("\0")
        return found

    def until(self, condition: Callable[[], bool]) -> None:
        """Read what the program writes until a condition holds."""
        give_up = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > give_up or not self._read(0.2):
                raise AssertionError(f"never came true; the terminal shows:\n{self.text}")

    def shows(self, *texts: str) -> None:
        """Wait until all these texts are on the screen."""
        self.until(lambda: all(text in self.text for text in texts))

    def type(self, keys: str) -> None:
        """Type; control characters are the keys that send them."""
        self._child.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size, as dragging its corner does."""
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def reset(self) -> None:
        """Lose what is shown, as at `tmux send-keys -R`."""
        self._screen.reset()

    def kill(self, number: int = signal.SIGTERM) -> None:
        """Send the program a signal, as `kill` does."""
        self._child.kill(number)

    @property
    def is_stopped(self) -> bool:
        """True if the program is stopped until it gets a SIGCONT."""
        return (
            Path(f"/proc/{self._child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        )

    @property
    def modes(self) -> list[object]:
        """The terminal's settings for typed text: echo, lines, control characters."""
        return list(termios.tcgetattr(self._child.child_fd))

    def hang_up(self) -> None:
        """Close the window."""
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), self._child.child_fd)

    def ended(self) -> int:
        """Wait for the program's end; its exit code, or a signal's number below zero."""
        give_up = time.monotonic() + PATIENCE_S
        while self._read(0.2):
            assert time.monotonic() < give_up, f"it never ended; the terminal shows:\n{self.text}"
        return self.code()

    def code(self) -> int:
        """Wait for the program's end without reading what it writes."""
        give_up = time.monotonic() + PATIENCE_S
        while self._child.isalive():
            assert time.monotonic() < give_up, f"it never ended; the terminal shows:\n{self.text}"
            time.sleep(0.01)
        if self._child.signalstatus is not None:
            return -int(self._child.signalstatus)
        return int(self._child.exitstatus or 0)

    @property
    def left_behind(self) -> str:
        """The text in the terminal after the interface is gone."""
        return re.sub(
            rb"\x1b\[[0-9;?<>=]*[a-zA-Z]", b"", self.raw.rpartition(b"?1049l")[2]
        ).decode()

    def _read(self, seconds: float) -> bool:
        """Take in what has been written; False once the program is gone."""
        try:
            data = self._child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True


@contextmanager
def terminal(
    *arguments: str,
    command: str = COMMAND,
    size: tuple[int, int] = (80, 24),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """Run a command, `eventview` by default, in a terminal of its own.

    Args:
        arguments: the command's.
        command: what to run.
        size: columns and rows.
        environment: on top of this process's.
    """
    columns, rows = size
    settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    # Of another terminal, if of any: who runs tests several at a time sets them.
    own = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    child: pexpect.spawn[bytes] = pexpect.spawn(
        command,
        list(arguments),
        dimensions=(rows, columns),
        env={**own, **settings, **(environment or {})},
        timeout=PATIENCE_S,
    )
    child.delaybeforesend = None
    try:
        yield Terminal(child, columns, rows)
    finally:
        # `close(force=True)` raises where the program is not gone 0.1 s later.
        if child.isalive():
            child.kill(signal.SIGKILL)
            child.wait()
        child.close()


def assert_left_as_found(screen: Terminal) -> None:
    """The shell has its own screen, its cursor and its mouse back."""
    for mode, after in ((b"1049", b"l"), (b"25", b"h"), (b"1000", b"l"), (b"2004", b"l")):
        switches = re.findall(rb"\x1b\[\?" + mode + rb"([hl])", screen.raw)
        assert switches[-1:] == [after], mode
