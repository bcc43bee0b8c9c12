"""A comparison as Markdown, for a ticket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from eventview.comparison import labels
from eventview.comparison.diff import Comparison, LoadDifference, PagePair
from eventview.comparison.labels import Half
from eventview.comparison.load_labels import values
from eventview.comparison.steps import Line, Outcome
from eventview.export.markdown import Markdown, cell_code, code

_MARKUP: Final = Markdown()


def lines(comparison: Comparison) -> Iterator[str]:
    """A heading, the counts, and for each page visit its steps and how its load differs.

    What was entered is not in it, and what a session says stands in code spans only.
    """
    yield _MARKUP.heading(1, "Two sessions compared")
    yield ""
    yield from _MARKUP.items(
        [
            *(f"{which}: {code(said)}" for which, said in labels.sessions(comparison)),
            labels.counts(comparison, with_same=True),
            *(
                f"{_MARKUP.strong('Beware:')} {code(caution)}"
                for caution in labels.cautions(comparison)
            ),
        ]
    )
    yield ""
    signs = (f"{_sign(outcome)} {outcome.value}" for outcome in Outcome)
    yield f"Second against first: {', '.join(signs)}."
    for number, page in enumerate(comparison.pages, start=1):
        yield ""
        yield _MARKUP.heading(2, f"{number:,}. {_heading(comparison, page)}")
        yield ""
        yield from _page(comparison, page)


def _page(comparison: Comparison, page: PagePair) -> Iterator[str]:
    notes = labels.notes(comparison, page)
    if notes:
        yield " · ".join(map(code, notes))
        yield ""
    yield from _MARKUP.table(
        ["", "First", "Second", "What changed"],
        (_cells(comparison, page, line) for line in page.lines),
    )
    loads = [load for load in page.loads if load.is_marked or load.is_one_sided]
    if loads:
        yield ""
        yield from _MARKUP.table(
            ["Load", "First", "Second", ""],
            (_figures(comparison, page, load) for load in loads),
            figures={1, 2},
        )


def _sign(outcome: Outcome) -> str:
    return cell_code(labels.SIGNS[outcome])


def _heading(comparison: Comparison, page: PagePair) -> str:
    """A page visit's address, from the session that has it."""
    head = labels.halves(comparison, page, page.lines[0])
    shown = head[0] if page.first else head[1]
    return "" if shown is None else code(shown.text)


def _cells(comparison: Comparison, page: PagePair, line: Line) -> Sequence[str]:
    halves = labels.halves(comparison, page, line)
    changes = "; ".join(map(cell_code, labels.changes(comparison, page, line)))
    return (_sign(line.outcome), *map(_half, halves), changes)


def _half(half: Half | None) -> str:
    if half is None:
        return ""
    parts = (half.time, *map(cell_code, (half.type, half.text, *half.beside)))
    return " ".join(part for part in parts if part)


def _figures(comparison: Comparison, page: PagePair, load: LoadDifference) -> Sequence[str]:
    mark = _sign(Outcome.CHANGED) if load.is_marked else ""
    return (load.metric.name, *values(comparison, page, load), mark)
