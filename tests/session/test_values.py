"""Ratings: a figure on a bound is on its better side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.session.values import Band, Number, Rating

SOURCE = "https://bands.example/"


@pytest.mark.parametrize(
    ("value", "rating"),
    [
        (0, Rating.GOOD), (199, Rating.GOOD), (200, Rating.GOOD), (200.0, Rating.GOOD),
        (200.1, Rating.NEEDS_WORK), (201, Rating.NEEDS_WORK), (500, Rating.NEEDS_WORK),
        (500.1, Rating.POOR), (501, Rating.POOR), (10**99, Rating.POOR), (-1, Rating.GOOD),
    ],
)  # fmt: skip
def test_a_figure_on_a_bound_is_on_its_better_side(value: Number, rating: Rating) -> None:
    assert Band(200, 500, SOURCE).rating(value) is rating


@pytest.mark.parametrize(("value", "rating"), [(7, Rating.GOOD), (8, Rating.POOR)])
def test_a_band_of_one_number_has_nothing_between(value: Number, rating: Rating) -> None:
    assert Band(7, 7, SOURCE).rating(value) is rating


@given(st.integers(0, 99), st.integers(0, 99), st.lists(st.integers(-1, 101), max_size=9))
def test_more_is_never_better(good: int, more: int, values: list[int]) -> None:
    band = Band(good, good + more, SOURCE)
    badness = [band.rating(value).badness for value in sorted(values)]
    assert badness == sorted(badness)


def test_a_rating_has_a_word_and_a_badness() -> None:
    assert [(rating.value, rating.badness) for rating in Rating] == [
        ("good", 0), ("needs work", 1), ("poor", 2),
    ]  # fmt: skip
