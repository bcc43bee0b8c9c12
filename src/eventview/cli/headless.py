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
from eventview.analysis.builder import Gathering
from eventview.analysis.signals import Kind
from eventview.errors import EventviewError, NotFoundError, UsageError
from eventview.export.atomic import LINES, write_lines
from eventview.export.formats import FORMATS, HAS_REPLAY, TICKETS, format_of
from eventview.export.snapshot import Handout
from eventview.render import rows
from eventview.render.session_list import aligned, columns
from eventview.session.events import KNOWN_TYPES, Click, Tap
from eventview.session.folding import same_word
from eventview.session.source import Summary
from eventview.session.text import clean, json_text
from eventview.view.options import at_moment
from eventview.view.view import View

if TYPE_CHECKING:
    from eventview.cli.resolve import Target
    from eventview.session.session import Session
    from eventview.session.source import Say
    from eventview.view.options import Lens
    from eventview.view.time_display import Times


@dataclass(frozen=True)
class Export:
    """What is asked of an export."""

    format: str | None = None
    """None for what the file's ending says, or text."""
    file: Path | None = None
    """None for standard output."""
    is_redacted: bool = False
    fatal: frozenset[Kind] = frozenset()
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
    handout: Handout


def write(target: Target, lens: Lens, times: Times, export: Export, say: Say) -> Done:
    """Write a session through a lens.

    Args:
        target: the session.
        lens: what to write of it.
        times: how to tell times.
        export: how, and where to.
        say: told what is noticed on the way.

    Raises:
        EventviewError: what stopped the source, after what had come has been written; into a file
            of another name, as it is not the whole of what was asked for.
    """
    analysis, failure = read(target, say)
    session = analysis.session
    if target.moment is not None:
        lens = at_moment(lens, target.moment, session)
    view = View(analysis, lens)
    _warn_of_absent_types(view, say)
    if failure is None:
        refuse_absent_moments(view)
    for said in (
        view.remark(),
        lens.filter.remark(session),
        lens.find.remark(session),
        times.remark(session),
    ):
        say(said)
    handout = _handout(target, view, times, export, say)
    # A find hides nothing: what is fatal is fatal beside no hit too.
    reason = fatal_words(handout.view, export.fatal)
    handout, said = handout.of_hits()
    say(said and f"--find: {said}")
    if export.is_written:
        place = export if failure is None else export.of_a_part()
        counted = "" if export.format_name in TICKETS else _counted(handout)
        put(FORMATS[export.format_name](handout), place, say, counted)
    # However quiet: who asks whether something is in a session wants to know of which.
    say_of_what = terminal.tell if export.fatal else say
    if missing := rows.missing(session):
        say_of_what(f"incomplete: {missing}")
    say_of_what(view.left_out)
    if export.fatal & {Kind.RAGE, Kind.STUCK}:
        _tell_of_stamped_clicks(session)
    if failure is not None:
        if reason:
            terminal.tell(f"--fail-on: {reason}")
        raise failure
    return Done(reason, handout)


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
    lens, session = view.lens, view.session
    said = view.remark() if view.at is None else ""
    said = said or lens.filter.nowhere(session) or lens.find.nowhere(session)
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


def read(target: Target, say: Say) -> tuple[Analysis, EventviewError | None]:
    """A session, and what stopped it before its end.

    Raises:
        EventviewError: what stopped it before any of it had come.
    """
    gathering, failure = Gathering(target.source.origin, target.rules), None
    try:
        for batch in target.source.batches(say):
            gathering.take(batch)
        gathering.finish()
    except EventviewError as error:
        if not gathering:
            raise
        failure = error
    return gathering.analysis(), failure


def _handout(target: Target, view: View, times: Times, export: Export, say: Say) -> Handout:
    wants_replay = export.is_written and export.format_name in HAS_REPLAY
    handout = Handout(
        view,
        times.clock_in(view.session),
        cursor=_cursor(view),
        command=target.source.command,
    ).prepared(
        is_redacted=export.is_redacted,
        ask=(lambda: target.source.replay(say)) if wants_replay else None,
    )
    if handout.redaction:
        # However well the output itself says it: whoever passes a file on reads this.
        say(handout.redaction)
    return handout


def _counted(handout: Handout) -> str:
    events = rows.plural(len(handout.view.shown), "event")
    return f"{events}, redacted," if handout.redaction else events


def _cursor(view: View) -> int | None:
    """What a ticket is about: a moment without so many rows around it."""
    window = view.lens.window
    return None if window is None or window.before is not None else view.about


def put(lines: Iterable[str], export: Export, say: Say, counted: str = "") -> None:
    """Write lines to the file, whole or not at all, or to standard output.

    Args:
        lines: what to write.
        export: where to.
        say: told what was written to the file.
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
    say(f"{counted or rows.plural(number, 'line')} written to {clean(str(export.file))}")


def prepare_output(format_name: str) -> None:
    """Make standard output fit for a format."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Data is UTF-8 by definition; text stays in the user's own encoding.
        encoding = None if format_name == "text" else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def fatal_words(view: View, kinds: frozenset[Kind]) -> str:
    """Which of some kinds of signal are in a view, with the place of the first; "" for none."""
    found = view.signals_among(kinds) if kinds else ()
    counted: dict[Kind, int] = {}
    for signal in found:
        counted[signal.kind] = counted.get(signal.kind, 0) + 1
    if not found:
        return ""
    words = descriptions.summary([(kind, counted[kind]) for kind in Kind if kind in counted])
    first, session = found[0], view.session
    place = f"#{session.number(first.at)}, {rows.moment(session, first.at)}"
    return f"{words}; the first at {place}: {descriptions.sentence(view.analysis, first)}"


def _warn_of_absent_types(view: View, say: Say) -> None:
    types = view.lens.types
    say(types.remark(view.session))
    absent = types.listed - set(map(same_word, view.session.type_counts)) if types.only else set()
    known = absent & set(map(same_word, KNOWN_TYPES))
    if known:
        say(
            f"no events of type {', '.join(sorted(known))}; this session has "
            f"{', '.join(view.session.type_counts)}."
        )


def write_comparison(first: Target, second: Target, lens: Lens, export: Export, say: Say) -> None:
    """Write what is different between two sessions.

    Args:
        first: the session to compare with.
        second: the session that is compared.
        lens: what to compare of them.
        export: how to write it, and where to.
        say: told what is noticed on the way.

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
            cure=f"Use --format {', '.join(COMPARISON_FORMATS)}.",
        )
    analyses, failures = zip(*(read(target, say) for target in (first, second)), strict=True)
    # Both by the rules of the first: they must not differ by how they are read.
    sessions = [analysis.session for analysis in analyses]
    views = [View(Analysis(session, first.rules), lens) for session in sessions]
    for view, failure in zip(views, failures, strict=True):
        if failure is None:
            refuse_absent_moments(view)
        remarks = (lens.types.remark(view.session), lens.filter.remark(view.session))
        for said in (*remarks, view.left_out):
            say(said and f"{rows.name(view.session)}: {said}")
    if export.is_written:
        place = export.of_a_part() if any(failures) else export
        put(COMPARISON_FORMATS[export.format_name](compare(*views)), place, say)
    for session in sessions:
        if session.origin.redaction:
            say(f"{rows.name(session)}: {session.origin.redaction}")
        missing = rows.missing(session)
        if missing:
            say(f"{rows.name(session)} is incomplete: {missing}")
    first_failure, second_failure = failures
    if first_failure is not None and second_failure is not None:
        say(f"{rows.name(sessions[1])}: {second_failure}")
    if first_failure or second_failure:
        raise first_failure or second_failure


def list_text(sessions: Sequence[Summary]) -> Iterator[str]:
    """Aligned columns, a line a session, under their titles."""
    for row in zip(*map(aligned, columns(sessions)), strict=True):
        yield "  ".join(row).rstrip()


def list_ndjson(sessions: Sequence[Summary]) -> Iterator[str]:
    """One JSON object a line; null for what the server does not tell."""
    for session in sessions:
        yield json_text(session._asdict())


def list_json(sessions: Sequence[Summary]) -> Iterator[str]:
    """One JSON array."""
    yield json_text([session._asdict() for session in sessions])


LIST_FORMATS = {"text": list_text, "json": list_json, "ndjson": list_ndjson}
"""The formats by the name `--format` takes."""
