"""The timeline: one line an event, painted on demand, so that its size costs nothing."""

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
from eventview.session.width import fit, fit_right, width
from eventview.tui import commands
from eventview.tui.theme import event_style
from eventview.tui.widgets.row_list import RowList
from eventview.view.folds import find_visit_row
from eventview.view.time_display import SINCE_START, TimeDisplay, TimeMode
from eventview.view.view import SilenceLine, View

_TYPE_CELLS = 11
"""The longest type that is not cut; PERFORMANCE, of the types OpenReplay has."""

_HEAD_TYPE_CELLS = 100
"""Cells of a timeline from which the head of a page visit has room for its type in words; below
that its glyph and its looks say it."""

_LEAST_WHAT_CELLS, _LEAST_BESIDE_ONE = 18, 8
"""What is left of an event's text for what stands at the right edge of its row, and for the
gravest of that alone."""

_CURSOR, _HIT, _AROUND, _MARK, _ZERO, _FOLDED = "▸", "•", "·", "*", "0", "+"
_BETWEEN = " · "

_TONES = {
    BadgeStyle.BACKGROUND: "time",
    BadgeStyle.GOOD: "good",
    BadgeStyle.NEEDS_WORK: "needs-work",
    BadgeStyle.POOR: "poor",
    BadgeStyle.SEVERE: "poor",
    BadgeStyle.NOTABLE: "needs-work",
}


class _Columns(NamedTuple):
    """How many cells each column has; 0 leaves it out."""

    time: int
    delta: int
    type: int
    what: int
    """And what stands at the right edge."""

    @classmethod
    def within(cls, total: int, *, time: int, longest_type: int) -> _Columns:
        """Give each column its share; in narrow places the least telling go first."""
        delta = 7 if total >= 56 else 0
        kind = longest_type + 1 if total >= 48 else 0
        marks, glyph_cells, gaps = 2, 2, 2
        what = total - marks - time - delta - glyph_cells - kind - gaps
        return cls(time, delta, kind, max(1, what))


class Timeline(RowList):
    """The rows of a view, with a cursor on one of them, and lines between them for silences.

    The cursor is on an event rather than on a row: while the event is hidden or folded away, the
    nearest row stands in for it, and when it is shown again the cursor is where it was.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings(commands.MOVING, commands.VISITS, commands.FOLDS),
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
        """Another event is lit, or none."""

        index: int | None

    @dataclass
    class FoldAsked(Message):
        """The user asked to fold or unfold what is under the cursor, or everything."""

        is_to_fold: bool
        is_everything: bool = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._view: View | None = None
        self._clock = SINCE_START
        self._marks: frozenset[int] = frozenset()
        self._at = -1
        """Index of the cursor's event; -1 until there is a row."""
        self.is_untouched = True
        """Nothing has put the cursor anywhere: it is where it began."""
        self._peeked: tuple[int, int] | None = None
        """The event that is lit for a while, and the line of the screen to go back to."""
        self._painted: dict[tuple[int, bool], Strip] = {}

    @property
    def rows(self) -> Sequence[int]:
        """Indexes of the events that have a row."""
        return self._view.rows if self._view else ()

    @property
    def number_of_rows(self) -> int:
        """How many rows there are."""
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
    def lit_row(self) -> int:
        """The cursor's row or, during a peek, that of the event peeked at; -1 without rows."""
        at = self._at if self._peeked is None else self._peeked[0]
        return self._view.row_of(at) if self._view else -1

    @property
    def lit_index(self) -> int | None:
        """The index of the event on that row; None without rows."""
        return self.rows[self.lit_row] if self.rows else None

    @property
    def _line(self) -> int:
        """The line of that row, counted from 0."""
        return self._view.line_of(self.lit_row) if self._view else -1

    def lines_of(self, row: int) -> range:
        """The line that a row stands on, counted from 0."""
        line = self._view.line_of(row) if self._view else -1
        return range(line, line + 1)

    def show(self, view: View, clock: TimeDisplay, marks: frozenset[int] = frozenset()) -> None:
        """Show a view. The cursor stays on its event, and the event on its line of the screen."""
        line = self._line - self.scroll_offset.y
        if self._at < 0 and view.rows:
            self._at = view.rows[0]
        elif self._view and self._view.session is not view.session:
            before = self._view.session
            self._at = _place(self._at, before, view.session)
            if self._peeked:
                self._peeked = (_place(self._peeked[0], before, view.session), self._peeked[1])
        self._view, self._clock, self._marks = view, clock, marks
        self._painted.clear()
        self.virtual_size = Size(0, max(1, view.number_of_lines))
        self.scroll_lines(self._line - line)
        self.keep_in_sight()
        self.refresh()

    def forget(self) -> None:
        """Begin at the start of whatever is shown next."""
        self._view, self._at, self._peeked, self.is_untouched = None, -1, None, True
        self._painted.clear()

    def settle(self) -> None:
        """Let the event that stands in for a hidden one be the cursor's own."""
        if self.index is not None:
            self._at, self._peeked = self.index, None

    def go_to(self, index: int) -> None:
        """Put the cursor on an event, or on the nearest one shown."""
        before, line = self.lit_row, self._line
        self._at, self._peeked, self.is_untouched = index, None, False
        self._moved_from(before, line)

    def peek(self, index: int | None) -> None:
        """Light another event and have it in sight; None goes back to the cursor."""
        before, line = self.lit_row, self._line
        if index is not None:
            kept = line - self.scroll_offset.y if self._peeked is None else self._peeked[1]
            self._peeked = (index, kept)
        elif self._peeked is not None:
            kept, self._peeked = self._peeked[1], None
            self.scroll_lines(self._line - kept)
        self._moved_from(before, line)

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest there is."""
        if self.rows:
            self.go_to(self.rows[min(max(row, 0), len(self.rows) - 1)])

    def _moved_from(self, before: int, line: int) -> None:
        if self.lit_row != before:
            self.refresh_line(line)
            self.refresh_line(self._line)
            self.post_message(self.Moved(self.lit_index))
        self.keep_in_sight()

    def row_at(self, line: int) -> int:
        """The row on a line, or the one that a line between rows stands before."""
        found = self._view.at_line(line) if self._view else line
        return found.row if isinstance(found, SilenceLine) else found

    def action_next_visit(self) -> None:
        """To the next page visit."""
        self._go_by_visit(1)

    def action_previous_visit(self) -> None:
        """To the start of this page visit or, from there, to the previous one."""
        self._go_by_visit(-1)

    def _go_by_visit(self, step: int) -> None:
        if self._view:
            self.go_to_row(find_visit_row(self._view, self.row, step))

    def action_fold(self) -> None:
        """Fold the run of clicks or the page visit under the cursor."""
        self.post_message(self.FoldAsked(is_to_fold=True))

    def action_unfold(self) -> None:
        """Unfold what is under the cursor."""
        self.post_message(self.FoldAsked(is_to_fold=False))

    def action_fold_all(self) -> None:
        """Fold every page visit."""
        self.post_message(self.FoldAsked(is_to_fold=True, is_everything=True))

    def action_unfold_all(self) -> None:
        """Unfold every page visit."""
        self.post_message(self.FoldAsked(is_to_fold=False, is_everything=True))

    def on_resize(self) -> None:
        """Keep the cursor visible in the new size."""
        self._painted.clear()
        self.keep_in_sight()

    def notify_style_update(self) -> None:
        """Forget what was painted in the styles of before."""
        self._painted.clear()
        super().notify_style_update()

    # --- painting

    def render_line(self, y: int) -> Strip:
        """Paint one line of the window; called by Textual for the lines it needs."""
        line = y + self.scroll_offset.y
        view = self._view
        if view is None or line >= view.number_of_lines:
            return self._blank() if y or self.rows or not view else self._nothing(view)
        found = view.at_line(line)
        key = (line, found == self.lit_row)
        strip = self._painted.get(key)
        if strip is None:
            if len(self._painted) > 8 * self.size.height:
                self._painted.clear()
            if isinstance(found, SilenceLine):
                strip = self._silence(view, found.signal)
            else:
                strip = self._paint(view, found, at_cursor=key[1])
            self._painted[key] = strip
        return strip

    def _blank(self) -> Strip:
        return Strip.blank(self.size.width, self.rich_style)

    def _nothing(self, view: View) -> Strip:
        """What stands in the first line when no event is shown."""
        if not view.session.events:
            return self._blank()
        ways = "& changes the filter, 0 shows all types, Esc takes one back."
        text = fit(f"  {rows.counts(view)}. {ways}", self.size.width)
        return Strip([Segment(text, self.get_component_rich_style("timeline--time"))])

    def _silence(self, view: View, signal: Signal) -> Strip:
        columns = self._columns(view)
        indent = " " * (2 + columns.time + columns.delta + 1)
        text = f"{indent}┄┄ {descriptions.silence(view.session, signal)} ┄┄"
        style = self.get_component_rich_style("timeline--time")
        return Strip([Segment(fit(text, self.size.width), style)])

    def _paint(self, view: View, row: int, *, at_cursor: bool) -> Strip:
        index = self.rows[row]
        event = view.session.events[index]
        cells = rows.shown_row(view, index, self._clock)
        time = rows.moment(view.session, index, self._clock, is_short=True)
        columns = self._columns(view)
        is_head = isinstance(event, Location)
        looks = _Looks(at_cursor=at_cursor, is_head=is_head, is_around=view.is_around(index))
        quiet, plain = self._style("time", looks), self._style("what", looks)
        kind = self._style(event_style(event.type).name, looks)
        what = self._style("page" if is_head else "what", looks)
        find = view.options.find if view.is_hit(index) else None
        glyph = _FOLDED if view.is_folded(index) else event_style(event.type).glyph
        type_cells = columns.type
        if is_head and self.size.width < _HEAD_TYPE_CELLS:
            type_cells = 0
        room = columns.what + columns.type - type_cells
        badges = _fitting(cells.badges, room, width(cells.what))
        aside_cells = sum(width(aside.text) for aside in badges)
        aside_cells += len(_BETWEEN) * max(0, len(badges) - 1)
        segments = [
            Segment(f"{_CURSOR if at_cursor else ' '}{self._sign(view, index)}", kind),
            Segment(fit_right(time, columns.time), plain),
            Segment(fit_right(cells.delta, columns.delta) + " ", quiet),
            Segment(f"{glyph} ", kind),
            *self._marked(fit(cells.type, type_cells), kind, find),
            *self._marked(fit(cells.what, room - aside_cells - bool(badges)), what, find),
        ]
        for number, aside in enumerate(badges):
            segments.append(Segment(_BETWEEN if number else " ", quiet))
            segments.append(Segment(aside.text, self._style(_TONES[aside.tone], looks)))
        return Strip(segments).adjust_cell_length(self.size.width, what)

    def _sign(self, view: View, index: int) -> str:
        """What the second cell of a row says of its event."""
        if index in self._marks:
            return _MARK
        if self._clock.mode is TimeMode.SINCE_ZERO and self._clock.zero == index:
            return _ZERO
        if view.has_hit(index):
            return _HIT
        return _AROUND if view.is_around(index) else " "

    def _marked(self, text: str, style: Style, find: Query | None) -> Iterator[Segment]:
        """The text with the terms of the find standing out."""
        done = 0
        for start, end in find.spans(text) if find else ():
            yield Segment(text[done:start], style)
            yield Segment(text[start:end], style + self.get_component_rich_style("timeline--hit"))
            done = end
        yield Segment(text[done:], style)

    def _style(self, name: str, looks: _Looks) -> Style:
        style = self.get_component_rich_style(f"timeline--{name}")
        if looks.is_around:
            around = self.get_component_rich_style("timeline--around")
            style += Style(color=around.color, italic=True)
        if looks.is_head:
            style += self.get_component_rich_style("timeline--head", partial=True)
        if looks.at_cursor:
            style += self.get_component_rich_style("timeline--cursor", partial=True)
        return style

    def _columns(self, view: View) -> _Columns:
        time = rows.time_cells(view.session, self._clock)
        longest = max(map(width, view.session.type_counts), default=0)
        return _Columns.within(self.size.width, time=time, longest_type=min(longest, _TYPE_CELLS))


def _place(index: int, before: Session, after: Session) -> int:
    """The index of an event in a later state of its session, or of what is there at its time."""
    if not 0 <= index < len(before.events):
        return index
    # Events that come late may stand before it.
    event = before.events[index]
    place = after.place_of(event, index)
    if place is None and event.time_ms is not None:
        place = after.index_at(event.time_ms)
    return index if place is None else place


class _Looks(NamedTuple):
    """What a row's colours depend on, beside its event."""

    at_cursor: bool
    is_head: bool
    is_around: bool


def _fitting(badges: Sequence[Badge], room: int, what_cells: int) -> Sequence[Badge]:
    """As many as leave the event's text its room, the last of them first."""
    kept: list[Badge] = []
    taken = 1
    for aside in reversed(badges):
        taken += width(aside.text) + (len(_BETWEEN) if kept else 0)
        least = max(_LEAST_WHAT_CELLS, room // 3) if kept else _LEAST_BESIDE_ONE
        if taken + min(what_cells, least) > room:
            break
        kept.insert(0, aside)
    return kept
