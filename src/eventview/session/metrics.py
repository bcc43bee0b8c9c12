"""Ratings and the catalogue of load metrics: name, meaning, unit, field on each wire, band.

Definitions follow OpenReplay's tracker and its server's page event builder. A time counts from the
start of the navigation unless its meaning says otherwise. Releases use one name for the end of an
event and for the run time of its handlers, which are two metrics here. The web vitals are those of
Google's web-vitals library (https://web.dev/articles/vitals).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec
from msgspec import UnsetType

Number = int | float


class Rating(Enum):
    """The rating of a figure; its value is the word for it."""

    GOOD = "good"
    NEEDS_WORK = "needs work"
    POOR = "poor"

    badness: int
    """0 for good, more for worse."""

    def __init__(self, _word: str) -> None:
        self.badness = len(type(self).__members__)


# Module names are used, because looking up a member in its class takes longer than a rating.
_GOOD, _NEEDS_WORK, _POOR = Rating


class Band(NamedTuple):
    """The bounds of a good and a poor figure, in the unit of the metric."""

    good: Number
    """The greatest value that is still good."""
    poor: Number
    """The greatest value that is not yet poor."""
    source: str
    """The place where these bounds are published."""

    def rating(self, value: Number) -> Rating:
        """Return the rating of a value; a bound has the better one, as in web.dev's library."""
        if value > self.poor:
            return _POOR
        return _NEEDS_WORK if value > self.good else _GOOD


class LoadMetrics(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The figures of one page load, in milliseconds except `cumulative_layout_shift`.

    None means not measured, never fast: a client-side route change has no figures, and the server
    drops timings over 30 s.
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
    """Time in which the page's own handlers of the event ran."""
    load_start_ms: Number | None = None
    load_ms: Number | None = None
    """Since the navigation started; the next is another thing under a like name."""
    load_handlers_ms: Number | None = None
    """Time in which the page's own handlers of the event ran."""
    speed_index_ms: Number | None = None
    visually_complete_ms: Number | None = None
    time_to_interactive_ms: Number | None = None
    time_to_first_byte_ms: Number | None = None
    largest_contentful_paint_ms: Number | None = None
    interaction_to_next_paint_ms: Number | None = None
    cumulative_layout_shift: Number | None = None


NOT_MEASURED = LoadMetrics()


def pack_load(load: LoadMetrics) -> bytes | LoadMetrics:
    """Return a page load in a sixth of its memory, or as it is if it has huge numbers or none."""
    with suppress(OverflowError):
        return load if load is NOT_MEASURED else msgspec.msgpack.encode(load)
    return load


_DASHBOARD: Final = "OpenReplay's dashboards, backend/pkg/analytics/charts/metric_webvitals.go"
_POSTHOG: Final = "PostHog's replay inspector, ItemPerformanceEvent.tsx"


class Wire(NamedTuple):
    """A metric's name in each wire format; "" if the format lacks it."""

    v1_postgres: str = ""
    """The name in releases to 1.22."""
    v1_clickhouse: str = ""
    """The name in releases 1.24 to 1.26."""
    v2: str = ""
    """The key of `$properties` in releases from 1.27."""
    vital: str = ""
    """The key in the document `webVitals` of v1 and `web_vitals` of v2."""


class Metric(NamedTuple):
    """A metric of a page load."""

    key: str
    """The name in queries and profiles."""
    name: str
    """The name in a detail pane and a ticket."""
    short: str
    """The usual abbreviation; "" for none."""
    unit: str
    """`ms`, or "" for a number without unit."""
    meaning: str
    """The definition, a sentence fragment."""
    field: str
    """The field of `LoadMetrics`."""
    wire: Wire
    band: Band | None = None
    """The published bounds; None if there are none, and then there is no rating."""
    estimate: bool = False
    """True if OpenReplay's tracker computes it in the page, instead of the browser reporting it."""
    is_minor: bool = False
    """True if only some releases send it, so that it is shown only if measured."""
    can_be_zero: bool = False
    """True if 0 is a measurement; else a browser's 0 means none, because nothing is painted or
    loaded in no time."""

    def read(self, load: LoadMetrics) -> Number | None:
        """Return the metric's value in one page load."""
        value: Number | None = getattr(load, self.field)
        return value

    def format_value(self, load: LoadMetrics) -> str:
        """Return value and unit exactly as recorded, or `not measured`."""
        value = self.read(load)
        if value is None:
            return "not measured"
        return f"{value} {self.unit}".rstrip()


TTFB = Metric(
    key="ttfb",
    name="time to first byte",
    short="TTFB",
    unit="ms",
    meaning="navigation start to first byte",
    field="time_to_first_byte_ms",
    wire=Wire(v2="ttfb", vital="TTFB"),
    band=Band(800, 1800, "https://web.dev/articles/ttfb"),
    can_be_zero=True,
)
SERVER_WAIT = Metric(
    key="server_wait",
    name="server wait",
    short="",
    unit="ms",
    meaning="request sent to first byte",
    field="server_wait_ms",
    wire=Wire(v1_postgres="ttfb", v2="ttfb"),
    band=Band(200, 600, _DASHBOARD),
    can_be_zero=True,
)
FCP = Metric(
    key="fcp",
    name="first contentful paint",
    short="FCP",
    unit="ms",
    meaning="first text or image appeared",
    field="first_contentful_paint_ms",
    wire=Wire(
        v1_postgres="firstContentfulPaintTime",
        v1_clickhouse="firstContentfulPaintTime",
        v2="first_contentful_paint_time",
    ),
    band=Band(1800, 3000, "https://web.dev/articles/fcp"),
)
LCP = Metric(
    key="lcp",
    name="largest contentful paint",
    short="LCP",
    unit="ms",
    meaning="largest text or image was on screen",
    field="largest_contentful_paint_ms",
    wire=Wire(v2="lcp", vital="LCP"),
    band=Band(2500, 4000, "https://web.dev/articles/lcp"),
)
LOAD = Metric(
    key="load",
    name="load event end",
    short="load",
    unit="ms",
    meaning="since navigation start: page and all it loads up front are done",
    field="load_ms",
    wire=Wire(v1_postgres="loadTime", v2="load_event_end"),
    band=Band(3800, 7300, _POSTHOG),
)
SPEED_INDEX = Metric(
    key="si",
    name="speed index",
    short="SI",
    unit="ms",
    meaning="how fast the screen filled",
    field="speed_index_ms",
    wire=Wire(v1_postgres="speedIndex", v1_clickhouse="speedIndex", v2="speed_index"),
    band=Band(3400, 5800, "https://web.dev/articles/speed-index"),
    estimate=True,
)
RESPONSE_START = Metric(
    key="response_start",
    name="response start",
    short="1st byte",
    unit="ms",
    meaning="first byte of the document has come",
    field="response_start_ms",
    wire=Wire(v2="response_start"),
    band=Band(800, 1800, "https://web.dev/articles/ttfb"),
    is_minor=True,
)
INP = Metric(
    key="inp",
    name="interaction to next paint",
    short="INP",
    unit="ms",
    meaning="slowest reaction to a click or key",
    field="interaction_to_next_paint_ms",
    wire=Wire(v2="inp", vital="INP"),
    band=Band(200, 500, "https://web.dev/articles/inp"),
    can_be_zero=True,
)
CLS = Metric(
    key="cls",
    name="cumulative layout shift",
    short="CLS",
    unit="",
    meaning="how far the layout jumped; 0 is not at all",
    field="cumulative_layout_shift",
    wire=Wire(v2="cls", vital="CLS"),
    band=Band(0.1, 0.25, "https://web.dev/articles/cls"),
    can_be_zero=True,
)

CATALOGUE: tuple[Metric, ...] = (
    TTFB,
    Metric(
        key="request_start",
        name="request start",
        short="",
        unit="ms",
        meaning="navigation start to request sent",
        field="request_start_ms",
        wire=Wire(v2="request_start"),
        is_minor=True,
        can_be_zero=True,
    ),
    SERVER_WAIT,
    RESPONSE_START,
    Metric(
        key="response",
        name="response download",
        short="",
        unit="ms",
        meaning="first to last byte of the document",
        field="response_ms",
        wire=Wire(v1_postgres="responseTime", v2="response_time"),
        can_be_zero=True,
    ),
    Metric(
        key="response_end",
        name="response end",
        short="",
        unit="ms",
        meaning="last byte of the document has come",
        field="response_end_ms",
        wire=Wire(v1_postgres="responseEnd", v2="response_end"),
    ),
    Metric(
        key="ttlb",
        name="request to response end",
        short="TTLB",
        unit="ms",
        meaning="request sent to last byte",
        field="request_to_end_ms",
        wire=Wire(v2="ttlb"),
        is_minor=True,
        can_be_zero=True,
    ),
    Metric(
        key="dom_building",
        name="DOM building",
        short="",
        unit="ms",
        meaning="document's end to DOM content loaded",
        field="dom_building_ms",
        wire=Wire(
            v1_postgres="domBuildingTime", v1_clickhouse="domBuildingTime", v2="dom_building_time"
        ),
        can_be_zero=True,
        band=Band(300, 600, _DASHBOARD),
    ),
    Metric(
        key="fp",
        name="first paint",
        short="FP",
        unit="ms",
        meaning="first pixel changed",
        field="first_paint_ms",
        wire=Wire(v1_postgres="firstPaintTime", v1_clickhouse="firstPaintTime", v2="first_paint"),
    ),
    FCP,
    LCP,
    Metric(
        key="dcl_start",
        name="DOM content loaded start",
        short="",
        unit="ms",
        meaning="document was parsed",
        field="dom_content_loaded_start_ms",
        wire=Wire(v2="dom_content_loaded_event_start"),
        is_minor=True,
    ),
    Metric(
        key="dcl",
        name="DOM content loaded",
        short="DCL",
        unit="ms",
        meaning="since navigation start: document and its scripts were ready",
        field="dom_content_loaded_ms",
        wire=Wire(v1_postgres="domContentLoadedTime", v2="dom_content_loaded_event_end"),
    ),
    Metric(
        key="dcl_handlers",
        name="DOM content loaded handlers",
        short="",
        unit="ms",
        meaning="run time of the page's handlers of that event",
        field="dom_content_loaded_handlers_ms",
        wire=Wire(v1_clickhouse="domContentLoadedTime", v2="dom_content_loaded_event_time"),
        is_minor=True,
        can_be_zero=True,
    ),
    Metric(
        key="load_start",
        name="load event start",
        short="",
        unit="ms",
        meaning="page and all it loads up front had come",
        field="load_start_ms",
        wire=Wire(v2="load_event_start"),
        is_minor=True,
    ),
    LOAD,
    Metric(
        key="load_handlers",
        name="load handlers",
        short="",
        unit="ms",
        meaning="run time of the page's handlers of the load event",
        field="load_handlers_ms",
        wire=Wire(v1_clickhouse="loadTime", v2="load_event_time"),
        is_minor=True,
        can_be_zero=True,
    ),
    SPEED_INDEX,
    Metric(
        key="visually_complete",
        name="visually complete",
        short="",
        unit="ms",
        meaning="last visible resource loaded",
        field="visually_complete_ms",
        wire=Wire(
            v1_postgres="visuallyComplete", v1_clickhouse="visuallyComplete", v2="visually_complete"
        ),
        estimate=True,
    ),
    Metric(
        key="tti",
        name="time to interactive",
        short="TTI",
        unit="ms",
        meaning="page began to react promptly",
        field="time_to_interactive_ms",
        wire=Wire(
            v1_postgres="timeToInteractive",
            v1_clickhouse="timeToInteractive",
            v2="time_to_interactive",
        ),
        band=Band(3800, 7300, "https://web.dev/articles/interactive"),
        estimate=True,
    ),
    INP,
    CLS,
)
"""All metrics, in the order of a page load.

The bands of web.dev are meant for the 75th percentile of many visits, and those of the speed index
and the time to interactive for a laboratory. Here they rate one visit."""

Bands = Mapping[str, Band]
"""The bands in use, by the key of their metric."""

PUBLISHED: Bands = {metric.key: metric.band for metric in CATALOGUE if metric.band}

VITALS: tuple[Metric, ...] = tuple(metric for metric in CATALOGUE if metric.wire.vital)
_TIMINGS = attrgetter(*(metric.field for metric in CATALOGUE if not metric.wire.vital))

_VITAL_NAMES: Final = frozenset(metric.field for metric in VITALS)
_CAN_BE_ZERO: Final = tuple(metric.field for metric in CATALOGUE if metric.can_be_zero)


def build_load(figures: Mapping[str, Number | UnsetType | None]) -> LoadMetrics:
    """Return a page load with the figures that a server sent, by field.

    A 0 of a metric that cannot be 0 was not measured; if every timing is 0, none was.
    """
    known = {field: value for field, value in figures.items() if value}
    is_timed = not known.keys() <= _VITAL_NAMES
    for field in _CAN_BE_ZERO:
        if figures.get(field) == 0 and (is_timed or field in _VITAL_NAMES):
            known[field] = 0
    return LoadMetrics(**known) if known else NOT_MEASURED


def is_page_load(load: LoadMetrics) -> bool:
    """Return True if the browser timed a load of the document.

    A client-side route change has no timings, or only 0. Web vitals alone are no load, because the
    server may repeat those of the page before (its page event builder never clears them).
    """
    return load is not NOT_MEASURED and any(_TIMINGS(load))
