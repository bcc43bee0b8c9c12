"""Fields of an event in words: those of each type, in the order a reader wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import NamedTuple

from eventview.analysis.descriptions import MEANINGS
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
    what,
)
from eventview.session.folding import legible
from eventview.session.text import clean, decoded, json_text
from eventview.session.values import Number, Rating


class Field(NamedTuple):
    """One named thing."""

    name: str
    value: str
    note: str = ""
    """What the value means; may be empty."""
    rating: Rating | None = None
    """How good the value is, which its words say too; None for what is not rated."""


class Section(NamedTuple):
    """Facts that belong together."""

    title: str
    """ "" for the first, whose title is the event itself."""
    facts: tuple[Field, ...]


def own(event: Event) -> Iterator[Field]:
    """What leads an event's detail, but for its place in time and on a page."""
    match event:
        case Location():
            yield Field("path", legible(event.path) or "none sent")
            yield from _present(("title", event.title))
            if event.query:
                yield Field("query", legible(event.query))
            yield Field("host", event.host or "none sent")
            if event.session_referrer is None:
                yield Field("referrer", legible(event.referrer) or "none")
            elif event.session_referrer:
                yield Field("referrer", legible(event.session_referrer), "of the whole session")
            else:
                yield Field("referrer", "not told by this server")
        case Click():
            yield from _click(event)
        case Input():
            yield from _input(event)
        case Tap():
            yield Field("label", event.label or "none")
        case Swipe():
            yield Field("direction", event.direction or "none sent")
            yield Field("label", event.label or "none")
        case _:
            yield from _reported(event)


def _reported(event: Event) -> Iterator[Field]:
    match event:
        case Error():
            yield from _present(("message", event.message), ("name", event.name))
            yield Field("source", event.source or "none sent")
        case Crash():
            yield from _present(("reason", event.reason), ("name", event.name))
        case Request():
            yield from _request(event)
        case GraphQL():
            yield Field("operation", event.name or "no name")
        case Issue():
            yield from _issue(event)
        case Custom():
            yield Field("name", event.name or "none")
        case Performance():
            yield from _present(("url", legible(event.url)))
        case _:
            yield from _present(("what", what(event)))
            if event.problem:
                yield Field("not understood", event.problem, "shown as sent, below")


def more(event: Event) -> Iterator[Section]:
    """Sections of their own: an error's stack, bodies, a payload."""
    match event:
        case Error(frames=frames, payload_problem=problem):
            yield Section("stack, thrown first", tuple(map(_frame, frames)))
            yield Section("payload, not understood", tuple(_present(("", problem))))
        case Crash(stack=stack):
            yield Section("stack", tuple(Field("", line) for line in stack.splitlines()))
        case Request() | GraphQL():
            yield Section("request body", tuple(_body(event.request_body)))
            yield Section("response body", tuple(_body(event.response_body)))
        case Issue(payload_problem=problem):
            yield Section("payload, not understood", tuple(_present(("", problem))))
        case Custom(payload=payload):
            yield Section("payload", tuple(_tree(payload)))
        case Performance():
            yield Section("over up to two minutes", tuple(_performance(event)))


def _present(*named: tuple[str, str]) -> Iterator[Field]:
    return (Field(name, value) for name, value in named if value)


def _click(event: Click) -> Iterator[Field]:
    yield Field("label", event.label if event.label.strip() else "none")
    if event.selector:
        yield Field("selector", event.selector)
    if event.hesitation_ms is not None:
        yield Field("hesitation", duration(event.hesitation_ms), "from pointing at it to the click")
    yield from _present(("position", _position(event)))
    if event.url:
        yield Field("clicked on", legible(event.url))


def _position(event: Click) -> str:
    for x, y, unit in (
        (event.x_percent, event.y_percent, "%"),
        (event.x_px, event.y_px, "px"),
    ):
        if x is not None and y is not None:
            return f"{x} {unit} from the left, {y} {unit} from the top"
    return ""


def _input(event: Input) -> Iterator[Field]:
    yield Field("label", event.label if event.label.strip() else "none")
    yield Field("value", "not recorded" if event.value is None else event.value or "empty")
    if event.duration_ms is not None:
        yield Field(
            "duration",
            duration(event.duration_ms, event.duration_step_ms),
            "from entering the field to leaving",
        )
    if event.hesitation_ms is not None:
        yield Field(
            "hesitation", duration(event.hesitation_ms), "from entering the field to typing"
        )


def duration(value: Number, step_ms: int = 1) -> str:
    """A duration exactly as recorded, and readable where that is long."""
    if step_ms >= 1000:
        return f"{timefmt.span(round(value), step_ms)} (rounded to {step_ms // 1000} s)"
    exact = f"{value} ms"
    return f"{exact} ({timefmt.span(round(value))})" if abs(value) >= 1000 else exact


_NO_ANSWER = "blocked, aborted, offline or hidden from the page; the server sends no status of 0"


def _request(event: Request) -> Iterator[Field]:
    yield Field("method", event.method or "none sent")
    yield Field("url", legible(event.url) or "none sent")
    judged = {True: "the server counts it as a success", False: "failed", None: ""}
    if event.status == 0:
        yield Field("status", "no answer", _NO_ANSWER)
    else:
        status = "not sent" if event.status is None else str(event.status)
        yield Field("status", status, judged[event.is_success])
    size = "0 or not known" if event.size_bytes is None else f"{event.size_bytes:,} bytes"
    yield Field("size", size, "" if event.size_bytes is None else "transferred")
    if event.duration_ms is not None:
        yield Field("duration", duration(event.duration_ms, event.duration_step_ms))
    else:
        yield Field("duration", "not known", "under half a second, or not measured")


def _issue(event: Issue) -> Iterator[Field]:
    kind = event.issue_type
    yield Field("issue", kind or "none named", MEANINGS.get(kind, ""))
    context = legible(event.context) if "/" in event.context else event.context
    yield from _present(("label", event.label), ("context", context), ("url", legible(event.url)))
    if event.count is not None:
        yield Field("count", f"{event.count}")
    if event.duration_ms is not None:
        yield Field("duration", duration(event.duration_ms))
    if event.rate_percent is not None:
        yield Field("rate", f"{event.rate_percent} %")
    if event.start_ms is not None:
        yield Field("from", timefmt.date_clock(event.start_ms, UTC))
    if event.end_ms is not None:
        yield Field("to", timefmt.date_clock(event.end_ms, UTC))


def _frame(frame: Frame) -> Field:
    place = ":".join(
        str(part) for part in (frame.file, frame.line, frame.column) if part not in {"", None}
    )
    return Field("", frame.function or "(anonymous)", place)


def _performance(event: Performance) -> Iterator[Field]:
    yield _range("frames a second", event.fps)
    yield _range("CPU", event.cpu_percent, " %")
    yield _range("JS heap, whole", event.total_heap_bytes, " bytes")
    yield _range("JS heap, used", event.used_heap_bytes, " bytes")


def _range(name: str, measured: Range, unit: str = "") -> Field:
    if measured == Range():
        return Field(name, "not measured or 0")
    least, average, most = (
        "not measured or 0" if value is None else f"{value:,}{unit}" for value in measured
    )
    return Field(name, f"{average} on average", f"least {least}, most {most}")


def _body(text: str) -> Iterator[Field]:
    if not text:
        return
    found = decoded(text)
    yield from _tree(found) if isinstance(found, dict | list) else iter([Field("", text)])


_TREE_LINES = 200
"""Lines of one payload; all of it is in the raw event below."""


def _tree(value: object) -> Iterator[Field]:
    """A decoded payload as an indented tree, a line a leaf."""
    if value in (None, {}, []):
        yield Field("", "nothing came with it")
        return
    lines = list(_branches(value, ""))
    for line in lines[:_TREE_LINES]:
        yield Field("", line)
    if len(lines) > _TREE_LINES:
        yield Field("", f"… {len(lines) - _TREE_LINES:,} more lines")


def _branches(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        named = [(clean(str(name)), inner) for name, inner in value.items()]
    elif isinstance(value, list):
        named = [(f"[{number}]", inner) for number, inner in enumerate(value)]
    else:
        yield f"{indent}{_leaf(value)}"
        return
    for name, inner in named:
        if isinstance(inner, Mapping | list) and inner:
            yield f"{indent}{name}"
            yield from _branches(inner, indent + "  ")
        else:
            yield f"{indent}{name}: {_leaf(inner)}"


def _leaf(value: object) -> str:
    if isinstance(value, str):
        return clean(value) or '""'
    return clean(json_text(value))
