"""Everything known about one event, in words, in the order a reader wants it.

What the detail pane shows, and the box that tells a compared step in full. All texts are clean, and
those of the event itself uncut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import Signal
from eventview.render import rows
from eventview.render.event_fields import Field, Section, more, own
from eventview.render.load_details import load
from eventview.session import timefmt
from eventview.session.events import Click, Event, Location, target, what
from eventview.session.session import Session
from eventview.session.text import shorten

__all__ = ["Field", "Section", "sections"]

LOAD_TITLE = "page load, this visit"
"""Of the section that a picture of the load may stand before."""

_NEIGHBOUR_LIMIT = 80
"""Characters of another event's text: enough to know it by."""


def sections(
    analysis: Analysis, index: int, signals: Sequence[Signal] | None = None
) -> Sequence[Section]:
    """All there is to say about an event, but for its raw JSON.

    Args:
        analysis: of the event's session.
        index: of the event.
        signals: those to explain, where they are more than the event's own.
    """
    session = analysis.session
    event = session.events[index]
    parts = [
        Section("", tuple(_first(analysis, index, event))),
        Section(
            "signals",
            tuple(_signals(analysis, analysis.signals.of(index) if signals is None else signals)),
        ),
        Section(LOAD_TITLE, tuple(_load(analysis, index, event))),
        *more(event),
        Section("around it", tuple(_around(session, index))),
    ]
    return [part for part in parts if part.facts]


def _signals(analysis: Analysis, signals: Sequence[Signal]) -> Iterator[Field]:
    for signal in signals:
        yield Field(
            "",
            descriptions.sentence(analysis, signal),
            f"rule: {descriptions.rule(signal, analysis.rules, analysis.session.resolution_ms)}",
        )


def _load(analysis: Analysis, index: int, event: Event) -> Iterator[Field]:
    return load(analysis, index, event) if isinstance(event, Location) else iter(())


def _first(analysis: Analysis, index: int, event: Event) -> Iterator[Field]:
    session = analysis.session
    yield from own(event)
    if isinstance(event, Location):
        yield from _visit(session, index)
    yield _time(session, index, event)
    if session.is_stamped(index):
        yield Field("dated", "when the server stored it", "not when it happened")
    yield from _order(session, index)
    if not isinstance(event, Location):
        yield from _page(analysis, index)
    yield from _repeats(analysis, index)


def _visit(session: Session, index: int) -> Iterator[Field]:
    number = session.visit_number(index)
    if number is not None:
        visit = session.visits[number]
        length = session.stay_ms(number)
        events = rows.plural(visit.end - visit.start, "event")
        yield Field(
            "visit",
            f"page {number + 1:,} of {len(session.visits):,}",
            f"{events} within {_span(session, length)}" if length else events,
        )


def _span(session: Session, ms: int) -> str:
    return timefmt.span(ms, session.resolution_ms)


def _time(session: Session, index: int, event: Event) -> Field:
    if event.time_ms is None:
        return Field("at", "no readable time", "stands where the server sent it")
    moment = timefmt.date_clock(event.time_ms, UTC, session.step_ms(event.time_ms))
    if session.is_stray(index):
        far = rows.stray(session, index)
        return Field("at", moment, f"not credible: {far}; left out of offsets and durations")
    return Field("at", rows.moment(session, index), moment)


def _order(session: Session, index: int) -> Iterator[Field]:
    if not session.is_order_inferred(index):
        return
    if isinstance(session.events[index], Location):
        placed = "the others of this second are placed around it"
    elif session.is_placed_by_page(index):
        placed = "placed by the page it names"
    else:
        placed = "placed by its type"
    yield Field("order", "inferred", f"the server keeps whole seconds; {placed}")


def _page(analysis: Analysis, index: int) -> Iterator[Field]:
    session = analysis.session
    number = session.visit_number(index)
    page = session.page(index)
    if number is None or page is None:
        lacking = "has come" if session.is_behind_gap(index) else "was opened"
        why = "its time is a stray" if session.is_stray(index) else f"no page {lacking} before it"
        yield Field("page", "unknown", why)
        return
    opened = session.visits[number].start
    since = session.between_ms(opened, index)
    notes = [] if since is None else [f"opened {_span(session, since)} before this"]
    loaded = descriptions.load_words(analysis, opened)
    notes += [loaded] if loaded else []
    named = " · ".join(part for part in (what(page), page.title) if part)
    yield Field("page", named, " · ".join(notes))


def _repeats(analysis: Analysis, index: int) -> Iterator[Field]:
    session = analysis.session
    same = session.same_label(index)
    if len(same) < 2:
        return
    event = session.events[index]
    on = "label" if isinstance(event, Click) and target(event)[0] else "selector"
    total = f"click {same.index(index) + 1:,} of {len(same):,} on this {on}"
    run = analysis.run(index)
    if run is None:
        yield Field("repeats", total)
        return
    length = session.between_ms(run.start, run.end - 1)
    within = "" if length is None else f" within {_span(session, length)}"
    yield Field("repeats", total, f"{run.clicks} in a row{within}")


def _around(session: Session, index: int) -> Iterator[Field]:
    if index > 0:
        yield _neighbour("before", session, index - 1, session.between_ms(index - 1, index))
        if session.is_gap_before(index):
            yield Field("", rows.MISSING, "events between them have not come")
    if index < len(session.events) - 1:
        yield _neighbour("after", session, index + 1, session.between_ms(index, index + 1))


def _neighbour(name: str, session: Session, index: int, distance: int | None) -> Field:
    event = session.events[index]
    direction = "earlier" if name == "before" else "later"
    far = "" if distance is None else f"{_span(session, distance)} {direction}"
    return Field(name, shorten(f"{event.type} {what(event)}".rstrip(), _NEIGHBOUR_LIMIT), far)
