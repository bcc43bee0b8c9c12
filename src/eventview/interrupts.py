"""Signals that end the process: ctrl+c, a closed terminal, `kill`."""

from __future__ import annotations

import os
import signal
from typing import Final, NoReturn

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
