"""A session without the interface: read whole, and written as one of the formats.

Two sessions compared without the interface: both read whole, and written as one of the formats.

A user's sessions on standard output.
"""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eventview import terminal
from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.builder import SessionBuilder
from eventview.analysis.signals import SignalKind
from eventview.errors import EventviewError, NotFoundError, UsageError
from eventview.export.atomic import LINES, write_lines
from eventview.export.formats import FORMATS, HAS_REPLAY, TICKETS, format_of
from eventview.export.snapshot import ExportSnapshot
from eventview.render import rows
from eventview.render.session_list import aligned, columns
from eventview.session.events import KNOWN_TYPES, Click, Tap
from eventview.session.folding import same_word
from eventview.session.source import SessionSummary
from eventview.session.text import clean, json_text
from eventview.view.options import at_moment
from eventview.view.view import View

if TYPE_CHECKING:
    from eventview.cli.resolve import Target
    from eventview.session.session import Session
    from eventview.session.source import OnStatus
    from eventview.view.options import ViewOptions
    from eventview.view.time_display import TimeOptions


@dataclass(frozen=True)
class Export:
    """What is asked of an export."""

    format: str | None = None
    """None for what the file's ending says, or text."""
    file: Path | None = None
    """None for standard output."""
    is_redacted: bool = False
    fatal: frozenset[SignalKind] = frozenset()
    """Kinds of signal that make the command fail."""
    is_quiet: bool = False

    @property
    def format_name(self) -> str:
        """The format's name."""
        ending = None if self.file is None else format_of(self.file)
        return self.format or ending or "text"

    def of_a_part(self) -> Export:
        """The same into a file beside the one that is meant for the whole."""
        file = self.file
        if file is None or (file.exists() and not file.is_file()) or file.parts[:2] == ("/", "dev"):
            return self
        return replace(self, file=file.with_name(f"{file.stem}.incomplete{file.suffix}"))

    @property
    def is_written(self) -> bool:
        """Whether anything is."""
        return self.file is not None or not self.is_quiet


class Done(NamedTuple):
    """What was written."""

    reason: str
    """Why the command fails for what is in the view, in words; "" where it does not."""
    snapshot: ExportSnapshot


def write(
    target: Target,
    view_options: ViewOptions,
    times: TimeOptions,
    export: Export,
    on_status: OnStatus,
) -> Done:
    """Write a session through a lens.

    Args:
        target: the session.
        view_options: what to write of it.
        times: how to tell times.
        export: how, and where to.
        on_status: told what is noticed on the way.

    Raises:
        EventviewError: what stopped the source, after what had come has been written; into a file
            of another name, as it is not the whole of what was asked for.
    """
    analysis, failure = read(target, on_status)
    session = analysis.session
    if target.moment is not None:
        view_options = at_moment(view_options, target.moment, session)
    view = View(analysis, view_options)
    _warn_of_absent_types(view, on_status)
    if failure is None:
        refuse_absent_moments(view)
    for said in (
        view.remark(),
        view_options.filter.remark(session),
        view_options.find.remark(session),
        times.remark(session),
    ):
        on_status(said)
    snapshot = _snapshot(target, view, times, export, on_status)
    # A find hides nothing: what is fatal is fatal beside no hit too.
    reason = fatal_words(snapshot.view, export.fatal)
    snapshot, said = snapshot.of_hits()
    on_status(said and f"--find: {said}")
    if export.is_written:
        place = export if failure is None else export.of_a_part()
        counted = "" if export.format_name in TICKETS else _counted(snapshot)
        put(FORMATS[export.format_name](snapshot), place, on_status, counted)
    # However quiet: who asks whether something is in a session wants to know of which.
    say_of_what = terminal.tell if export.fatal else on_status
    if missing := rows.missing(session):
        say_of_what(f"incomplete: {missing}")
    say_of_what(view.left_out)
    if export.fatal & {SignalKind.RAGE, SignalKind.STUCK}:
        _tell_of_stamped_clicks(session)
    if failure is not None:
        if reason:
            terminal.tell(f"--fail-on: {reason}")
        raise failure
    return Done(reason, snapshot)


def _tell_of_stamped_clicks(session: Session) -> None:
    """Say that clicks again and again cannot be told where their own times are not known."""
    stamped = sum(
        session.is_stamped(index)
        for index, event in enumerate(session.events)
        if isinstance(event, Click | Tap)
    )
    if stamped:
        clicks = rows.plural(stamped, "click")
        terminal.tell(
            f"--fail-on: rage and stuck cannot be told of {clicks}: the server dated "
            f"{'it' if stamped == 1 else 'them'} when it stored {'it' if stamped == 1 else 'them'}"
        )


def refuse_absent_moments(view: View) -> None:
    """Refuse a moment that a session has not: nothing around it must not look like nothing wrong.

    Raises:
        NotFoundError: there is no such event, or no such time.
    """
    view_options, session = view.options, view.session
    said = view.remark() if view.at is None else ""
    said = said or view_options.filter.nowhere(session) or view_options.find.nowhere(session)
    if said:
        raise NotFoundError(said)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Look for no garbage: a session has none, and to look among all its objects takes its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read(target: Target, on_status: OnStatus) -> tuple[Analysis, EventviewError | None]:
    """A session, and what stopped it before its end.

    Raises:
        EventviewError: what stopped it before any of it had come.
    """
    gathering, failure = SessionBuilder(target.source.session_ref, target.rules), None
    try:
        for batch in target.source.batches(on_status):
            gathering.take(batch)
        gathering.finish()
    except EventviewError as error:
        if not gathering:
            raise
        failure = error
    return gathering.analysis(), failure


def _snapshot(
    target: Target, view: View, times: TimeOptions, export: Export, on_status: OnStatus
) -> ExportSnapshot:
    wants_replay = export.is_written and export.format_name in HAS_REPLAY
    snapshot = ExportSnapshot(
        view,
        times.clock_in(view.session),
        cursor=_cursor(view),
        command=target.source.command,
    ).prepared(
        is_redacted=export.is_redacted,
        ask=(lambda: target.source.replay(on_status)) if wants_replay else None,
    )
    if snapshot.redaction:
        # However well the output itself says it: whoever passes a file on reads this.
        on_status(snapshot.redaction)
    return snapshot


def _counted(snapshot: ExportSnapshot) -> str:
    events = rows.plural(len(snapshot.view.shown), "event")
    return f"{events}, redacted," if snapshot.redaction else events


def _cursor(view: View) -> int | None:
    """What a ticket is about: a moment without so many rows around it."""
    window = view.options.window
    return None if window is None or window.before is not None else view.about


def put(lines: Iterable[str], export: Export, on_status: OnStatus, counted: str = "") -> None:
    """Write lines to the file, whole or not at all, or to standard output.

    Args:
        lines: what to write.
        export: where to.
        on_status: told what was written to the file.
        counted: what the lines hold, as `21 events`; "" for so many lines.

    Raises:
        UsageError: the file cannot be written.
        OSError: standard output cannot.
    """
    if export.file is None:
        prepare_output(export.format_name)
        # Whoever read the output may have seen enough: that is no failure.
        with suppress(BrokenPipeError):
            rest = iter(lines)
            while some := list(islice(rest, LINES)):
                sys.stdout.write("\n".join([*some, ""]))
        return
    number = write_lines(export.file, lines)
    on_status(f"{counted or rows.plural(number, 'line')} written to {clean(str(export.file))}")


def prepare_output(format_name: str) -> None:
    """Make standard output fit for a format."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Data is UTF-8 by definition; text stays in the user's own encoding.
        encoding = None if format_name == "text" else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def fatal_words(view: View, kinds: frozenset[SignalKind]) -> str:
    """Which of some kinds of signal are in a view, with the place of the first; "" for none."""
    found = view.signals_among(kinds) if kinds else ()
    counted: dict[SignalKind, int] = {}
    for signal in found:
        counted[signal.kind] = counted.get(signal.kind, 0) + 1
    if not found:
        return ""
    words = descriptions.summary([(kind, counted[kind]) for kind in SignalKind if kind in counted])
    first, session = found[0], view.session
    place = f"#{session.number(first.at)}, {rows.moment(session, first.at)}"
    return f"{words}; the first at {place}: {descriptions.sentence(view.analysis, first)}"


def _warn_of_absent_types(view: View, on_status: OnStatus) -> None:
    types = view.options.types
    on_status(types.remark(view.session))
    absent = types.listed - set(map(same_word, view.session.type_counts)) if types.only else set()
    known = absent & set(map(same_word, KNOWN_TYPES))
    if known:
        on_status(
            f"no events of type {', '.join(sorted(known))}; this session has "
            f"{', '.join(view.session.type_counts)}."
        )


def write_comparison(
    first: Target, second: Target, view_options: ViewOptions, export: Export, on_status: OnStatus
) -> None:
    """Write what is different between two sessions.

    Args:
        first: the session to compare with.
        second: the session that is compared.
        view_options: what to compare of them.
        export: how to write it, and where to.
        on_status: told what is noticed on the way.

    Raises:
        UsageError: there is no such format for a comparison.
        NotFoundError: a session has no such moment as is looked for.
        EventviewError: what stopped a source, after what had come has been compared.
    """
    # Only a comparison needs them, and every export loads this module.
    from eventview.comparison.diff import compare
    from eventview.export.comparison_report import COMPARISON_FORMATS

    if export.format_name not in COMPARISON_FORMATS:
        raise UsageError(
            f"A comparison is not written as {export.format_name}.",
            hint=f"Use --format {', '.join(COMPARISON_FORMATS)}.",
        )
    analyses, failures = zip(*(read(target, on_status) for target in (first, second)), strict=True)
    # Both by the rules of the first: they must not differ by how they are read.
    sessions = [analysis.session for analysis in analyses]
    views = [View(Analysis(session, first.rules), view_options) for session in sessions]
    for view, failure in zip(views, failures, strict=True):
        if failure is None:
            refuse_absent_moments(view)
        remarks = (
            view_options.types.remark(view.session),
            view_options.filter.remark(view.session),
        )
        for said in (*remarks, view.left_out):
            on_status(said and f"{rows.name(view.session)}: {said}")
    if export.is_written:
        place = export.of_a_part() if any(failures) else export
        put(COMPARISON_FORMATS[export.format_name](compare(*views)), place, on_status)
    for session in sessions:
        if session.session_ref.redaction:
            on_status(f"{rows.name(session)}: {session.session_ref.redaction}")
        missing = rows.missing(session)
        if missing:
            on_status(f"{rows.name(session)} is incomplete: {missing}")
    first_failure, second_failure = failures
    if first_failure is not None and second_failure is not None:
        on_status(f"{rows.name(sessions[1])}: {second_failure}")
    if first_failure or second_failure:
        raise first_failure or second_failure


def list_text(sessions: Sequence[SessionSummary]) -> Iterator[str]:
    """Aligned columns, a line a session, under their titles."""
    for row in zip(*map(aligned, columns(sessions)), strict=True):
        yield "  ".join(row).rstrip()


def list_ndjson(sessions: Sequence[SessionSummary]) -> Iterator[str]:
    """One JSON object a line; null for what the server does not tell."""
    for session in sessions:
        yield json_text(session._asdict())


def list_json(sessions: Sequence[SessionSummary]) -> Iterator[str]:
    """One JSON array."""
    yield json_text([session._asdict() for session in sessions])


LIST_FORMATS = {"text": list_text, "json": list_json, "ndjson": list_ndjson}
"""The formats by the name `--format` takes."""
