"""The bases of what scrolls: a list of rows with a cursor, and a scrolling container."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from eventview.tui import commands

_NEAR_LINES: Final = 2
"""Lines outside the window up to which it scrolls only as far as the cursor: a row and a silence
line before it. A cursor farther away is moved to the middle."""


class LineView(ScrollView, can_focus=True):
    """Scrolling window on lines, whose number changes neither its size nor that of any other."""

    def set_number_of_lines(self, number: int) -> None:
        """Set the number of lines to scroll over."""
        size = Size(0, number)
        if size != self.virtual_size:
            # Set without a layout, in which only the scrollbar can change; it asks for its own.
            self.set_reactive(ScrollView.virtual_size, size)
            if not self.container_size:
                # In place of a second layout after the first, of more lines than the screen has.
                self.show_vertical_scrollbar = number > self.app.size.height
            self._scroll_update(size)


class RowList(LineView):
    """Scrolling window on rows of one or more lines, which keeps the cursor's row visible."""

    class Opened(Message):
        """Message that the user wants the details of the cursor's row."""

    def __init__(self) -> None:
        super().__init__()
        self._painted: dict[tuple[int, bool], Strip] = {}
        """Lines painted so far, by their number and whether the cursor is on them."""
        self._styles: dict[str, Style] = {}

    def notify_style_update(self) -> None:
        """Drop lines painted in the previous styles."""
        self._painted.clear()
        self._styles.clear()
        super().notify_style_update()

    def style(self, markup: str) -> Style:
        """Return a style on this list's background, as in `bold $text-error`.

        Rules of a style sheet would be matched for each of them at every start and change of focus.
        """
        if markup not in self._styles:
            style = self.visual_style + self.app.stylesheet.parse_style(markup)
            self._styles[markup] = style.rich_style
        return self._styles[markup]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint lines without borders and effects, which Textual looks for in each of them."""
        strips = [self.render_line(y).crop(*crop.column_span) for y in crop.line_range]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips

    def watch_scroll_y(self, before: float, after: float) -> None:
        """Repaint the lines, and the scrollbar if it moves by an eighth of a cell or to an end."""
        if self.show_vertical_scrollbar:
            bar, lines = self.vertical_scrollbar, self.virtual_size.height
            lines_per_eighth = lines / (8 * max(1, self.size.height))
            is_moving = bar.position // lines_per_eighth != after // lines_per_eighth
            if is_moving or after in (0, self.max_scroll_y):
                bar.position = after
        if round(before) != round(after):
            self.refresh(self.size.region)

    def set_number_of_lines(self, number: int) -> None:
        """Set the number of lines, for which an eighth of the scrollbar's cell is another now."""
        super().set_number_of_lines(number)
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = self.scroll_y

    @property
    def number_of_rows(self) -> int:
        """Number of rows."""
        raise NotImplementedError

    @property
    def row(self) -> int:
        """The cursor's row, counted from 0; -1 without rows."""
        raise NotImplementedError

    @property
    def highlighted_row(self) -> int:
        """The row to keep visible: the cursor's."""
        return self.row

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest one."""
        raise NotImplementedError

    def lines_of(self, row: int) -> range:
        """Return the lines of a row, counted from 0."""
        raise NotImplementedError

    def row_at(self, line: int) -> int:
        """Return the row of a line or the one after it; beyond the last row if there is none."""
        raise NotImplementedError

    def scroll_line_to_top(self, line: int) -> None:
        """Scroll a line to the top, as far as the lines below it fill the window."""
        # By force, because rows that were just added may not have a scrollbar yet.
        self.scroll_to(y=max(0, line), animate=False, force=True)

    def keep_visible(self) -> None:
        """Scroll the highlighted row into the window."""
        top, height = self.scroll_offset.y, self.size.height
        if not height or not self.number_of_rows:
            return
        lines = self.lines_of(self.highlighted_row)
        first, last = lines[0], lines[-1]
        if top <= first and last < top + height:
            return
        below = last >= top + height
        distance = last - (top + height - 1) if below else top - first
        if distance > _NEAR_LINES + last - first:
            # After a jump, the rows on both sides are of equal interest.
            line = first - height // 2
        else:
            line = last - height + 1 if below else first
        # The first row is shown with any line before it.
        self.scroll_line_to_top(line if self.highlighted_row else 0)

    def action_down(self) -> None:
        """Move one row down."""
        self.go_to_row(self.row + 1)

    def action_up(self) -> None:
        """Move one row up."""
        self.go_to_row(self.row - 1)

    def action_top(self) -> None:
        """Move to the first row."""
        self.go_to_row(0)

    def action_bottom(self) -> None:
        """Move to the last row."""
        self.go_to_row(self.number_of_rows - 1)

    def action_page_down(self) -> None:
        """Move a page down."""
        self._move_lines(self.size.height)

    def action_page_up(self) -> None:
        """Move a page up."""
        self._move_lines(-self.size.height)

    def action_half_page_down(self) -> None:
        """Move half a page down."""
        self._move_lines(self.size.height // 2)

    def action_half_page_up(self) -> None:
        """Move half a page up."""
        self._move_lines(-(self.size.height // 2))

    def _move_lines(self, lines: int) -> None:
        if not self.number_of_rows:
            return
        # Cursor and window move together, so that the cursor keeps its line as in less and vim.
        target = self.lines_of(self.row)[0] + lines
        self.scroll_line_to_top(self.scroll_offset.y + lines)
        self.go_to_row(self.row_at(max(0, target)))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row, or open the details of the cursor's row."""
        row = self.row_at(event.y + self.scroll_offset.y)
        if row >= self.number_of_rows:
            return
        if row == self.row:
            self.post_message(self.Opened())
        self.go_to_row(row)


class ScrollingActions(Widget):
    """Actions of the timeline's keys for a widget that scrolls."""

    def action_down(self) -> None:
        """Scroll one line down."""
        self.scroll_down(animate=False)

    def action_up(self) -> None:
        """Scroll one line up."""
        self.scroll_up(animate=False)

    def action_top(self) -> None:
        """Scroll to the first line."""
        self.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """Scroll to the last line."""
        self.scroll_end(animate=False)

    def action_page_down(self) -> None:
        """Scroll a page down."""
        self.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """Scroll a page up."""
        self.scroll_page_up(animate=False)

    def action_half_page_down(self) -> None:
        """Scroll half a page down."""
        self.scroll_relative(y=self.size.height // 2, animate=False)

    def action_half_page_up(self) -> None:
        """Scroll half a page up."""
        self.scroll_relative(y=-(self.size.height // 2), animate=False)


class Scrolling(VerticalScroll, ScrollingActions, can_focus=True):
    """Container that scrolls by the timeline's keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.make_bindings(commands.MOVING)]
