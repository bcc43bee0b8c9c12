"""A user's sessions, as a list to choose from.

May import `eventview.model` only.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import NamedTuple

from eventview.model import times

UNKNOWN = "-"
"""Stands for what the server does not tell."""


class Summary(NamedTuple):
    """What a server tells of a session without being asked for its events; texts are clean."""

    session_id: str
    start_ms: int | None
    """Epoch milliseconds."""
    duration_ms: int | None = None
    events: int | None = None
    pages: int | None = None
    errors: int | None = None
    browser: str = ""
    system: str = ""
    country: str = ""
    resolution_ms: int = 1
    """What the times are rounded to."""


class Cells(NamedTuple):
    """A summary as the cells of a row."""

    start: str
    duration: str
    events: str
    pages: str
    errors: str
    browser: str
    session: str


TITLES = Cells("START", "DURATION", "EVENTS", "PAGES", "ERRORS", "BROWSER", "SESSION")


def cells(summary: Summary, zone: tzinfo | None = UTC) -> Cells:
    """A summary in words.

    Args:
        summary: what is known.
        zone: of the start; None means the machine's own.
    """
    start, length, step = summary.start_ms, summary.duration_ms, summary.resolution_ms
    known = (summary.browser, summary.system, summary.country)
    return Cells(
        start=UNKNOWN if start is None else times.date_clock(start, zone, 1000),
        duration=UNKNOWN if length is None else times.span(length, step),
        events=_count(summary.events),
        pages=_count(summary.pages),
        errors=_count(summary.errors),
        browser=" · ".join(part for part in known if part) or UNKNOWN,
        session=summary.session_id,
    )


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"
