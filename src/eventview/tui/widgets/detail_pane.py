"""The detail pane: the fields, load and raw data of one event as coloured, wrapped lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from textual.content import Content
from textual.widgets import Static

from eventview.analysis.analysis import Analysis
from eventview.session.events import Event, Location
from eventview.session.text import fit, json_text, shorten, width, wrap
from eventview.tui.theme import event_style
from eventview.tui.widgets.scrolling import Scrolling
from eventview.tui.widgets.sections import (
    MUTED,
    RATING_COLOURS,
    draw_section,
    draw_title,
    highlight,
)
from eventview.view.view import View

_RAW_LIMIT: Final = 20_000
"""Characters shown of the raw JSON; exports are complete."""


def format_detail(view: View, index: int, cells: int) -> Content:
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
    for line in raw.split("\n"):
        lines.extend(highlight(part, MUTED, find) for part in wrap(line, cells))
    return Content("\n").join(lines)


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


class DetailPane(Scrolling):
    """Scrolling pane with the detail of one event."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[View, int] | None = None
        self._drawn: tuple[View, int, int] | None = None
        """View, event and width in cells of the text."""
        self._event: Event | None = None
        self._text = Static(markup=False)

    def compose(self) -> Iterator[Static]:
        """Yield the text as one widget."""
        yield self._text

    def show(self, view: View, index: int | None) -> None:
        """Show an event from its top, or keep the scroll position for the same event."""
        event = None if index is None else view.session.events[index]
        is_same = event is not None and event == self._event
        self._event = event
        self._shown = None if index is None else (view, index)
        self._update_text()
        if not is_same:
            self.scroll_home(animate=False)

    def forget(self) -> None:
        """Start at the top with the next event, even if it is the same."""
        self._event = None

    def on_resize(self) -> None:
        """Wrap the lines again."""
        self._update_text()

    def _update_text(self) -> None:
        cells = self.scrollable_content_region.width - 1
        drawn = (*self._shown, cells) if self._shown and cells > 0 else None
        # The text of an event in a view never changes.
        if drawn != self._drawn:
            self._drawn = drawn
            self._text.update(format_detail(*drawn) if drawn else "")
