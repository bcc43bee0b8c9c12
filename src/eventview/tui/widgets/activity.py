"""The activity strip: the whole session on two lines, what happened when and where you are.

May import `eventview.model` and Textual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from eventview.model import signal_words
from eventview.model.session import Session
from eventview.model.signals import Kind, Severity
from eventview.model.strip import Cell, Strip, strip

_PAGE: Final = "→"
_HERE: Final = "▲"

_COLOURS: Final = {
    Severity.SEVERE: "bold $text-error",
    Severity.NOTABLE: "$text-warning",
    Severity.NEUTRAL: "$foreground-muted",
}


class Activity(Widget):
    """How much happened over time; below it, pages and signals as letters; a click leads there."""

    @dataclass
    class Picked(Message):
        """A moment was clicked."""

        index: int
        """Of the first event there, or behind it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._session: Session | None = None
        self._strip: Strip | None = None
        self._here: int | None = None

    def show(self, session: Session, index: int | None) -> None:
        """Show a session, and where in it an event is."""
        if session is not self._session:
            self._session, self._strip = session, None
        time_ms = None if index is None else session.events[index].time_ms
        strip = self._picture()
        here = None if strip is None or time_ms is None else strip.cell_of(time_ms)
        if here != self._here or self._strip is None or strip is not self._painted:
            self._here, self._painted = here, strip
            self.refresh()

    _painted: Strip | None = None

    def _picture(self) -> Strip | None:
        """The strip for the present width; made when it is first needed."""
        width = self.size.width
        if self._session is None or not self._session.events or not width or not self.display:
            return None
        if self._strip is None or len(self._strip.cells) != width:
            self._strip = strip(self._session, width)
        return self._strip

    def on_resize(self) -> None:
        """Draw it anew, with the place of before."""
        if self._session is not None:
            self.refresh()

    def render(self) -> Content:
        """Both lines."""
        strip = self._picture()
        if strip is None:
            return Content()
        upper = Content.assemble(
            *(
                (cell.density, _density(cell, is_here=n == self._here))
                for n, cell in enumerate(strip.cells)
            )
        )
        lower = Content.assemble(
            *(self._mark(number, cell) for number, cell in enumerate(strip.cells))
        )
        return Content("\n").join([upper, lower])

    def _mark(self, number: int, cell: Cell) -> tuple[str, str]:
        is_here = number == self._here
        style = "reverse" if is_here else ""
        if cell.signal is not None:
            colour = _COLOURS[cell.signal.severity]
            if cell.signal is Kind.HESITATION:
                # There are many, and they are the least of it.
                colour = _COLOURS[Severity.NEUTRAL]
            return signal_words.letter(cell.signal), f"{colour} {style}".rstrip()
        if is_here:
            return _HERE, "bold $text-primary"
        return (_PAGE, "$text-primary") if cell.is_page_start else (" ", "")

    def on_click(self, event: events.Click) -> None:
        """Lead to what is clicked on."""
        strip, session = self._picture(), self._session
        if strip is None or session is None:
            return
        cell = min(max(event.x - self.styles.padding.left, 0), len(strip.cells) - 1)
        index = strip.index_at(cell)
        if event.y == 1 and strip.cells[cell].signal is not None:
            index = _carrying(session, strip, cell)
        if index is not None:
            self.post_message(self.Picked(index))


def _carrying(session: Session, strip: Strip, cell: int) -> int | None:
    """The event that carries what a cell's letter stands for."""
    for signal in session.signals.found:
        time = session.events[signal.at].time_ms
        is_it = time is not None and signal.kind is strip.cells[cell].signal
        if is_it and time is not None and strip.cell_of(time) == cell:
            return signal.at
    return None


def _density(cell: Cell, *, is_here: bool) -> str:
    colour = "$foreground-muted" if cell.is_silence or cell.is_missing else "$text-secondary"
    return f"{colour} reverse" if is_here else colour
