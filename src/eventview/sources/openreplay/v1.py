"""The first public API's wire format: releases up to 1.22 on Postgres, 1.24 to 1.26 on ClickHouse.

Turns the answer of `GET /v1/{project}/sessions/{session}/events` into events of the model. The
fields of each release are those of the server's own tables; a field this module does not know
stays in the event's raw value. The two eras share names: `loadTime` and `domContentLoadedTime`
count from the start of the navigation in the first and are the run time of the page's handlers in
the second. An INPUT's `messageId` is a node of the page from 1.11 on, so nothing is ordered by
it. May import `eventview.model`, `eventview.errors` and the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from eventview.errors import NotUnderstoodError
from eventview.model.events import (
    CLICK,
    INPUT,
    LOCATION,
    TAP,
    Click,
    Event,
    Input,
    Location,
    Tap,
)
from eventview.model.metrics import NOT_MEASURED, LoadMetrics
from eventview.model.source import Reading
from eventview.model.text import clean, shorten
from eventview.sources.openreplay.fields import (
    Entry,
    number,
    plain,
    read_as,
    text,
    vitals,
    whole,
)

_SECOND_MS: Final = 1000


def _time(entry: Entry) -> int:
    return whole(entry, "timestamp")


def is_from_clickhouse(entry: object) -> bool:
    """Whether an event has the shape of releases 1.24 to 1.26."""
    return isinstance(entry, Mapping) and "createdAt" in entry and "messageId" not in entry


def _location(entry: Entry) -> Location:
    measured, problem = vitals(entry, "webVitals")
    return Location(
        LOCATION,
        _time(entry),
        entry,
        host=text(entry, "host") or "",
        path=text(entry, "path") or text(entry, "url") or "",
        query=text(entry, "query") or "",
        referrer=text(entry, "referrer") or "",
        load=_load(
            {
                "server_wait_ms": number(entry, "ttfb"),
                "response_ms": number(entry, "responseTime"),
                "response_end_ms": number(entry, "responseEnd"),
                "dom_content_loaded_ms": number(entry, "domContentLoadedTime"),
                "load_ms": number(entry, "loadTime"),
                "time_to_first_byte_ms": measured.get("TTFB"),
                "largest_contentful_paint_ms": measured.get("LCP"),
                "interaction_to_next_paint_ms": measured.get("INP"),
                "cumulative_layout_shift": measured.get("CLS"),
            }
            | _shared_timings(entry)
        ),
        vitals_problem=problem,
    )


def _shared_timings(entry: Entry) -> dict[str, float | None]:
    return {
        "dom_building_ms": number(entry, "domBuildingTime"),
        "first_paint_ms": number(entry, "firstPaintTime"),
        "first_contentful_paint_ms": number(entry, "firstContentfulPaintTime"),
        "speed_index_ms": number(entry, "speedIndex"),
        "visually_complete_ms": number(entry, "visuallyComplete"),
        "time_to_interactive_ms": number(entry, "timeToInteractive"),
    }


def _clickhouse_location(entry: Entry) -> Location:
    address = split_url(text(entry, "url") or "")
    return Location(
        LOCATION,
        _time(entry),
        entry,
        host=text(entry, "host") or address.host,
        path=address.path,
        query=address.query,
        referrer=text(entry, "referrer") or "",
        load=_load(
            {
                "dom_content_loaded_handlers_ms": number(entry, "domContentLoadedTime"),
                "load_handlers_ms": number(entry, "loadTime"),
            }
            | _shared_timings(entry)
        ),
    )


class Address(NamedTuple):
    """The parts of a page's URL, as an engineer names them."""

    host: str
    path: str
    query: str


def split_url(url: str) -> Address:
    """Split a full URL; what is none is all path.

    The scheme is left in the raw value: releases on Postgres do not send it, and the same page
    must read the same whatever server it comes from.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return Address("", url, "")
    if not parts.scheme or not parts.netloc:
        return Address("", url, "")
    path = f"{parts.path or '/'}#{parts.fragment}" if parts.fragment else parts.path or "/"
    return Address(parts.netloc, path, parts.query)


def _load(measured: Mapping[str, float | None]) -> LoadMetrics:
    if not any(value is not None for value in measured.values()):
        return NOT_MEASURED
    return LoadMetrics(**measured)


def _click(entry: Entry) -> Click:
    return Click(
        CLICK,
        _time(entry),
        entry,
        label=text(entry, "label") or "",
        selector=text(entry, "selector") or "",
        url=text(entry, "url") or "",
        hesitation_ms=number(entry, "hesitation"),
        x_percent=number(entry, "normalizedX"),
        y_percent=number(entry, "normalizedY"),
        x_px=number(entry, "x"),
        y_px=number(entry, "y"),
    )


def _input(entry: Entry) -> Input:
    return Input(
        INPUT,
        _time(entry),
        entry,
        label=text(entry, "label") or "",
        value=text(entry, "value"),
        duration_ms=number(entry, "duration"),
        hesitation_ms=number(entry, "hesitation"),
    )


def _clickhouse_input(entry: Entry) -> Input:
    return Input(
        INPUT,
        _time(entry),
        entry,
        label=text(entry, "label") or "",
        # Never null there: 0 stands for unknown.
        duration_ms=number(entry, "duration") or None,
        duration_step_ms=_SECOND_MS,
        hesitation_ms=number(entry, "hesitation"),
    )


def _tap(entry: Entry) -> Tap:
    return Tap(TAP, _time(entry), entry, label=text(entry, "label") or "")


_POSTGRES: Final[Mapping[str, Callable[[Entry], Event]]] = {
    LOCATION: _location,
    CLICK: _click,
    INPUT: _input,
}

_CLICKHOUSE: Final[Mapping[str, Callable[[Entry], Event]]] = {
    LOCATION: _clickhouse_location,
    CLICK: _click,
    INPUT: _clickhouse_input,
    TAP: _tap,
}


def reading_of(answer: object) -> Reading:
    """Read a decoded answer `{"data": [...]}`, or the bare list in it.

    An entry that is no known type, or does not fit its type, becomes a plain `Event` of its own
    type with all its raw fields; none is dropped.

    Raises:
        NotUnderstoodError: the answer has another shape.
    """
    entries = answer.get("data") if isinstance(answer, Mapping) else answer
    if not isinstance(entries, list):
        raise NotUnderstoodError(
            "This is JSON, but not a session's events.",
            cause=shape(answer),
            cure='Expected is an answer of OpenReplay\'s events endpoint, {"data": [...]}.',
        )
    # One answer is of one release.
    from_clickhouse = bool(entries) and all(map(is_from_clickhouse, entries))
    kinds = _CLICKHOUSE if from_clickhouse else _POSTGRES
    events = [_event(entry, kinds) for entry in entries]
    return Reading(events, _SECOND_MS if from_clickhouse else 1)


def shape(answer: object) -> str:
    """What a decoded JSON document is, in a sentence about its outermost level."""
    if not isinstance(answer, Mapping):
        return f"It is {shorten(clean(json.dumps(answer)), 80)} and nothing else."
    if not answer:
        return "It is an empty object."
    fields = ", ".join(clean(str(field)) for field in answer)
    return f"It has the fields {shorten(fields, 200)}."


def _event(entry: object, kinds: Mapping[str, Callable[[Entry], Event]]) -> Event:
    if not isinstance(entry, dict):
        return plain(None, None, entry, "not an object")
    name = entry.get("type")
    read = kinds.get(name) if isinstance(name, str) else None
    return read_as(read, entry, name, _time)
