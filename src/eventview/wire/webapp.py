"""Wire format of the web player, as a browser's developer tools save its answer.

`GET /{project}/sessions/{session}/events` of the web application, which takes no API key, has the
events of the first public API and other lists. An event's raw value is what was sent; an entry of
another list is wrapped in the list's name, its only sign of a type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from eventview.session.events import (
    CRASH,
    CUSTOM,
    ERROR,
    INCIDENT,
    ISSUE,
    REQUEST,
    Crash,
    Custom,
    Error,
    Event,
    Issue,
    Request,
)
from eventview.session.source import Batch
from eventview.session.text import clean
from eventview.wire import v1
from eventview.wire.fields import (
    Entry,
    clean_lines,
    decode_payload,
    parse_number,
    read_as,
    read_frames,
    read_integer,
    round_time,
)

_EVENTS: Final = "events"

_TIMES: Final = ("timestamp", "created_at", "startTime", "start_time", "time")


def is_answer(answer: object) -> bool:
    """Return True if a decoded document is such an answer."""
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(data, Mapping) or "total" in data:
        return False
    events = data.get(_EVENTS)
    return isinstance(events, list) and (bool(events) or any(name in data for name in _LISTS))


def is_list_entry(raw: object) -> bool:
    """Return True if an event's raw value is an entry of another list than the events."""
    if not isinstance(raw, Mapping) or len(raw) != 1:
        return False
    [(name, entry)] = raw.items()
    return name in _LISTS and isinstance(entry, Mapping)


def read_answer(answer: Mapping[str, Any]) -> Batch:
    """Read such an answer: its events and all entries of its other lists."""
    data = answer["data"]
    raws: list[object] = list(data[_EVENTS])
    for name, entries in data.items():
        if name != _EVENTS:
            # A value that is no list is one entry; an empty value is none.
            rows = entries if isinstance(entries, list) else [entries] if entries else []
            raws += [{name: entry} for entry in rows]
    return read_entries(raws)


def read_entries(raws: Sequence[object]) -> Batch:
    """Read the raw values of such an answer's events, in their order."""
    read = v1.read_entries([raw for raw in raws if not is_list_entry(raw)])
    others = iter(read.events)
    events = [_event(raw) if is_list_entry(raw) else next(others) for raw in raws]
    return Batch(events, resolution_ms=read.resolution_ms)


def _event(raw: Any) -> Event:
    [name] = raw
    event_type, read = _LISTS[name]
    return read_as(read, raw, event_type, _time)


def _entry(row: Entry) -> Entry:
    [entry] = row.values()
    return entry  # type: ignore[no-any-return]  # see `is_list_entry`


def _time(row: Entry) -> int:
    entry = _entry(row)
    field = next((field for field in _TIMES if entry.get(field) is not None), _TIMES[0])
    return read_integer(entry, field)


def _text(entry: Entry, *fields: str) -> str:
    """Return the first text in some fields, cleaned; "" for none."""
    found = (entry.get(field) for field in fields)
    return next((clean(text) for text in found if isinstance(text, str) and text), "")


def _payload(entry: Entry) -> object:
    """Return the payload of an entry, decoded where it is JSON in a text."""
    return decode_payload(entry.get("payload", entry.get("properties")))


def _issue(row: Entry) -> Issue:
    entry = _entry(row)
    payload = _payload(entry)
    details = payload if isinstance(payload, Mapping) else {}
    kind = _text(entry, "issueType", "issue_type") or _text(entry, "type")
    return Issue(
        ISSUE,
        _time(row),
        row,
        issue_type=kind,
        context=_text(entry, "contextString", "context_string", "context"),
        label=_text(entry, "label"),
        url=_text(entry, "url"),
        count=parse_number(details.get("Count", details.get("count"))),
        duration_ms=parse_number(details.get("Duration", details.get("duration"))),
        rate_percent=parse_number(details.get("Rate", details.get("rate"))),
    )


def _incident(row: Entry) -> Issue:
    entry = _entry(row)
    return Issue(
        ISSUE,
        _time(row),
        row,
        issue_type=INCIDENT,
        label=_text(entry, "label", "name", "message"),
        url=_text(entry, "url"),
        start_ms=round_time(parse_number(entry.get("startTime"))),
        end_ms=round_time(parse_number(entry.get("endTime"))),
    )


def _error(row: Entry) -> Error:
    entry = _entry(row)
    stack, problem = read_frames(entry)
    return Error(
        ERROR,
        _time(row),
        row,
        source=_text(entry, "source"),
        name=_text(entry, "name"),
        message=_text(entry, "message"),
        frames=stack,
        payload_problem=problem,
    )


def _crash(row: Entry) -> Crash:
    entry = _entry(row)
    return Crash(
        CRASH,
        _time(row),
        row,
        name=_text(entry, "name"),
        reason=_text(entry, "reason", "message"),
        stack=clean_lines(entry.get("stacktrace")),
    )


def _custom(row: Entry) -> Custom:
    entry = _entry(row)
    return Custom(
        CUSTOM, _time(row), row, name=_text(entry, "name", "title"), payload=_payload(entry)
    )


def _request(row: Entry) -> Request:
    entry = _entry(row)
    success = entry.get("success")
    sizes = (entry.get(field) for field in ("transferSize", "encodedBodySize", "decodedBodySize"))
    return Request(
        REQUEST,
        _time(row),
        row,
        method=_text(entry, "method"),
        url=_text(entry, "url", "name"),
        status=parse_number(entry.get("status")),
        is_success=success if isinstance(success, bool) else None,
        size_bytes=next((size for size in map(parse_number, sizes) if size is not None), None),
        duration_ms=parse_number(entry.get("duration")),
        request_body=_text(entry, "request", "requestBody"),
        response_body=_text(entry, "response", "responseBody"),
    )


_LISTS: Final[Mapping[str, tuple[str, Callable[[Entry], Event] | None]]] = {
    "userEvents": (CUSTOM, _custom),
    "customEvents": (CUSTOM, _custom),
    "stackEvents": (CUSTOM, _custom),
    "issues": (ISSUE, _issue),
    "incidents": (ISSUE, _incident),
    "errors": (ERROR, _error),
    "crashes": (CRASH, _crash),
    "resources": (REQUEST, _request),
    "notes": ("NOTE", None),
    "userTesting": ("TEST", None),
}
"""The other lists of the answer, each with the type of its entries and their reader."""
