"""Content of a ticket, without its markup: evidence, the rows before it, steps and page load.

The rows around the event are those of the session, regardless of filters. Values that people
entered are left out; the bodies of requests that a project records are not.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from msgspec import Struct, structs
from msgspec.structs import replace

from eventview.analysis import descriptions, titles
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import Severity, Signal
from eventview.export.command_line import command_line
from eventview.export.reproduction import ReproductionStep, find_steps
from eventview.export.snapshot import ExportSnapshot
from eventview.export.ticket_evidence import (
    Evidence,
    EvidenceFigure,
    find_evidence,
    load_figures,
    load_note,
)
from eventview.progress import begin_step
from eventview.query.query import ALL_TYPES, STARTING_TYPES
from eventview.render import rows, summary
from eventview.session.event_text import describe_event, url_of
from eventview.session.events import Click, Custom, GraphQL, Input, Location, Performance, Request
from eventview.session.folding import decode_address
from eventview.session.metrics import Rating
from eventview.session.session import Session
from eventview.session.text import Inline, UserText
from eventview.session.urls import add_scheme
from eventview.view.view import View
from eventview.view.view_options import ViewOptions

BEFORE: Final = 10
AFTER: Final = 3
"""Rows before and after the event that a ticket is about; our own choice."""

MASK: Final = "••••••"
"""Text in place of an entered value of any length."""

_MOST_STEPS: Final = 20
"""Steps shown, the last ones: nobody reproduces more."""

_STEPS_REACH: Final = 200
"""Events before the event of a ticket in which steps are looked for."""

_MOST_SIGNALS: Final = 20

_MOST_ROWS: Final = 30
"""Rows of a view in which nothing went wrong; further ones are folded away or left out."""

_BACKGROUND: Final = (Custom, GraphQL, Performance, Request)
"""Event types not counted as rows of the person's actions, unless they carry a finding."""


class TicketRow(NamedTuple):
    """A row of the ticket's table; its type and text are foreign."""

    number: str
    """Number in the session, counted from 1. It has no #, which trackers link to an issue."""
    time: str
    delta: str
    type: str
    what: str
    signal: Inline
    is_focus: bool
    """True for the event that the ticket is about."""


class TicketFinding(NamedTuple):
    """A finding in the ticket's list."""

    number: str
    """Number of its event for `eventview --at`; trackers may link its # to an issue."""
    time: str
    name: str
    """Name of its kind; "" if the words include it."""
    words: Inline


class Ticket(Struct, frozen=True):
    """Content of a ticket."""

    title: Inline
    facts: Sequence[tuple[str, Inline]]
    link: str
    """Link to the replay at the event; "" without one."""
    no_link: Inline
    """Reason for a missing link."""
    evidence: Evidence | None
    rows_title: str
    time_title: str
    """Kind of the rows' times, with their zone or zero."""
    rows: Iterable[TicketRow]
    load: Sequence[EvidenceFigure]
    load_note: str
    is_of_page: bool
    """True if the ticket is about a page, whose load is then the evidence."""
    signals: Sequence[TicketFinding]
    more_signals: int
    """Number of findings that are left out."""
    steps: Sequence[ReproductionStep]
    is_cut: bool
    """True if earlier steps are left out."""
    actual: Inline
    """Actual result; () if no finding tells it."""
    command: str
    """Command line that reopens the view; "" if there is none."""
    view_title: str
    """Title of the rows of the whole view; "" if they are those above."""
    view_rows: Iterable[TicketRow]
    notes: Sequence[str]
    """Notes on missing events, placeholders and inferred order."""


def build_ticket(snapshot: ExportSnapshot) -> Ticket:
    """Return the ticket of an event, of marked events, or of a whole view."""
    focus, analysis = snapshot.focus(), snapshot.view.analysis
    session = analysis.session
    begin_step(f"preparing a ticket from {len(session.events):,} events")
    around = _unfiltered_view(snapshot, focus)
    indexes, rows_title = _select_rows(snapshot, around, focus)
    whole = _roll_up(snapshot.view)
    is_whole = snapshot.cursor is None and not snapshot.marks
    has_more = is_whole and not {*whole.rows} <= {*indexes}
    # The title omits the filter, which may contain anything; the command includes it.
    view_title = f"{rows.pluralize(len(whole.rows), 'row')}, {rows.describe_counts(whole)}"
    own = () if focus is None else around.signals_of(focus)
    steps, is_cut = _select_steps(analysis, focus, indexes[0] if indexes else 0)
    found = _select_signals(around, indexes, own, is_whole=is_whole)
    title = _title(analysis, focus, own)
    return Ticket(
        title=title,
        facts=list(_facts(snapshot, focus)),
        link=snapshot.replay_at(focus),
        no_link=_explain_no_link(snapshot),
        evidence=None if focus is None else find_evidence(session, focus, own),
        rows_title=rows_title,
        time_title=f"time, {rows.time_display_name(session, snapshot.clock)}",
        rows=_ticket_rows(snapshot, around, indexes, focus),
        load=[] if focus is None else list(load_figures(analysis, focus)),
        load_note="" if focus is None else load_note(session, focus),
        is_of_page=focus is not None and isinstance(session.events[focus], Location),
        signals=[_ticket_finding(snapshot, signal) for signal in found[:_MOST_SIGNALS]],
        more_signals=max(0, len(found) - _MOST_SIGNALS),
        steps=steps,
        is_cut=is_cut,
        actual=title if _findings(own) else (),
        command=command_line(snapshot, focus),
        view_title=view_title if has_more else "",
        view_rows=_ticket_rows(snapshot, whole, whole.rows, focus),
        notes=list(_notes(snapshot, [*indexes, *(step.at for step in steps)])),
    )


def _unfiltered_view(snapshot: ExportSnapshot, focus: int | None) -> View:
    """Return the session without a filter, in the types shown by default."""
    analysis, types = snapshot.view.analysis, STARTING_TYPES
    about = snapshot.marks if focus is None else {focus, *snapshot.marks}
    if not all(types.shows(analysis.session.events[index].type) for index in about):
        types = ALL_TYPES
    return View(analysis, ViewOptions(types=types, are_runs_rolled=True))


def _explain_no_link(snapshot: ExportSnapshot) -> Inline:
    if snapshot.redaction:
        return ("left out, because it leads to the user",)
    # The message may contain a server's words.
    failure = snapshot.replay_failure
    return ("not known",) if failure is None else ("not known: ", UserText(failure.message))


def _title(analysis: Analysis, focus: int | None, own: Sequence[Signal]) -> Inline:
    session = analysis.session
    if focus is not None:
        found = _findings(own)
        return (
            titles.signal_title(analysis, found[0])
            if found
            else titles.event_title(analysis, focus)
        )
    entry = session.events[session.visits[0].start] if session.visits else None
    if not isinstance(entry, Location):
        return ("Session",)
    return (
        "Session that begins on ",
        UserText(decode_address(entry.path) or describe_event(entry)),
    )


def _notes(snapshot: ExportSnapshot, shown: Iterable[int]) -> Iterator[str]:
    session = snapshot.view.session
    missing = rows.describe_missing(session)
    if missing:
        yield f"incomplete: {missing}"
    if snapshot.redaction:
        yield snapshot.redaction
    if any(session.is_order_inferred(i) and not session.is_placed_by_page(i) for i in shown):
        yield "the server keeps whole seconds: the order of events within one second is inferred"


def _facts(snapshot: ExportSnapshot, focus: int | None) -> Iterator[tuple[str, Inline]]:
    session = snapshot.view.session
    if focus is not None:
        yield "when", _describe_time(session, focus)
        page = session.page(focus)
        if page is not None:
            sent = url_of(page) or describe_event(page)
            address = add_scheme(sent, page.host)
            yield "page", (UserText(address), "" if address == sent else " (https inferred)")
    attributes = dict(summary.session_attributes(session))
    if "user" in attributes:
        yield "user", (UserText(attributes["user"]),)
    names = ("browser", "system", "platform", "country")
    client = ", ".join(attributes[name] for name in names if name in attributes)
    if client:
        yield "seen with", (UserText(client),)
    name: Inline = ("of project ", UserText(session.session_ref.name))
    if session.session_id:
        name = (UserText(session.session_id), " ", *name)
    yield "session", name
    if session.start_ms is not None:
        start = rows.format_date(session, session.start_ms)
        clock, zero = snapshot.clock, "it"
        if clock.is_from_zero or not clock.is_counting:
            zero = rows.time_display_name(session, clock).removeprefix("since ")
        below = f"; times below {'count from' if clock.is_counting else 'are'} {zero}"
        length = rows.format_length(session)
        yield "started", (f"{start}, lasted {length}{'' if focus is None else below}",)


def _describe_time(session: Session, focus: int) -> Inline:
    time_ms, total = session.events[focus].time_ms, max(len(session.events), session.total or 0)
    number = f"event {session.number(focus):,} of {total:,}"
    offset = rows.format_time(session, focus)
    if time_ms is None:
        return (f"{offset}; {number}",)
    clock = rows.format_date(session, time_ms)
    if session.is_stray(focus):
        return (f"{clock}, not credible: {rows.describe_stray(session, focus)}; {number}",)
    return (f"{offset} since the session's start, {clock}; {number}",)


def _select_rows(
    snapshot: ExportSnapshot, around: View, focus: int | None
) -> tuple[Sequence[int], str]:
    """Return the rows of the table and their title."""
    if snapshot.marks:
        heads = {head for mark in snapshot.marks if (head := _find_row(around, mark)) is not None}
        return sorted(heads), "Marked events"
    if focus is None:
        return _roll_up(snapshot.view).rows[:_MOST_ROWS], "Events"
    indexes, place = around.rows, bisect_left(around.rows, focus + 1) - 1
    window = snapshot.view.options.window
    before, after = (None, None) if window is None else (window.before, window.after)
    first = place - _count_reach(around, place, -1, BEFORE) if before is None else place - before
    last = place + _count_reach(around, place, 1, AFTER) if after is None else place + after
    return indexes[max(first, 0) : last + 1], "What led to it"


def _roll_up(view: View) -> View:
    """Return a view with runs of clicks as one row, as on the screen."""
    return view.through(replace(view.options, folded=frozenset(), are_runs_rolled=True))


def _count_reach(around: View, place: int, direction: int, number: int) -> int:
    """Count the rows on one side of a row up to the `number`-th that is not background.

    At most twice `number`: a page's many requests should neither displace the person's actions
    nor fill the ticket.
    """
    indexes, reached, most = around.rows, 0, 2 * number
    while number and reached < most and 0 <= place + direction * (reached + 1) < len(indexes):
        reached += 1
        row = indexes[place + direction * reached]
        is_background = isinstance(around.session.events[row], _BACKGROUND)
        number -= not is_background or bool(_findings(around.signals_of(row)))
    return reached


def _findings(signals: Iterable[Signal]) -> Sequence[Signal]:
    return [signal for signal in signals if not signal.kind.is_background]


def _find_row(view: View, index: int) -> int | None:
    """Return the row of an event; None if it has none."""
    place = bisect_left(view.rows, index + 1) - 1
    return None if place < 0 or not view.shows(index) else view.rows[place]


def _ticket_rows(
    snapshot: ExportSnapshot, view: View, indexes: Sequence[int], focus: int | None
) -> Iterator[TicketRow]:
    head = None if focus is None else _find_row(view, focus)
    for index in indexes:
        run = view.rolled(index)
        if run is None or focus is None or index != head or index == focus:
            clicks = 1 if run is None else run.clicks
            yield _ticket_row(snapshot, view, index, clicks, is_focus=index == head)
            continue
        # A finding may begin after the run's first click: two rows mark where.
        events = view.session.events
        before = sum(isinstance(event, Click) for event in events[index:focus])
        yield _ticket_row(snapshot, view, index, before, is_focus=False)
        yield _ticket_row(snapshot, view, focus, run.clicks - before, is_focus=True)


def _ticket_row(
    snapshot: ExportSnapshot, view: View, index: int, clicks: int, *, is_focus: bool
) -> TicketRow:
    session = view.session
    row = rows.build_row(view.analysis, index, snapshot.clock)
    event = session.events[index]
    text = row.what
    if isinstance(event, Input) and event.value:
        text = describe_event(structs.replace(event, value=MASK))
    signals = view.analysis.signals.of(index)
    if clicks > 1:
        signals = _run_signals(view.analysis, index, clicks)
    return TicketRow(
        str(session.number(index)),
        row.time,
        row.delta,
        event.type,
        text if clicks == 1 else f"{text} ×{clicks}",
        _describe_signals(view.analysis, index, signals),
        is_focus,
    )


def _run_signals(analysis: Analysis, first: int, clicks: int) -> Sequence[Signal]:
    """Return the signals of a number of clicks in a row, each once."""
    # Comparing signals takes as long as they have events, which here is the length of the run.
    found: dict[int, Signal] = {}
    index = first
    while clicks:
        clicks -= isinstance(analysis.session.events[index], Click)
        found |= {id(signal): signal for signal in analysis.signals.of(index)}
        index += 1
    return list(dict.fromkeys(found.values()))


def _describe_signals(analysis: Analysis, index: int, signals: Sequence[Signal]) -> Inline:
    words: list[str | UserText] = []
    for signal in _findings(signals):
        if signal.kind.badge is None:
            continue
        words += [", "] if words else []
        words.append(UserText(descriptions.signal_tag(analysis, signal)))
    verdict = analysis.verdict(index)
    is_bad = verdict is not None and verdict.rating in {Rating.NEEDS_WORK, Rating.POOR}
    load = descriptions.describe_load(analysis, index) if is_bad else ""
    for own in (load, rows.STRAY if analysis.session.is_stray(index) else ""):
        if own:
            words += [", ", own] if words else [own]
    return tuple(words)


def _select_signals(
    around: View, indexes: Sequence[int], own: Sequence[Signal], *, is_whole: bool
) -> Sequence[Signal]:
    """Return the findings of the session or of the rows, the severe first."""
    if is_whole:
        found = _findings(around.analysis.signals.found)
    else:
        found = list(dict.fromkeys(s for row in indexes for s in _findings(around.signals_of(row))))
        found += [signal for signal in own if signal not in found]
    return sorted(found, key=lambda s: (s.kind.severity is not Severity.SEVERE, s.at))


def _ticket_finding(snapshot: ExportSnapshot, signal: Signal) -> TicketFinding:
    session = snapshot.view.session
    return TicketFinding(
        f"#{session.number(signal.at)}",
        rows.format_time(session, signal.at, snapshot.clock),
        "" if signal.kind.is_named_in_title else signal.kind.name,
        titles.signal_title(snapshot.view.analysis, signal),
    )


def _select_steps(
    analysis: Analysis, focus: int | None, first: int
) -> tuple[Sequence[ReproductionStep], bool]:
    session = analysis.session
    if focus is None:
        return (), False
    # Steps are independent of the filter and begin where the page of the first row was opened.
    near = max(0, min(first, focus), focus - _STEPS_REACH)
    page = session.opening(near)
    run = analysis.run(focus)
    last = focus if run is None else run.end - 1
    found = find_steps(analysis, near if page is None else page, last)
    if len(found) <= _MOST_STEPS:
        return found, False
    kept = list(found[-_MOST_STEPS:])
    page = session.opening(kept[0].at)
    if page is not None and page != kept[0].at:
        kept[:0] = find_steps(analysis, page, page)
    return kept, True
