"""The view as JSON, one document or a record a line.

Every record holds what the timeline shows and, under `raw`, what the server sent, value for value;
`eventview.export.schema` describes all of it. Characters that a terminal would act on are written
as JSON escapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import SEVERITY_ORDER, Signal, SignalKind, about
from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import ALL_TYPES, STARTING_TYPES
from eventview.render import summary
from eventview.session.events import Location, what_sent
from eventview.session.session import Session
from eventview.session.text import fast_json_writer, json_text
from eventview.view.view import View

SESSION: Final = "eventview-session/2"
"""The name and version of what `eventview.export.schema` describes."""

_MANY: Final = 5_000
"""Records from which a faster writer makes up for the time it takes to import it."""


def lines(snapshot: ExportSnapshot) -> Iterator[str]:
    """NDJSON: one record a line, nothing else; those of a part of a session tell of the whole."""
    view = snapshot.flat().view
    is_whole = len(view.rows) >= max(_total(view.session) or 0, view.session.total or 0)
    return map(_writer(view, "" if is_whole else _told_of_whole(view.session)), view.rows)


def record(snapshot: ExportSnapshot, index: int) -> str:
    """The record of one event."""
    return _writer(snapshot.view, _told_of_whole(snapshot.view.session))(index)


def document(snapshot: ExportSnapshot) -> Iterator[str]:
    """One JSON object: the session, its counts, and the records, a line each."""
    view = _whole(snapshot.flat().view)
    session = view.session
    replay = snapshot.replay
    head: dict[str, object] = {
        "schema": SESSION,
        "source": session.session_ref.name,
        "session": session.session_id,
        "user": dict(summary.told(session)).get("user"),
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
            fact.name: _fact(fact.value, fact.note) for fact in summary.facts(view.analysis)
        },
        "signals": [_signal(view.analysis, signal) for signal in view.analysis.signals.found],
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
    write, last = _writer(view), len(view.rows) - 1
    for row, index in enumerate(view.rows):
        yield write(index) + ("," if row < last else "")
    yield "]}"


def _total(session: Session) -> int | None:
    """The number of events of a session that have come, here or not; None where not known."""
    return len(session.events) if session.partial_export is None else session.partial_export.total


def _told_of_whole(session: Session) -> str:
    """The field of JSON by which each record of a part tells of the session."""
    told = {
        "total": _total(session),
        "announced": session.total,
        "start_ms": session.start_ms,
        "duration_ms": session.duration_ms,
    }
    return f',"whole":{json_text(told)}'


def _whole(view: View) -> View:
    """The view with the samples that start hidden: unless types are chosen, nothing is left out."""
    if view.options.types != STARTING_TYPES:
        return view
    return view.through(replace(view.options, types=ALL_TYPES))


def _fact(value: str, note: str) -> str:
    return f"{value} ({note})" if note else value


def _signal(analysis: Analysis, signal: Signal) -> dict[str, object]:
    session = analysis.session
    return {
        "kind": signal.kind.value,
        "severity": signal.severity.value,
        "at": session.number(signal.at),
        "events": [session.number(index) for index in signal.events],
        "amount": signal.amount,
        "sentence": descriptions.sentence(analysis, signal),
        "rule": descriptions.rule(signal, analysis.rules, session.resolution_ms),
    }


def _writer(view: View, whole: str = "") -> Callable[[int], str]:
    """Writes the record of an event.

    `whole` is what each says of its session, as `_told_of_whole` has it.

    Put together from texts rather than written as one dictionary: of 100,000 events most parts are
    those of another, and this is what takes longest of an export.
    """
    session, has_find = view.session, bool(view.options.find)
    has_context = any(view.options.reach)
    may_infer, strays = session.resolution_ms > 1, frozenset(session.strays)
    events, visits, deltas_ms = session.events, session.visits, session.deltas_ms
    start_ms, numbers = session.start_ms, session.numbers
    write = fast_json_writer() if len(view.rows) >= _MANY else json_text
    known = lru_cache(maxsize=4096)(json_text)
    kinds = _kinds(view.analysis)

    # Rows come in order: the next is most often of the same page.
    @lru_cache(maxsize=1)
    def page(number: int | None) -> str:
        if number is None:
            return "null"
        _, path, _ = session.address(visits[number].start)
        return f'{{"n":{number + 1},"path":{known(path)}}}'

    def written(index: int) -> str:
        event = events[index]
        time, delta = event.time_ms, deltas_ms[index]
        offset = None if time is None or start_ms is None else time - start_ms
        if index in strays:
            offset = None
        further = _load(view.analysis, index) if isinstance(event, Location) else ""
        if has_find:
            further += f',"hit":{"true" if view.is_hit(index) else "false"}'
        if has_context and view.is_around(index):
            further += ',"context":true'
        if isinstance(event, Location) and event.title:
            further += f',"title":{known(event.title)}'
        if index in strays:
            further += ',"stray":true'
        if may_infer and session.is_order_inferred(index):
            further += ',"order":"inferred"'
        if event.problem:
            further += f',"problem":{json_text(event.problem)}'
        return (
            f'{{"n":{numbers[index]},"type":{known(event.type)}'
            f',"timestamp":{"null" if time is None else time}'
            f',"offset_ms":{"null" if offset is None else offset}'
            f',"delta_ms":{"null" if delta is None else delta}'
            f',"page":{page(session.visit_number(index))},"what":{known(what_sent(event))}'
            f',"signals":{kinds.get(index, "[]")}{further}{whole},"raw":{write(event.raw)}}}'
        )

    return written


def _kinds(analysis: Analysis) -> Mapping[int, str]:
    """The kinds of signal of each event that has any, as JSON, the gravest first."""
    found: dict[int, tuple[SignalKind, ...]] = {}
    for signal in analysis.signals.found:
        kind = (signal.kind,)
        for index in about(signal):
            found[index] = found[index] + kind if index in found else kind

    @cache
    def written(kinds: tuple[SignalKind, ...]) -> str:
        return json_text([kind.value for kind in sorted(kinds, key=SEVERITY_ORDER.__getitem__)])

    return {index: written(kinds) for index, kinds in found.items()}


def _load(analysis: Analysis, index: int) -> str:
    judged = analysis.verdict(index)
    if judged is None:
        return ""
    rating = "null" if judged.rating is None else f'"{judged.rating.value}"'
    return f',"load":{{"metric":"{judged.metric.key}","value":{judged.value},"rating":{rating}}}'
