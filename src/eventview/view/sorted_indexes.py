"""Indexes in ascending order, such as those of the events that a view shows."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence


def find_next(places: Sequence[int], index: int, step: int) -> int | None:
    """Return the next of some sorted places after an index, or before it for -1, wrapping."""
    if not places:
        return None
    if step > 0:
        return places[bisect_right(places, index) % len(places)]
    return places[bisect_left(places, index) - 1]


def contains(indexes: Sequence[int], index: int) -> bool:
    """Return True if an index is among some."""
    place = bisect_left(indexes, index)
    return place < len(indexes) and indexes[place] == index


def find_places(indexes: Sequence[int], some: Sequence[int]) -> Sequence[int]:
    """Return the places of some indexes among others."""
    return [bisect_left(indexes, index) for index in some]


def drop_spans(indexes: Sequence[int], spans: Iterator[tuple[int, int]]) -> Sequence[int]:
    """Return the indexes outside some spans, which are in order and apart, in little memory."""
    kept, done = array("I"), 0
    for start, end in spans:
        first = _find_from(indexes, start, done)
        kept.extend(indexes[done:first])
        done = _find_from(indexes, end, first)
    kept.extend(indexes[done:])
    return kept


def _find_from(indexes: Sequence[int], index: int, first: int) -> int:
    """Return the place of an index from a place on, which is no farther away than the index is."""
    if first == len(indexes):
        return first
    return bisect_left(indexes, index, first, min(len(indexes), first + index - indexes[first]))


def take_around(
    indexes: Sequence[int], places: Sequence[int], before: int | None, after: int | None
) -> Sequence[int]:
    """Return the indexes at some places and a number on either side of each, in order, once."""
    found: list[int] = []
    done = 0
    for place in places:
        first = 0 if before is None else max(done, place - before)
        last = len(indexes) if after is None else min(len(indexes), place + after + 1)
        found.extend(indexes[max(done, first) : last])
        done = max(done, last)
    return found
