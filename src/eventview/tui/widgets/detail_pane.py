"""The detail pane: the fields, load and raw data of one event as coloured, wrapped lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from eventview.analysis.analysis import Analysis
from eventview.query.query import Query
from eventview.session.events import Event, Location
from eventview.session.metrics import Rating
from eventview.session.text import clip, fit, json_text, shorten, width, wrap
from eventview.tui.theme import event_style
from eventview.tui.widgets.scrolling import Scrolling
from eventview.view.view import View

if TYPE_CHECKING:
    from eventview.render.event_fields import Field

_NAME_CELLS = 12
"""Cells for a field's name; a section with longer names is laid out as a table."""

_VALUE_LIMIT = 2_000
_RAW_LIMIT = 20_000
"""Characters shown of one value and of the raw JSON; exports are complete."""

_RATING_COLOURS = {
    Rating.GOOD: "$text-success",
    Rating.NEEDS_WORK: "$text-warning",
    Rating.POOR: "$text-error",
}


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
    lines = [
        Content.assemble(
            (fit(title, cells - width(place)), f"bold {event_style(event.type).colour}"),
            (place, "$foreground-muted"),
        )
    ]
    for section in build_sections(view.analysis, index, view.signals_of(index)):
        if section.title == LOAD_TITLE:
            lines.extend(_draw_waterfall(view.analysis, index, cells))
        if section.title:
            lines.append(_draw_rule(section.title, cells))
        is_table = any(width(field.name) >= _NAME_CELLS for field in section.facts)
        format_field = _format_table_row if is_table else _format_field
        for field in section.facts:
            lines.extend(format_field(field, cells, find))
    lines.append(_draw_rule("as sent", cells))
    raw = shorten(json_text(event.raw, indent=2), _RAW_LIMIT)
    for line in raw.split("\n"):
        lines.extend(_highlight(part, "$foreground-muted", find) for part in wrap(line, cells))
    return Content("\n").join(lines)


def _draw_waterfall(analysis: Analysis, index: int, cells: int) -> Iterator[Content]:
    if not isinstance(analysis.session.events[index], Location):
        return
    # Deferred, because it takes 2 ms and the first rows are painted before the detail.
    from eventview.render import waterfall  # noqa: PLC0415

    parts = waterfall.find_timing_spans(analysis.own_load(index), analysis.rules.bands)
    drawn = waterfall.draw_waterfall(parts, cells)
    if drawn:
        yield _draw_rule("from navigation start", cells)
    for line in drawn:
        colour = _RATING_COLOURS[line.rated] if line.rated else "$foreground-muted"
        yield Content.assemble(
            (f"{line.name} ", "$foreground-muted"),
            (f"{line.bar} ", colour),
            line.value,
            (f" {line.rating}" if line.rating else "", colour),
        )


def _draw_rule(title: str, cells: int) -> Content:
    return Content.styled(f"── {title} ".ljust(cells, "─"), "$foreground-muted")


def _format_field(field: Field, cells: int, find: Query) -> Iterator[Content]:
    """Yield a name with its value on the right and its note below."""
    room = max(8, cells - _NAME_CELLS)
    names = (fit(field.name, _NAME_CELLS - 1) + " ", " " * _NAME_CELLS)
    for number, line in enumerate(wrap(shorten(field.value, _VALUE_LIMIT), room)):
        yield Content.assemble(
            (names[min(number, 1)], "$foreground-muted"), _highlight(line, "", find)
        )
    for line in wrap(field.note, room) if field.note else ():
        yield Content.assemble(names[1], (line, "$foreground-muted"))


def _format_table_row(field: Field, cells: int, find: Query) -> Iterator[Content]:
    """Yield a name with its value at the right edge and its note below at full width."""
    if field.name:
        value = clip(field.value, cells - _NAME_CELLS)
        style = "bold" if value[:1].isdigit() else "$foreground-muted"
        if field.rating is not None:
            style = f"bold {_RATING_COLOURS[field.rating]}"
        yield Content.assemble(
            fit(field.name, cells - width(value) - 1) + " ", _highlight(value, style, find)
        )
    else:
        yield from (Content.styled(line, "$foreground-muted") for line in wrap(field.value, cells))
    for line in wrap(field.note, cells - 2) if field.note else ():
        yield Content.styled(f"  {line}", "$foreground-muted")


def _highlight(text: str, style: str, find: Query) -> Content:
    content = Content.styled(text, style)
    for start, end in find.spans(text):
        content = content.stylize("$text on $warning-muted bold", start, end)
    return content


class DetailPane(Scrolling):
    """Scrolling pane with the detail of one event."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[View, int] | None = None
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
        if self._shown is None or cells <= 0:
            self._text.update("")
            return
        self._text.update(format_detail(*self._shown, cells))
