"""The controlling terminal, and the signals that end the process.

Textual reads keys from standard input and paints on standard error. If these are redirected, the
user still sits in front of the terminal.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from threading import Event as Flag
from threading import Lock, Thread
from time import monotonic
from typing import ClassVar, Final, NoReturn, TextIO

from eventview.progress import Progress

_TERMINAL = "/dev/tty"
_STDIN, _STDERR = 0, 2

_APPEND_ONLY_TERMINALS = ("", "dumb", "unknown")
"""Values of TERM for terminals that only append: Emacs' shell, CI, expect. "" stands for an unset
TERM, which git and systemd treat in the same way."""


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream is a terminal; False for a closed one (None)."""
    return stream is not None and stream.isatty()


def has_progress_line() -> bool:
    """Return whether standard error is a terminal whose last line can be replaced."""
    return is_terminal(sys.stderr) and not _appends_only()


def _appends_only() -> bool:
    return os.environ.get("TERM", "") in _APPEND_ONLY_TERMINALS


def has_screen() -> bool:
    """Return whether there is a screen to paint on and a keyboard to read."""
    if _appends_only() or not is_terminal(sys.stdout):
        return False
    if is_terminal(sys.stdin) and is_terminal(sys.stderr):
        return True
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR))
    except OSError:
        return False
    return True


def write_message(text: str) -> None:
    """Write a message to standard error, after the command's name; write nothing for "".

    On a terminal, lines break between words only, so that a path or an address can be copied.
    """
    if not text:
        return
    lines = "\n".join(_wrap(f"eventview: {text}", _count_columns()))
    with PROGRESS_LINE.hidden():
        print(lines, file=sys.stderr)


def _count_columns() -> int:
    """Return the width of the terminal that messages are written to; 0 if it is not known."""
    if is_terminal(sys.stderr):
        with suppress(OSError, ValueError):
            return os.get_terminal_size(sys.stderr.fileno()).columns
    return 0


_ECHO: Final = "^C"
"""Characters that a terminal adds to the line when the user interrupts the work."""


_STILL_INTERVAL_S: Final = 0.25
"""Seconds between two looks at a step that may stand still."""


class ProgressLine(Progress):
    """Progress on the last line of the terminal, on standard error.

    The line is blank in the end, and while a message is written.
    """

    silent_s: ClassVar[float] = 0.25
    """Seconds that nobody takes for a program that hangs."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._line = ""
        self._start_s = inf
        """Moment of the first figure; infinite outside of the work that is shown."""
        self._has_ended = Flag()

    @contextmanager
    def as_current(self) -> Iterator[None]:
        """Show the progress of the thread's work, from `silent_s` after its start on."""
        self.text = ""
        self._start_s = self._next_s = monotonic() + self.silent_s
        self._has_ended = has_ended = Flag()

        def keep_up() -> None:
            while not has_ended.wait(_STILL_INTERVAL_S):
                self._paint()

        Thread(target=keep_up, name="progress", daemon=True).start()
        try:
            with super().as_current():
                yield
        finally:
            self.end()

    def end(self) -> None:
        """Blank the line and show nothing more, because the terminal shows something else."""
        self._start_s = inf
        self._has_ended.set()
        with self.hidden():
            pass

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Blank the line while something else is written; any thread may do so."""
        with self._lock:
            if self._line:
                self._write(f"\r{' ' * (len(self._line) + len(_ECHO))}\r")
                self._line = ""
            yield

    def show(self, text: str) -> None:
        """Show a step in place of the one before, unless it is too early or too late for it."""
        super().show(text)
        self._paint()

    def _paint(self) -> None:
        text = self.describe()
        if not text:
            return
        shown = f"eventview: {text}"
        if columns := _count_columns():
            # On a second line, it could not be blanked.
            shown = shown[: max(0, columns - 1 - len(_ECHO))]
        with self._lock:
            if monotonic() >= self._start_s and shown != self._line:
                before, self._line = self._line, shown
                self._write(f"\r{shown.ljust(len(before))}")

    @staticmethod
    def _write(text: str) -> None:
        with suppress(OSError):
            print(text, end="", file=sys.stderr, flush=True)


PROGRESS_LINE: Final = ProgressLine()
"""Progress of the work without an interface."""


def ask_for_key(place: str) -> str:
    """Return an API key for a server that the user types, unseen; "" for none."""
    import getpass  # noqa: PLC0415  # hardly ever needed

    from eventview.session.text import clean  # noqa: PLC0415  # as above

    try:
        return getpass.getpass(f"OpenReplay API key for {clean(place)} (not shown): ")
    except EOFError:
        return ""


def _wrap(text: str, cells: int) -> Iterator[str]:
    """Break text between words into lines of some cells; 0 stands for no limit."""
    if not cells:
        yield text
        return
    from eventview.session.text import width  # noqa: PLC0415  # most runs write no message

    line, *words = text.split(" ")
    for word in words:
        if width(line) + 1 + width(word) <= cells:
            line += f" {word}"
        else:
            yield line
            line = word
    yield line


@contextmanager
def redirect_to_terminal() -> Iterator[None]:
    """Redirect standard input and error to the terminal, and back at the end.

    A terminal that is gone meanwhile ends the process as SIGHUP does, even one that ignores it.

    Variables that Textual misreads are removed first: sizes of another terminal, or of this one
    before it was resized; and an empty NO_COLOR, which has no meaning (https://no-color.org).
    """
    if min(os.get_terminal_size(sys.stdout.fileno())) > 0:
        os.environ.pop("COLUMNS", None)
        os.environ.pop("LINES", None)
    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)
    # Textual reads keys as UTF-8 in any locale, so it has to paint in UTF-8 too.
    painted = sys.__stderr__
    encoding, errors = ("", "") if painted is None else (painted.encoding, painted.errors)
    if painted is not None:
        painted.reconfigure(encoding="utf-8")
    redirected = []
    for descriptor in (_STDIN, _STDERR):
        if not os.isatty(descriptor):
            kept = os.dup(descriptor)
            terminal = os.open(_TERMINAL, os.O_RDWR)
            os.dup2(terminal, descriptor)
            os.close(terminal)
            redirected.append((kept, descriptor))
    # Under nohup, Textual would read nothing from a terminal that is gone, again and again.
    signal.signal(signal.SIGHUP, _exit)
    Thread(target=_wait_for_hangup, name="hangup", daemon=True).start()
    try:
        yield
    finally:
        for kept, descriptor in redirected:
            os.dup2(kept, descriptor)
            os.close(kept)
        if painted is not None:
            painted.reconfigure(encoding=encoding, errors=errors)


def _wait_for_hangup() -> None:
    """Raise SIGHUP when the terminal is gone: its shell may not pass it on."""
    import select  # noqa: PLC0415  # only the interface needs it

    terminal = select.poll()
    terminal.register(_STDIN, 0)
    if any(state & select.POLLHUP for _, state in terminal.poll()):
        os.kill(os.getpid(), signal.SIGHUP)


ENDING_SIGNALS: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""Signals that end the process with exit code 128 plus their number."""


def exit_on_signals() -> None:
    """Make signals end the process at once, while there is nothing to clean up.

    An exception raised during an import could be replaced by another one, or get lost.
    """
    for number in list_ending_signals():
        signal.signal(number, _exit)


def _exit(number: int, _: object) -> NoReturn:
    os._exit(128 + number)


def raise_on_signals() -> None:
    """Make signals raise an exception, so that temporary files are removed."""
    for number in list_ending_signals():
        signal.signal(number, lambda number, _: raise_for_signal(number))


def list_ending_signals() -> list[signal.Signals]:
    """Return the signals that end this process; a script or nohup may make it ignore some."""
    return [number for number in ENDING_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def raise_for_signal(number: int) -> NoReturn:
    """Raise the exception for a signal.

    Raises:
        KeyboardInterrupt: the signal is SIGINT.
        SystemExit: it is another signal; has its exit code.
    """
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
