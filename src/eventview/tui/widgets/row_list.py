"""Rows painted on demand, with a cursor on one of them: how one goes about in them.

What timeline and comparison have in common.
"""

from __future__ import annotations

from typing import Final

from textual import events
from textual.message import Message
from textual.scroll_view import ScrollView

_NEAR_LINES: Final = 2
"""So far out of sight the window follows the cursor as one scrolls: a row and what stands before
it. From further away the cursor comes to stand in the middle."""


class RowList(ScrollView, can_focus=True):
    """A window on rows of one or more lines; a row's cursor keeps in sight.

    Whoever inherits says which rows and lines there are.
    """

    class Opened(Message):
        """The user asked for the details of the row under the cursor."""

    @property
    def number_of_rows(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def row(self) -> int:
        """The cursor's row, counted from 0; -1 without rows."""
        raise NotImplementedError

    @property
    def lit_row(self) -> int:
        """The row to keep in sight; the cursor's."""
        return self.row

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest there is."""
        raise NotImplementedError

    def lines_of(self, row: int) -> range:
        """The lines that a row stands on, counted from 0."""
        raise NotImplementedError

    def row_at(self, line: int) -> int:
        """The row that a line belongs to or stands before; beyond the last where there is none."""
        raise NotImplementedError

    def scroll_lines(self, line: int) -> None:
        """Have a line at the top, as far as there are lines to fill the window."""
        # By force: what is shown may have grown just now, and have no scrollbar yet.
        self.scroll_to(y=max(0, line), animate=False, force=True)

    def keep_in_sight(self) -> None:
        """Scroll so far that the lit row is in the window."""
        top, height = self.scroll_offset.y, self.size.height
        if not height or not self.number_of_rows:
            return
        lines = self.lines_of(self.lit_row)
        first, last = lines[0], lines[-1]
        if top <= first and last < top + height:
            return
        below = last >= top + height
        distance = last - (top + height - 1) if below else top - first
        if distance > _NEAR_LINES + last - first:
            # Far away: what came before it and what after are as much of interest.
            line = first - height // 2
        else:
            line = last - height + 1 if below else first
        # With what stands before the first row.
        self.scroll_lines(line if self.lit_row else 0)

    def action_down(self) -> None:
        """One row down."""
        self.go_to_row(self.row + 1)

    def action_up(self) -> None:
        """One row up."""
        self.go_to_row(self.row - 1)

    def action_top(self) -> None:
        """To the first row."""
        self.go_to_row(0)

    def action_bottom(self) -> None:
        """To the last row."""
        self.go_to_row(self.number_of_rows - 1)

    def action_page_down(self) -> None:
        """A page down."""
        self._page(self.size.height)

    def action_page_up(self) -> None:
        """A page up."""
        self._page(-self.size.height)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self._page(self.size.height // 2)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self._page(-(self.size.height // 2))

    def _page(self, lines: int) -> None:
        if not self.number_of_rows:
            return
        # Cursor and window move together, so that the cursor keeps its line as in less and vim.
        target = self.lines_of(self.row)[0] + lines
        self.scroll_lines(self.scroll_offset.y + lines)
        self.go_to_row(self.row_at(max(0, target)))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row clicked; a click on the cursor's row opens the details."""
        row = self.row_at(event.y + self.scroll_offset.y)
        if row >= self.number_of_rows:
            return
        if row == self.row:
            self.post_message(self.Opened())
        self.go_to_row(row)
