"""The timeline: one line an event, painted on demand, so that its size costs nothing.

May import `eventview.model` and Textual.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from eventview.model import times, wording
from eventview.model.cells import fit, fit_right, width
from eventview.model.events import Location
from eventview.model.query import Query
from eventview.model.view import View
from eventview.model.wording import TimeMode
from eventview.tui import commands
from eventview.tui.glyphs import look

_TYPE_CELLS = 11
"""The longest type that is not cut; PERFORMANCE, of the types OpenReplay has."""


_ASIDE_CELLS = 10
"""Room for a metric's abbreviation and value, `load 1m02s`."""

_CURSOR, _HIT = "▸", "•"


class _Columns(NamedTuple):
    """How many cells each column has; 0 leaves it out."""

    time: int
    delta: int
    type: int
    what: int
    aside: int

    @classmethod
    def within(cls, total: int, *, time: int, longest_type: int) -> _Columns:
        """Give each column its share; in narrow places the least telling go first."""
        delta = 7 if total >= 56 else 0
        kind = longest_type + 1 if total >= 48 else 0
        aside = _ASIDE_CELLS if total >= 64 else 0
        marks, glyph_cells, gaps = 2, 2, 2 + bool(aside)
        what = total - marks - time - delta - glyph_cells - kind - aside - gaps
        return cls(time, delta, kind, max(1, what), aside)


class Timeline(ScrollView, can_focus=True):
    """The rows of a view, with a cursor on one of them.

    The cursor is on an event rather than on a row: when a filter hides the event, the next
    shown one stands in for it, and when the filter goes the cursor is where it was.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings(commands.MOVING, commands.VISITS),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline--time",
        "timeline--what",
        "timeline--page",
        "timeline--location",
        "timeline--click",
        "timeline--input",
        "timeline--error",
        "timeline--request",
        "timeline--measurement",
        "timeline--other",
        "timeline--cursor",
        "timeline--hit",
    }

    @dataclass
    class Moved(Message):
        """The cursor is on another event, or on none."""

        index: int | None

    class Opened(Message):
        """The user asked for the detail of the event under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._view: View | None = None
        self._mode = TimeMode.SINCE_START
        self._at = 0
        self._painted: dict[tuple[int, bool], Strip] = {}

    @property
    def rows(self) -> Sequence[int]:
        """Indexes of the events shown."""
        return self._view.rows if self._view else ()

    @property
    def row(self) -> int:
        """The cursor's row, counted from 0; -1 without rows."""
        return self._view.row_of(self._at) if self._view else -1

    @property
    def index(self) -> int | None:
        """The index of the event under the cursor; None without rows."""
        return self.rows[self.row] if self.rows else None

    def show(self, view: View, mode: TimeMode) -> None:
        """Show a view. The cursor stays on its event, and the event on its line of the screen."""
        line = self.row - self.scroll_offset.y
        if self._view and self._view.session is not view.session:
            known = self._view.session.events
            if self._at < len(known):
                # Events that come late may stand before it.
                self._at = view.session.place_of(known[self._at], self._at)
        self._view, self._mode = view, mode
        self._painted.clear()
        self.virtual_size = Size(0, max(1, len(view.rows)))
        self.scroll_to(y=max(0, self.row - line), animate=False)
        self._keep_in_sight()
        self.refresh()

    def forget(self) -> None:
        """Begin at the start of whatever is shown next."""
        self._view, self._at = None, 0
        self._painted.clear()

    def go_to(self, index: int) -> None:
        """Put the cursor on an event, or on the next one shown."""
        before = self.row
        self._at = index
        self._moved_from(before)

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest there is."""
        if self.rows:
            self.go_to(self.rows[min(max(row, 0), len(self.rows) - 1)])

    def _moved_from(self, before: int) -> None:
        if self.row != before:
            self.refresh_line(before)
            self.refresh_line(self.row)
            self.post_message(self.Moved(self.index))
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if self.row < top:
            self.scroll_to(y=self.row, animate=False)
        elif height and self.row >= top + height:
            self.scroll_to(y=self.row - height + 1, animate=False)

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
        self.go_to_row(len(self.rows) - 1)

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
        self._page(-self.size.height // 2)

    def _page(self, rows: int) -> None:
        # Cursor and window move together, so that the cursor keeps its line as in less and vim.
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)
        self.go_to_row(self.row + rows)

    def action_next_visit(self) -> None:
        """To the next page visit."""
        self._go_by_visit(1)

    def action_previous_visit(self) -> None:
        """To the start of this page visit or, from there, to the previous one."""
        self._go_by_visit(-1)

    def _go_by_visit(self, step: int) -> None:
        if self._view:
            self.go_to_row(self._view.visit_row(self.row, step))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row clicked; a click on the cursor's row opens the detail."""
        row = event.y + self.scroll_offset.y
        if row >= len(self.rows):
            return
        if row == self.row:
            self.post_message(self.Opened())
        self.go_to_row(row)

    def on_resize(self) -> None:
        """Keep the cursor visible in the new size."""
        self._painted.clear()
        self._keep_in_sight()

    def notify_style_update(self) -> None:
        """Forget what was painted in the styles of before."""
        self._painted.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Paint one line of the window; called by Textual for the lines it needs."""
        row = y + self.scroll_offset.y
        if self._view is None or row >= len(self.rows):
            return self._blank() if y or self.rows or not self._view else self._nothing(self._view)
        key = (row, row == self.row)
        strip = self._painted.get(key)
        if strip is None:
            if len(self._painted) > 8 * self.size.height:
                self._painted.clear()
            strip = self._painted[key] = self._paint(self._view, row, at_cursor=key[1])
        return strip

    def _blank(self) -> Strip:
        return Strip.blank(self.size.width, self.rich_style)

    def _nothing(self, view: View) -> Strip:
        """What stands in the first line when no event is shown."""
        if not view.session.events:
            return self._blank()
        ways = "& changes the filter, 0 shows all types, Esc takes one back."
        text = fit(f"  {wording.counts(view)}. {ways}", self.size.width)
        return Strip([Segment(text, self.get_component_rich_style("timeline--time"))])

    def _paint(self, view: View, row: int, *, at_cursor: bool) -> Strip:
        index = self.rows[row]
        event = view.session.events[index]
        cells = wording.row(view.session, index, self._mode)
        columns = self._columns(view)
        is_hit = view.is_hit(index)
        quiet = self._style("time", at_cursor=at_cursor)
        kind = self._style(look(event.type).name, at_cursor=at_cursor)
        what = self._style("page" if isinstance(event, Location) else "what", at_cursor=at_cursor)
        find = view.lens.find
        segments = [
            Segment(f"{_CURSOR if at_cursor else ' '}{_HIT if is_hit else ' '}", kind),
            Segment(fit_right(cells.time, columns.time), self._style("what", at_cursor=at_cursor)),
            Segment(fit_right(cells.delta, columns.delta) + " ", quiet),
            Segment(f"{look(event.type).glyph} ", kind),
            *self._marked(fit(cells.type, columns.type), kind, find if is_hit else None),
            *self._marked(fit(cells.what, columns.what) + " ", what, find if is_hit else None),
        ]
        if columns.aside:
            segments.append(Segment(fit_right(cells.aside, columns.aside) + " ", quiet))
        return Strip(segments).adjust_cell_length(self.size.width, what)

    def _marked(self, text: str, style: Style, find: Query | None) -> Iterator[Segment]:
        """The text with the terms of the find standing out."""
        done = 0
        for start, end in find.spans(text) if find else ():
            yield Segment(text[done:start], style)
            yield Segment(text[start:end], style + self.get_component_rich_style("timeline--hit"))
            done = end
        yield Segment(text[done:], style)

    def _style(self, name: str, *, at_cursor: bool) -> Style:
        style = self.get_component_rich_style(f"timeline--{name}")
        if not at_cursor:
            return style
        return style + self.get_component_rich_style("timeline--cursor", partial=True)

    def _columns(self, view: View) -> _Columns:
        session = view.session
        if self._mode is TimeMode.SINCE_START:
            time = max(len("+0:00.000"), len(times.offset(session.duration_ms)))
        else:
            time = len("00:00:00.000")
        longest = max(map(width, session.type_counts), default=0)
        return _Columns.within(self.size.width, time=time, longest_type=min(longest, _TYPE_CELLS))
