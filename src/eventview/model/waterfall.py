"""The load of one page as a picture: what took from when to when, on one axis of cells.

May import `eventview.model` only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from eventview.model import times
from eventview.model.cells import fit, fit_right, width
from eventview.model.metrics import Bands, LoadMetrics, is_page_load
from eventview.model.ratings import Number, Rating

_BAR, _MARK, _AXIS = "━", "◆", "┈"

_RATED_CELLS: Final = 42
"""Cells of a picture from which it has room for the ratings in words."""

_LEAST_BAR_CELLS: Final = 10


class Span(NamedTuple):
    """A part of a load: from one moment to another, or just a moment."""

    name: str
    start_ms: Number
    """Since the navigation started."""
    end_ms: Number
    """The same as the start for a moment."""
    rating: Rating | None
    is_moment: bool = False

    @property
    def value(self) -> str:
        """How long it took, or when it was."""
        if self.is_moment:
            return f"at {times.span(round(self.end_ms))}"
        return times.span(round(self.end_ms - self.start_ms))


class Line(NamedTuple):
    """One line of a picture, its parts padded to their columns."""

    name: str
    bar: str
    value: str
    rating: str
    """In words; "" where there is no room, or nothing to rate by."""
    rated: Rating | None

    @property
    def text(self) -> str:
        """The whole line."""
        return " ".join(part for part in (self.name, self.bar, self.value, self.rating) if part)


def spans(load: LoadMetrics, bands: Bands, *, are_vitals_own: bool = True) -> Sequence[Span]:
    """What can be drawn of a load: what was measured and has a place in time.

    Nothing is placed that the server did not place. INP and CLS are no moments of the load; the
    speed index, visually complete and time to interactive are estimates, which may be so late
    that nothing else could be seen beside them.

    Args:
        load: what was measured.
        bands: to rate by, by the key of their metric.
        are_vitals_own: False for web vitals that may be those of the page before; they are not
            drawn.

    Returns:
        In the order in which a load passes them; none for a route change.
    """
    if not is_page_load(load):
        return ()
    return [
        span
        for span in _spans(load, bands, are_vitals_own=are_vitals_own)
        if math.isfinite(span.end_ms) and 0 <= span.start_ms <= span.end_ms
    ]


def _spans(load: LoadMetrics, bands: Bands, *, are_vitals_own: bool) -> Iterator[Span]:
    def rated(key: str, value: Number) -> Rating | None:
        return bands[key].rating(value) if key in bands else None

    def moment(name: str, value: Number | None, key: str = "") -> Iterator[Span]:
        if value is not None:
            yield Span(name, value, value, rated(key, value), is_moment=True)

    def event(name: str, start: Number | None, end: Number | None, key: str = "") -> Iterator[Span]:
        """An event whose handlers ran for a while, rated by when it ended."""
        if end is None or start is None or start == end:
            yield from moment(name, end, key)
        else:
            yield Span(name, start, end, rated(key, end))

    if load.request_start_ms is not None and load.response_start_ms is not None:
        wait = load.response_start_ms - load.request_start_ms
        yield Span(
            "request", load.request_start_ms, load.response_start_ms, rated("server_wait", wait)
        )
    if are_vitals_own:
        yield from moment("TTFB", load.time_to_first_byte_ms, "ttfb")
    yield from _response(load)
    if load.response_end_ms is not None:
        end = load.dom_content_loaded_start_ms
        if load.dom_building_ms is not None:
            end = load.response_end_ms + load.dom_building_ms
        if end is not None:
            built = end - load.response_end_ms
            yield Span("DOM", load.response_end_ms, end, rated("dom_building", built))
    yield from moment("FP", load.first_paint_ms)
    yield from moment("FCP", load.first_contentful_paint_ms, "fcp")
    if are_vitals_own:
        yield from moment("LCP", load.largest_contentful_paint_ms, "lcp")
    yield from event("DCL", load.dom_content_loaded_start_ms, load.dom_content_loaded_ms)
    yield from event("load", load.load_start_ms, load.load_ms, "load")


def _response(load: LoadMetrics) -> Iterator[Span]:
    if load.response_end_ms is None:
        return
    start = load.response_start_ms
    if start is None and load.response_ms is not None:
        start = load.response_end_ms - load.response_ms
    if start is not None:
        yield Span("response", start, load.response_end_ms, None)


def lines(parts: Sequence[Span], cells: int) -> Sequence[Line]:
    """A picture of some parts of a load, the axis below them.

    Args:
        parts: what `spans` gave.
        cells: how wide; from 30 on nothing is cut.

    Returns:
        Lines of at most `cells` cells; none without parts.
    """
    if not parts:
        return ()
    names = max(width(part.name) for part in parts)
    values = max(width(part.value) for part in parts)
    ratings = max(width(part.rating.value) if part.rating else 0 for part in parts)
    if cells < _RATED_CELLS:
        ratings = 0
    gaps = 2 + bool(ratings)
    bar = max(_LEAST_BAR_CELLS, cells - names - values - ratings - gaps)
    end_ms = max(part.end_ms for part in parts) or 1
    drawn = [
        Line(
            fit(part.name, names),
            _drawn(part, end_ms, bar),
            fit_right(part.value, values),
            fit(part.rating.value if part.rating else "", ratings),
            part.rating,
        )
        for part in parts
    ]
    end = times.span(round(end_ms))
    axis = f"0{_AXIS * (bar - 1 - width(end))}{end}"
    return [*drawn, Line(" " * names, axis, " " * values, " " * ratings, None)]


def _drawn(part: Span, end_ms: Number, cells: int) -> str:
    """A part on an axis of so many cells: never outside, never without a cell of its own."""
    first = min(int(part.start_ms * cells / end_ms), cells - 1)
    if part.is_moment:
        return fit(" " * first + _MARK, cells)
    last = min(max(math.ceil(part.end_ms * cells / end_ms), first + 1), cells)
    return fit(" " * first + _BAR * (last - first), cells)
