"""The terminal itself, which may not be where standard input and error lead.

Textual reads keys from standard input and paints on standard error. In a pipe or with errors
redirected those are something else, while the user still sits in front of the terminal.

Signals that end the process: ctrl+c, a closed terminal, `kill`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn, TextIO

_TERMINAL = "/dev/tty"
_STDIN, _STDERR = 0, 2

_WITHOUT_SCREEN = ("", "dumb", "unknown")
"""Types of terminals that only append: Emacs' shell, CI, expect. The first stands for no type told:
nothing is known to be understood there, and git and systemd take it so too."""


def leads_to(stream: TextIO | None) -> bool:
    """Whether a standard stream is a terminal; one that was closed (None) is not."""
    return stream is not None and stream.isatty()


def is_at_hand() -> bool:
    """Whether there is a screen to paint on and a keyboard to read."""
    if not leads_to(sys.stdout) or os.environ.get("TERM", "") in _WITHOUT_SCREEN:
        return False
    if leads_to(sys.stdin) and leads_to(sys.stderr):
        return True
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR))
    except OSError:
        return False
    return True


def tell(text: str) -> None:
    """Write a line to standard error, in the command's name; nothing for "".

    On a terminal it is broken between words, and a word that is longer than a line nowhere, so that
    a path or an address can still be copied.
    """
    if text:
        print("\n".join(_lines(f"eventview: {text}", _cells(sys.stderr))), file=sys.stderr)


def _cells(stream: TextIO | None) -> int:
    """Return how wide the terminal is that a stream leads to; 0 for none."""
    if stream is None or not leads_to(stream):
        return 0
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return 0


def _lines(text: str, cells: int) -> Iterator[str]:
    if not cells:
        yield text
        return
    # Here, because most runs have nothing to say.
    from eventview.session.width import width

    line, *words = text.split(" ")
    for word in words:
        if width(line) + 1 + width(word) <= cells:
            line += f" {word}"
        else:
            yield line
            line = word
    yield line


@contextmanager
def taken() -> Iterator[None]:
    """Lead standard input and error to the terminal, and back at the end.

    What Textual would read wrongly in the environment is taken out of it first: sizes of another
    terminal, or of this one before it was resized; and NO_COLOR when empty, which says nothing
    (https://no-color.org).
    """
    if min(os.get_terminal_size(sys.stdout.fileno())) > 0:
        os.environ.pop("COLUMNS", None)
        os.environ.pop("LINES", None)
    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)
    # Textual reads keys as UTF-8 in any locale; what it paints is in the same encoding.
    painted = sys.__stderr__
    encoding, errors = ("", "") if painted is None else (painted.encoding, painted.errors)
    if painted is not None:
        painted.reconfigure(encoding="utf-8")
    moved = []
    for descriptor in (_STDIN, _STDERR):
        if not os.isatty(descriptor):
            kept = os.dup(descriptor)
            terminal = os.open(_TERMINAL, os.O_RDWR)
            os.dup2(terminal, descriptor)
            os.close(terminal)
            moved.append((kept, descriptor))
    try:
        yield
    finally:
        for kept, descriptor in moved:
            os.dup2(kept, descriptor)
            os.close(kept)
        if painted is not None:
            painted.reconfigure(encoding=encoding, errors=errors)


ENDING: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""The signals that end the process, with 128 plus their number as its exit code."""


def exit_at_once() -> None:
    """End the process where a signal meets it, while there is nothing to put in order.

    An exception raised in the middle of an import can become another one there, or get lost.
    """
    for number in heeded():
        signal.signal(number, lambda number, _: os._exit(128 + number))


def unwind() -> None:
    """Raise an exception where a signal meets the process, so that no draft stays behind."""
    for number in heeded():
        signal.signal(number, lambda number, _: raise_for(number))


def heeded() -> list[signal.Signals]:
    """Return the signals that end this process: a script or nohup can have it ignore some."""
    return [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]


def raise_for(number: int) -> NoReturn:
    """End what runs because of a signal.

    Raises:
        KeyboardInterrupt: it is SIGINT.
        SystemExit: it is another one; with its exit code.
    """
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
