"""The first public API's wire format, as servers on Postgres send it (releases up to 1.22).

Turns the answer of `GET /v1/{project}/sessions/{session}/events` into events of the model. The
fields of each release are those of the server's own tables; a field this module does not know
stays in the event's raw value. May import `eventview.model`, `eventview.errors` and the standard
library: reading a file must not wait for pydantic, whose import alone costs a third of the time
that a terminal application has to its first row.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from eventview.errors import NotUnderstoodError
from eventview.model.events import CLICK, INPUT, LOCATION, Click, Event, Input, Location
from eventview.model.metrics import NOT_MEASURED, LoadMetrics, Number
from eventview.model.text import clean, shorten

_NO_TYPE = "(no type)"

_Entry = Mapping[str, Any]

_BEYOND: Final = 10**100
"""Numbers from here on are no times and no vitals, and soon outgrow what Python will print."""


class _UnreadableError(Exception):
    """A field does not hold what its event's type has there; the message says which and why."""


def _time(entry: _Entry) -> int:
    value = entry.get("timestamp")
    if (isinstance(value, float) and value.is_integer()) or (
        isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20
    ):
        value = int(value)
    if type(value) is int and -_BEYOND <= value < _BEYOND:
        return value
    raise _UnreadableError("timestamp: not a whole number")


def _text(entry: _Entry, field: str) -> str | None:
    value = entry.get(field)
    if value is None:
        return None
    if isinstance(value, str):
        return clean(value)
    raise _UnreadableError(f"{field}: not a text")


def _number(entry: _Entry, field: str) -> Number | None:
    value = entry.get(field)
    if value is None or type(value) is int:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise _UnreadableError(f"{field}: not a number")


def _location(entry: _Entry) -> Location:
    vitals, problem = _vitals(entry)
    return Location(
        LOCATION,
        _time(entry),
        entry,
        host=_text(entry, "host") or "",
        path=_text(entry, "path") or _text(entry, "url") or "",
        query=_text(entry, "query") or "",
        referrer=_text(entry, "referrer") or "",
        load=_load(entry, vitals),
        vitals_problem=problem,
    )


_TIMINGS: Final = (
    "ttfb",
    "responseTime",
    "responseEnd",
    "domBuildingTime",
    "firstPaintTime",
    "firstContentfulPaintTime",
    "domContentLoadedTime",
    "loadTime",
    "speedIndex",
    "visuallyComplete",
    "timeToInteractive",
)
"""The fields that are load metrics, in the order of `LoadMetrics`."""

_VITALS: Final = ("TTFB", "LCP", "INP", "CLS")
"""The keys of the web vitals, in the order in which they follow there."""


def _load(entry: _Entry, vitals: Mapping[str, Number]) -> LoadMetrics:
    timings = [_number(entry, field) for field in _TIMINGS]
    if not vitals and not any(value is not None for value in timings):
        return NOT_MEASURED
    return LoadMetrics(*timings, *(vitals.get(name) for name in _VITALS))


def _click(entry: _Entry) -> Click:
    return Click(
        CLICK,
        _time(entry),
        entry,
        label=_text(entry, "label") or "",
        selector=_text(entry, "selector") or "",
        url=_text(entry, "url") or "",
        hesitation_ms=_number(entry, "hesitation"),
        x_percent=_number(entry, "normalizedX"),
        y_percent=_number(entry, "normalizedY"),
        x_px=_number(entry, "x"),
        y_px=_number(entry, "y"),
    )


def _input(entry: _Entry) -> Input:
    return Input(
        INPUT,
        _time(entry),
        entry,
        label=_text(entry, "label") or "",
        value=_text(entry, "value"),
        duration_ms=_number(entry, "duration"),
        hesitation_ms=_number(entry, "hesitation"),
    )


_KINDS: Final[Mapping[str, Callable[[_Entry], Event]]] = {
    LOCATION: _location,
    CLICK: _click,
    INPUT: _input,
}


def events_of(answer: object) -> Sequence[Event]:
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
            cause=_shape(answer),
            cure='Expected is an answer of OpenReplay\'s events endpoint, {"data": [...]}.',
        )
    return [_event(entry) for entry in entries]


def _shape(answer: object) -> str:
    if not isinstance(answer, Mapping):
        return f"It is {shorten(clean(json.dumps(answer)), 80)} and nothing else."
    if not answer:
        return "It is an empty object."
    fields = ", ".join(clean(str(field)) for field in answer)
    return f"It has the fields {shorten(fields, 200)}."


def _event(entry: object) -> Event:
    if not isinstance(entry, dict):
        return Event(_NO_TYPE, None, entry, "not an object")
    name = entry.get("type")
    read = _KINDS.get(name) if isinstance(name, str) else None
    problem = ""
    if read is not None:
        try:
            return read(entry)
        except _UnreadableError as error:
            problem = str(error)
    try:
        time = _time(entry)
    except _UnreadableError:
        time = None
    return Event(clean(name) if isinstance(name, str) else _NO_TYPE, time, entry, problem)


def _vitals(entry: _Entry) -> tuple[Mapping[str, Number], str]:
    """The vitals that can be read, and the text itself when something in it could not."""
    text = entry.get("webVitals")
    if not text:
        return {}, ""
    if not isinstance(text, str):
        raise _UnreadableError("webVitals: not a text")
    try:
        sent = json.loads(text)
    except (ValueError, RecursionError):
        return {}, clean(text)
    if not isinstance(sent, dict):
        return {}, clean(text)
    found = {}
    for name, value in sent.items():
        number = _vital(value)
        if number is not None:
            found[name] = number
    return found, "" if len(found) == len(sent) else clean(text)


def _vital(value: object) -> Number | None:
    if isinstance(value, str):
        try:
            value = int(value) if value.isascii() and value.isdecimal() else float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < _BEYOND else None
