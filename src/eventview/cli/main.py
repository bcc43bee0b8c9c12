"""The command line: what was asked for, from where, and shown how.

Puts the other rooms together: it picks a source and hands it to the interface or to an output.
"""

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
    from eventview.view.options import InitialView

GC_THRESHOLD: Final = (50_000, 20, 50)
"""A session is many small objects that stay: to look for garbage among them after every 700 new
ones, as Python does by itself, takes as long as to find the signals among them."""

MATCHED_EXIT_CODE: Final = 1
"""`--fail-on` found what it looks for."""


def run() -> None:
    """Run the command line of this process and end it with its exit code."""
    gc.set_threshold(*GC_THRESHOLD)
    _prepare_streams()
    kept: list[object] = []
    try:
        code = main(sys.argv[1:], kept)
    except SystemExit as end:
        # Of the arguments' reader, or told to end.
        code = end.code if isinstance(end.code, int) else 0
    terminal.exit_at_once()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        code = code or _report_output(error)
    # At once: to take 100,000 events apart one by one takes a tenth of the time of an export.
    os._exit(code)


def _prepare_streams() -> None:
    """Give every standard stream a file, and let none fail over a character it cannot encode.

    Where one is closed, what is opened next takes its number: notices would go into the data.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # The lowest number that is free. Notices may get lost, data must not: the output can
            # be opened, but not written to. Who wants to read the input still finds none.
            os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            opened = open(number, "w" if number else "r", closefd=False)  # noqa: SIM115  # for good
            setattr(sys, f"__{name}__", opened)
            if number:
                setattr(sys, name, opened)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main(words: Sequence[str], kept: list[object] | None = None) -> int:
    """Do what a command line asks for.

    Args:
        words: the command line without the program's name.
        kept: is given what is large, so that it is there until the process ends.

    Returns:
        The exit code.
    """
    code = 0
    try:
        code = _do(parser.parse(words), [] if kept is None else kept)
        if sys.stdout is not None:
            sys.stdout.flush()
    except EventviewError as failure:
        terminal.tell(str(failure))
        return failure.exit_code
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        _forget_output()
        return code
    except OSError as error:
        return _report_output(error)
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE
    except Exception as error:  # noqa: BLE001  # a traceback helps nobody who reads sessions
        mistake = InternalError(error)
        terminal.tell(str(mistake))
        return mistake.exit_code
    return code


def _report_output(error: OSError) -> int:
    """Print why the output cannot be written; return the exit code."""
    _forget_output()
    reason = "It is closed" if error.errno == errno.EBADF else error.strerror or error
    terminal.tell(f"The output cannot be written. {reason}.")
    return UsageError.exit_code


def _forget_output() -> None:
    """Keep Python from complaining when it flushes standard output at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _do(arguments: argparse.Namespace, kept: list[object]) -> int:
    if arguments.schema is not None:
        return _write_schema(arguments)
    if arguments.doctor:
        return _examine(arguments)
    options.refuse(arguments)
    if arguments.user is not None:
        return _list(arguments)
    return _compare(arguments) if arguments.other is not None else _view(arguments, kept)


def _write_schema(arguments: argparse.Namespace) -> int:
    from eventview.cli.headless import Export, put
    from eventview.export.schema import text

    terminal.unwind()
    put(
        text(arguments.schema).splitlines(), Export("json", arguments.output), _on_status(arguments)
    )
    return 0


def _export(arguments: argparse.Namespace) -> Export | None:
    """Return the export that is asked for; None where the interface is wanted."""
    is_asked_for = (
        arguments.format is not None
        or arguments.output is not None
        or arguments.redact
        or arguments.fail_on is not None
        or arguments.quiet
    )
    if not is_asked_for and terminal.is_at_hand():
        return None
    from eventview.cli.headless import Export
    from eventview.export.formats import ENDINGS, format_of

    file = arguments.output
    if arguments.format is None and file is not None and file.suffix and format_of(file) is None:
        raise UsageError(
            "The ending of the file says no format.",
            reason=f"There are {ENDINGS}.",
            hint="Name it so, or say the format with --format.",
        )
    return Export(
        arguments.format,
        arguments.output,
        is_redacted=arguments.redact,
        fatal=options.fatal_kinds(arguments),
        is_quiet=arguments.quiet,
    )


def _view(arguments: argparse.Namespace, kept: list[object]) -> int:
    from eventview.cli import resolve

    export = _export(arguments)
    view_options, position, times = (
        options.view_options(arguments),
        options.position(arguments),
        options.times(arguments),
    )
    request = _request(arguments)
    terminal.unwind()
    try:
        target = resolve.find(request, _surroundings(arguments))
        # The moment that a link names is known once the session is there.
        if target.moment is None:
            options.refuse_unplaced(view_options)
        if export is not None:
            from eventview.cli import headless
            from eventview.view.options import RowWindow

            if position and not view_options.window:
                # All rows, and the one of the moment marked.
                view_options = replace(view_options, window=RowWindow(position))
            with headless.without_garbage_collection():
                done = headless.write(target, view_options, times, export, _on_status(arguments))
            kept.append(done)
            _keep(request, arguments)
            return _ended(done.reason)
        from eventview.tui.feed import Feed

        # Before Textual is loaded: the server answers meanwhile.
        feed = Feed(target.source).start()
        terminal.exit_at_once()
        with terminal.taken():
            from eventview.tui.app import run as run_app
            from eventview.view.options import InitialView

            run_app(feed, InitialView(view_options, position or target.moment, times, target.rules))
    except NotFoundError:
        # There is nothing worth keeping.
        raise
    except BaseException:
        # What stopped it is what the user has to know; what had come is kept if it can be.
        with suppress(EventviewError):
            _keep(request, arguments)
        raise
    _keep(request, arguments)
    return 0


def _keep(request: SourceRequest, arguments: argparse.Namespace) -> None:
    answers = request.recorder.write()
    if answers:
        from eventview.render.rows import plural
        from eventview.session.text import clean

        kept = clean(str(arguments.save))
        _on_status(arguments)(f"{plural(answers, 'answer')} kept in {kept}")


def _ended(reason: str) -> int:
    if not reason:
        return 0
    terminal.tell(f"--fail-on: {reason}")
    return MATCHED_EXIT_CODE


def _compare(arguments: argparse.Namespace) -> int:
    from eventview.cli import resolve

    export = _export(arguments)
    view_options, request, around = (
        options.view_options(arguments),
        _request(arguments),
        _surroundings(arguments),
    )
    terminal.unwind()
    first, second = (resolve.find(one, around) for one in resolve.pair(request, arguments.other))
    if first.moment or second.moment:
        around.on_status(
            "a comparison begins at the start: the moment of a link (jumpto) does not count"
        )
    if export is not None:
        from eventview.cli import headless

        headless.write_comparison(first, second, view_options, export, _on_status(arguments))
        return 0
    from eventview.tui.feed import Feed

    feeds = Feed(first.source).start(), Feed(second.source).start()
    terminal.exit_at_once()
    with terminal.taken():
        from eventview.tui.app import run_comparison
        from eventview.view.options import InitialView

        run_comparison(*feeds, InitialView(view_options, rules=first.rules))
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from eventview.cli import resolve

    export = _export(arguments)
    if export is not None:
        options.refuse_for_list(arguments)
    request = _request(arguments)
    terminal.unwind()
    choice = resolve.find_list(request, _surroundings(arguments))
    if export is None:
        opening = _opening(arguments, choice.rules)
        terminal.exit_at_once()
        with terminal.taken():
            from eventview.tui.app import run_list

            run_list(choice.listing, choice.open_one, opening)
        return 0
    from eventview.cli import headless

    if export.format_name not in headless.LIST_FORMATS:
        raise UsageError(
            f"A list of sessions is not written as {export.format_name}.",
            hint=f"Use --format {', '.join(headless.LIST_FORMATS)}.",
        )
    on_status = _on_status(arguments)
    sessions, shortfall = choice.listing.sessions(on_status)
    if export.is_written:
        headless.put(headless.LIST_FORMATS[export.format_name](sessions), export, on_status)
    if shortfall:
        on_status(f"incomplete: {shortfall}")
    return 0


def _opening(arguments: argparse.Namespace, rules: Rules) -> InitialView:
    """Return the opening of every session of a list."""
    from eventview.view.options import InitialView

    view_options = options.view_options(arguments)
    options.refuse_unplaced(view_options)
    return InitialView(view_options, None, options.times(arguments), rules)


def _request(arguments: argparse.Namespace) -> SourceRequest:
    from eventview.cli import resolve
    from eventview.config.settings import ConnectionOptions
    from eventview.sources.recorder import ResponseRecorder

    for file in (arguments.save, arguments.output):
        if file is not None:
            from eventview.export.atomic import check

            # Now rather than when all has come.
            check(file)
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


def _surroundings(arguments: argparse.Namespace) -> RunContext:
    from eventview.cli import resolve

    return resolve.RunContext(os.environ, terminal.leads_to, _on_status(arguments))


def _on_status(arguments: argparse.Namespace) -> Callable[[str], None]:
    """Whom to tell what is noticed: standard error, or nobody."""
    if arguments.quiet:
        from eventview.session.source import ignore_status

        return ignore_status
    return terminal.tell


def _examine(arguments: argparse.Namespace) -> int:
    """Print what is configured and whether it works; gives the exit code."""
    from eventview.cli import doctor

    code = 0
    request = _request(arguments)
    terminal.unwind()
    for finding in doctor.findings(request, _surroundings(arguments)):
        for line in doctor.lines(finding):
            print(line, flush=True)
        if finding.failure is not None and not finding.is_warning:
            code = finding.failure.exit_code
    return code
