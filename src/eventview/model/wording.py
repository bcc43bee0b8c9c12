"""A session in words: the cells of a row, the counts of a title, the same wherever it is shown.

May import `eventview.model` only.
"""

from __future__ import annotations

from datetime import UTC
from enum import Enum, auto
from typing import NamedTuple

from eventview.model import signal_words, times
from eventview.model.events import what
from eventview.model.session import Session
from eventview.model.view import View

UNKNOWN_TIME = "?"
"""Stands where an event carries no readable time."""


MISSING = "···"
"""Stands before an event where others have not come."""


class TimeMode(Enum):
    """How the time column counts."""

    SINCE_START = auto()
    LOCAL = auto()
    UTC = auto()

    def next(self) -> TimeMode:
        """The mode that follows, in a circle."""
        modes = list(TimeMode)
        return modes[(modes.index(self) + 1) % len(modes)]


class Row(NamedTuple):
    """The cells of one event; every text is clean and uncut."""

    time: str
    delta: str
    """Since the event before; "" for the first, `MISSING` where that may not have come."""
    type: str
    what: str
    aside: str
    """The most telling metric of a page load; else ""."""


def row(session: Session, index: int, mode: TimeMode = TimeMode.SINCE_START) -> Row:
    """One event as the cells of a row."""
    event = session.events[index]
    return Row(
        time=moment(session, index, mode),
        delta=_delta(session, index),
        type=event.type,
        what=what(event),
        aside=_aside(session, index),
    )


def _delta(session: Session, index: int) -> str:
    if session.is_gap_before(index):
        return MISSING
    delta = session.delta_ms(index)
    return "" if delta is None else times.span(delta, session.resolution_ms)


def moment(session: Session, index: int, mode: TimeMode) -> str:
    """When an event happened, as the time column has it."""
    time, offset = session.events[index].time_ms, session.offset_ms(index)
    if time is None or offset is None:
        return UNKNOWN_TIME
    match mode:
        case TimeMode.SINCE_START:
            return times.offset(offset, session.resolution_ms)
        case TimeMode.LOCAL:
            return times.clock(time, None, session.resolution_ms)
        case TimeMode.UTC:
            return times.clock(time, UTC, session.resolution_ms)


def mode_name(session: Session, mode: TimeMode) -> str:
    """What the times are, with the zone wherever there is one."""
    if mode is TimeMode.LOCAL:
        return times.zone_name(session.start_ms or 0, None)
    return "UTC" if mode is TimeMode.UTC else "since start"


def _aside(session: Session, index: int) -> str:
    return signal_words.load_words(session, index)


def counts(view: View) -> str:
    """How many of how many events are shown: `180 of 180 events`, `12 of 180 shown`."""
    shown, total = len(view.rows), len(view.session.events)
    if shown < total:
        return f"{shown:,} of {total:,} shown"
    return f"{shown:,} of {plural(max(total, view.session.total or 0), 'event')}"


def missing(session: Session) -> str:
    """What the source counted and did not give: `2 of 1,240 events have not come`; else ""."""
    lacking = (session.total or 0) - len(session.events)
    if lacking <= 0:
        return ""
    have = "has" if lacking == 1 else "have"
    return f"{lacking:,} of {plural(session.total or 0, 'event')} {have} not come"


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
    return " › ".join(part for part in (session.origin.name, session.session_id) if part)
