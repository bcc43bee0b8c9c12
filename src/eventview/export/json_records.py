"""Export of a view as one JSON document or as NDJSON with one record per line.

Each record has the data of the timeline and, under `raw`, the event as sent, value for value;
`eventview.export.schema` describes all of it. Terminal control characters are JSON escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

import msgspec
from msgspec.structs import replace

from eventview.analysis import descriptions
from eventview.analysis.analysis import SEVERITY_ORDER, Analysis, events_shown_at
from eventview.analysis.signals import Signal, SignalKind
from eventview.export.snapshot import ExportSnapshot
from eventview.progress import track
from eventview.query.query import ALL_TYPES, STARTING_TYPES
from eventview.render import summary
from eventview.session.event_text import describe_event_raw
from eventview.session.events import Location, decode_sent
from eventview.session.session import Session
from eventview.session.text import MAX_DEPTH, escape_harmful, json_text, write_json
from eventview.view.view import View

SESSION: Final = "eventview-session/2"
"""Name and version of the JSON format."""

_MANY: Final = 5_000
"""Number of records from which a faster writer is worth its import time."""


def ndjson_lines(snapshot: ExportSnapshot) -> Iterator[str]:
    """Yield NDJSON: one record per line, with facts of the session if some events are left out."""
    view = snapshot.flat().view
    is_whole = len(view.rows) >= max(_total(view.session) or 0, view.session.total or 0)
    return _write_records(view, view.rows, "" if is_whole else _whole_field(view.session))


def json_record(snapshot: ExportSnapshot, index: int) -> str:
    """Return the record of one event."""
    return next(_write_records(snapshot.view, [index], _whole_field(snapshot.view.session)))


def json_lines(snapshot: ExportSnapshot) -> Iterator[str]:
    """Yield the lines of one JSON object: the session, its counts, and one record per line."""
    view = snapshot.flat().view
    if view.options.types == STARTING_TYPES:
        # Performance samples are hidden on the screen by default, but not left out of a document.
        view = view.through(replace(view.options, types=ALL_TYPES))
    session = view.session
    replay, found = snapshot.replay, view.analysis.signals.found
    signals = track(found, "preparing", len(found), "signals")
    head: dict[str, object] = {
        "schema": SESSION,
        "source": session.session_ref.name,
        "session": session.session_id,
        "user": dict(summary.session_attributes(session)).get("user"),
        "replay": None if replay is None else replay._asdict(),
        "start_ms": session.start_ms,
        "duration_ms": session.duration_ms,
        "resolution_ms": session.resolution_ms,
        "pages": len(session.visits),
        "types": session.type_counts,
        "view": replace(snapshot, view=view).described(),
        "shown": len(view.shown),
        "total": max(len(session.events), _total(session) or 0),
        "announced": session.total,
        "gaps": [list(gap) for gap in session.gaps],
        "summary": {
            field.name: f"{field.value} ({field.note})" if field.note else field.value
            for field in summary.summary_fields(view.analysis)
        },
        "signals": [_signal_record(view.analysis, signal) for signal in signals],
    }
    if session.doubled:
        head["doubled"] = session.doubled
    if snapshot.redaction:
        head["redaction"] = snapshot.redaction
    if view.options.find:
        head["hits"] = len(view.hits)
    if view.options.window and view.options.window.at:
        head["at"] = None if view.at is None else session.number(view.at)
    yield json_text(head)[:-1] + ',"events":['
    last = len(view.rows) - 1
    for row, record in enumerate(_write_records(view, view.rows)):
        yield f"{record}," if row < last else record
    yield "]}"


def _total(session: Session) -> int | None:
    """Return the number of events received, also those not in a partial export; None if unknown."""
    return len(session.events) if session.partial_export is None else session.partial_export.total


def _whole_field(session: Session) -> str:
    """Return the JSON field with facts of the session for the records of a part of it."""
    whole = {
        "total": _total(session),
        "announced": session.total,
        "start_ms": session.start_ms,
        "duration_ms": session.duration_ms,
    }
    return f',"whole":{json_text(whole)}'


def _signal_record(analysis: Analysis, signal: Signal) -> dict[str, object]:
    session = analysis.session
    return {
        "kind": signal.kind.key,
        "severity": signal.kind.severity.value,
        "at": session.number(signal.at),
        "events": [session.number(index) for index in signal.events],
        "amount": signal.amount,
        "sentence": descriptions.describe_signal(analysis, signal),
        "rule": descriptions.describe_rule(signal, analysis.rules, session.resolution_ms),
    }


def _write_records(view: View, indexes: Sequence[int], whole: str = "") -> Iterator[str]:
    """Yield the records of some events.

    Records are joined from cached texts, because most parts recur and writing them takes most of
    the time of an export.

    Args:
        view: the exported view.
        indexes: indexes of the events.
        whole: field with facts of the session, from `_whole_field`.
    """
    session, has_find = view.session, bool(view.options.find)
    has_context = any(view.options.reach)
    may_infer, strays = session.resolution_ms > 1, frozenset(session.strays)
    events, visits, delta_ms = session.events, session.visits, session.delta_ms
    start_ms, numbers = session.start_ms, session.numbers
    write_value = json_text if len(view.rows) < _MANY else write_json
    known = lru_cache(maxsize=4096)(json_text)
    kinds = _signal_kinds(view.analysis)
    page, on_page = "null", range(0)
    for index in indexes:
        event = events[index]
        time, delta = event.time_ms, delta_ms(index)
        is_stray = index in strays
        offset = None if time is None or start_ms is None or is_stray else time - start_ms
        # Events are mostly on the page of the one before.
        if index not in on_page:
            number = session.visit_number(index)
            page, on_page = "null", range(0)
            if number is not None:
                on_page = range(visits[number].start, visits[number].end)
                _, path, _ = session.address(on_page.start)
                page = f'{{"n":{number + 1},"path":{known(path)}}}'
        optional, title = "", ""
        if type(event) is Location:
            optional, title = _load_field(view.analysis, index), event.title
        if has_find:
            optional += f',"hit":{"true" if view.is_hit(index) else "false"}'
        if has_context and view.is_around(index):
            optional += ',"context":true'
        if title:
            optional += f',"title":{known(title)}'
        if is_stray:
            optional += ',"stray":true'
        if may_infer and session.is_order_inferred(index):
            optional += ',"order":"inferred"'
        if event.problem:
            optional += f',"problem":{json_text(event.problem)}'
        yield (
            f'{{"n":{numbers[index]},"type":{known(event.type)}'
            f',"timestamp":{"null" if time is None else time}'
            f',"offset_ms":{"null" if offset is None else offset}'
            f',"delta_ms":{"null" if delta is None else delta}'
            f',"page":{page},"what":{known(describe_event_raw(event))}'
            f',"signals":{kinds.get(index, "[]")}{optional}{whole}'
            f',"raw":{_write_sent(event.sent, write_value)}}}'
        )


_ESCAPE: Final = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\[\\/]")
"""Escapes that `json_text` may write otherwise, and a backslash, which escapes no `u` after it."""


def _write_sent(sent: object, write: Callable[[object], str]) -> str:
    """Return an event as sent, on one line.

    A slice of an answer is not decoded: it loses its blanks, its characters are escaped as by
    `json_text`, and its numbers stay as they are spelt. `write` writes any other value.
    """
    if not isinstance(sent, msgspec.Raw):
        return write(sent)
    text = msgspec.json.format(sent, indent=-1).decode()
    # Each level has two brackets.
    if len(text) > 2 * MAX_DEPTH and text.count("{") + text.count("[") > MAX_DEPTH:
        return write(decode_sent(sent))
    if "\\" in text and ("\\u" in text or "\\/" in text):
        text = _ESCAPE.sub(lambda escape: _respell(escape[0]), text)
    return escape_harmful(text)


@lru_cache(maxsize=1024)
def _respell(escape: str) -> str:
    """Return the character of an escape as `json_text` writes it."""
    return json_text(json.loads(f'"{escape}"'))[1:-1]


def _signal_kinds(analysis: Analysis) -> Mapping[int, str]:
    """Return the signal kinds of each event that has any, as JSON, the most severe first."""
    found: dict[int, tuple[SignalKind, ...]] = {}
    for signal in analysis.signals.found:
        kind = (signal.kind,)
        for index in events_shown_at(signal):
            found[index] = found[index] + kind if index in found else kind

    @cache
    def write_kinds(kinds: tuple[SignalKind, ...]) -> str:
        return json_text([kind.key for kind in sorted(kinds, key=SEVERITY_ORDER.__getitem__)])

    return {index: write_kinds(kinds) for index, kinds in found.items()}


def _load_field(analysis: Analysis, index: int) -> str:
    verdict = analysis.verdict(index)
    if verdict is None:
        return ""
    rating = "null" if verdict.rating is None else f'"{verdict.rating.value}"'
    return f',"load":{{"metric":"{verdict.metric.key}","value":{verdict.value},"rating":{rating}}}'
