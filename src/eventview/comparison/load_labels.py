"""Texts for the page loads of two compared visits: metrics that differ, with their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from eventview.analysis.analysis import Analysis
from eventview.analysis.loads import VERDICT_METRICS
from eventview.comparison.diff import Comparison, LoadDifference, PagePair
from eventview.session import timefmt
from eventview.session.events import Location
from eventview.session.metrics import VITALS, Metric, Number

_NOT_MEASURED: Final = "not measured"

_ORDER: Final = {metric.key: place for place, metric in enumerate(VERDICT_METRICS)}


def find_marked(page: PagePair) -> Sequence[LoadDifference]:
    """Return the load metrics that differ noticeably, the most important first."""
    found = [load for load in page.loads if load.is_marked]
    return sorted(found, key=lambda load: _ORDER.get(load.metric.key, len(_ORDER)))


def list_figures(page: PagePair, place: int) -> Sequence[str]:
    """Return the values of one side that differ noticeably, the most important last."""
    marked = reversed(find_marked(page))
    return [f"{_name_metric(load.metric)} {_format_sides(load)[place]}" for load in marked]


def _name_metric(metric: Metric) -> str:
    return metric.short or metric.name


def describe(load: LoadDifference) -> str:
    """Return a metric measured on both sides: `LCP 8.1s poor instead of 1.1s good`."""
    first, second = _format_sides(load)
    return f"{_name_metric(load.metric)} {second} instead of {first}"


def format_values(comparison: Comparison, page: PagePair, load: LoadDifference) -> tuple[str, str]:
    """Return the value and rating on either side, or why there is no value."""
    first, second = _format_sides(load)
    if load.first is None and page.first is not None and page.first.head is not None:
        first = _explain_absence(comparison.first.analysis, page.first.head, load.metric)
    if load.second is None and page.second is not None and page.second.head is not None:
        second = _explain_absence(comparison.second.analysis, page.second.head, load.metric)
    return first, second


def _format_sides(load: LoadDifference) -> tuple[str, str]:
    metric, first, second = load.metric, load.first, load.second
    texts = [_format_value(metric, value) for value in (first, second)]
    if texts[0] == texts[1] and first != second:
        # Rounded to the same text, the values would look equal.
        texts = [f"{value} {metric.unit}".rstrip() for value in (first, second)]
    one, two = (
        text if rating is None else f"{text} {rating.value}"
        for text, rating in zip(texts, (load.first_rating, load.second_rating), strict=True)
    )
    return one, two


def _format_value(metric: Metric, value: Number | None) -> str:
    if value is None:
        return _NOT_MEASURED
    return timefmt.format_span(round(value)) if metric.unit == "ms" else str(value)


def _explain_absence(analysis: Analysis, index: int, metric: Metric) -> str:
    """Return why the load of a LOCATION has no value for a metric, as far as known."""
    event = analysis.session.events[index]
    if metric.field in analysis.repeated_vitals(index):
        return "may be that of the page before"
    if isinstance(event, Location) and metric.field in event.unavailable:
        return "not told by this server"
    # A server that omits zeros keeps vitals, because it sends them as texts.
    may_be_zero = metric.can_be_zero and metric not in VITALS
    zeros_are_absent = isinstance(event, Location) and event.zeros_are_absent
    return "0 or not measured" if may_be_zero and zeros_are_absent else _NOT_MEASURED
