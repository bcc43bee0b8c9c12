"""TODO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from eventview.session.metrics import (
    CLS,
    FCP,
    INP,
    LCP,
    LOAD,
    PUBLISHED,
    RESPONSE_START,
    SPEED_INDEX,
    TTFB,
    VITALS,
    Bands,
    LoadMetrics,
    Metric,
    is_page_load,
)
from eventview.session.values import Number, Rating

LOADING: tuple[Metric, ...] = (LCP, FCP, LOAD, SPEED_INDEX, TTFB, RESPONSE_START)
"""The metrics that say how long a load took, the most telling first: what the user saw before what
the machine did; the order is our own. The response start is what TTFB is, and stands in for one
that was not captured."""

_BEHAVIOUR: tuple[Metric, ...] = (INP, CLS)

TELLING: tuple[Metric, ...] = (*LOADING, *_BEHAVIOUR)
"""The metrics that can stand for a page load: how long it took, and where it is poor how the page
then behaved."""

_POOR: Final = Rating.POOR

# All of a load at once, here as below: signals ask for them of every page of a session.
_TELLING_FIELDS = attrgetter(*(metric.field for metric in TELLING))


class Verdict(NamedTuple):
    """One figure of a page load and how good it is."""

    metric: Metric
    value: Number
    rating: Rating | None
    """None where the metric has no band."""


def verdicts(load: LoadMetrics, bands: Bands = PUBLISHED) -> Sequence[Verdict]:
    """The telling metrics that were measured, the most telling first.

    None of a route change, which is no load.
    """
    if not is_page_load(load):
        return ()
    return [Verdict(*told) for told in _telling(load, bands)]


def verdict(
    load: LoadMetrics, bands: Bands = PUBLISHED, among: Sequence[Metric] = TELLING
) -> Verdict | None:
    """The worst rated of the telling metrics, of equals the most telling.

    Args:
        load: what was measured.
        bands: to rate by, by the key of their metric.
        among: the metrics to choose from, some of `TELLING`.

    Returns:
        None when none was measured, and for a route change, which is no load.
    """
    if not is_page_load(load):
        return None
    # Not the worst of `verdicts`: those would be made for nothing, of page after page.
    worst: tuple[Metric, Number, Rating | None] | None = None
    most = -2
    for told in _telling(load, bands):
        metric, _, rating = told
        badness = -1 if rating is None else rating.badness
        if badness > most and metric in among:
            worst, most = told, badness
    return None if worst is None else Verdict(*worst)


def _telling(load: LoadMetrics, bands: Bands) -> Iterator[tuple[Metric, Number, Rating | None]]:
    for metric, value in zip(TELLING, _TELLING_FIELDS(load), strict=True):
        if value is None or not (value or metric.can_be_zero):
            continue
        if metric is RESPONSE_START and load.time_to_first_byte_ms is not None:
            continue
        band = bands.get(metric.key)
        rating = None if band is None else band.rating(value)
        if rating is _POOR or metric not in _BEHAVIOUR:
            yield metric, value, rating


_VITAL_FIELDS = attrgetter(*(metric.field for metric in VITALS))


def repeated_vitals(before: LoadMetrics, load: LoadMetrics) -> frozenset[str]:
    """The fields of a load whose web vitals may be those of the page before.

    The server's page event builder never clears its vitals: a page that sends one anew still
    carries the others of the page before. An LCP or a TTFB that is the same to the last digit
    gives that away; INP and CLS, which are often alike by chance, go with the LCP.
    """
    has_own_lcp = load.largest_contentful_paint_ms != before.largest_contentful_paint_ms
    if has_own_lcp and load.time_to_first_byte_ms != before.time_to_first_byte_ms:
        return frozenset()
    pairs = zip(VITALS, _VITAL_FIELDS(load), _VITAL_FIELDS(before), strict=True)
    same = {metric.field for metric, own, other in pairs if own is not None and own == other}
    if LCP.field not in same:
        same &= {TTFB.field}
    return frozenset(same)
