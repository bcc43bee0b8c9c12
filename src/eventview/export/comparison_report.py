"""Export of a comparison as text in two columns, Markdown for a ticket, or JSON.

`eventview.export.schema` describes the JSON document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from eventview.analysis.signals import SignalKind
from eventview.comparison import labels
from eventview.comparison.diff import Comparison, LoadDifference, PagePair, VisitSlice
from eventview.comparison.labels import Side
from eventview.comparison.steps import Change, ComparedStep, DiffLine
from eventview.export.markup import Markdown, cell_code_span, code_span
from eventview.progress import track
from eventview.session.events import Location, type_of
from eventview.session.metrics import Number
from eventview.session.session import Session
from eventview.session.text import fit, json_text, width
from eventview.view.view import View

COMPARISON: Final = "eventview-comparison/2"
"""Name and version of the JSON format."""

_MARKUP: Final = Markdown()

_COLUMN_CELLS: Final = 50
"""Width of each session's column in text, in cells."""


def markdown_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a heading, the counts, and for each page visit its steps and load differences.

    Entered values are left out; all foreign text is in code spans.
    """
    yield _MARKUP.heading(1, "Two sessions compared")
    yield ""
    sessions = labels.describe_sessions(comparison)
    yield from _MARKUP.items(f"{which}: {code_span(text)}" for which, text in sessions)
    yield from _MARKUP.items([labels.summarize(comparison, with_same=True)])
    beware, cautions = _MARKUP.strong("Beware:"), labels.list_cautions(comparison)
    yield from _MARKUP.items(f"{beware} {code_span(caution)}" for caution in cautions)
    yield ""
    signs = (f"{_sign(outcome)} {outcome.value}" for outcome in Change)
    yield f"Second against first: {', '.join(signs)}."
    lines = _track_lines(comparison)
    for number, page in enumerate(comparison.pages, start=1):
        # The address is from the session that has the page visit.
        sides = labels.format_sides(comparison, page, page.lines[0])
        side = sides[0] if page.first else sides[1]
        yield ""
        yield _MARKUP.heading(2, f"{number:,}. {'' if side is None else code_span(side.text)}")
        yield ""
        yield from _page_lines(comparison, page, islice(lines, len(page.lines)))


def _track_lines(comparison: Comparison) -> Iterator[DiffLine]:
    """Return the lines of all pages, which report the progress of writing them."""
    return iter(track(comparison.lines, "writing", len(comparison.lines), "lines"))


def _page_lines(comparison: Comparison, page: PagePair, lines: Iterable[DiffLine]) -> Iterator[str]:
    notes = labels.describe_page(comparison, page)
    if notes:
        yield " · ".join(map(code_span, notes))
        yield ""
    yield from _MARKUP.table(
        ["", "First", "Second", "What changed"],
        (_cells(comparison, page, line) for line in lines),
    )
    loads = [load for load in page.loads if load.is_marked or None in {load.first, load.second}]
    if loads:
        yield ""
        yield from _MARKUP.table(
            ["Load", "First", "Second", ""],
            (_figures(comparison, page, load) for load in loads),
            figures={1, 2},
        )


def _sign(outcome: Change) -> str:
    return cell_code_span(labels.SIGNS[outcome])


def _cells(comparison: Comparison, page: PagePair, line: DiffLine) -> Sequence[str]:
    sides = labels.format_sides(comparison, page, line)
    changes = "; ".join(map(cell_code_span, labels.describe_changes(comparison, page, line)))
    return (_sign(line.outcome), *map(_side_cell, sides), changes)


def _side_cell(side: Side | None) -> str:
    if side is None:
        return ""
    parts = (side.time, *map(cell_code_span, (side.type, side.text, *side.beside)))
    return " ".join(part for part in parts if part)


def _figures(comparison: Comparison, page: PagePair, load: LoadDifference) -> Sequence[str]:
    mark = _sign(Change.CHANGED) if load.is_marked else ""
    return (load.metric.name, *labels.format_load_values(comparison, page, load), mark)


def text_lines(comparison: Comparison) -> Iterator[str]:
    """Yield two columns and the changes, one line per step, a blank line before each page."""
    for which, text in labels.describe_sessions(comparison):
        yield f"{which:6}  {text}"
    yield labels.summarize(comparison, with_same=True)
    yield from labels.list_cautions(comparison)
    lines = _track_lines(comparison)
    for page in comparison.pages:
        yield ""
        for line in islice(lines, len(page.lines)):
            first, second = labels.format_sides(comparison, page, line)
            columns = f"{_format_side(first)} | {_format_side(second)}"
            notes = labels.describe_changes(comparison, page, line)
            if line.is_head:
                notes = (*notes, *labels.describe_page(comparison, page))
            yield f"{labels.SIGNS[line.outcome]} {columns}  {' · '.join(notes)}".rstrip()


def _format_side(side: Side | None) -> str:
    if side is None:
        return " " * _COLUMN_CELLS
    return side.time + _fit_behind_time(len(side.time), side.type, side.text, side.beside)


# Sessions repeat their events, at other times.
@lru_cache(maxsize=4096)
def _fit_behind_time(cells: int, event_type: str, text: str, beside: tuple[str, ...]) -> str:
    """Return what follows a time, each of whose characters takes one cell, in a side's column."""
    before = f"{'0' * cells} {event_type} " if cells else event_type and f"{event_type} "
    room = _COLUMN_CELLS - width(before)
    badges = labels.fit_notes(Side("", event_type, text, beside), room) if beside else ""
    # Parts recur, and the width of a part is known faster than that of the whole.
    room -= width(badges) + 1 if badges else 0
    left = room - width(text) - (not badges)
    if left < 0:
        column = fit(f"{before}{fit(text, min(room, width(text)))} {badges}", _COLUMN_CELLS)
    else:
        column = f"{before}{text} {badges}{' ' * left}"
    return column[cells:]


def comparison_document(comparison: Comparison) -> Iterator[str]:
    """Yield the lines of one JSON object, with one page visit per line."""
    head = {
        "schema": COMPARISON,
        "first": _session_record(comparison.first),
        "second": _session_record(comparison.second),
        "cautions": list(labels.list_cautions(comparison)),
        "counts": {outcome.value: number for outcome, number in comparison.counts.items()},
    }
    yield json_text(head)[:-1] + ',"pages":['
    last, lines = len(comparison.pages) - 1, _track_lines(comparison)
    for number, page in enumerate(comparison.pages):
        yield _write_page(comparison, page, islice(lines, len(page.lines))) + (
            "," if number < last else ""
        )
    yield "]}"


def _session_record(view: View) -> dict[str, object]:
    session = view.session
    return {
        "source": session.session_ref.name,
        "session": session.session_id,
        "start_ms": session.start_ms,
        "duration_ms": session.duration_ms,
        "resolution_ms": session.resolution_ms,
        "pages": len(session.visits),
        "shown": len(view.shown),
        "total": len(session.events),
        "announced": session.total,
    }


def _write_page(comparison: Comparison, page: PagePair, lines: Iterable[DiffLine]) -> str:
    views = (comparison.first, comparison.second)
    heads = labels.format_sides(comparison, page, page.lines[0])
    visits = [
        None if part is None or head is None else _visit_record(view.session, part, head, signals)
        for view, part, head, signals in zip(
            views, (page.first, page.second), heads, comparison.only_signals(page), strict=True
        )
    ]
    head = {
        "first": visits[0],
        "second": visits[1],
        "notes": labels.describe_page(comparison, page),
    }
    loads = ",".join(map(_write_load, page.loads))
    written = ",".join(
        _write_line(comparison, page, line) for line in lines if line.first or line.second
    )
    return f'{json_text(head)[:-1]},"loads":[{loads}],"lines":[{written}]}}'


def _visit_record(
    session: Session, part: VisitSlice, head: Side, signals: Mapping[SignalKind, int]
) -> dict[str, object]:
    return {
        "n": None if part.visit is None else part.visit + 1,
        "page": head.text if part.head is None else labels.format_address(session, part.head),
        "stay_ms": None if part.visit is None else session.stay_ms(part.visit),
        "only_signals": {kind.key: number for kind, number in signals.items()},
    }


def _write_load(load: LoadDifference) -> str:
    metric = load.metric
    first = "null" if load.first_rating is None else f'"{load.first_rating.value}"'
    second = "null" if load.second_rating is None else f'"{load.second_rating.value}"'
    return (
        f'{{"metric":"{metric.key}","unit":"{metric.unit}","first":{_write_value(load.first)}'
        f',"second":{_write_value(load.second)},"first_rating":{first},"second_rating":{second}'
        f',"differs":{"true" if load.is_marked else "false"}}}'
    )


def _write_value(value: Number | None) -> str:
    return str(value) if type(value) is int else json_text(value)


def _write_line(comparison: Comparison, page: PagePair, line: DiffLine) -> str:
    changes = labels.describe_changes(comparison, page, line)
    aspects = ",".join(f'"{aspect.value}"' for aspect in line.aspects)
    first = _write_step(comparison.first.session, line.first, is_head=line.is_head)
    second = _write_step(comparison.second.session, line.second, is_head=line.is_head)
    return (
        f'{{"outcome":"{line.outcome.value}","aspects":[{aspects}]'
        f',"changes":{json_text(changes) if changes else "[]"},"first":{first},"second":{second}}}'
    )


def _write_step(session: Session, step: ComparedStep | None, *, is_head: bool) -> str:
    if step is None:
        return "null"
    index = step.index
    event_type = type_of(Location) if is_head else session.events[index].type
    # Programs get the text as sent, not as displayed.
    as_sent = labels.format_address if is_head else labels.label_step
    offset = session.offset_ms(index)
    return (
        f'{{"events":[{",".join(map(str, map(session.number, step.events)))}]'
        f',"offset_ms":{"null" if offset is None else offset}'
        f',"type":{_write_text(event_type)},"what":{_write_text(as_sent(session, index))}}}'
    )


# Sessions repeat their events, and writing such texts takes most of the time.
_write_text = lru_cache(maxsize=4096)(json_text)


COMPARISON_FORMATS: Mapping[str, Callable[[Comparison], Iterator[str]]] = {
    "text": text_lines,
    "md": markdown_lines,
    "json": comparison_document,
}
"""Formats by their name for `--format`; each yields lines without line ends."""
