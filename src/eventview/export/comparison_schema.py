"""What a comparison as JSON holds: the one description of it, from which the JSON Schema is made.

See `eventview.export.schema`, which knows where the schema is shipped.
"""

from __future__ import annotations

from typing import Literal

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


class Document(TypedDict):
    """Two sessions, compared."""

    schema: Literal["eventview-comparison/2"]
    first: SessionRecord
    second: SessionRecord
    cautions: list[str]
    """What to beware of: what has not come, what is hidden."""
    counts: CountsRecord
    pages: list[PageRecord]
