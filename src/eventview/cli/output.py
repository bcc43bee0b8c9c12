"""Output without the interface: a session, a comparison of two, a list of sessions, a schema.

A session is requested first: `eventview.cli.headless`, which writes it, is imported meanwhile.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import Final

from eventview import terminal
from eventview.cli import options, resolve
from eventview.progress import begin_step

MATCHED_EXIT_CODE: Final = 1
"""Exit code when `--fail-on` matches."""


def run(arguments: argparse.Namespace, kept: list[object]) -> int:
    """Write what a command line asks for; return the exit code.

    Args:
        arguments: the command line.
        kept: receives large objects, which then live until the process ends.

    Raises:
        EventviewError: it cannot be found, read or written.
    """
    on_status = resolve.status_callback(arguments)
    if arguments.schema is not None:
        from eventview.cli import headless

        terminal.raise_on_signals()
        headless.write_schema(arguments, on_status)
        return 0
    options.refuse_conflicts(arguments)
    if arguments.fail_on is not None or (arguments.output and not arguments.format):
        # A mistake in them is reported before anything is requested.
        from eventview.cli import headless

        headless.read_export(arguments)
    if arguments.user is not None:
        options.refuse_list_conflicts(arguments)
        request = resolve.read_request(arguments, _import_headless)
        terminal.raise_on_signals()
        listing = resolve.find_sessions(request).listing
        from eventview.cli import headless

        with progress_line(arguments):
            begin_step(f"waiting for {listing.session_ref.place}")
            headless.write_list(listing, headless.read_export(arguments), on_status)
        return 0
    options.check_view_options(arguments)
    request = resolve.read_request(arguments, _import_headless)
    terminal.raise_on_signals()
    if arguments.other is not None:
        pair = resolve.find_pair(request, arguments.other)
        from eventview.cli import headless

        view_options = options.read_view_options(arguments)
        export = headless.read_export(arguments)
        with _without_garbage_collection(), progress_line(arguments):
            kept += headless.write_comparison(*pair, view_options, export, on_status)
        return 0
    return _write_session(arguments, request, kept)


def _write_session(
    arguments: argparse.Namespace, request: resolve.SourceRequest, kept: list[object]
) -> int:
    on_status = request.context.on_status
    with options.saved_responses(request.recorder, arguments):
        target = resolve.find_target(request)
        # A link's moment gives the window its place once the session is there.
        if target.moment is None:
            options.refuse_window_without_place(arguments)
        with _without_garbage_collection(), progress_line(arguments):
            if target.source.session_ref.session_id:
                begin_step(f"waiting for {target.source.session_ref.place}")
            batches = target.source.batches(on_status)
            # The first of them is requested here.
            batches = chain(list(islice(batches, 1)), batches)
            from eventview.cli import headless

            snapshot, fatal_words = headless.write_session(target, batches, arguments, on_status)
            kept.append(snapshot)
    if fatal_words:
        terminal.write_message(f"--fail-on: {fatal_words}")
        return MATCHED_EXIT_CODE
    return 0


def _import_headless() -> None:
    from eventview.cli import headless  # noqa: F401  # for the time when the answer is there


def progress_line(arguments: argparse.Namespace) -> AbstractContextManager[None]:
    """Show the progress on standard error, unless the output is read while it is written.

    Behind a pipe may be a pager, whose screen a count would spoil, and a file may be `/dev/stdout`
    or the pipe of `>(less)`. A terminal that shows the output shows nothing before it is written.
    """
    file: Path | None = arguments.output
    if file is None:
        is_read = not terminal.is_terminal(sys.stdout) and not sys.stdout.seekable()
    else:
        is_read = file.exists() and not file.is_file()
    if arguments.quiet or is_read or not terminal.has_progress_line():
        return nullcontext()
    return terminal.PROGRESS_LINE.as_current()


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause garbage collection, which is slow among a session's objects and would free none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
