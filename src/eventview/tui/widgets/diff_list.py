"""The list of a comparison: one row per step, the first session left, the second right.

Rows are painted on demand, so that the size of a comparison costs nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from eventview.comparison import labels
from eventview.comparison.diff import Comparison
from eventview.comparison.labels import Side
from eventview.comparison.steps import Change, DiffLine
from eventview.render import rows
from eventview.session.text import fit, fit_right, width
from eventview.tui import commands
from eventview.tui.theme import event_style
from eventview.tui.widgets.scrolling import RowList

_CURSOR: Final = "▸"
_MARKS: Final = 3
"""Cells of the cursor, the sign and the space before the first side."""

_BETWEEN: Final = " │ "
_TWO_COLUMNS: Final = 59
"""Cells from which both sides fit next to each other."""
_WITH_TIMES: Final = 99
"""Cells from which each side has room for its time too."""

_STYLES: Final = {
    Change.SAME: "$foreground-muted",
    Change.ADDED: "$text-success",
    Change.MISSING: "$text-error",
    Change.CHANGED: "$text-warning",
}


class DiffList(RowList):
    """Rows of a comparison with a cursor."""

    # Not in the style sheet, because every start parses that.
    DEFAULT_CSS = """
    DiffList {
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        height: 1fr;

        & .diff-list--cursor {
            background: $panel;
        }
        &:focus .diff-list--cursor {
            background: $primary-muted;
            text-style: bold;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.make_bindings(commands.MOVING, commands.VISITS)
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"diff-list--cursor"}

    class Moved(Message):
        """Message that the cursor is on another row."""

    def __init__(self) -> None:
        super().__init__()
        self._comparison: Comparison | None = None
        self._row = 0
        self._starts: Sequence[int] = (0,)
        self._is_narrow = False
        self._time_cells = 0

    @property
    def number_of_rows(self) -> int:
        """Number of lines of the comparison."""
        return len(self._comparison.lines) if self._comparison else 0

    @property
    def row(self) -> int:
        """The cursor's row: index of a line of the comparison."""
        return self._row

    def lines_of(self, row: int) -> range:
        """Return the lines of a row: two if its sides are stacked."""
        return range(self._starts[row], self._starts[row + 1])

    @property
    def _cells(self) -> int:
        """Cells of a line beside a scrollbar, so that nothing moves when one appears."""
        return max(0, self.size.width - 1)

    def show(self, comparison: Comparison) -> None:
        """Show a comparison from its start."""
        self._comparison, self._row = comparison, 0
        self._lay_out()
        self.scroll_line_to_top(0)

    def _lay_out(self) -> None:
        """Choose one or two columns and find the first line of each row."""
        comparison = self._comparison
        lines = comparison.lines if comparison else ()
        self._is_narrow = 0 < self._cells < _TWO_COLUMNS
        heights = (self._height(line) for line in lines)
        self._starts = [0, *accumulate(heights)] if self._is_narrow else range(len(lines) + 1)
        self._time_cells = 0
        if comparison and self._cells >= _WITH_TIMES:
            views = (comparison.first, comparison.second)
            self._time_cells = max(rows.time_width(view.session) for view in views) + 1
        self._painted.clear()
        self.set_number_of_lines(max(1, self._starts[-1]))
        self.refresh()

    def _height(self, line: DiffLine) -> int:
        return 2 if line.outcome is Change.CHANGED else 1

    # --- moving

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest one."""
        row = min(max(row, 0), self.number_of_rows - 1)
        if row < 0:
            return
        if row != self.row:
            for changed in (self.row, row):
                for line in self.lines_of(changed):
                    self.refresh_line(line)
            self._row = row
            self.post_message(self.Moved())
        self.keep_visible()

    def row_at(self, line: int) -> int:
        """Return the row of a line; beyond the last row if the line has none."""
        return bisect_right(self._starts, line) - 1

    def action_walk_visits(self, step: int) -> None:
        """Move to the next page visit; for -1 to the start of this one, or to the previous one."""
        starts = self._comparison.starts if self._comparison else ()
        place = bisect_right(starts, self.row) if step > 0 else bisect_left(starts, self.row) - 1
        if 0 <= place < len(starts):
            self.go_to_row(starts[place])

    def on_resize(self) -> None:
        """Lay out the rows again and keep the cursor visible."""
        self._lay_out()
        self.keep_visible()

    # --- painting

    def render_line(self, y: int) -> Strip:
        """Paint one line of the window; called by Textual for the lines it needs."""
        number = y + self.scroll_offset.y
        row = self.row_at(number)
        if self._comparison is None or row >= self.number_of_rows:
            return self._paint_empty(y)
        key = (number, row == self.row)
        strip = self._painted.get(key)
        if strip is None:
            if len(self._painted) > 8 * self.size.height:
                self._painted.clear()
            is_below = number > self._starts[row]
            strip = self._paint(self._comparison, row, at_cursor=key[1], is_below=is_below)
            self._painted[key] = strip
        return strip

    def _paint_empty(self, y: int) -> Strip:
        """Paint a line after the last row, or a message if there are no rows."""
        if self._comparison is None or self.number_of_rows or y:
            return Strip.blank(self.size.width, self.rich_style)
        text = fit("   No events of either session are shown.", self.size.width)
        return Strip([Segment(text, self.style(_STYLES[Change.SAME]))])

    def _paint(self, comparison: Comparison, row: int, *, at_cursor: bool, is_below: bool) -> Strip:
        line, page = comparison.lines[row], comparison.find_page(row)
        first, second = labels.format_sides(comparison, page, line)
        plain, muted = (
            self._style(change, line, at_cursor=at_cursor) for change in (line.outcome, Change.SAME)
        )
        cursor = _CURSOR if at_cursor and not is_below else " "
        sign = " " if line.outcome is Change.SAME or is_below else labels.SIGNS[line.outcome]
        if self._is_narrow:
            which = " " if self._height(line) == 1 else "2" if is_below else "1"
            is_second = is_below or line.outcome is Change.ADDED
            segments = [
                Segment(f"{cursor}{sign}{which} ", plain),
                *self._paint_side(second if is_second else first, self._cells - 4, plain, muted),
            ]
        else:
            room = self._cells - _MARKS - len(_BETWEEN)
            segments = [
                Segment(f"{cursor}{sign} ", plain),
                *self._paint_side(first, room // 2, plain, muted),
                Segment(_BETWEEN, muted),
                *self._paint_side(second, room - room // 2, plain, muted),
            ]
        return Strip(segments).adjust_cell_length(self.size.width, plain)

    def _paint_side(
        self, side: Side | None, cells: int, plain: Style, muted: Style
    ) -> Iterator[Segment]:
        """Yield one session's side of a row, in so many cells."""
        if side is None:
            yield Segment(" " * cells, plain)
            return
        if self._time_cells:
            yield Segment(fit_right(side.time, self._time_cells - 1) + " ", muted)
        style = plain if side.type else muted
        yield Segment(f"{event_style(side.type).glyph} " if side.type else "  ", style)
        room = max(1, cells - self._time_cells - 2)
        note = labels.fit_notes(side, room)
        text_cells = room - (width(note) + 1 if note else 0)
        yield Segment(fit(side.text, text_cells), style)
        if note:
            yield Segment(f" {note}", style)

    def _style(self, change: Change, line: DiffLine, *, at_cursor: bool) -> Style:
        style = self.style(_STYLES[change])
        if line.is_head:
            style += Style(bgcolor=self.style("on $surface").bgcolor, bold=True)
        if at_cursor:
            style += self.get_component_rich_style("diff-list--cursor", partial=True)
        return style
