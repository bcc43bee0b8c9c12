"""Two compared sessions on standard output: as text, as Markdown for a ticket, as JSON.

May import `eventview.model` and `eventview.output.markdown`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal

from typing_extensions import TypedDict

from eventview.model import times, wording
from eventview.model.cells import fit, width
from eventview.model.comparison import words
from eventview.model.comparison.compare import Comparison, LoadDifference, PagePair, Part
from eventview.model.comparison.loads import values as load_values
from eventview.model.comparison.steps import Line, Outcome, Step
from eventview.model.comparison.words import Half
from eventview.model.session import Session
from eventview.model.signals import Kind
from eventview.model.text import json_text
from eventview.model.view import View
from eventview.output.markdown import cell_code, code

_HALF_CELLS: Final = 50
"""Cells of either session's column in the text."""

_OF: Final = ("first", "second")


# --- text


def text(comparison: Comparison) -> Iterator[str]:
    """Two columns and what changed behind them, a line a step, a blank line before each page."""
    for which, view in zip(_OF, (comparison.first, comparison.second), strict=True):
        yield f"{which.capitalize():6}  {_session_words(view)}"
    yield words.counts(comparison, with_same=True)
    yield from words.cautions(comparison)
    for page in comparison.pages:
        yield ""
        for line in page.lines:
            halves = words.halves(comparison, page, line)
            said = [*words.changes(comparison, page, line)]
            said += words.notes(comparison, page) if line.is_head else ()
            columns = " | ".join(_column(half) for half in halves)
            yield f"{words.SIGNS[line.outcome]} {columns}  {' · '.join(said)}".rstrip()


def _column(half: Half | None) -> str:
    """One half in its column."""
    if half is None:
        return " " * _HALF_CELLS
    before = "".join(f"{part} " for part in (half.time, half.type) if part)
    room = _HALF_CELLS - width(before)
    beside = words.fitting(half, room)
    room -= width(beside) + 1 if beside else 0
    return fit(f"{before}{fit(half.text, min(room, width(half.text)))} {beside}", _HALF_CELLS)


def _session_words(view: View) -> str:
    session = view.session
    length = times.span(session.duration_ms, session.resolution_ms)
    parts = (wording.name(session), length, wording.counts(view), wording.pages(session))
    return " · ".join(part for part in parts if part)


# --- Markdown


def markdown(comparison: Comparison) -> Iterator[str]:
    """A heading, the counts, and for each page visit its steps and how its load differs.

    What was entered is not in it, and what a session says stands in code spans only.
    """
    yield "# Two sessions compared"
    yield ""
    for which, view in zip(_OF, (comparison.first, comparison.second), strict=True):
        yield f"- {which.capitalize()}: {code(_session_words(view))}"
    yield f"- {words.counts(comparison, with_same=True)}"
    for caution in words.cautions(comparison):
        yield f"- **Beware:** {code(caution)}"
    yield ""
    signs = (f"`{words.SIGNS[outcome]}` {outcome.value}" for outcome in Outcome)
    yield f"Second against first: {', '.join(signs)}."
    for number, page in enumerate(comparison.pages, start=1):
        yield ""
        yield f"## {number:,}. {_heading(comparison, page)}"
        yield ""
        notes = words.notes(comparison, page)
        if notes:
            yield " · ".join(map(code, notes))
            yield ""
        yield _row("", "First", "Second", "What changed")
        yield _row("---", "---", "---", "---")
        for line in page.lines:
            yield _row(*_cells(comparison, page, line))
        loads = [load for load in page.loads if load.is_marked or load.is_one_sided]
        if loads:
            yield ""
            yield _row("Load", "First", "Second", "")
            yield _row("---", "---:", "---:", "---")
            for load in loads:
                values = load_values(comparison, page, load)
                yield _row(load.metric.name, *values, "`~`" if load.is_marked else "")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _heading(comparison: Comparison, page: PagePair) -> str:
    """A page visit's address, from the session that has it."""
    head = words.halves(comparison, page, page.lines[0])
    shown = head[0] if page.first else head[1]
    return "" if shown is None else code(shown.text)


def _cells(comparison: Comparison, page: PagePair, line: Line) -> Sequence[str]:
    halves = words.halves(comparison, page, line)
    changes = "; ".join(map(cell_code, words.changes(comparison, page, line)))
    return (f"`{words.SIGNS[line.outcome]}`", *map(_cell, halves), changes)


def _cell(half: Half | None) -> str:
    if half is None:
        return ""
    parts = (half.time, *map(cell_code, (half.type, half.text, *half.beside)))
    return " ".join(part for part in parts if part)


# --- JSON

SCHEMA: Final = "eventview-comparison/1"


class SessionRecord(TypedDict):
    """One of the sessions."""

    source: str
    """The project's key, the file's name, demo."""
    session: str
    start_ms: int | None
    """The time of the first event, epoch milliseconds."""
    duration_ms: int
    resolution_ms: int
    """What the times are rounded down to."""
    pages: int
    """Page visits."""
    shown: int
    total: int
    """Events of the session that have come."""
    announced: int | None
    """Events that the server counted."""


class StepRecord(TypedDict):
    """What one session has on a line."""

    events: list[int]
    """The numbers of equal events in a row, counted from 1."""
    offset_ms: int | None
    """When the first of them was, since the session's first event."""
    type: str
    what: str
    """Its label, its page, its request with what was answered; never what was entered."""


class LineRecord(TypedDict):
    """A step of one session, and what the other has in its place."""

    outcome: Literal["same", "added", "missing", "changed"]
    """What the second session is against the first."""
    aspects: list[Literal["address", "load", "label", "status", "count"]]
    """In what both differ, where it is changed."""
    changes: list[str]
    """The same in words."""
    first: StepRecord | None
    second: StepRecord | None


class LoadRecord(TypedDict):
    """A load metric that was measured on at least one side."""

    metric: str
    """What a query calls it."""
    unit: str
    first: int | float | None
    second: int | float | None
    first_rating: Literal["good", "needs work", "poor"] | None
    second_rating: Literal["good", "needs work", "poor"] | None
    differs: bool
    """Whether the rating is another one, or a user notices the difference."""


class VisitRecord(TypedDict):
    """A page visit of one session, or its events of no known page."""

    n: int | None
    """Which page visit it is, counted from 1; null where the page is not known."""
    page: str
    """Its address less its host, or in words why it has none."""
    stay_ms: int | None
    """Until the next page, or to the last event of the session."""
    only_signals: dict[str, int]
    """The signals that the other session has none of on this page, by kind."""


class PageRecord(TypedDict):
    """A page visit of both sessions, or of one."""

    first: VisitRecord | None
    second: VisitRecord | None
    notes: list[str]
    """What there is to say of it in words."""
    loads: list[LoadRecord]
    """Only where both sessions loaded the page."""
    lines: list[LineRecord]
    """That of the page itself first, where it is shown."""


class CountsRecord(TypedDict):
    """How many lines came to what."""

    same: int
    added: int
    missing: int
    changed: int


class Document(TypedDict):
    """Two sessions, compared."""

    schema: Literal["eventview-comparison/1"]
    first: SessionRecord
    second: SessionRecord
    cautions: list[str]
    """What to beware of: what has not come, what is hidden."""
    counts: CountsRecord
    pages: list[PageRecord]


def document(comparison: Comparison) -> Iterator[str]:
    """One JSON object, a line a page visit."""
    head = {
        "schema": SCHEMA,
        "first": _session(comparison.first),
        "second": _session(comparison.second),
        "cautions": list(words.cautions(comparison)),
        "counts": {outcome.value: number for outcome, number in comparison.counts.items()},
    }
    yield json_text(head)[:-1] + ',"pages":['
    last = len(comparison.pages) - 1
    for number, page in enumerate(comparison.pages):
        yield json_text(_page(comparison, page)) + ("," if number < last else "")
    yield "]}"


def _session(view: View) -> dict[str, object]:
    session = view.session
    return {
        "source": session.origin.name,
        "session": session.session_id,
        "start_ms": session.start_ms,
        "duration_ms": session.duration_ms,
        "resolution_ms": session.resolution_ms,
        "pages": len(session.visits),
        "shown": len(view.shown),
        "total": len(session.events),
        "announced": session.total,
    }


def _page(comparison: Comparison, page: PagePair) -> dict[str, object]:
    views = (comparison.first, comparison.second)
    heads = words.halves(comparison, page, page.lines[0])
    visits = [
        None if part is None or head is None else _visit(view.session, part, head.text, signals)
        for view, part, head, signals in zip(
            views, (page.first, page.second), heads, comparison.only_signals(page), strict=True
        )
    ]
    return {
        "first": visits[0],
        "second": visits[1],
        "notes": list(words.notes(comparison, page)),
        "loads": [_load(load) for load in page.loads],
        "lines": [
            _line(comparison, page, line) for line in page.lines if line.first or line.second
        ],
    }


def _visit(
    session: Session, part: Part, address: str, signals: Mapping[Kind, int]
) -> dict[str, object]:
    return {
        "n": None if part.visit is None else part.visit + 1,
        "page": address,
        "stay_ms": None if part.visit is None else session.stay_ms(part.visit),
        "only_signals": {kind.value: number for kind, number in signals.items()},
    }


def _load(load: LoadDifference) -> dict[str, object]:
    return {
        "metric": load.metric.key,
        "unit": load.metric.unit,
        "first": load.first,
        "second": load.second,
        "first_rating": load.first_rating and load.first_rating.value,
        "second_rating": load.second_rating and load.second_rating.value,
        "differs": load.is_marked,
    }


def _line(comparison: Comparison, page: PagePair, line: Line) -> dict[str, object]:
    halves = words.halves(comparison, page, line)
    return {
        "outcome": line.outcome.value,
        "aspects": [aspect.value for aspect in line.aspects],
        "changes": list(words.changes(comparison, page, line)),
        "first": _step(comparison.first.session, line.first, halves[0]),
        "second": _step(comparison.second.session, line.second, halves[1]),
    }


def _step(session: Session, step: Step | None, half: Half | None) -> dict[str, object] | None:
    if step is None or half is None:
        return None
    return {
        "events": [session.number(index) for index in step.events],
        "offset_ms": session.offset_ms(step.index),
        "type": half.type,
        "what": half.text,
    }


FORMATS: Mapping[str, Callable[[Comparison], Iterator[str]]] = {
    "text": text,
    "md": markdown,
    "json": document,
}
"""The formats by the name `--format` takes; each yields lines without their line ends."""
