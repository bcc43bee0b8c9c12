"""Fields and sections of fields as coloured lines, wrapped to a width in cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from textual.content import Content

from eventview.query.query import NO_QUERY, Query
from eventview.session.metrics import Rating
from eventview.session.text import clip, fit, shorten, width, wrap

if TYPE_CHECKING:
    from eventview.render.event_fields import Field, Section

MUTED: Final = "$foreground-muted"

RATING_COLOURS: Final = {
    Rating.GOOD: "$text-success",
    Rating.NEEDS_WORK: "$text-warning",
    Rating.POOR: "$text-error",
}

_NAME_CELLS: Final = 12
_LEAST_CELLS: Final = 8
"""Least width of a value beside its name, in cells; less would tear it apart."""

_VALUE_LIMIT: Final = 2_000
"""Characters shown of one value; exports are complete."""


def draw_field(
    field: Field,
    cells: int,
    *,
    name_cells: int = _NAME_CELLS,
    styles: tuple[str, str, str] = (MUTED, "", MUTED),
    find: Query = NO_QUERY,
) -> Sequence[Content]:
    """Return a name with its value on the right and its note below.

    A name that its column is too narrow for is a line of its own.

    Args:
        field: the field.
        cells: width of the lines.
        name_cells: width of the column of names.
        styles: styles of name, value and note.
        find: a find whose hits in the value are marked.
    """
    name_style, value_style, note_style = styles
    name, room = field.name, max(_LEAST_CELLS, cells - name_cells)
    lines = []
    if width(name) >= name_cells:
        lines.append(Content.styled(name, name_style))
        name = ""
    for line in wrap(shorten(field.value, _VALUE_LIMIT), room):
        label = (fit(name, name_cells), name_style)
        lines.append(Content.assemble(label, highlight(line, value_style, find)))
        name, name_style = "", note_style
    notes = wrap(field.note, room) if field.note else ()
    return [*lines, *(Content.assemble(" " * name_cells, (note, note_style)) for note in notes)]


def draw_section(section: Section, cells: int, find: Query) -> Sequence[Content]:
    """Return the title and the fields of a section; as a table if a name is long."""
    lines = [draw_title(section.title, cells)] if section.title else []
    is_table = max((width(field.name) for field in section.facts), default=0) >= _NAME_CELLS
    for field in section.facts:
        lines += (_draw_row if is_table else draw_field)(field, cells, find=find)
    return lines


def draw_lines(
    texts: Iterable[str], cells: int, style: str, find: Query = NO_QUERY
) -> Sequence[Content]:
    """Return texts as lines of at most so many cells, with what a find hits in them marked."""
    return [highlight(line, style, find) for text in texts for line in wrap(text, cells)]


def draw_title(title: str, cells: int) -> Content:
    """Return the title of a section as a line over the whole width."""
    return Content.styled(f"── {title} ".ljust(cells, "─"), MUTED)


def _draw_row(field: Field, cells: int, *, find: Query) -> Sequence[Content]:
    """Return a name with its value at the right edge and its note below at full width."""
    if field.name:
        value = clip(field.value, cells - _NAME_CELLS)
        style = "bold" if value[:1].isdigit() else MUTED
        if field.rating is not None:
            style = f"bold {RATING_COLOURS[field.rating]}"
        name = fit(field.name, cells - width(value) - 1)
        lines = [Content.assemble(f"{name} ", highlight(value, style, find))]
    else:
        lines = [*draw_lines([field.value], cells, MUTED)]
    notes = wrap(field.note, cells - 2) if field.note else ()
    return [*lines, *(Content.styled(f"  {note}", MUTED) for note in notes)]


def highlight(text: str, style: str, find: Query) -> Content:
    """Return a text in a style, with what a find hits in it marked."""
    content = Content.styled(text, style)
    for start, end in find.spans(text) if find.terms else ():
        content = content.stylize("$text on $warning-muted bold", start, end)
    return content
