"""Table of a user's sessions to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Final, NamedTuple

from eventview.session import timefmt
from eventview.session.source import SessionSummary
from eventview.session.text import fit, fit_right, width

COUNTED_BY_SERVER: Final = ("EVENTS", "PAGES", "ERRORS")
"""Columns whose numbers differ from the events that a server delivers.

A release with v2 also counts samples and hidden events; one with v1 counts all that it stored,
including types that it does not deliver.
"""

UNKNOWN = "-"
"""Cell of a value that the server does not send."""


class Column(NamedTuple):
    """A column of the table."""

    title: str
    cells: Sequence[str]
    """One text per session, in the order of the list."""
    is_number: bool = False


def build_columns(
    summaries: Sequence[SessionSummary], zone: tzinfo | None = UTC
) -> Sequence[Column]:
    """Return the columns of a list of sessions, without those that are unknown for all.

    Args:
        summaries: the sessions.
        zone: time zone of their start; None for the machine's own.
    """
    clock = "local time" if zone is None else "UTC"
    table = (
        Column(f"START ({clock})", [_format_start(each, zone) for each in summaries]),
        Column("DURATION", [_format_duration(each) for each in summaries], is_number=True),
        Column("EVENTS", [_format_count(each.events) for each in summaries], is_number=True),
        Column("PAGES", [_format_count(each.pages) for each in summaries], is_number=True),
        Column("ERRORS", [_format_count(each.errors) for each in summaries], is_number=True),
        Column("SESSION", [each.session_id for each in summaries]),
        Column("BROWSER", [_describe_browser(each) for each in summaries]),
    )
    return [column for column in table if any(cell != UNKNOWN for cell in column.cells)]


def align_column(column: Column) -> Sequence[str]:
    """Pad a column's title and cells to one width, numbers at the right."""
    room = max(map(width, (column.title, *column.cells)))
    align = fit_right if column.is_number else fit
    return [align(cell, room) for cell in (column.title, *column.cells)]


def _format_start(summary: SessionSummary, zone: tzinfo | None) -> str:
    return UNKNOWN if summary.start_ms is None else timefmt.format_date_time(summary.start_ms, zone)


def _format_duration(summary: SessionSummary) -> str:
    length = summary.duration_ms
    return UNKNOWN if length is None else timefmt.format_span(length, summary.resolution_ms)


def _describe_browser(summary: SessionSummary) -> str:
    known = (summary.browser, summary.system, summary.country)
    return " · ".join(part for part in known if part) or UNKNOWN


def _format_count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"
