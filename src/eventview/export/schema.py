"""The JSON formats, described once: the JSON Schemas are made from these types.

The schemas are shipped beside this module, as `FILES` names them; a test makes them anew and
compares. A new field or kind of signal makes the next version, as any change or removal does.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict


class SessionRecord(TypedDict):
    """One of the sessions."""

    source: str
    """The project's key, the file's name, demo."""
    session: str
    start_ms: int | None
    """The time of the first event, epoch milliseconds."""
    duration_ms: int
    resolution_ms: int
    """What the times are rounded down to."""
    pages: int
    """Page visits."""
    shown: int
    total: int
    """Events of the session that have come."""
    announced: int | None
    """Events that the server counted."""


class StepRecord(TypedDict):
    """What one session has on a line."""

    events: list[int]
    """The numbers of equal events in a row, counted from 1."""
    offset_ms: int | None
    """When the first of them was, since the session's first event."""
    type: str
    what: str
    """Its label, its page, its request with what was answered; never what was entered."""


class LineRecord(TypedDict):
    """A step of one session, and what the other has in its place."""

    outcome: Literal["same", "added", "missing", "changed"]
    """What the second session is against the first."""
    aspects: list[Literal["address", "load", "label", "status", "count"]]
    """In what both differ, where it is changed."""
    changes: list[str]
    """The same in words."""
    first: StepRecord | None
    second: StepRecord | None


class LoadRecord(TypedDict):
    """A load metric that was measured on at least one side."""

    metric: str
    """What a query calls it."""
    unit: str
    first: int | float | None
    second: int | float | None
    first_rating: Literal["good", "needs work", "poor"] | None
    second_rating: Literal["good", "needs work", "poor"] | None
    differs: bool
    """Whether the rating is another one, or a user notices the difference."""


class VisitRecord(TypedDict):
    """A page visit of one session, or its events of no known page."""

    n: int | None
    """Which page visit it is, counted from 1; null where the page is not known."""
    page: str
    """Its address less its host, or in words why it has none."""
    stay_ms: int | None
    """Until the next page, or to the last event of the session."""
    only_signals: dict[str, int]
    """The signals that the other session has none of on this page, by kind."""


class PageRecord(TypedDict):
    """A page visit of both sessions, or of one."""

    first: VisitRecord | None
    second: VisitRecord | None
    notes: list[str]
    """What there is to say of it in words."""
    loads: list[LoadRecord]
    """Only where both sessions loaded the page."""
    lines: list[LineRecord]
    """That of the page itself first, where it is shown."""


class CountsRecord(TypedDict):
    """How many lines came to what."""

    same: int
    added: int
    missing: int
    changed: int


class ComparisonDocument(TypedDict):
    """Two sessions, compared."""

    schema: Literal["eventview-comparison/2"]
    first: SessionRecord
    second: SessionRecord
    cautions: list[str]
    """What to beware of: what has not come, what is hidden."""
    counts: CountsRecord
    pages: list[PageRecord]


FILES: Final = {"session": "session-2.schema.json", "comparison": "comparison-2.schema.json"}
"""The shipped schemas: of the `Document` here, of that in `eventview.export.schema`."""


class ReplayPlace(TypedDict):
    """Where the session can be watched."""

    url: str
    """Without a moment; ?jumpto= and milliseconds since the start open it at one."""
    start_ms: int | None
    """When it began by the server's clock, epoch milliseconds."""


class FoundSignal(TypedDict):
    """Something striking."""

    kind: str
    """What `is:` calls it in a query."""
    severity: Literal["severe", "notable", "neutral"]
    at: int
    """The number of the event that carries it."""
    events: list[int]
    """The numbers of all events it covers."""
    amount: int | float | None
    """Clicks, milliseconds or a status, as its sentence says; null where there is no figure."""
    sentence: str
    rule: str
    """Why it was found."""


class PageOf(TypedDict):
    """The page visit an event belongs to."""

    n: int
    """Counted from 1."""
    path: str


class Load(TypedDict):
    """The figure that says most of a page load."""

    metric: str
    """What a query calls it."""
    value: int | float
    """Milliseconds; of `cls` a number without unit."""
    rating: Literal["good", "needs work", "poor"] | None


class Whole(TypedDict):
    """Facts of the session that a record is of; see the fields of `Document`."""

    total: int | None
    """Null where that is not known."""
    announced: int | None
    start_ms: int | None
    duration_ms: int


class Record(TypedDict):
    """One event: what the timeline shows of it, and what the server sent."""

    n: int
    """Its number in the whole session, counted from 1, whatever of it is here."""
    type: str
    timestamp: int | None
    """Epoch milliseconds; null where it has no readable time."""
    offset_ms: int | None
    """Since the first event; null too for a stray."""
    delta_ms: int | None
    """Since the event before; null where that is not known."""
    page: PageOf | None
    what: str
    """What its row says."""
    signals: list[str]
    """The kinds of signal that are seen at it, the gravest first; a silence at what ends it."""
    load: NotRequired[Load]
    """Of a page load that was measured."""
    title: NotRequired[str]
    """The title of a page that has one."""
    stray: NotRequired[bool]
    """True for an event whose time is too far from all others to be credible; only then."""
    order: NotRequired[Literal["inferred"]]
    """Set only if the server does not tell the order of this event and others of its time."""
    hit: NotRequired[bool]
    """Whether it matches the find; only where there is one."""
    context: NotRequired[bool]
    """True for an event that is here only because it is near one that the filter matches."""
    whole: NotRequired[Whole]
    """Only in NDJSON, and only where not all events of the session are written."""
    problem: NotRequired[str]
    """Why it could not be read as its type; only then."""
    raw: Any
    """What the server sent, value for value, or with stand-ins where the head has `redaction`."""


class Document(TypedDict):
    """A session, or what is shown of it."""

    schema: Literal["eventview-session/2"]
    source: str
    """The project's key, the file's name, demo."""
    session: str
    user: str | None
    """Whose session it is, as far as it is known."""
    replay: ReplayPlace | None
    start_ms: int | None
    """The time of the session's first event, epoch milliseconds, whether or not it is here."""
    duration_ms: int
    """From the session's first event to its last, whether or not they are here."""
    resolution_ms: Literal[1, 1000]
    """What the times are rounded down to."""
    pages: int
    """Page visits."""
    types: dict[str, int]
    """All events of the session by type."""
    view: str
    """What is hidden and marked, in words; empty where nothing is."""
    shown: int
    total: int
    """Events of the session that have come."""
    announced: int | None
    """Events that the server counted."""
    gaps: list[tuple[int, int]]
    """Spans whose events have not all come, epoch milliseconds, both ends included."""
    summary: dict[str, str]
    """The session at a glance, in words."""
    signals: list[FoundSignal]
    """Of the whole session, whatever is shown of it."""
    doubled: NotRequired[int]
    """Rows that the server holds beside an equal one, which are shown once; only then."""
    redaction: NotRequired[str]
    """What was replaced by stand-ins and what was not looked for; only where that was done."""
    hits: NotRequired[int]
    """How many of the shown events match the find; only where there is one."""
    at: NotRequired[int | None]
    """The number of the event at the moment that was asked for, or last before it; only then."""
    events: list[Record]


def text(name: str) -> str:
    """A shipped JSON Schema, by its name in `FILES`; `$defs/Record` is that of a line of NDJSON."""
    return files(__package__).joinpath(FILES[name]).read_text("utf-8")
