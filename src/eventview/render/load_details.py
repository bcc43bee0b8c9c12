"""Details of a page load: each metric with value, rating, meaning and bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from eventview.analysis.analysis import Analysis
from eventview.render.event_fields import Field
from eventview.session.events import Location
from eventview.session.metrics import CATALOGUE, VITALS, Band, Metric, is_page_load

ROUTE_CHANGE: Final = (
    "A client-side route change has no load of its own and is not rated. A load that was not "
    "measured looks the same, and so does one with every timing over 30 s: the server drops those."
)

_UNCAPPED: Final = frozenset({*VITALS, *(metric for metric in CATALOGUE if metric.estimate)})
"""Metrics that the server keeps at any length; it drops the others if they are over 30 s."""

_BY_KEY: Final = {metric.key: metric for metric in CATALOGUE}

_NO_SHORTER: Final[Mapping[str, Sequence[Metric]]] = {
    key: [_BY_KEY[longer] for longer in more]
    for key, more in {
        "server_wait": ("ttfb", "response_start"),
        "fp": ("fcp", "lcp"),
        "fcp": ("lcp",),
        "dcl_start": ("dcl", "load_start", "load"),
        "dcl": ("load_start", "load"),
        "load_start": ("load",),
    }.items()
}
"""Metrics that take at least as long, by their definitions in https://www.w3.org/TR/navigation-timing-2/
and https://www.w3.org/TR/paint-timing/. If one of them is measured, the metric of the key was not
dropped for its length."""

_SENT_AS_TEXTS: Final = frozenset(metric.field for metric in VITALS)
"""Fields sent as the text "0" even by a server that leaves out zeros."""


def load_fields(analysis: Analysis, index: int, event: Location) -> Iterator[Field]:
    """Yield every metric of a page load, in the order in which a load passes them."""
    is_load = is_page_load(event.load)
    if not is_load:
        yield Field("", ROUTE_CHANGE)
    repeated = analysis.repeated_vitals(index)
    for metric in CATALOGUE:
        value = metric.read(event.load)
        if value is None and metric.is_minor:
            continue
        may_rate = is_load and metric.field not in repeated
        band = analysis.rules.bands.get(metric.key) if may_rate else None
        yield _metric_field(metric, event, band)
    if repeated:
        names = ", ".join(metric.short for metric in VITALS if metric.field in repeated)
        yield Field(
            "",
            f"{names}: identical to the page before, to the last digit. The server may have "
            "repeated the earlier values, so they are not rated.",
        )
    if event.vitals_problem:
        yield Field("web vitals", event.vitals_problem, "as sent; only partly readable")


def _metric_field(metric: Metric, event: Location, band: Band | None) -> Field:
    name = f"{metric.name} ({metric.short})" if metric.short.isupper() else metric.name
    meaning = f"estimate: {metric.meaning}" if metric.estimate else metric.meaning
    value = metric.read(event.load)
    if value is None:
        return Field(name, *_explain_absence(metric, event, meaning))
    amount = metric.format_value(event.load)
    if band is None:
        return Field(name, amount, meaning)
    rating = band.rating(value)
    return Field(
        name, f"{amount} {rating.value}", f"{meaning}; {describe_bounds(metric, band)}", rating
    )


def _explain_absence(metric: Metric, event: Location, meaning: str) -> tuple[str, str]:
    if metric.field in event.unavailable:
        return "not sent by this server", meaning
    if event.zeros_are_absent and metric.can_be_zero and metric.field not in _SENT_AS_TEXTS:
        return "0 or not measured", meaning
    longer = _NO_SHORTER.get(metric.key, ())
    if metric in _UNCAPPED or any(m.read(event.load) is not None for m in longer):
        return "not measured", meaning
    return "not measured", f"(may have been over 30 s) {meaning}"


def describe_bounds(metric: Metric, band: Band) -> str:
    """Describe the bounds of a band and their source."""
    unit, source = f" {metric.unit}" if metric.unit else "", band.source.removeprefix("https://")
    return f"good up to {band.good}{unit}, poor over {band.poor}{unit} ({source})"
