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
    titles = (f"START ({clock})", "DURATION", *COUNTED_BY_SERVER, "SESSION", "BROWSER")
    rows = [_format_cells(summary, zone) for summary in summaries]
    return [
        Column(title, cells, is_number=title in {"DURATION", *COUNTED_BY_SERVER})
        for title, *cells in zip(titles, *rows, strict=True)
        if any(cell != UNKNOWN for cell in cells)
    ]


def align_column(column: Column) -> Sequence[str]:
    """Pad a column's title and cells to one width, numbers at the right."""
    room = max(map(width, (column.title, *column.cells)))
    align = fit_right if column.is_number else fit
    return [align(cell, room) for cell in (column.title, *column.cells)]


def _format_cells(summary: SessionSummary, zone: tzinfo | None) -> Sequence[str]:
    start_ms, duration_ms = summary.start_ms, summary.duration_ms
    browser = (summary.browser, summary.system, summary.country)
    return (
        UNKNOWN if start_ms is None else timefmt.format_date_time(start_ms, zone),
        UNKNOWN if duration_ms is None else timefmt.format_span(duration_ms, summary.resolution_ms),
        *(
            UNKNOWN if number is None else f"{number:,}"
            for number in (summary.events, summary.pages, summary.errors)
        ),
        summary.session_id,
        " · ".join(part for part in browser if part) or UNKNOWN,
    )
