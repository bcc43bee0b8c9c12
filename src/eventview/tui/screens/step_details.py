"""The dialog with both events of one line of a comparison, in full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from textual.content import Content

from eventview.analysis.analysis import Analysis
from eventview.comparison import labels
from eventview.comparison.diff import Comparison, PagePair
from eventview.comparison.steps import ComparedStep
from eventview.render import rows
from eventview.render.details import LOAD_TITLE, build_sections
from eventview.session.text import clip, fit, fit_right, width, wrap
from eventview.tui.screens.dialogs import TextDialog
from eventview.tui.widgets.sections import MUTED, draw_field

_LEAST_CELLS: Final = 24
"""Least width of a line, in cells."""


class StepDetailsDialog(TextDialog):
    """The change on a line, and both of its events one below the other.

    Args:
        comparison: the comparison of both sessions.
        number: the line's number, from 0.
    """

    def __init__(self, comparison: Comparison, number: int) -> None:
        super().__init__("Both sessions", lambda cells: step_text(comparison, number, cells))


def step_text(comparison: Comparison, number: int, cells: int) -> Content:
    """Return a line's change and both of its events in lines of so many cells."""
    line, page = comparison.lines[number], comparison.find_page(number)
    cells = max(_LEAST_CELLS, cells)
    change = labels.describe_line(comparison, number) or "the same"
    lines = [
        *(Content.styled(text, "bold") for text in wrap(change, cells)),
        *([Content(), *_load_lines(comparison, page)] if line.is_head and page.loads else []),
        *_event_lines("first", comparison.first.analysis, line.first, page, cells),
        *_event_lines("second", comparison.second.analysis, line.second, page, cells),
    ]
    return Content("\n").join(lines)


def _load_lines(comparison: Comparison, page: PagePair) -> Iterator[Content]:
    """Yield a table of every load metric of both sides."""
    names = [load.metric.name for load in page.loads]
    values = [labels.format_load_values(comparison, page, load) for load in page.loads]
    room = max(map(width, names))
    one, two = (max(map(width, side)) for side in zip(*values, strict=True))
    yield Content.styled(
        f"  {fit('load', room)}  {fit_right('first', one)}  {fit_right('second', two)}",
        MUTED,
    )
    for load, name, (first, second) in zip(page.loads, names, values, strict=True):
        sign, style = ("~", "$text-warning") if load.is_marked else (" ", "")
        text = f"{sign} {fit(name, room)}  {fit_right(first, one)}  {fit_right(second, two)}"
        yield Content.styled(text, style)


def _event_lines(
    which: str, analysis: Analysis, step: ComparedStep | None, page: PagePair, cells: int
) -> Iterator[Content]:
    session = analysis.session
    title = f"{which} session: {rows.session_name(session)}"
    yield Content()
    yield Content.styled(clip(f"── {title}", cells), "bold $text-primary")
    if step is None:
        yield Content.styled("nothing in this place", MUTED)
        return
    if step.count > 1:
        yield Content(f"{step.count:,} events in a row; the first of them:")
    yield Content.styled(session.events[step.index].type, "bold")
    for section in build_sections(analysis, step.index):
        # The table above has the loads of both already.
        if section.title == LOAD_TITLE and page.loads:
            continue
        if section.title:
            yield Content.styled(f"── {section.title}", MUTED)
        for field in section.facts:
            yield from draw_field(field, cells)
