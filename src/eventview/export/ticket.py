"""What goes into a ticket: the moment, its evidence, what led to it, how its page loaded.

Rows around the moment are those of the session, whatever a filter hides. Says what, not how it is
marked up; what people entered is in none of it, but for the bodies of requests that a project
records.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Final, NamedTuple

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import BACKGROUND_KINDS, Severity, Signal, SignalKind
from eventview.export import titles
from eventview.export.command_line import command_line
from eventview.export.evidence import (
    Evidence,
    EvidenceFigure,
    evidence,
    figures,
    load_note,
    opening,
)
from eventview.export.reproduction import Inline, ReproductionStep, UserText, steps
from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import ALL_TYPES, STARTING_TYPES
from eventview.render import rows, summary
from eventview.session import timefmt
from eventview.session.events import (
    Click,
    Custom,
    GraphQL,
    Input,
    Location,
    Performance,
    Request,
    url_of,
    what,
)
from eventview.session.folding import legible
from eventview.session.session import Session
from eventview.session.urls import with_scheme
from eventview.session.values import Rating
from eventview.view.view import View
from eventview.view.view_options import ViewOptions

BEFORE: Final = 10
AFTER: Final = 3
"""Rows before and after the event that a ticket is about; our own choice."""

MASK: Final = "••••••"
"""Stands for whatever was entered, as long as it may have been."""

_MOST_STEPS: Final = 20
"""What is longer is no way to reproduce anything; the last of them led to it."""

_MOST_SIGNALS: Final = 20

_MOST_ROWS: Final = 30
"""Rows of a view in which nothing went wrong; those behind them are folded away or left out."""

_NAMED: Final = frozenset({SignalKind.RAGE, SignalKind.ERROR, SignalKind.FAILED})
"""Kinds whose words do not say of which kind they are."""

_BACKGROUND: Final = (Custom, GraphQL, Performance, Request)
"""Events that take no place of what the person did, unless something is wrong with them."""


class TicketRow(NamedTuple):
    """A row of the ticket's table."""

    number: str
    """In the session, counted from 1. With a # before it, as `eventview --at` takes it, it would
    be an issue of whoever reads it."""
    time: str
    delta: str
    type: UserText
    what: UserText
    signal: Inline
    is_focus: bool
    """Whether the ticket is about it."""


class TicketFinding(NamedTuple):
    """A signal."""

    number: UserText
    """Of the event that carries it, as `eventview --at` takes it."""
    time: str
    name: str
    """Of its kind; "" where the words say it."""
    words: Inline


@dataclass(frozen=True)
class Ticket:
    """All that a ticket says."""

    title: Inline
    facts: Sequence[tuple[str, Inline]]
    link: str
    """To the replay at the moment; "" without one."""
    no_link: Inline
    """Why there is none."""
    evidence: Evidence | None
    rows_title: str
    time_title: str
    """The kind of the rows' times, with their zone or the zero that they count from."""
    rows: Iterable[TicketRow]
    page: Inline
    """Whose load `load` is; () without a page."""
    load: Sequence[EvidenceFigure]
    load_note: str
    is_of_page: bool
    """Whether it is about the page itself, whose load is then the evidence."""
    signals: Sequence[TicketFinding]
    more_signals: int
    """How many there are beside those."""
    steps: Sequence[ReproductionStep]
    is_cut: bool
    """Whether there are steps before those."""
    actual: Inline
    """What happened instead of what was expected; () where nothing says so."""
    command: str
    """Reopens the view; "" where that is not possible."""
    view_title: str
    """Names the rows of the whole view, where they are not those above; else ""."""
    view_rows: Iterable[TicketRow]
    notes: Sequence[str]
    """What is missing, and what was replaced."""


def ticket(snapshot: ExportSnapshot) -> Ticket:
    """Return the ticket of an event, of marked events, or of a whole view."""
    focus = snapshot.focus()
    session = snapshot.view.session
    around = _around(snapshot, focus)
    indexes, rows_title = _rows(snapshot, around, focus)
    whole = _rolled(snapshot.view)
    is_whole = snapshot.cursor is None and not snapshot.marks
    has_more = is_whole and not {*whole.rows} <= {*indexes}
    own = () if focus is None else around.signals_of(focus)
    first = indexes[0] if indexes else 0
    reaching, is_cut = _steps(snapshot.view.analysis, focus, first)
    found = _signals(around, indexes, own, is_whole=is_whole)
    title = _title(snapshot.view.analysis, focus, own)
    return Ticket(
        title=title,
        facts=list(_facts(snapshot, focus)),
        link=snapshot.replay_at(focus),
        no_link=_no_link(snapshot),
        evidence=None if focus is None else evidence(session, focus, own),
        rows_title=rows_title,
        time_title=f"time, {rows.clock_name(session, snapshot.clock)}",
        rows=_lines(snapshot, around, indexes, focus),
        page=_page(session, focus),
        load=[] if focus is None else list(figures(snapshot.view.analysis, focus)),
        load_note="" if focus is None else load_note(session, focus),
        is_of_page=focus is not None and isinstance(session.events[focus], Location),
        signals=[_found(snapshot, signal) for signal in found[:_MOST_SIGNALS]],
        more_signals=max(0, len(found) - _MOST_SIGNALS),
        steps=reaching,
        is_cut=is_cut,
        actual=title if any(s.kind not in BACKGROUND_KINDS for s in own) else (),
        command=command_line(snapshot, focus),
        view_title=_view_title(whole) if has_more else "",
        view_rows=_lines(snapshot, whole, whole.rows, focus),
        notes=[
            note
            for note in (
                rows.missing(session) and f"incomplete: {rows.missing(session)}",
                snapshot.redaction,
                _order_note(session, [*indexes, *(step.at for step in reaching)]),
            )
            if note
        ],
    )


def _around(snapshot: ExportSnapshot, focus: int | None) -> View:
    """Return the session without a filter, in the types that are shown at first."""
    analysis, types = snapshot.view.analysis, STARTING_TYPES
    about = snapshot.marks if focus is None else {focus, *snapshot.marks}
    if not all(types.shows(analysis.session.events[index].type) for index in about):
        types = ALL_TYPES
    return View(analysis, ViewOptions(types=types, are_runs_rolled=True))


def _no_link(snapshot: ExportSnapshot) -> Inline:
    if snapshot.redaction:
        return ("left out, as it leads to the user",)
    # What failed may be in a server's words.
    failure = snapshot.no_replay
    return ("not known",) if failure is None else ("not known: ", UserText(failure.message))


def _title(analysis: Analysis, focus: int | None, own: Sequence[Signal]) -> Inline:
    session = analysis.session
    if focus is not None:
        return titles.title(analysis, focus, own)
    entry = session.events[session.visits[0].start] if session.visits else None
    if not isinstance(entry, Location):
        return ("Session",)
    return ("Session that begins on ", UserText(legible(entry.path) or what(entry)))


def _order_note(session: Session, shown: Iterable[int]) -> str:
    if not any(session.is_order_inferred(i) and not session.is_placed_by_page(i) for i in shown):
        return ""
    return "the server keeps whole seconds: the order of events of one second is inferred"


def shown(session: Session, index: int) -> str:
    """Return what an event's row says, but for what was entered."""
    event = session.events[index]
    if isinstance(event, Input) and event.value:
        return what(replace(event, value=MASK))
    return what(event)


def _facts(snapshot: ExportSnapshot, focus: int | None) -> Iterator[tuple[str, Inline]]:
    session = snapshot.view.session
    if focus is not None:
        yield "when", _moment(session, focus)
        if session.page(focus) is not None:
            yield "page", _page(session, focus)
    told = dict(summary.told(session))
    if "user" in told:
        yield "user", (UserText(told["user"]),)
    names = [told[n] for n in ("browser", "system", "platform", "country") if n in told]
    if names:
        yield "seen with", (UserText(", ".join(names)),)
    name: Inline = ("of project ", UserText(session.session_ref.name))
    if session.session_id:
        name = (UserText(session.session_id), " ", *name)
    yield "session", name
    if session.start_ms is not None:
        step = session.step_ms(session.start_ms)
        start = timefmt.date_clock(session.start_ms, UTC, step)
        counted = f"; times below {_counting(snapshot)}" if focus is not None else ""
        yield "started", (f"{start}, lasted {rows.length(session)}{counted}",)


def _counting(snapshot: ExportSnapshot) -> str:
    name, clock = rows.clock_name(snapshot.view.session, snapshot.clock), snapshot.clock
    if not clock.is_counting:
        return f"are {name}"
    return f"count from {name.removeprefix('since ') if clock.is_from_zero else 'it'}"


def _moment(session: Session, focus: int) -> Inline:
    event, of = session.events[focus], len(session.events)
    number = f"event {session.number(focus):,} of {max(of, session.total or 0):,}"
    moment = rows.moment(session, focus)
    step = session.step_ms(event.time_ms)
    clock = "" if event.time_ms is None else timefmt.date_clock(event.time_ms, UTC, step)
    if session.is_stray(focus):
        return (f"{clock}, not credible: {rows.stray(session, focus)}; {number}",)
    since = f"{moment} since the session's start, {clock}" if clock else moment
    return (f"{since}; {number}",)


def _page(session: Session, focus: int | None) -> Inline:
    page = None if focus is None else session.page(focus)
    if page is None:
        return ()
    sent = url_of(page) or what(page)
    address = with_scheme(sent, page.host)
    return (UserText(address), "" if address == sent else " (https inferred)")


def _rows(snapshot: ExportSnapshot, around: View, focus: int | None) -> tuple[Sequence[int], str]:
    """Return the rows of the table, of the session, and what they are called."""
    if snapshot.marks:
        heads = {head for mark in snapshot.marks if (head := _head(around, mark)) is not None}
        return sorted(heads), "Marked events"
    if focus is None:
        return _rolled(snapshot.view).rows[:_MOST_ROWS], "Events"
    indexes, place = around.rows, bisect_left(around.rows, focus + 1) - 1
    window = snapshot.view.options.window
    before = None if window is None else window.before
    after = None if window is None else window.after
    first = place - _reach(around, place, -1, BEFORE) if before is None else place - before
    last = place + _reach(around, place, 1, AFTER) if after is None else place + after
    return indexes[max(first, 0) : last + 1], "What led to it"


def _rolled(view: View) -> View:
    """Return a view as on the screen: what was clicked five times in a row is one row."""
    return view.through(replace(view.options, folded=frozenset(), are_runs_rolled=True))


def _reach(around: View, place: int, direction: int, number: int) -> int:
    """Count the rows on one side of a row until so many of them are no background.

    Twice as many at most, so that a page's many requests do not push out what was done, nor fill
    the ticket.
    """
    indexes, reached, most = around.rows, 0, 2 * number
    while number and reached < most and 0 <= place + direction * (reached + 1) < len(indexes):
        reached += 1
        row = indexes[place + direction * reached]
        is_background = isinstance(around.session.events[row], _BACKGROUND)
        number -= not is_background or bool(_findings(around.signals_of(row)))
    return reached


def _findings(signals: Iterable[Signal]) -> Sequence[Signal]:
    return [signal for signal in signals if signal.kind not in BACKGROUND_KINDS]


def _head(view: View, index: int) -> int | None:
    """Return the row that an event is in; None where it is in none."""
    place = bisect_left(view.rows, index + 1) - 1
    if place < 0 or not view.shows(index):
        return None
    return view.rows[place]


def _lines(
    snapshot: ExportSnapshot, view: View, indexes: Sequence[int], focus: int | None
) -> Iterator[TicketRow]:
    head = None if focus is None else _head(view, focus)
    for index in indexes:
        run = view.rolled(index)
        if run is None or focus is None or index != head or index == focus:
            clicks = 1 if run is None else run.clicks
            yield _line(snapshot, view, index, clicks, is_focus=index == head)
            continue
        # A run whose finding begins behind its first click is told in two.
        events = view.session.events
        before = sum(isinstance(event, Click) for event in events[index:focus])
        yield _line(snapshot, view, index, before, is_focus=False)
        yield _line(snapshot, view, focus, run.clicks - before, is_focus=True)


def _line(
    snapshot: ExportSnapshot, view: View, index: int, clicks: int, *, is_focus: bool
) -> TicketRow:
    session = view.session
    row = rows.row(view.analysis, index, snapshot.clock)
    event = session.events[index]
    has_value = isinstance(event, Input) and event.value
    said = shown(session, index) if has_value else row.what
    signals = (
        view.analysis.signals.of(index) if clicks == 1 else _of_run(view.analysis, index, clicks)
    )
    return TicketRow(
        str(session.number(index)),
        row.time,
        row.delta,
        UserText(event.type),
        UserText(said if clicks == 1 else f"{said} ×{clicks}"),
        _signal_words(view.analysis, index, signals),
        is_focus,
    )


def _of_run(analysis: Analysis, first: int, clicks: int) -> Sequence[Signal]:
    """Return what covers some clicks in a row, each thing once."""
    found: dict[Signal, None] = {}
    index = first
    while clicks:
        clicks -= isinstance(analysis.session.events[index], Click)
        found.update(dict.fromkeys(analysis.signals.of(index)))
        index += 1
    return list(found)


def _signal_words(analysis: Analysis, index: int, signals: Sequence[Signal]) -> Inline:
    words: list[str | UserText] = []
    for signal in _findings(signals):
        if signal.kind is SignalKind.SLOW:
            continue
        tag = descriptions.tag(analysis, signal)
        words += [", "] if words else []
        # Of the others all words are ours.
        words.append(UserText(tag) if signal.kind is SignalKind.ISSUE else tag)
    judged = analysis.verdict(index)
    is_bad = judged is not None and judged.rating in {Rating.NEEDS_WORK, Rating.POOR}
    load = descriptions.load_words(analysis, index) if is_bad else ""
    for own in (load, rows.STRAY if analysis.session.is_stray(index) else ""):
        if own:
            words += [", ", own] if words else [own]
    return tuple(words)


def _signals(
    around: View, indexes: Sequence[int], own: Sequence[Signal], *, is_whole: bool
) -> Sequence[Signal]:
    """Return what is wrong or worth a look, in the session or in the rows, the severe first."""
    if is_whole:
        found = _findings(around.analysis.signals.found)
    else:
        found = list(dict.fromkeys(s for row in indexes for s in _findings(around.signals_of(row))))
        found += [signal for signal in own if signal not in found]
    return sorted(found, key=lambda s: (s.severity is not Severity.SEVERE, s.at))


def _found(snapshot: ExportSnapshot, signal: Signal) -> TicketFinding:
    session = snapshot.view.session
    return TicketFinding(
        UserText(f"#{session.number(signal.at)}"),
        rows.moment(session, signal.at, snapshot.clock),
        descriptions.name(signal.kind) if signal.kind in _NAMED else "",
        titles.headline(snapshot.view.analysis, signal),
    )


def _view_title(whole: View) -> str:
    # The words of a filter may be anything; the command has them too.
    return f"{rows.plural(len(whole.rows), 'row')}, {rows.counts(whole)}"


def _steps(
    analysis: Analysis, focus: int | None, first: int
) -> tuple[Sequence[ReproductionStep], bool]:
    session = analysis.session
    if focus is None:
        return (), False
    # What was done is so whatever is shown of it; from where the page of the first row was opened.
    near = max(0, min(first, focus), focus - 200)
    page = opening(session, near)
    run = analysis.run(focus)
    last = focus if run is None else run.end - 1
    found = steps(analysis, near if page is None else page, last)
    if len(found) <= _MOST_STEPS:
        return found, False
    kept = list(found[-_MOST_STEPS:])
    page = opening(session, kept[0].at)
    if page is not None and page != kept[0].at:
        kept[:0] = steps(analysis, page, page)
    return kept, True
