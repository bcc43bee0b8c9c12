"""Two sequences beside each other: which elements of the one are which of the other.

Finds pairs and knows nothing of sessions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise, takewhile
from typing import Final, NamedTuple

Key = tuple[str, ...]
"""What an element is known by."""


class Pair(NamedTuple):
    """Elements that are the same on both sides, by their places."""

    first: int
    second: int


WORK: Final = 2_500
"""Steps of its inner loop that difflib may take for each element, at worst. It goes through all
matching pairs of elements once for every block it finds: exact and quick where labels differ, yet
over eight seconds for 1,600 elements of which every other is one of two. Counted per element, the
bound holds for a session whole, however many stretches it falls into."""

_LEVELS: Final = 8
"""How often what lies between anchors is searched for anchors of its own: a sequence built for it
could be taken apart an element at a time."""

WINDOW: Final = 50
"""Elements on either side among which the next pair is looked for where there is no anchor."""


def pairs(first: Sequence[Key], second: Sequence[Key]) -> Sequence[Pair]:
    """The elements that are the same on both sides, in order on both.

    Which of several possible pairs is chosen does not depend on which side is given first.
    """
    # difflib prefers what is early on its first side, so it always gets the lesser one first.
    if list(second) < list(first):
        return [Pair(i, j) for j, i in pairs(second, first)]
    # Numbers, because long texts would be compared over and over.
    numbers: dict[Key, int] = {}
    one, other = (
        [numbers.setdefault(key, len(numbers)) for key in side] for side in (first, second)
    )
    return list(_aligned(one, other))


def common(first: Sequence[object], second: Sequence[object]) -> int:
    """How many elements are the same from the start on."""
    both = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both))


def _aligned(first: Sequence[int], second: Sequence[int], level: int = 0) -> Iterator[Pair]:
    """Common head and tail, which cost nothing, and what is between them."""
    head = common(first, second)
    tail = common(first[head:][::-1], second[head:][::-1])
    yield from (Pair(place, place) for place in range(head))
    ends = len(first) - tail, len(second) - tail
    for i, j in _middle(first[head : ends[0]], second[head : ends[1]], level):
        yield Pair(i + head, j + head)
    yield from (Pair(ends[0] + place, ends[1] + place) for place in range(tail))


def _middle(first: Sequence[int], second: Sequence[int], level: int) -> Iterator[Pair]:
    if not first or not second:
        return
    if _is_cheap(first, second):
        for i, j, length in SequenceMatcher(
            None, first, second, autojunk=False
        ).get_matching_blocks():
            yield from (Pair(i + place, j + place) for place in range(length))
        return
    anchors = _anchors(first, second) if level < _LEVELS else ()
    if not anchors:
        yield from _next_pairs(first, second)
        return
    borders = [Pair(-1, -1), *anchors, Pair(len(first), len(second))]
    for before, after in pairwise(borders):
        i, j = before.first + 1, before.second + 1
        between = _aligned(first[i : after.first], second[j : after.second], level + 1)
        yield from (Pair(i + pair.first, j + pair.second) for pair in between)
        if after is not borders[-1]:
            yield after


def _is_cheap(first: Sequence[int], second: Sequence[int]) -> bool:
    """Whether difflib can take this in a time that grows with the length, not with its square."""
    counts, others = Counter(first), Counter(second)
    matching = sum(number * others[element] for element, number in counts.items())
    blocks = min(len(first), len(second))
    length = len(first) + len(second)
    return (matching + length) * blocks <= WORK * length


def _anchors(first: Sequence[int], second: Sequence[int]) -> Sequence[Pair]:
    """The elements that each side has once, as many as are in one order on both (patience diff)."""
    counts, others = Counter(first), Counter(second)
    places = {element: place for place, element in enumerate(second) if others[element] == 1}
    unique = [
        Pair(place, places[element])
        for place, element in enumerate(first)
        if counts[element] == 1 and element in places
    ]
    # The longest increasing run of places on the second side.
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


def _next_pairs(first: Sequence[int], second: Sequence[int]) -> Iterator[Pair]:
    """The nearest pair ahead, again and again: what repeats without end has no better place."""
    i = j = 0
    while i < len(first) and j < len(second):
        if first[i] != second[j]:
            step = nearest(first[i : i + WINDOW], second[j : j + WINDOW])
            if step is None:
                i, j = i + 1, j + 1
                continue
            i, j = i + step.first, j + step.second
        yield Pair(i, j)
        i, j = i + 1, j + 1


def nearest(first: Sequence[int], second: Sequence[int]) -> Pair | None:
    """The pair with the least before it on both sides together; None where there is none."""
    places: dict[int, int] = {}
    for place, element in enumerate(first):
        places.setdefault(element, place)
    found = (
        Pair(places[element], place) for place, element in enumerate(second) if element in places
    )
    return min(found, key=sum, default=None)
