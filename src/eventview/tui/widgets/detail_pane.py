"""The detail pane: all there is to know about the event under the cursor."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widgets import Static

from eventview.session.events import Event
from eventview.tui.widgets.scrolling import Scrolling
from eventview.view.view import View


class Detail(Scrolling):
    """Shows one event of a view; scrolls."""

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
