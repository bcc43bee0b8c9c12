"""The first public API's wire format, as servers on Postgres send it (releases up to 1.22).

Turns the answer of `GET /v1/{project}/sessions/{session}/events` into events of the model. The
fields of each release are those of the server's own tables; a field this module does not know
stays in the event's raw value. May import `eventview.model`, `eventview.errors`, pydantic and
`sources.body`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final, Required

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import from_json
from typing_extensions import TypedDict

from eventview.errors import NotUnderstoodError
from eventview.model.events import CLICK, INPUT, LOCATION, Click, Event, Input, Location
from eventview.model.metrics import LoadMetrics, Number
from eventview.model.text import clean, shorten

_NO_TYPE = "(no type)"


# Validated dicts rather than pydantic models: a third of the time for 100,000 events.
_Float = Annotated[float, Field(allow_inf_nan=False)]
# From left to right, so that a whole number stays an int with all its digits.
_Number = Annotated[int | _Float | None, Field(union_mode="left_to_right")]
_Text = str | None


class _Wire(TypedDict, total=False):
    __pydantic_config__ = ConfigDict(alias_generator=to_camel)  # type: ignore[misc]  # pydantic's way to configure a TypedDict

    timestamp: Required[int]


class _WireLocation(_Wire, total=False):
    host: _Text
    path: _Text
    url: _Text
    query: _Text
    referrer: _Text
    dom_building_time: _Number
    dom_content_loaded_time: _Number
    load_time: _Number
    first_paint_time: _Number
    first_contentful_paint_time: _Number
    speed_index: _Number
    visually_complete: _Number
    time_to_interactive: _Number
    response_time: _Number
    response_end: _Number
    ttfb: _Number
    web_vitals: _Text


class _WireClick(_Wire, total=False):
    label: _Text
    selector: _Text
    url: _Text
    hesitation: _Number
    normalized_x: _Number
    normalized_y: _Number
    x: _Number
    y: _Number


class _WireInput(_Wire, total=False):
    label: _Text
    value: _Text
    duration: _Number
    hesitation: _Number


_LOCATION: Final = TypeAdapter(_WireLocation)
_CLICK: Final = TypeAdapter(_WireClick)
_INPUT: Final = TypeAdapter(_WireInput)
_TIME: Final = TypeAdapter(int)


def _location(raw: object) -> Location:
    wire = _LOCATION.validate_python(raw)
    vitals, problem = _vitals(wire.get("web_vitals"))
    return Location(
        LOCATION,
        wire["timestamp"],
        raw,
        host=clean(wire.get("host") or ""),
        path=clean(wire.get("path") or wire.get("url") or ""),
        query=clean(wire.get("query") or ""),
        referrer=clean(wire.get("referrer") or ""),
        load=_load(wire, vitals),
        vitals_problem=problem,
    )


def _load(wire: _WireLocation, vitals: Mapping[str, Number]) -> LoadMetrics:
    return LoadMetrics(
        server_wait_ms=wire.get("ttfb"),
        response_ms=wire.get("response_time"),
        response_end_ms=wire.get("response_end"),
        dom_building_ms=wire.get("dom_building_time"),
        first_paint_ms=wire.get("first_paint_time"),
        first_contentful_paint_ms=wire.get("first_contentful_paint_time"),
        dom_content_loaded_ms=wire.get("dom_content_loaded_time"),
        load_ms=wire.get("load_time"),
        speed_index_ms=wire.get("speed_index"),
        visually_complete_ms=wire.get("visually_complete"),
        time_to_interactive_ms=wire.get("time_to_interactive"),
        time_to_first_byte_ms=vitals.get("TTFB"),
        largest_contentful_paint_ms=vitals.get("LCP"),
        interaction_to_next_paint_ms=vitals.get("INP"),
        cumulative_layout_shift=vitals.get("CLS"),
    )


def _click(raw: object) -> Click:
    wire = _CLICK.validate_python(raw)
    return Click(
        CLICK,
        wire["timestamp"],
        raw,
        label=clean(wire.get("label") or ""),
        selector=clean(wire.get("selector") or ""),
        url=clean(wire.get("url") or ""),
        hesitation_ms=wire.get("hesitation"),
        x_percent=wire.get("normalized_x"),
        y_percent=wire.get("normalized_y"),
        x_px=wire.get("x"),
        y_px=wire.get("y"),
    )


def _input(raw: object) -> Input:
    wire = _INPUT.validate_python(raw)
    value = wire.get("value")
    return Input(
        INPUT,
        wire["timestamp"],
        raw,
        label=clean(wire.get("label") or ""),
        value=None if value is None else clean(value),
        duration_ms=wire.get("duration"),
        hesitation_ms=wire.get("hesitation"),
    )


_KINDS: Final[Mapping[str, Callable[[object], Event]]] = {
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
        return f"It is a single {type(answer).__name__}, not an object."
    if not answer:
        return "It is an empty object."
    fields = ", ".join(clean(str(field)) for field in answer)
    return f"It has the fields {shorten(fields, 200)}."


def _event(entry: object) -> Event:
    if not isinstance(entry, Mapping):
        return Event(_NO_TYPE, None, entry, "not an object")
    name = entry.get("type")
    if isinstance(name, str) and (read := _KINDS.get(name)) is not None:
        try:
            return read(entry)
        except ValidationError as error:
            return Event(name, _time(entry), entry, _first_problem(error))
    return Event(clean(name) if isinstance(name, str) else _NO_TYPE, _time(entry), entry)


def _time(entry: Mapping[object, object]) -> int | None:
    try:
        return _TIME.validate_python(entry.get("timestamp"))
    except ValidationError:
        return None


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{clean(str(first['loc'][0]))}: {first['msg']}"


def _vitals(text: str | None) -> tuple[Mapping[str, Number], str]:
    """The vitals that can be read, and the text itself when something in it could not."""
    if not text:
        return {}, ""
    try:
        sent = from_json(text)
    except ValueError:
        return {}, clean(text)
    if not isinstance(sent, dict):
        return {}, clean(text)
    found = {}
    for name, value in sent.items():
        number = _number(value)
        if number is not None:
            found[name] = number
    return found, "" if len(found) == len(sent) else clean(text)


def _number(value: object) -> Number | None:
    if isinstance(value, str):
        try:
            value = float(value) if "." in value else int(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None
