"""Labelled fields of each event type, in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Final, NamedTuple

from eventview.analysis.signal_kinds import SIGNAL_KINDS
from eventview.session import timefmt
from eventview.session.events import (
    Click,
    Crash,
    Custom,
    Error,
    Event,
    Frame,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Range,
    Request,
    Swipe,
    Tap,
    describe_event,
)
from eventview.session.folding import decode_address
from eventview.session.metrics import Number, Rating
from eventview.session.text import clean, decode_json, json_text

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
    match event:
        case Location():
            yield Field("path", decode_address(event.path) or "none sent")
            yield from _present_fields(("title", event.title))
            if event.query:
                yield Field("query", decode_address(event.query))
            yield Field("host", event.host or "none sent")
            referrer = event.session_referrer
            if referrer is None:
                yield Field("referrer", decode_address(event.referrer) or "none")
            elif referrer:
                yield Field("referrer", decode_address(referrer), "of the whole session")
            else:
                yield Field("referrer", "not sent by this server")
        case Click():
            yield from _click_fields(event)
        case Input():
            yield from _input_fields(event)
        case Tap():
            yield Field("label", event.label or "none")
        case Swipe():
            yield Field("direction", event.direction or "none sent")
            yield Field("label", event.label or "none")
        case _:
            yield from _reported_fields(event)


def _reported_fields(event: Event) -> Iterator[Field]:
    match event:
        case Error():
            yield from _present_fields(("message", event.message), ("name", event.name))
            yield Field("source", event.source or "none sent")
        case Crash():
            yield from _present_fields(("reason", event.reason), ("name", event.name))
        case Request():
            yield from _request_fields(event)
        case GraphQL():
            yield Field("operation", event.name or "no name")
        case Issue():
            yield from _issue_fields(event)
        case Custom():
            yield Field("name", event.name or "none")
        case Performance():
            yield from _present_fields(("url", decode_address(event.url)))
        case _:
            yield from _present_fields(("what", describe_event(event)))
            if event.problem:
                yield Field("not understood", event.problem, "shown below as sent")


def extra_sections(event: Event) -> Iterator[Section]:
    """Yield the extra sections of an event: a stack, bodies or a payload."""
    match event:
        case Error(frames=frames, payload_problem=problem):
            stack = (Field("", f.function or "(anonymous)", format_place(f)) for f in frames)
            yield Section("stack, thrown first", tuple(stack))
            yield Section("payload, not understood", tuple(_present_fields(("", problem))))
        case Crash(stack=stack):
            yield Section("stack", tuple(Field("", line) for line in stack.splitlines()))
        case Request() | GraphQL():
            yield Section("request body", tuple(_body_fields(event.request_body)))
            yield Section("response body", tuple(_body_fields(event.response_body)))
        case Issue(payload_problem=problem):
            yield Section("payload, not understood", tuple(_present_fields(("", problem))))
        case Custom(payload=payload):
            yield Section("payload", tuple(_tree_fields(payload)))
        case Performance():
            fields = (
                _range_field("frames a second", event.fps),
                _range_field("CPU", event.cpu_percent, " %"),
                _range_field("JS heap, whole", event.total_heap_bytes, " bytes"),
                _range_field("JS heap, used", event.used_heap_bytes, " bytes"),
            )
            yield Section("over up to two minutes", fields)


def _present_fields(*named: tuple[str, str]) -> Iterator[Field]:
    return (Field(name, value) for name, value in named if value)


def _click_fields(event: Click) -> Iterator[Field]:
    yield Field("label", event.label if event.label.strip() else "none")
    if event.selector:
        yield Field("selector", event.selector)
    if event.hesitation_ms is not None:
        length = _format_duration(event.hesitation_ms)
        yield Field("hesitation", length, "from pointing at it to the click")
    percent, pixels = (event.x_percent, event.y_percent, "%"), (event.x_px, event.y_px, "px")
    for x, y, unit in (percent, pixels):
        if x is not None and y is not None:
            yield Field("position", f"{x} {unit} from the left, {y} {unit} from the top")
            break
    if event.url:
        yield Field("clicked on", decode_address(event.url))


def _input_fields(event: Input) -> Iterator[Field]:
    yield Field("label", event.label if event.label.strip() else "none")
    yield Field("value", "not recorded" if event.value is None else event.value or "empty")
    if event.duration_ms is not None:
        length = _format_duration(event.duration_ms, event.duration_step_ms)
        yield Field("duration", length, "from entering the field to leaving it")
    if event.hesitation_ms is not None:
        length = _format_duration(event.hesitation_ms)
        yield Field("hesitation", length, "from entering the field to typing")


def _format_duration(value: Number, step_ms: int = 1) -> str:
    """Format a duration as recorded; add a readable form from one second on."""
    if step_ms >= 1000:
        return f"{timefmt.format_span(round(value), step_ms)} (rounded to {step_ms // 1000} s)"
    exact = f"{value} ms"
    return f"{exact} ({timefmt.format_span(round(value))})" if abs(value) >= 1000 else exact


_NO_ANSWER = "blocked, aborted, offline or hidden from the page; the server sends no status of 0"


def _request_fields(event: Request) -> Iterator[Field]:
    yield Field("method", event.method or "none sent")
    yield Field("url", decode_address(event.url) or "none sent")
    outcomes = {True: "the server counts it as a success", False: "failed", None: ""}
    if event.status == 0:
        yield Field("status", "no answer", _NO_ANSWER)
    else:
        status = "not sent" if event.status is None else str(event.status)
        yield Field("status", status, outcomes[event.is_success])
    if event.size_bytes is None:
        yield Field("size", "0 or not known")
    else:
        yield Field("size", f"{event.size_bytes:,} bytes", "transferred")
    if event.duration_ms is None:
        yield Field("duration", "not known", "under half a second, or not measured")
    else:
        yield Field("duration", _format_duration(event.duration_ms, event.duration_step_ms))


def _issue_fields(event: Issue) -> Iterator[Field]:
    kind = event.issue_type
    yield Field("issue", kind or "none sent", _ISSUE_RULES.get(kind, ""))
    context = decode_address(event.context) if "/" in event.context else event.context
    yield from _present_fields(
        ("label", event.label), ("context", context), ("url", decode_address(event.url))
    )
    if event.count is not None:
        yield Field("count", f"{event.count}")
    if event.duration_ms is not None:
        yield Field("duration", _format_duration(event.duration_ms))
    if event.rate_percent is not None:
        yield Field("rate", f"{event.rate_percent} %")
    if event.start_ms is not None:
        yield Field("from", timefmt.format_date_clock(event.start_ms, UTC))
    if event.end_ms is not None:
        yield Field("to", timefmt.format_date_clock(event.end_ms, UTC))


def format_place(frame: Frame) -> str:
    """Return the place of a stack frame, as far as it is known: `app.js:12:34`."""
    parts = (frame.file, frame.line, frame.column)
    return ":".join(str(part) for part in parts if part not in {"", None})


def _range_field(name: str, measured: Range, unit: str = "") -> Field:
    if measured == Range():
        return Field(name, "not measured or 0")
    least, average, most = (
        "not measured or 0" if value is None else f"{value:,}{unit}" for value in measured
    )
    return Field(name, f"{average} on average", f"least {least}, most {most}")


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
