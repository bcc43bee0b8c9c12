"""A comparison as JSON, one document; `eventview.export.comparison_schema` describes all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from eventview.analysis.signals import Kind
from eventview.comparison import labels
from eventview.comparison.diff import Comparison, LoadDifference, PagePair, Part
from eventview.comparison.labels import Half
from eventview.comparison.steps import Line, Step
from eventview.session.session import Session
from eventview.session.text import json_text
from eventview.view.view import View

COMPARISON: Final = "eventview-comparison/2"
"""The name and version of what `eventview.export.comparison_schema` describes."""


def document(comparison: Comparison) -> Iterator[str]:
    """One JSON object, a line a page visit."""
    head = {
        "schema": COMPARISON,
        "first": _session(comparison.first),
        "second": _session(comparison.second),
        "cautions": list(labels.cautions(comparison)),
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
    heads = labels.halves(comparison, page, page.lines[0])
    visits = [
        None if part is None or head is None else _visit(view.session, part, head, signals)
        for view, part, head, signals in zip(
            views, (page.first, page.second), heads, comparison.only_signals(page), strict=True
        )
    ]
    return {
        "first": visits[0],
        "second": visits[1],
        "notes": list(labels.notes(comparison, page)),
        "loads": [_load(load) for load in page.loads],
        "lines": [
            _line(comparison, page, line) for line in page.lines if line.first or line.second
        ],
    }


def _visit(
    session: Session, part: Part, head: Half, signals: Mapping[Kind, int]
) -> dict[str, object]:
    return {
        "n": None if part.visit is None else part.visit + 1,
        "page": head.text if part.head is None else labels.page_address(session, part.head),
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
    halves = labels.halves(comparison, page, line)
    return {
        "outcome": line.outcome.value,
        "aspects": [aspect.value for aspect in line.aspects],
        "changes": list(labels.changes(comparison, page, line)),
        "first": _step(comparison.first.session, line.first, halves[0], is_head=line.is_head),
        "second": _step(comparison.second.session, line.second, halves[1], is_head=line.is_head),
    }


def _step(
    session: Session, step: Step | None, half: Half | None, *, is_head: bool
) -> dict[str, object] | None:
    if step is None or half is None:
        return None
    # As sent, unlike what is shown.
    as_sent = labels.page_address if is_head else labels.called
    return {
        "events": [session.number(index) for index in step.events],
        "offset_ms": session.offset_ms(step.index),
        "type": half.type,
        "what": as_sent(session, step.index),
    }
