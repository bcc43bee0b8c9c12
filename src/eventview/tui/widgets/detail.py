"""The detail pane: all there is to know about the event under the cursor.

May import `eventview.model`, `eventview.tui.commands`, `eventview.tui.detail_text` and Textual.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from eventview.model.events import Event
from eventview.model.view import View
from eventview.tui import commands


class Detail(VerticalScroll, can_focus=True):
    """Shows one event of a view; scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.MOVING)]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._shown: tuple[View, int] | None = None
        self._event: Event | None = None
        self._text = Static(markup=False)

    def compose(self) -> Iterator[Static]:
        """The text, in one piece."""
        yield self._text

    def show(self, view: View, index: int | None) -> None:
        """Show an event from its top; the same event again stays scrolled where it is."""
        same = self._event is not None and index is not None
        same = same and self._event == view.session.events[index or 0]
        self._event = None if index is None else view.session.events[index]
        self._shown = None if index is None else (view, index)
        self._write()
        if not same:
            self.scroll_home(animate=False)

    def forget(self) -> None:
        """Begin at the top of whatever is shown next."""
        self._event = None

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._write()

    def _write(self) -> None:
        cells = self.scrollable_content_region.width - 1
        if self._shown is None or cells <= 0:
            self._text.update("")
            return
        view, index = self._shown
        # Here, because the first rows need not wait for the words of the detail.
        from eventview.tui.detail_text import content

        self._text.update(content(view, index, cells))

    def action_down(self) -> None:
        """One line down."""
        self.scroll_down(animate=False)

    def action_up(self) -> None:
        """One line up."""
        self.scroll_up(animate=False)

    def action_top(self) -> None:
        """To the first line."""
        self.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """To the last line."""
        self.scroll_end(animate=False)

    def action_page_down(self) -> None:
        """A page down."""
        self.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """A page up."""
        self.scroll_page_up(animate=False)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self.scroll_relative(y=self.size.height // 2, animate=False)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self.scroll_relative(y=-(self.size.height // 2), animate=False)
