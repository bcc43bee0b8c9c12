"""The kinds of event, as typed values with cleaned text.

A source reads its own wire format and builds these; every string in a field has been through
`eventview.model.text.clean`, and `raw` alone keeps what the server sent. Names and units are the
same whatever server an event came from. May import `eventview.model` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eventview.model.metrics import NOT_MEASURED, LoadMetrics, Number
from eventview.model.text import clean

LOCATION = "LOCATION"
CLICK = "CLICK"
INPUT = "INPUT"

KNOWN_TYPES: tuple[str, ...] = (LOCATION, CLICK, INPUT)
"""The types with a model of their own, in the order their chips stand."""

NOT_SEARCHED = frozenset({"sessionId", "webVitals"})
"""Text fields that a search leaves out: the session's id stands in every event, and the vitals
are numbers that the server happens to send as text."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Location(Event):
    """A navigation: a full page load, or a route change inside the page."""

    host: str = ""
    path: str = ""
    """The path, or the whole URL where a server sends no path."""
    query: str = ""
    """Without its question mark."""
    referrer: str = ""
    load: LoadMetrics = NOT_MEASURED
    vitals_problem: str = ""
    """The web vitals as sent, when they could not be read; else ""."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Input(Event):
    """A change of a form field."""

    label: str = ""
    value: str | None = None
    """What was entered, masked by the tracker; None when the server did not keep it."""
    duration_ms: Number | None = None
    """From focusing the field to the change."""
    hesitation_ms: Number | None = None
    """From focusing the field to the first key."""


def what(event: Event) -> str:
    """The event in a few words: the page, the label, the field and its masked value."""
    match event:
        case Location():
            address = event.path or event.host or "(no path)"
            return f"{address}?{event.query}" if event.query else address
        case Click():
            if event.label.strip():
                return event.label
            return f"(no label) {event.selector}".rstrip()
        case Input():
            label = event.label if event.label.strip() else "(no label)"
            return f"{label} = {event.value}" if event.value else label
        case _:
            return _first_words(event.raw)


def _first_words(raw: object) -> str:
    if not isinstance(raw, Mapping):
        return clean(str(raw)) if isinstance(raw, str) else ""
    for field in ("label", "name", "message", "url", "path"):
        value = raw.get(field)
        if isinstance(value, str) and value.strip():
            return clean(value)
    return ""


def searchable(event: Event) -> str:
    """All the text of an event, cleaned, a field a line: what find and filter look through."""
    return "\n".join(dict.fromkeys((event.type, *_texts(event.raw))))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield clean(value)
    elif isinstance(value, dict):
        for field, inner in value.items():
            # Told apart here rather than by calling itself: most values are flat, and a search's
            # first key waits for all of them.
            if isinstance(inner, str):
                if field not in NOT_SEARCHED:
                    yield clean(inner)
            elif isinstance(inner, dict | list):
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
