"""Labelled fields of each event type, in reading order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from typing import Any, Final, NamedTuple

from eventview.analysis.signal_kinds import SIGNAL_KINDS
from eventview.session import timefmt
from eventview.session.event_text import describe_event
from eventview.session.events import (
    Click,
    Event,
    FieldInfo,
    Frame,
    Issue,
    Location,
    Range,
    Request,
    Role,
    fields_of,
)
from eventview.session.folding import decode_address
from eventview.session.metrics import Number, Rating
from eventview.session.text import clean, decode_json, json_text
from eventview.wire.fields import read_position

_ISSUE_RULES: Final = {name: rule for kind in SIGNAL_KINDS for name, rule in kind.issues.items()}
"""Rules of the server by its names of issues, "" for an unknown one."""


class Field(NamedTuple):
    """A labelled value."""

    name: str
    value: str
    note: str = ""
    """Meaning of the value; may be empty."""
    rating: Rating | None = None
    """Rating of the value, which the text repeats; None if it is not rated."""


class Section(NamedTuple):
    """Fields under one title."""

    title: str
    """Title; "" for the first section, whose title is the event itself."""
    facts: tuple[Field, ...]


def lead_fields(event: Event) -> Iterator[Field]:
    """Yield the leading fields of an event, without its time and page."""
    for name, info in fields_of(type(event)).items():
        if info.label is not None and info.role not in _SECTIONS:
            yield from _LINES.get(info.role, _text_fields)(event, getattr(event, name), info)
    if type(event) is Event and (words := describe_event(event)):
        yield Field("what", words)
    if event.problem:
        yield Field("not understood", event.problem, "shown below as sent")


def extra_sections(event: Event) -> Iterator[Section]:
    """Yield the extra sections of an event: a stack, bodies, a payload or ranges."""
    ranges: list[Field] = []
    for name, info in fields_of(type(event)).items():
        value = getattr(event, name)
        if info.role == "range":
            ranges.append(_range_field(value, info))
        elif info.role in _SECTIONS:
            title = "stack, thrown first" if info.role == "frames" else info.label or ""
            yield Section(title, tuple(_SECTIONS[info.role](value)))
    if ranges:
        yield Section("over up to two minutes", tuple(ranges))
    if problem := getattr(event, "payload_problem", ""):
        yield Section("payload, not understood", (Field("", problem),))


def _text_fields(event: Event, value: str, info: FieldInfo) -> Iterator[Field]:
    is_address = info.role in {"address", "referrer", "query"} or (
        info.key == "address" and "/" in value
    )
    text = decode_address(value) if is_address else value
    note = _ISSUE_RULES.get(value, "") if isinstance(event, Issue) and info.key == "word" else ""
    if text.strip() if info.absent else text:
        yield Field(info.label or "", text, note or info.note)
    elif info.absent:
        yield Field(info.label or "", info.absent, info.absent_note)


def _input_fields(_event: Event, value: str | None, info: FieldInfo) -> Iterator[Field]:
    yield Field(info.label or "", info.absent if value is None else value or "empty")


def _referrer_fields(event: Event, value: str, info: FieldInfo) -> Iterator[Field]:
    session_referrer = event.session_referrer if isinstance(event, Location) else None
    if session_referrer is None:
        yield from _text_fields(event, value, info)
    elif session_referrer:
        yield Field("referrer", decode_address(session_referrer), "of the whole session")
    else:
        yield Field("referrer", "not sent by this server")


def _number_fields(event: Event, value: Number | None, info: FieldInfo) -> Iterator[Field]:
    label = info.label or ""
    if value is None:
        if info.absent:
            yield Field(label, info.absent, info.absent_note)
        return
    if info.unit == "ms":
        text = _format_duration(value, getattr(event, f"{label}_step_ms", 1))
    else:
        number = f"{value:,}" if info.unit == "bytes" else f"{value}"
        text = f"{number} {info.unit}".rstrip()
    yield Field(label, text, info.note)


def _position_fields(event: Event, _value: object, _info: FieldInfo) -> Iterator[Field]:
    if isinstance(event, Click) and (position := read_position(event)) is not None:
        x, y, unit = position
        yield Field("position", f"{x} {unit} from the left, {y} {unit} from the top")


def _status_fields(event: Event, value: Number | None, info: FieldInfo) -> Iterator[Field]:
    outcomes = {True: "the server counts it as a success", False: "failed", None: ""}
    success = event.is_success if isinstance(event, Request) else None
    if value == 0:
        yield Field("status", "no answer", _NO_ANSWER)
    else:
        yield Field("status", info.absent if value is None else str(value), outcomes[success])


def _time_fields(_event: Event, value: int | None, info: FieldInfo) -> Iterator[Field]:
    if value is not None:
        yield Field(info.label or "", timefmt.format_date_clock(value, UTC))


_LINES: Final[Mapping[Role, Callable[[Event, Any, FieldInfo], Iterator[Field]]]] = {
    "input": _input_fields,
    "referrer": _referrer_fields,
    "number": _number_fields,
    "position": _position_fields,
    "status": _status_fields,
    "time": _time_fields,
}
"""The lines of a field by its role; a role that is not here is a text."""


def _format_duration(value: Number, step_ms: int = 1) -> str:
    """Format a duration as recorded; add a readable form from one second on."""
    if step_ms >= 1000:
        return f"{timefmt.format_span(round(value), step_ms)} (rounded to {step_ms // 1000} s)"
    exact = f"{value} ms"
    return f"{exact} ({timefmt.format_span(round(value))})" if abs(value) >= 1000 else exact


_NO_ANSWER = "blocked, aborted, offline or hidden from the page; the server sends no status of 0"


def format_place(frame: Frame) -> str:
    """Return the place of a stack frame, as far as it is known: `app.js:12:34`."""
    parts = (frame.file, frame.line, frame.column)
    return ":".join(str(part) for part in parts if part not in {"", None})


def _range_field(measured: Range, info: FieldInfo) -> Field:
    label, unit = info.label or "", f" {info.unit}" if info.unit else ""
    if measured == Range():
        return Field(label, "not measured or 0")
    least, average, most = (
        "not measured or 0" if value is None else f"{value:,}{unit}" for value in measured
    )
    return Field(label, f"{average} on average", f"least {least}, most {most}")


def _body_fields(text: str) -> Iterator[Field]:
    if not text:
        return
    found = decode_json(text)
    if isinstance(found, dict | list):
        yield from _tree_fields(found)
    else:
        yield Field("", text)


_TREE_LINES = 200
"""Lines shown of one payload; the raw event has all of it."""


def _tree_fields(value: object) -> Iterator[Field]:
    """Yield a decoded payload as an indented tree with one leaf per line."""
    if value in (None, {}, []):
        yield Field("", "empty")
        return
    lines = list(_tree_lines(value, ""))
    for line in lines[:_TREE_LINES]:
        yield Field("", line)
    if len(lines) > _TREE_LINES:
        yield Field("", f"… {len(lines) - _TREE_LINES:,} more lines")


def _tree_lines(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        named = [(clean(str(name)), inner) for name, inner in value.items()]
    elif isinstance(value, list):
        named = [(f"[{number}]", inner) for number, inner in enumerate(value)]
    else:
        yield f"{indent}{_format_leaf(value)}"
        return
    for name, inner in named:
        if isinstance(inner, Mapping | list) and inner:
            yield f"{indent}{name}"
            yield from _tree_lines(inner, indent + "  ")
        else:
            yield f"{indent}{name}: {_format_leaf(inner)}"


def _format_leaf(value: object) -> str:
    if isinstance(value, str):
        return clean(value) or '""'
    return clean(json_text(value))


_SECTIONS: Final[Mapping[Role, Callable[[Any], Iterator[Field]]]] = {
    "frames": lambda frames: (
        Field("", frame.function or "(anonymous)", format_place(frame)) for frame in frames
    ),
    "lines": lambda text: (Field("", line) for line in text.splitlines()),
    "body": _body_fields,
    "payload": _tree_fields,
    "range": lambda _measured: iter(()),
}
"""The lines of a field that has a section of its own, by its role."""
