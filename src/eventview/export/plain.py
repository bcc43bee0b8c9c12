"""The view as aligned plain text: no escape codes, a line an event."""

from __future__ import annotations

from collections.abc import Iterator

from eventview.analysis import descriptions
from eventview.export.snapshot import ExportSnapshot
from eventview.render import rows, summary
from eventview.session.text import shorten
from eventview.session.width import fit, fit_right, width
from eventview.view import time_display
from eventview.view.view import View

_WHAT_LIMIT = 1000
"""Characters of one event's text on its line; the rest is in the JSON formats."""

_COLUMN_LIMIT = 24
"""Cells of a column of foreign text: one odd type must not push all rows off the screen."""

_TITLES = ("TIME", "Δ", "TYPE", "SIGNAL", "WHAT")


def lines(snapshot: ExportSnapshot) -> Iterator[str]:
    """Head, column titles and rows; the last column is uncut so that nothing has to align."""
    snapshot = snapshot.flat()
    view, clock = snapshot.view, snapshot.clock
    yield from _head(snapshot)
    shown = [(index, rows.shown_row(view, index, clock)) for index in view.rows]
    if not shown:
        return
    cells = [(r.time, r.delta, r.type, _aside(view, index), r.what) for index, r in shown]
    time, delta, kind, aside = (
        max(map(width, column)) for column in list(zip(_TITLES, *cells, strict=True))[:4]
    )
    kind, aside = min(kind, _COLUMN_LIMIT), min(aside, _COLUMN_LIMIT)
    breaks = dict(view.breaks)
    marks = [_mark(view, index) for index, _ in shown]
    groups = {number for number, (index, _) in enumerate(shown) if index in view.group_starts}
    for number, (mark, row) in enumerate(zip([" ", *marks], [_TITLES, *cells], strict=True)):
        if number - 1 in groups:
            # As grep has it between groups of lines.
            yield "--"
        if number - 1 in breaks:
            silence = descriptions.silence(view.session, breaks[number - 1])
            yield f"{'':{time + delta + 3}}  ┄┄ {silence} ┄┄"
        parts = (
            mark + fit_right(row[0], time),
            fit_right(row[1], delta),
            fit(row[2], kind),
            fit(row[3], aside),
            shorten(row[4], _WHAT_LIMIT),
        )
        yield "  ".join(parts).rstrip()


def _mark(view: View, index: int) -> str:
    """`>` at the moment asked for, `*` at a hit, `·` at what is only near a match."""
    if view.about == index:
        return ">"
    if view.is_hit(index):
        return "*"
    return "·" if view.is_around(index) else " "


def _aside(view: View, index: int) -> str:
    """The gravest first, as the column cuts what does not fit."""
    return " · ".join(aside.text for aside in reversed(rows.badges(view.analysis, index)))


def _head(snapshot: ExportSnapshot) -> Iterator[str]:
    view = snapshot.view
    yield summary.line(view)
    options = snapshot.described()
    if options:
        yield f"{options} · {rows.hits(view)} marked *" if view.options.find else options
    if snapshot.clock != time_display.SINCE_START:
        yield f"times: {rows.clock_name(view.session, snapshot.clock)}"
    if snapshot.redaction:
        yield snapshot.redaction
    yield ""
