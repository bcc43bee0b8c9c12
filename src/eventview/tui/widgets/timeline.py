"""The timeline: one line per event, painted on demand, so that its size costs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.reactive import var
from textual.strip import Strip

from eventview.analysis import descriptions
from eventview.analysis.signals import Signal
from eventview.query.query import Query
from eventview.render import rows
from eventview.render.rows import Badge, BadgeStyle
from eventview.session.events import Location
from eventview.session.text import fit, fit_right, width
from eventview.tui import commands
from eventview.tui.state import NO_SESSION, SessionState
from eventview.tui.theme import event_style
from eventview.tui.widgets.bars import StateChange
from eventview.tui.widgets.scrolling import RowList
from eventview.view.time_display import TimeMode
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

_TIME, _TEXT, _PAGE = "$foreground-muted", "$foreground", "bold $foreground-lighten-2"
_BADGE_STYLES = {
    BadgeStyle.BACKGROUND: _TIME,
    BadgeStyle.GOOD: "$text-success",
    BadgeStyle.NEEDS_WORK: "$text-warning",
    BadgeStyle.POOR: "bold $text-error",
    BadgeStyle.SEVERE: "bold $text-error",
    BadgeStyle.NOTABLE: "$text-warning",
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
    """Rows of a view with a cursor, and lines between them for silences."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.make_bindings(commands.MOVING, commands.VISITS, commands.FOLDS),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"timeline--cursor", "timeline--hit"}

    state: var[SessionState] = var(NO_SESSION)
    """State on the screen, with the events that have come."""

    _offset_before_peek = 0
    """The cursor's line in the window before an event was peeked at."""

    @property
    def number_of_rows(self) -> int:
        """Number of rows."""
        return len(self.state.view.rows)

    @property
    def row(self) -> int:
        """The cursor's row, counted from 0; -1 without rows."""
        return self.state.row

    @property
    def highlighted_row(self) -> int:
        """The cursor's row, or the row of the event peeked at; -1 without rows."""
        return self.state.highlighted_row

    def lines_of(self, row: int) -> range:
        """Return the line of a row, counted from 0."""
        line = self.state.view.line_of(row)
        return range(line, line + 1)

    def go_to_row(self, row: int) -> None:
        """Ask for the cursor on a row, or on the nearest one."""
        self.action_change("go_to_row", [row])

    def action_change(self, method: str, arguments: Sequence[object] = ()) -> None:
        """Ask for a change of the state."""
        self.post_message(StateChange(method, arguments))

    def action_walk_visits(self, step: int) -> None:
        """Ask for the cursor on the next page visit, or the previous for -1."""
        self.action_change("walk_visits", [step])

    def watch_state(self, before: SessionState, state: SessionState) -> None:
        """Repaint the lines that differ and keep the cursor visible."""
        line = before.view.line_of(before.highlighted_row)
        if state.view is not before.view:
            self._show_view(before, state, line - self.scroll_offset.y)
        elif state.times != before.times:
            self._painted.clear()
            self.refresh()
        else:
            for index in state.marks ^ before.marks:
                marked = state.view.line_of(state.view.row_of(index))
                self._painted.pop((marked, False), None)
                self._painted.pop((marked, True), None)
                self.refresh_line(marked)
            if state.highlighted_row != before.highlighted_row:
                self.refresh_line(line)
                self.refresh_line(state.view.line_of(state.highlighted_row))
        if before.peeked is not None and state.peeked != before.peeked:
            # The next hit is looked for from where the cursor was before the find was typed.
            row = state.view.row_of(before.cursor)
            self.scroll_line_to_top(state.view.line_of(row) - self._offset_before_peek)
        elif before.peeked is None and state.peeked is not None:
            self._offset_before_peek = line - self.scroll_offset.y
        self.keep_visible()

    def _show_view(self, before: SessionState, state: SessionState, offset: int) -> None:
        """Show another view, with the highlighted event of before on its line of the window."""
        view, row = state.view, state.highlighted_row
        if before.session is view.session and before.highlighted_index is not None:
            highlighted = before.cursor if before.peeked is None else before.peeked
            row = view.row_of(highlighted)
        self._painted.clear()
        self.set_number_of_lines(max(1, view.number_of_lines))
        self.scroll_line_to_top(view.line_of(row) - offset)
        self.refresh()

    def row_at(self, line: int) -> int:
        """Return the row of a line, or the row after a line between rows."""
        found = self.state.view.at_line(line)
        return found.row if isinstance(found, SilenceLine) else found

    def on_resize(self) -> None:
        """Keep the cursor visible in the new size."""
        self._painted.clear()
        self.keep_visible()

    # --- painting

    def render_line(self, y: int) -> Strip:
        """Paint one line of the window; called by Textual for the lines it needs."""
        line = y + self.scroll_offset.y
        view = self.state.view
        if line >= view.number_of_lines:
            return self._paint_blank() if y or view.rows else self._paint_empty(view)
        found = view.at_line(line)
        key = (line, found == self.state.highlighted_row)
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
        return Strip([Segment(text, self.style(_TIME))])

    def _paint_silence(self, view: View, signal: Signal) -> Strip:
        columns = self._columns(view)
        indent = " " * (2 + columns.time + columns.delta + 1)
        text = f"{indent}┄┄ {descriptions.describe_silence(view.session, signal)} ┄┄"
        style = self.style(_TIME)
        return Strip([Segment(fit(text, self.size.width), style)])

    def _paint(self, view: View, row: int, *, at_cursor: bool) -> Strip:
        index = view.rows[row]
        event = view.session.events[index]
        cells = rows.build_view_row(view, index, self.state.times)
        time = rows.format_time(view.session, index, self.state.times, is_short=True)
        columns = self._columns(view)
        is_head = isinstance(event, Location)
        state = _RowState(at_cursor=at_cursor, is_head=is_head, is_around=view.is_around(index))
        muted, plain = self._style(_TIME, state), self._style(_TEXT, state)
        kind = self._style(event_style(event.type).colour, state)
        what = self._style(_PAGE if is_head else _TEXT, state)
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
        if index in self.state.marks:
            return _MARK
        if self.state.times.mode is TimeMode.SINCE_ZERO and self.state.times.zero == index:
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

    def _style(self, markup: str, state: _RowState) -> Style:
        style = self.style(markup)
        if state.is_around:
            style += Style(color=self.style(_TIME).color, italic=True)
        if state.is_head:
            style += Style(bgcolor=self.style("on $surface").bgcolor)
        if state.at_cursor:
            style += self.get_component_rich_style("timeline--cursor", partial=True)
        return style

    def _columns(self, view: View) -> _Columns:
        """Return the columns' widths; narrow timelines drop delta and type."""
        total, time = self.size.width, rows.time_width(view.session, self.state.times)
        longest_type = max(map(width, view.session.type_counts), default=0)
        delta = 7 if total >= 56 else 0
        kind = min(longest_type, _TYPE_CELLS) + 1 if total >= 48 else 0
        marks, glyph_cells, gaps = 2, 2, 2
        what = total - marks - time - delta - glyph_cells - kind - gaps
        return _Columns(time, delta, kind, max(1, what))


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
