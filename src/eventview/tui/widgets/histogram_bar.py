"""The activity strip: the whole session on two lines, what happened when and where you are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import Severity, SignalKind

if TYPE_CHECKING:
    from eventview.render.histogram import Bucket, Histogram


_HERE: Final = "▲"

_COLOURS: Final = {
    Severity.SEVERE: "bold $text-error",
    Severity.NOTABLE: "$text-warning",
    Severity.NEUTRAL: "$foreground-muted",
}


class HistogramBar(Widget):
    """How much happened over time; below it, pages and signals as letters; a click leads there."""

    @dataclass
    class Picked(Message):
        """A moment was clicked."""

        index: int
        """Of the first event there, or behind it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._analysis: Analysis | None = None
        self._strip: Histogram | None = None
        self._time_ms: int | None = None
        self._painted: tuple[Histogram | None, int | None] = (None, None)

    def show(self, analysis: Analysis, index: int | None) -> None:
        """Show a session, and where in it an event is."""
        session = analysis.session
        if analysis is not self._analysis:
            self._analysis, self._strip = analysis, None
        self._time_ms = None
        if index is not None and not session.is_stray(index):
            self._time_ms = session.events[index].time_ms
        strip = self._picture()
        if self._painted != (strip, self._here(strip)):
            self.refresh()

    def _here(self, strip: Histogram | None) -> int | None:
        """The cell that the user is in."""
        return None if strip is None or self._time_ms is None else strip.cell_of(self._time_ms)

    def _picture(self) -> Histogram | None:
        """The strip for the present width; made when it is first needed."""
        width = self.size.width
        analysis = self._analysis
        if analysis is None or not analysis.session.events or not width or not self.display:
            return None
        if self._strip is None or len(self._strip.cells) != width:
            # Here, because the first rows need not wait for it.
            from eventview.render.histogram import build_histogram

            self._strip = build_histogram(analysis, width)
        return self._strip

    def render(self) -> Content:
        """Both lines."""
        strip = self._picture()
        if strip is None:
            return Content()
        here = self._here(strip)
        self._painted = (strip, here)
        cells = [(cell, number == here) for number, cell in enumerate(strip.cells)]
        upper = _joined((cell.density, _density(cell, is_here=is_here)) for cell, is_here in cells)
        lower = _joined(_mark(cell, is_here=is_here) for cell, is_here in cells)
        return Content("\n").join([upper, lower])

    def on_click(self, event: events.Click) -> None:
        """Lead to what is clicked on."""
        strip, analysis = self._picture(), self._analysis
        if strip is None or analysis is None:
            return
        cell = min(max(event.x - self.styles.padding.left, 0), len(strip.cells) - 1)
        index = strip.index_at(cell)
        if event.y == 1 and strip.cells[cell].signal is not None:
            index = _carrying(analysis, strip, cell)
        if index is not None:
            self.post_message(self.Picked(index))


def _joined(cells: Iterable[tuple[str, str]]) -> Content:
    """Cells with their styles as one line, like ones together: each style costs time to paint."""
    runs = groupby(cells, key=itemgetter(1))
    return Content.assemble(*(("".join(text for text, _ in run), style) for style, run in runs))


def _carrying(analysis: Analysis, strip: Histogram, cell: int) -> int | None:
    """The event that carries what a cell's letter stands for."""
    session = analysis.session
    for signal in analysis.signals.found:
        time = session.events[signal.at].time_ms
        is_it = signal.kind is strip.cells[cell].signal and not session.is_stray(signal.at)
        if is_it and time is not None and strip.cell_of(time) == cell:
            return signal.at
    return None


def _mark(cell: Bucket, *, is_here: bool) -> tuple[str, str]:
    """What stands below a cell: its gravest signal, you, or a page; and its style."""
    style = " reverse" if is_here else ""
    if cell.signal is not None:
        colour = _COLOURS[cell.signal.severity]
        if cell.signal is SignalKind.HESITATION:
            # The least of it.
            colour = _COLOURS[Severity.NEUTRAL]
        return cell.mark, f"{colour}{style}"
    if is_here:
        return _HERE, "bold $text-primary"
    return cell.mark, "$text-primary"


def _density(cell: Bucket, *, is_here: bool) -> str:
    colour = "$foreground-muted" if cell.is_silence or cell.is_missing else "$text-secondary"
    return f"{colour} reverse" if is_here else colour
