"""The kinds of event, as typed values with cleaned text.

A source reads its own wire format and builds these; every string in a field has been through
`eventview.session.text.clean`, and `raw` alone keeps what the server sent. Names and units are the
same whatever server an event came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import NamedTuple

from eventview.session.folding import as_seen, legible
from eventview.session.metrics import NOT_MEASURED, LoadMetrics
from eventview.session.text import clean, json_text
from eventview.session.urls import other_readings, path_first
from eventview.session.values import Number, value_class

LOCATION = "LOCATION"
CLICK = "CLICK"
INPUT = "INPUT"
TAP = "TAP"
SWIPE = "SWIPE"
ERROR = "ERROR"
CRASH = "CRASH"
ISSUE = "ISSUE"
REQUEST = "REQUEST"
GRAPHQL = "GRAPHQL"
CUSTOM = "CUSTOM"
PERFORMANCE = "PERFORMANCE"

KNOWN_TYPES: tuple[str, ...] = (
    LOCATION,
    CLICK,
    INPUT,
    TAP,
    SWIPE,
    REQUEST,
    GRAPHQL,
    ERROR,
    CRASH,
    ISSUE,
    CUSTOM,
    PERFORMANCE,
)
"""The types with a model of their own, in the order their chips stand and in which events of one
second are told: what the person did, what came of it, what was measured."""

INCIDENT = "incident"
"""The type of issue that a user or the page itself reported."""

NOT_SEARCHED = frozenset(
    {
        "sessionId", "session_id", "event_id", "distinct_id", "$device_id", "created_at",
        "createdAt", "webVitals", "web_vitals", "cls", "inp", "lcp", "ttfb",
        "$user_id", "$browser", "$os", "$device", "$country", "$referrer",
        "user_device", "user_device_type", "page_title",
    }
)  # fmt: skip
"""Text fields that a search leaves out: ids and facts of the session, which stand in every event,
and numbers and times that the server happens to send as text. A page's title stands in every event
of the page, and is searched where the page was opened."""


_PAYLOAD_LIMIT = 500
"""Characters of a custom event's payload that stand beside its name."""


@value_class
class Event:
    """One thing a server says happened; also the kind for what has no model of its own."""

    type: str
    """As the API writes it."""
    time_ms: int | None
    """Epoch milliseconds; None when the event carries no readable time."""
    raw: object
    """What the server sent, untouched and therefore hostile."""
    problem: str = ""
    """Why an event of a known type could not be read as such; "" for all others."""


@value_class
class Location(Event):
    """A navigation: a full page load, or a route change inside the page."""

    host: str = ""
    path: str = ""
    """The path, or the whole URL where a server sends no path."""
    query: str = ""
    """Without its question mark."""
    referrer: str = ""
    load: LoadMetrics = field(default_factory=lambda: NOT_MEASURED)
    vitals_problem: str = ""
    """The web vitals as sent, when they could not be read; else ""."""
    zeros_are_absent: bool = False
    """The server does not send a measurement of 0, so one that is not there may be that."""
    untold: frozenset[str] = frozenset()
    """The fields of `load` that the server has no way to tell."""
    session_referrer: str | None = None
    """Where the whole session came from, from the servers that tell only that; else None."""
    title: str = ""
    """The page's title, from the servers that send it."""


@value_class
class Click(Event):
    """A click; its text fields are "" where the server has none."""

    label: str = ""
    selector: str = ""
    url: str = ""
    """Host and path of the page clicked on, as the server has it."""
    hesitation_ms: Number | None = None
    """From the pointer entering the element to the click."""
    x_percent: Number | None = None
    """Where in the viewport, 0 is left and 100 right."""
    y_percent: Number | None = None
    x_px: Number | None = None
    """Where in the viewport in pixels, from the releases that sent those."""
    y_px: Number | None = None


@value_class
class Input(Event):
    """A change of a form field."""

    label: str = ""
    value: str | None = None
    """What was entered, masked by the tracker; None when the server did not keep it."""
    duration_ms: Number | None = None
    """From focusing the field to the change."""
    duration_step_ms: int = 1
    """What the duration is rounded to."""
    hesitation_ms: Number | None = None
    """From focusing the field to the first key."""


class Frame(NamedTuple):
    """A line of an error's stack."""

    function: str
    file: str
    line: int | None
    column: int | None


@value_class
class Error(Event):
    """An exception in the page."""

    source: str = ""
    """What caught it, such as `js_exception`."""
    name: str = ""
    message: str = ""
    frames: tuple[Frame, ...] = ()
    """The stack, where it was thrown first."""
    payload_problem: str = ""
    """The payload as sent, when no stack can be read from it; else ""."""


@value_class
class Request(Event):
    """An HTTP request that the page or the app made."""

    method: str = ""
    url: str = ""
    status: Number | None = None
    """The status of the answer; 0 without an answer, None where that is not known."""
    is_success: bool | None = None
    """As the server judges (status under 400); None when it does not say."""
    size_bytes: Number | None = None
    """Transferred; None when not known."""
    duration_ms: Number | None = None
    duration_step_ms: int = 1
    """What the duration is rounded to."""
    request_body: str = ""
    response_body: str = ""
    """Both "" unless the project records them."""


@value_class
class GraphQL(Event):
    """A GraphQL operation."""

    name: str = ""
    request_body: str = ""
    """The variables."""
    response_body: str = ""


class Range(NamedTuple):
    """What a measurement was over a while; None for what was not recorded, or was 0."""

    least: Number | None = None
    average: Number | None = None
    most: Number | None = None


_NO_RANGE = Range()


@value_class
class Performance(Event):
    """How the page ran over some two minutes."""

    url: str = ""
    fps: Range = _NO_RANGE
    """Frames a second."""
    cpu_percent: Range = _NO_RANGE
    total_heap_bytes: Range = _NO_RANGE
    used_heap_bytes: Range = _NO_RANGE


@value_class
class Issue(Event):
    """Something the server or the tracker found wrong; an incident when somebody reported it."""

    issue_type: str = ""
    """The server's name of it, such as `click_rage`."""
    context: str = ""
    """What it is about: a label, a URL."""
    label: str = ""
    """What an incident was called by whoever reported it."""
    url: str = ""
    count: Number | None = None
    """How many clicks a click rage had."""
    duration_ms: Number | None = None
    rate_percent: Number | None = None
    """How much of the CPU or memory was taken."""
    start_ms: int | None = None
    end_ms: int | None = None
    """When an incident began and ended, epoch milliseconds."""
    payload_problem: str = ""
    """The payload as sent, when it cannot be read; else ""."""


@value_class
class Tap(Event):
    """A touch in a mobile app."""

    label: str = ""


@value_class
class Swipe(Event):
    """A swipe in a mobile app."""

    label: str = ""
    direction: str = ""


@value_class
class Crash(Event):
    """The end of a mobile app that nobody asked for."""

    name: str = ""
    reason: str = ""
    stack: str = ""
    """The stack trace, line by line as sent but cleaned."""


@value_class
class Custom(Event):
    """An event that the page's own code reported, under a name of its own."""

    name: str = ""
    payload: object = None
    """What came with it, decoded; hostile as `raw` is."""


def target(press: Click | Tap) -> tuple[str, str]:
    """Return what a click or tap was on: its label as seen, or else its selector.

    Two with one target were on one thing. Both texts are "" where nothing says what it was.
    """
    label = as_seen(press.label)
    return (label, "") if label else ("", selector_of(press))


def selector_of(press: Click | Tap) -> str:
    """Return the selector of what a click was on; "" for none, and for a tap, which has none."""
    return as_seen(press.selector) if isinstance(press, Click) else ""


def what(event: Event) -> str:
    """The event in a few words: the page, the label, the field and its masked value.

    For people: an address is decoded where that is safe.
    """
    # A label that an incident was given is none.
    is_address = isinstance(event, Location | Request | Issue) and not getattr(event, "label", "")
    return legible(what_sent(event)) if is_address else what_sent(event)


def what_sent(event: Event) -> str:
    """The event in the words of `what`, for programs: an address is as the server sent it."""
    match event:
        case Location():
            address = event.path or event.host or "(no path)"
            return f"{address}?{event.query}" if event.query else address
        case Click():
            return event.label if event.label.strip() else f"(no label) {event.selector}".rstrip()
        case Input():
            label = event.label if event.label.strip() else "(no label)"
            return f"{label} = {event.value}" if event.value else label
        case Tap():
            return event.label or "(no label)"
        case Swipe():
            return " ".join(part for part in (event.direction, event.label) if part)
        case _:
            return _what_came_of_it(event)


def _what_came_of_it(event: Event) -> str:
    match event:
        case Error():
            return _joined(event.name, event.message)
        case Crash():
            return _joined(event.name, event.reason)
        case Request():
            status = "" if event.status is None else str(event.status or "no answer")
            return " ".join(part for part in (event.method, status, path_first(event.url)) if part)
        case Issue():
            return _joined(
                event.issue_type.replace("_", " "), event.label or path_first(event.context)
            )
        case GraphQL():
            return event.name or "(no name)"
        case Custom():
            payload = _payload_words(event.payload)
            return f"{event.name} {payload}".strip() or "(no name)"
        case Performance():
            return _performance_words(event)
        case _:
            return _first_words(event.raw)


def _joined(name: str, text: str) -> str:
    return f"{name}: {text}" if name and text and not text.startswith(name) else text or name


def _payload_words(payload: object) -> str:
    if payload in (None, "", {}, []):
        return ""
    text = payload if isinstance(payload, str) else json_text(payload)
    return clean(text)[:_PAYLOAD_LIMIT]


def _performance_words(event: Performance) -> str:
    parts = []
    if event.fps.average is not None:
        parts.append(f"{event.fps.average} fps")
    if event.cpu_percent.average is not None:
        parts.append(f"{event.cpu_percent.average} % CPU")
    if event.used_heap_bytes.average is not None:
        parts.append(f"{event.used_heap_bytes.average / 2**20:.0f} MiB heap")
    return " · ".join(parts)


def _first_words(raw: object) -> str:
    if not isinstance(raw, Mapping):
        return clean(str(raw)) if isinstance(raw, str) else ""
    properties = raw.get("$properties")
    for sent in (raw, properties if isinstance(properties, Mapping) else {}):
        for name in ("label", "name", "message", "url", "path"):
            value = sent.get(name)
            if isinstance(value, str) and value.strip():
                return clean(value)
    return ""


_SCHEMES = ("https://", "http://")


def url_of(event: Event) -> str:
    """The address an event is about, without a scheme where the server sent none; "" for none."""
    match event:
        case Location():
            return _sent_url(event.raw) or (f"{event.host}{what_sent(event)}" if event.path else "")
        case Click() | Request() | Performance() | Issue():
            return event.url
    return _sent_url(event.raw)


def _sent_url(raw: object) -> str:
    """A full URL among an event's fields."""
    if not isinstance(raw, Mapping):
        return ""
    properties = raw.get("$properties")
    for sent in (properties if isinstance(properties, Mapping) else {}, raw):
        for name in ("url", "$current_url"):
            value = sent.get(name)
            if isinstance(value, str) and value.startswith(_SCHEMES):
                return clean(value)
    return ""


def searchable(event: Event) -> str:
    """All the text of an event, cleaned, a field a line: what find and filter look through.

    What its row says, and every text it came with.
    """
    title = (event.title,) if isinstance(event, Location) and event.title else ()
    texts = (event.type, what_sent(event) or event.type, *title, *_texts(event.raw))
    text = "\n".join(dict.fromkeys(texts))
    return "\n".join([text, *other_readings(text)])


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield clean(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            # Told apart here rather than by calling itself: most values are flat, and a search's
            # first key waits for all of them.
            if isinstance(inner, str):
                if name not in NOT_SEARCHED:
                    yield clean(inner)
            elif isinstance(inner, dict | list):
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
