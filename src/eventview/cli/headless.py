"""A session, a comparison, a list of sessions or a schema, written without the interface."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from eventview import terminal
from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis, SessionBuilder, count_kinds
from eventview.analysis.signal_kinds import RAGE, STUCK
from eventview.analysis.signals import SignalKind
from eventview.cli import options
from eventview.cli.resolve import Target
from eventview.errors import EventviewError, NotFoundError, UsageError
from eventview.export.atomic import LINES_PER_WRITE, write_lines
from eventview.export.formats import ENDINGS, FORMATS, HAS_REPLAY, TICKETS, format_of
from eventview.export.snapshot import ExportSnapshot
from eventview.progress import begin_step, report_count, track
from eventview.render import rows
from eventview.render.session_list import align_column, build_columns
from eventview.session.events import KNOWN_TYPES, Click, Tap
from eventview.session.folding import fold_word
from eventview.session.session import Session
from eventview.session.source import Batch, Listing, OnStatus
from eventview.session.text import clean, json_text
from eventview.view.time_display import TimeOptions
from eventview.view.view import View
from eventview.view.view_options import RowWindow, ViewOptions


class Export(Struct, frozen=True):
    """Options of an export."""

    format_name: str
    """Name of the format to write."""
    file: Path | None
    """File to write; None for standard output."""
    is_redacted: bool = False
    fatal: frozenset[SignalKind] = frozenset()
    """Kinds of signal that make the command fail."""
    is_quiet: bool = False

    def to_incomplete_file(self) -> Export:
        """Return the same export to `NAME.incomplete.ENDING` in the file's folder."""
        file = self.file
        if file is None or (file.exists() and not file.is_file()) or file.parts[:2] == ("/", "dev"):
            return self
        return replace(self, file=file.with_name(f"{file.stem}.incomplete{file.suffix}"))

    @property
    def is_written(self) -> bool:
        """True unless a quiet export has no file."""
        return self.file is not None or not self.is_quiet


def write_schema(arguments: argparse.Namespace, on_status: OnStatus) -> None:
    """Write the JSON Schema that a command line asks for.

    Raises:
        UsageError: the file cannot be written.
    """
    # Only a schema needs typing_extensions.
    from eventview.export.schema import read_schema

    schema = read_schema(arguments.schema).splitlines()
    _write_output(schema, Export("json", arguments.output), on_status)


def read_export(arguments: argparse.Namespace) -> Export:
    """Return the options of the export.

    Raises:
        UsageError: the file's ending is not that of a format, or a name not that of a signal.
    """
    file, name = arguments.output, arguments.format
    if name is None and file is not None:
        name = format_of(file)
        if name is None and file.suffix:
            raise UsageError(
                "The file's ending is not that of a format.",
                reason=f"There are {ENDINGS}.",
                hint="Use one of these endings, or give the format with --format.",
            )
    return Export(
        name or "text",
        file,
        is_redacted=arguments.redact,
        fatal=options.read_fatal_kinds(arguments),
        is_quiet=arguments.quiet,
    )


def write_session(
    target: Target, batches: Iterable[Batch], arguments: argparse.Namespace, on_status: OnStatus
) -> tuple[ExportSnapshot, str]:
    """Write the batches of a session in a format.

    Returns:
        What was written, and words for the signals that make the command fail; "" for none.

    Raises:
        EventviewError: the source failed, and what had arrived has been written.
    """
    export, view_options = read_export(arguments), options.read_view_options(arguments)
    position, times = options.read_position(arguments), options.read_times(arguments)
    if position and not view_options.window:
        # A window without limits holds all rows and marks the one at the position.
        view_options = replace(view_options, window=RowWindow(position))
    analysis, failure = _read(target, batches)
    session = analysis.session
    if target.moment is not None:
        view_options = view_options.at_replay_offset(target.moment, session)
    view = View(analysis, view_options)
    _warn_of_absent_types(view, on_status)
    if failure is None:
        _refuse_absent_moments(view)
    for remark in (
        view.remark(),
        view_options.filter.remark(session),
        view_options.find.remark(session),
        times.remark(session),
    ):
        on_status(remark)
    snapshot = _take_snapshot(target, view, times, export, on_status)
    # A find hides nothing, so all signals of the view count, also those far from any hit.
    fatal_words = _describe_fatal(snapshot.view, export.fatal)
    snapshot, remark = snapshot.narrow_to_hits()
    on_status(remark and f"--find: {remark}")
    if export.is_written:
        events = rows.pluralize(len(snapshot.view.shown), "event")
        content = f"{events}, redacted," if snapshot.redaction else events
        lines: Iterable[str] = FORMATS[export.format_name](snapshot)
        if export.format_name not in TICKETS:
            lines = track(lines, "writing", len(snapshot.view.rows))
        _write_output(
            lines,
            export if failure is None else export.to_incomplete_file(),
            on_status,
            "" if export.format_name in TICKETS else content,
        )
    # With --fail-on, even --quiet must show which part of the session was searched.
    on_gap = terminal.write_message if export.fatal else on_status
    if missing := rows.describe_missing(session):
        on_gap(f"incomplete: {missing}")
    on_gap(view.left_out)
    if export.fatal & {RAGE, STUCK}:
        _warn_of_stamped_clicks(session)
    if failure is not None:
        if fatal_words:
            terminal.write_message(f"--fail-on: {fatal_words}")
        raise failure
    return snapshot, fatal_words


def write_comparison(
    first: Target, second: Target, view_options: ViewOptions, export: Export, on_status: OnStatus
) -> Sequence[Session]:
    """Write the differences between two sessions in a format, and return the sessions.

    Raises:
        UsageError: a comparison cannot be written in the format.
        NotFoundError: a session lacks a moment that a query names.
        EventviewError: the failure that stopped a source; what had arrived is compared first.
    """
    # Every export loads this module, and only a comparison needs these.
    from eventview.comparison.diff import compare_sessions
    from eventview.export.comparison_report import COMPARISON_FORMATS

    if export.format_name not in COMPARISON_FORMATS:
        raise UsageError(
            f"A comparison cannot be written as {export.format_name}.",
            hint=f"Use --format {', '.join(COMPARISON_FORMATS)}.",
        )
    read = [_read(target, target.source.batches(on_status)) for target in (first, second)]
    analyses, failures = zip(*read, strict=True)
    # Both follow the rules of the first, so that only the sessions differ.
    sessions = [analysis.session for analysis in analyses]
    views = [View(Analysis(session, first.rules), view_options) for session in sessions]
    for view, failure in zip(views, failures, strict=True):
        if failure is None:
            _refuse_absent_moments(view)
        remarks = (
            view_options.types.remark(view.session),
            view_options.filter.remark(view.session),
        )
        for remark in (*remarks, view.left_out):
            on_status(remark and f"{rows.session_name(view.session)}: {remark}")
    if export.is_written:
        written = export.to_incomplete_file() if any(failures) else export
        _write_output(
            COMPARISON_FORMATS[export.format_name](compare_sessions(*views)), written, on_status
        )
    for session in sessions:
        if session.session_ref.redaction:
            on_status(f"{rows.session_name(session)}: {session.session_ref.redaction}")
        if missing := rows.describe_missing(session):
            on_status(f"{rows.session_name(session)} is incomplete: {missing}")
    first_failure, second_failure = failures
    if first_failure is not None and second_failure is not None:
        on_status(f"{rows.session_name(sessions[1])}: {second_failure}")
    if first_failure or second_failure:
        raise first_failure or second_failure
    return sessions


LIST_FORMATS: Final = ("text", "json", "ndjson")
"""Formats of a list of sessions, by their names for `--format`."""


def write_list(listing: Listing, export: Export, on_status: OnStatus) -> None:
    """Write a list of sessions in a format.

    Raises:
        UsageError: a list cannot be written in the format.
        EventviewError: the server does not give the list.
    """
    if export.format_name not in LIST_FORMATS:
        raise UsageError(
            f"A list of sessions cannot be written as {export.format_name}.",
            hint=f"Use --format {', '.join(LIST_FORMATS)}.",
        )
    sessions, shortfall = listing.sessions(on_status)
    if export.is_written:
        lines: Iterable[str]
        records = [session._asdict() for session in sessions]
        match export.format_name:
            case "json":
                lines = [json_text(records)]
            case "ndjson":
                lines = map(json_text, records)
            case _:
                columns = map(align_column, build_columns(sessions))
                lines = ("  ".join(row).rstrip() for row in zip(*columns, strict=True))
        _write_output(lines, export, on_status)
    if shortfall:
        on_status(f"incomplete: {shortfall}")


def _write_output(
    lines: Iterable[str], export: Export, on_status: OnStatus, content: str = ""
) -> None:
    """Write lines to the file, whole or not at all, or to standard output.

    Args:
        lines: the lines, without line ends.
        export: the format and the file.
        on_status: callback for the message that the file is written.
        content: words for the content, such as `21 events`; "" for the number of lines.

    Raises:
        UsageError: the file cannot be written.
        OSError: standard output cannot.
    """
    if export.file is None:
        _print_lines(lines, export)
        return
    number = write_lines(export.file, lines)
    written = content or rows.pluralize(number, "line")
    on_status(f"{written} written to {clean(str(export.file))}")


def _print_lines(lines: Iterable[str], export: Export) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Data is UTF-8 by definition; text stays in the user's own encoding.
        encoding = None if export.format_name == "text" else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
    # The reader may close the output early, which is no failure.
    with suppress(BrokenPipeError):
        rest = iter(lines)
        while some := list(islice(rest, LINES_PER_WRITE)):
            if terminal.is_terminal(sys.stdout):
                # The terminal shows the lines themselves from here on.
                terminal.PROGRESS_LINE.end()
            sys.stdout.write("\n".join([*some, ""]))


def _read(target: Target, batches: Iterable[Batch]) -> tuple[Analysis, EventviewError | None]:
    """Read a session; return it with the failure that ended it early, or None.

    Raises:
        EventviewError: the source failed before any event arrived.
    """
    builder, failure = SessionBuilder(target.source.session_ref, target.rules), None
    if target.source.session_ref.session_id:
        begin_step(f"waiting for {target.source.session_ref.place}")
    try:
        for batch in batches:
            builder.take(batch)
            report_count("reading", len(builder), builder.total)
        builder.finish()
    except EventviewError as error:
        if not builder:
            raise
        failure = error
    return builder.analysis(), failure


def _warn_of_absent_types(view: View, on_status: OnStatus) -> None:
    types = view.options.types
    on_status(types.remark(view.session))
    absent = types.listed - set(map(fold_word, view.session.type_counts)) if types.only else set()
    known = absent & set(map(fold_word, KNOWN_TYPES))
    if known:
        on_status(
            f"no events of type {', '.join(sorted(known))}; this session has "
            f"{', '.join(view.session.type_counts)}."
        )


def _refuse_absent_moments(view: View) -> None:
    """Refuse a moment that the session lacks, lest an empty export look like nothing went wrong.

    Raises:
        NotFoundError: there is no such event, or no such time.
    """
    view_options, session = view.options, view.session
    message = view.remark() if view.at is None else ""
    message = message or view_options.filter.nowhere(session) or view_options.find.nowhere(session)
    if message:
        raise NotFoundError(message)


def _take_snapshot(
    target: Target, view: View, times: TimeOptions, export: Export, on_status: OnStatus
) -> ExportSnapshot:
    wants_replay = export.is_written and export.format_name in HAS_REPLAY
    window = view.options.window
    snapshot = ExportSnapshot(
        view,
        times.display_in(view.session),
        # A ticket is about the event of a window with a position and no limits.
        cursor=view.about if window is not None and window.before is None else None,
        command=target.source.command,
    ).prepare_export(
        is_redacted=export.is_redacted,
        ask=(lambda: target.source.replay(on_status)) if wants_replay else None,
    )
    if snapshot.redaction:
        # The person who passes the file on may not open it.
        on_status(snapshot.redaction)
    return snapshot


def _describe_fatal(view: View, kinds: frozenset[SignalKind]) -> str:
    """Return words for a view's signals of some kinds and the place of the first; "" for none."""
    found = view.find_signals(kinds) if kinds else ()
    if not found:
        return ""
    words = descriptions.describe_counts(count_kinds(found))
    first, session = found[0], view.session
    place = f"#{session.number(first.at)}, {rows.format_time(session, first.at)}"
    return f"{words}; the first at {place}: {descriptions.describe_signal(view.analysis, first)}"


def _warn_of_stamped_clicks(session: Session) -> None:
    """Warn that repeated clicks are not recognised where the clicks' own times are unknown."""
    stamped = sum(
        session.is_stamped(index)
        for index, event in enumerate(session.events)
        if isinstance(event, Click | Tap)
    )
    if stamped:
        clicks = rows.pluralize(stamped, "click")
        it = "it" if stamped == 1 else "them"
        terminal.write_message(
            f"--fail-on: rage and stuck cannot be told of {clicks}: the server dated {it} when it "
            f"stored {it}"
        )
