"""The load of one page as a picture: what took from when to when, on one axis of cells.

Nothing is placed that the server did not place: a duration has a place where the moment at one of
its ends is known by the metrics' own definitions (`eventview.session.metrics`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from eventview.session import timefmt
from eventview.session.metrics import CATALOGUE, PUBLISHED, Bands, LoadMetrics, is_page_load
from eventview.session.values import Number, Rating
from eventview.session.width import clip, fit, fit_right, width

BAR: Final = "━"
"""What takes a while is drawn with it."""

MARK: Final = "◆"
"""What happens at once is drawn with it."""

UNPLACED: Final = "not on the axis"
"""Stands above what was measured and has no known place in time."""

LEAST_CELLS: Final = 30
"""Cells that a picture needs: a name, a bar of a dozen, a value."""

_RATED_CELLS: Final = 42
"""Cells from which there is room for the ratings in words; below that a sign stands for each."""

_SIGNS: Final = {Rating.GOOD: "+", Rating.NEEDS_WORK: "~", Rating.POOR: "!"}

_NAMED_CELLS: Final = 72
"""Cells from which there is room for names in full: the bars keep two dozen."""

_AXIS: Final = "┈"

_METRICS: Final = {metric.key: metric for metric in CATALOGUE}

_DRAWN_NAMES: Final = {"server_wait": "request", "response": "response"}
"""What bars are called that are known under another name as a figure."""

_SHORT_NAMES: Final = {
    "server_wait": "wait",
    "response": "response",
    "response_end": "resp end",
    "dom_building": "DOM",
    "dcl_handlers": "DCL run",
    "load_handlers": "load run",
}
"""What metrics without an abbreviation are called where there is little room."""

_MOMENTS: Final = frozenset({"ttfb", "response_end", "fp", "fcp", "lcp", "dcl", "load"})
"""Metrics that say when something was rather than how long it took."""

# The same in all pictures, so that nothing moves from one page load to the next.
_NAME_CELLS: Final = max(width(metric.name) for metric in CATALOGUE)
_SHORT_CELLS: Final = 8
_VALUE_CELLS: Final = len("at 999ms")
_RATING_CELLS: Final = max(len(rating.value) for rating in Rating)


class TimingSpan(NamedTuple):
    """A part of a load: from one moment to another, or just a moment, or of unknown place."""

    key: str
    """The metric that it is rated by, in the catalogue."""
    figure: Number
    """What that metric is: how long it took; when it was, or ended, for a moment and an event."""
    start_ms: Number | None = None
    """Since the navigation started; None where its place is not known."""
    end_ms: Number | None = None
    """The same as the start for a moment; None where its place is not known."""
    rating: Rating | None = None
    """By the band of the metric; None where it has none."""

    @property
    def is_placed(self) -> bool:
        """Whether it can be drawn."""
        return self.start_ms is not None

    @property
    def is_moment(self) -> bool:
        """Whether it happened at once."""
        return self.key in _MOMENTS and self.start_ms == self.end_ms

    @property
    def name(self) -> str:
        """In full, as the list of metrics has it where that says what is drawn."""
        drawn = _DRAWN_NAMES.get(self.key) if self.is_placed else None
        return drawn or _METRICS[self.key].name

    @property
    def short(self) -> str:
        """The name in 8 cells at most."""
        drawn = _DRAWN_NAMES.get(self.key) if self.is_placed else None
        return drawn or _METRICS[self.key].short or _SHORT_NAMES[self.key]

    @property
    def value(self) -> str:
        """The figure: `310ms` for how long, `at 310ms` for when."""
        if not _METRICS[self.key].unit:
            return str(self.figure)
        amount = timefmt.span(round(self.figure))
        return f"at {amount}" if self.key in _MOMENTS else amount


class WaterfallLine(NamedTuple):
    """One line of a picture, its parts padded to their columns; a space belongs between them."""

    name: str
    bar: str
    """Empty, without padding, only where the name is a heading and has its room."""
    value: str
    rating: str
    """In words, or where they have no room as a sign: `+` good, `~` needs work, `!` poor."""
    rated: Rating | None = None
    """The rating, whether or not there is room for its word."""

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.name} {self.bar} {self.value} {self.rating}".rstrip()


def spans(load: LoadMetrics, bands: Bands = PUBLISHED) -> Sequence[TimingSpan]:
    """The parts of a load that can be drawn, then the figures that have no place in time.

    Request and DOM building are what server wait and DOM building measure, and are rated so even
    where only the moments they lie between are told. The event DOM content loaded and the load
    event last as long as their handlers ran and are rated by when they ended. What cannot have
    been, as an end before its start, has no place. Speed index, visually complete and time to
    interactive are left out: they are estimates, and may be so late that nothing else could be
    seen beside them.

    Args:
        load: what was measured.
        bands: to rate by, by the key of their metric.

    Returns:
        Both in the order in which a load passes them. Nothing for a route change, and nothing
        where nothing can be drawn.
    """
    if not is_page_load(load):
        return ()
    found = [_rated(span, bands) for span in _spans(load) if span is not None]
    drawn = [span for span in found if span.is_placed]
    return [*drawn, *(span for span in found if not span.is_placed)] if drawn else ()


def _rated(span: TimingSpan, bands: Bands) -> TimingSpan:
    band = bands.get(span.key)
    return span if band is None else span._replace(rating=band.rating(span.figure))


def _spans(load: LoadMetrics) -> Iterator[TimingSpan | None]:
    asked, answered, ended = _request(load)
    request = _took("server_wait", asked, answered, load.server_wait_ms)
    response = _took("response", answered, ended, load.response_ms)
    yield request
    yield _moment("ttfb", load.time_to_first_byte_ms)
    yield response
    if not _is_drawn(response):
        yield _moment("response_end", load.response_end_ms)
    if not (_is_drawn(request) and _is_drawn(response)):
        yield _took("ttlb", None, None, load.request_to_end_ms)
    yield _took("dom_building", *_building(load, ended), load.dom_building_ms)
    yield _moment("fp", load.first_paint_ms)
    yield _moment("fcp", load.first_contentful_paint_ms)
    yield _moment("lcp", load.largest_contentful_paint_ms)
    yield from _event(
        "dcl",
        load.dom_content_loaded_start_ms,
        load.dom_content_loaded_ms,
        load.dom_content_loaded_handlers_ms,
    )
    yield from _event("load", load.load_start_ms, load.load_ms, load.load_handlers_ms)
    yield _took("inp", None, None, load.interaction_to_next_paint_ms)
    yield _took("cls", None, None, load.cumulative_layout_shift)


def _request(load: LoadMetrics) -> tuple[Number | None, Number | None, Number | None]:
    """When the document was asked for, when its first byte came, and when its last.

    As told, or by how long after or before a told one: formats tell different ones of them.
    """
    asked, answered, ended = load.request_start_ms, load.response_start_ms, load.response_end_ms
    if ended is None:
        ended = _plus(answered, load.response_ms)
    if answered is None:
        answered = _minus(ended, load.response_ms)
    if answered is None:
        answered = _plus(asked, load.server_wait_ms)
    if asked is None:
        asked = _minus(answered, load.server_wait_ms)
    return asked, answered, ended


def _building(load: LoadMetrics, ended: Number | None) -> tuple[Number | None, Number | None]:
    """When the browser began and ended to make a page of the whole document."""
    built = _plus(ended, load.dom_building_ms)
    if built is None:
        built = load.dom_content_loaded_start_ms
    return _minus(built, load.dom_building_ms) if ended is None else ended, built


def _plus(start: Number | None, length: Number | None) -> Number | None:
    return None if start is None or length is None else start + length


def _minus(end: Number | None, length: Number | None) -> Number | None:
    return None if end is None or length is None else end - length


def _is_drawn(span: TimingSpan | None) -> bool:
    return span is not None and span.is_placed


def _took(
    key: str, start: Number | None, end: Number | None, length: Number | None
) -> TimingSpan | None:
    """What took a while; its figure is the length as told, or else the time between."""
    if start is not None and end is not None and 0 <= start <= end:
        return TimingSpan(key, end - start if length is None else length, start, end)
    return None if length is None else TimingSpan(key, length)


def _moment(key: str, at: Number | None) -> TimingSpan | None:
    if at is None:
        return None
    return TimingSpan(key, at, at, at) if at >= 0 else TimingSpan(key, at)


def _event(
    key: str, start: Number | None, end: Number | None, handlers: Number | None
) -> Iterator[TimingSpan | None]:
    """An event of the document, whose handlers may have run for a while."""
    if start is not None and end is not None and 0 <= start <= end:
        yield TimingSpan(key, end, start, end)
    else:
        yield _moment(key, end)
        yield _took(f"{key}_handlers", None, None, handlers)


class _Layout(NamedTuple):
    """How many cells each part of a line has."""

    name: int
    bar: int
    value: int
    rating: int


def _columns(cells: int) -> _Layout:
    """The bars have what the others leave: those become shorter, or go, before bars are too few."""
    name = _NAME_CELLS if cells >= _NAMED_CELLS else _SHORT_CELLS
    rating = _RATING_CELLS if cells >= _RATED_CELLS else 1
    return _Layout(name, cells - name - _VALUE_CELLS - rating - 3, _VALUE_CELLS, rating)


def lines(parts: Sequence[TimingSpan], cells: int) -> Sequence[WaterfallLine]:
    """A picture of a load: its parts, the axis below them, and then what is not on the axis.

    Args:
        parts: what `spans` gave.
        cells: how wide.

    Returns:
        Lines of at most `cells` cells. None without parts and for less than 30 cells, where a
        bar would say nothing.
    """
    if not parts or cells < LEAST_CELLS:
        return ()
    columns = _columns(cells)
    length = max(part.end_ms for part in parts if part.end_ms is not None)
    drawn = [_line(part, columns, length) for part in parts if part.is_placed]
    unplaced = [_line(part, columns, length) for part in parts if not part.is_placed]
    if unplaced:
        # As wide as name and bar together.
        heading = fit(UNPLACED, columns.name + columns.bar)
        empty = WaterfallLine(heading, "", " " * columns.value, " " * columns.rating)
        unplaced.insert(0, empty)
    return [*drawn, _axis(columns, length), *unplaced]


def _line(part: TimingSpan, columns: _Layout, length: Number) -> WaterfallLine:
    is_long = columns.name == _NAME_CELLS
    return WaterfallLine(
        fit(part.name if is_long else part.short, columns.name),
        _bar(part, columns.bar, length),
        fit_right(part.value, columns.value),
        fit(_rating(part.rating, columns.rating), columns.rating),
        part.rating,
    )


def _rating(rating: Rating | None, cells: int) -> str:
    if rating is None:
        return ""
    return rating.value if cells >= len(rating.value) else _SIGNS[rating]


def _axis(columns: _Layout, length: Number) -> WaterfallLine:
    end = clip(timefmt.span(round(length)), columns.bar - 2)
    axis = "0" + _AXIS * (columns.bar - 1 - width(end)) + end
    return WaterfallLine(" " * columns.name, axis, " " * columns.value, " " * columns.rating)


def _bar(part: TimingSpan, cells: int, length: Number) -> str:
    """A part on an axis of so many cells: never outside, never without a cell of its own.

    Of two parts that follow each other in time, the second never begins in a cell before the
    last of the first.
    """
    if part.start_ms is None or part.end_ms is None:
        return " " * cells
    scale = length or 1
    first = min(math.floor(part.start_ms * cells / scale), cells - 1)
    if part.is_moment:
        return fit(" " * first + MARK, cells)
    behind = min(max(math.ceil(part.end_ms * cells / scale), first + 1), cells)
    return fit(" " * first + BAR * (behind - first), cells)
