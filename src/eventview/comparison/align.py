"""Alignment of two sequences: pairs of equal elements, in the same order on both sides."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise, takewhile
from typing import Final, NamedTuple

Key = tuple[str, ...]
"""Value by which elements are compared."""


class Pair(NamedTuple):
    """Places of an element that both sides have."""

    first: int
    second: int


MOST_WORK: Final = 2_500
"""Most steps of difflib's inner loop for each element, in the worst case. It visits all equal pairs
once for each block that it finds: quick if labels differ, but over eight seconds for 1,600 elements
of which every other is one of two. A bound per element holds for a whole session."""

_MOST_LEVELS: Final = 8
"""Most levels of anchors between anchors; a hostile sequence could have one for each element."""

WINDOW: Final = 50
"""Elements on either side that are searched for the next pair if there is no anchor."""


def find_pairs(first: Sequence[Key], second: Sequence[Key]) -> Sequence[Pair]:
    """Return the elements that both sides have, in order.

    Swapping the sides gives the same pairs.
    """
    # difflib prefers early elements of its first side, so the lesser side always comes first.
    if list(second) < list(first):
        return [Pair(i, j) for j, i in find_pairs(second, first)]
    # Numbers are compared faster than long texts.
    numbers: dict[Key, int] = {}
    one, other = (
        [numbers.setdefault(key, len(numbers)) for key in side] for side in (first, second)
    )
    return list(_align(one, other))


def count_common(first: Sequence[object], second: Sequence[object]) -> int:
    """Count the equal elements at the start of both sides."""
    both = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both))


def _align(first: Sequence[int], second: Sequence[int], level: int = 0) -> Iterator[Pair]:
    """Yield the pairs of the common head, the middle and the common tail."""
    head = count_common(first, second)
    tail = count_common(first[head:][::-1], second[head:][::-1])
    yield from (Pair(place, place) for place in range(head))
    ends = len(first) - tail, len(second) - tail
    for i, j in _align_middle(first[head : ends[0]], second[head : ends[1]], level):
        yield Pair(i + head, j + head)
    yield from (Pair(ends[0] + place, ends[1] + place) for place in range(tail))


def _align_middle(first: Sequence[int], second: Sequence[int], level: int) -> Iterator[Pair]:
    if not first or not second:
        return
    if _is_cheap(first, second):
        for i, j, length in SequenceMatcher(
            None, first, second, autojunk=False
        ).get_matching_blocks():
            yield from (Pair(i + place, j + place) for place in range(length))
        return
    anchors = _find_anchors(first, second) if level < _MOST_LEVELS else ()
    if not anchors:
        yield from _pair_nearest(first, second)
        return
    borders = [Pair(-1, -1), *anchors, Pair(len(first), len(second))]
    for before, after in pairwise(borders):
        i, j = before.first + 1, before.second + 1
        between = _align(first[i : after.first], second[j : after.second], level + 1)
        yield from (Pair(i + pair.first, j + pair.second) for pair in between)
        if after is not borders[-1]:
            yield after


def _is_cheap(first: Sequence[int], second: Sequence[int]) -> bool:
    """Return whether difflib needs time linear in the length for these sequences."""
    counts, others = Counter(first), Counter(second)
    matching = sum(number * others[element] for element, number in counts.items())
    blocks = min(len(first), len(second))
    length = len(first) + len(second)
    return (matching + length) * blocks <= MOST_WORK * length


def _find_anchors(first: Sequence[int], second: Sequence[int]) -> Sequence[Pair]:
    """Return the longest chain of elements that each side has once (patience diff)."""
    counts, others = Counter(first), Counter(second)
    places = {element: place for place, element in enumerate(second) if others[element] == 1}
    unique = [
        Pair(place, places[element])
        for place, element in enumerate(first)
        if counts[element] == 1 and element in places
    ]
    # Patience sorting finds the longest increasing run of places on the second side.
    ends: list[int] = []
    chain: list[int] = []
    before: list[int] = []
    for number, pair in enumerate(unique):
        length = bisect_left(ends, pair.second)
        before.append(chain[length - 1] if length else -1)
        if length == len(ends):
            ends.append(pair.second)
            chain.append(number)
        else:
            ends[length], chain[length] = pair.second, number
    found: list[Pair] = []
    number = chain[-1] if chain else -1
    while number >= 0:
        found.append(unique[number])
        number = before[number]
    return found[::-1]


def _pair_nearest(first: Sequence[int], second: Sequence[int]) -> Iterator[Pair]:
    """Yield the nearest pair ahead, repeatedly, for sequences without anchors."""
    i = j = 0
    while i < len(first) and j < len(second):
        if first[i] != second[j]:
            step = find_nearest(first[i : i + WINDOW], second[j : j + WINDOW])
            if step is None:
                i, j = i + 1, j + 1
                continue
            i, j = i + step.first, j + step.second
        yield Pair(i, j)
        i, j = i + 1, j + 1


def find_nearest(first: Sequence[int], second: Sequence[int]) -> Pair | None:
    """Return the pair with the fewest elements before it on both sides; None if there is none."""
    places: dict[int, int] = {}
    for place, element in enumerate(first):
        places.setdefault(element, place)
    found = (
        Pair(places[element], place) for place, element in enumerate(second) if element in places
    )
    return min(found, key=sum, default=None)
