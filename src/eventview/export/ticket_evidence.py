"""Evidence in a ticket: an error's stack, a request and its answer, clicks, load metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from eventview.analysis.analysis import Analysis, events_shown_at
from eventview.analysis.signals import Signal
from eventview.render.details import ROUTE_CHANGE, metric_name
from eventview.render.event_fields import format_place, lead_fields
from eventview.session import timefmt
from eventview.session.event_text import describe_event, selector_of
from eventview.session.events import Click, Crash, Error, Event, GraphQL, Issue, Location, Request
from eventview.session.metrics import CATALOGUE, Rating, is_page_load
from eventview.session.session import Session
from eventview.session.text import Inline, UserText, decode_json, json_text, shorten

_MOST_LINES: Final = 40
_LINE_LIMIT: Final = 300
_TEXT_LIMIT: Final = 2_000
"""Limits of a stack or a body in a ticket, our own choice: recognisable, and a page at most."""


class EvidenceBlock(NamedTuple):
    """Preformatted lines."""

    name: str
    lines: Sequence[str]


class Evidence(NamedTuple):
    """Facts and blocks about the event of a ticket."""

    title: str
    facts: Sequence[tuple[str, Inline]] = ()
    blocks: Sequence[EvidenceBlock] = ()


class EvidenceFigure(NamedTuple):
    """A metric of a page load."""

    name: str
    value: str
    rating: str
    """Rating in words; "" without a band."""
    note: str
    """Bound that it exceeds; "" if it exceeds none."""

    @property
    def is_bad(self) -> bool:
        """True if it needs work or is poor."""
        return self.rating in {Rating.NEEDS_WORK.value, Rating.POOR.value}


def find_evidence(session: Session, index: int, signals: Sequence[Signal]) -> Evidence | None:
    """Return the evidence of an event and of its findings; None if there is none."""
    event = session.events[_find_subject(session, index, signals)]
    match event:
        case Error() | Crash():
            return _error_evidence(event)
        case Request():
            return Evidence("The request", list(_request_facts(event)), _bodies(event))
        case GraphQL():
            facts = [("operation", _inline(event.name))]
            return Evidence("The GraphQL operation", facts, _bodies(event))
        case Issue():
            fields = [field for field in lead_fields(event) if field.name not in {"issue", "url"}]
            facts = [
                ("found by the server", _inline(event.issue_type or "without a name")),
                *((field.name, _inline(field.value)) for field in fields),
            ]
            payload = _block("payload, as sent", _text_lines(event.payload_problem))
            return Evidence("The finding", facts, payload)
        case Click():
            return _click_evidence(session, event, signals)
    if type(event) is not Event:
        return None
    return Evidence("The event", (), _block("as sent", json_text(event.raw, indent=2).split("\n")))


def _find_subject(session: Session, index: int, signals: Sequence[Signal]) -> int:
    """Return the index of the event that has the evidence: for a click, its error."""
    if isinstance(session.events[index], Error | Crash | Request | GraphQL):
        return index
    for signal in signals:
        for covered in events_shown_at(signal):
            if isinstance(session.events[covered], Error | Crash | Request):
                return covered
    return index


def _error_evidence(event: Error | Crash) -> Evidence:
    message = describe_event(event) or type(event).__name__
    facts: list[tuple[str, Inline]] = []
    if isinstance(event, Crash):
        title, stack, sent = "The crash", event.stack.splitlines(), ""
    else:
        title, stack, sent = "The error", [], event.payload_problem
        for frame in event.frames:
            place = format_place(frame)
            name = frame.function or "(anonymous)"
            stack.append(f"    at {name}" + (f" ({place})" if place else ""))
        facts += [("source", _inline(event.source))] if event.source else []
    if not stack:
        facts.insert(0, ("message", _inline(message)))
        facts += [] if sent else [("stack", ("none was sent",))]
    blocks = [
        *_block("stack", [message, *stack] if stack else ()),
        *_block("payload, as sent", _text_lines(sent)),
    ]
    return Evidence(title, facts, blocks)


def _request_facts(event: Request) -> Iterator[tuple[str, Inline]]:
    yield "request", _inline(f"{event.method} {event.url}".strip() or "not sent")
    if event.status == 0:
        yield "status", ("no answer: blocked, aborted, offline, or hidden from the page",)
    elif event.status is not None:
        yield "status", (f"{event.status:g}",)
    else:
        outcomes = {True: ", counted as a success", False: ", counted as failed", None: ""}
        yield "status", (f"not sent{outcomes[event.is_success]}",)
    if event.duration_ms is None:
        yield "duration", ("not known",)
    else:
        took = timefmt.format_duration(round(event.duration_ms), event.duration_step_ms)
        rounded = " (rounded to a second)" if event.duration_step_ms >= 1000 else ""
        yield "duration", (f"{took}{rounded}",)
    if event.size_bytes is not None:
        yield "size", (f"{event.size_bytes:,} bytes",)
    if not (event.request_body or event.response_body):
        yield "bodies", ("none was recorded",)


def _bodies(event: Request | GraphQL) -> Sequence[EvidenceBlock]:
    return [
        *_block("request body", _text_lines(event.request_body)),
        *_block("response body", _text_lines(event.response_body)),
    ]


def _click_evidence(session: Session, event: Click, signals: Sequence[Signal]) -> Evidence | None:
    selector = selector_of(event)
    facts: list[tuple[str, Inline]] = [("selector", _inline(selector))] if selector else []
    series = next((s for s in signals if s.kind.is_of_clicks and s.amount), None)
    if series is not None:
        clicks = [i for i in series.events if isinstance(session.events[i], Click)]
        length = session.between_ms(clicks[0], clicks[-1]) if clicks else None
        if length is not None:
            within = timefmt.format_duration(length, session.resolution_ms)
            facts.append(("clicks", (f"{series.amount:g} within {within}",)))
    return Evidence("What was clicked", facts) if facts else None


def _text_lines(text: str) -> Sequence[str]:
    """Return the lines of a body, indented if it is JSON."""
    if not text:
        return ()
    found = decode_json(text)
    if isinstance(found, dict | list) and found:
        return json_text(found, indent=2).split("\n")
    return (text,)


def _block(name: str, lines: Sequence[str]) -> Sequence[EvidenceBlock]:
    """Return a block of lines, cut to the limits with a note; none without lines."""
    if not lines:
        return ()
    limit = _TEXT_LIMIT if len(lines) == 1 else _LINE_LIMIT
    kept = [shorten(line, limit) for line in lines[:_MOST_LINES]]
    more = len(lines) - _MOST_LINES
    if more == 1:
        kept.append(shorten(lines[-1], limit))
    elif more > 1:
        kept.append(f"… ({more:,} more lines)")
    return (EvidenceBlock(name, kept),)


def _inline(text: str) -> Inline:
    return (UserText(text),)


def load_figures(analysis: Analysis, index: int) -> Iterator[EvidenceFigure]:
    """Yield the load metrics of the page that an event is on."""
    session = analysis.session
    page = session.opening(index)
    event = None if page is None else session.events[page]
    if page is None or not isinstance(event, Location):
        return
    repeated = analysis.repeated_vitals(page)
    for metric in CATALOGUE:
        value = metric.read(event.load)
        if value is None:
            continue
        band = analysis.band(page, metric)
        name = metric_name(metric) + (", an estimate" if metric.estimate else "")
        rating = None if band is None else band.rating(value)
        note = "may be that of the page before" if metric.field in repeated else ""
        if band is not None and rating in {Rating.NEEDS_WORK, Rating.POOR}:
            bound = band.poor if rating is Rating.POOR else band.good
            note = f"{rating.value} over {bound} {metric.unit}".rstrip()
        yield EvidenceFigure(
            name, metric.format_value(event.load), "" if rating is None else rating.value, note
        )


def load_note(session: Session, index: int) -> str:
    """Return the reason why a page has no load; "" if it has one or the event is not a page."""
    event = session.events[index]
    is_route_change = isinstance(event, Location) and not is_page_load(event.load)
    return ROUTE_CHANGE if is_route_change else ""
