"""The least list of rows that Textual's Line API can show, with a cursor for `j` and `k`.

Run by its path with a number of rows, so that it needs nothing but Textual.
"""

from __future__ import annotations

import sys

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

_PLAIN, _CURSOR = Style.parse("#d5dae1 on #12161c"), Style.parse("bold #d5dae1 on #2d4660")


class LineList(ScrollView, can_focus=True):
    """Rows of text with a cursor."""

    BINDINGS = [Binding("j", "move(1)"), Binding("k", "move(-1)")]  # noqa: RUF012  # as Textual does

    def __init__(self, count: int) -> None:
        super().__init__()
        self.virtual_size = Size(80, count)
        self._cursor = 0

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        mark, style = ("▸", _CURSOR) if row == self._cursor else (" ", _PLAIN)
        text = f"{mark}  {row // 60:6}:{row % 60:02}.000  1.0s ● CLICK    Element {row}"
        width = self.size.width
        return Strip([Segment(text[:width].ljust(width), style)], width)

    def action_move(self, step: int) -> None:
        """Move the cursor, and scroll if it leaves the screen."""
        rows = self.virtual_size.height
        before, self._cursor = self._cursor, max(0, min(self._cursor + step, rows - 1))
        top, height = self.scroll_offset.y, self.size.height
        if not top <= self._cursor < top + height:
            self.scroll_to(y=self._cursor - (height - 1 if step > 0 else 0), animate=False)
        self.refresh_lines(before - top)
        self.refresh_lines(self._cursor - top)


class ListApp(App[None]):
    """The list and nothing else."""

    def compose(self) -> ComposeResult:
        yield LineList(int(sys.argv[1]))


if __name__ == "__main__":
    ListApp().run()
