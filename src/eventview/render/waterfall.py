"""Waterfall of a page load: its timings as bars on one time axis.

A duration is only placed if one of its ends is known by the metrics' own definitions
(`eventview.session.metrics`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from eventview.session import timefmt
from eventview.session.metrics import (
    CATALOGUE,
    PUBLISHED,
    Bands,
    LoadMetrics,
    Number,
    Rating,
    is_page_load,
)
from eventview.session.text import clip, fit, fit_right, width

BAR: Final = "━"
"""Character of a bar."""

MARK: Final = "◆"
"""Character of a moment."""

UNPLACED: Final = "not on the axis"
"""Heading of the measurements without a known place in time."""

LEAST_CELLS: Final = 30
"""Minimum width in cells: a name, a bar of a dozen, a value."""

_RATED_CELLS: Final = 42
"""Width in cells from which ratings are words; below it they are signs."""

_SIGNS: Final = {Rating.GOOD: "+", Rating.NEEDS_WORK: "~", Rating.POOR: "!"}

_NAMED_CELLS: Final = 72
"""Width in cells from which names are in full; the bars keep two dozen cells."""

_AXIS: Final = "┈"

_METRICS: Final = {metric.key: metric for metric in CATALOGUE}

_DRAWN_NAMES: Final = {"server_wait": "request", "response": "response"}
"""Names of bars that differ from the names of their metrics."""

_SHORT_NAMES: Final = {
    "server_wait": "wait",
    "response": "response",
    "response_end": "resp end",
    "dom_building": "DOM",
    "dcl_handlers": "DCL run",
    "load_handlers": "load run",
}
"""Short names of metrics without an abbreviation."""

_MOMENTS: Final = frozenset({"ttfb", "response_end", "fp", "fcp", "lcp", "dcl", "load"})
"""Metrics that are a time since the navigation started rather than a duration."""

# The columns are equally wide for all loads, so that nothing moves from one to the next.
_NAME_CELLS: Final = max(width(metric.name) for metric in CATALOGUE)
_SHORT_CELLS: Final = 8
_VALUE_CELLS: Final = len("at 999ms")
_RATING_CELLS: Final = max(len(rating.value) for rating in Rating)


class TimingSpan(NamedTuple):
    """A part of a load: a time span, a moment, or a duration of unknown place."""

    key: str
    """Key of its metric in the catalogue."""
    figure: Number
    """Value of the metric: a duration, or the time of a moment or of an event's end."""
    start_ms: Number | None = None
    """Time since the navigation started; None if its place is unknown."""
    end_ms: Number | None = None
    """End, equal to the start for a moment; None if its place is unknown."""
    rating: Rating | None = None
    """Rating by the band of the metric; None if it has no band."""

    @property
    def is_placed(self) -> bool:
        """True if it can be drawn."""
        return self.start_ms is not None

    @property
    def is_moment(self) -> bool:
        """True if it has no duration."""
        return self.key in _MOMENTS and self.start_ms == self.end_ms

    @property
    def name(self) -> str:
        """Full name."""
        drawn = _DRAWN_NAMES.get(self.key) if self.is_placed else None
        return drawn or _METRICS[self.key].name

    @property
    def short(self) -> str:
        """Name of at most 8 cells."""
        drawn = _DRAWN_NAMES.get(self.key) if self.is_placed else None
        return drawn or _METRICS[self.key].short or _SHORT_NAMES[self.key]

    @property
    def value(self) -> str:
        """Formatted figure: `310ms` for a duration, `at 310ms` for a moment."""
        if not _METRICS[self.key].unit:
            return str(self.figure)
        amount = timefmt.format_span(round(self.figure))
        return f"at {amount}" if self.key in _MOMENTS else amount


class WaterfallLine(NamedTuple):
    """A line of the waterfall, its parts padded to their columns and joined by a space."""

    name: str
    bar: str
    """Bar, padded; "" if the name is a heading that takes its room."""
    value: str
    rating: str
    """Rating in words, or as a sign in narrow diagrams: `+` good, `~` needs work, `!` poor."""
    rated: Rating | None = None
    """Rating for styling the line."""

    @property
    def text(self) -> str:
        """Text of the whole line."""
        return f"{self.name} {self.bar} {self.value} {self.rating}".rstrip()


def find_timing_spans(load: LoadMetrics, bands: Bands = PUBLISHED) -> Sequence[TimingSpan]:
    """Return the parts of a load that can be drawn, then the figures without a place in time.

    Request and DOM building are rated by the metrics server wait and DOM building, even if only
    their start and end were sent. DOM content loaded and the load event last as long as their
    handlers ran and are rated by their end. Impossible spans, such as an end before its start,
    have no place. Speed index, visually complete and time to interactive are left out: they are
    estimates, and may be so late that nothing else could be seen beside them.

    Args:
        load: the measured load.
        bands: bands by the key of their metric.

    Returns:
        Both in the order in which a load passes them; nothing for a route change or if nothing
        can be drawn.
    """
    if not is_page_load(load):
        return ()
    found: list[TimingSpan] = []
    for span in _find_spans(load):
        if span is not None:
            band = bands.get(span.key)
            rating = None if band is None else band.rating(span.figure)
            found.append(span._replace(rating=rating))
    drawn = [span for span in found if span.is_placed]
    return [*drawn, *(span for span in found if not span.is_placed)] if drawn else ()


def _find_spans(load: LoadMetrics) -> Iterator[TimingSpan | None]:
    start, first_byte, last_byte = _find_request_times(load)
    request = _make_span("server_wait", start, first_byte, load.server_wait_ms)
    response = _make_span("response", first_byte, last_byte, load.response_ms)
    yield request
    yield _make_moment("ttfb", load.time_to_first_byte_ms)
    yield response
    if not _is_drawn(response):
        yield _make_moment("response_end", load.response_end_ms)
    if not (_is_drawn(request) and _is_drawn(response)):
        yield _make_span("ttlb", None, None, load.request_to_end_ms)
    built = _plus(last_byte, load.dom_building_ms)
    if built is None:
        built = load.dom_content_loaded_start_ms
    parsed = _minus(built, load.dom_building_ms) if last_byte is None else last_byte
    yield _make_span("dom_building", parsed, built, load.dom_building_ms)
    yield _make_moment("fp", load.first_paint_ms)
    yield _make_moment("fcp", load.first_contentful_paint_ms)
    yield _make_moment("lcp", load.largest_contentful_paint_ms)
    yield from _make_event_spans(
        "dcl",
        load.dom_content_loaded_start_ms,
        load.dom_content_loaded_ms,
        load.dom_content_loaded_handlers_ms,
    )
    yield from _make_event_spans("load", load.load_start_ms, load.load_ms, load.load_handlers_ms)
    yield _make_span("inp", None, None, load.interaction_to_next_paint_ms)
    yield _make_span("cls", None, None, load.cumulative_layout_shift)


def _find_request_times(load: LoadMetrics) -> tuple[Number | None, Number | None, Number | None]:
    """Return the start of the document's request, its first byte and its last.

    Each wire format sends different ones; the others are computed from the durations.
    """
    start, first_byte = load.request_start_ms, load.response_start_ms
    last_byte = load.response_end_ms
    if last_byte is None:
        last_byte = _plus(first_byte, load.response_ms)
    if first_byte is None:
        first_byte = _minus(last_byte, load.response_ms)
    if first_byte is None:
        first_byte = _plus(start, load.server_wait_ms)
    if start is None:
        start = _minus(first_byte, load.server_wait_ms)
    return start, first_byte, last_byte


def _plus(start: Number | None, length: Number | None) -> Number | None:
    return None if start is None or length is None else start + length


def _minus(end: Number | None, length: Number | None) -> Number | None:
    return None if end is None or length is None else end - length


def _is_drawn(span: TimingSpan | None) -> bool:
    return span is not None and span.is_placed


def _make_span(
    key: str, start: Number | None, end: Number | None, length: Number | None
) -> TimingSpan | None:
    """Return a span whose figure is the length as sent, or else the time between its ends."""
    if start is not None and end is not None and 0 <= start <= end:
        return TimingSpan(key, end - start if length is None else length, start, end)
    return None if length is None else TimingSpan(key, length)


def _make_moment(key: str, at: Number | None) -> TimingSpan | None:
    return _make_span(key, at, at, at)


def _make_event_spans(
    key: str, start: Number | None, end: Number | None, handlers: Number | None
) -> Iterator[TimingSpan | None]:
    """Yield the span of a document event, whose handlers may have run for a while."""
    if start is not None and end is not None and 0 <= start <= end:
        yield TimingSpan(key, end, start, end)
    else:
        yield _make_moment(key, end)
        yield _make_span(f"{key}_handlers", None, None, handlers)


class _Layout(NamedTuple):
    """Widths of the columns in cells."""

    name: int
    bar: int
    rating: int


def draw_waterfall(parts: Sequence[TimingSpan], cells: int) -> Sequence[WaterfallLine]:
    """Draw a load: its parts, the axis below them, then the parts that are not on the axis.

    Args:
        parts: the spans from `find_timing_spans`.
        cells: width in cells.

    Returns:
        Lines of at most `cells` cells; none without parts or for less than 30 cells.
    """
    if not parts or cells < LEAST_CELLS:
        return ()
    # Names and ratings are shortened before the bars, which take the rest, become too narrow.
    name = _NAME_CELLS if cells >= _NAMED_CELLS else _SHORT_CELLS
    rating = _RATING_CELLS if cells >= _RATED_CELLS else 1
    columns = _Layout(name, cells - name - _VALUE_CELLS - rating - 3, rating)
    blank = (" " * _VALUE_CELLS, " " * rating)
    length = max(part.end_ms for part in parts if part.end_ms is not None)
    drawn = [_make_line(part, columns, length) for part in parts if part.is_placed]
    unplaced = [_make_line(part, columns, length) for part in parts if not part.is_placed]
    if unplaced:
        heading = fit(UNPLACED, columns.name + columns.bar)
        unplaced.insert(0, WaterfallLine(heading, "", *blank))
    end = clip(timefmt.format_span(round(length)), columns.bar - 2)
    axis = "0" + _AXIS * (columns.bar - 1 - width(end)) + end
    return [*drawn, WaterfallLine(" " * columns.name, axis, *blank), *unplaced]


def _make_line(part: TimingSpan, columns: _Layout, length: Number) -> WaterfallLine:
    rating = ""
    if part.rating is not None:
        rating = part.rating.value if columns.rating > 1 else _SIGNS[part.rating]
    return WaterfallLine(
        fit(part.name if columns.name == _NAME_CELLS else part.short, columns.name),
        _draw_bar(part, columns.bar, length),
        fit_right(part.value, _VALUE_CELLS),
        fit(rating, columns.rating),
        part.rating,
    )


def _draw_bar(part: TimingSpan, cells: int, length: Number) -> str:
    """Draw a part on the axis, with at least one cell and never outside.

    If one part follows another in time, it never begins in a cell before the last of the other.
    """
    if part.start_ms is None or part.end_ms is None:
        return " " * cells
    scale = length or 1
    first = min(math.floor(part.start_ms * cells / scale), cells - 1)
    if part.is_moment:
        return fit(" " * first + MARK, cells)
    behind = min(max(math.ceil(part.end_ms * cells / scale), first + 1), cells)
    return fit(" " * first + BAR * (behind - first), cells)
