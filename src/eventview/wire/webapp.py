"""Wire format of the web player, as a browser's developer tools save its answer.

`GET /{project}/sessions/{session}/events` of the web application, which takes no API key, has the
events of the first public API and other lists. An event's raw value is what was sent; an entry of
another list is wrapped in the list's name, its only sign of a type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from eventview.session.events import (
    INCIDENT,
    Crash,
    Custom,
    Error,
    Event,
    Issue,
    Request,
    decode_sent,
)
from eventview.session.source import Batch
from eventview.session.text import clean
from eventview.wire import v1
from eventview.wire.fields import (
    UNSET,
    clean_lines,
    decode_payload,
    keep,
    parse_number,
    read_flag,
    read_time,
)
from eventview.wire.readers import ERROR_REST, NO_REST, Converters, Rest, TypeReader, read_time_of

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
    if isinstance(raw, msgspec.Raw):
        if not re.match(_LIST_ENTRY, bytes(raw)):
            return False
        raw = decode_sent(raw)
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


def _read_text(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


_CONVERTERS: Final[Converters] = {
    "text": _read_text,
    "number": parse_number,
    "status": parse_number,
    "time": lambda value: read_time(parse_number(value)),
    "flag": read_flag,
    "lines": clean_lines,
}
"""No release documents these lists, so that a value of another type is none."""


def _finish_custom(fields: dict[str, Any], values: Sequence[Any]) -> None:
    payload, properties = values
    fields["payload"] = _decode_payload(payload, properties)


def _decode_payload(payload: object, properties: object) -> object:
    return decode_payload(properties if payload is UNSET else payload)


def _finish_issue(fields: dict[str, Any], values: Sequence[Any]) -> None:
    payload = _decode_payload(*values)
    details = payload if isinstance(payload, Mapping) else {}
    for field, name in (("count", "Count"), ("duration_ms", "Duration"), ("rate_percent", "Rate")):
        fields[field] = parse_number(details.get(name, details.get(name.lower())))


def _finish_incident(fields: dict[str, Any], values: Sequence[Any]) -> None:
    fields["label"] = next(filter(None, (fields["label"], *values)), "")
    fields |= {"issue_type": INCIDENT, "context": ""}


_PAYLOAD: Final = (("payload", keep), ("properties", keep))
_CUSTOM: Final = (Custom, Rest(_PAYLOAD, _finish_custom))
_NAMES: Final = (("name", _read_text), ("message", _read_text))
_LISTS: Final[Mapping[str, tuple[type[Event], Rest] | str]] = {
    "userEvents": _CUSTOM,
    "customEvents": _CUSTOM,
    "stackEvents": _CUSTOM,
    "issues": (Issue, Rest(_PAYLOAD, _finish_issue)),
    "incidents": (Issue, Rest(_NAMES, _finish_incident)),
    "errors": (Error, ERROR_REST),
    "crashes": (Crash, NO_REST),
    "resources": (Request, NO_REST),
    "notes": "NOTE",
    "userTesting": "TEST",
}
"""The other lists of the answer, with the class of their entries, or the type of those without."""


_LIST_ENTRY: Final = rb'\{\s*"(%s)"' % "|".join(_LISTS).encode()
"""The beginning of such an entry as JSON."""


@cache
def _reader(name: str) -> TypeReader | str:
    found = _LISTS[name]
    if isinstance(found, str):
        return found
    return TypeReader(found[0], "web", _CONVERTERS, found[1])


def _event(raw: Any) -> Event:
    [(name, entry)] = raw.items()
    reader = _reader(name)
    field = next((field for field in _TIMES if entry.get(field) is not None), _TIMES[0])
    time_ms, problems = read_time_of(field, entry.get(field))
    if isinstance(reader, str):
        return Event(reader, time_ms, raw)
    values = [entry.get(each, UNSET) for each, _ in reader.values]
    return reader.read(values, time_ms, raw, problems)
