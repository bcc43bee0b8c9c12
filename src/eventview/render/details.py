"""Details of one event and of its page load, for the detail pane and the dialog of a compared step.

All texts are sanitised; those of the event itself are not shortened.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Final

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import Signal
from eventview.render import rows
from eventview.render.event_fields import Field, Section, extra_sections, lead_fields
from eventview.session import timefmt
from eventview.session.event_text import describe_event, identify_target
from eventview.session.events import Click, Event, Location
from eventview.session.metrics import CATALOGUE, VITALS, Band, Metric, is_page_load
from eventview.session.session import Session
from eventview.session.text import shorten

LOAD_TITLE: Final = "page load, this visit"
"""Title of the section that a waterfall may precede."""

ROUTE_CHANGE: Final = (
    "A client-side route change has no load of its own and is not rated. A load that was not "
    "measured looks the same, and so does one with every timing over 30 s: the server drops those."
)

NOT_MEASURED: Final = "not measured"

_NEIGHBOUR_LIMIT: Final = 80
"""Characters of a neighbouring event's text, enough to recognise it."""

_METRICS: Final = {metric.key: metric for metric in CATALOGUE}
_UNCAPPED: Final = frozenset({*VITALS, *(metric for metric in CATALOGUE if metric.estimate)})
"""Metrics that the server keeps at any length; it drops the others if they are over 30 s."""

_NO_SHORTER: Final[Mapping[str, Set[str]]] = {
    "server_wait": {"ttfb", "response_start"},
    "fp": {"fcp", "lcp"},
    "fcp": {"lcp"},
    "dcl_start": {"dcl", "load_start", "load"},
    "dcl": {"load_start", "load"},
    "load_start": {"load"},
}
"""Metrics that take at least as long, by their definitions in https://www.w3.org/TR/navigation-timing-2/
and https://www.w3.org/TR/paint-timing/. If one of them is measured, the metric of the key was not
dropped for its length."""


def build_sections(
    analysis: Analysis, index: int, signals: Sequence[Signal] | None = None
) -> Sequence[Section]:
    """Return all details of an event except its raw JSON.

    Args:
        analysis: analysis of the event's session.
        index: index of the event.
        signals: signals to explain; None for the event's own.
    """
    session = analysis.session
    event = session.events[index]
    explained = analysis.signals.of(index) if signals is None else signals
    signal_fields = []
    for signal in explained:
        rule = descriptions.describe_rule(signal, analysis.rules, session.resolution_ms)
        sentence = descriptions.describe_signal(analysis, signal)
        signal_fields.append(Field("", sentence, f"rule: {rule}"))
    sections = [
        Section("", tuple(_lead_fields(analysis, index, event))),
        Section("signals", tuple(signal_fields)),
        Section(
            LOAD_TITLE,
            tuple(_load_fields(analysis, index, event)) if isinstance(event, Location) else (),
        ),
        *extra_sections(event),
        Section("around it", tuple(_neighbour_fields(session, index))),
    ]
    return [section for section in sections if section.facts]


def _lead_fields(analysis: Analysis, index: int, event: Event) -> Iterator[Field]:
    session = analysis.session
    yield from lead_fields(event)
    number = session.visit_number(index) if isinstance(event, Location) else None
    if number is not None:
        visit, length = session.visits[number], session.stay_ms(number)
        events = rows.pluralize(visit.end - visit.start, "event")
        yield Field(
            "visit",
            f"page {number + 1:,} of {len(session.visits):,}",
            f"{events} within {_format_span(session, length)}" if length else events,
        )
    yield _time_field(session, index, event)
    if session.is_stamped(index):
        yield Field("dated", "when the server stored it", "not when it happened")
    if session.is_order_inferred(index):
        if isinstance(event, Location):
            placed = "the others of this second are placed around it"
        else:
            by = "the page it names" if session.is_placed_by_page(index) else "its type"
            placed = f"placed by {by}"
        yield Field("order", "inferred", f"the server keeps whole seconds; {placed}")
    if not isinstance(event, Location):
        yield _page_field(analysis, index)
    yield from _repeat_fields(analysis, index)


def _format_span(session: Session, ms: int) -> str:
    return timefmt.format_span(ms, session.resolution_ms)


def _time_field(session: Session, index: int, event: Event) -> Field:
    if event.time_ms is None:
        return Field("at", "no readable time", "stands where the server sent it")
    date = rows.format_date(session, event.time_ms)
    if session.is_stray(index):
        far = rows.describe_stray(session, index)
        return Field("at", date, f"not credible: {far}; left out of offsets and durations")
    return Field("at", rows.format_time(session, index), date)


def _page_field(analysis: Analysis, index: int) -> Field:
    session = analysis.session
    opened, page = session.opening(index), session.page(index)
    if opened is None or page is None:
        is_behind_gap = not session.is_whole(0, index)
        reason = f"no page {'has arrived' if is_behind_gap else 'was opened'} before it"
        if session.is_stray(index):
            reason = "its time is not credible"
        return Field("page", "unknown", reason)
    since = session.between_ms(opened, index)
    notes = [] if since is None else [f"opened {_format_span(session, since)} before this"]
    loaded = descriptions.describe_load(analysis, opened)
    notes += [loaded] if loaded else []
    label = " · ".join(part for part in (describe_event(page), page.title) if part)
    return Field("page", label, " · ".join(notes))


def _repeat_fields(analysis: Analysis, index: int) -> Iterator[Field]:
    session = analysis.session
    same = analysis.clicks_like(index)
    if len(same) < 2:
        return
    event = session.events[index]
    on = "label" if isinstance(event, Click) and identify_target(event)[0] else "selector"
    total = f"click {bisect_left(same, index) + 1:,} of {len(same):,} on this {on}"
    run = analysis.run(index)
    if run is None:
        yield Field("repeats", total)
        return
    length = session.between_ms(run.start, run.end - 1)
    within = "" if length is None else f" within {_format_span(session, length)}"
    yield Field("repeats", total, f"{run.clicks} in a row{within}")


def _neighbour_fields(session: Session, index: int) -> Iterator[Field]:
    if index > 0:
        yield _neighbour_field("before", session, index - 1, session.between_ms(index - 1, index))
        if index in session.behind_gaps:
            yield Field("", rows.MISSING, "events between them have not come")
    if index < len(session.events) - 1:
        yield _neighbour_field("after", session, index + 1, session.between_ms(index, index + 1))


def _neighbour_field(name: str, session: Session, index: int, distance: int | None) -> Field:
    event = session.events[index]
    direction = "earlier" if name == "before" else "later"
    text = shorten(f"{event.type} {describe_event(event)}".rstrip(), _NEIGHBOUR_LIMIT)
    note = "" if distance is None else f"{_format_span(session, distance)} {direction}"
    return Field(name, text, note)


def _load_fields(analysis: Analysis, index: int, event: Location) -> Iterator[Field]:
    """Yield every metric of a page load, in the order in which a load passes them."""
    if not is_page_load(event.load):
        yield Field("", ROUTE_CHANGE)
    repeated = analysis.repeated_vitals(index)
    for metric in CATALOGUE:
        value = metric.read(event.load)
        if value is None and metric.is_minor:
            continue
        yield _metric_field(metric, event, analysis.band(index, metric))
    if repeated:
        names = ", ".join(metric.short for metric in VITALS if metric.field in repeated)
        yield Field(
            "",
            f"{names}: identical to the page before, to the last digit. The server may have "
            "repeated the earlier values, so they are not rated.",
        )
    if event.vitals_problem:
        yield Field("web vitals", event.vitals_problem, "as sent; only partly readable")


def metric_name(metric: Metric) -> str:
    """Return the name of a metric with its abbreviation, if it has one."""
    return f"{metric.name} ({metric.short})" if metric.short.isupper() else metric.name


def _metric_field(metric: Metric, event: Location, band: Band | None) -> Field:
    name = metric_name(metric)
    meaning = f"estimate: {metric.meaning}" if metric.estimate else metric.meaning
    value = metric.read(event.load)
    if value is None:
        reason, longer = explain_absence(metric, event), _NO_SHORTER.get(metric.key, ())
        is_bounded = any(_METRICS[key].read(event.load) is not None for key in longer)
        if reason == NOT_MEASURED and metric not in _UNCAPPED and not is_bounded:
            meaning = f"(may have been over 30 s) {meaning}"
        return Field(name, reason, meaning)
    amount = metric.format_value(event.load)
    if band is None:
        return Field(name, amount, meaning)
    rating = band.rating(value)
    unit, source = f" {metric.unit}" if metric.unit else "", band.source.removeprefix("https://")
    bounds = f"good up to {band.good}{unit}, poor over {band.poor}{unit} ({source})"
    return Field(name, f"{amount} {rating.value}", f"{meaning}; {bounds}", rating)


def explain_absence(metric: Metric, event: Location) -> str:
    """Return why the load of a LOCATION has no value for a metric, as far as known."""
    if metric.field in event.unavailable:
        return "not sent by this server"
    # A server that omits zeros keeps vitals, because it sends them as texts.
    may_be_zero = event.zeros_are_absent and metric.can_be_zero and metric not in VITALS
    return "0 or not measured" if may_be_zero else NOT_MEASURED
