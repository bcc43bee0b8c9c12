"""Export of a comparison as text in two columns, Markdown for a ticket, or JSON.

`eventview.export.schema` describes the JSON document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from eventview.analysis.signals import SignalKind
from eventview.comparison import labels
from eventview.comparison.diff import Comparison, LoadDifference, PagePair, VisitSlice
from eventview.comparison.labels import Side
from eventview.comparison.steps import Change, ComparedStep, DiffLine
from eventview.export.markup import Markdown, cell_code_span, code_span
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
    for number, page in enumerate(comparison.pages, start=1):
        # The address is from the session that has the page visit.
        sides = labels.format_sides(comparison, page, page.lines[0])
        side = sides[0] if page.first else sides[1]
        yield ""
        yield _MARKUP.heading(2, f"{number:,}. {'' if side is None else code_span(side.text)}")
        yield ""
        yield from _page_lines(comparison, page)


def _page_lines(comparison: Comparison, page: PagePair) -> Iterator[str]:
    notes = labels.describe_page(comparison, page)
    if notes:
        yield " · ".join(map(code_span, notes))
        yield ""
    yield from _MARKUP.table(
        ["", "First", "Second", "What changed"],
        (_cells(comparison, page, line) for line in page.lines),
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
    for page in comparison.pages:
        yield ""
        for line in page.lines:
            notes = [*labels.describe_changes(comparison, page, line)]
            notes += labels.describe_page(comparison, page) if line.is_head else ()
            columns = " | ".join(map(_format_side, labels.format_sides(comparison, page, line)))
            yield f"{labels.SIGNS[line.outcome]} {columns}  {' · '.join(notes)}".rstrip()


def _format_side(side: Side | None) -> str:
    if side is None:
        return " " * _COLUMN_CELLS
    before = f"{side.time} {side.type} " if side.time else side.type and f"{side.type} "
    text, room = side.text, _COLUMN_CELLS - width(before)
    badges = labels.fit_notes(side, room) if side.beside else ""
    # Parts recur, and the width of a part is known faster than that of the whole.
    room -= width(badges) + 1 if badges else 0
    left = room - width(text) - (not badges)
    if left < 0:
        return fit(f"{before}{fit(text, min(room, width(text)))} {badges}", _COLUMN_CELLS)
    return f"{before}{text} {badges}{' ' * left}"


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
    last = len(comparison.pages) - 1
    for number, page in enumerate(comparison.pages):
        yield json_text(_page_record(comparison, page)) + ("," if number < last else "")
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


def _page_record(comparison: Comparison, page: PagePair) -> dict[str, object]:
    views = (comparison.first, comparison.second)
    heads = labels.format_sides(comparison, page, page.lines[0])
    visits = [
        None if part is None or head is None else _visit_record(view.session, part, head, signals)
        for view, part, head, signals in zip(
            views, (page.first, page.second), heads, comparison.only_signals(page), strict=True
        )
    ]
    return {
        "first": visits[0],
        "second": visits[1],
        "notes": list(labels.describe_page(comparison, page)),
        "loads": [
            {
                "metric": load.metric.key,
                "unit": load.metric.unit,
                "first": load.first,
                "second": load.second,
                "first_rating": load.first_rating and load.first_rating.value,
                "second_rating": load.second_rating and load.second_rating.value,
                "differs": load.is_marked,
            }
            for load in page.loads
        ],
        "lines": [
            _line_record(comparison, page, line) for line in page.lines if line.first or line.second
        ],
    }


def _visit_record(
    session: Session, part: VisitSlice, head: Side, signals: Mapping[SignalKind, int]
) -> dict[str, object]:
    return {
        "n": None if part.visit is None else part.visit + 1,
        "page": head.text if part.head is None else labels.format_address(session, part.head),
        "stay_ms": None if part.visit is None else session.stay_ms(part.visit),
        "only_signals": {kind.key: number for kind, number in signals.items()},
    }


def _line_record(comparison: Comparison, page: PagePair, line: DiffLine) -> dict[str, object]:
    sides = labels.format_sides(comparison, page, line)
    return {
        "outcome": line.outcome.value,
        "aspects": [aspect.value for aspect in line.aspects],
        "changes": list(labels.describe_changes(comparison, page, line)),
        "first": _step_record(comparison.first.session, line.first, sides[0], is_head=line.is_head),
        "second": _step_record(
            comparison.second.session, line.second, sides[1], is_head=line.is_head
        ),
    }


def _step_record(
    session: Session, step: ComparedStep | None, side: Side | None, *, is_head: bool
) -> dict[str, object] | None:
    if step is None or side is None:
        return None
    # Programs get the text as sent, not as displayed.
    as_sent = labels.format_address if is_head else labels.label_step
    return {
        "events": [session.number(index) for index in step.events],
        "offset_ms": session.offset_ms(step.index),
        "type": side.type,
        "what": as_sent(session, step.index),
    }


COMPARISON_FORMATS: Mapping[str, Callable[[Comparison], Iterator[str]]] = {
    "text": text_lines,
    "md": markdown_lines,
    "json": comparison_document,
}
"""Formats by their name for `--format`; each yields lines without line ends."""
