"""The loads of two compared page visits in words: which metrics differ, and how each reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from eventview.analysis.analysis import Analysis
from eventview.analysis.loads import TELLING
from eventview.comparison.diff import Comparison, LoadDifference, PagePair
from eventview.session import timefmt
from eventview.session.events import Location
from eventview.session.metrics import VITALS, Metric
from eventview.session.values import Number

_NOT_MEASURED: Final = "not measured"

_TELLING: Final = {metric.key: place for place, metric in enumerate(TELLING)}


def marked(page: PagePair) -> Sequence[LoadDifference]:
    """The load metrics that make a difference, the most telling first."""
    found = [load for load in page.loads if load.is_marked]
    return sorted(found, key=lambda load: _TELLING.get(load.metric.key, len(_TELLING)))


def figures(page: PagePair, place: int) -> Sequence[str]:
    """The figures of one side's load that make a difference, the most telling last."""
    return [f"{_metric(load.metric)} {_measured(load)[place]}" for load in reversed(marked(page))]


def _metric(metric: Metric) -> str:
    return metric.short or metric.name


def words(load: LoadDifference) -> str:
    """A load metric measured on both sides: `LCP 8.1s poor instead of 1.1s good`."""
    first, second = _measured(load)
    return f"{_metric(load.metric)} {second} instead of {first}"


def values(comparison: Comparison, page: PagePair, load: LoadDifference) -> tuple[str, str]:
    """What was measured on either side, with its rating; where nothing was, why not."""
    first, second = _measured(load)
    if load.first is None and page.first is not None and page.first.head is not None:
        first = _absent(comparison.first.analysis, page.first.head, load.metric)
    if load.second is None and page.second is not None and page.second.head is not None:
        second = _absent(comparison.second.analysis, page.second.head, load.metric)
    return first, second


def _measured(load: LoadDifference) -> tuple[str, str]:
    metric, first, second = load.metric, load.first, load.second
    written = [_written(metric, value) for value in (first, second)]
    if written[0] == written[1] and first != second:
        # Rounded, they would read as if they were the same.
        written = [f"{value} {metric.unit}".rstrip() for value in (first, second)]
    one, two = (
        text if rating is None else f"{text} {rating.value}"
        for text, rating in zip(written, (load.first_rating, load.second_rating), strict=True)
    )
    return one, two


def _written(metric: Metric, value: Number | None) -> str:
    if value is None:
        return _NOT_MEASURED
    return timefmt.span(round(value)) if metric.unit == "ms" else str(value)


def _absent(analysis: Analysis, index: int, metric: Metric) -> str:
    """Why a metric has no figure in the load of a LOCATION, as far as that is known."""
    event = analysis.session.events[index]
    if metric.field in analysis.repeated_vitals(index):
        return "may be that of the page before"
    if isinstance(event, Location) and metric.field in event.untold:
        return "not told by this server"
    # Vitals are sent as texts, which a server that leaves out zeros does not take for one.
    may_be_zero = metric.can_be_zero and metric not in VITALS
    zeros_are_absent = isinstance(event, Location) and event.zeros_are_absent
    return "0 or not measured" if may_be_zero and zeros_are_absent else _NOT_MEASURED
