"""The entry point: connects a source with the interface or an export, and sets the exit code."""

from __future__ import annotations

import argparse
import errno
import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from eventview import terminal
from eventview.cli import options, parser
from eventview.errors import (
    INTERRUPTED_EXIT_CODE,
    EventviewError,
    InternalError,
    NotFoundError,
    UsageError,
)

if TYPE_CHECKING:
    from eventview.analysis.rules import Rules
    from eventview.cli.headless import Export
    from eventview.cli.resolve import RunContext, SourceRequest
    from eventview.view.view_options import InitialView

GC_THRESHOLD: Final = (50_000, 20, 50)
"""Garbage collection thresholds: a session is many small objects that stay, and Python's default of
a collection every 700 new ones takes as long as finding the signals."""

MATCHED_EXIT_CODE: Final = 1
"""Exit code when `--fail-on` matches."""


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


def main(words: Sequence[str], kept: list[object] | None = None) -> int:
    """Run a command line.

    Args:
        words: the command line without the program's name.
        kept: receives large objects, which then live until the process ends.

    Returns:
        The exit code.
    """
    code = 0
    try:
        code = _dispatch(parser.parse_arguments(words), [] if kept is None else kept)
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


def _report_output(error: OSError) -> int:
    """Print why the output cannot be written; return the exit code."""
    _discard_output()
    reason = "It is closed" if error.errno == errno.EBADF else error.strerror or error
    terminal.write_message(f"The output cannot be written. {reason}.")
    return UsageError.exit_code


def _discard_output() -> None:
    """Redirect standard output to nowhere, because Python flushes it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(arguments: argparse.Namespace, kept: list[object]) -> int:
    if arguments.schema is not None:
        return _write_schema(arguments)
    if arguments.doctor:
        return _run_doctor(arguments)
    options.refuse_conflicts(arguments)
    if arguments.user is not None:
        return _show_list(arguments)
    if arguments.other is not None:
        return _show_comparison(arguments)
    return _show_session(arguments, kept)


def _write_schema(arguments: argparse.Namespace) -> int:
    from eventview.cli.headless import Export, write_output
    from eventview.export.schema import read_schema

    terminal.raise_on_signals()
    export = Export("json", arguments.output)
    write_output(read_schema(arguments.schema).splitlines(), export, _on_status(arguments))
    return 0


def _read_export(arguments: argparse.Namespace) -> Export | None:
    """Return the export that the options ask for; None for the interface."""
    is_export = (
        arguments.format is not None
        or arguments.output is not None
        or arguments.redact
        or arguments.fail_on is not None
        or arguments.quiet
    )
    if not is_export and terminal.has_screen():
        return None
    from eventview.cli.headless import Export
    from eventview.export.formats import ENDINGS, format_of

    file = arguments.output
    if arguments.format is None and file is not None and file.suffix and format_of(file) is None:
        raise UsageError(
            "The file's ending is not that of a format.",
            reason=f"There are {ENDINGS}.",
            hint="Use one of these endings, or give the format with --format.",
        )
    return Export(
        arguments.format,
        arguments.output,
        is_redacted=arguments.redact,
        fatal=options.read_fatal_kinds(arguments),
        is_quiet=arguments.quiet,
    )


def _show_session(arguments: argparse.Namespace, kept: list[object]) -> int:
    from eventview.cli import resolve

    export = _read_export(arguments)
    view_options = options.read_view_options(arguments)
    position, times = options.read_position(arguments), options.read_times(arguments)
    request = _make_request(arguments)
    terminal.raise_on_signals()
    try:
        target = resolve.find_target(request, _make_context(arguments))
        # A link's moment gives the window its place once the session is there.
        if target.moment is None:
            options.refuse_window_without_place(view_options)
        if export is not None:
            from eventview.cli import headless
            from eventview.view.view_options import RowWindow

            if position and not view_options.window:
                # A window without limits holds all rows and marks the one at the position.
                view_options = replace(view_options, window=RowWindow(position))
            with headless.without_garbage_collection():
                result = headless.write_session(
                    target, view_options, times, export, _on_status(arguments)
                )
            kept.append(result)
            _save_responses(request, arguments)
            if not result.fatal_words:
                return 0
            terminal.write_message(f"--fail-on: {result.fatal_words}")
            return MATCHED_EXIT_CODE
        from eventview.tui.feed import Feed

        # The server answers while Textual is imported.
        feed = Feed(target.source).start()
        terminal.exit_on_signals()
        with terminal.redirect_to_terminal():
            from eventview.tui.app import run as run_app
            from eventview.view.view_options import InitialView

            run_app(feed, InitialView(view_options, position or target.moment, times, target.rules))
    except NotFoundError:
        # There is nothing worth saving.
        raise
    except BaseException:
        # The user has to see this failure, not one of saving what had arrived.
        with suppress(EventviewError):
            _save_responses(request, arguments)
        raise
    _save_responses(request, arguments)
    return 0


def _save_responses(request: SourceRequest, arguments: argparse.Namespace) -> None:
    number = request.recorder.write()
    if number:
        from eventview.render.rows import pluralize
        from eventview.session.text import clean

        file = clean(str(arguments.save))
        _on_status(arguments)(f"{pluralize(number, 'answer')} kept in {file}")


def _show_comparison(arguments: argparse.Namespace) -> int:
    from eventview.cli import resolve

    export = _read_export(arguments)
    view_options = options.read_view_options(arguments)
    request, context = _make_request(arguments), _make_context(arguments)
    terminal.raise_on_signals()
    first, second = (
        resolve.find_target(one, context) for one in resolve.pair_requests(request, arguments.other)
    )
    if first.moment or second.moment:
        context.on_status(
            "a comparison begins at the start: the moment of a link (jumpto) does not count"
        )
    if export is not None:
        from eventview.cli import headless

        headless.write_comparison(first, second, view_options, export, _on_status(arguments))
        return 0
    from eventview.tui.feed import Feed

    feeds = Feed(first.source).start(), Feed(second.source).start()
    terminal.exit_on_signals()
    with terminal.redirect_to_terminal():
        from eventview.tui.app import run_comparison
        from eventview.view.view_options import InitialView

        run_comparison(*feeds, InitialView(view_options, rules=first.rules))
    return 0


def _show_list(arguments: argparse.Namespace) -> int:
    from eventview.cli import resolve

    export = _read_export(arguments)
    if export is not None:
        options.refuse_list_conflicts(arguments)
    request = _make_request(arguments)
    terminal.raise_on_signals()
    picker = resolve.find_sessions(request, _make_context(arguments))
    if export is None:
        initial_view = _make_initial_view(arguments, picker.rules)
        terminal.exit_on_signals()
        with terminal.redirect_to_terminal():
            from eventview.tui.app import run_list

            run_list(picker.listing, picker.open_one, initial_view)
        return 0
    from eventview.cli import headless

    if export.format_name not in headless.LIST_FORMATS:
        raise UsageError(
            f"A list of sessions cannot be written as {export.format_name}.",
            hint=f"Use --format {', '.join(headless.LIST_FORMATS)}.",
        )
    on_status = _on_status(arguments)
    sessions, shortfall = picker.listing.sessions(on_status)
    if export.is_written:
        headless.write_output(
            headless.LIST_FORMATS[export.format_name](sessions), export, on_status
        )
    if shortfall:
        on_status(f"incomplete: {shortfall}")
    return 0


def _make_initial_view(arguments: argparse.Namespace, rules: Rules) -> InitialView:
    """Return the initial view of every session of a list."""
    from eventview.view.view_options import InitialView

    view_options = options.read_view_options(arguments)
    options.refuse_window_without_place(view_options)
    return InitialView(view_options, None, options.read_times(arguments), rules)


def _make_request(arguments: argparse.Namespace) -> SourceRequest:
    from eventview.cli import resolve
    from eventview.config.settings import ConnectionOptions
    from eventview.sources.recorder import ResponseRecorder

    for file in (arguments.save, arguments.output):
        if file is not None:
            from eventview.export.atomic import check_writable

            # A file that cannot be written is refused before anything is fetched.
            check_writable(file)
    return resolve.SourceRequest(
        tuple(arguments.target),
        is_demo=arguments.demo,
        options=ConnectionOptions(
            arguments.url, arguments.api, arguments.profile, arguments.insecure_http
        ),
        timeout_s=arguments.timeout,
        log=arguments.log,
        user=arguments.user,
        recorder=ResponseRecorder(arguments.save),
    )


def _make_context(arguments: argparse.Namespace) -> RunContext:
    from eventview.cli import resolve

    return resolve.RunContext(os.environ, terminal.is_terminal, _on_status(arguments))


def _on_status(arguments: argparse.Namespace) -> Callable[[str], None]:
    """Return the callback for status messages: standard error, or nothing with `--quiet`."""
    if arguments.quiet:
        from eventview.session.source import ignore_status

        return ignore_status
    return terminal.write_message


def _run_doctor(arguments: argparse.Namespace) -> int:
    """Print what is configured and whether it works; return the exit code."""
    from eventview.cli import doctor

    code = 0
    request = _make_request(arguments)
    terminal.raise_on_signals()
    for result in doctor.run_checks(request, _make_context(arguments)):
        for line in doctor.format_result(result):
            print(line, flush=True)
        if result.failure is not None and not result.is_warning:
            code = result.failure.exit_code
    return code
