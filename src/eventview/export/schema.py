"""Types of the JSON formats, from which the shipped JSON Schemas are made.

A test generates the schemas and compares them with the shipped files in `FILES`. Any added, changed
or removed field or kind of signal requires a new version of the format.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from eventview.analysis.signal_kinds import SIGNAL_KINDS

if TYPE_CHECKING:
    SignalKey = str
else:
    SignalKey = Literal[tuple(kind.key for kind in SIGNAL_KINDS)]


class SessionRecord(TypedDict):
    """One of the two sessions."""

    source: str
    """The project's key, the file's name, demo."""
    session: str
    start_ms: int | None
    """The time of the first event, epoch milliseconds."""
    duration_ms: int
    resolution_ms: int
    """Resolution to which the times are rounded down."""
    pages: int
    """Number of page visits."""
    shown: int
    total: int
    """Number of events received."""
    announced: int | None
    """Number of events that the server counted."""


class StepRecord(TypedDict):
    """One session's side of a line."""

    events: list[int]
    """The numbers of equal events in a row, counted from 1."""
    offset_ms: int | None
    """Time of the first of them since the session's first event."""
    type: str
    what: str
    """Its label, its page, or its request with the answer; never an entered value."""


class LineRecord(TypedDict):
    """A step of one session and its counterpart in the other."""

    outcome: Literal["same", "added", "missing", "changed"]
    """Change from the first session to the second."""
    aspects: list[Literal["address", "load", "label", "status", "count"]]
    """The differences of a changed step."""
    changes: list[str]
    """The differences in words."""
    first: StepRecord | None
    second: StepRecord | None


class LoadRecord(TypedDict):
    """A load metric that was measured on at least one side."""

    metric: str
    """Its name in queries."""
    unit: str
    first: int | float | None
    second: int | float | None
    first_rating: Literal["good", "needs work", "poor"] | None
    second_rating: Literal["good", "needs work", "poor"] | None
    differs: bool
    """True if the ratings differ or a user notices the difference."""


class VisitRecord(TypedDict):
    """A page visit of one session, or its events without a known page."""

    n: int | None
    """Number of the page visit, counted from 1; null if the page is not known."""
    page: str
    """Its address without the host, or the reason why it has none."""
    stay_ms: int | None
    """Time until the next page, or to the last event of the session."""
    only_signals: dict[SignalKey, int]
    """Signals on this page by kind, only kinds that the other session does not have there."""


class PageRecord(TypedDict):
    """A page visit of both sessions, or of one."""

    first: VisitRecord | None
    second: VisitRecord | None
    notes: list[str]
    """Notes on the page visit, in words."""
    loads: list[LoadRecord]
    """Load metrics, if both sessions loaded the page."""
    lines: list[LineRecord]
    """Lines of the page visit; that of the page itself, if shown, is the first."""


class CountsRecord(TypedDict):
    """Number of lines by outcome."""

    same: int
    added: int
    missing: int
    changed: int


class ComparisonDocument(TypedDict):
    """Comparison of two sessions."""

    schema: Literal["eventview-comparison/2"]
    first: SessionRecord
    second: SessionRecord
    cautions: list[str]
    """Limits of the comparison: missing or hidden events."""
    counts: CountsRecord
    pages: list[PageRecord]


FILES: Final = {"session": "session-2.schema.json", "comparison": "comparison-2.schema.json"}
"""Files of the shipped schemas, by the names of their formats."""


class ReplayPlace(TypedDict):
    """Replay of the session."""

    url: str
    """Address of the replay; ?jumpto= and milliseconds since the start open it at a moment."""
    start_ms: int | None
    """Start by the server's clock, epoch milliseconds."""


class FoundSignal(TypedDict):
    """A signal."""

    kind: SignalKey
    """Its name for `is:` in queries."""
    severity: Literal["severe", "notable", "neutral"]
    at: int
    """The number of the event that carries it."""
    events: list[int]
    """The numbers of all its events."""
    amount: int | float | None
    """Clicks, milliseconds or a status, by its kind; null if there is no figure."""
    sentence: str
    rule: str
    """The rule that found it."""


class PageOf(TypedDict):
    """The page visit an event belongs to."""

    n: int
    """Counted from 1."""
    path: str


class Load(TypedDict):
    """The most significant metric of a page load."""

    metric: str
    """Its name in queries."""
    value: int | float
    """Milliseconds; for `cls` a number without unit."""
    rating: Literal["good", "needs work", "poor"] | None


class Whole(TypedDict):
    """Facts about the session of a record; see the fields of `Document`."""

    total: int | None
    """Null if it is not known."""
    announced: int | None
    start_ms: int | None
    duration_ms: int


class Record(TypedDict):
    """One event with the data of the timeline and the event as sent by the server."""

    n: int
    """Its number in the whole session, counted from 1."""
    type: str
    timestamp: int | None
    """Epoch milliseconds; null if it has no readable time."""
    offset_ms: int | None
    """Time since the first event; null also for a stray event."""
    delta_ms: int | None
    """Time since the event before; null if it is not known."""
    page: PageOf | None
    what: str
    """The text of its row."""
    signals: list[SignalKey]
    """Kinds of its signals, the most severe first; a silence is at the event that ends it."""
    load: NotRequired[Load]
    """Only for a page load that was measured."""
    title: NotRequired[str]
    """The title of a page that has one."""
    stray: NotRequired[bool]
    """True for an event whose time is too far from all others to be credible; else absent."""
    order: NotRequired[Literal["inferred"]]
    """Set only if the server does not send the order of this event and others of its time."""
    hit: NotRequired[bool]
    """True if it matches the find; only with a find."""
    context: NotRequired[bool]
    """True for an event that is included only because it is near one that the filter matches."""
    whole: NotRequired[Whole]
    """Only in NDJSON, and only if not all events of the session are written."""
    problem: NotRequired[str]
    """The reason why it could not be read as its type; else absent."""
    raw: Any
    """The event as sent, value for value, or with placeholders if the head has `redaction`."""


class Document(TypedDict):
    """A session, or the shown part of it."""

    schema: Literal["eventview-session/2"]
    source: str
    """The project's key, the file's name, demo."""
    session: str
    user: str | None
    """The user of the session, if known."""
    replay: ReplayPlace | None
    start_ms: int | None
    """Time of the session's first event, included or not, epoch milliseconds."""
    duration_ms: int
    """Time from the session's first event to its last, included or not."""
    resolution_ms: Literal[1, 1000]
    """Resolution to which the times are rounded down."""
    pages: int
    """Number of page visits."""
    types: dict[str, int]
    """Number of all events of the session by type."""
    view: str
    """Filters and marks in words; empty if there are none."""
    shown: int
    total: int
    """Number of events received."""
    announced: int | None
    """Number of events that the server counted."""
    gaps: list[tuple[int, int]]
    """Time spans with missing events, epoch milliseconds, both ends included."""
    summary: dict[str, str]
    """The session at a glance, in words."""
    signals: list[FoundSignal]
    """All signals of the session, also of events that are not shown."""
    doubled: NotRequired[int]
    """Number of the server's duplicate rows, which are left out; absent if there are none."""
    redaction: NotRequired[str]
    """Data replaced by placeholders and data not looked for; only in a redacted session."""
    hits: NotRequired[int]
    """Number of shown events that match the find; only with a find."""
    at: NotRequired[int | None]
    """Number of the event at the requested moment, or the last before it; only with one."""
    events: list[Record]


def read_schema(name: str) -> str:
    """Return a shipped JSON Schema by its name in `FILES`; NDJSON lines are its `$defs/Record`."""
    return files(__package__).joinpath(FILES[name]).read_text("utf-8")
