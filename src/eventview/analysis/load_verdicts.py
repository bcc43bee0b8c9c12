"""Verdicts on page loads: which measured metric says most, and its rating."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf
from operator import attrgetter
from typing import Final, NamedTuple

from eventview.session.metrics import (
    CLS,
    FCP,
    INP,
    LCP,
    LOAD,
    NOT_MEASURED,
    PUBLISHED,
    RESPONSE_START,
    SPEED_INDEX,
    TTFB,
    VITALS,
    Bands,
    LoadMetrics,
    Metric,
    Number,
    Rating,
    is_page_load,
)

LOADING_METRICS: tuple[Metric, ...] = (LCP, FCP, LOAD, SPEED_INDEX, TTFB, RESPONSE_START)
"""The metrics of the length of a load, the most important first: what the user saw before what the
machine did; the order is our own. The response start replaces a TTFB that was not captured."""

_BEHAVIOUR: tuple[Metric, ...] = (INP, CLS)

VERDICT_METRICS: tuple[Metric, ...] = (*LOADING_METRICS, *_BEHAVIOUR)
"""The metrics that can stand for a page load: its length, and poor behaviour of the page later."""

_POOR: Final = Rating.POOR

# One call reads all fields of a load, because signals need them for every page of a session.
_read_verdict_metrics = attrgetter(*(metric.field for metric in VERDICT_METRICS))


class Verdict(NamedTuple):
    """A measured metric of a page load with its rating."""

    metric: Metric
    value: Number
    rating: Rating | None
    """None if the metric has no band."""


def rate_load(load: LoadMetrics, bands: Bands = PUBLISHED) -> Sequence[Verdict]:
    """Return the measured metrics of `VERDICT_METRICS` in their order; none for a route change."""
    return [Verdict(*rated) for rated in _rate(load, bands)] if is_page_load(load) else ()


def find_verdict(
    load: LoadMetrics, bands: Bands = PUBLISHED, among: Sequence[Metric] = VERDICT_METRICS
) -> Verdict | None:
    """Return the worst rated metric, the first of equals; None without one or for a route change.

    Args:
        load: the measured values.
        bands: the bands to rate by, by the key of their metric.
        among: the metrics to choose from, some of `VERDICT_METRICS`.
    """
    if not is_page_load(load):
        return None
    # `rate_load` would make objects for every page that are thrown away.
    worst: tuple[Metric, Number, Rating | None] | None = None
    most = -2
    for rated in _rate(load, bands):
        metric, _, rating = rated
        badness = -1 if rating is None else rating.badness
        if badness > most and metric in among:
            worst, most = rated, badness
    return None if worst is None else Verdict(*worst)


def _rate(load: LoadMetrics, bands: Bands) -> Iterator[tuple[Metric, Number, Rating | None]]:
    for metric, value in zip(VERDICT_METRICS, _read_verdict_metrics(load), strict=True):
        if value is None or not (value or metric.can_be_zero):
            continue
        if metric is RESPONSE_START and load.time_to_first_byte_ms is not None:
            continue
        band = bands.get(metric.key)
        rating = None if band is None else band.rating(value)
        if rating is _POOR or metric not in _BEHAVIOUR:
            yield metric, value, rating


def make_poor_test(bands: Bands) -> Callable[[LoadMetrics], bool]:
    """Return a function that returns True if a load has a figure over the bound of a poor one.

    It is much faster than a verdict, which only such a load needs in a search for poor ones.
    """
    bounds = [band.poor if (band := bands.get(metric.key)) else inf for metric in VERDICT_METRICS]

    def has_poor_figure(load: LoadMetrics) -> bool:
        if load is not NOT_MEASURED:
            for value, bound in zip(_read_verdict_metrics(load), bounds, strict=True):
                if value is not None and value > bound:
                    return True
        return False

    return has_poor_figure


_read_vitals = attrgetter(*(metric.field for metric in VITALS))


def find_repeated_vitals(before: LoadMetrics, load: LoadMetrics) -> frozenset[str]:
    """Return the fields of a load whose web vitals may come from the page before.

    The server's page event builder never clears its vitals: a page that sends one again still
    has the others of the page before. An LCP or a TTFB that is equal to the last digit shows
    this; INP and CLS, which are often equal by chance, follow the LCP.
    """
    has_own_lcp = load.largest_contentful_paint_ms != before.largest_contentful_paint_ms
    if has_own_lcp and load.time_to_first_byte_ms != before.time_to_first_byte_ms:
        return frozenset()
    pairs = zip(VITALS, _read_vitals(load), _read_vitals(before), strict=True)
    same = {metric.field for metric, own, other in pairs if own is not None and own == other}
    if LCP.field not in same:
        same &= {TTFB.field}
    return frozenset(same)
