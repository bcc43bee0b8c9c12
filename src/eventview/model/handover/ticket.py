"""What goes into a ticket: the moment, what led to it, how its page loaded, what was found.

Says what, not how it is marked up; what people entered is in none of it. May import
`eventview.model` only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Final, NamedTuple

from eventview.model import overview, signal_words, times, wording
from eventview.model.events import Input, Location, what
from eventview.model.folding import legible
from eventview.model.handover.handout import Handout
from eventview.model.handover.reopening import command_line
from eventview.model.handover.steps import Quoted, Step, Words, steps
from eventview.model.load_facts import ROUTE_CHANGE, bounds
from eventview.model.metrics import CATALOGUE, is_page_load
from eventview.model.session import Session
from eventview.model.signals import QUIET, Kind, Signal
from eventview.model.view import View

BEFORE: Final = 10
AFTER: Final = 3
"""Rows before and after the event that a ticket is about; our own choice."""

MASK: Final = "••••••"
"""Stands for whatever was entered, as long as it may have been."""

_MOST_STEPS: Final = 20
"""What is longer is no way to reproduce anything; the last of them led to it."""

_MOST_SIGNALS: Final = 20


class Line(NamedTuple):
    """A row of the ticket's table."""

    number: str
    """In the session, counted from 1. With a # before it, as `eventview --at` takes it, it would
    be an issue of whoever reads it."""
    time: str
    delta: str
    type: Quoted
    what: Quoted
    signal: Words
    is_focus: bool
    """Whether the ticket is about it."""


class Figure(NamedTuple):
    """A metric of a page load."""

    name: str
    value: str
    rating: str
    """In words; "" where there is no band."""
    note: str
    """The bounds and who says so; "" where there are none."""


class Found(NamedTuple):
    """A signal."""

    name: str
    sentence: Quoted
    rule: str


@dataclass(frozen=True)
class Ticket:
    """All that a ticket says."""

    title: Words
    facts: Sequence[tuple[str, Words]]
    link: str
    """To the replay at the moment; "" without one."""
    no_link: Words
    """Why there is none."""
    rows_title: str
    time_title: str
    """The kind of the rows' times, with their zone or the zero that they count from."""
    rows: Iterable[Line]
    page: Words
    """Whose load `load` is; () without a page."""
    load: Sequence[Figure]
    load_note: str
    signals: Sequence[Found]
    more_signals: int
    """How many there are beside those."""
    steps: Sequence[Step]
    is_cut: bool
    """Whether there are steps before those."""
    command: str
    """Reopens the view; "" where that is not possible."""
    notes: Sequence[str]
    """What is missing, and what was replaced."""


def ticket(handout: Handout) -> Ticket:
    """The ticket of an event, of marked events, or of a whole view."""
    view = handout.view
    # As on the screen: what was clicked five times in a row is one row.
    lens = replace(view.lens, folded=frozenset(), are_runs_rolled=True)
    handout = replace(handout, view=view.through(lens))
    view, focus = handout.view, handout.focus()
    session = view.session
    rows, rows_title = _rows(handout)
    first = rows[0] if rows else 0
    figures = list(_load(session, focus))
    reaching, is_cut = _steps(session, focus, first)
    found = _signals(view, rows, focus)
    return Ticket(
        title=_title(view, focus),
        facts=list(_facts(handout, focus)),
        link=handout.replay_at(focus),
        no_link=_no_link(handout),
        rows_title=rows_title,
        time_title=f"time, {wording.clock_name(session, handout.clock)}",
        rows=_lines(handout, rows, focus),
        page=_page(session, focus),
        load=figures,
        load_note=_load_note(session, focus) if focus is not None else "",
        signals=found[:_MOST_SIGNALS],
        more_signals=max(0, len(found) - _MOST_SIGNALS),
        steps=reaching,
        is_cut=is_cut,
        command=command_line(handout, focus),
        notes=[
            note
            for note in (
                wording.missing(session) and f"incomplete: {wording.missing(session)}",
                handout.redaction,
                _order_note(session, [*rows, *(step.at for step in reaching)]),
            )
            if note
        ],
    )


def _no_link(handout: Handout) -> Words:
    if handout.redaction:
        return ("left out, as it leads to the user",)
    # What failed may be in a server's words.
    failure = handout.no_replay
    return ("not known",) if failure is None else ("not known: ", Quoted(failure.what))


def _title(view: View, focus: int | None) -> Words:
    session = view.session
    if focus is None:
        entry = session.visits[0].start if session.visits else None
        if entry is None:
            return ("Session",)
        return ("Session that begins on ", Quoted(_place(session, entry)))
    signals = view.signals_of(focus)
    if signals:
        return (Quoted(_sentence(session, signals[0])), *_where(session, focus))
    event = session.events[focus]
    if isinstance(event, Location):
        return ("Page ", Quoted(_place(session, focus)))
    what_is_it = (Quoted(event.type), " ", Quoted(shown(session, focus)))
    return (*what_is_it, *_where(session, focus))


def _where(session: Session, index: int) -> Words:
    """The page of an event that is none itself."""
    page = session.page(index)
    if page is None or isinstance(session.events[index], Location):
        return ()
    return (" on ", Quoted(legible(page.path))) if page.path else ()


def _sentence(session: Session, signal: Signal) -> str:
    """What a signal says; of an error its whole message, by which engineers know it."""
    if signal.kind in {Kind.ERROR, Kind.CRASH} and not signal.is_server:
        return f"{signal_words.name(signal.kind).capitalize()}: {what(session.events[signal.at])}"
    return signal_words.sentence(session, signal)


def _order_note(session: Session, shown: Iterable[int]) -> str:
    if not any(session.is_order_inferred(i) and not session.is_placed_by_page(i) for i in shown):
        return ""
    return "the server keeps whole seconds: the order of events of one second is inferred"


def _place(session: Session, index: int) -> str:
    event = session.events[index]
    path = event.path if isinstance(event, Location) else ""
    return legible(path) or what(event)


def shown(session: Session, index: int) -> str:
    """What an event's row says, but for what was entered."""
    event = session.events[index]
    if isinstance(event, Input) and event.value:
        return what(replace(event, value=MASK))
    return what(event)


def _facts(handout: Handout, focus: int | None) -> Iterator[tuple[str, Words]]:
    session = handout.view.session
    yield "project", (Quoted(session.origin.name),)
    if session.session_id:
        yield "session", (Quoted(session.session_id),)
    told = dict(overview.told(session))
    if "user" in told:
        yield "user", (Quoted(told["user"]),)
    if session.start_ms is not None:
        step = session.step_ms(session.start_ms)
        yield "started", (times.date_clock(session.start_ms, UTC, step),)
    if focus is not None:
        event = session.events[focus]
        moment = wording.moment(session, focus)
        step = session.step_ms(event.time_ms)
        clock = "" if event.time_ms is None else times.date_clock(event.time_ms, UTC, step)
        if session.is_stray(focus):
            yield "moment", (f"{clock}, not credible: {wording.stray(session, focus)}",)
        else:
            yield "moment", (f"{moment} since its start, {clock}" if clock else moment,)
        if session.page(focus) is not None:
            yield "page", _page(session, focus)
    for name in ("browser", "system", "platform", "country"):
        if name in told:
            yield name, (Quoted(told[name]),)


def _page(session: Session, focus: int | None) -> Words:
    page = None if focus is None else session.page(focus)
    if page is None:
        return ()
    return (Quoted(f"{page.host}{what(page)}" if page.path.startswith("/") else what(page)),)


def _rows(handout: Handout) -> tuple[Sequence[int], str]:
    view = handout.view
    if handout.marks:
        heads = {head for mark in handout.marks if (head := _head(view, mark)) is not None}
        return sorted(heads), "Marked events"
    if handout.cursor is None:
        return view.rows, "Events"
    place = bisect_left(view.rows, handout.cursor + 1) - 1
    first = max(0, place - BEFORE)
    return view.rows[first : max(place, 0) + AFTER + 1], "What led to it"


def _head(view: View, index: int) -> int | None:
    """The row that an event is in; None where it is in none."""
    place = bisect_left(view.rows, index + 1) - 1
    if place < 0 or not view.shows(index):
        return None
    return view.rows[place]


def _lines(handout: Handout, rows: Sequence[int], focus: int | None) -> Iterator[Line]:
    view, session = handout.view, handout.view.session
    heads = None if focus is None else _head(view, focus)
    for index in rows:
        row = wording.shown_row(view, index, handout.clock)
        event = session.events[index]
        has_value = isinstance(event, Input) and event.value
        yield Line(
            str(session.number(index)),
            row.time,
            row.delta,
            Quoted(event.type),
            Quoted(shown(session, index) if has_value else row.what),
            _signal_words(view, index),
            index == heads,
        )


def _signal_words(view: View, index: int) -> Words:
    session = view.session
    words: list[str | Quoted] = []
    for signal in view.signals_of(index):
        if signal.kind is Kind.SLOW:
            continue
        tag = signal_words.tag(session, signal)
        words += [", "] if words else []
        # Of the others all words are ours.
        words.append(Quoted(tag) if signal.kind is Kind.ISSUE else tag)
    stray = wording.STRAY if session.is_stray(index) else ""
    for own in (signal_words.load_words(session, index), stray):
        if own:
            words += [", ", own] if words else [own]
    return tuple(words)


def _load(session: Session, focus: int | None) -> Iterator[Figure]:
    page = None if focus is None else _opening(session, focus)
    event = None if page is None else session.events[page]
    if page is None or not isinstance(event, Location):
        return
    load, repeated = event.load, session.repeated_vitals(page)
    for metric in CATALOGUE:
        value = metric.read(load)
        if value is None:
            continue
        may_rate = is_page_load(load) and metric.field not in repeated
        band = session.rules.bands.get(metric.key) if may_rate else None
        name = f"{metric.name} ({metric.short})" if metric.short.isupper() else metric.name
        if metric.estimate:
            name += ", an estimate"
        if band is None:
            note = "may be that of the page before" if metric.field in repeated else ""
            yield Figure(name, metric.written(load), "", note)
        else:
            yield Figure(name, metric.written(load), band.rating(value).value, bounds(metric, band))


def _load_note(session: Session, focus: int) -> str:
    page = _opening(session, focus)
    event = None if page is None else session.events[page]
    if not isinstance(event, Location):
        return ""
    return "" if is_page_load(event.load) else ROUTE_CHANGE


def _opening(session: Session, index: int) -> int | None:
    number = session.visit_number(index)
    return None if number is None else session.visits[number].start


def _signals(view: View, rows: Sequence[int], focus: int | None) -> list[Found]:
    """All that the event has which a ticket is about, and of the rows what is trouble."""
    session = view.session
    own = () if focus is None else view.signals_of(focus)
    found = dict.fromkeys(own)
    for index in rows:
        found.update(dict.fromkeys(s for s in view.signals_of(index) if s.kind not in QUIET))
    return [
        Found(
            signal_words.name(signal.kind),
            Quoted(_sentence(session, signal)),
            signal_words.rule(signal, session.rules, session.resolution_ms),
        )
        for signal in found
    ]


def _steps(session: Session, focus: int | None, first: int) -> tuple[Sequence[Step], bool]:
    if focus is None:
        return (), False
    # What was done is so whatever is shown of it; from where the page of the first row was opened.
    near = max(0, min(first, focus), focus - 200)
    opening = _opening(session, near)
    run = session.run(focus)
    last = focus if run is None else run.end - 1
    found = steps(session, near if opening is None else opening, last)
    return found[-_MOST_STEPS:], len(found) > _MOST_STEPS
