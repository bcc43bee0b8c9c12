"""The event types, as typed values with cleaned text.

A wire reader builds these from its own format. Every string in a field has been through
`eventview.session.text.clean`; only `raw` (and a custom event's payload) is as the server sent it.
Names and units are the same for all servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from eventview.session.folding import decode_address, fold_label
from eventview.session.metrics import NOT_MEASURED, LoadMetrics, Number, value_class
from eventview.session.text import clean, json_text
from eventview.session.urls import format_path_first, other_spellings

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
    LOCATION, CLICK, INPUT, TAP, SWIPE, REQUEST, GRAPHQL, ERROR, CRASH, ISSUE, CUSTOM, PERFORMANCE,
)  # fmt: skip
"""The types with a class of their own, in the order of their chips and of the events of one second:
acts, their consequences, measurements."""

INCIDENT = "incident"
"""The type of an issue that a user or the page itself reported."""

NOT_SEARCHED = frozenset(
    {
        "sessionId", "session_id", "event_id", "distinct_id", "$device_id", "created_at",
        "createdAt", "webVitals", "web_vitals", "cls", "inp", "lcp", "ttfb",
        "$user_id", "$browser", "$os", "$device", "$country", "$referrer",
        "user_device", "user_device_type", "page_title",
    }
)  # fmt: skip
"""Text fields that a search skips: ids and facts of the session, which every event repeats, and
numbers and times that the server sends as text. A page's title, which all its events repeat, is
searched in its LOCATION."""

_PAYLOAD_LIMIT = 500
"""Most characters of a custom event's payload that follow its name."""


@value_class
class Event:
    """An event, and the class of those whose type has none of its own."""

    type: str
    """The type as the API names it."""
    time_ms: int | None
    """Epoch milliseconds; None if the event has no readable time."""
    raw: object
    """The event as the server sent it: untouched and therefore hostile."""
    problem: str = ""
    """The reason why an event of a known type could not be read as such; "" for all others."""


@value_class
class Location(Event):
    """A navigation: a full page load, or a route change inside the page."""

    host: str = ""
    path: str = ""
    """The path, or the whole URL if the server sends no path."""
    query: str = ""
    """The query without its question mark."""
    referrer: str = ""
    load: LoadMetrics = field(default_factory=lambda: NOT_MEASURED)
    vitals_problem: str = ""
    """The web vitals as sent, if they could not be read; else ""."""
    zeros_are_absent: bool = False
    """True if the server sends no measurement of 0, so that a missing one may be 0."""
    unavailable: frozenset[str] = frozenset()
    """The fields of `load` that the server cannot send."""
    session_referrer: str | None = None
    """The referrer of the whole session, from servers that send only that; else None."""
    title: str = ""
    """The page's title; "" if the server does not send it."""


@value_class
class Click(Event):
    """A click; a text that the server does not have is ""."""

    label: str = ""
    selector: str = ""
    url: str = ""
    """Host and path of the page, as the server sends them."""
    hesitation_ms: Number | None = None
    """Milliseconds from the pointer entering the element to the click."""
    x_percent: Number | None = None
    """The position in the viewport: 0 is left, 100 right."""
    y_percent: Number | None = None
    x_px: Number | None = None
    """The position in the viewport in pixels, from the releases that send it."""
    y_px: Number | None = None


@value_class
class Input(Event):
    """A change of a form field."""

    label: str = ""
    value: str | None = None
    """The value entered, masked by the tracker; None if the server did not keep it."""
    duration_ms: Number | None = None
    """Milliseconds from focusing the field to the change."""
    duration_step_ms: int = 1
    """The step that the duration is rounded to."""
    hesitation_ms: Number | None = None
    """Milliseconds from focusing the field to the first key."""


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
    """The catcher of the exception, such as `js_exception`."""
    name: str = ""
    message: str = ""
    frames: tuple[Frame, ...] = ()
    """The stack, beginning where the exception was thrown."""
    payload_problem: str = ""
    """The payload as sent, if no stack can be read from it; else ""."""


@value_class
class Request(Event):
    """An HTTP request that the page or the app made."""

    method: str = ""
    url: str = ""
    status: Number | None = None
    """The status of the response; 0 for no response, None if unknown."""
    is_success: bool | None = None
    """The server's verdict (status under 400); None if it sends none."""
    size_bytes: Number | None = None
    """Bytes transferred; None if unknown."""
    duration_ms: Number | None = None
    duration_step_ms: int = 1
    """The step that the duration is rounded to."""
    request_body: str = ""
    response_body: str = ""
    """Both bodies are "" unless the project records them."""


@value_class
class GraphQL(Event):
    """A GraphQL operation."""

    name: str = ""
    request_body: str = ""
    """The variables."""
    response_body: str = ""


class Range(NamedTuple):
    """The range of a measurement over a while; None for a figure not recorded, or 0."""

    least: Number | None = None
    average: Number | None = None
    most: Number | None = None


_NO_RANGE = Range()


@value_class
class Performance(Event):
    """A sample of the page's performance over about two minutes."""

    url: str = ""
    fps: Range = _NO_RANGE
    """Frames per second."""
    cpu_percent: Range = _NO_RANGE
    total_heap_bytes: Range = _NO_RANGE
    used_heap_bytes: Range = _NO_RANGE


@value_class
class Issue(Event):
    """A problem that the server or the tracker noticed, or an incident that somebody reported."""

    issue_type: str = ""
    """The server's name of the problem, such as `click_rage`."""
    context: str = ""
    """The subject of the problem: a label, a URL."""
    label: str = ""
    """The reporter's name for an incident."""
    url: str = ""
    count: Number | None = None
    """The number of clicks of a click rage."""
    duration_ms: Number | None = None
    rate_percent: Number | None = None
    """The share of CPU or memory in use, in percent."""
    start_ms: int | None = None
    end_ms: int | None = None
    """Start and end of an incident, epoch milliseconds."""
    payload_problem: str = ""
    """The payload as sent, if it cannot be read; else ""."""


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
    """A crash of a mobile app."""

    name: str = ""
    reason: str = ""
    stack: str = ""
    """The stack trace, each line cleaned."""


@value_class
class Custom(Event):
    """An event that the page's own code reported, with a name of its choice."""

    name: str = ""
    payload: object = None
    """The decoded payload; hostile like `raw`."""


def identify_target(press: Click | Tap) -> tuple[str, str]:
    """Return the label as seen and the selector that identify a click's or tap's element.

    One of them is "", or both if nothing identifies the element.
    """
    label = fold_label(press.label)
    return (label, "") if label else ("", selector_of(press))


def selector_of(press: Click | Tap) -> str:
    """Return the selector of a click's element; "" for none, and for a tap, which has none."""
    return fold_label(press.selector) if isinstance(press, Click) else ""


def describe_event(event: Event) -> str:
    """Return the event in a few words for people, its address decoded where that is safe."""
    # The label of an incident is no address.
    is_address = isinstance(event, Location | Request | Issue) and not getattr(event, "label", "")
    return decode_address(describe_event_raw(event)) if is_address else describe_event_raw(event)


def describe_event_raw(event: Event) -> str:
    """Return the words of `describe_event` with the address as the server sent it."""
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
            return _describe_effect(event)


def _describe_effect(event: Event) -> str:
    match event:
        case Error():
            return _join(event.name, event.message)
        case Crash():
            return _join(event.name, event.reason)
        case Request():
            status = "" if event.status is None else str(event.status or "no answer")
            return " ".join(
                part for part in (event.method, status, format_path_first(event.url)) if part
            )
        case Issue():
            kind = event.issue_type.replace("_", " ")
            return _join(kind, event.label or format_path_first(event.context))
        case GraphQL():
            return event.name or "(no name)"
        case Custom():
            sent = event.payload
            text = sent if isinstance(sent, str) else json_text(sent)
            payload = "" if sent in (None, {}, []) else clean(text)[:_PAYLOAD_LIMIT]
            return f"{event.name} {payload}".strip() or "(no name)"
        case Performance():
            return _format_performance(event)
        case _ if isinstance(event.raw, str):
            return clean(event.raw)
        case _:
            names = ("label", "name", "message", "url", "path")
            texts = _find_texts(names, event.raw, _properties_of(event.raw))
            return next((clean(text) for text in texts if text.strip()), "")


def _join(name: str, text: str) -> str:
    return f"{name}: {text}" if name and text and not text.startswith(name) else text or name


def _format_performance(event: Performance) -> str:
    fps, cpu, heap = event.fps.average, event.cpu_percent.average, event.used_heap_bytes.average
    parts = [f"{fps} fps"] if fps is not None else []
    parts += [f"{cpu} % CPU"] if cpu is not None else []
    parts += [f"{heap / 2**20:.0f} MiB heap"] if heap is not None else []
    return " · ".join(parts)


def _properties_of(raw: object) -> object:
    return raw.get("$properties") if isinstance(raw, Mapping) else None


def _find_texts(names: Sequence[str], *places: object) -> Iterator[str]:
    """Yield the texts in some fields of those places that are objects."""
    for fields in places:
        if isinstance(fields, Mapping):
            yield from (text for name in names if isinstance(text := fields.get(name), str))


def url_of(event: Event) -> str:
    """Return the URL of an event, without a scheme if the server sent none; "" for none."""
    if isinstance(event, Click | Request | Performance | Issue):
        return event.url
    texts = _find_texts(("url", "$current_url"), _properties_of(event.raw), event.raw)
    url = next((clean(text) for text in texts if text.startswith(("https://", "http://"))), "")
    if isinstance(event, Location) and event.path and not url:
        return f"{event.host}{describe_event_raw(event)}"
    return url


def searchable_text(event: Event) -> str:
    """Return the text that find and filter search: the event's row and texts, a field a line."""
    title = (event.title,) if isinstance(event, Location) and event.title else ()
    texts = (event.type, describe_event_raw(event) or event.type, *title, *_texts(event.raw))
    text = "\n".join(dict.fromkeys(texts))
    return "\n".join([text, *other_spellings(text)])


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield clean(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            # Texts need no call of their own: most values are flat, and the first key of a search
            # waits for all of them.
            if isinstance(inner, str):
                if name not in NOT_SEARCHED:
                    yield clean(inner)
            elif isinstance(inner, dict | list):
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
