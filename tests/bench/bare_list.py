"""Show the lines of a text file as a bare list: `python -m tests.bench.bare_list FILE`.

The least that a list with a cursor costs in Textual: one widget of the Line API, one row per line;
a cursor key repaints two rows.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

_PLAIN, _CURSOR = Style.parse("#d5dae1 on #12161c"), Style.parse("bold #d5dae1 on #2d4660")


class BareList(ScrollView, can_focus=True):
    """Rows of text with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("j", "move(1)", "down"),
        ("k", "move(-1)", "up"),
        ("pagedown", "page(1)", "page down"),
        ("pageup", "page(-1)", "page up"),
    ]

    def __init__(self, rows: list[str]) -> None:
        super().__init__()
        self._rows, self._row = rows, 0
        self.virtual_size = Size(0, len(rows))

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        before, self._row = self._row, min(max(0, self._row + rows), len(self._rows) - 1)
        self.refresh_line(before)
        self.refresh_line(self._row)
        top, height = self.scroll_offset.y, self.size.height
        if not top <= self._row < top + height:
            self.scroll_to(y=self._row - (height - 1 if rows > 0 else 0), animate=False)

    def action_page(self, pages: int) -> None:
        """Move the cursor and the window by pages."""
        self.scroll_to(y=self.scroll_offset.y + pages * self.size.height, animate=False)
        self.action_move(pages * self.size.height)

    def render_line(self, y: int) -> Strip:
        """Paint one row."""
        row, cells = y + self.scroll_offset.y, self.size.width
        text = self._rows[row] if row < len(self._rows) else ""
        style = _CURSOR if row == self._row else _PLAIN
        return Strip([Segment(text[:cells].ljust(cells), style)], cells)


class BareListApp(App[None]):
    """Application of nothing but the list."""

    def __init__(self, rows: list[str]) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        """Yield the list."""
        yield BareList(self._rows)


if __name__ == "__main__":
    BareListApp(Path(sys.argv[1]).read_text("utf-8").splitlines()).run()
