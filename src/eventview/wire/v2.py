"""Wire format of the second public API: releases from 1.27, and OpenReplay's cloud.

It reads the rows of `POST /public/{project}/sessions/{session}/events`. The server HTML-escapes all
strings and keys; they are unescaped here, once, so that an event's raw value is what was stored. A
property that is null, empty or 0 is not sent, so an absent number may be 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from eventview.session.events import (
    EVENT_CLASSES,
    Click,
    Custom,
    Error,
    Event,
    Input,
    Issue,
    Location,
    Performance,
    Range,
    Request,
    fields_of,
)
from eventview.session.metrics import (
    CATALOGUE,
    SERVER_WAIT,
    TTFB,
    VITALS,
    Number,
    build_load,
    pack_load,
)
from eventview.session.text import clean, decode_json, unescape_entities
from eventview.session.urls import split_url
from eventview.wire.fields import (
    UNSET,
    decode_payload,
    keep,
    parse_number,
    read_number,
    read_number_or_digits,
    read_string,
    read_vitals,
    shape_error,
)
from eventview.wire.readers import (
    ERROR_REST,
    NO_REST,
    STRICT,
    Converters,
    Rest,
    TypeReader,
    WireReader,
)

RESOLUTION_MS: Final = 1000
"""The server stores whole seconds."""


class EventsPage(NamedTuple):
    """One answer of the events endpoint."""

    rows: Sequence[object]
    """The rows, unescaped; slices of the answer, or decoded."""
    total: int
    """The number of events in the requested span; 0 on a page past the end."""


def read_page(answer: object) -> EventsPage:
    """Read a decoded answer `{"data": {"total": …, "events": […]}}`.

    Raises:
        InvalidDataError: the answer has another shape.
    """
    data = answer.get("data") if isinstance(answer, Mapping) else None
    rows, total = None, None
    if isinstance(data, Mapping):
        rows, total = data.get("events", ()), data.get("total")
        rows = [] if rows is None else rows
    if not isinstance(rows, list) or type(total) is not int:
        raise shape_error(answer, '{"data": {"total": …, "events": [...]}}')
    unescaped = [row if isinstance(row, msgspec.Raw) else unescape_strings(row) for row in rows]
    return EventsPage(unescaped, max(total, len(rows)))


def unescape_strings(value: Any) -> Any:
    """Return a decoded JSON value whose strings and keys are HTML-unescaped once."""
    if isinstance(value, str):
        return unescape_entities(value) if "&" in value else value
    if isinstance(value, dict):
        return {unescape_entities(key): unescape_strings(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unescape_strings(inner) for inner in value]
    return value


def read_event(row: object) -> Event:
    """Read one unescaped row; a value of the wrong type costs its field."""
    return read_events([row])[0]


def read_events(rows: Sequence[object]) -> list[Event]:
    """Read unescaped rows; a value of the wrong type costs its field."""
    return _reader().read_all(rows)


_CONVERTERS: Final[Converters] = {
    **STRICT,
    **dict.fromkeys(("number", "status"), read_number_or_digits),
    "payload": decode_payload,
}
"""A server may send a number as its digits."""

_TIMINGS: Final = {
    metric.field: metric.wire.v2
    for metric in CATALOGUE
    if not metric.wire.vital and metric is not SERVER_WAIT
}
"""The property of each field of `LoadMetrics`, except those that `_load` reads on their own."""

_VITALS: Final = {metric.field: metric.wire for metric in VITALS if metric is not TTFB}


def _read_first_byte(value: object) -> Any:
    return value if isinstance(value, str) else read_number(value)


_LOCATION: Final = [
    ("url", read_string),
    ("row.$current_url", read_string),
    ("url_host", read_string),
    ("url_path", read_string),
    (TTFB.wire.v2, _read_first_byte),
    ("web_vitals", read_vitals),
    *((name, read_number_or_digits) for name in _TIMINGS.values()),
    *((wire.v2, read_number_or_digits) for wire in _VITALS.values()),
]


def _finish_location(fields: dict[str, Any], values: Sequence[Any]) -> None:
    url, current_url, host, path, first_byte, (reported, problem), *figures = values
    address = split_url(url or current_url)
    measured: dict[str, Number | None] = dict(zip((*_TIMINGS, *_VITALS), figures, strict=True))
    for field, wire in _VITALS.items():
        if measured[field] is None:
            measured[field] = reported.get(wire.vital)
    # Text is the browser's own TTFB in place of the server's figure, which is a number.
    is_replaced = isinstance(first_byte, str)
    if is_replaced:
        measured["time_to_first_byte_ms"] = parse_number(first_byte)
        if measured["time_to_first_byte_ms"] is None:
            problem = problem or f"ttfb: {clean(first_byte)}"
    else:
        measured["server_wait_ms"] = first_byte
        measured["time_to_first_byte_ms"] = reported.get(TTFB.wire.vital)
    fields |= {
        "host": address.host or host,
        "path": address.path or path,
        "query": address.query,
        "packed_load": pack_load(build_load(measured)),
        "vitals_problem": problem,
        "zeros_are_absent": True,
        "unavailable": frozenset({"server_wait_ms"}) if is_replaced else frozenset(),
    }


def _in_ms(seconds: Number | None) -> Number | None:
    # 0 means no duration, or less than half a second.
    return seconds * 1000 if seconds else None


def _finish_input(fields: dict[str, Any], _values: Sequence[Any]) -> None:
    fields |= {"duration_ms": _in_ms(fields["duration_ms"]), "duration_step_ms": RESOLUTION_MS}


def _finish_request(fields: dict[str, Any], values: Sequence[Any]) -> None:
    status, seconds = values
    if fields["duration_ms"] is None:
        # Only a mobile app sends milliseconds; a page's request has the row's whole seconds.
        fields |= {"duration_ms": _in_ms(seconds), "duration_step_ms": RESOLUTION_MS}
    if (status is UNSET or status is None) and fields["is_success"]:
        # The server sends no zeros, and judges every status under 400 a success.
        fields["status"] = 0


_RANGES: Final = {
    field: info.v2 for field, info in fields_of(Performance).items() if info.role == "range"
}


def _finish_performance(fields: dict[str, Any], values: Sequence[Any]) -> None:
    for place, field in enumerate(_RANGES):
        fields[field] = Range(*values[3 * place : 3 * place + 3])


def _finish_issue(fields: dict[str, Any], values: Sequence[Any]) -> None:
    [payload] = values
    sent = decode_json(payload) if isinstance(payload, str) and payload else {}
    details = sent if isinstance(sent, dict) else {}
    fields |= {
        "count": parse_number(details.get("Count")),
        "duration_ms": parse_number(details.get("Duration")),
        "rate_percent": parse_number(details.get("Rate")),
        "payload_problem": "" if isinstance(sent, dict) else clean(str(payload)),
    }


def _finish_page_custom(fields: dict[str, Any], values: Sequence[Any]) -> None:
    """Complete an event that a page reported through `tracker.event()`."""
    fields["name"], payload = values
    if isinstance(payload, dict) and payload.keys() == {"payload"}:
        # The server stores a payload that is no object in this form.
        inner = payload["payload"]
        decoded = decode_payload(inner)
        # A text such as "5" or "null" stays a text.
        payload = payload if decoded is inner else decoded
    fields["payload"] = None if payload is UNSET else payload


@cache
def _reader() -> WireReader:
    ranges = [
        (f"{part}_{name}", read_number_or_digits)
        for name in _RANGES.values()
        for part in ("min", "avg", "max")
    ]
    rests = {
        Location: Rest(_LOCATION, _finish_location),
        Click: Rest(
            [(name, read_number_or_digits) for name in fields_of(Click)["position"].v2 or ()]
        ),
        Input: Rest((), _finish_input),
        Error: ERROR_REST,
        Request: Rest([("status", keep), ("row.$duration_s", read_number)], _finish_request),
        Performance: Rest(ranges, _finish_performance),
        Issue: Rest([("payload", keep)], _finish_issue),
    }
    page_custom = Rest(
        [("row.$event_name", read_string), ("row.properties", keep)], _finish_page_custom
    )
    return WireReader(
        [
            TypeReader(event_class, "v2", _CONVERTERS, rests.get(event_class, NO_REST))
            for event_class in EVENT_CLASSES
        ],
        "$event_name",
        "created_at",
        properties="$properties",
        # A custom event may have any name: only this column distinguishes it from a built-in one.
        custom=TypeReader(Custom, "", rest=page_custom),
    )
