"""Texts of a session for screen and exports: cells of a row, times, counts and names."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, tzinfo
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis, count_kinds
from eventview.analysis.measured_session import Run
from eventview.analysis.signal_kinds import GAP
from eventview.analysis.signals import Severity, Signal, SignalKind
from eventview.session import timefmt
from eventview.session.event_text import describe_event
from eventview.session.events import Location
from eventview.session.metrics import Rating
from eventview.session.session import Session
from eventview.view.folds import count_visit_events
from eventview.view.time_display import SINCE_START, TimeDisplay, TimeMode
from eventview.view.view import View

UNKNOWN_TIME = "?"
"""Time cell of an event without a readable time."""

MISSING = "···"
"""Delta cell of an event before which others are missing."""

STRAY = "stray time"
"""Badge of an event whose time is too far off to be credible."""


class BadgeStyle(Enum):
    """Style of a badge, by meaning."""

    BACKGROUND = auto()
    GOOD = auto()
    NEEDS_WORK = auto()
    POOR = auto()
    SEVERE = auto()
    NOTABLE = auto()


class Badge(NamedTuple):
    """A few words at the right edge of a row."""

    text: str
    style: BadgeStyle


class Row(NamedTuple):
    """The cells of one event; every text is clean and uncut."""

    time: str
    delta: str
    """Time since the event before; "" for the first, `MISSING` after missing events."""
    type: str
    what: str
    badges: Sequence[Badge]
    """Page load and signals; the first give way if there is little room."""


def build_row(analysis: Analysis, index: int, clock: TimeDisplay = SINCE_START) -> Row:
    """Return the cells of one event."""
    session = analysis.session
    event = session.events[index]
    title = event.title if isinstance(event, Location) else ""
    return Row(
        time=format_time(session, index, clock),
        delta=_delta(session, index),
        type=event.type,
        what=f"{describe_event(event)} · {title}" if title else describe_event(event),
        badges=build_badges(analysis, index),
    )


def build_view_row(view: View, index: int, clock: TimeDisplay = SINCE_START) -> Row:
    """Return the cells of a row of a view; it may represent a run of clicks or a page visit."""
    plain = build_row(view.analysis, index, clock)
    run = view.rolled(index)
    if run is not None:
        return plain._replace(what=f"{plain.what} ×{run.clicks}", badges=_run_badges(view, run))
    counts = count_visit_events(view, index)
    if counts is None:
        return plain
    inside = _folded_badges(view, index) if view.is_folded(index) else ()
    severe = [badge for badge in inside if badge.style is BadgeStyle.SEVERE]
    others = [badge for badge in inside if badge.style is not BadgeStyle.SEVERE]
    session, (shown, total) = view.session, counts
    number = session.visit_number(index)
    stay = None if number is None else session.stay_ms(number)
    length = [] if stay is None else [timefmt.format_span(stay, session.resolution_ms)]
    events = pluralize(total, "event")
    events = events if shown == total else f"{shown:,} of {events}"
    head = [Badge(text, BadgeStyle.BACKGROUND) for text in (*length, events)]
    return plain._replace(badges=[*head, *others, *plain.badges, *severe])


def _folded_badges(view: View, head: int) -> Sequence[Badge]:
    """Return badges for the findings folded away with a page visit, the most severe last."""
    session = view.session
    number = session.visit_number(head)
    end = head + 1 if number is None else session.visits[number].end
    counts = count_kinds(view.analysis.signals.in_range(head + 1, end))
    return [
        Badge(kind.format_count(number), _badge_style(kind))
        for kind, number in reversed(counts.items())
        if not kind.is_background
    ]


def _delta(session: Session, index: int) -> str:
    if index in session.behind_gaps:
        return MISSING
    delta = session.delta_ms(index)
    time = session.events[index].time_ms
    if delta is None or time is None:
        return ""
    return timefmt.format_span(delta, session.step_ms(time, time - delta))


def format_time(
    session: Session, index: int, clock: TimeDisplay = SINCE_START, *, is_short: bool = False
) -> str:
    """Format the time of an event for the time column.

    Args:
        session: the event's session.
        index: index of the event.
        clock: time display.
        is_short: True for the fewest cells that distinguish it from other events of the session.
    """
    time_ms, start_ms = session.events[index].time_ms, session.start_ms
    if time_ms is None or start_ms is None:
        return UNKNOWN_TIME
    if session.is_stray(index) and (is_short or clock.is_counting):
        # A date is easier to read than some hundred thousand hours.
        day = timefmt.date_of(time_ms, clock.zone)
        return UNKNOWN_TIME if day is None else day.isoformat()
    match clock.mode:
        case TimeMode.SINCE_START:
            return timefmt.format_offset(time_ms - start_ms, session.step_ms(time_ms, start_ms))
        case TimeMode.SINCE_ZERO:
            distance = None if clock.zero is None else session.between_ms(clock.zero, index)
            if distance is None:
                return UNKNOWN_TIME
            return timefmt.format_offset(distance, session.step_ms(time_ms, time_ms - distance))
        case TimeMode.LOCAL | TimeMode.UTC:
            return _time_of_day(session, time_ms, clock.zone, is_short=is_short)


def _time_of_day(session: Session, time_ms: int, zone: tzinfo | None, *, is_short: bool) -> str:
    """Format a time of day, with its date or zone name if the session has several of them."""
    start_ms, end_ms = _ends_ms(session)
    is_over_midnight, zones = _date_and_zone_changes(start_ms, end_ms, zone, time.tzname)
    shown = timefmt.format_clock(time_ms, zone, session.step_ms(time_ms))
    if is_over_midnight or not start_ms <= time_ms <= end_ms:
        day = timefmt.date_of(time_ms, zone)
        if day is None:
            return shown
        shown = f"{day.isoformat()[5 if is_short else 0 :]} {shown}"
    if len(zones) == 1:
        return shown
    # Readers elsewhere need the zone's distance from UTC, which the short name lacks.
    name = timefmt.short_zone_name if is_short else timefmt.zone_name
    return f"{shown} {name(time_ms, zone)}"


def _ends_ms(session: Session) -> tuple[int, int]:
    """Return the times of a session's first and last event; 0 if no event has one."""
    start_ms = session.start_ms or 0
    return start_ms, start_ms if session.end_ms is None else session.end_ms


@lru_cache(maxsize=8)
def _date_and_zone_changes(
    start_ms: int,
    end_ms: int,
    zone: tzinfo | None,
    own: tuple[str, str],  # noqa: ARG001  # the machine's zone, which None stands for
) -> tuple[bool, Sequence[str]]:
    """Return True if midnight lies between two times, and the names of the zone at them.

    There are two names if the clocks were changed between them. Cached, as every row needs it.
    """
    days = {timefmt.date_of(ms, zone) for ms in (start_ms, end_ms)}
    names = dict.fromkeys(timefmt.zone_name(ms, zone) for ms in (start_ms, end_ms))
    return len(days) > 1, tuple(names)


def format_date(session: Session, time_ms: int | None) -> str:
    """Format the date and time of day of a moment in UTC; "" for None."""
    if time_ms is None:
        return ""
    return timefmt.format_date_clock(time_ms, UTC, session.step_ms(time_ms))


def time_width(session: Session, clock: TimeDisplay = SINCE_START) -> int:
    """Return the width of the time column, in cells, with short times."""
    if clock.is_counting:
        cells = max(len("+0:00.000"), len(timefmt.format_offset(session.duration_ms)))
    else:
        ends = [ms for ms in (session.start_ms, session.end_ms) if ms is not None]
        shown = [_time_of_day(session, ms, clock.zone, is_short=True) for ms in ends]
        cells = max(map(len, ["00:00:00.000", *shown]))
    return max(cells, len("1970-01-01")) if session.strays else cells


def format_length(session: Session) -> str:
    """Format the duration of a session, or of a part of it: `1m19s of 24m57s`."""
    step = session.step_ms(session.start_ms, session.end_ms)
    whole = timefmt.format_span(session.duration_ms, step)
    if session.partial_export is None:
        return whole
    part = timefmt.format_span(session.covered_ms, step)
    return part if session.partial_export.duration_ms is None else f"{part} of {whole}"


def describe_stray(session: Session, index: int) -> str:
    """Describe the distance of a stray event: `20402d10h before the rest of the session`."""
    time_ms, (start_ms, end_ms) = session.events[index].time_ms or 0, _ends_ms(session)
    if time_ms < start_ms:
        return f"{timefmt.format_span(start_ms - time_ms)} before the rest of the session"
    return f"{timefmt.format_span(time_ms - end_ms)} after the rest of the session"


def time_display_name(session: Session, clock: TimeDisplay) -> str:
    """Return the name of a time display, with its zone if it has one."""
    if clock.mode is TimeMode.LOCAL:
        return ", then ".join(_date_and_zone_changes(*_ends_ms(session), None, time.tzname)[1])
    if clock.mode is TimeMode.SINCE_ZERO and clock.zero is not None:
        return f"since {format_time(session, clock.zero)}"
    return "UTC" if clock.mode is TimeMode.UTC else "since start"


_RATING_STYLES = {
    Rating.GOOD: BadgeStyle.GOOD,
    Rating.NEEDS_WORK: BadgeStyle.NEEDS_WORK,
    Rating.POOR: BadgeStyle.POOR,
    None: BadgeStyle.BACKGROUND,
}


def build_badges(analysis: Analysis, index: int) -> Sequence[Badge]:
    """Return the badges of an event: signals, the most severe last, load verdict, stray time."""
    found = _signal_badges(analysis, analysis.signals.of(index))
    verdict = analysis.verdict(index)
    if verdict is not None:
        load = descriptions.describe_load(analysis, index)
        found.append(Badge(load, _RATING_STYLES[verdict.rating]))
    if analysis.session.is_stray(index):
        found.append(Badge(STRAY, BadgeStyle.NOTABLE))
    return found


def _signal_badges(analysis: Analysis, signals: Sequence[Signal]) -> list[Badge]:
    """Return the badges of signals; a line above the row shows a silence."""
    return [
        Badge(descriptions.signal_tag(analysis, signal), _badge_style(signal.kind))
        for signal in reversed(signals)
        if signal.kind is not GAP and signal.kind.badge is not None
    ]


def _badge_style(kind: SignalKind) -> BadgeStyle:
    if kind.severity is Severity.SEVERE:
        return BadgeStyle.SEVERE
    return BadgeStyle.BACKGROUND if kind.is_background else BadgeStyle.NOTABLE


def _run_badges(view: View, run: Run) -> Sequence[Badge]:
    """Return the badges of a run of clicks: its duration and its findings, each once."""
    session, found = view.session, list[Badge]()
    length = session.between_ms(run.start, run.end - 1)
    if length is not None:
        within = timefmt.format_span(length, session.resolution_ms)
        found.append(Badge(f"in {within}", BadgeStyle.BACKGROUND))
    signals = [s for s in view.signals_of(run.start) if not s.kind.is_background]
    return [*found, *_signal_badges(view.analysis, signals)]


def describe_counts(view: View) -> str:
    """Describe the number of events shown: `180 of 180 events`, `12 of 180 shown`."""
    around, total = view.number_around, len(view.session.events)
    shown = len(view.shown) - around
    if shown < total:
        context = f" and {around:,} around" if around else ""
        return f"{shown:,} of {total:,} shown{context}"
    return f"{shown:,} of {pluralize(max(total, view.session.total or 0), 'event')}"


def describe_missing(session: Session) -> str:
    """Describe the events that are missing: `2 of 1,240 events have not come`; "" if none is."""
    lacking = (session.total or 0) - len(session.events)
    if lacking <= 0:
        return ""
    part = f"{lacking:,} of {pluralize(session.total or 0, 'event')}"
    if session.partial_export is not None:
        return f"{part} not in this export"
    return f"{part} {'has' if lacking == 1 else 'have'} not come"


def describe_duplicates(session: Session) -> str:
    """Describe the duplicate rows of the server that are left out; "" if there are none."""
    return f"{pluralize(session.doubled, 'duplicate row')} left out" if session.doubled else ""


def describe_pages(session: Session) -> str:
    """Describe the number of page visits: `9 pages`."""
    return pluralize(len(session.visits), "page")


def describe_hits(view: View, index: int | None = None) -> str:
    """Describe the hits: `2 of 5 hits` if `index` is one of them, else `5 hits`."""
    number = None if index is None else view.find_hit_number(index)
    total = pluralize(len(view.hits), "hit")
    return total if number is None else f"{number:,} of {total}"


def pluralize(number: int, noun: str) -> str:
    """Format a count with its noun: `1 page`, `1,204 pages`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def session_name(session: Session) -> str:
    """Return the name of a session for a title: `acme-shop › 4813023023591169`."""
    return " › ".join(part for part in (session.session_ref.name, session.session_id) if part)
