"""A comparison as text: two columns, and what changed behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from eventview.model.comparison import words
from eventview.model.comparison.compare import Comparison
from eventview.model.comparison.words import Half
from eventview.session.width import fit, width

_HALF_CELLS: Final = 50
"""Cells of either session's column."""


def lines(comparison: Comparison) -> Iterator[str]:
    """Two columns and what changed behind them, a line a step, a blank line before each page."""
    for which, said_of_it in words.sessions(comparison):
        yield f"{which:6}  {said_of_it}"
    yield words.counts(comparison, with_same=True)
    yield from words.cautions(comparison)
    for page in comparison.pages:
        yield ""
        for line in page.lines:
            halves = words.halves(comparison, page, line)
            said = [*words.changes(comparison, page, line)]
            said += words.notes(comparison, page) if line.is_head else ()
            columns = " | ".join(_column(half) for half in halves)
            yield f"{words.SIGNS[line.outcome]} {columns}  {' · '.join(said)}".rstrip()


def _column(half: Half | None) -> str:
    """One half in its column."""
    if half is None:
        return " " * _HALF_CELLS
    before = "".join(f"{part} " for part in (half.time, half.type) if part)
    room = _HALF_CELLS - width(before)
    beside = words.fitting(half, room)
    room -= width(beside) + 1 if beside else 0
    return fit(f"{before}{fit(half.text, min(room, width(half.text)))} {beside}", _HALF_CELLS)
