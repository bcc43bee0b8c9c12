"""The event types and the catalogue of their fields.

A field is declared once, with its name on each wire, its label and unit in the detail pane, its
name in queries, its role, its part in the key of a comparison and its CSV column: every other room
reads them from here. Every string in a field has been through `eventview.session.text.clean`; only
`raw` (and a custom event's payload) is as the server sent it. Names and units are the same for all
servers.
"""

# Annotations are evaluated here, unlike elsewhere, because the catalogue is read from them.

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, ClassVar, Literal, NamedTuple, get_args

import msgspec

from eventview.session.metrics import NOT_MEASURED, LoadMetrics, Number
from eventview.session.text import MAX_DEPTH, is_nested_deeper

INCIDENT = "incident"
"""The type of an issue that a user or the page itself reported."""


Role = Literal[
    "text", "address", "referrer", "host", "query", "word", "selector", "input", "body", "lines",
    "payload", "frames", "load", "number", "time", "range", "position", "status", "flag",
]  # fmt: skip
"""The meaning of a field's value: each room has one table from role to function."""

NUMBER_ROLES: frozenset[Role] = frozenset({"number", "position", "status", "time", "flag"})
"""The roles of fields with one number, time or truth value."""

WireName = str | tuple[str, ...]
"""The name of a field on a wire, or several of which the first with a value counts; "" if the wire
lacks it."""


class FieldInfo(NamedTuple):
    """Facts of a field that the other rooms need to know."""

    v1: WireName = ""
    """Name in releases to 1.26."""
    v2: WireName | None = None
    """Name in `$properties` of releases from 1.27, or in the row after `row.`; None if it is the
    attribute's."""
    web: WireName = ""
    """Name in the lists of the web player's answer."""
    clickhouse: WireName | None = None
    """Name in releases 1.24 to 1.26; None if it is that of `v1`."""
    role: Role = "text"
    label: str | None = ""
    """Label in the detail pane; "" if it is the attribute's name, None if the field has no line."""
    unit: str = ""
    """`ms`, `bytes` or `%`; "" for a text or a number without unit."""
    absent: str = ""
    """Value to show if the server sent none; "" leaves the line out."""
    note: str = ""
    """Meaning of the value."""
    absent_note: str = ""
    """Reason why the value may be absent."""
    query: str = ""
    """Name in queries; "" if it cannot be queried by itself."""
    key: Literal["", "text", "word", "path", "address", "selector"] = ""
    """Form in which the field identifies a step in a comparison; "" if it does not."""
    column: str = ""
    """CSV column; "" for none."""


_decode = msgspec.json.Decoder().decode


def decode_sent(sent: object) -> object:
    """Return the value in a slice of JSON that has been found valid; any other value as it is.

    A value that is nested too deeply, or has a number with too many digits, stays a text.
    """
    if not isinstance(sent, msgspec.Raw):
        return sent
    text = bytes(sent)
    try:
        value = _decode(sent)
    except msgspec.MsgspecError:
        # msgspec refuses numbers beyond a float, and Python integers of thousands of digits.
        try:
            value = json.loads(text)
        except ValueError:
            return text.decode()
    # Most rows are too short for so many brackets or have fewer, which saves a walk through them.
    may_be_deep = len(text) > 2 * MAX_DEPTH and text.count(b"{") + text.count(b"[") > MAX_DEPTH
    return text.decode() if may_be_deep and is_nested_deeper(value) else value


_LABEL = FieldInfo("label", web="label", absent="none", query="label", key="text", column="label")
_NAME = FieldInfo(web="name", query="name", key="text")
_NUMBER, _BODY, _RANGE = FieldInfo(role="number"), FieldInfo(role="body"), FieldInfo(role="range")
_HESITATION = FieldInfo(
    "hesitation", "hesitation_time", role="number", label="hesitation", unit="ms",
    query="hesitation",
)  # fmt: skip
_DURATION = FieldInfo(web="duration", role="number", label="duration", unit="ms", query="duration")
_ADDRESS = FieldInfo("url", web="url", role="address", query="url")


class Event(msgspec.Struct, frozen=True, gc=False):  # noqa: PLW1641  # raw values have no hash
    """An event, and the class of those whose type has none of its own.

    No class of events has subclasses, so that loops over a session compare `type(event)`: a Struct
    takes `isinstance` twice as long as other classes do.
    """

    type: str
    """The type as the API names it."""
    time_ms: int | None
    """Epoch milliseconds; None if the event has no readable time."""
    sent: object
    """The event as the server sent it, a slice of the answer or a decoded value."""
    problem: str = ""
    """The fields that could not be read, each with the reason; "" for most events."""

    def __eq__(self, other: object) -> bool:
        """Return True if both are the same event, however it is kept."""
        if not isinstance(other, Event) or type(self) is not type(other):
            return NotImplemented
        one, two = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        is_same = one[:2] == two[:2] and one[3:] == two[3:]
        return is_same and (self.sent == other.sent or self.raw == other.raw)

    @property
    def raw(self) -> object:
        """The decoded event as the server sent it: untouched and therefore hostile."""
        return decode_sent(self.sent)


_unpack_load = msgspec.msgpack.Decoder(LoadMetrics).decode


class Location(Event, frozen=True, gc=False):
    """A navigation: a full page load, or a route change inside the page."""

    path: Annotated[
        str,
        FieldInfo(
            ("path", "url"), v2="", clickhouse="", role="address", absent="none sent", query="url"
        ),
    ] = ""
    """The path, or the whole URL if the server sends no path."""
    title: Annotated[str, FieldInfo(v2="page_title", query="title", column="title")] = ""
    """The page's title; "" if the server does not send it."""
    query: Annotated[str, FieldInfo("query", v2="", clickhouse="", role="query")] = ""
    """The query without its question mark."""
    host: Annotated[str, FieldInfo("host", v2="", role="host", absent="none sent")] = ""
    referrer: Annotated[str, FieldInfo("referrer", v2="", role="referrer", absent="none")] = ""
    session_referrer: Annotated[
        str | None, FieldInfo(v2="row.$referrer", role="address", label=None)
    ] = None
    """The referrer of the whole session, from servers that send only that; else None."""
    packed_load: Annotated[bytes | LoadMetrics, FieldInfo(v2="", role="load", label=None)] = (
        NOT_MEASURED
    )
    """The figures of `load`, as `pack_load` returns them: most of the loads are never shown."""
    vitals_problem: str = ""
    """The web vitals as sent, if they could not be read; else ""."""
    zeros_are_absent: bool = False
    """True if the server sends no measurement of 0, so that a missing one may be 0."""
    unavailable: frozenset[str] = frozenset()
    """The fields of `load` that the server cannot send."""

    @property
    def load(self) -> LoadMetrics:
        """The figures of the page load."""
        packed = self.packed_load
        return _unpack_load(packed) if isinstance(packed, bytes) else packed


class Click(Event, frozen=True, gc=False):
    """A click; a text that the server does not have is ""."""

    label: Annotated[str, _LABEL] = ""
    selector: Annotated[
        str,
        FieldInfo("selector", role="selector", query="selector", key="selector", column="selector"),
    ] = ""
    hesitation_ms: Annotated[
        Number | None, _HESITATION._replace(note="from pointing at it to the click")
    ] = None
    """Milliseconds from the pointer entering the element to the click."""
    position: ClassVar[
        Annotated[
            None,
            FieldInfo(
                ("normalizedX", "normalizedY", "x", "y"), v2=("normalized_x", "normalized_y"),
                role="position",
            ),
        ]
    ] = None  # fmt: skip
    """Not kept, because it is read of few clicks, by `eventview.wire.fields.read_position`."""
    url: Annotated[str, _ADDRESS._replace(label="clicked on")] = ""
    """Host and path of the page, as the server sends them."""


class Input(Event, frozen=True, gc=False):
    """A change of a form field."""

    label: Annotated[str, _LABEL] = ""
    value: Annotated[
        str | None,
        FieldInfo(
            "value", v2="", clickhouse="", role="input", absent="not recorded", query="value",
            column="value",
        ),
    ] = None  # fmt: skip
    """The value entered, masked by the tracker; None if the server did not keep it."""
    duration_ms: Annotated[
        Number | None,
        _DURATION._replace(
            v1="duration",
            v2="row.$duration_s",
            web="",
            note="from entering the field to leaving it",
        ),
    ] = None
    """Milliseconds from focusing the field to the change."""
    hesitation_ms: Annotated[
        Number | None, _HESITATION._replace(note="from entering the field to typing")
    ] = None
    """Milliseconds from focusing the field to the first key."""
    duration_step_ms: int = 1
    """The step that the duration is rounded to."""


class Frame(NamedTuple):
    """A line of an error's stack."""

    function: str
    file: str
    line: int | None
    column: int | None


class Error(Event, frozen=True, gc=False):
    """An exception in the page."""

    message: Annotated[str, FieldInfo(web="message", query="message", key="text")] = ""
    name: Annotated[str, _NAME] = ""
    source: Annotated[str, FieldInfo(web="source", role="word", absent="none sent")] = ""
    """The catcher of the exception, such as `js_exception`."""
    frames: Annotated[tuple[Frame, ...], FieldInfo(v2="", role="frames")] = ()
    """The stack, beginning where the exception was thrown."""
    payload_problem: str = ""
    """The payload as sent, if no stack can be read from it; else ""."""


class Request(Event, frozen=True, gc=False):
    """An HTTP request that the page or the app made."""

    method: Annotated[str, FieldInfo(web="method", role="word", absent="none sent", key="word")] = (
        ""
    )
    url: Annotated[
        str,
        FieldInfo(
            v2=("url", "row.$current_url"), web=("url", "name"), role="address",
            absent="none sent", query="url", key="path",
        ),
    ] = ""  # fmt: skip
    status: Annotated[
        Number | None, FieldInfo(web="status", role="status", absent="not sent", query="status")
    ] = None
    """The status of the response; 0 for no response, None if unknown."""
    is_success: Annotated[
        bool | None, FieldInfo(v2="success", web="success", role="flag", label=None)
    ] = None
    """The server's verdict (status under 400); None if it sends none."""
    size_bytes: Annotated[
        Number | None,
        FieldInfo(
            v2="transfer_size",
            web=("transferSize", "encodedBodySize", "decodedBodySize"),
            role="number",
            label="size",
            unit="bytes",
            note="transferred",
            absent="0 or not known",
            query="size",
        ),
    ] = None
    """Bytes transferred; None if unknown."""
    duration_ms: Annotated[
        Number | None,
        _DURATION._replace(
            v2="duration",
            absent="not known",
            absent_note="under half a second, or not measured",
        ),
    ] = None
    duration_step_ms: int = 1
    """The step that the duration is rounded to."""
    request_body: Annotated[
        str, _BODY._replace(web=("request", "requestBody"), label="request body")
    ] = ""
    response_body: Annotated[
        str, _BODY._replace(web=("response", "responseBody"), label="response body")
    ] = ""
    """Both bodies are "" unless the project records them."""


class GraphQL(Event, frozen=True, gc=False):
    """A GraphQL operation."""

    name: Annotated[str, _NAME._replace(label="operation", absent="no name")] = ""
    request_body: Annotated[str, _BODY._replace(label="request body")] = ""
    """The variables."""
    response_body: Annotated[str, _BODY._replace(label="response body")] = ""


class Range(NamedTuple):
    """The range of a measurement over a while; None for a figure not recorded, or 0."""

    least: Number | None = None
    average: Number | None = None
    most: Number | None = None


_NO_RANGE = Range()


class Performance(Event, frozen=True, gc=False):
    """A sample of the page's performance over about two minutes."""

    url: Annotated[str, _ADDRESS] = ""
    fps: Annotated[Range, _RANGE._replace(label="frames a second")] = _NO_RANGE
    """Frames per second."""
    cpu_percent: Annotated[Range, _RANGE._replace(v2="cpu", label="CPU", unit="%")] = _NO_RANGE
    total_heap_bytes: Annotated[
        Range, _RANGE._replace(v2="total_js_heap_size", label="JS heap, whole", unit="bytes")
    ] = _NO_RANGE
    used_heap_bytes: Annotated[
        Range, _RANGE._replace(v2="used_js_heap_size", label="JS heap, used", unit="bytes")
    ] = _NO_RANGE


class Issue(Event, frozen=True, gc=False):
    """A problem that the server or the tracker noticed, or an incident that somebody reported."""

    issue_type: Annotated[
        str,
        FieldInfo(
            v2=("row.issue_type", "issue_type"), web=("issueType", "issue_type", "type"),
            role="word", label="issue", absent="none sent", key="word",
        ),
    ] = ""  # fmt: skip
    """The server's name of the problem, such as `click_rage`."""
    label: Annotated[str, FieldInfo("label", web="label", query="label")] = ""
    """The reporter's name for an incident."""
    context: Annotated[
        str,
        FieldInfo(
            v2="context_string", web=("contextString", "context_string", "context"), key="address"
        ),
    ] = ""
    """The subject of the problem: a label, a URL."""
    url: Annotated[str, _ADDRESS] = ""
    count: Annotated[Number | None, _NUMBER._replace(v1="count", v2="")] = None
    """The number of clicks of a click rage."""
    duration_ms: Annotated[Number | None, _DURATION._replace(v2="", web="")] = None
    rate_percent: Annotated[Number | None, _NUMBER._replace(v2="", label="rate", unit="%")] = None
    """The share of CPU or memory in use, in percent."""
    start_ms: Annotated[
        int | None, FieldInfo(v2="start_time", web="startTime", role="time", label="from")
    ] = None
    end_ms: Annotated[
        int | None, FieldInfo(v2="end_time", web="endTime", role="time", label="to")
    ] = None
    """Start and end of an incident, epoch milliseconds."""
    payload_problem: str = ""
    """The payload as sent, if it cannot be read; else ""."""


class Tap(Event, frozen=True, gc=False):
    """A touch in a mobile app."""

    label: Annotated[str, _LABEL] = ""


class Swipe(Event, frozen=True, gc=False):
    """A swipe in a mobile app."""

    direction: Annotated[str, FieldInfo(role="word", absent="none sent")] = ""
    label: Annotated[str, _LABEL._replace(key="")] = ""


class Crash(Event, frozen=True, gc=False):
    """A crash of a mobile app."""

    reason: Annotated[str, FieldInfo(web=("reason", "message"), query="message")] = ""
    name: Annotated[str, _NAME._replace(key="")] = ""
    stack: Annotated[str, FieldInfo(v2="stacktrace", web="stacktrace", role="lines")] = ""
    """The stack trace, each line cleaned."""


class Custom(Event, frozen=True, gc=False):
    """An event that the page's own code reported, with a name of its choice."""

    name: Annotated[str, _NAME._replace(web=("name", "title"), absent="none")] = ""
    payload: Annotated[object, FieldInfo(role="payload")] = None
    """The decoded payload; hostile like `raw`."""


EVENT_CLASSES: tuple[type[Event], ...] = (
    Location, Click, Input, Tap, Swipe, Request, GraphQL, Error, Crash, Issue, Custom, Performance,
)  # fmt: skip
"""The classes in the order of their types' chips and of the events of one second: acts, their
consequences, measurements."""


def type_of(event_class: type[Event]) -> str:
    """Return the type of a class's events: `LOCATION` for `Location`."""
    return event_class.__name__.upper()


KNOWN_TYPES: tuple[str, ...] = tuple(map(type_of, EVENT_CLASSES))
"""The types with a class of their own, in the order of `EVENT_CLASSES`."""


@cache
def fields_of(event_class: type[Event]) -> Mapping[str, FieldInfo]:
    """Return the catalogue of an event type: its fields by attribute, in the detail's order."""
    found = {}
    for name, annotation in event_class.__annotations__.items():
        # The annotation of a field that is not kept is within a ClassVar.
        parts = (annotation, *get_args(annotation))
        info = next((each for part in parts for each in getattr(part, "__metadata__", ())), None)
        if isinstance(info, FieldInfo):
            found[name] = info._replace(
                v2=name if info.v2 is None else info.v2,
                label=name if info.label == "" else info.label,
            )
    return found


def all_fields() -> Iterator[tuple[type[Event], str, FieldInfo]]:
    """Yield the catalogue of all types: class, attribute and facts of each field."""
    for event_class in EVENT_CLASSES:
        for name, info in fields_of(event_class).items():
            yield event_class, name, info
