"""The detail pane: all there is to know about the event under the cursor.

The words of the detail pane, in their colours, broken into lines.

A module of its own so that the first rows are on the screen before it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content
from textual.widgets import Static

from eventview.analysis.analysis import Analysis
from eventview.query.query import Query
from eventview.render import waterfall
from eventview.render.details import LOAD_TITLE, Field, Section, sections
from eventview.session.events import Event, Location
from eventview.session.text import json_text, shorten
from eventview.session.values import Rating
from eventview.session.width import clip, fit, width, wrap
from eventview.tui.theme import event_style
from eventview.tui.widgets.scrolling import Scrolling
from eventview.view.view import View

_NAME_CELLS = 12
"""Room for the name of a fact; a section with longer names is set as a table."""

_VALUE_LIMIT = 2_000
_RAW_LIMIT = 20_000
"""Characters that a pane shows of one value and of the raw JSON; exports have all of it."""


_RATING_COLOURS = {
    Rating.GOOD: "$text-success",
    Rating.NEEDS_WORK: "$text-warning",
    Rating.POOR: "$text-error",
}


def content(view: View, index: int, cells: int) -> Content:
    """All there is to know about an event, in lines of so many cells."""
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
    for section in sections(view.analysis, index, view.signals_of(index)):
        if section.title == LOAD_TITLE:
            lines.extend(_picture(view.analysis, index, cells))
        lines.extend(_section(section, cells, find))
    lines.append(_rule("as sent", cells))
    raw = shorten(json_text(event.raw, indent=2), _RAW_LIMIT)
    for line in raw.split("\n"):
        lines.extend(_marked(chip, "$foreground-muted", find) for chip in wrap(line, cells))
    return Content("\n").join(lines)


def _picture(analysis: Analysis, index: int, cells: int) -> Iterator[Content]:
    """A page load as a waterfall."""
    event = analysis.session.events[index]
    if not isinstance(event, Location):
        return
    parts = waterfall.spans(analysis.own_load(index), analysis.rules.bands)
    drawn = waterfall.lines(parts, cells)
    if drawn:
        yield _rule("from navigation start", cells)
    for line in drawn:
        colour = _RATING_COLOURS[line.rated] if line.rated else "$foreground-muted"
        yield Content.assemble(
            (f"{line.name} ", "$foreground-muted"),
            (f"{line.bar} ", colour),
            line.value,
            (f" {line.rating}" if line.rating else "", colour),
        )


def _rule(title: str, cells: int) -> Content:
    return Content.styled(f"── {title} ".ljust(cells, "─"), "$foreground-muted")


def _section(section: Section, cells: int, find: Query) -> Iterator[Content]:
    if section.title:
        yield _rule(section.title, cells)
    is_table = any(width(fact.name) >= _NAME_CELLS for fact in section.facts)
    for fact in section.facts:
        yield from _measure(fact, cells, find) if is_table else _fact(fact, cells, find)


def _fact(fact: Field, cells: int, find: Query) -> Iterator[Content]:
    """A name, its value beside it and its note below."""
    room = max(8, cells - _NAME_CELLS)
    names = (fit(fact.name, _NAME_CELLS - 1) + " ", " " * _NAME_CELLS)
    for number, line in enumerate(wrap(shorten(fact.value, _VALUE_LIMIT), room)):
        yield Content.assemble(
            (names[min(number, 1)], "$foreground-muted"), _marked(line, "", find)
        )
    for line in wrap(fact.note, room) if fact.note else ():
        yield Content.assemble(names[1], (line, "$foreground-muted"))


def _measure(fact: Field, cells: int, find: Query) -> Iterator[Content]:
    """A long name, its value at the right edge, its note over the whole width below."""
    if fact.name:
        value = clip(fact.value, cells - _NAME_CELLS)
        style = "bold" if value[:1].isdigit() else "$foreground-muted"
        if fact.rating is not None:
            style = f"bold {_RATING_COLOURS[fact.rating]}"
        yield Content.assemble(
            fit(fact.name, cells - width(value) - 1) + " ", _marked(value, style, find)
        )
    else:
        yield from (Content.styled(line, "$foreground-muted") for line in wrap(fact.value, cells))
    for line in wrap(fact.note, cells - 2) if fact.note else ():
        yield Content.styled(f"  {line}", "$foreground-muted")


def _marked(text: str, style: str, find: Query) -> Content:
    content = Content.styled(text, style)
    for start, end in find.spans(text):
        content = content.stylize("$text on $warning-muted bold", start, end)
    return content


class DetailPane(Scrolling):
    """Shows one event of a view; scrolls."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._shown: tuple[View, int] | None = None
        self._event: Event | None = None
        self._text = Static(markup=False)

    def compose(self) -> Iterator[Static]:
        """The text, in one piece."""
        yield self._text

    def show(self, view: View, index: int | None) -> None:
        """Show an event from its top; the same event again stays scrolled where it is."""
        same = self._event is not None and index is not None
        same = same and self._event == view.session.events[index or 0]
        self._event = None if index is None else view.session.events[index]
        self._shown = None if index is None else (view, index)
        self._write()
        if not same:
            self.scroll_home(animate=False)

    def forget(self) -> None:
        """Begin at the top of whatever is shown next."""
        self._event = None

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._write()

    def _write(self) -> None:
        cells = self.scrollable_content_region.width - 1
        if self._shown is None or cells <= 0:
            self._text.update("")
            return
        view, index = self._shown
        # Here, because the first rows need not wait for the words of the detail.

        self._text.update(content(view, index, cells))
