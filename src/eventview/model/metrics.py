"""The catalogue of load metrics: what each is called, what it measures, in which unit.

Definitions follow OpenReplay's tracker and its server's page event builder. A time counts from the
start of the navigation unless its meaning says otherwise: releases give the same name to the
moment an event ended and to the time its handlers ran, which are two metrics here. The web vitals
are those of Google's web-vitals library (https://web.dev/articles/vitals). May import
`eventview.model` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Number = int | float


@dataclass(frozen=True, slots=True)
class LoadMetrics:
    """How one navigation loaded. Milliseconds except `cls`; None means not measured.

    A client-side route change has none of them. The server also drops timings over 30 s, so
    None never means fast.
    """

    request_start_ms: Number | None = None
    server_wait_ms: Number | None = None
    response_start_ms: Number | None = None
    response_ms: Number | None = None
    response_end_ms: Number | None = None
    request_to_end_ms: Number | None = None
    dom_building_ms: Number | None = None
    first_paint_ms: Number | None = None
    first_contentful_paint_ms: Number | None = None
    dom_content_loaded_start_ms: Number | None = None
    dom_content_loaded_ms: Number | None = None
    """Since the navigation started; the next is another thing under a like name."""
    dom_content_loaded_handlers_ms: Number | None = None
    """How long the page's own handlers of the event ran."""
    load_start_ms: Number | None = None
    load_ms: Number | None = None
    """Since the navigation started; the next is another thing under a like name."""
    load_handlers_ms: Number | None = None
    """How long the page's own handlers of the event ran."""
    speed_index_ms: Number | None = None
    visually_complete_ms: Number | None = None
    time_to_interactive_ms: Number | None = None
    time_to_first_byte_ms: Number | None = None
    largest_contentful_paint_ms: Number | None = None
    interaction_to_next_paint_ms: Number | None = None
    cumulative_layout_shift: Number | None = None


NOT_MEASURED = LoadMetrics()


class Metric(NamedTuple):
    """One kind of measurement a page load can carry."""

    name: str
    """In words, as a detail pane and a ticket name it."""
    short: str
    """The abbreviation for narrow places; "" where the field has none."""
    unit: str
    """`ms`, or "" for a number without unit."""
    meaning: str
    """One plain sentence fragment."""
    field: str
    """Where `LoadMetrics` has it."""
    estimate: bool = False
    """Computed in the page by OpenReplay's tracker rather than reported by the browser."""
    is_minor: bool = False
    """Only some releases send it, and it is worth a line only where it was measured."""

    def read(self, load: LoadMetrics) -> Number | None:
        """The metric's value in one page load."""
        value: Number | None = getattr(load, self.field)
        return value

    def written(self, load: LoadMetrics) -> str:
        """Value and unit exactly as recorded, or `not measured`."""
        value = self.read(load)
        if value is None:
            return "not measured"
        return f"{value} {self.unit}".rstrip()


LCP = Metric(
    "largest contentful paint",
    "LCP",
    "ms",
    "largest text or image was on screen",
    "largest_contentful_paint_ms",
)
FCP = Metric(
    "first contentful paint",
    "FCP",
    "ms",
    "first text or image appeared",
    "first_contentful_paint_ms",
)
LOAD = Metric(
    "load event end",
    "load",
    "ms",
    "since navigation start: page and all it loads up front are done",
    "load_ms",
)
SPEED_INDEX = Metric(
    "speed index",
    "SI",
    "ms",
    "how fast the screen filled",
    "speed_index_ms",
    estimate=True,
)
TTFB = Metric(
    "time to first byte",
    "TTFB",
    "ms",
    "navigation start to first byte",
    "time_to_first_byte_ms",
)

CATALOGUE: tuple[Metric, ...] = (
    TTFB,
    Metric(
        "request start",
        "",
        "ms",
        "navigation start to request sent",
        "request_start_ms",
        is_minor=True,
    ),
    Metric(
        "server wait",
        "",
        "ms",
        "request sent to first byte",
        "server_wait_ms",
    ),
    Metric(
        "response start",
        "",
        "ms",
        "first byte of the document has come",
        "response_start_ms",
        is_minor=True,
    ),
    Metric(
        "response download",
        "",
        "ms",
        "first to last byte of the document",
        "response_ms",
    ),
    Metric(
        "response end",
        "",
        "ms",
        "last byte of the document has come",
        "response_end_ms",
    ),
    Metric(
        "request to response end",
        "TTLB",
        "ms",
        "request sent to last byte",
        "request_to_end_ms",
        is_minor=True,
    ),
    Metric(
        "DOM building",
        "",
        "ms",
        "document's end to DOM content loaded",
        "dom_building_ms",
    ),
    Metric(
        "first paint",
        "FP",
        "ms",
        "first pixel changed",
        "first_paint_ms",
    ),
    FCP,
    LCP,
    Metric(
        "DOM content loaded start",
        "",
        "ms",
        "document was parsed",
        "dom_content_loaded_start_ms",
        is_minor=True,
    ),
    Metric(
        "DOM content loaded",
        "DCL",
        "ms",
        "since navigation start: document and its scripts were ready",
        "dom_content_loaded_ms",
    ),
    Metric(
        "DOM content loaded handlers",
        "",
        "ms",
        "run time of the page's handlers of that event",
        "dom_content_loaded_handlers_ms",
        is_minor=True,
    ),
    Metric(
        "load event start",
        "",
        "ms",
        "page and all it loads up front had come",
        "load_start_ms",
        is_minor=True,
    ),
    LOAD,
    Metric(
        "load handlers",
        "",
        "ms",
        "run time of the page's handlers of the load event",
        "load_handlers_ms",
        is_minor=True,
    ),
    SPEED_INDEX,
    Metric(
        "visually complete",
        "",
        "ms",
        "last visible resource loaded",
        "visually_complete_ms",
        estimate=True,
    ),
    Metric(
        "time to interactive",
        "TTI",
        "ms",
        "page began to react promptly",
        "time_to_interactive_ms",
        estimate=True,
    ),
    Metric(
        "interaction to next paint",
        "INP",
        "ms",
        "slowest reaction to a click or key",
        "interaction_to_next_paint_ms",
    ),
    Metric(
        "cumulative layout shift",
        "CLS",
        "",
        "how far the layout jumped; 0 is not at all",
        "cumulative_layout_shift",
    ),
)
"""Every metric, in the order a page load passes them."""

TELLING: tuple[Metric, ...] = (LCP, FCP, LOAD, SPEED_INDEX, TTFB)
"""The metrics that can stand for a whole load, the most telling first: what the user saw before
what the machine did, after web.dev's order of the vitals."""


def most_telling(load: LoadMetrics) -> tuple[Metric, Number] | None:
    """The one measured metric that says most about a load, or None when none was measured."""
    for metric in TELLING:
        value = metric.read(load)
        if value is not None:
            return metric, value
    return None


def is_measured(load: LoadMetrics) -> bool:
    """Whether any metric of the load was measured."""
    return any(metric.read(load) is not None for metric in CATALOGUE)
