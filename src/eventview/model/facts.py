"""Everything known about one event, in words, in the order a reader wants it.

What the detail pane shows and a ticket quotes. All texts are clean, and those of the event itself
uncut. May import `eventview.model` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import NamedTuple

from eventview.model import times, wording
from eventview.model.events import Click, Event, Input, Location, what
from eventview.model.metrics import CATALOGUE, Number, is_measured
from eventview.model.session import Session
from eventview.model.text import shorten

_NEIGHBOUR_LIMIT = 80
"""Characters of another event's text: enough to know it by."""


class Fact(NamedTuple):
    """One named thing."""

    name: str
    value: str
    note: str = ""
    """What the value means; may be empty."""


class Section(NamedTuple):
    """Facts that belong together."""

    title: str
    """ "" for the first, whose title is the event itself."""
    facts: Sequence[Fact]


def sections(session: Session, index: int) -> Sequence[Section]:
    """All there is to say about an event, but for its raw JSON."""
    event = session.events[index]
    own = tuple(_own(session, index, event))
    parts = [Section("", own)]
    if isinstance(event, Location):
        parts.append(Section("page load, this visit", tuple(_load(event))))
    parts.append(Section("around it", tuple(_around(session, index))))
    return [part for part in parts if part.facts]


def _own(session: Session, index: int, event: Event) -> Iterator[Fact]:
    match event:
        case Location():
            yield from _location(session, index, event)
        case Click():
            yield from _click(event)
        case Input():
            yield from _input(event)
        case _:
            if what(event):
                yield Fact("what", what(event))
            if event.problem:
                yield Fact("not understood", event.problem, "shown as sent, below")
    yield _time(session, index, event)
    if not isinstance(event, Location):
        yield from _page(session, index)
    yield from _repeats(session, index)


def _location(session: Session, index: int, event: Location) -> Iterator[Fact]:
    yield Fact("path", event.path or "none sent")
    if event.query:
        yield Fact("query", event.query)
    yield Fact("host", event.host or "none sent")
    yield Fact("referrer", event.referrer or "none")
    number = session.visit_number(index)
    if number is not None:
        visit = session.visits[number]
        length = session.between_ms(visit.start, visit.end - 1)
        events = wording.plural(visit.end - visit.start, "event")
        yield Fact(
            "visit",
            f"page {number + 1:,} of {len(session.visits):,}",
            f"{events} within {times.span(length)}" if length else events,
        )


def _click(event: Click) -> Iterator[Fact]:
    yield Fact("label", event.label if event.label.strip() else "none")
    if event.selector:
        yield Fact("selector", event.selector)
    if event.hesitation_ms is not None:
        yield Fact(
            "hesitation", _milliseconds(event.hesitation_ms), "from pointing at it to the click"
        )
    if event.x_percent is not None and event.y_percent is not None:
        yield Fact(
            "position", f"{event.x_percent} % from the left, {event.y_percent} % from the top"
        )
    elif event.x_px is not None and event.y_px is not None:
        yield Fact("position", f"{event.x_px} px from the left, {event.y_px} px from the top")
    if event.url:
        yield Fact("clicked on", event.url)


def _input(event: Input) -> Iterator[Fact]:
    yield Fact("label", event.label if event.label.strip() else "none")
    yield Fact("value", "not recorded" if event.value is None else event.value or "empty")
    if event.duration_ms is not None:
        yield Fact(
            "duration", _milliseconds(event.duration_ms), "from entering the field to leaving"
        )
    if event.hesitation_ms is not None:
        yield Fact(
            "hesitation", _milliseconds(event.hesitation_ms), "from entering the field to typing"
        )


def _milliseconds(value: Number) -> str:
    exact = f"{value} ms"
    return f"{exact} ({times.span(round(value))})" if abs(value) >= 1000 else exact


def _time(session: Session, index: int, event: Event) -> Fact:
    if event.time_ms is None:
        return Fact("at", "no readable time", "stands where the server sent it")
    offset = wording.moment(session, index, wording.TimeMode.SINCE_START)
    return Fact("at", offset, times.date_clock(event.time_ms, UTC))


def _page(session: Session, index: int) -> Iterator[Fact]:
    number = session.visit_number(index)
    page = session.page(index)
    if number is None or page is None:
        yield Fact("page", "unknown", "no page was opened before it")
        return
    since = session.between_ms(session.visits[number].start, index)
    yield Fact(
        "page", what(page), "" if since is None else f"opened {times.span(since)} before this"
    )


def _repeats(session: Session, index: int) -> Iterator[Fact]:
    same = session.same_label(index)
    if len(same) < 2:
        return
    total = f"click {same.index(index) + 1:,} of {len(same):,} on this label"
    run = session.run(index)
    if run is None:
        yield Fact("repeats", total)
        return
    length = session.between_ms(run.start, run.end - 1)
    within = "" if length is None else f" within {times.span(length)}"
    yield Fact("repeats", total, f"{run.end - run.start} in a row{within}")


def _load(event: Location) -> Iterator[Fact]:
    if not is_measured(event.load):
        yield Fact(
            "",
            "Nothing was measured: a route change inside the page has no load of its own, and the "
            "server drops timings over 30 s.",
        )
    for metric in CATALOGUE:
        name = f"{metric.name} ({metric.short})" if metric.short.isupper() else metric.name
        meaning = f"estimate: {metric.meaning}" if metric.estimate else metric.meaning
        yield Fact(name, metric.written(event.load), meaning)
    if event.vitals_problem:
        yield Fact("web vitals", event.vitals_problem, "as sent; not all of it can be read")


def _around(session: Session, index: int) -> Iterator[Fact]:
    if index > 0:
        yield _neighbour("before", session, index - 1, session.between_ms(index - 1, index))
    if index < len(session.events) - 1:
        yield _neighbour("after", session, index + 1, session.between_ms(index, index + 1))


def _neighbour(name: str, session: Session, index: int, distance: int | None) -> Fact:
    event = session.events[index]
    direction = "earlier" if name == "before" else "later"
    far = "" if distance is None else f"{times.span(distance)} {direction}"
    return Fact(name, shorten(f"{event.type} {what(event)}".rstrip(), _NEIGHBOUR_LIMIT), far)
