"""The view as JSON, one document or a record a line.

Every record holds what the timeline shows and, under `raw`, what the server sent, value for
value. Characters that a terminal would act on are written as JSON escapes. May import
`eventview.model`.
"""

from __future__ import annotations

from collections.abc import Iterator

from eventview.model import overview, pieces, signal_words
from eventview.model.events import what
from eventview.model.signals import Signal
from eventview.model.text import json_text
from eventview.model.view import View


def lines(view: View) -> Iterator[str]:
    """NDJSON: one record a line, nothing else."""
    for index in view.rows:
        yield json_text(_record(view, index))


def document(view: View) -> Iterator[str]:
    """One JSON object: the session, its counts, and the records, a line each."""
    session = view.session
    head: dict[str, object] = {
        "source": session.origin.name,
        "session": session.session_id,
        "start_ms": session.start_ms,
        "duration_ms": session.duration_ms,
        "pages": len(session.visits),
        "types": session.type_counts,
        "view": pieces.described(view),
        "shown": len(view.shown),
        "total": len(session.events),
        "announced": session.total,
        "summary": {fact.name: _fact(fact.value, fact.note) for fact in overview.facts(session)},
        "signals": [_signal(view, signal) for signal in session.signals.found],
    }
    if view.lens.find:
        head["hits"] = len(view.hits)
    if view.lens.window and view.lens.window.at:
        head["at"] = None if view.at is None else view.at + 1
    yield json_text(head)[:-1] + ',"events":['
    last = len(view.rows) - 1
    for row, index in enumerate(view.rows):
        yield json_text(_record(view, index)) + ("," if row < last else "")
    yield "]}"


def _fact(value: str, note: str) -> str:
    return f"{value} ({note})" if note else value


def _signal(view: View, signal: Signal) -> dict[str, object]:
    session = view.session
    return {
        "kind": signal.kind.value,
        "severity": signal.severity.value,
        "at": signal.at + 1,
        "events": [index + 1 for index in signal.events],
        "amount": signal.amount,
        "sentence": signal_words.sentence(session, signal),
        "rule": signal_words.rule(signal, session.rules),
    }


def _rating(view: View, index: int) -> dict[str, object]:
    judged = view.session.verdict(index)
    if judged is None:
        return {}
    rating = None if judged.rating is None else judged.rating.value
    return {"load": {"metric": judged.metric.key, "value": judged.value, "rating": rating}}


def _record(view: View, index: int) -> dict[str, object]:
    session = view.session
    event = session.events[index]
    number = session.visit_number(index)
    page = session.page(index)
    record: dict[str, object] = {
        "n": index + 1,
        "type": event.type,
        "timestamp": event.time_ms,
        "offset_ms": session.offset_ms(index),
        "delta_ms": session.delta_ms(index),
        "page": None if number is None or page is None else {"n": number + 1, "path": page.path},
        "what": what(event),
        "signals": [signal.kind.value for signal in session.signals.of(index)],
    }
    record |= _rating(view, index)
    if view.lens.find:
        record["hit"] = view.is_hit(index)
    if event.problem:
        record["problem"] = event.problem
    return record | {"raw": event.raw}
