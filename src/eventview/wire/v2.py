"""Wire format of the second public API: releases from 1.27, and OpenReplay's cloud.

It reads the rows of `POST /public/{project}/sessions/{session}/events`. The server HTML-escapes all
strings and keys; they are unescaped here, once, so that an event's raw value is what was stored. A
property that is null, empty or 0 is not sent, so an absent number may be 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from eventview.session.events import (
    CLICK,
    CRASH,
    CUSTOM,
    ERROR,
    GRAPHQL,
    INPUT,
    ISSUE,
    LOCATION,
    PERFORMANCE,
    REQUEST,
    SWIPE,
    TAP,
    Click,
    Crash,
    Custom,
    Error,
    Event,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Range,
    Request,
    Swipe,
    Tap,
)
from eventview.session.metrics import (
    CATALOGUE,
    SERVER_WAIT,
    TTFB,
    VITALS,
    LoadMetrics,
    Number,
    build_load,
)
from eventview.session.text import clean, decode_json, unescape_entities
from eventview.session.urls import split_url
from eventview.wire.fields import (
    Entry,
    UnreadableError,
    clean_lines,
    decode_payload,
    parse_number,
    plain_event,
    read_as,
    read_frames,
    read_integer,
    read_number,
    read_string,
    read_vitals,
    round_time,
    shape_error,
)

RESOLUTION_MS: Final = 1000
"""The server stores whole seconds."""

COLUMNS: Final = (
    "$properties",
    "properties",
    "$auto_captured",
    "$current_url",
    "$duration_s",
    "$user_id",
    "issue_type",
    "issue_id",
    "error_id",
    "$referrer",
    "$browser",
    "$os",
    "$device",
    "$country",
)
"""The columns to request in addition to the five that are always sent."""


class EventsPage(NamedTuple):
    """One answer of the events endpoint."""

    rows: Sequence[object]
    """The rows, unescaped."""
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
    return EventsPage([unescape_strings(row) for row in rows], max(total, len(rows)))


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
    """Read one unescaped row; one that does not fit its type becomes a plain event."""
    if not isinstance(row, dict):
        return plain_event(None, None, row, "not an object")
    name = row.get("$event_name")
    if row.get("$auto_captured") is False:
        # A custom event may have any name: only this column distinguishes it from a built-in one.
        return read_as(_custom, row, name, _time)
    read = _READERS.get(name) if isinstance(name, str) else None
    return read_as(read, row, name, _time)


def _time(row: Entry) -> int:
    return read_integer(row, "created_at")


def _properties(row: Entry) -> Entry:
    found = row.get("$properties")
    if found is None:
        raise UnreadableError("$properties: not sent")
    if not isinstance(found, dict):
        raise UnreadableError("$properties: not an object")
    return found


def _text(properties: Entry, field: str) -> str:
    return read_string(properties, field) or ""


def _number(properties: Entry, field: str) -> Number | None:
    """Return a number, which a server may send as its digits."""
    value = properties.get(field)
    return parse_number(value) if isinstance(value, str) else read_number(properties, field)


def _location(row: Entry) -> Location:
    properties = _properties(row)
    address = split_url(_text(properties, "url") or _text(row, "$current_url"))
    load, problem = _load(properties)
    # Text means that the browser's own TTFB replaced the server's figure.
    is_replaced = isinstance(properties.get(TTFB.wire.v2), str)
    return Location(
        LOCATION,
        _time(row),
        row,
        host=address.host or _text(properties, "url_host"),
        path=address.path or _text(properties, "url_path"),
        query=address.query,
        session_referrer=_text(row, "$referrer"),
        load=load,
        vitals_problem=problem,
        zeros_are_absent=True,
        title=_text(properties, "page_title"),
        unavailable=frozenset({"server_wait_ms"}) if is_replaced else frozenset(),
    )


_TIMINGS: Final = {
    metric.field: metric.wire.v2
    for metric in CATALOGUE
    if not metric.wire.vital and metric is not SERVER_WAIT
}
"""The property of each field of `LoadMetrics`, except those that `_load` reads on their own."""

_VITALS: Final = {metric.field: metric.wire for metric in VITALS if metric is not TTFB}


def _load(properties: Entry) -> tuple[LoadMetrics, str]:
    reported, problem = read_vitals(properties, "web_vitals")
    measured = {field: _number(properties, name) for field, name in _TIMINGS.items()}
    for field, wire in _VITALS.items():
        own = _number(properties, wire.v2)
        measured[field] = reported.get(wire.vital) if own is None else own
    # Text is the browser's own TTFB in place of the server's figure, which is a number.
    first_byte = properties.get(TTFB.wire.v2)
    if isinstance(first_byte, str):
        measured["time_to_first_byte_ms"] = parse_number(first_byte)
        if measured["time_to_first_byte_ms"] is None:
            problem = problem or f"ttfb: {clean(first_byte)}"
    else:
        measured["server_wait_ms"] = read_number(properties, SERVER_WAIT.wire.v2)
        measured["time_to_first_byte_ms"] = reported.get(TTFB.wire.vital)
    return build_load(measured), problem


def _click(row: Entry) -> Click:
    properties = _properties(row)
    x, y = _number(properties, "normalized_x"), _number(properties, "normalized_y")
    if x is not None or y is not None:
        # Both are measured together, so that the one not sent was 0.
        x, y = x or 0, y or 0
    return Click(
        CLICK,
        _time(row),
        row,
        label=_text(properties, "label"),
        selector=_text(properties, "selector"),
        url=_text(properties, "url"),
        hesitation_ms=_number(properties, "hesitation_time"),
        x_percent=x,
        y_percent=y,
    )


def _input(row: Entry) -> Input:
    properties = _properties(row)
    return Input(
        INPUT,
        _time(row),
        row,
        label=_text(properties, "label"),
        duration_ms=_duration(row),
        duration_step_ms=RESOLUTION_MS,
        hesitation_ms=_number(properties, "hesitation_time"),
    )


def _duration(row: Entry) -> Number | None:
    seconds = read_number(row, "$duration_s")
    # 0 means no duration, or less than half a second.
    return seconds * 1000 if seconds else None


def _error(row: Entry) -> Error:
    properties = _properties(row)
    stack, problem = read_frames(properties)
    return Error(
        ERROR,
        _time(row),
        row,
        source=_text(properties, "source"),
        name=_text(properties, "name"),
        message=_text(properties, "message"),
        frames=stack,
        payload_problem=problem,
    )


def _request(row: Entry) -> Request:
    properties = _properties(row)
    # Only a mobile app sends milliseconds; a page's request has the row's whole seconds.
    in_app = _number(properties, "duration")
    success = properties.get("success")
    status = _number(properties, "status")
    if properties.get("status") is None and success is True:
        # The server sends no zeros, and judges every status under 400 a success.
        status = 0
    return Request(
        REQUEST,
        _time(row),
        row,
        method=_text(properties, "method"),
        url=_text(properties, "url") or _text(row, "$current_url"),
        status=status,
        is_success=success if isinstance(success, bool) else None,
        size_bytes=_number(properties, "transfer_size"),
        duration_ms=_duration(row) if in_app is None else in_app,
        duration_step_ms=RESOLUTION_MS if in_app is None else 1,
        request_body=_text(properties, "request_body"),
        response_body=_text(properties, "response_body"),
    )


def _graphql(row: Entry) -> GraphQL:
    properties = _properties(row)
    return GraphQL(
        GRAPHQL,
        _time(row),
        row,
        name=_text(properties, "name"),
        request_body=_text(properties, "request_body"),
        response_body=_text(properties, "response_body"),
    )


def _performance(row: Entry) -> Performance:
    properties = _properties(row)

    def over(name: str) -> Range:
        return Range(*(_number(properties, f"{part}_{name}") for part in ("min", "avg", "max")))

    return Performance(
        PERFORMANCE,
        _time(row),
        row,
        url=_text(properties, "url"),
        fps=over("fps"),
        cpu_percent=over("cpu"),
        total_heap_bytes=over("total_js_heap_size"),
        used_heap_bytes=over("used_js_heap_size"),
    )


def _issue(row: Entry) -> Issue:
    properties = _properties(row)
    payload = properties.get("payload")
    sent = decode_json(payload) if isinstance(payload, str) and payload else {}
    details = sent if isinstance(sent, dict) else {}
    return Issue(
        ISSUE,
        _time(row),
        row,
        issue_type=_text(row, "issue_type") or _text(properties, "issue_type"),
        context=_text(properties, "context_string"),
        label=_text(properties, "label"),
        url=_text(properties, "url"),
        count=parse_number(details.get("Count")),
        duration_ms=parse_number(details.get("Duration")),
        rate_percent=parse_number(details.get("Rate")),
        start_ms=round_time(_number(properties, "start_time")),
        end_ms=round_time(_number(properties, "end_time")),
        payload_problem="" if isinstance(sent, dict) else clean(str(payload)),
    )


def _tap(row: Entry) -> Tap:
    return Tap(TAP, _time(row), row, label=_text(_properties(row), "label"))


def _swipe(row: Entry) -> Swipe:
    properties = _properties(row)
    return Swipe(
        SWIPE,
        _time(row),
        row,
        label=_text(properties, "label"),
        direction=_text(properties, "direction"),
    )


def _crash(row: Entry) -> Crash:
    properties = _properties(row)
    return Crash(
        CRASH,
        _time(row),
        row,
        name=_text(properties, "name"),
        reason=_text(properties, "reason"),
        stack=clean_lines(properties.get("stacktrace")),
    )


def _custom(row: Entry) -> Custom:
    """Read an event that a page reported through `tracker.event()`."""
    return Custom(CUSTOM, _time(row), row, name=_text(row, "$event_name"), payload=_payload(row))


def _payload(row: Entry) -> object:
    payload = row.get("properties")
    if isinstance(payload, dict) and payload.keys() == {"payload"}:
        # The server stores a payload that is no object in this form.
        inner = payload["payload"]
        decoded = decode_payload(inner)
        # A text such as "5" or "null" stays a text.
        return payload if decoded is inner else decoded
    return payload


def _app_custom(row: Entry) -> Custom:
    """Read an event that a mobile app reported, whose name and payload are properties."""
    properties = _properties(row)
    return Custom(
        CUSTOM,
        _time(row),
        row,
        name=_text(properties, "name"),
        payload=decode_payload(properties.get("payload")),
    )


_READERS: Final[Mapping[str, Callable[[Entry], Event]]] = {
    LOCATION: _location,
    CLICK: _click,
    INPUT: _input,
    ERROR: _error,
    REQUEST: _request,
    GRAPHQL: _graphql,
    PERFORMANCE: _performance,
    ISSUE: _issue,
    TAP: _tap,
    SWIPE: _swipe,
    CRASH: _crash,
    CUSTOM: _app_custom,
}
