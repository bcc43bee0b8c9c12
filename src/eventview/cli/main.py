"""The entry point: standard streams, the choice of what to run, and the exit code."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import Final

from eventview import terminal
from eventview.cli import parser
from eventview.errors import INTERRUPTED_EXIT_CODE, EventviewError, InternalError, UsageError

GC_THRESHOLD: Final = (50_000, 20, 50)
"""Garbage collection thresholds: a session is many small objects that stay, and Python's default of
a collection every 700 new ones takes as long as finding the signals."""


def run() -> None:
    """Run the command line of this process and end it with its exit code."""
    gc.set_threshold(*GC_THRESHOLD)
    _prepare_streams()
    kept: list[object] = []
    try:
        code = main(sys.argv[1:], kept)
    except SystemExit as end:
        # The parser and the signal handlers end with this.
        code = end.code if isinstance(end.code, int) else 0
    terminal.exit_on_signals()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        code = code or _report_output(error)
    # Freeing 100,000 events one by one would take a tenth of an export's time.
    os._exit(code)


def _prepare_streams() -> None:
    """Open closed standard streams, and let none fail over a character it cannot encode.

    A file opened later would take a closed stream's number, and notices would go into the data.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # This takes the lowest free number. Notices may get lost but data must not, so writing
            # to the output fails. `sys.stdin` stays None: there is no input to read.
            os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            opened = open(number, "w" if number else "r", closefd=False)  # noqa: SIM115  # stays open
            setattr(sys, f"__{name}__", opened)
            if number:
                setattr(sys, name, opened)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main(arguments: Sequence[str], kept: list[object] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: the command line without the program's name.
        kept: receives large objects, which then live until the process ends.

    Returns:
        The exit code.
    """
    code = 0
    try:
        code = _run(arguments, [] if kept is None else kept)
        if sys.stdout is not None:
            sys.stdout.flush()
    except EventviewError as failure:
        terminal.write_message(str(failure))
        return failure.exit_code
    except BrokenPipeError:
        # The reader of the output has closed it, which is no failure.
        _discard_output()
        return code
    except OSError as error:
        return _report_output(error)
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE
    except Exception as error:  # noqa: BLE001  # users get a message, no traceback
        internal = InternalError(error)
        terminal.write_message(str(internal))
        return internal.exit_code
    return code


def _run(arguments: Sequence[str], kept: list[object]) -> int:
    """Run what the options ask for; return the exit code."""
    options = parser.parse_arguments(arguments)
    # Each run imports only its own: the help none of them, a check no query, an export no screen,
    # the screen no export.
    if options.doctor and options.schema is None:
        from eventview.cli import doctor

        return doctor.run(options)
    if parser.is_export(options) or not terminal.has_screen():
        from eventview.cli import output

        return output.run(options, kept)
    from eventview.cli import interface

    return interface.run(options)


def _report_output(error: OSError) -> int:
    """Print why the output cannot be written; return the exit code."""
    _discard_output()
    reason = "It is closed" if error.errno == errno.EBADF else error.strerror or error
    terminal.write_message(f"The output cannot be written. {reason}.")
    return UsageError.exit_code


def _discard_output() -> None:
    """Redirect standard output to nowhere, because Python flushes it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
