"""A comparison as text: two columns, and what changed behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from eventview.comparison import labels
from eventview.comparison.diff import Comparison
from eventview.comparison.labels import Half
from eventview.session.width import fit, width

_HALF_CELLS: Final = 50
"""Cells of either session's column."""


def lines(comparison: Comparison) -> Iterator[str]:
    """Two columns and what changed behind them, a line a step, a blank line before each page."""
    for which, said_of_it in labels.sessions(comparison):
        yield f"{which:6}  {said_of_it}"
    yield labels.counts(comparison, with_same=True)
    yield from labels.cautions(comparison)
    for page in comparison.pages:
        yield ""
        for line in page.lines:
            halves = labels.halves(comparison, page, line)
            said = [*labels.changes(comparison, page, line)]
            said += labels.notes(comparison, page) if line.is_head else ()
            columns = " | ".join(_column(half) for half in halves)
            yield f"{labels.SIGNS[line.outcome]} {columns}  {' · '.join(said)}".rstrip()


def _column(half: Half | None) -> str:
    """One half in its column."""
    if half is None:
        return " " * _HALF_CELLS
    before = "".join(f"{part} " for part in (half.time, half.type) if part)
    room = _HALF_CELLS - width(before)
    beside = labels.fitting(half, room)
    room -= width(beside) + 1 if beside else 0
    return fit(f"{before}{fit(half.text, min(room, width(half.text)))} {beside}", _HALF_CELLS)
