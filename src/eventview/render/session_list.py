"""A user's sessions, as a list to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Final, NamedTuple

from eventview.session import timefmt
from eventview.session.source import SessionSummary
from eventview.session.width import fit, fit_right, width

COUNTED_BY_SERVER: Final = ("EVENTS", "PAGES", "ERRORS")
"""Columns whose numbers are not those of the events that a server delivers.

A release with v2 counts samples and hidden events too; one with v1 counts what it stored, of which
some types are not in the answer.
"""

UNKNOWN = "-"
"""Stands for what the server does not tell."""


class Column(NamedTuple):
    """One thing that is known of the sessions of a list."""

    title: str
    cells: Sequence[str]
    """A session each, in the order of the list."""
    is_number: bool = False


def columns(summaries: Sequence[SessionSummary], zone: tzinfo | None = UTC) -> Sequence[Column]:
    """A list of sessions as the columns of a table, without those that the server does not tell.

    Args:
        summaries: the sessions.
        zone: of their start; None means the machine's own.
    """
    clock = "local time" if zone is None else "UTC"
    table = (
        Column(f"START ({clock})", [_start(each, zone) for each in summaries]),
        Column("DURATION", [_duration(each) for each in summaries], is_number=True),
        Column("EVENTS", [_count(each.events) for each in summaries], is_number=True),
        Column("PAGES", [_count(each.pages) for each in summaries], is_number=True),
        Column("ERRORS", [_count(each.errors) for each in summaries], is_number=True),
        Column("SESSION", [each.session_id for each in summaries]),
        Column("BROWSER", [_browser(each) for each in summaries]),
    )
    return [column for column in table if any(cell != UNKNOWN for cell in column.cells)]


def aligned(column: Column) -> Sequence[str]:
    """A column's title and cells, all of one width: numbers to the right."""
    room = max(map(width, (column.title, *column.cells)))
    align = fit_right if column.is_number else fit
    return [align(cell, room) for cell in (column.title, *column.cells)]


def _start(summary: SessionSummary, zone: tzinfo | None) -> str:
    return UNKNOWN if summary.start_ms is None else timefmt.date_time(summary.start_ms, zone)


def _duration(summary: SessionSummary) -> str:
    length = summary.duration_ms
    return UNKNOWN if length is None else timefmt.span(length, summary.resolution_ms)


def _browser(summary: SessionSummary) -> str:
    known = (summary.browser, summary.system, summary.country)
    return " · ".join(part for part in known if part) or UNKNOWN


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"
