"""A session in words: the cells of a row, the counts of a title, the same wherever it is shown."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import BACKGROUND_KINDS, Severity, Signal, SignalKind
from eventview.session import timefmt
from eventview.session.events import Event, Location, what
from eventview.session.session import Run, Session
from eventview.session.values import Rating
from eventview.view.folds import count_visit_events
from eventview.view.time_display import SINCE_START, TimeDisplay, TimeMode
from eventview.view.view import View

UNKNOWN_TIME = "?"
"""Stands where an event carries no readable time."""


MISSING = "···"
"""Stands before an event where others have not come."""

STRAY = "stray time"
"""Stands beside an event whose time is too far off to be true."""


class BadgeStyle(Enum):
    """What an aside says, beyond its words."""

    BACKGROUND = auto()
    GOOD = auto()
    NEEDS_WORK = auto()
    POOR = auto()
    SEVERE = auto()
    NOTABLE = auto()


class Badge(NamedTuple):
    """A few words at the right edge of a row."""

    text: str
    tone: BadgeStyle


class Row(NamedTuple):
    """The cells of one event; every text is clean and uncut."""

    time: str
    delta: str
    """Since the event before; "" for the first, `MISSING` where that may not have come."""
    type: str
    what: str
    badges: Sequence[Badge]
    """Page load and signals; where there is little room, the first give way."""


def row(analysis: Analysis, index: int, clock: TimeDisplay = SINCE_START) -> Row:
    """One event as the cells of a row."""
    session = analysis.session
    event = session.events[index]
    return Row(
        time=moment(session, index, clock),
        delta=_delta(session, index),
        type=event.type,
        what=_what(event),
        badges=badges(analysis, index),
    )


def _what(event: Event) -> str:
    """The words of a row: of a page its address and title."""
    if isinstance(event, Location) and event.title:
        return f"{what(event)} · {event.title}"
    return what(event)


def shown_row(view: View, index: int, clock: TimeDisplay = SINCE_START) -> Row:
    """The cells of a row of a view, which may stand for a run of clicks or a page visit."""
    session = view.session
    plain = row(view.analysis, index, clock)
    run = view.rolled(index)
    if run is not None:
        return plain._replace(what=f"{plain.what} ×{run.clicks}", badges=_run_asides(view, run))
    counts = count_visit_events(view, index)
    if counts is None:
        return plain
    inside = _inside(view, index) if view.is_folded(index) else ()
    severe = [aside for aside in inside if aside.tone is BadgeStyle.SEVERE]
    others = [aside for aside in inside if aside.tone is not BadgeStyle.SEVERE]
    beside = [*_head_asides(session, index, *counts), *others, *plain.badges, *severe]
    return plain._replace(badges=beside)


def _inside(view: View, head: int) -> Sequence[Badge]:
    """What is folded away with a page visit, but for hesitations and repeats: the gravest last."""
    session = view.session
    number = session.visit_number(head)
    end = head + 1 if number is None else session.visits[number].end
    counted = Counter(signal.kind for signal in view.analysis.signals.carried(head + 1, end))
    kinds = [kind for kind in SignalKind if kind in counted and kind not in BACKGROUND_KINDS]
    return [
        Badge(
            descriptions.named(kind, counted[kind]),
            BadgeStyle.SEVERE if kind.severity is Severity.SEVERE else BadgeStyle.NOTABLE,
        )
        for kind in reversed(kinds)
    ]


def _delta(session: Session, index: int) -> str:
    if session.is_gap_before(index):
        return MISSING
    delta = session.delta_ms(index)
    time = session.events[index].time_ms
    if delta is None or time is None:
        return ""
    return timefmt.span(delta, session.step_ms(time, time - delta))


def moment(
    session: Session, index: int, clock: TimeDisplay = SINCE_START, *, is_short: bool = False
) -> str:
    """When an event happened, as the time column has it.

    Args:
        session: the event's session.
        index: of the event.
        clock: how times are told.
        is_short: whether in as few cells as tell it from every other event of the session.
    """
    time_ms, offset = session.events[index].time_ms, session.offset_ms(index)
    if time_ms is None or offset is None:
        return UNKNOWN_TIME
    if session.is_stray(index) and (is_short or clock.is_counting):
        # A date says more than some hundred thousand hours.
        day = timefmt.day(time_ms, clock.zone)
        return UNKNOWN_TIME if day is None else day.isoformat()
    match clock.mode:
        case TimeMode.SINCE_START:
            return timefmt.offset(offset, session.step_ms(time_ms, session.start_ms))
        case TimeMode.SINCE_ZERO:
            distance = None if clock.zero is None else session.between_ms(clock.zero, index)
            if distance is None:
                return UNKNOWN_TIME
            return timefmt.offset(distance, session.step_ms(time_ms, time_ms - distance))
        case TimeMode.LOCAL | TimeMode.UTC:
            return _time_of_day(session, time_ms, clock.zone, is_short=is_short)


def _time_of_day(session: Session, time_ms: int, zone: tzinfo | None, *, is_short: bool) -> str:
    """The time of day, with what tells it from others of the session: a date, a zone's name."""
    start_ms, end_ms = _ends_ms(session)
    is_over_midnight, zones = _course(start_ms, end_ms, zone, time.tzname)
    shown = timefmt.clock(time_ms, zone, session.step_ms(time_ms))
    if is_over_midnight or not start_ms <= time_ms <= end_ms:
        day = timefmt.day(time_ms, zone)
        if day is None:
            return shown
        shown = f"{day.isoformat()[5 if is_short else 0 :]} {shown}"
    if len(zones) == 1:
        return shown
    # Elsewhere than here, a zone is known by its distance only.
    name = timefmt.short_zone_name if is_short else timefmt.zone_name
    return f"{shown} {name(time_ms, zone)}"


def _ends_ms(session: Session) -> tuple[int, int]:
    """Return the moments of a session's first event and its last; 0 where none has one."""
    start_ms = session.start_ms or 0
    return start_ms, start_ms if session.end_ms is None else session.end_ms


@lru_cache(maxsize=8)
def _course(
    start_ms: int,
    end_ms: int,
    zone: tzinfo | None,
    own: tuple[str, str],  # noqa: ARG001  # the machine's zone, which None stands for
) -> tuple[bool, Sequence[str]]:
    """Find whether a midnight is between two moments, and the names the zone has at them.

    There are two where clocks are changed between them. Every row asks for it.
    """
    days = {timefmt.day(ms, zone) for ms in (start_ms, end_ms)}
    names = dict.fromkeys(timefmt.zone_name(ms, zone) for ms in (start_ms, end_ms))
    return len(days) > 1, tuple(names)


def time_cells(session: Session, clock: TimeDisplay = SINCE_START) -> int:
    """Count the cells of the longest time of a session, as short as may be."""
    if clock.is_counting:
        cells = max(len("+0:00.000"), len(timefmt.offset(session.duration_ms)))
    else:
        ends = [ms for ms in (session.start_ms, session.end_ms) if ms is not None]
        shown = [_time_of_day(session, ms, clock.zone, is_short=True) for ms in ends]
        cells = max(map(len, ["00:00:00.000", *shown]))
    return max(cells, len("1970-01-01")) if session.strays else cells


def length(session: Session) -> str:
    """Say how long a session was, or how much of it a part covers: `1m19s of 24m57s`."""
    step = session.step_ms(session.start_ms, session.end_ms)
    whole = timefmt.span(session.duration_ms, step)
    if session.partial_export is None:
        return whole
    part = timefmt.span(session.covered_ms, step)
    return part if session.partial_export.duration_ms is None else f"{part} of {whole}"


def stray(session: Session, index: int) -> str:
    """Say how far off a stray is: `20402d10h before the rest of the session`."""
    time_ms, (start_ms, end_ms) = session.events[index].time_ms or 0, _ends_ms(session)
    if time_ms < start_ms:
        return f"{timefmt.span(start_ms - time_ms)} before the rest of the session"
    return f"{timefmt.span(time_ms - end_ms)} after the rest of the session"


def clock_name(session: Session, clock: TimeDisplay) -> str:
    """What the times are, with the zone wherever there is one."""
    if clock.mode is TimeMode.LOCAL:
        return ", then ".join(_course(*_ends_ms(session), None, time.tzname)[1])
    if clock.mode is TimeMode.SINCE_ZERO and clock.zero is not None:
        return f"since {moment(session, clock.zero)}"
    return "UTC" if clock.mode is TimeMode.UTC else "since start"


_RATING_TONES = {
    Rating.GOOD: BadgeStyle.GOOD,
    Rating.NEEDS_WORK: BadgeStyle.NEEDS_WORK,
    Rating.POOR: BadgeStyle.POOR,
    None: BadgeStyle.BACKGROUND,
}

_SAID_OTHERWISE = frozenset({SignalKind.GAP, SignalKind.SLOW})
"""Signals that a row needs no tag for: a line above it or its page load says them."""


def badges(analysis: Analysis, index: int) -> Sequence[Badge]:
    """What stands beside an event: its signals, the gravest last, and how its page loaded."""
    found = [
        Badge(descriptions.tag(analysis, signal), _tone(signal))
        for signal in reversed(analysis.signals.of(index))
        if signal.kind not in _SAID_OTHERWISE
    ]
    judged = analysis.verdict(index)
    if judged is not None:
        found.append(Badge(descriptions.load_words(analysis, index), _RATING_TONES[judged.rating]))
    if analysis.session.is_stray(index):
        found.append(Badge(STRAY, BadgeStyle.NOTABLE))
    return found


def _tone(signal: Signal) -> BadgeStyle:
    if signal.severity is Severity.SEVERE:
        return BadgeStyle.SEVERE
    is_quiet = signal.severity is Severity.NEUTRAL or signal.kind is SignalKind.HESITATION
    return BadgeStyle.BACKGROUND if is_quiet else BadgeStyle.NOTABLE


def _run_asides(view: View, run: Run) -> Sequence[Badge]:
    """The gravest of what the clicks of a run have beside them, each thing once."""
    session = view.session
    left_out = _SAID_OTHERWISE | BACKGROUND_KINDS
    signals = [s for s in view.signals_of(run.start) if s.kind not in left_out]
    length = session.between_ms(run.start, run.end - 1)
    within = [] if length is None else [f"in {timefmt.span(length, session.resolution_ms)}"]
    return [
        *(Badge(text, BadgeStyle.BACKGROUND) for text in within),
        *(Badge(descriptions.tag(view.analysis, s), _tone(s)) for s in reversed(signals)),
    ]


def _head_asides(session: Session, index: int, shown: int, total: int) -> Sequence[Badge]:
    """What a page visit's head says of it: how long it was, how many events it has."""
    number = session.visit_number(index)
    stay = None if number is None else session.stay_ms(number)
    length = [] if stay is None else [timefmt.span(stay, session.resolution_ms)]
    events = plural(total, "event") if shown == total else f"{shown:,} of {plural(total, 'event')}"
    return [Badge(text, BadgeStyle.BACKGROUND) for text in (*length, events)]


def counts(view: View) -> str:
    """How many of how many events are shown: `180 of 180 events`, `12 of 180 shown`."""
    around, total = view.number_around, len(view.session.events)
    shown = len(view.shown) - around
    if shown < total:
        beside = f" and {around:,} around" if around else ""
        return f"{shown:,} of {total:,} shown{beside}"
    return f"{shown:,} of {plural(max(total, view.session.total or 0), 'event')}"


def missing(session: Session) -> str:
    """What the source counted and did not give: `2 of 1,240 events have not come`; else ""."""
    lacking = (session.total or 0) - len(session.events)
    if lacking <= 0:
        return ""
    if session.partial_export is not None:
        return f"{lacking:,} of {plural(session.total or 0, 'event')} not in this export"
    have = "has" if lacking == 1 else "have"
    return f"{lacking:,} of {plural(session.total or 0, 'event')} {have} not come"


def doubled(session: Session) -> str:
    """The number of rows left out because the server holds them beside an equal one; else ""."""
    if not session.doubled:
        return ""
    return f"{session.doubled:,} {'copy' if session.doubled == 1 else 'copies'} of rows left out"


def pages(session: Session) -> str:
    """How many page visits there are: `9 pages`."""
    return plural(len(session.visits), "page")


def hits(view: View, index: int | None = None) -> str:
    """How the find stands: `2 of 5 hits`, `5 hits` away from one, `0 hits` without any."""
    number = None if index is None else view.hit_number(index)
    total = plural(len(view.hits), "hit")
    return total if number is None else f"{number:,} of {total}"


def plural(number: int, noun: str) -> str:
    """A count with its noun: `1 page`, `1,204 pages`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def name(session: Session) -> str:
    """What the session is called in a title: `acme-shop › 4813023023591169`."""
    return " › ".join(part for part in (session.session_ref.name, session.session_id) if part)
