"""Alignment of two sequences: the most pairs of equal elements in the same order on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rapidfuzz.distance import LCSseq

Key = tuple[str, ...]
"""Value by which elements are compared."""


class Pair(NamedTuple):
    """Places of an element that both sides have."""

    first: int
    second: int


MOST_ALIGNED: Final = 1 << 15
"""Most elements of either side to align at once: a bit for each two of them makes 128 MiB."""


def is_cut(first: int, second: int) -> bool:
    """Return whether sequences of these lengths are too long to be aligned at once."""
    return first * second > MOST_ALIGNED * MOST_ALIGNED


def find_pairs(first: Sequence[Key], second: Sequence[Key]) -> Sequence[Pair]:
    """Return the elements that both sides have, in order.

    Swapping the sides gives the same pairs. There are no more of them to be found, unless the
    sequences are cut.
    """
    if first == second:
        # Most page visits that two sessions have in common are the same.
        return [Pair(place, place) for place in range(len(first))]
    # Of several equally long alignments, the order of the sides decides.
    if list(second) < list(first):
        return [Pair(i, j) for j, i in find_pairs(second, first)]
    # The library compares hashes: numbers have different ones.
    numbers: dict[Key, int] = {}
    one, other = (
        [numbers.setdefault(key, len(numbers)) for key in side] for side in (first, second)
    )
    if not is_cut(len(one), len(other)):
        return list(_align(one, other))
    return list(_align_in_parts(one, other))


def _align(first: Sequence[int], second: Sequence[int]) -> Iterator[Pair]:
    """Yield the pairs of a longest common subsequence."""
    for found in LCSseq.opcodes(first, second):
        if found.tag == "equal":
            yield from map(
                Pair,
                range(found.src_start, found.src_end),
                range(found.dest_start, found.dest_end),
            )


def _align_in_parts(first: Sequence[int], second: Sequence[int]) -> Iterator[Pair]:
    """Yield the pairs of parts; the next begins at a pair of the latter half of the one before."""
    i = j = 0
    while i < len(first) and j < len(second):
        ends = i + MOST_ALIGNED, j + MOST_ALIGNED
        cut = i + MOST_ALIGNED // 2, j + MOST_ALIGNED // 2
        is_last = ends[0] >= len(first) and ends[1] >= len(second)
        start = Pair(i, j)
        i, j = ends
        for pair in _align(first[start.first : ends[0]], second[start.second : ends[1]]):
            found = Pair(start.first + pair.first, start.second + pair.second)
            if not is_last and (found.first >= cut[0] or found.second >= cut[1]):
                i, j = found
                break
            yield found
