"""Alignment: equal elements in order, as many as there are, the same with swapped sides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.comparison import align
from eventview.comparison.align import Key, find_pairs
from tests.tables import each_row


def keys(text: str) -> list[Key]:
    return [(letter,) for letter in text]


@each_row(
    ("first", "second", "paired"),
    [
        ("", "", ""),
        ("abc", "abc", "abc"),
        ("abc", "", ""),
        ("abc", "axc", "ac"),
        ("abcd", "xbcy", "bc"),
        ("abcab", "ab", "ab"),
        ("ab", "cd", ""),
        # The block in the middle is the longest, the pairs around it are more.
        ("xaxbxcdexfxgx", "abfgcdeab", "abcde"),
        ("axbxcxdxe" + "mno", "mno" + "abcde", "abcde"),
    ],
)
def test_the_most_equal_elements_are_paired(first: str, second: str, paired: str) -> None:
    found = find_pairs(keys(first), keys(second))
    assert "".join(first[i] for i, _ in found) == paired


few = st.lists(st.sampled_from(keys("abcde")), max_size=40)


def longest(first: Sequence[Key], second: Sequence[Key]) -> int:
    """Return the length of the longest common subsequence, by the book."""
    row = [0] * (len(second) + 1)
    for one in first:
        before = row
        row = [0]
        for j, other in enumerate(second):
            row.append(before[j] + 1 if one == other else max(before[j + 1], row[j]))
    return row[-1]


@given(first=few, second=few, most=st.sampled_from([2, 7, align.MOST_ALIGNED]))
def test_pairs_are_equal_in_order_and_the_same_both_ways(
    first: list[Key], second: list[Key], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(align, "MOST_ALIGNED", most)
        found = find_pairs(first, second)
        swapped = find_pairs(second, first)
        is_cut = align.is_cut(len(first), len(second))
    assert all(first[i] == second[j] for i, j in found)
    assert all(a.first < b.first and a.second < b.second for a, b in pairwise(found))
    assert [(j, i) for i, j in swapped] == list(found)
    assert is_cut or len(found) == longest(first, second)


@given(both=few, most=st.sampled_from([2, 7]))
def test_a_sequence_that_is_cut_is_paired_with_itself(both: list[Key], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(align, "MOST_ALIGNED", most)
        assert find_pairs(both, both) == [(place, place) for place in range(len(both))]


def test_a_cut_costs_no_pairs_where_both_sides_go_on_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(align, "MOST_ALIGNED", 1_000)
    both = [(f"{(n * n + n // 7) % 60}",) if n % 9 else (f"only {n}",) for n in range(9_000)]
    second = [*both[:2_000], *[("new",)] * 400, *both[2_000:6_000], *both[6_100:]]
    found = find_pairs(both, second)
    assert align.is_cut(len(both), len(second))
    assert len(found) == 8_900
    assert (5_999, 6_399) in found
    assert (6_500, 6_800) in found


def test_keys_of_the_same_hash_are_different() -> None:
    class Same(str):
        __slots__ = ()

        def __hash__(self) -> int:
            return 1

    first, second = [(Same("a"),), (Same("b"),)], [(Same("b"),), (Same("c"),)]
    assert find_pairs(first, second) == [(1, 0)]
