"""The detail pane: the fields, load and raw data of one event as coloured, wrapped lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import ClassVar, Final

from rich.segment import Segment
from textual.binding import BindingType
from textual.content import Content
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style

from eventview.analysis.analysis import Analysis
from eventview.session.events import Event, Location
from eventview.session.text import fit, json_text, shorten, width
from eventview.tui import commands
from eventview.tui.theme import event_style
from eventview.tui.widgets.scrolling import LineView, ScrollingActions
from eventview.tui.widgets.sections import (
    MUTED,
    RATING_COLOURS,
    draw_lines,
    draw_section,
    draw_title,
)
from eventview.view.view import View

_RAW_LIMIT: Final = 20_000
"""Characters shown of the raw JSON; exports are complete."""


def format_detail(view: View, index: int, cells: int) -> Sequence[Content]:
    """Return the detail of an event in lines of so many cells."""
    # Deferred, because it takes 4 ms and the first rows are painted before the detail.
    from eventview.render.details import LOAD_TITLE, build_sections  # noqa: PLC0415

    session = view.session
    event = session.events[index]
    find = view.options.find
    total = len(session.events) if session.partial_export is None else session.total or 0
    place = f"#{session.number(index):,} of {total:,}"
    title = f"{event_style(event.type).glyph} {event.type}"
    style = f"bold {event_style(event.type).colour}"
    lines = [Content.assemble((fit(title, cells - width(place)), style), (place, MUTED))]
    for section in build_sections(view.analysis, index, view.signals_of(index)):
        if section.title == LOAD_TITLE:
            lines.extend(_draw_waterfall(view.analysis, index, cells))
        lines.extend(draw_section(section, cells, find))
    lines.append(draw_title("as sent", cells))
    raw = shorten(json_text(event.raw, indent=2), _RAW_LIMIT)
    return [*lines, *draw_lines(raw.split("\n"), cells, MUTED, find)]


def _draw_waterfall(analysis: Analysis, index: int, cells: int) -> Iterator[Content]:
    if not isinstance(analysis.session.events[index], Location):
        return
    # Deferred, because it takes 2 ms and the first rows are painted before the detail.
    from eventview.render import waterfall  # noqa: PLC0415

    parts = waterfall.find_timing_spans(analysis.own_load(index), analysis.rules.bands)
    drawn = waterfall.draw_waterfall(parts, cells)
    if drawn:
        yield draw_title("from navigation start", cells)
    for line in drawn:
        colour = RATING_COLOURS[line.rated] if line.rated else MUTED
        rating = f" {line.rating}" if line.rating else ""
        yield Content.assemble(
            (f"{line.name} ", MUTED), (f"{line.bar} ", colour), line.value, (rating, colour)
        )


class DetailPane(LineView, ScrollingActions):
    """Scrolling pane with the detail of one event, painted line by line."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.make_bindings(commands.MOVING)]

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[View, int] | None = None
        self._drawn: tuple[View, int, int] | None = None
        """View, event and width in cells of the lines."""
        self._event: Event | None = None
        self._lines: Sequence[Content] = ()
        self._painted: dict[int, Strip] = {}
        """Lines painted so far, by their number."""

    def notify_style_update(self) -> None:
        """Drop lines painted in the previous styles."""
        self._painted.clear()
        super().notify_style_update()

    def show(self, view: View, index: int | None) -> None:
        """Show an event from its top, or keep the scroll position for the same event."""
        event = None if index is None else view.session.events[index]
        is_same = event is not None and event == self._event
        self._event = event
        self._shown = None if index is None else (view, index)
        self._update_lines()
        if not is_same:
            self.scroll_home(animate=False)

    def forget(self) -> None:
        """Start at the top with the next event, even if it is the same."""
        self._event = None

    def on_resize(self) -> None:
        """Wrap the lines again."""
        self._painted.clear()
        self._update_lines()

    def _update_lines(self) -> None:
        cells = self.scrollable_content_region.width - 1
        drawn = (*self._shown, cells) if self._shown and cells > 0 else None
        # The lines of an event in a view never change.
        if drawn != self._drawn:
            self._drawn = drawn
            before, self._lines = self._lines, format_detail(*drawn) if drawn else ()
            changed = [
                number
                for number, (old, new) in enumerate(zip_longest(before, self._lines))
                if old is None or new is None or not old.is_same(new)
            ]
            for number in changed:
                self._painted.pop(number, None)
            # As one region, because each takes a twentieth of a line's time to be painted.
            if changed:
                self.refresh_lines(changed[0], changed[-1] - changed[0] + 1)
        # At least the window's height, which leaves the scrollbar blank but in its place: to show
        # and hide it would lay out the whole screen.
        self.set_number_of_lines(max(len(self._lines), self.container_size.height))

    # --- painting

    def render_line(self, y: int) -> Strip:
        """Paint one line of the window; called by Textual for the lines it needs."""
        number = y + self.scroll_offset.y
        if number >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._painted.get(number)
        if strip is None:
            strip = self._painted[number] = self._paint(number)
        return strip

    def _paint(self, number: int) -> Strip:
        line, selection = self._lines[number], self.text_selection
        span = None if selection is None else selection.get_span(number)
        if span is not None:
            start, end = span
            style = Style.from_styles(self.screen.get_component_styles("screen--selection"))
            line = line.stylize(style, start, len(line) if end < 0 else end)
        segments, offset, base = list[Segment](), 0, self.visual_style
        for text, style in line.render(base, "", self.app.stylesheet.parse_style):
            # The offset is what Textual finds a selected text by.
            segments.append(Segment(text, (base + style).rich_style_with_offset(offset, number)))
            offset += len(text)
        return Strip(segments)

    # --- selection with the mouse

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """Return the selected text, and the text to end it with."""
        return selection.extract("\n".join(line.plain for line in self._lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint the selection."""
        self._painted.clear()
        super().selection_updated(selection)
