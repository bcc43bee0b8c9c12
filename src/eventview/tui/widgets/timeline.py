"""The timeline: one line per event, painted on demand, so that its size costs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from eventview.analysis import descriptions
from eventview.analysis.signals import Signal
from eventview.query.query import Query
from eventview.render import rows
from eventview.render.rows import Badge, BadgeStyle
from eventview.session.events import Location
from eventview.session.session import Session
from eventview.session.text import fit, fit_right, width
from eventview.tui import commands
from eventview.tui.theme import event_style
from eventview.tui.widgets.scrolling import RowList
from eventview.view.folds import find_visit_row
from eventview.view.time_display import SINCE_START, TimeDisplay, TimeMode
from eventview.view.view import SilenceLine, View

_TYPE_CELLS = 11
"""Cells of a type at most: those of PERFORMANCE, the longest of OpenReplay's types."""

_HEAD_TYPE_CELLS = 100
"""Cells of a timeline from which the head of a page visit shows its type as text; its glyph and
style show it in narrower ones."""

_LEAST_TEXT_CELLS, _LEAST_WITH_ONE_BADGE = 18, 8
"""Cells kept of an event's text before several badges, and before the most severe one alone."""

_CURSOR, _HIT, _AROUND, _MARK, _ZERO, _FOLDED = "▸", "•", "·", "*", "0", "+"
_BETWEEN = " · "

_BADGE_STYLES = {
    BadgeStyle.BACKGROUND: "time",
    BadgeStyle.GOOD: "good",
    BadgeStyle.NEEDS_WORK: "needs-work",
    BadgeStyle.POOR: "poor",
    BadgeStyle.SEVERE: "poor",
    BadgeStyle.NOTABLE: "needs-work",
}


class _Columns(NamedTuple):
    """Cells of each column; 0 leaves it out."""

    time: int
    delta: int
    type: int
    what: int
    """Cells of the event's text and its badges."""


class _RowState(NamedTuple):
    """State of a row that its colours depend on."""

    at_cursor: bool
    is_head: bool
    is_around: bool


class Timeline(RowList):
    """Rows of a view with a cursor, and lines between them for silences.

    The cursor belongs to an event. While that is hidden or folded, the cursor is shown on the
    nearest row, and it returns when the event is shown again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.make_bindings(commands.MOVING, commands.VISITS, commands.FOLDS),
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
        "timeline--good",
        "timeline--needs-work",
        "timeline--poor",
        "timeline--head",
        "timeline--around",
        "timeline--cursor",
        "timeline--hit",
    }

    @dataclass
    class Moved(Message):
        """Message that another event is highlighted, or none."""

        index: int | None

    @dataclass
    class FoldRequested(Message):
        """Message that the user wants to fold or unfold the cursor's visit, or all visits."""

        is_to_fold: bool
        is_everything: bool = False

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None
        self._clock = SINCE_START
        self._marks: frozenset[int] = frozenset()
        self._at = -1
        """Index of the cursor's event; -1 until there is a row."""
        self.is_at_start = True
        """True until the cursor is moved from its initial event."""
        self._peeked: tuple[int, int] | None = None
        """Index of the event peeked at, and the cursor's line in the window to return to."""

    @property
    def rows(self) -> Sequence[int]:
        """Indexes of the events that are rows."""
        return self._view.rows if self._view else ()

    @property
    def number_of_rows(self) -> int:
        """Number of rows."""
        return len(self.rows)

    @property
    def row(self) -> int:
        """The cursor's row, counted from 0; -1 without rows."""
        return self._view.row_of(self._at) if self._view else -1

    @property
    def index(self) -> int | None:
        """The index of the event under the cursor; None without rows."""
        return self.rows[self.row] if self.rows else None

    @property
    def highlighted_row(self) -> int:
        """The cursor's row, or the row of the event peeked at; -1 without rows."""
        at = self._at if self._peeked is None else self._peeked[0]
        return self._view.row_of(at) if self._view else -1

    @property
    def highlighted_index(self) -> int | None:
        """The index of the event on the highlighted row; None without rows."""
        return self.rows[self.highlighted_row] if self.rows else None

    @property
    def _line(self) -> int:
        """The line of the highlighted row, counted from 0."""
        return self._view.line_of(self.highlighted_row) if self._view else -1

    def lines_of(self, row: int) -> range:
        """Return the line of a row, counted from 0."""
        line = self._view.line_of(row) if self._view else -1
        return range(line, line + 1)

    def show(self, view: View, clock: TimeDisplay, marks: frozenset[int] = frozenset()) -> None:
        """Show a view and keep the cursor's event on its line of the window."""
        line = self._line - self.scroll_offset.y
        if self._at < 0 and view.rows:
            self._at = view.rows[0]
        elif self._view and self._view.session is not view.session:
            before = self._view.session
            self._at = _find_index(self._at, before, view.session)
            if self._peeked:
                self._peeked = (_find_index(self._peeked[0], before, view.session), self._peeked[1])
        self._view, self._clock, self._marks = view, clock, marks
        self._painted.clear()
        self.virtual_size = Size(0, max(1, view.number_of_lines))
        self.scroll_line_to_top(self._line - line)
        self.keep_visible()
        self.refresh()

    def forget(self) -> None:
        """Start with the first event of the next view."""
        self._view, self._at, self._peeked, self.is_at_start = None, -1, None, True
        self._painted.clear()

    def settle(self) -> None:
        """Move the cursor from its hidden event to the row highlighted instead."""
        if self.index is not None:
            self._at, self._peeked = self.index, None

    def go_to(self, index: int) -> None:
        """Put the cursor on an event; the nearest row is highlighted if it has none."""
        before, line = self.highlighted_row, self._line
        self._at, self._peeked, self.is_at_start = index, None, False
        self._show_move(before, line)

    def peek(self, index: int | None) -> None:
        """Highlight another event and scroll to it; None returns to the cursor."""
        before, line = self.highlighted_row, self._line
        if index is not None:
            offset = line - self.scroll_offset.y if self._peeked is None else self._peeked[1]
            self._peeked = (index, offset)
        elif self._peeked is not None:
            offset, self._peeked = self._peeked[1], None
            self.scroll_line_to_top(self._line - offset)
        self._show_move(before, line)

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest one."""
        if self.rows:
            self.go_to(self.rows[min(max(row, 0), len(self.rows) - 1)])

    def _show_move(self, before: int, line: int) -> None:
        if self.highlighted_row != before:
            self.refresh_line(line)
            self.refresh_line(self._line)
            self.post_message(self.Moved(self.highlighted_index))
        self.keep_visible()

    def row_at(self, line: int) -> int:
        """Return the row of a line, or the row after a line between rows."""
        found = self._view.at_line(line) if self._view else line
        return found.row if isinstance(found, SilenceLine) else found

    def action_walk_visits(self, step: int) -> None:
        """Move to the next page visit; for -1 to the start of this one, or to the previous one."""
        if self._view:
            self.go_to_row(find_visit_row(self._view, self.row, step))

    def action_fold(self) -> None:
        """Fold the run of clicks or the page visit under the cursor."""
        self.post_message(self.FoldRequested(is_to_fold=True))

    def action_unfold(self) -> None:
        """Unfold the run of clicks or the page visit under the cursor."""
        self.post_message(self.FoldRequested(is_to_fold=False))

    def action_fold_all(self) -> None:
        """Fold every page visit."""
        self.post_message(self.FoldRequested(is_to_fold=True, is_everything=True))

    def action_unfold_all(self) -> None:
        """Unfold every page visit."""
        self.post_message(self.FoldRequested(is_to_fold=False, is_everything=True))

    def on_resize(self) -> None:
        """Keep the cursor visible in the new size."""
        self._painted.clear()
        self.keep_visible()

    # --- painting

    def render_line(self, y: int) -> Strip:
        """Paint one line of the window; called by Textual for the lines it needs."""
        line = y + self.scroll_offset.y
        view = self._view
        if view is None or line >= view.number_of_lines:
            return self._paint_blank() if y or self.rows or not view else self._paint_empty(view)
        found = view.at_line(line)
        key = (line, found == self.highlighted_row)
        strip = self._painted.get(key)
        if strip is None:
            if len(self._painted) > 8 * self.size.height:
                self._painted.clear()
            if isinstance(found, SilenceLine):
                strip = self._paint_silence(view, found.signal)
            else:
                strip = self._paint(view, found, at_cursor=key[1])
            self._painted[key] = strip
        return strip

    def _paint_blank(self) -> Strip:
        return Strip.blank(self.size.width, self.rich_style)

    def _paint_empty(self, view: View) -> Strip:
        """Paint the first line when all events are hidden."""
        if not view.session.events:
            return self._paint_blank()
        hint = "& changes the filter, 0 shows all types, Esc goes one step back."
        text = fit(f"  {rows.describe_counts(view)}. {hint}", self.size.width)
        return Strip([Segment(text, self.get_component_rich_style("timeline--time"))])

    def _paint_silence(self, view: View, signal: Signal) -> Strip:
        columns = self._columns(view)
        indent = " " * (2 + columns.time + columns.delta + 1)
        text = f"{indent}┄┄ {descriptions.describe_silence(view.session, signal)} ┄┄"
        style = self.get_component_rich_style("timeline--time")
        return Strip([Segment(fit(text, self.size.width), style)])

    def _paint(self, view: View, row: int, *, at_cursor: bool) -> Strip:
        index = self.rows[row]
        event = view.session.events[index]
        cells = rows.build_view_row(view, index, self._clock)
        time = rows.format_time(view.session, index, self._clock, is_short=True)
        columns = self._columns(view)
        is_head = isinstance(event, Location)
        state = _RowState(at_cursor=at_cursor, is_head=is_head, is_around=view.is_around(index))
        muted, plain = self._style("time", state), self._style("what", state)
        kind = self._style(event_style(event.type).name, state)
        what = self._style("page" if is_head else "what", state)
        find = view.options.find if view.is_hit(index) else None
        glyph = _FOLDED if view.is_folded(index) else event_style(event.type).glyph
        type_cells = columns.type
        if is_head and self.size.width < _HEAD_TYPE_CELLS:
            type_cells = 0
        room = columns.what + columns.type - type_cells
        badges = _choose_badges(cells.badges, room, width(cells.what))
        badge_cells = sum(width(badge.text) for badge in badges)
        badge_cells += len(_BETWEEN) * max(0, len(badges) - 1)
        segments = [
            Segment(f"{_CURSOR if at_cursor else ' '}{self._sign(view, index)}", kind),
            Segment(fit_right(time, columns.time), plain),
            Segment(fit_right(cells.delta, columns.delta) + " ", muted),
            Segment(f"{glyph} ", kind),
            *self._highlight(fit(cells.type, type_cells), kind, find),
            *self._highlight(fit(cells.what, room - badge_cells - bool(badges)), what, find),
        ]
        for number, badge in enumerate(badges):
            segments.append(Segment(_BETWEEN if number else " ", muted))
            segments.append(Segment(badge.text, self._style(_BADGE_STYLES[badge.style], state)))
        return Strip(segments).adjust_cell_length(self.size.width, what)

    def _sign(self, view: View, index: int) -> str:
        """Return the second cell of a row: mark, zero, hit or context."""
        if index in self._marks:
            return _MARK
        if self._clock.mode is TimeMode.SINCE_ZERO and self._clock.zero == index:
            return _ZERO
        if view.has_hit(index):
            return _HIT
        return _AROUND if view.is_around(index) else " "

    def _highlight(self, text: str, style: Style, find: Query | None) -> Iterator[Segment]:
        """Yield the text with the matches of the find highlighted."""
        end_before = 0
        for start, end in find.spans(text) if find else ():
            yield Segment(text[end_before:start], style)
            yield Segment(text[start:end], style + self.get_component_rich_style("timeline--hit"))
            end_before = end
        yield Segment(text[end_before:], style)

    def _style(self, name: str, state: _RowState) -> Style:
        style = self.get_component_rich_style(f"timeline--{name}")
        if state.is_around:
            around = self.get_component_rich_style("timeline--around")
            style += Style(color=around.color, italic=True)
        if state.is_head:
            style += self.get_component_rich_style("timeline--head", partial=True)
        if state.at_cursor:
            style += self.get_component_rich_style("timeline--cursor", partial=True)
        return style

    def _columns(self, view: View) -> _Columns:
        """Return the columns' widths; narrow timelines drop delta and type."""
        total, time = self.size.width, rows.time_width(view.session, self._clock)
        longest_type = max(map(width, view.session.type_counts), default=0)
        delta = 7 if total >= 56 else 0
        kind = min(longest_type, _TYPE_CELLS) + 1 if total >= 48 else 0
        marks, glyph_cells, gaps = 2, 2, 2
        what = total - marks - time - delta - glyph_cells - kind - gaps
        return _Columns(time, delta, kind, max(1, what))


def _find_index(index: int, before: Session, after: Session) -> int:
    """Return the index of an event in a later state of its session, or of one at its time."""
    if not 0 <= index < len(before.events):
        return index
    # The index may have changed, because late events are inserted before it.
    event = before.events[index]
    found = after.find_event(event, index)
    if found is None and event.time_ms is not None:
        found = after.index_at(event.time_ms)
    return index if found is None else found


def _choose_badges(badges: Sequence[Badge], room: int, text_cells: int) -> Sequence[Badge]:
    """Return as many badges, from the last on, as leave enough room for the event's text."""
    kept: list[Badge] = []
    taken = 1
    for badge in reversed(badges):
        taken += width(badge.text) + (len(_BETWEEN) if kept else 0)
        least = max(_LEAST_TEXT_CELLS, room // 3) if kept else _LEAST_WITH_ONE_BADGE
        if taken + min(text_cells, least) > room:
            break
        kept.insert(0, badge)
    return kept
