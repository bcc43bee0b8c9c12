"""The view as aligned plain text: no escape codes, a line an event.

May import `eventview.model`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from eventview.model import times, wording
from eventview.model.cells import fit, fit_right, width
from eventview.model.text import shorten
from eventview.model.view import View

_WHAT_LIMIT = 1000
"""Characters of one event's text on its line; the rest is in the JSON formats."""

_COLUMN_LIMIT = 24
"""Cells of any other column: one odd type must not push all rows off the screen."""


def lines(view: View) -> Iterator[str]:
    """Head, column titles and rows; the last column is uncut so that nothing has to align."""
    yield from _head(view)
    rows = [(index, wording.row(view.session, index)) for index in view.rows]
    if not rows:
        return
    header = wording.Row(time="TIME", delta="Δ", type="TYPE", what="WHAT", aside="LOAD")
    cells = [header, *(row for _, row in rows)]
    time, delta, kind, aside = (
        min(_COLUMN_LIMIT, max(width(cell) for cell in column))
        for column in zip(*((c.time, c.delta, c.type, c.aside) for c in cells), strict=True)
    )
    marks = [" ", *("*" if view.is_hit(index) else " " for index, _ in rows)]
    for mark, cell in zip(marks, cells, strict=True):
        parts = (
            mark + fit_right(cell.time, time),
            fit_right(cell.delta, delta),
            fit(cell.type, kind),
            fit(cell.aside, aside),
            shorten(cell.what, _WHAT_LIMIT),
        )
        yield "  ".join(parts).rstrip()


def _head(view: View) -> Iterator[str]:
    session = view.session
    yield wording.name(session)
    facts = [
        times.span(session.duration_ms, session.resolution_ms),
        wording.counts(view),
        wording.pages(session),
    ]
    if session.start_ms is not None:
        facts.append(f"from {times.date_clock(session.start_ms, UTC, session.resolution_ms)}")
    if wording.missing(session):
        facts.append(f"incomplete: {wording.missing(session)}")
    yield " · ".join(facts)
    lens = view.described()
    if lens:
        yield f"{lens} · {wording.hits(view)} marked *" if view.lens.find else lens
    yield ""
