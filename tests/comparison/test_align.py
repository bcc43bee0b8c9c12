"""Alignment: equal elements in order, the same with swapped sides, in bounded time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.comparison import align
from eventview.comparison.align import Key, find_pairs


def keys(text: str) -> list[Key]:
    return [(letter,) for letter in text]


@pytest.mark.parametrize(
    ("first", "second", "paired"),
    [
        ("", "", ""),
        ("abc", "abc", "abc"),
        ("abc", "", ""),
        ("abc", "ac", "ac"),
        ("abc", "axc", "ac"),
        ("abcd", "xbcy", "bc"),
        ("abcab", "ab", "ab"),
        ("ab", "cd", ""),
    ],
)
def test_what_is_on_both_sides_is_paired(first: str, second: str, paired: str) -> None:
    found = find_pairs(keys(first), keys(second))
    assert "".join(first[i] for i, _ in found) == paired


few = st.lists(st.sampled_from(keys("abcde")), max_size=40)


@given(first=few, second=few, work=st.sampled_from([0, 3, 2_500]))
def test_pairs_are_alike_in_order_and_the_same_both_ways(
    first: list[Key], second: list[Key], work: int
) -> None:
    # Less work than any sequence needs leads to the cheaper ways.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(align, "MOST_WORK", work)
        found = find_pairs(first, second)
        swapped = find_pairs(second, first)
    assert all(first[i] == second[j] for i, j in found)
    assert all(a.first < b.first and a.second < b.second for a, b in pairwise(found))
    assert [(j, i) for i, j in swapped] == list(found)


@given(both=few, work=st.sampled_from([0, 2_500]))
def test_a_sequence_is_paired_with_itself(both: list[Key], work: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(align, "MOST_WORK", work)
        assert find_pairs(both, both) == [(place, place) for place in range(len(both))]


def test_what_one_side_alone_has_does_not_lead_a_long_sequence_astray() -> None:
    both = [(f"{(n * n + n // 7) % 60}",) if n % 9 else (f"only {n}",) for n in range(9_000)]
    second = [*both[:2_000], *[("new",)] * 400, *both[2_000:6_000], *both[6_100:]]
    found = find_pairs(both, second)
    assert len(found) == 8_900
    assert (5_999, 6_399) in found
    assert (6_100, 6_400) in found


def every_other(own: str, number: int) -> Sequence[Key]:
    return [("ab"[n // 2 % 2],) if n % 2 == 0 else (f"{own}{n}",) for n in range(number)]


@pytest.mark.parametrize(
    ("first", "second", "at_least"),
    [
        pytest.param(keys("ab" * 25_000), keys("ba" * 20_000), 39_999, id="alternating"),
        pytest.param(
            [("c",) if n % 97 == 0 else ("ab"[n % 2],) for n in range(50_000)],
            [("d",) if n % 89 == 0 else ("ab"[n % 2],) for n in range(50_000)],
            48_000,
            id="alternating with flaws",
        ),
        pytest.param(every_other("x", 10_000), every_other("y", 10_000), 5_000, id="every other"),
        pytest.param(keys("a" * 20_000), keys("a" * 10_000), 10_000, id="one and the same"),
        pytest.param(
            [(f"{n}",) for n in range(10_000)],
            [(f"{n}",) for n in reversed(range(10_000))],
            1,
            id="reversed",
        ),
    ],
)
def test_what_repeats_without_end_takes_no_square_of_its_length(
    monkeypatch: pytest.MonkeyPatch, first: Sequence[Key], second: Sequence[Key], at_least: int
) -> None:
    # Counted rather than timed: how long it takes depends on the machine.
    looks = 0
    nearest = align.find_nearest

    def counted(one: Sequence[int], two: Sequence[int]) -> align.Pair | None:
        nonlocal looks
        looks += len(one) + len(two)
        return nearest(one, two)

    work = 0

    def measured(
        junk: None, one: Sequence[int], two: Sequence[int], *, autojunk: bool
    ) -> SequenceMatcher[int]:
        nonlocal work
        counts, others = Counter(one), Counter(two)
        matching = sum(number * others[element] for element, number in counts.items())
        work += (matching + len(one) + len(two)) * min(len(one), len(two))
        return SequenceMatcher(junk, one, two, autojunk=autojunk)

    monkeypatch.setattr(align, "find_nearest", counted)
    monkeypatch.setattr(align, "SequenceMatcher", measured)
    found = find_pairs(first, second)
    length = len(first) + len(second)
    assert len(found) >= at_least
    assert looks <= 2 * align.WINDOW * length
    assert work <= align.MOST_WORK * length
