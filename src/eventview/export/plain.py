"""Export of a view as aligned plain text, one line per event, without escape codes."""

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
"""Characters of one event's text; the JSON formats have all of it."""

_COLUMN_LIMIT = 24
"""Width limit of a column, so that one long type does not push the texts off the screen."""

_TITLES = ("TIME", "Δ", "TYPE", "SIGNAL", "WHAT")


def plain_lines(snapshot: ExportSnapshot) -> Iterator[str]:
    """Yield the head, the column titles and the rows."""
    snapshot = snapshot.flat()
    view, clock = snapshot.view, snapshot.clock
    yield from _head(snapshot)
    shown = [(index, rows.build_view_row(view, index, clock)) for index in view.rows]
    if not shown:
        return
    cells = [(r.time, r.delta, r.type, _badge_text(view, index), r.what) for index, r in shown]
    time, delta, kind, badges = (
        max(map(width, column)) for column in list(zip(_TITLES, *cells, strict=True))[:4]
    )
    kind, badges = min(kind, _COLUMN_LIMIT), min(badges, _COLUMN_LIMIT)
    silences = dict(view.silence_lines)
    marks = [_mark(view, index) for index, _ in shown]
    groups = {number for number, (index, _) in enumerate(shown) if index in view.group_starts}
    for number, (mark, row) in enumerate(zip([" ", *marks], [_TITLES, *cells], strict=True)):
        if number - 1 in groups:
            # Groups of lines are separated as in grep's output.
            yield "--"
        if number - 1 in silences:
            silence = descriptions.describe_silence(view.session, silences[number - 1])
            yield f"{'':{time + delta + 3}}  ┄┄ {silence} ┄┄"
        parts = (
            mark + fit_right(row[0], time),
            fit_right(row[1], delta),
            fit(row[2], kind),
            fit(row[3], badges),
            shorten(row[4], _WHAT_LIMIT),
        )
        yield "  ".join(parts).rstrip()


def _mark(view: View, index: int) -> str:
    """Return `>` for the event of `--at`, `*` for a hit, `·` for context near a match."""
    if view.about == index:
        return ">"
    if view.is_hit(index):
        return "*"
    return "·" if view.is_around(index) else " "


def _badge_text(view: View, index: int) -> str:
    # The most severe badge is first, because the column may cut the others.
    return " · ".join(badge.text for badge in reversed(rows.build_badges(view.analysis, index)))


def _head(snapshot: ExportSnapshot) -> Iterator[str]:
    view = snapshot.view
    yield summary.summary_line(view)
    options = snapshot.described()
    if options:
        yield f"{options} · {rows.describe_hits(view)} marked *" if view.options.find else options
    if snapshot.clock != time_display.SINCE_START:
        yield f"times: {rows.time_display_name(view.session, snapshot.clock)}"
    if snapshot.redaction:
        yield snapshot.redaction
    yield ""
