"""The view as JSON, one document or a record a line.

Every record holds what the timeline shows and, under `raw`, what the server sent, value for
value. Characters that a terminal would act on are written as JSON escapes. May import
`eventview.model`.
"""

from __future__ import annotations

from collections.abc import Iterator

from eventview.model.events import what
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
        "view": view.described(),
        "shown": len(view.rows),
        "total": len(session.events),
        "announced": session.total,
    }
    if view.lens.find:
        head["hits"] = len(view.hits)
    yield json_text(head)[:-1] + ',"events":['
    last = len(view.rows) - 1
    for row, index in enumerate(view.rows):
        yield json_text(_record(view, index)) + ("," if row < last else "")
    yield "]}"


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
    }
    if view.lens.find:
        record["hit"] = view.is_hit(index)
    if event.problem:
        record["problem"] = event.problem
    return record | {"raw": event.raw}
